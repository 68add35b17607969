// Command size measures what large modules cost: it translates and builds each .wasm file of a folder and prints a table
// in Markdown. With -check it instead has some well-known modules do their work; see check.go.
//
//	cd bench && go run ./size -dir modules
//	cd bench && go run ./size -dir modules -check
//
// The modules are none of this repository's; README.md says where they come from.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

type config struct {
	dir, out, only, yosys, helpers string
	one                            float64
	check                          bool
	wasm2go, self, repo            string
}

func main() {
	if os.Getenv(toolLog) != "" {
		os.Exit(runTool(os.Args[1:]))
	}
	var c config
	flag.StringVar(&c.dir, "dir", "", "`folder` with the modules")
	flag.StringVar(&c.out, "out", "out/size", "`folder` for the work")
	flag.StringVar(&c.only, "only", "", "only modules that match `regexp`")
	flag.Float64Var(&c.one, "one", 4, "build modules up to this many `megabytes` of code as one package, too")
	flag.StringVar(&c.helpers, "helpers", "", "`command` github.com/ncruces/wasm2go, whose one package, with functions for loads and stores, is to be a further row")
	flag.BoolVar(&c.check, "check", false, "have the modules do their work")
	flag.StringVar(&c.yosys, "yosys", "", "for -check: `folder` of the npm package @yowasp/yosys")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func (c *config) run() (err error) {
	if c.dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	for _, p := range []*string{&c.dir, &c.out} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	if c.repo, err = filepath.Abs(".."); err != nil {
		return err
	}
	if c.self, err = os.Executable(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.out, 0o755); err != nil {
		return err
	}
	c.wasm2go = filepath.Join(c.out, "wasm2go")
	if _, err := c.measured(c.repo, nil, "go", "build", "-o", c.wasm2go, "./cmd/wasm2go"); err != nil {
		return err
	}
	if c.check {
		return c.checks()
	}
	return c.table()
}

func (c *config) table() error {
	only, err := regexp.Compile(c.only)
	if err != nil {
		return err
	}
	modules, err := filepath.Glob(filepath.Join(c.dir, "*.wasm"))
	if err != nil || len(modules) == 0 {
		return fmt.Errorf("no modules in %s", c.dir)
	}
	fmt.Println("| module | size MB | code MB | packages | translated s | MB/s per core | peak RSS MB (times the module) | Go bytes per wasm byte | built wall s | CPU s | **CPU s per MB of code** | largest compile MB | binary MB |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, m := range modules {
		name := strings.TrimSuffix(filepath.Base(m), ".wasm")
		if !only.MatchString(name) {
			continue
		}
		code, size, err := c.inspect(m)
		if err != nil {
			return err
		}
		for _, f := range forms {
			if f.one && code > c.one*1e6 || f.helpers && c.helpers == "" {
				continue
			}
			row, err := c.row(m, name, &f, size, code)
			if err != nil {
				row = fmt.Sprintf("| %s | %.1f | %.1f | %v |", name, size/1e6, code/1e6, err)
			}
			fmt.Println(row)
		}
	}
	return nil
}

// form is a way to translate a module to the package guest.
type form struct {
	name string
	// one: it is one package, which only small modules can afford. helpers: it needs the command of that name.
	one, helpers bool
	translate    func(c *config, dir, module string) (usage, error)
	main         string // of a program with all of the package, %s being the path of its folder
}

const instantiates = "package main\n\nimport \"%s/guest\"\n\nvar instantiate = guest.Instantiate\n\nfunc main() { println(instantiate != nil) }\n"

var forms = []form{
	{name: "", translate: split("auto"), main: instantiates},
	{name: ", one package", one: true, translate: split("off"), main: instantiates},
	{name: ", ncruces/wasm2go", one: true, helpers: true, translate: helpers, main: "package main\n\nimport _ \"%s/guest\"\n\nfunc main() {}\n"},
}

func split(how string) func(c *config, dir, module string) (usage, error) {
	return func(c *config, dir, module string) (usage, error) {
		return c.measured(dir, nil, c.wasm2go, "-o", "guest", "-split", how, module)
	}
}

func helpers(c *config, dir, module string) (usage, error) {
	if err := os.Mkdir(filepath.Join(dir, "guest"), 0o755); err != nil {
		return usage{}, err
	}
	return c.measured(dir, nil, c.helpers, "-embed", "-pkg", "guest", "-o", filepath.Join("guest", "guest.go"), module)
}

// inspect returns the bytes of code and of the whole module.
func (c *config) inspect(module string) (code, size float64, err error) {
	out, err := exec.Command(c.wasm2go, "inspect", "-json", "-n", "0", module).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("inspect %s: %w", module, err)
	}
	var info struct {
		Size      float64
		Functions struct{ Size float64 }
	}
	err = json.Unmarshal(out, &info)
	return info.Functions.Size, info.Size, err
}

// row translates and builds one module in one form.
func (c *config) row(module, name string, f *form, size, code float64) (string, error) {
	name += f.name
	dir := filepath.Join(c.out, strings.NewReplacer(", ", "-", "/", "-", " ", "-").Replace(name))
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	// A module path of its own makes the build cache useless for the packages, but not for the standard library.
	path := fmt.Sprintf("size%d", time.Now().UnixNano())
	if err := c.goModule(dir, path); err != nil {
		return "", err
	}
	t, err := f.translate(c, dir, module)
	if err != nil {
		return "", err
	}
	files, bytes := goFiles(filepath.Join(dir, "guest"))
	if err := os.WriteFile(filepath.Join(dir, "main.go"), fmt.Appendf(nil, f.main, path), 0o644); err != nil {
		return "", err
	}
	if _, err := c.measured(dir, nil, "go", "build", "github.com/wasm2go/wasm2go/rt"); err != nil {
		return "", err
	}
	log := filepath.Join(dir, "tools.log")
	start := time.Now()
	if _, err := c.measured(dir, []string{toolLog + "=" + log}, "go", "build", "-toolexec="+c.self, "-ldflags=-s -w", "-o", "program", "."); err != nil {
		return "", err
	}
	wall := time.Since(start)
	tools, err := readToolLog(log)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(filepath.Join(dir, "program"))
	if err != nil {
		return "", err
	}
	mb := 1e6
	return fmt.Sprintf("| %s | %.1f | %.1f | %d | %.1f | %.1f | %.0f (%.1f) | %.1f | %.0f | %.0f | **%.1f** | %.0f | %.0f |",
		name, size/mb, code/mb, files, t.wall.Seconds(), size/mb/t.cpu.Seconds(), t.rss/mb, t.rss/size, bytes/size,
		wall.Seconds(), tools.cpu.Seconds(), tools.cpu.Seconds()/(code/mb), tools.largest/mb, float64(info.Size())/mb), nil
}

// goModule makes a Go module in dir that uses the runtime of this repository.
func (c *config) goModule(dir, path string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const runtime = "github.com/wasm2go/wasm2go"
	text := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", path, runtime, runtime, c.repo)
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644)
}

// goFiles counts the packages and the bytes of Go below a folder.
func goFiles(dir string) (packages int, bytes float64) {
	folders := map[string]bool{}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += float64(info.Size())
			folders[filepath.Dir(path)] = true
		}
		return err
	})
	return len(folders), bytes
}

// usage is what a command took: processor time, and the largest resident set in bytes.
type usage struct {
	wall, cpu time.Duration
	rss       float64
}

// measured runs a command to its end.
func (c *config) measured(dir string, env []string, name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"), env...)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w: %.600s", filepath.Base(name), err, out)
	}
	return usageOf(cmd, time.Since(start)), nil
}

func usageOf(cmd *exec.Cmd, wall time.Duration) usage {
	u := usage{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.rss = float64(ru.Maxrss) * 1024
	}
	return u
}
