package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// disable names passes to be left out, separated by commas.
	disable string
	stack   bool
	keep    bool
	split   splitFlag
	jobs    int
}

func (o *options) define(fs *flag.FlagSet, memoryDefault string) {
	fs.StringVar(&o.memory, "memory", "", "`form` of memory access: guard (the hardware checks bounds; 64-bit systems with mmap) or checked\n(comparisons; runs everywhere) (default "+memoryDefault+")")
	fs.BoolVar(&o.noOpt, "O0", false, "leave out all optimisations")
	fs.StringVar(&o.disable, "disable", "", "leave out some `passes`, separated by commas; help lists them")
	fs.BoolVar(&o.stack, "stackcheck", false, "trap when the guest's stack in linear memory overflows, instead of overwriting what lies below it")
	fs.BoolVar(&o.keep, "keep", false, "translate functions that nothing reaches, too")
	fs.Var(&o.split, "split", fmt.Sprintf("how to divide the code: off (into one Go package), a `size` of WebAssembly code for each package,\nsuch as %v, or auto (one package up to %v of code, %v in the checked form, else of %[1]v each)",
		splitFlag(compiler.SplitSize), splitFlag(compiler.Guard.SplitThreshold()), splitFlag(compiler.Checked.SplitThreshold())))
	fs.IntVar(&o.jobs, "j", 0, "validate and translate in `n` goroutines (default: the number of processors)")
}

// check reports wrong values.
func (o *options) check() error {
	switch compiler.MemoryForm(o.memory) {
	case "", compiler.Guard, compiler.Checked:
	default:
		return usageErrorf("-memory is guard or checked, not %q", o.memory)
	}
	for _, pass := range o.disabled() {
		if !slices.Contains(compiler.Passes(), pass) {
			return usageErrorf("-disable takes %s; there is no pass %q", strings.Join(compiler.Passes(), ", "), pass)
		}
	}
	if o.jobs < 0 {
		return usageErrorf("-j is a number of files, not %d", o.jobs)
	}
	return nil
}

func (o *options) disabled() []string {
	if o.disable == "" {
		return nil
	}
	return strings.Split(o.disable, ",")
}

// config begins a compiler.Config.
func (o *options) config(m *module) compiler.Config {
	return compiler.Config{Source: m.base(), Memory: compiler.MemoryForm(o.memory), NoOpt: o.noOpt, Disable: o.disabled(), StackCheck: o.stack, Jobs: o.jobs, Keep: o.keep,
		Split: int(o.split)}
}

// prepare decodes and validates m and gets it ready to be translated.
func (h *host) prepare(m *module, cfg compiler.Config) (*compiler.Translation, error) {
	defer newProgress(h.stderr).during("decoding %s, %s", m.base(), megabytes(len(m.bytes)))()
	t, err := compiler.Prepare(m.bytes, cfg)
	if err != nil {
		return nil, fileError(m.path, err)
	}
	return t, nil
}

// translate makes the files of m, with progress on a terminal.
func (h *host) translate(m *module, t *compiler.Translation, write func(compiler.File) error) error {
	p := newProgress(h.stderr)
	defer p.clear()
	start := time.Now()
	t.Progress(func(done compiler.Progress) {
		if p.due() {
			p.show("translating %s: %s", m.base(), progressLine(done, time.Since(start)))
		}
	})
	if err := t.Files(write); err != nil {
		return err
	}
	p.clear()
	for _, w := range t.Warnings() {
		fmt.Fprintf(h.stderr, "wasm2go: %s: warning: %s\n", m.path, w)
	}
	return nil
}

// progressLine says how far a translation is after the time it took so far.
func progressLine(p compiler.Progress, took time.Duration) string {
	line := fmt.Sprintf("%s of %s, %d of %d functions", megabytes(p.Bytes), megabytes(p.AllBytes), p.Functions, p.AllFunctions)
	if p.Bytes > 0 {
		left := time.Duration(float64(took) * float64(p.AllBytes-p.Bytes) / float64(p.Bytes))
		line += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return line
}

func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// splitFlag is the value of -split, as compiler.Config.Split.
type splitFlag int

func (s splitFlag) String() string {
	switch n := int(s); {
	case n == compiler.SplitAuto:
		return "auto"
	case n < 0:
		return "off"
	case n%1024 == 0:
		return strconv.Itoa(n/1024) + "K"
	default:
		return strconv.Itoa(n)
	}
}

func (s *splitFlag) Set(v string) error {
	switch v {
	case "auto":
		*s = compiler.SplitAuto
		return nil
	case "off":
		*s = compiler.SplitOff
		return nil
	}
	digits, unit := v, 1
	for suffix, n := range map[string]int{"K": 1 << 10, "M": 1 << 20} {
		if rest, ok := strings.CutSuffix(v, suffix); ok {
			digits, unit = rest, n
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || n > 1<<30/unit {
		return errors.New("want auto, off or a size such as 96K")
	}
	*s = splitFlag(n * unit)
	return nil
}
