package spectest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

const repoModule = "github.com/wasm2go/wasm2go"

// genModule is the path of the generated module. It is below the compiler's path because only what is there may import
// the runner, which is internal.
const genModule = repoModule + "/compiler/spec"

// RepoDir returns the folder of this repository, from the go command.
func RepoDir() (string, error) { return moduleDir(repoModule) }

func moduleDir(module string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	dir := strings.TrimSpace(string(out))
	if err == nil && dir == "" {
		err = fmt.Errorf("module %s is not in the module cache", module)
	}
	return dir, err
}

// DefaultDir is where the generated module of the given name is kept. The path is stable so that the Go build cache
// works from run to run, and differs between repositories and uses so that these do not disturb each other.
func DefaultDir(name string) (string, error) {
	repo, err := RepoDir()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "wasm2go-spec", key([]byte(repo)), name), nil
}

// tree is the generated module on disk.
type tree struct {
	dir  string
	want map[string]bool // files that belong to it, relative
}

// write writes a file unless it is there already: the go command looks at times first.
func (t *tree) write(name string, content []byte) error {
	t.want[name] = true
	file := filepath.Join(t.dir, filepath.FromSlash(name))
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// prune removes the source files of earlier runs: a stale file would become part of a package.
func (t *tree) prune() error {
	return filepath.WalkDir(t.dir, func(file string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(t.dir, file)
		if err != nil || relErr != nil || d.IsDir() || t.want[filepath.ToSlash(name)] || filepath.Ext(file) != ".go" {
			return err
		}
		return os.Remove(file)
	})
}

// program is the generated module and its binary.
type program struct {
	tree
	units []*unit
	byKey map[string]*unit
	opt   *Options
}

func (p *program) binary() string { return filepath.Join(p.dir, "spec.exe") }

func (p *program) writeAll() error {
	repo, err := RepoDir()
	if err != nil {
		return err
	}
	mod := fmt.Sprintf("module %s\n\ngo 1.26\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", genModule, repoModule, repoModule, repo)
	if err := p.write("go.mod", []byte(mod)); err != nil {
		return err
	}
	for _, u := range p.units {
		for form, pkg := range u.pkgs {
			if err := p.writePackage(u.paths[form], pkg); err != nil {
				return err
			}
		}
	}
	return p.prune()
}

func (p *program) writePackage(dir string, pkg *compiler.Package) error {
	for _, f := range pkg.Files {
		if err := p.write(path.Join(dir, f.Name), f.Content); err != nil {
			return err
		}
	}
	return nil
}

// main is the source of the program: all packages by form and key. The entries are data of type any. A generic function
// or a closure for each of them made this one file take 21 s to compile.
func (p *program) main() []byte {
	var imports, entries bytes.Buffer
	imported := map[string]string{}
	for _, form := range p.opt.Forms {
		for _, u := range p.units {
			dir := u.paths[string(form)]
			if dir == "" || u.missing[string(form)] != nil {
				continue
			}
			if imported[dir] == "" {
				imported[dir] = fmt.Sprintf("p%d", len(imported))
				fmt.Fprintf(&imports, "\t%s %q\n", imported[dir], genModule+"/"+dir)
			}
			fmt.Fprintf(&entries, "\t{Form: %q, Key: %q, Instantiate: %s.Instantiate},\n", form, u.key, imported[dir])
		}
	}
	return fmt.Appendf(nil, "package main\n\nimport (\n\t%q\n%s)\n\nfunc main() { runner.Main(packages) }\n\n"+
		"var packages = []runner.Package{\n%s}\n", repoModule+"/compiler/internal/spectest/runner", &imports, &entries)
}

// build builds the program. Packages that do not compile are left out; the others are not to suffer.
func (p *program) build() error {
	if err := p.writeAll(); err != nil {
		return err
	}
	for {
		if err := p.write("main.go", p.main()); err != nil {
			return err
		}
		// The binary needs no symbol table: -s -w saves a third of the link time. Stack traces do not use it.
		out, err := p.goCommand("build", "-buildvcs=false", "-ldflags=-s -w", "-o", p.binary(), ".")
		if err == nil {
			return nil
		}
		if n := p.markBroken(out); n == 0 {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
}

// goCommand runs the go command in the generated module, which needs nothing but the repository.
func (p *program) goCommand(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = p.dir
	// Without garbage collection the compiler's many short runs take a sixth less time.
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOGC=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// markBroken marks the units whose packages the go command complained about as missing and counts them.
func (p *program) markBroken(out string) (n int) {
	complaints := byPackage(out)
	for _, u := range p.units {
		for form, dir := range u.paths {
			if msg := complaints[dir]; msg != "" && u.missing[form] == nil {
				u.missing[form] = &runner.Missing{Msg: "the package does not compile: " + msg}
				n++
			}
		}
	}
	return n
}

// byPackage sorts the complaints of go build and go vet by the folder of the package.
func byPackage(out string) map[string]string {
	byDir := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		if dir := packageDir.FindString(line); dir != "" {
			byDir[dir] += "\n\t" + line
		}
	}
	return byDir
}

var packageDir = regexp.MustCompile(`\b(guard|checked|both)/m[0-9a-f]{16}\b`)

// vet runs go vet over all packages.
func (p *program) vet() []Failure {
	out, err := p.goCommand("vet", "./...")
	if err == nil {
		return nil
	}
	var faults []Failure
	complaints := byPackage(out)
	for _, u := range p.units {
		for _, form := range p.opt.Forms {
			if msg := complaints[u.paths[string(form)]]; msg != "" {
				faults = append(faults, Failure{Place: u.user, Form: string(form), Msg: "go vet: " + msg})
			}
		}
	}
	if len(faults) == 0 {
		faults = []Failure{{Msg: "go vet: " + out}}
	}
	return faults
}
