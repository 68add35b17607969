package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	wasm2go "github.com/wasm2go/wasm2go"
	"github.com/wasm2go/wasm2go/cmd/wasm2go/program"
	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

// programSource is the source of package program, which every native program contains, and of what some do.
//
//go:embed program/*.go
//go:embed program/listen/*.go
var programSource embed.FS

const programPath = "github.com/wasm2go/wasm2go/cmd/wasm2go/program"

// native is a native program to be made from a module.
type native struct {
	*module
	options
	target target
	// hosted: the program takes its options from its arguments, else they are list.
	hosted  bool
	list    []string
	listens bool     // it has package listen
	env     []string // for the go command, besides that of this process
	pgo     string   // absolute path of a CPU profile for the Go compiler, or ""
}

// build makes the program at path out, which is absolute. Folders for the work are made below tmp.
func (h *host) build(n *native, out, tmp string) error {
	if err := n.checkCommand(); err != nil {
		return fileError(n.path, err)
	}
	cfg := n.config(n.module)
	cfg.Package = "guest"
	if cfg.Memory == "" {
		cfg.Memory = n.target.memory()
	}
	cfg.ImportPath = programModule + "/guest"
	t, err := h.prepare(n.module, cfg)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(tmp, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := n.files(t.Threads())
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := writeFile(dir, f); err != nil {
			return err
		}
	}
	guest := filepath.Join(dir, "guest")
	if err := h.translate(n.module, t, func(f compiler.File) error { return writeFile(guest, f) }); err != nil {
		return err
	}
	if err := h.goBuild(n, dir, out); err != nil {
		return err
	}
	if image := t.Image(); n.target.GOOS == "linux" && image != nil {
		return rt.AttachImage(out, sha256.Sum256(image), image)
	}
	return nil
}

// checkCommand reports what keeps a module from being a command that the program can run.
func (n *native) checkCommand() error {
	info, err := compiler.Inspect(n.bytes, 0)
	if err != nil {
		return err
	}
	sys, err := wasi.New(wasi.Config{})
	if err != nil {
		return err
	}
	defer sys.Close()
	for _, imp := range info.Imports {
		spawn := imp.Module == "wasi" && imp.Name == "thread-spawn"
		if imp.Kind != "memory" && !spawn && program.Export(sys, imp.Module, imp.Name) == nil {
			return fmt.Errorf("import %q %q (%s %s): a native program has the functions of wasi_snapshot_preview1, wasi_unstable and wasi-threads only; translate the module to a package and write the host in Go",
				imp.Module, imp.Name, imp.Kind, imp.Type)
		}
	}
	for _, e := range info.Exports {
		if e.Name == "_start" && e.Kind == "func" && strings.TrimSpace(e.Type) == "->" {
			return nil
		}
	}
	return errors.New("not a WASI command: no export _start without parameters and results; translate the module to a package to call its exports from Go")
}

// files are the files of the program besides those of the guest: two Go modules, of which one has the runtime.
func (n *native) files(threads bool) ([]compiler.File, error) {
	goMod, err := wasm2go.Source.ReadFile("go.mod")
	if err != nil {
		return nil, err
	}
	files, err := runtimeSource()
	if err != nil {
		return nil, err
	}
	runtime, goVersion := goModLine(goMod, "module"), goModLine(goMod, "go")
	for _, name := range []string{"program.go", "listen/listen.go"} {
		b, err := programSource.ReadFile("program/" + name)
		if err != nil {
			return nil, err
		}
		files = append(files, compiler.File{Name: strings.TrimPrefix(programPath, runtime+"/") + "/" + name, Content: b})
	}
	files = append(files, compiler.File{Name: "go.mod", Content: fmt.Appendf(nil, "module %s\n\ngo %s\n", runtime, goVersion)})
	for i := range files {
		files[i].Name = path.Join("runtime", files[i].Name)
	}
	return append(files,
		compiler.File{Name: "main.go", Content: n.mainFile(threads)},
		compiler.File{Name: "go.mod", Content: fmt.Appendf(nil, programMod, programModule, goVersion, runtime)}), nil
}

// programModule is the path of the module with the program.
const programModule = "program"

const programMod = `module %s

go %s

require %[3]s v0.0.0

replace %[3]s => ./runtime
`

// mainFile is the main package of the program.
func (n *native) mainFile(threads bool) []byte {
	guest := "program.Single(guest.Instantiate)"
	if threads {
		guest = "program.Threaded(guest.Instantiate)"
	}
	call := fmt.Sprintf("program.Hosted(%s)", guest)
	if !n.hosted {
		call = fmt.Sprintf("program.Main(%s, %#v)", guest, n.list)
	}
	more := ""
	if n.listens {
		more = fmt.Sprintf("\t_ %q\n", programPath+"/listen")
	}
	return fmt.Appendf(nil, mainText, programPath, more, programModule+"/guest", call)
}

const mainText = ownHeader + `; DO NOT EDIT.

package main

import (
	%q
%s
	%q
)

func main() {
	%s
}
`

// goEnv keeps the go command off the network, and off what surrounds the working directory.
var goEnv = []string{"GO111MODULE=on", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0"}

// goCommand finds the go command.
func goCommand() (string, error) {
	name, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("building a program needs the Go toolchain, and there is no go command in PATH; see https://go.dev/dl")
	}
	return name, nil
}

func (h *host) goBuild(n *native, dir, out string) error {
	goTool, err := goCommand()
	if err != nil {
		return err
	}
	end := newProgress(h.stderr).during("building %s", n.base())
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out}
	if n.pgo != "" {
		args = append(args, "-pgo="+n.pgo)
	}
	cmd := exec.Command(goTool, append(args, ".")...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), goEnv...), n.env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err = cmd.Run()
	end()
	if err != nil {
		_, _ = h.stderr.Write(output.Bytes())
		return fileError(n.path, fmt.Errorf("go build: %w", err))
	}
	return nil
}
