package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
)

// stdinArg is the argument that names the standard input.
const stdinArg = "-"

// module is a module on the command line.
type module struct {
	path  string // as given
	bytes []byte
}

func (h *host) readModule(arg string) (*module, error) {
	if arg == stdinArg {
		b, err := io.ReadAll(h.stdin)
		if err != nil {
			return nil, fileError("stdin", err)
		}
		return &module{path: "stdin", bytes: b}, nil
	}
	b, err := os.ReadFile(arg)
	if err != nil {
		return nil, fileError(arg, err)
	}
	return &module{path: arg, bytes: b}, nil
}

// base is the module's file name without folders.
func (m *module) base() string { return filepath.Base(m.path) }

// stem is base without extension.
func (m *module) stem() string {
	if s := strings.TrimSuffix(m.base(), filepath.Ext(m.base())); s != "" {
		return s
	}
	return m.base()
}

// options are the flags that all commands which translate have.
type options struct {
	memory string
	noOpt  bool
	stack  bool
	jobs   int
}

func (o *options) define(fs *flag.FlagSet, memoryDefault string) {
	fs.StringVar(&o.memory, "memory", "", "`form` of memory access: guard (the hardware checks bounds; 64-bit systems with mmap) or checked\n(comparisons; runs everywhere) (default "+memoryDefault+")")
	fs.BoolVar(&o.noOpt, "O0", false, "leave out all optimisations")
	fs.BoolVar(&o.stack, "stackcheck", false, "trap when the guest's stack in linear memory overflows, instead of overwriting what lies below it")
	fs.IntVar(&o.jobs, "j", 0, "translate `n` functions at once (default: the number of processors)")
}

// check reports wrong values.
func (o *options) check() error {
	switch compiler.MemoryForm(o.memory) {
	case "", compiler.Guard, compiler.Checked:
	default:
		return usageErrorf("-memory is guard or checked, not %q", o.memory)
	}
	if o.jobs < 0 {
		return usageErrorf("-j is a number of functions, not %d", o.jobs)
	}
	return nil
}

// config begins a compiler.Config.
func (o *options) config(m *module) compiler.Config {
	return compiler.Config{Source: m.base(), Memory: compiler.MemoryForm(o.memory), NoOpt: o.noOpt, StackCheck: o.stack, Jobs: o.jobs}
}

// compile translates m, with progress on a terminal.
func (h *host) compile(m *module, cfg compiler.Config) (*compiler.Package, error) {
	p := newProgress(h.stderr)
	defer p.clear()
	cfg.Progress = func(done, total int) { p.show("translating %s: %d %%", m.base(), done*100/max(total, 1)) }
	pkg, err := compiler.Compile(m.bytes, cfg)
	if err != nil {
		return nil, fileError(m.path, err)
	}
	return pkg, nil
}
