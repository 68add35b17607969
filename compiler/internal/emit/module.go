// Package emit turns IR into the files of a Go package.
//
// Function bodies are written as text that is gofmt-clean by construction; the file with the public API is made with
// jennifer. Generated code imports the standard library and rt only.
package emit

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/gox"
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
	// NoUnsigned makes all i32 variables int32, NoSelect writes each select as an if.
	NoUnsigned, NoSelect bool
	// StackCheck checks the shadow stack's bounds wherever the stack pointer is set.
	StackCheck bool
	// Runtime is the import path of the runtime.
	Runtime string
	// Split is the size of WebAssembly code, in bytes, that a package of functions holds; 0 puts all into one package.
	Split int
	// ImportPath is the import path of the package. It matters only with Split.
	ImportPath string
	// Dead removes from a function the assignments to variables that are never read, and ifs with nothing in them. It is called
	// where there are some.
	Dead func(*ir.Func)
}

// File is a file of the package. Name may begin with folders, separated by slashes.
type File struct {
	Name    string
	Content []byte
}

// module is the emission of one module. It is read-only once made: functions can be emitted in parallel.
type module struct {
	m                   *wasm.Module
	facts               *build.Facts
	cfg                 Config
	instance            string // the type of the parameter m of functions
	funcs               []function
	standsFor           [][]uint32  // the functions with the same code that are not emitted, by the one that is
	mems, bases, tables *names      // of the instance's fields
	cells               []*gox.Base // by memory: what cells are at an offset from
	slots               []string    // the functions in tables of this module, as functions name them
	globals             []string
	places              []gox.Node // the globals as functions name them
	adapterNames        []string   // the imported functions, as packages of functions name them
	// dataAddrs are the addresses of active data segments, -1 if they are not constant; segments for image are in images.
	dataAddrs []int64
	images    []int
	// codeTypes are the Go types of functions in tables of this module, by type index; plainTypes those of functions without
	// the depth.
	codeTypes, plainTypes []string
	signatures            []string // see signatureOf, by type index
	// shared marks globals that are imported or exported and therefore live in an rt.Global.
	shared []bool
	// dataUsed and elemUsed mark the segments that memory.init, table.init or a drop name.
	dataUsed, elemUsed []bool
	// refs are the functions that need an rt.Func: exported, in ref.func, or elements of a table that is not static.
	refs  []uint32
	isRef []bool
	stack *build.Stack // nil if there is none
	units []Unit
	// named marks the units whose packages a file names; it is set while that file is made.
	named []bool

	warnings *warnings
}

func (g *module) guard() bool { return g.cfg.Guard }

func (g *module) memName(i uint32) string  { return g.mems.name(int(i)) }
func (g *module) baseName(i uint32) string { return g.bases.name(int(i)) }
func (g *module) dataName(i uint32) string { return g.vis(fmt.Sprintf("data%d", i)) }
func (g *module) elemName(i uint32) string { return g.vis(fmt.Sprintf("elem%d", i)) }

func (g *module) tableRef(i uint32) string  { return g.tables.name(int(i)) }
func (g *module) globalRef(i uint32) string { return g.globals[i] }

// importName is a field of the struct of imported functions: role f for the Go function, r for its reference.
func (g *module) importName(role string, i uint32) string { return g.vis(fmt.Sprintf("%s%d", role, i)) }

// Emitter emits the functions and then the files of a module.
type Emitter struct {
	g *module
}

// New prepares the emission of m.
func New(m *wasm.Module, facts *build.Facts, cfg Config) *Emitter {
	makeTemplates()
	g := &module{m: m, facts: facts, cfg: cfg, warnings: new(warnings)}
	g.instance = "*" + g.own("Instance")
	g.makeFuncs()
	g.mems, g.bases, g.tables = newNames(g.vis("mem"), 1), newNames(g.vis("mb"), 1), newNames(g.vis("t"), 1)
	for i := range m.MemoryTypes {
		g.cells = append(g.cells, gox.NewBase(baseLocals.name(i)))
	}
	g.nameSlots()
	g.nameGlobals()
	g.collectRefs()
	if s, ok := build.ShadowStack(m); ok {
		g.stack = &s
	}
	for i := range m.Types {
		g.codeTypes = append(g.codeTypes, funcTypeOf(g.instance, true, &m.Types[i]))
		g.plainTypes = append(g.plainTypes, funcTypeOf(g.instance, false, &m.Types[i]))
		g.signatures = append(g.signatures, signatureOf(&m.Types[i]))
	}
	g.makeUnits()
	g.nameAdapters()
	g.placeData()
	return &Emitter{g}
}

// function is what a call of a function needs.
type function struct {
	name  string
	unit  int32 // the index in units; baseUnit for imported functions
	depth bool  // it takes the depth
}

// makeFuncs names the functions that are live.
func (g *module) makeFuncs() {
	g.funcs, g.standsFor = make([]function, len(g.m.FuncTypes)), make([][]uint32, len(g.m.FuncTypes))
	for i := range g.funcs {
		fn := uint32(i)
		if g.facts.Live[fn] {
			g.funcs[fn] = function{name: g.funcName(fn), depth: g.facts.Funcs[fn].NeedsDepth}
		}
		if same := g.m.StandsFor(fn); same != fn {
			g.standsFor[same] = append(g.standsFor[same], fn)
		}
	}
}

// funcName is the name of the Go function that a function becomes.
func (g *module) funcName(i uint32) string { return roleName(g.vis("f"), i, g.funcLabel(i)) }

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

// nameSlots names the functions in tables.
func (g *module) nameSlots() {
	g.slots = make([]string, len(g.m.TableTypes))
	for i := range g.slots {
		g.slots[i] = "m." + g.tableRef(uint32(i))
		if !g.facts.StaticTable[i] {
			g.slots[i] += ".Code"
		}
	}
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
	g.globals, g.places = make([]string, n), make([]gox.Node, n)
	for i := range g.globals {
		g.globals[i] = roleName(g.vis("g"), uint32(i), g.m.Names.Globals[uint32(i)])
		if g.shared[i] {
			g.globals[i] += ".V"
		}
		g.places[i] = gox.Var("m."+g.globals[i], valueType(g.m.GlobalTypes[i].Type))
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
	for fn := range g.facts.RefFunc {
		g.isRef[fn] = true
	}
	for i := range g.facts.DataUsed {
		g.dataUsed[i] = true
	}
	for i := range g.facts.ElemUsed {
		g.elemUsed[i] = true
	}
	for i := range m.Elems {
		e := &m.Elems[i]
		if e.Mode == wasm.Active && !g.facts.StaticTable[e.Table] || e.Mode == wasm.Passive && g.elemUsed[i] {
			g.elemRefs(e)
		}
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

// Function appends function f to b. It may be called from several goroutines, but not for functions of one unit.
func (e *Emitter) Function(b []byte, f *ir.Func) []byte {
	start := len(b)
	b = e.g.function(b, f)
	e.g.units[e.g.funcs[f.Index].unit].refs.scan(b[start:])
	return b
}

// adapters are the functions that call the imports.
func (g *module) adapters() (b []byte) {
	for i := range g.m.Imports {
		if imp := &g.m.Imports[i]; imp.Kind == wasm.KindFunc && g.facts.Live[imp.Index] {
			b = append(append(b, '\n'), g.importAdapter(imp)...)
		}
	}
	return b
}

// codeImports are the packages that generated code uses, by the qualifier that shows it.
var codeImports = []string{"math", "math/bits", "slices", "sync/atomic", "unsafe"}

// importSpec is a line of an import declaration.
type importSpec struct {
	path  string
	blank bool // for its init function or its effect on the compiler
}

// append writes the line without its end.
func (s importSpec) append(b []byte) []byte {
	if s.blank {
		b = append(b, "_ "...)
	}
	return strconv.AppendQuote(b, s.path)
}

// goFile is a file: the header, the imports that the parts of the body use, those that the file needs besides, and the parts.
func (g *module) goFile(pkg string, more []importSpec, body ...[]byte) []byte {
	refs := g.newRefs()
	for _, part := range body {
		refs.scan(part)
	}
	return slices.Concat(append([][]byte{g.fileHead(pkg, more, refs.found)}, body...)...)
}

// fileHead is what stands in a file before its declarations: the header and the imports, those that the declarations refer to
// and more.
func (g *module) fileHead(pkg string, more []importSpec, found []string) []byte {
	var std, other []importSpec
	for _, s := range more {
		if strings.Contains(s.path, "/") {
			other = append(other, s)
		} else {
			std = append(std, s)
		}
	}
	for _, p := range found {
		switch {
		case slices.Contains(codeImports, p):
			std = append(std, importSpec{path: p})
		case pkg != path.Base(p):
			other = append(other, importSpec{path: p})
		}
	}
	b := append(append(append([]byte(g.header()), "\npackage "...), pkg...), '\n')
	return appendImports(b, std, other)
}

// appendImports writes an import declaration as gofmt has it: other stands behind an empty line.
func appendImports(b []byte, std, other []importSpec) []byte {
	for _, list := range [][]importSpec{std, other} {
		slices.SortFunc(list, func(x, y importSpec) int { return strings.Compare(x.path, y.path) })
	}
	switch len(std) + len(other) {
	case 0:
		return b
	case 1:
		return append(append(std, other...)[0].append(append(b, "\nimport "...)), '\n')
	}
	b = append(b, "\nimport (\n"...)
	for _, s := range std {
		b = append(s.append(append(b, '\t')), '\n')
	}
	if len(std) > 0 && len(other) > 0 {
		b = append(b, '\n')
	}
	for _, s := range other {
		b = append(s.append(append(b, '\t')), '\n')
	}
	return append(b, ")\n"...)
}

// refs finds the packages to which Go text refers.
type refs struct {
	found []string // their import paths
	// paths and names are those that have not been found, and last marks the bytes that the names end in: there is a dot in
	// each line, and few are behind such a byte.
	paths, names []string
	last         byteSet
}

// byteSet has the bytes that are true.
type byteSet [256]bool

// newRefs finds the packages that generated code uses.
func (g *module) newRefs() refs {
	r := refs{paths: append(slices.Clone(codeImports), g.cfg.Runtime)}
	if g.split() {
		r.paths = append(r.paths, g.ownPath(basePkg))
	}
	for _, p := range r.paths {
		r.names = append(r.names, path.Base(p))
	}
	r.note()
	return r
}

func (r *refs) note() {
	clear(r.last[:])
	for _, name := range r.names {
		r.last[name[len(name)-1]] = true
	}
}

// scan looks at text that begins and ends between lines.
func (r *refs) scan(text []byte) {
	for dot := 0; len(r.names) > 0; dot++ {
		next := bytes.IndexByte(text[dot:], '.')
		if next < 0 {
			return
		}
		dot += next
		if dot == 0 || !r.last[text[dot-1]] {
			continue
		}
		if i := qualifier(text[:dot], r.names); i >= 0 {
			r.found = append(r.found, r.paths[i])
			r.names, r.paths = slices.Delete(r.names, i, i+1), slices.Delete(r.paths, i, i+1)
			r.note()
		}
	}
}

// qualifier is the index of the name that Go text ends in, or -1 if it ends in no name or in one that can be no
// package's: one in a selector, or in a comment, which may hold any.
func qualifier(text []byte, names []string) int {
	start := len(text)
	for start > 0 && isIdent(text[start-1]) {
		start--
	}
	if start > 0 && text[start-1] == '.' {
		return -1
	}
	i := slices.Index(names, string(text[start:]))
	if i >= 0 && bytes.HasPrefix(text[bytes.LastIndexByte(text[:start], '\n')+1:], []byte("//")) {
		return -1
	}
	return i
}

// idents are the bytes of ASCII identifiers.
var idents = func() (set byteSet) {
	for c := range set {
		set[c] = c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return set
}()

func isIdent(c byte) bool { return idents[c] }

// header is the first line of each generated file (golang.org/s/generatedcode).
func (g *module) header() string {
	from := ""
	if g.cfg.Source != "" {
		from = " from " + quoteName(g.cfg.Source)
	}
	return "// Code generated by wasm2go" + from + "; DO NOT EDIT.\n"
}

func (g *module) hasNames() bool { return len(g.m.Names.Funcs) > 0 }

// namesFile lists the names of the functions, a line each.
func (g *module) namesFile() []byte {
	var b []byte
	for i := range g.m.FuncTypes {
		if g.facts.Live[i] {
			b = append(b, quoteName(g.funcLabel(uint32(i)))...)
		}
		b = append(b, '\n')
	}
	return b
}
