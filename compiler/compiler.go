// Package compiler translates WebAssembly modules to Go packages.
package compiler

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

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
	// Disable leaves out the named passes: see Passes.
	Disable []string
	// StackCheck makes code that compares the shadow stack's pointer with the bounds of its thread's stack wherever it is
	// set, and traps beyond them. Without it an overflow of a stack in linear memory overwrites what lies below.
	StackCheck bool
	// Jobs is the number of files translated at once; the number of processors by default.
	Jobs int
	// Split is the size of WebAssembly code, in bytes, that one Go package of functions holds at most, but for functions
	// that are larger: the Go compiler takes up to twice the time, and memory without bound, for one large package.
	// SplitAuto, the default, splits modules with more than Memory.SplitThreshold() bytes of code over packages of
	// SplitSize; SplitOff never splits. What users of the generated package see is the same.
	Split int
	// ImportPath is the import path of the generated package; a module that is split needs it.
	ImportPath string
	// Keep translates functions that nothing reaches, too.
	Keep bool
	// Dump, if set, is called with the IR of each function after each pass, "build" being the first. It may be called
	// from several goroutines at once.
	Dump func(fn uint32, name, pass, text string)
}

// Values of Config.Split besides sizes, and the size that SplitAuto stands for.
const (
	SplitAuto = 0
	SplitOff  = -1

	SplitSize = 96 << 10
)

// SplitThreshold is the size of code, in bytes, that SplitAuto leaves in one package: the Go compiler takes about 1 GB of
// memory for each MB in the guard form, and twice that in the checked form. So it stays below 400 MB.
func (m MemoryForm) SplitThreshold() int {
	if m == Guard {
		return 384 << 10
	}
	return 192 << 10
}

// Choices that Config.Disable can name like passes.
const (
	identicalPass = "identical" // one function for all with the same code
	unsignedPass  = "unsigned"  // unsigned variables for addresses
	selectPass    = "select"    // selects without a branch where addresses are made of them
)

// Passes returns the names of the passes that Config.Disable can leave out, in the order in which they run.
func Passes() []string {
	var list []string
	for _, p := range opt.Passes {
		if !p.Always {
			list = append(list, p.Name)
		}
	}
	return append(list, identicalPass, unsignedPass, selectPass)
}

// without reports whether a pass is left out.
func (cfg *Config) without(pass string) bool { return cfg.NoOpt || slices.Contains(cfg.Disable, pass) }

func (cfg *Config) checkDisable() error {
	for _, pass := range cfg.Disable {
		if !slices.Contains(Passes(), pass) {
			return fmt.Errorf("there is no pass %q to leave out; there are %s", pass, strings.Join(Passes(), ", "))
		}
	}
	return nil
}

// Progress says how much of a module's code has been translated.
type Progress struct {
	Functions, AllFunctions int
	Bytes, AllBytes         int
}

// File is a file of a generated package. The name of one in a package below it begins with folders, separated by
// slashes.
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
	t, err := Prepare(src, cfg)
	if err != nil {
		return nil, err
	}
	p := &Package{Name: t.cfg.Package, Threads: t.Threads()}
	err = t.Files(func(f File) error {
		f.Content = bytes.Clone(f.Content)
		p.Files = append(p.Files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Translation is a module that is ready to be translated, file by file.
type Translation struct {
	cfg   Config
	m     *wasm.Module
	facts *build.Facts
	e     *emit.Emitter
	small *opt.Callees

	tell func(Progress)
}

// Prepare does what Compile does before the first file: it decodes and validates. What it accepts is translated without
// an error.
func Prepare(src []byte, cfg Config) (*Translation, error) {
	m, err := load(src)
	if err != nil {
		return nil, err
	}
	if cfg.Jobs <= 0 {
		cfg.Jobs = runtime.GOMAXPROCS(0)
	}
	facts, err := validated(m, &cfg)
	if err != nil {
		return nil, err
	}
	if err := cfg.complete(m); err != nil {
		return nil, err
	}
	if err := cfg.checkDisable(); err != nil {
		return nil, err
	}
	e := emit.New(m, facts, emit.Config{
		NoUnsigned: cfg.without(unsignedPass), NoSelect: cfg.without(selectPass),
		Package: cfg.Package, Source: cfg.Source, Command: cfg.Command, Guard: cfg.Memory == Guard, Runtime: cfg.Runtime,
		StackCheck: cfg.StackCheck, Split: cfg.Split, ImportPath: cfg.ImportPath, Dead: opt.Dead,
	})
	t := &Translation{cfg: cfg, m: m, facts: facts, e: e}
	t.small = opt.NewCallees(len(m.FuncTypes), t.callee)
	t.small.Calls = func(index uint32) []uint32 { return facts.Funcs[index].Calls }
	return t, nil
}

// Threads says that the module has a shared memory: its instances are threads, for package rt/threads.
func (t *Translation) Threads() bool { return t.e.Threaded() }

// Image is what large data segments make of memory 0, from address 0 on, or nil. Programs start faster if rt.AttachImage
// attaches it to them; its ImageID is its SHA-256.
func (t *Translation) Image() []byte { return t.e.Image() }

// Warnings says, after Files, which functions the Go compiler will have trouble with, and what to do.
func (t *Translation) Warnings() (list []string) {
	for _, w := range t.e.Warnings() {
		list = append(list, w.Text)
	}
	return list
}

// Progress has Files call f now and then, from one goroutine at a time.
func (t *Translation) Progress(f func(Progress)) { t.tell = f }

// Names lists the names of the files in the order in which Files makes them.
func (t *Translation) Names() []string {
	return t.e.Names()
}

// Files makes the files, one call of write after the other; no more than a few are held in memory. The content of a file is
// overwritten after write has returned.
func (t *Translation) Files(write func(File) error) error {
	emitted := func(f emit.File) error { return write(File(f)) }
	if err := t.e.Files(emitted); err != nil {
		return err
	}
	if err := t.units(write); err != nil {
		return err
	}
	return t.e.Links(emitted)
}

// validated validates the module and returns the facts that come up on the way.
func validated(m *wasm.Module, cfg *Config) (*build.Facts, error) {
	scanners := build.NewScanners(m, cfg.Jobs)
	watches := make([]*validate.Watch, len(scanners))
	for i, s := range scanners {
		watches[i] = &validate.Watch{Plain: &build.Plain, Instr: s.Instr, Body: s.Body}
	}
	if err := validate.Module(m, watches...); err != nil {
		return nil, err
	}
	if !cfg.Keep && !cfg.without(identicalPass) {
		build.FoldIdentical(m)
	}
	return build.Scan(m, scanners, cfg.Keep)
}

// load decodes a module, which may be a text.
func load(src []byte) (*wasm.Module, error) {
	if IsText(src) {
		bin, err := wat.Assemble(src)
		if err != nil {
			return nil, err
		}
		src = bin
	}
	return wasm.Decode(src)
}

// complete fills in the defaults and checks the values.
func (cfg *Config) complete(m *wasm.Module) error {
	if cfg.Memory == "" {
		cfg.Memory = Guard
	}
	if cfg.Runtime == "" {
		cfg.Runtime = DefaultRuntime
	}
	if cfg.Package == "" {
		name := strings.TrimSuffix(filepath.Base(cfg.Source), filepath.Ext(cfg.Source))
		if cfg.Source == "" {
			name = m.Names.Module
		}
		cfg.Package = emit.PackageName(name)
	}
	if cfg.Memory != Guard && cfg.Memory != Checked {
		return fmt.Errorf("unknown memory form %q", cfg.Memory)
	}
	return cfg.completeSplit(m)
}

// completeSplit settles whether and how the module is split.
func (cfg *Config) completeSplit(m *wasm.Module) error {
	size := 0
	for i := range m.Codes {
		size += m.Codes[i].End - m.Codes[i].Start
	}
	switch {
	case cfg.Split == SplitAuto && size > cfg.Memory.SplitThreshold():
		cfg.Split = SplitSize
	case cfg.Split <= 0:
		cfg.Split = 0
	}
	if cfg.Split > 0 && cfg.ImportPath == "" {
		return &ImportPathError{CodeSize: size}
	}
	return nil
}

// ImportPathError says that a module is to be split over packages, which import each other, and Config.ImportPath is
// empty.
type ImportPathError struct {
	CodeSize int // in bytes
}

// Error says what is missing.
func (e *ImportPathError) Error() string {
	return fmt.Sprintf("%d bytes of code are split over several packages, which need to know the import path of the output", e.CodeSize)
}

// units translates the files of functions, several at once, and writes them in order. A file that is ready waits for
// those before it, and no more are begun than a few ahead. Each worker has a goroutine for good: with one for each file 1 %
// of the time went into growing their stacks.
func (t *Translation) units(write func(File) error) error {
	list := t.e.Units()
	stop := make(chan struct{})
	queue := make(chan chan unitResult, t.cfg.Jobs)
	work := make(chan unitWork)
	for range t.cfg.Jobs {
		go t.worker(work)
	}
	go func() {
		defer close(queue)
		defer close(work)
		for i := range list {
			w := unitWork{&list[i], make(chan unitResult, 1)}
			select {
			case queue <- w.result:
			case <-stop:
				return
			}
			work <- w
		}
	}()
	defer func() {
		close(stop)
		for result := range queue { // let those that have begun end
			(<-result).release()
		}
	}()
	p := t.progress(list)
	for result := range queue {
		r := <-result
		err := r.err
		if err == nil {
			err = write(r.file)
		}
		r.release()
		if err != nil {
			return err
		}
		p.Functions += len(r.unit.Funcs)
		p.Bytes += r.unit.Size
		if t.tell != nil {
			t.tell(p)
		}
	}
	return nil
}

// unitWork is a file of functions to be translated.
type unitWork struct {
	unit   *emit.Unit
	result chan unitResult
}

// unitResult is a translated file of functions, whose content is in buf.
type unitResult struct {
	unit *emit.Unit
	file File
	buf  *[]byte
	err  error
}

// release gives the buffer back: file's content is not valid any more.
func (r unitResult) release() { contents.Put(r.buf) }

// progress is the progress before the first file of functions.
func (t *Translation) progress(list []emit.Unit) (p Progress) {
	for i := range list {
		p.AllFunctions += len(list[i].Funcs)
		p.AllBytes += list[i].Size
	}
	return p
}

// worker translates files of functions, one after the other.
func (t *Translation) worker(work <-chan unitWork) {
	ar := new(ir.Arena)
	for w := range work {
		r := unitResult{unit: w.unit, buf: contents.Get().(*[]byte)}
		b := slices.Grow((*r.buf)[:0], emit.Room)[:emit.Room]
		if b, r.err = t.functions(ar, b, w.unit.Funcs); r.err == nil {
			var f emit.File
			f, b = t.e.UnitFile(b, w.unit)
			r.file = File(f)
		}
		*r.buf = b
		w.result <- r
	}
}

// contents are buffers for files. From the heap, a file's memory took 3 % of the time, for the first touch of its pages.
var contents = sync.Pool{New: func() any { return new([]byte) }}

// functions appends functions as Go text, in memory of the arena.
func (t *Translation) functions(ar *ir.Arena, text []byte, list []uint32) (_ []byte, err error) {
	for _, fn := range list {
		if text, err = t.function(ar, append(text, '\n'), fn); err != nil {
			return text, err
		}
	}
	return text, nil
}

// function takes one function through the pipeline: wasm, IR, passes, Go. It appends the text to b.
func (t *Translation) function(ar *ir.Arena, b []byte, fn uint32) ([]byte, error) {
	defer ar.Reset()
	f, err := build.Func(t.m, fn, t.options(ar))
	if err != nil {
		return b, err
	}
	after := t.cfg.after()
	if after != nil {
		after("build", f)
	}
	if err := opt.Run(f, t.small, t.cfg.without, after); err != nil {
		return b, err
	}
	return t.e.Function(b, f), nil
}

func (t *Translation) options(ar *ir.Arena) build.Options {
	return build.Options{NoFold: t.cfg.NoOpt, Checked: t.cfg.Memory == Checked, Arena: ar}
}

// callee builds a function for those that may inline it; it returns nil for others.
func (t *Translation) callee(index uint32, ar *ir.Arena) *ir.Func {
	if facts := &t.facts.Funcs[index]; int(index) < t.m.ImportedFunc || facts.Ops > opt.MaxInlined || facts.Grows {
		return nil
	}
	f, err := build.Func(t.m, index, t.options(ar))
	if err != nil {
		return nil // its own translation reports that
	}
	return f
}

func (cfg *Config) after() func(string, *ir.Func) {
	if cfg.Dump == nil {
		return nil
	}
	return func(pass string, f *ir.Func) { cfg.Dump(f.Index, f.Name, pass, f.String()) }
}
