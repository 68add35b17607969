package emit

import (
	"fmt"
	"math/bits"
	"path"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// A module too large for one Go package is split:
//
//	pkg             the public API, as small as that of a module in one package
//	pkg/internal/base   the instance and the imports
//	pkg/internal/cN     the functions from index N on, in one file, and a func variable for each function of another package
//	                    that they call
//	pkg/internal/lN     sets these variables, for a range of packages
//	pkg/internal/link   what needs all of them: tables, references, instantiation, and the data
//
// Imports point up this list. Packages of functions do not import each other: one changes when a body or the signature of a
// function that it calls does.

// Unit is a file of functions; in a split module it is a package too.
type Unit struct {
	// Name is the file's name.
	Name string
	// Funcs are the indices of its functions.
	Funcs []uint32
	// Size is the WebAssembly code in it, in bytes.
	Size int

	pkg string // name of the package
	// calls are the functions of other packages that they call, as often as they do until UnitFile sorts them.
	calls []uint32
	refs  refs // of the functions
}

// baseUnit stands for the package base.
const baseUnit = -1

// fileSize is the WebAssembly code in a file of functions of a module in one package, in bytes: about 400 KB of Go.
const fileSize = 64 << 10

// Names of the packages of a split module.
const (
	internalDir = "internal"
	basePkg     = "base"
	linkPkg     = "link"
)

func (g *module) split() bool { return g.cfg.Split > 0 }

// vis makes a name visible to the other packages of a split module.
func (g *module) vis(name string) string {
	if !g.split() {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// ownPath is the import path of an internal package of a split module.
func (g *module) ownPath(pkg string) string { return path.Join(g.cfg.ImportPath, internalDir, pkg) }

// own qualifies a name of package base, for all packages but base.
func (g *module) own(name string) string {
	if !g.split() {
		return name
	}
	return basePkg + "." + name
}

// callee is how f calls function fn: by its name, which is that of the variable if it is in another package.
func (f *fn) callee(fn uint32) string {
	g, to := f.g, &f.g.funcs[fn]
	switch {
	case !g.split() || to.unit == f.unit:
	case to.unit == baseUnit:
		return g.adapterNames[fn]
	default:
		u := &g.units[f.unit] // of which one goroutine makes the functions
		u.calls = append(u.calls, fn)
	}
	return to.name
}

// nameAdapters names the imported functions for packages of functions.
func (g *module) nameAdapters() {
	for _, fn := range g.funcs[:g.m.ImportedFunc] {
		g.adapterNames = append(g.adapterNames, g.own(fn.name))
	}
}

// home is the package of function fn in a split module.
func (g *module) home(fn uint32) string {
	if u := g.funcs[fn].unit; u != baseUnit {
		return g.units[u].pkg
	}
	return basePkg
}

// funcValue is function fn itself, as package link names it.
func (g *module) funcValue(fn uint32) string {
	switch u := g.funcs[fn].unit; {
	case !g.split():
		return g.funcs[fn].name
	case u == baseUnit:
		return g.own(g.funcs[fn].name)
	default:
		g.named[u] = true
		return g.units[u].pkg + "." + g.funcs[fn].name
	}
}

// makeUnits divides the live functions over units. A unit holds the functions of a range of 2^k indices from a multiple
// of 2^k on: ranges are halved until they are small enough. So what a unit holds depends on the sizes in its own range
// and that of its neighbour only, and a change of one function can split or join no other units. A function above the
// size is a unit of its own and does not count in a range.
func (g *module) makeUnits() {
	size := g.cfg.Split
	if size == 0 {
		size = fileSize
	}
	n := len(g.funcs)
	d := &divider{g: g, max: size, before: make([]int, n+1)}
	for i := range n {
		g.funcs[i].unit = baseUnit
		s := g.codeSize(uint32(i))
		if s > size {
			s = 0
		}
		d.before[i+1] = d.before[i] + s
	}
	d.divide(0, 1<<bits.Len(uint(n)))
	g.units = d.units
	for u := range g.units {
		for _, fn := range g.units[u].Funcs {
			g.funcs[fn].unit = int32(u)
		}
	}
}

// codeSize is the size of a live function's code, 0 for others.
func (g *module) codeSize(fn uint32) int {
	d := int(fn) - g.m.ImportedFunc
	if d < 0 || !g.facts.Live[fn] {
		return 0
	}
	return g.m.Codes[d].End - g.m.Codes[d].Start
}

type divider struct {
	g      *module
	max    int
	before []int // size of the functions before each index that are not too large
	units  []Unit
}

// divide makes the units of the functions from index lo on, n in number, a power of two.
func (d *divider) divide(lo, n int) {
	hi := min(lo+n, len(d.before)-1)
	if lo >= hi {
		return
	}
	if d.before[hi]-d.before[lo] > d.max {
		d.divide(lo, n/2)
		d.divide(lo+n/2, n/2)
		return
	}
	var together, alone []uint32
	for fn := uint32(lo); fn < uint32(hi); fn++ {
		switch s := d.g.codeSize(fn); {
		case s > d.max:
			alone = append(alone, fn)
		case s > 0:
			together = append(together, fn)
		}
	}
	d.add("c", uint32(lo), together...)
	for _, fn := range alone {
		d.add("f", fn, fn)
	}
}

// add makes a unit named after its kind and the index it begins at.
func (d *divider) add(kind string, at uint32, funcs ...uint32) {
	if len(funcs) == 0 {
		return
	}
	u := Unit{Funcs: funcs, refs: d.g.newRefs()}
	for _, fn := range funcs {
		u.Size += d.g.codeSize(fn)
	}
	if d.g.split() {
		u.pkg = fmt.Sprintf("%s%d", kind, at)
		u.Name = path.Join(internalDir, u.pkg, "code.go")
	} else {
		u.pkg = d.g.cfg.Package
		u.Name = fmt.Sprintf("code%03d.go", len(d.units))
	}
	d.units = append(d.units, u)
}

// Units are the files of functions.
func (e *Emitter) Units() []Unit { return e.g.units }

// Room is the place that UnitFile wants before the functions: more than the imports and a thousand variables take.
const Room = 64 << 10

// UnitFile makes the file of a unit in b, where its functions stand behind Room bytes, each behind an empty line. The file's
// content is part of what it returns.
func (e *Emitter) UnitFile(b []byte, u *Unit) (File, []byte) {
	g := e.g
	var vars []byte
	if g.split() {
		slices.Sort(u.calls)
		u.calls = slices.Compact(u.calls)
		vars = g.declareCalls(u)
		u.refs.scan(vars)
	}
	head := append(g.fileHead(u.pkg, nil, u.refs.found), vars...)
	if more := len(head) - Room; more > 0 {
		b = slices.Insert(b, Room, make([]byte, more)...)
	}
	start := max(Room-len(head), 0)
	copy(b[start:], head)
	return File{u.Name, b[start:]}, b
}

// callsFile is the file of package base with what functions call besides each other: references and the imports.
func (g *module) callsFile() []byte {
	return g.goFile(basePkg, nil, []byte(g.refMethods()+string(g.adapters())))
}

// declareCalls declares a unit's variables.
func (g *module) declareCalls(u *Unit) []byte {
	const most = 80 // bytes that a declaration seldom exceeds
	b := make([]byte, 0, most*len(u.calls))
	for i, fn := range u.calls {
		if i == 0 {
			b = append(b, '\n')
		}
		t := g.m.FuncTypes[fn]
		text := g.plainTypes[t]
		if g.funcs[fn].depth {
			text = g.codeTypes[t]
		}
		b = append(append(append(append(append(b, "var "...), g.funcs[fn].name...), ' '), text...), '\n')
	}
	return b
}

// linkedUnits is the number of packages whose variables one package sets. Of clang's 1,029 packages, 256 took the Go compiler
// 5 s and 700 to 1,100 MB, four times 64 take it as long together and 170 to 300 MB each.
const linkedUnits = 64

// linkPkgs are the packages that set the variables. They are as many as there are units to have calls in.
func (g *module) linkPkgs() (pkgs []string) {
	if !g.split() {
		return nil
	}
	for i := 0; i*linkedUnits < len(g.units); i++ {
		pkgs = append(pkgs, fmt.Sprintf("l%d", i))
	}
	return pkgs
}

func linkName(pkg string) string { return path.Join(internalDir, pkg, "link.go") }

// Links makes the files that connect the units, after these.
func (e *Emitter) Links(write func(File) error) error {
	for i, pkg := range e.g.linkPkgs() {
		first := i * linkedUnits
		if err := write(File{linkName(pkg), e.g.setCalls(pkg, first, min(first+linkedUnits, len(e.g.units)))}); err != nil {
			return err
		}
	}
	return nil
}

// setCalls is the file of a package that sets the variables of a range of units.
func (g *module) setCalls(pkg string, first, end int) []byte {
	var b []byte
	named := make([]bool, len(g.units))
	for i := first; i < end; i++ {
		u := &g.units[i]
		if len(u.calls) == 0 {
			continue
		}
		named[i] = true
		b = append(b, "\nfunc init() {\n"...)
		for _, fn := range u.calls {
			name, home := g.funcs[fn].name, g.funcs[fn].unit
			named[home] = true
			b = append(append(append(append(b, '\t'), u.pkg...), '.'), name...)
			b = append(append(append(append(b, " = "...), g.units[home].pkg...), '.'), name...)
			b = append(b, '\n')
		}
		b = append(b, "}\n"...)
	}
	return g.goFile(pkg, g.unitImports(named), b)
}

// unitImports imports the packages of the units that are named.
func (g *module) unitImports(named []bool) (list []importSpec) {
	for i, u := range g.units {
		if named[i] {
			list = append(list, importSpec{path: g.ownPath(u.pkg)})
		}
	}
	return list
}

// linkFile makes the file of package link from its body. The package imports those that set the variables, so that their
// init functions run.
func (g *module) linkFile(body []byte) []byte {
	var b []byte
	for _, e := range []struct {
		name, file string
		exists     bool
	}{{"data", "data.bin", g.hasData()}, {"Names", "names.txt", g.hasNames()}} {
		if e.exists {
			b = fmt.Appendf(b, "\n//go:embed %s\nvar %s string\n", e.file, e.name)
		}
	}
	more := []importSpec{}
	if len(b) > 0 {
		more = append(more, importSpec{"embed", true})
	}
	for _, pkg := range g.linkPkgs() {
		more = append(more, importSpec{g.ownPath(pkg), true})
	}
	return g.goFile(linkPkg, append(more, g.unitImports(g.named)...), b, body)
}

// Names names the files in the order in which Files, UnitFile and Links make them.
func (e *Emitter) Names() []string {
	var names []string
	for _, f := range e.g.fixed() {
		names = append(names, f.name)
	}
	for _, u := range e.g.units {
		names = append(names, u.Name)
	}
	for _, pkg := range e.g.linkPkgs() {
		names = append(names, linkName(pkg))
	}
	return names
}

// Files makes the files that do not depend on the functions' code, one after the other.
func (e *Emitter) Files(write func(File) error) error {
	for _, f := range e.g.fixed() {
		content, err := f.make()
		if err == nil {
			err = write(File{f.name, content})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fixedFile is a file that every module of a form has.
type fixedFile struct {
	name string
	make func() ([]byte, error)
}

func plain(make func() []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return make(), nil }
}

// fixed is the table of these files.
func (g *module) fixed() []fixedFile {
	state, dir := "state.go", ""
	files := []fixedFile{{"module.go", g.publicFile}}
	if g.split() {
		state, dir = internalDir+"/"+linkPkg+"/link.go", internalDir+"/"+linkPkg+"/"
		files = append(files,
			fixedFile{internalDir + "/" + basePkg + "/base.go", g.baseFile},
			fixedFile{internalDir + "/" + basePkg + "/calls.go", plain(g.callsFile)})
	} else if g.importsCalled() {
		files = append(files, fixedFile{"imports.go", plain(func() []byte { return g.goFile(g.cfg.Package, nil, g.adapters()) })})
	}
	files = append(files, fixedFile{state, g.stateFile})
	if g.hasData() {
		files = append(files, fixedFile{dir + "data.bin", plain(g.dataFile)})
	}
	if g.hasNames() {
		files = append(files, fixedFile{dir + "names.txt", plain(g.namesFile)})
	}
	return files
}

// importsCalled reports whether there are adapters.
func (g *module) importsCalled() bool {
	for i := range g.m.Imports {
		if imp := &g.m.Imports[i]; imp.Kind == wasm.KindFunc && g.facts.Live[imp.Index] {
			return true
		}
	}
	return false
}
