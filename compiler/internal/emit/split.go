package emit

import (
	"fmt"
	"math/bits"
	"path"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// A module too large for one Go package is split:
//
//	pkg             the public API, as small as that of a module in one package
//	pkg/internal/base   the instance, the imports, and a func variable for each function, for calls across packages
//	pkg/internal/vN     these variables, of 8192 functions each, if there are more
//	pkg/internal/cN     the functions from index N on, in one file; their init sets the variables
//	pkg/internal/link   what needs all of them: tables, references, instantiation, and the data
//
// Imports point up this list. Only the functions of one package know each other by name; base changes when the
// signature of a function does, and not when a body does.

// Unit is a file of functions; in a split module it is a package too.
type Unit struct {
	// Name is the file's name.
	Name string
	// Funcs are the indices of its functions.
	Funcs []uint32
	// Size is the WebAssembly code in it, in bytes.
	Size int

	pkg string // name of the package
}

// baseUnit stands for the package base in unitOf.
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

// callee is how a function of unit from calls function fn: by name, or by its variable.
func (g *module) callee(fn uint32, from int32) string {
	if !g.split() || g.unitOf[fn] == from {
		return g.funcNames[fn]
	}
	return g.variable(fn)
}

// maxVariables is the number of variables in package base. Beyond, each such range of indices has a package of its own:
// 133,000 in one package took the Go compiler 13 s and 1.3 GB.
const maxVariables = 8192

// variablePkg is the package of function fn's variable, or of the function itself if it is imported.
func (g *module) variablePkg(fn uint32) string {
	if len(g.m.FuncTypes) <= maxVariables || g.unitOf[fn] == baseUnit {
		return basePkg
	}
	return "v" + strconv.Itoa(int(fn/maxVariables*maxVariables))
}

// variablePkgs are those of all functions.
func (g *module) variablePkgs() []string {
	pkgs := []string{basePkg}
	for fn := 0; len(g.m.FuncTypes) > maxVariables && fn < len(g.m.FuncTypes); fn += maxVariables {
		pkgs = append(pkgs, fmt.Sprintf("v%d", fn))
	}
	return pkgs
}

// variable is function fn as other packages than its own name it.
func (g *module) variable(fn uint32) string { return g.variables[fn] }

func (g *module) nameVariables() {
	g.variables = g.funcNames
	if !g.split() {
		return
	}
	g.variables = make([]string, len(g.funcNames))
	for fn, name := range g.funcNames {
		g.variables[fn] = g.variablePkg(uint32(fn)) + "." + name
	}
}

// funcValue is function fn itself, as package link names it.
func (g *module) funcValue(fn uint32) string {
	switch u := g.unitOf[fn]; {
	case !g.split():
		return g.funcNames[fn]
	case u == baseUnit:
		return g.own(g.funcNames[fn])
	default:
		g.named[u] = true
		return g.units[u].pkg + "." + g.funcNames[fn]
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
	n := len(g.m.FuncTypes)
	d := &divider{g: g, max: size, before: make([]int, n+1)}
	g.unitOf = make([]int32, n)
	for i := range n {
		g.unitOf[i] = baseUnit
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
			g.unitOf[fn] = int32(u)
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
	u := Unit{Funcs: funcs}
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

// UnitFile makes the file of a unit; text has its functions, each behind an empty line.
func (e *Emitter) UnitFile(u *Unit, text []byte) File {
	g := e.g
	if !g.split() {
		return File{u.Name, g.goFile(u.pkg, text)}
	}
	return File{u.Name, g.goFileOf(u.pkg, nil, g.setVariables(u), text)}
}

// setVariables is the init function of a unit's package.
func (g *module) setVariables(u *Unit) []byte {
	b := []byte("\nfunc init() {\n")
	for _, fn := range u.Funcs {
		b = append(append(append(append(append(b, '\t'), g.variable(fn)...), " = "...), g.funcNames[fn]...), '\n')
	}
	return append(b, "}\n"...)
}

// callsFile is the file of package base through which packages refer to each other: references, the imports, and a variable
// for each function.
func (g *module) callsFile() []byte {
	return g.goFile(basePkg, append([]byte(g.refMethods()+string(g.adapters())), g.declareVariables(basePkg, "*Instance")...))
}

// declareVariables declares the variables of a package.
func (g *module) declareVariables(pkg, instance string) (b []byte) {
	types := make([][2]string, len(g.m.Types)) // without and with the depth
	prefix := pkg + "."
	for fn, name := range g.variables {
		if g.unitOf[fn] == baseUnit || !strings.HasPrefix(name, prefix) {
			continue
		}
		if len(b) == 0 {
			b = append(b, '\n')
		}
		depth := 0
		if g.facts.Funcs[fn].NeedsDepth {
			depth = 1
		}
		t := &types[g.m.FuncTypes[fn]][depth]
		if *t == "" {
			*t = funcTypeOf(instance, depth > 0, g.m.FuncType(uint32(fn)))
		}
		b = append(append(append(append(b, "var "...), g.funcNames[fn]...), ' '), *t...)
		b = append(b, '\n')
	}
	return b
}

// linkFile makes the file of package link from its body. The package imports all packages of functions, so that their
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
	for i, u := range g.units {
		more = append(more, importSpec{g.ownPath(u.pkg), !g.named[i]})
	}
	return g.goFileOf(linkPkg, more, b, body)
}

// Fixed names the files besides those of functions, in the order in which Files makes them.
func (e *Emitter) Fixed() []string {
	var names []string
	for _, f := range e.g.fixed() {
		names = append(names, f.name)
	}
	return names
}

// Files makes the files besides those of functions, one after the other.
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
		for _, pkg := range g.variablePkgs()[1:] {
			files = append(files, fixedFile{internalDir + "/" + pkg + "/calls.go",
				plain(func() []byte { return g.goFile(pkg, g.declareVariables(pkg, g.instance)) })})
		}
	} else if g.importsCalled() {
		files = append(files, fixedFile{"imports.go", plain(func() []byte { return g.goFile(g.cfg.Package, g.adapters()) })})
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
