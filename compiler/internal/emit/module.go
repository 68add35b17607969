// Package emit turns IR into the files of a Go package.
//
// Function bodies are written as text that is gofmt-clean by construction; the file with the public API is made with
// jennifer. Generated code imports the standard library and rt only.
package emit

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Config says how to emit a package.
type Config struct {
	// Package is the package's name.
	Package string
	// Source is the name of the translated file and Command the command that translated it, for the header.
	Source, Command string
	// Guard selects the guard memory form; otherwise the checked one.
	Guard bool
	// StackCheck checks the shadow stack's bounds wherever the stack pointer is set.
	StackCheck bool
	// Runtime is the import path of the runtime.
	Runtime string
}

// File is a file of the package.
type File struct {
	Name    string
	Content []byte
}

// fileSize is the size of source after which a new file of functions begins.
const fileSize = 512 << 10

// module is the emission of one module. It is read-only once made: functions can be emitted in parallel.
type module struct {
	m         *wasm.Module
	facts     *build.Facts
	cfg       Config
	funcNames []string
	globals   []string
	// shared marks globals that are imported or exported and therefore live in an rt.Global.
	shared []bool
	// dataUsed and elemUsed mark the segments that memory.init, table.init or a drop name.
	dataUsed, elemUsed []bool
	// refs are the functions that need an rt.Func: exported, in ref.func, or elements of a table that is not static.
	refs  []uint32
	isRef []bool
	stack *build.Stack // nil if there is none
}

func (g *module) guard() bool { return g.cfg.Guard }

func memName(i uint32) string  { return fmt.Sprintf("mem%d", i) }
func baseName(i uint32) string { return fmt.Sprintf("mb%d", i) }
func dataName(i uint32) string { return fmt.Sprintf("data%d", i) }
func elemName(i uint32) string { return fmt.Sprintf("elem%d", i) }

func (g *module) tableRef(i uint32) string  { return fmt.Sprintf("t%d", i) }
func (g *module) globalRef(i uint32) string { return g.globals[i] }

// Emitter emits the functions and then the files of a module.
type Emitter struct {
	g *module
}

// New prepares the emission of m.
func New(m *wasm.Module, facts *build.Facts, cfg Config) *Emitter {
	g := &module{m: m, facts: facts, cfg: cfg}
	for i := range m.FuncTypes {
		g.funcNames = append(g.funcNames, roleName("f", uint32(i), g.funcLabel(uint32(i))))
	}
	g.nameGlobals()
	g.collectRefs()
	if s, ok := build.ShadowStack(m); ok {
		g.stack = &s
	}
	return &Emitter{g}
}

// funcLabel is what a function is called: its name in the name section, or that of its import.
func (g *module) funcLabel(i uint32) string {
	if name := g.m.FuncName(i); name != "" {
		return name
	}
	if int(i) < g.m.ImportedFunc {
		for j := range g.m.Imports {
			if imp := &g.m.Imports[j]; imp.Kind == wasm.KindFunc && imp.Index == i {
				return imp.Name
			}
		}
	}
	return ""
}

func (g *module) nameGlobals() {
	n := len(g.m.GlobalTypes)
	g.shared = make([]bool, n)
	for i := range g.m.ImportedGlob {
		g.shared[i] = true
	}
	for _, e := range g.m.Exports {
		if e.Kind == wasm.KindGlobal {
			g.shared[e.Index] = true
		}
	}
	g.globals = make([]string, n)
	for i := range g.globals {
		g.globals[i] = roleName("g", uint32(i), g.m.Names.Globals[uint32(i)])
		if g.shared[i] {
			g.globals[i] += ".V"
		}
	}
}

// collectRefs finds the functions that need an rt.Func, and marks segments that are used at run time.
func (g *module) collectRefs() {
	m := g.m
	g.isRef = make([]bool, len(m.FuncTypes))
	g.dataUsed = make([]bool, len(m.Datas))
	g.elemUsed = make([]bool, len(m.Elems))
	for _, e := range m.Exports {
		if e.Kind == wasm.KindFunc {
			g.isRef[e.Index] = true
		}
	}
	for i := range m.Elems {
		if e := &m.Elems[i]; e.Mode != wasm.Active || !g.facts.StaticTable[e.Table] {
			g.elemRefs(e)
		}
	}
	for fn := range g.facts.RefFunc {
		g.isRef[fn] = true
	}
	for i := range g.facts.DataUsed {
		g.dataUsed[i] = true
	}
	for i := range g.facts.ElemUsed {
		g.elemUsed[i] = true
	}
	for i, is := range g.isRef {
		if is {
			g.refs = append(g.refs, uint32(i))
		}
	}
}

func (g *module) elemRefs(e *wasm.Elem) {
	for _, fn := range e.Funcs {
		g.isRef[fn] = true
	}
	for _, x := range e.Exprs {
		if fn, null, ok := build.ConstRef(g.m, x); ok && !null {
			g.isRef[fn] = true
		}
	}
}

// Function emits function f. It may be called from several goroutines.
func (e *Emitter) Function(f *ir.Func) []byte { return e.g.function(f) }

// Files returns the files of the package; funcs are the texts of the defined functions in order.
func (e *Emitter) Files(funcs [][]byte) ([]File, error) {
	g := e.g
	public, err := g.publicFile()
	if err != nil {
		return nil, err
	}
	state, err := g.stateFile()
	if err != nil {
		return nil, err
	}
	files := []File{{"module.go", public}, {"state.go", state}}
	files = append(files, g.codeFiles(funcs)...)
	if data := g.dataFile(); data != nil {
		files = append(files, File{"data.bin", data})
	}
	if names := g.namesFile(); names != nil {
		files = append(files, File{"names.txt", names})
	}
	return files, nil
}

// codeFiles splits the functions over files of about fileSize.
func (g *module) codeFiles(funcs [][]byte) []File {
	var texts [][]byte
	for i := range g.m.Imports {
		if imp := &g.m.Imports[i]; imp.Kind == wasm.KindFunc {
			texts = append(texts, g.importAdapter(imp))
		}
	}
	texts = append(texts, funcs...)
	var files []File
	var body []byte
	flush := func() {
		if len(body) > 0 {
			name := fmt.Sprintf("code%03d.go", len(files))
			files = append(files, File{name, g.goFile(body)})
			body = nil
		}
	}
	for _, t := range texts {
		body = append(append(body, '\n'), t...)
		if len(body) >= fileSize {
			flush()
		}
	}
	flush()
	return files
}

// codeImports are the packages that function bodies use, by the qualifier that shows it.
var codeImports = []string{"encoding/binary", "math", "math/bits", "sync/atomic", "unsafe"}

// goFile puts the header and the imports that body uses before it.
func (g *module) goFile(body []byte) []byte {
	var imports []string
	for _, p := range codeImports {
		if uses(body, path.Base(p)) {
			imports = append(imports, fmt.Sprintf("\t%q\n", p))
		}
	}
	if uses(body, "rt") {
		if len(imports) > 0 {
			imports = append(imports, "\n")
		}
		imports = append(imports, fmt.Sprintf("\t%q\n", g.cfg.Runtime))
	}
	b := []byte(g.header() + "\npackage " + g.cfg.Package + "\n")
	switch len(imports) {
	case 0:
	case 1:
		b = append(b, "\nimport "+strings.TrimSpace(imports[0])+"\n"...)
	default:
		b = append(b, "\nimport (\n"+strings.Join(imports, "")+")\n"...)
	}
	return append(b, body...)
}

// uses reports whether Go text refers to the package of the given name.
func uses(text []byte, pkg string) bool {
	q := []byte(pkg + ".")
	for off := 0; ; {
		i := bytes.Index(text[off:], q)
		if i < 0 {
			return false
		}
		i += off
		line := text[bytes.LastIndexByte(text[:i], '\n')+1 : i]
		comment := bytes.HasPrefix(line, []byte("//")) // may hold any name
		if !comment && (i == 0 || !isIdent(text[i-1]) && text[i-1] != '.') {
			return true
		}
		off = i + len(q)
	}
}

func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// header is the first line of each generated file (golang.org/s/generatedcode).
func (g *module) header() string {
	from := ""
	if g.cfg.Source != "" {
		from = " from " + quoteName(g.cfg.Source)
	}
	return "// Code generated by wasm2go" + from + "; DO NOT EDIT.\n"
}

// dataFile is the concatenation of the data segments.
func (g *module) dataFile() []byte {
	var b []byte
	for i := range g.m.Datas {
		d := &g.m.Datas[i]
		b = append(b, g.m.Bytes[d.Start:d.End]...)
	}
	return b
}

// namesFile lists the names of the functions, a line each.
func (g *module) namesFile() []byte {
	if len(g.m.Names.Funcs) == 0 {
		return nil
	}
	var b []byte
	for i := range g.m.FuncTypes {
		b = append(append(b, quoteName(g.funcLabel(uint32(i)))...), '\n')
	}
	return b
}
