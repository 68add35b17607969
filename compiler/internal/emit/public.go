package emit

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// reserved are the names that methods of a generated Instance may not take: those of the embedded rt.Instance.
var reserved = []string{"Instance", "Limit", "Depth", "Setup", "SetupThread", "Core", "Module", "Group", "Thread",
	"AddMemory", "NewMemory", "Mem", "At", "Enter", "Leave", "CheckStopped", "Exhausted", "StopAfter", "Close", "Status",
	"Beat", "CheckStack", "SetStack", "StackChecked", "AnyStack", "Block", "Unblock", "Yield", "Spin", "Export", "NewThread", "ShadowStackPointer", "Contain"}

// public builds the file that users of the package read.
type public struct {
	*module
	f       *jen.File
	ifaces  []*iface      // import modules with functions
	fields  []importField // memories, tables and globals among the imports
	types   nameSet       // names at package level
	methods nameSet       // of Instance
}

// iface is the Go interface of the functions of an import module.
type iface struct {
	module, typeName string
	methods          nameSet
	funcs            []ifaceFunc
}

type ifaceFunc struct {
	imp    *wasm.Import
	method string
}

// importField is an import that is not a function.
type importField struct {
	imp  *wasm.Import
	name string
}

func (g *module) publicFile() ([]byte, error) {
	p := &public{module: g, f: jen.NewFile(g.cfg.Package), types: nameSet{}, methods: nameSet{}}
	for _, n := range []string{"Instance", "Imports", "New", "Instantiate", "Run"} {
		p.types[n] = true
	}
	for _, n := range reserved {
		p.methods[n] = true
	}
	p.f.HeaderComment(strings.TrimSpace(g.header()))
	p.f.ImportName(g.cfg.Runtime, "rt")
	if g.split() {
		p.f.ImportName(g.ownPath(basePkg), basePkg)
		for _, u := range g.units {
			p.f.ImportName(g.ownPath(u.pkg), u.pkg)
		}
	}
	p.f.ImportName(g.ownPath(linkPkg), linkPkg)
	if g.cfg.Command != "" {
		p.f.HeaderComment("Command: " + quoteName(g.cfg.Command))
	}
	p.f.PackageComment(p.packageDoc())
	p.constants()
	p.collectImports()
	p.importTypes()
	if g.split() {
		p.wrapper()
	} else {
		p.state(p.f)
	}
	p.instantiate()
	p.newMemories()
	p.exports()
	p.run()
	var b bytes.Buffer
	if err := p.f.Render(&b); err != nil {
		return nil, fmt.Errorf("compiler bug: public file: %w", err)
	}
	return b.Bytes(), nil
}

func (p *public) packageDoc() string {
	from := "a WebAssembly module"
	if p.cfg.Source != "" {
		from = "the WebAssembly module " + quoteName(p.cfg.Source)
	}
	return fmt.Sprintf("Package %s is %s as Go code.", p.cfg.Package, from)
}

func (p *public) rt(name string) *jen.Statement { return jen.Qual(p.cfg.Runtime, name) }

func (p *public) constants() {
	p.f.Comment("This package needs a runtime that knows the contract of version 1.")
	p.f.Const().Id("_").Op("=").Add(p.rt("SupportsVersion1")).Line()
	names := jen.Lit("")
	if p.hasNames() {
		names = p.linked("names")
	}
	if !p.split() {
		p.embed("data", "data.bin", p.hasData())
		p.embed("names", "names.txt", p.hasNames())
	}
	name := p.m.Names.Module
	if name == "" {
		name = p.cfg.Package
	}
	p.f.Var().Id("module").Op("=").Add(p.rt("NewModule")).Call(jen.Lit(name), names,
		jen.Qual("reflect", "TypeFor").Index(jen.Id("Instance")).Call().Dot("PkgPath").Call())
}

// embed writes a variable with the content of a file if there is one.
func (p *public) embed(name, file string, exists bool) {
	if exists {
		p.f.Anon("embed")
		p.f.Comment("//go:embed " + file)
		p.f.Var().Id(name).String().Line()
	}
}

// linked is a name of package link.
func (p *public) linked(name string) *jen.Statement { return p.qualified(linkPkg, name) }

// qualified is a name of an internal package, or of this one if all is in one.
func (p *public) qualified(pkg, name string) *jen.Statement {
	if !p.split() {
		return jen.Id(name)
	}
	return jen.Qual(p.ownPath(pkg), p.vis(name))
}

// core is the instance as functions take it: a pointer to what package base knows of it.
func (p *public) core(instance string) *jen.Statement {
	if !p.split() {
		return jen.Id(instance)
	}
	return jen.Op("&").Id(instance).Dot("state")
}

// member is a field or method that functions use.
func (p *public) member(instance, name string) *jen.Statement {
	s := jen.Id(instance)
	if p.split() { // a method for an export may have the field's name
		s = s.Dot("state")
	}
	return s.Dot(name)
}

func (p *public) collectImports() {
	byModule := map[string]*iface{}
	seen := map[string]bool{}
	p.types["Resolve"] = true // a method of Imports, whose fields have the names of the types
	fields := nameSet{"Resolve": true}
	for i := range p.m.Imports {
		imp := &p.m.Imports[i]
		key := fmt.Sprintf("%q %q", imp.Module, imp.Name)
		if seen[key] {
			continue // one host value serves all imports of a name
		}
		seen[key] = true
		if imp.Kind != wasm.KindFunc {
			continue
		}
		f := byModule[imp.Module]
		if f == nil {
			f = &iface{module: imp.Module, typeName: p.types.unique(exported(imp.Module)), methods: nameSet{}}
			byModule[imp.Module] = f
			p.ifaces = append(p.ifaces, f)
			fields[f.typeName] = true
		}
		f.funcs = append(f.funcs, ifaceFunc{imp, f.methods.unique(exported(imp.Name))})
	}
	clear(seen)
	for i := range p.m.Imports {
		imp := &p.m.Imports[i]
		key := fmt.Sprintf("%q %q", imp.Module, imp.Name)
		if !seen[key] && imp.Kind != wasm.KindFunc {
			p.fields = append(p.fields, importField{imp, fields.unique(exported(imp.Module) + exported(imp.Name))})
		}
		seen[key] = true
	}
}

// signature writes parameters, each with its name, and results.
func (p *public) signature(first *jen.Statement, t *wasm.FuncType) *jen.Statement {
	return jen.ParamsFunc(func(g *jen.Group) {
		if first != nil {
			g.Add(first)
		}
		for i, v := range t.Params {
			g.Id(fmt.Sprintf("p%d", i)).Add(p.goType(v))
		}
	})
}

func (p *public) goType(t wasm.ValType) *jen.Statement {
	if t == wasm.FuncRef {
		return jen.Op("*").Add(p.rt("Func"))
	}
	return jen.Id(goTypes[t])
}

func (p *public) results(t *wasm.FuncType) *jen.Statement {
	switch len(t.Results) {
	case 0:
		return jen.Null()
	case 1:
		return p.goType(t.Results[0])
	}
	return jen.ParamsFunc(func(g *jen.Group) {
		for _, r := range t.Results {
			g.Add(p.goType(r))
		}
	})
}

// importTypes writes the interfaces, the struct Imports and its Resolve.
func (p *public) importTypes() {
	for _, f := range p.ifaces {
		p.f.Commentf("%s is the import module %s. The first argument of each function is the calling instance.", f.typeName, quoteName(fmt.Sprintf("%q", f.module)))
		p.f.Type().Id(f.typeName).InterfaceFunc(func(g *jen.Group) {
			for _, fn := range f.funcs {
				t := &p.m.Types[fn.imp.Type]
				g.Commentf("%s is the import %s.", fn.method, quoteName(fmt.Sprintf("%q", fn.imp.Name)))
				g.Id(fn.method).Add(p.signature(jen.Id("in").Op("*").Add(p.rt("Instance")), t)).Add(p.results(t))
			}
		}).Line()
	}
	p.f.Comment("Imports is what the module imports.")
	p.f.Type().Id("Imports").StructFunc(func(g *jen.Group) {
		for _, f := range p.ifaces {
			g.Id(f.typeName).Id(f.typeName)
		}
		for _, f := range p.fields {
			g.Id(f.name).Add(p.importType(f.imp)).Comment(quoteName(fmt.Sprintf("%q %q", f.imp.Module, f.imp.Name)))
		}
	}).Line()
	p.resolve()
}

func (p *public) importFunc(t *wasm.FuncType) *jen.Statement {
	return jen.Func().ParamsFunc(func(g *jen.Group) {
		g.Op("*").Add(p.rt("Instance"))
		for _, v := range t.Params {
			g.Add(p.goType(v))
		}
	}).Add(p.results(t))
}

func (p *public) importType(imp *wasm.Import) *jen.Statement {
	switch imp.Kind {
	case wasm.KindMemory:
		return jen.Op("*").Add(p.rt("Memory"))
	case wasm.KindTable:
		return jen.Op("*").Add(p.rt("Table"))
	}
	return jen.Op("*").Add(p.globalType(imp.Global.Type))
}

func (p *public) globalType(t wasm.ValType) *jen.Statement {
	return p.rt("Global").Index(p.goType(t))
}

// resolve writes the method that makes Imports an rt.Resolver.
func (p *public) resolve() {
	p.f.Comment("Resolve implements rt.Resolver.")
	p.f.Func().Params(jen.Id("imp").Id("Imports")).Id("Resolve").Params(jen.List(jen.Id("module"), jen.Id("name")).String()).Any().BlockFunc(func(g *jen.Group) {
		var cases []jen.Code
		for _, f := range p.ifaces {
			for _, fn := range f.funcs {
				cases = append(cases, jen.Case(jen.Id("module").Op("==").Lit(f.module).Op("&&").Id("name").Op("==").Lit(fn.imp.Name).Op("&&").Id("imp").Dot(f.typeName).Op("!=").Nil()).Block(
					jen.Return(p.rt("MustFunc").Call(jen.Id("imp").Dot(f.typeName).Dot(fn.method)))))
			}
		}
		for _, f := range p.fields {
			cases = append(cases, jen.Case(jen.Id("module").Op("==").Lit(f.imp.Module).Op("&&").Id("name").Op("==").Lit(f.imp.Name).Op("&&").Id("imp").Dot(f.name).Op("!=").Nil()).Block(
				jen.Return(jen.Id("imp").Dot(f.name))))
		}
		if len(cases) > 0 {
			g.Switch().Block(cases...)
		}
		g.Return(jen.Nil())
	}).Line()
}

const instanceDoc = "Instance is an instance of the module. It serves one goroutine at a time."

// wrapper writes the instance of a split module: what package base knows of it, and the methods for exports.
func (p *public) wrapper() {
	p.f.Comment(instanceDoc)
	p.f.Type().Id("Instance").Struct(jen.Id("state")).Line()
	p.f.Type().Id("state").Op("=").Qual(p.ownPath(basePkg), "Instance").Line()
}

// baseFile is the file of package base with the instance.
func (g *module) baseFile() ([]byte, error) {
	f := jen.NewFile(basePkg)
	p := &public{module: g, f: f}
	f.HeaderComment(strings.TrimSpace(g.header()))
	f.ImportName(g.cfg.Runtime, "rt")
	f.PackageComment("Package base is what all functions of the module know: the instance, and each other.")
	p.state(f)
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return nil, fmt.Errorf("compiler bug: base file: %w", err)
	}
	return b.Bytes(), nil
}

// state writes the structs of the instance and of the imported functions as the code calls them.
func (p *public) state(f *jen.File) {
	f.Comment(p.vis("imports") + " are the imported functions as the code calls them; all instances of a module share them.")
	f.Type().Id(p.vis("imports")).StructFunc(func(g *jen.Group) {
		for i := range p.m.Imports {
			if imp := &p.m.Imports[i]; imp.Kind == wasm.KindFunc {
				t := &p.m.Types[imp.Type]
				g.Id(p.importName("f", imp.Index)).Add(p.importFunc(t))
				g.Id(p.importName("r", imp.Index)).Op("*").Add(p.rt("Func"))
			}
		}
	}).Line()
	f.Comment(instanceDoc)
	f.Type().Id("Instance").StructFunc(func(g *jen.Group) {
		g.Add(p.rt("Instance"))
		g.Id(p.vis("imports")).Op("*").Id(p.vis("imports"))
		for i := range p.m.MemoryTypes {
			g.Id(p.memName(uint32(i))).Op("*").Add(p.rt("Memory"))
			if p.guard() {
				g.Id(p.baseName(uint32(i))).Qual("unsafe", "Pointer")
			}
		}
		for i := range p.m.TableTypes {
			if p.facts.StaticTable[i] {
				g.Id(p.tableRef(uint32(i))).Index().Any()
			} else {
				g.Id(p.tableRef(uint32(i))).Op("*").Add(p.rt("Table"))
			}
		}
		for i, t := range p.m.GlobalTypes {
			name := strings.TrimSuffix(p.globals[i], ".V")
			switch {
			case i < p.m.ImportedGlob:
				g.Id(name).Op("*").Add(p.globalType(t.Type))
			case p.shared[i]:
				g.Id(name).Add(p.globalType(t.Type))
			default:
				g.Id(name).Add(p.goType(t.Type))
			}
		}
		for i, used := range p.dataUsed {
			if used {
				g.Id(p.dataName(uint32(i))).String()
			}
		}
		for i, used := range p.elemUsed {
			if !used && (!p.needsList(i) || p.m.Elems[i].Mode != wasm.Passive) {
				continue
			}
			if _, ok := p.elemIndices(&p.m.Elems[i]); ok {
				g.Id(p.elemName(uint32(i))).Index().Int32()
			} else {
				g.Id(p.elemName(uint32(i))).Index().Any()
			}
		}
		if p.hasRefs() {
			g.Id(p.vis("refs")).Map(jen.Int()).Op("*").Add(p.rt("Func"))
		}
	}).Line()
}
