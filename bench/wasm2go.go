package main

import (
	_ "embed"
	"fmt"
	"go/format"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/bench/report"
)

// checkout is a source tree of wasm2go: its compiler and its runtime.
type checkout struct{ dir string }

// command builds the command and returns its path.
func (c checkout) command(b *bench) (string, error) {
	abs, err := filepath.Abs(c.dir)
	if err != nil {
		return "", err
	}
	exe := filepath.Join(b.out, "wasm2go", slug(abs))
	return exe, runCommand(abs, nil, "go", "build", "-o", exe, "./cmd/wasm2go")
}

// passes are the passes that the compiler can leave out.
func (c checkout) passes(b *bench) ([]string, error) {
	exe, err := c.command(b)
	if err != nil {
		return nil, err
	}
	out, err := exec.Command(exe, "translate", "-disable", "help").Output()
	if err != nil {
		return nil, fmt.Errorf("-ablate: wasm2go translate -disable help: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// mains are the programs around a translated module. They need the module's package app.
var mains = map[kind]string{
	export: `import (
	"fmt"
	"os"
	"strconv"

	"bench/programs/%[1]s/app"
	"bench/report"

	"github.com/wasm2go/wasm2go/rt"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	m, err := app.New(rt.Config{}, app.Imports{})
	if err != nil {
		panic(err)
	}
	report.Run(func() error {
		r, err := m.Run(int32(n))
		fmt.Println(r)
		return err
	})
}
`,
	command: `import (
	"errors"
	"os"

	"bench/programs/%[1]s/app"
	"bench/report"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

func main() {
	sys, err := wasi.New(wasi.Config{Args: os.Args, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		panic(err)
	}
	report.Run(func() error {
		m, err := app.Instantiate(rt.Config{}, rt.Linker{"wasi_snapshot_preview1": sys})
		if err != nil {
			return err
		}
		_, err = m.Export("_start").(*rt.Func).Call()
		if exit := (*rt.ExitError)(nil); errors.As(err, &exit) && exit.Code == 0 {
			return nil
		}
		return err
	})
}
`,
	regular: `import (
	"context"
	"os"

	"bench/programs/%[1]s/app"
	"bench/re2"
	"bench/report"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

type library struct {
	m     *app.Instance
	funcs map[string]*rt.Func
}

func (l library) Call(name string, args ...int32) (int32, error) {
	f := l.funcs[name]
	if f == nil {
		f = l.m.Export(name).(*rt.Func)
		l.funcs[name] = f
	}
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	res, err := f.Call(list...)
	if err != nil || len(res) == 0 {
		return 0, err
	}
	return res[0].(int32), nil
}

func (l library) Write(addr int32, b []byte) { copy(l.m.Mem().Bytes()[uint32(addr):], b) }

func main() {
	sys, err := wasi.New(wasi.Config{Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		panic(err)
	}
	p, err := threads.New(context.Background(), app.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, threads.Config{})
	if err != nil {
		panic(err)
	}
	report.Run(func() error { return re2.Run(library{p.Main(), map[string]*rt.Func{}}, os.Args[1]) })
}
`,
	script: `import (
	"os"

	"bench/programs/%[1]s/app"
	"bench/quickjs"
	"bench/report"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

// host is what the script asks nothing of.
type host struct{}

func (host) HostGetTimezoneOffset(*rt.Instance, int32, int32) int32         { return 0 }
func (host) HostInterrupt(*rt.Instance) int32                               { return 0 }
func (host) HostPromiseRejection(*rt.Instance, int32, int32, int32)         {}
func (host) HostModuleNormalize(*rt.Instance, int32, int32) int32           { return 0 }
func (host) HostModuleLoad(*rt.Instance, int32, int32) int32                { return 0 }
func (host) HostCall(*rt.Instance, int32, int32, int32, int32, int32) int32 { return 0 }

type engine struct{ *app.Instance }

func (e engine) Bytes() []byte { return e.Memory().Bytes() }

func main() {
	sys, err := wasi.New(wasi.Config{Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		panic(err)
	}
	m, err := app.New(rt.Config{}, app.Imports{Env: host{}, WasiSnapshotPreview1: sys})
	if err != nil {
		panic(err)
	}
	if err := m.Initialize(); err != nil {
		panic(err)
	}
	report.Run(func() error { return quickjs.Run(engine{m}, os.Args[1]) })
}
`,
}

// The packages that these programs have besides, as in this module.
var (
	//go:embed report/report.go
	reportSource []byte
	//go:embed re2/re2.go
	re2Source []byte
	//go:embed quickjs/quickjs.go
	quickjsSource []byte
	//go:embed quickjs/bench.js
	quickjsScript []byte
)

// translate prepares programs with a checkout and flags of its translate command.
func translate(c checkout, flags ...string) func(*bench, *program) (ready, error) {
	return func(b *bench, p *program) (ready, error) { return c.prepare(b, p, flags, "") }
}

// prepare translates a program's module and builds it, guided by the CPU profile if that is not "".
func (c checkout) prepare(b *bench, p *program, flags []string, profile string) (r ready, err error) {
	module, err := b.module(p)
	if err != nil {
		return r, err
	}
	return c.goProgram(b, module, p.source, mains[p.kind], flags, profile)
}

// goProgram builds a program of the given text around a translated module. Programs of one checkout and one set of flags are
// a Go module of their own, with the checkout's runtime.
func (c checkout) goProgram(b *bench, module, name, text string, flags []string, profile string) (r ready, err error) {
	abs, err := filepath.Abs(c.dir)
	if err != nil {
		return r, err
	}
	tool, err := c.command(b)
	if err != nil {
		return r, err
	}
	root := filepath.Join(b.out, "src", slug(abs+strings.Join(flags, "")))
	if err := writeRoot(root, abs); err != nil {
		return r, err
	}
	name = strings.ReplaceAll(slug(name), "-", "_")
	dir := filepath.Join(root, "programs", name)
	main, err := format.Source(fmt.Appendf(nil, "package main\n\n"+text, name))
	if err != nil {
		return r, err
	}
	if err := writeFile(filepath.Join(dir, "main.go"), main); err != nil {
		return r, err
	}
	args := slices.Concat([]string{"translate", "-o", filepath.Join(dir, "app")}, flags, []string{module})
	translation, err := timed(func() error { return runCommand(".", nil, tool, args...) })
	if err != nil {
		return r, err
	}
	exe := filepath.Join(b.out, "bin", slug(abs+strings.Join(flags, "")), name)
	build := []string{"build", "-o", exe}
	if profile != "" {
		exe += "-pgo"
		build = []string{"build", "-o", exe, "-pgo", profile}
	}
	parts := []string{dir, filepath.Join(root, "report"), filepath.Join(root, "re2"), filepath.Join(root, "quickjs"), filepath.Join(abs, "rt")}
	key, err := hash(parts, version("go"), profile)
	if err != nil {
		return r, err
	}
	r.argv = []string{exe}
	r.made, err = cached(exe, key, func() (m made, err error) {
		m.Translate = translation
		m.Build, err = timed(func() error {
			return runCommand(root, []string{"GOFLAGS=-mod=mod", "GOWORK=off"}, "go", append(build, "./programs/"+name)...)
		})
		return m, err
	})
	return r, err
}

// writeRoot writes the files that all programs of a Go module share.
func writeRoot(root, dir string) error {
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"go.sum": sums, "report/report.go": reportSource, "re2/re2.go": re2Source,
		"quickjs/quickjs.go": quickjsSource, "quickjs/bench.js": quickjsScript,
	}
	mod := filepath.Join(root, "go.mod")
	if _, err := os.Stat(mod); err != nil { // the go command adds to it later
		const text = "module bench\n\ngo 1.26.0\n\nrequire github.com/wasm2go/wasm2go v0.0.0\n\nreplace github.com/wasm2go/wasm2go => %s\n"
		files["go.mod"] = fmt.Appendf(nil, text, dir)
	}
	for name, content := range files {
		if err := writeFile(filepath.Join(root, filepath.FromSlash(name)), content); err != nil {
			return err
		}
	}
	return nil
}

// guided builds the guard form with a CPU profile of a run of it.
func guided(b *bench, p *program) (ready, error) {
	c, flags := checkout{dir: ".."}, []string{"-memory", "guard"}
	r, err := c.prepare(b, p, flags, "")
	if err != nil {
		return r, err
	}
	profile := r.argv[0] + ".pprof"
	if info, err := os.Stat(profile); err != nil || older(info, r.argv[0]) {
		cmd := exec.Command(r.argv[0], fmt.Sprint(p.size))
		cmd.Env = append(os.Environ(), report.ProfileVariable+"="+profile)
		cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
		if err := cmd.Run(); err != nil {
			return r, err
		}
	}
	return c.prepare(b, p, flags, profile)
}

// older reports whether a file is older than another.
func older(a os.FileInfo, than string) bool {
	b, err := os.Stat(than)
	return err == nil && a.ModTime().Before(b.ModTime())
}
