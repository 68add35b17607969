// Package gobuild builds Go programs of generated packages, for tests.
package gobuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is the path of the modules that programs are built in. It stands below the compiler's own, so that programs
// may import its internal packages.
const Module = "github.com/wasm2go/wasm2go/compiler/gobuild"

const parent = "github.com/wasm2go/wasm2go"

// Program is a Go module in a directory of its own that uses the runtime of this repository.
type Program struct {
	Dir string
}

// New makes an empty program in dir, which must exist.
func New(dir string) (*Program, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	p := &Program{dir}
	mod := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", Module, parent, parent, root)
	return p, p.Write("go.mod", []byte(mod))
}

// Root is the directory of the repository: the nearest one above the working directory that holds a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = up
	}
}

// Write writes a file of the program; name is relative to Dir.
func (p *Program) Write(name string, content []byte) error {
	path := filepath.Join(p.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// Main writes a main package that hands runner.Main, of the given import path, the Instantiate function of each package
// by name.
func (p *Program) Main(runner string, packages []string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n\t%q\n\t\"github.com/wasm2go/wasm2go/rt\"\n", runner)
	for _, name := range packages {
		fmt.Fprintf(&b, "\t%s %q\n", name, Module+"/"+name)
	}
	b.WriteString(")\n\nfunc main() {\n\trunner.Main(runner.Packages{\n")
	for _, name := range packages {
		fmt.Fprintf(&b, "\t\t%q: func(c rt.Config, r rt.Resolver) (rt.Exporter, error) { return %s.Instantiate(c, r) },\n", name, name)
	}
	b.WriteString("\t})\n}\n")
	return p.Write("main.go", b.Bytes())
}

// Build builds the main package, with further flags of go build, and returns the path of the binary.
func (p *Program) Build(ctx context.Context, flags ...string) (string, error) {
	bin := filepath.Join(p.Dir, "program.exe")
	_, err := p.Go(ctx, append(append([]string{"build", "-ldflags=-s -w", "-o", bin}, flags...), ".")...)
	return bin, err
}

// Go runs the go command in the module and returns what it prints, also in the error if it fails.
func (p *Program) Go(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

var packageLine = regexp.MustCompile(`(?m)^# ` + regexp.QuoteMeta(Module) + `/(\w+)`)

// Failed lists the packages that err, of Build, complains about.
func Failed(err error) []string {
	var names []string
	for _, m := range packageLine.FindAllStringSubmatch(err.Error(), -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
