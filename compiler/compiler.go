// Package compiler translates WebAssembly modules to Go packages.
package compiler

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/emit"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/opt"
	"github.com/wasm2go/wasm2go/compiler/internal/validate"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// Version is the version of the compiler.
const Version = "0.1.0"

// DefaultRuntime is the import path of the runtime that generated packages use unless Config.Runtime says otherwise.
const DefaultRuntime = "github.com/wasm2go/wasm2go/rt"

// MemoryForm says how generated code checks the bounds of linear memory.
type MemoryForm string

// Guard lets the hardware check: every memory has 8 GiB of reserved address space behind it. It needs a 64-bit system
// with mmap. Checked compares indices: it runs everywhere, and modules without atomics import no unsafe.
const (
	Guard   MemoryForm = "guard"
	Checked MemoryForm = "checked"
)

// Config says how to translate a module. The zero value is a good default.
type Config struct {
	// Package is the name of the Go package; by default it is made from the module's name or Source.
	Package string
	// Memory is the memory form; Guard by default.
	Memory MemoryForm
	// Runtime is the import path of the runtime; DefaultRuntime by default.
	Runtime string
	// Source and Command go into the headers of the generated files.
	Source, Command string
	// NoOpt leaves out all passes that are not needed for Go that compiles (-O0).
	NoOpt bool
	// StackCheck makes code that compares the shadow stack's pointer with the bounds of its thread's stack wherever it is
	// set, and traps beyond them. Without it an overflow of a stack in linear memory overwrites what lies below.
	StackCheck bool
	// Jobs is the number of functions translated at once; the number of processors by default.
	Jobs int
	// Dump, if set, is called with the IR of each function after each pass, "build" being the first. It may be called
	// from several goroutines at once.
	Dump func(fn uint32, name, pass, text string)
	// Progress, if set, is called now and then with the number of functions done.
	Progress func(done, total int)
}

// File is a file of a generated package.
type File struct {
	Name    string
	Content []byte
}

// Package is a generated package.
type Package struct {
	Name  string
	Files []File
	// Threads says that the module has a shared memory: its instances are threads, for package rt/threads.
	Threads bool
}

// Error is the reason for which a module is rejected, with its place.
type Error = wasm.Error

// IsText reports whether src is a module in the text format, and not a binary.
func IsText(src []byte) bool { return !bytes.HasPrefix(src, []byte("\x00asm")) && looksLikeText(src) }

// looksLikeText: a text module begins with a parenthesis or a comment.
func looksLikeText(src []byte) bool {
	src = bytes.TrimLeft(src, " \t\r\n")
	return bytes.HasPrefix(src, []byte("(")) || bytes.HasPrefix(src, []byte(";;"))
}

// Compile translates a module, in binary or text form, to a Go package. Output depends on the arguments only, not on
// Jobs or the machine. A rejected module gives an *Error, or a *wat.Error for text that does not parse.
func Compile(src []byte, cfg Config) (*Package, error) {
	m, err := load(src)
	if err != nil {
		return nil, err
	}
	facts, err := build.Scan(m)
	if err != nil {
		return nil, err
	}
	cfg.defaults(m)
	if cfg.Memory != Guard && cfg.Memory != Checked {
		return nil, fmt.Errorf("unknown memory form %q", cfg.Memory)
	}
	e := emit.New(m, facts, emit.Config{
		Package: cfg.Package, Source: cfg.Source, Command: cfg.Command, Guard: cfg.Memory == Guard, Runtime: cfg.Runtime,
		StackCheck: cfg.StackCheck,
	})
	funcs, err := cfg.functions(m, e)
	if err != nil {
		return nil, err
	}
	files, err := e.Files(funcs)
	if err != nil {
		return nil, err
	}
	p := &Package{Name: cfg.Package, Threads: e.Threaded()}
	for _, f := range files {
		p.Files = append(p.Files, File(f))
	}
	return p, nil
}

// load decodes and validates.
func load(src []byte) (*wasm.Module, error) {
	if IsText(src) {
		bin, err := wat.Assemble(src)
		if err != nil {
			return nil, err
		}
		src = bin
	}
	m, err := wasm.Decode(src)
	if err != nil {
		return nil, err
	}
	return m, validate.Module(m)
}

func (cfg *Config) defaults(m *wasm.Module) {
	if cfg.Memory == "" {
		cfg.Memory = Guard
	}
	if cfg.Runtime == "" {
		cfg.Runtime = DefaultRuntime
	}
	if cfg.Jobs <= 0 {
		cfg.Jobs = runtime.GOMAXPROCS(0)
	}
	if cfg.Package == "" {
		name := strings.TrimSuffix(filepath.Base(cfg.Source), filepath.Ext(cfg.Source))
		if cfg.Source == "" {
			name = m.Names.Module
		}
		cfg.Package = emit.PackageName(name)
	}
}

// functions translates the defined functions in parallel. Of several errors that of the first function is returned.
func (cfg *Config) functions(m *wasm.Module, e *emit.Emitter) ([][]byte, error) {
	n := len(m.Codes)
	texts, errs := make([][]byte, n), make([]error, n)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(cfg.Jobs, n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				texts[i], errs[i] = cfg.function(m, e, uint32(m.ImportedFunc+i))
				if d := int(done.Add(1)); cfg.Progress != nil && (d%256 == 0 || d == n) {
					cfg.Progress(d, n)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// function takes one function through the pipeline: wasm, IR, passes, Go.
func (cfg *Config) function(m *wasm.Module, e *emit.Emitter, fn uint32) ([]byte, error) {
	f, err := build.Func(m, fn, build.Options{NoFold: cfg.NoOpt, HoistCalls: cfg.Memory == Checked})
	if err != nil {
		return nil, err
	}
	after := cfg.after()
	if after != nil {
		after("build", f)
	}
	if err := opt.Run(f, cfg.NoOpt, after); err != nil {
		return nil, err
	}
	return e.Function(f), nil
}

func (cfg *Config) after() func(string, *ir.Func) {
	if cfg.Dump == nil {
		return nil
	}
	return func(pass string, f *ir.Func) { cfg.Dump(f.Index, f.Name, pass, f.String()) }
}
