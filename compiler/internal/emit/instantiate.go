package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// instantiate writes New and Instantiate.
func (p *public) instantiate() {
	p.f.Comment("New instantiates the module and runs its start function. A trap on the way is an *rt.Trap.")
	p.f.Func().Id("New").Params(jen.Id("cfg").Add(p.rt("Config")), jen.Id("imp").Id("Imports")).Params(jen.Op("*").Id("Instance"), jen.Error()).Block(
		jen.Return(jen.Id("Instantiate").Call(jen.Id("cfg"), jen.Id("imp")))).Line()
	p.f.Comment("Instantiate is New with imports found by name.")
	p.f.Func().Id("Instantiate").Params(jen.Id("cfg").Add(p.rt("Config")), jen.Id("r").Add(p.rt("Resolver"))).Params(jen.Op("*").Id("Instance"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Id("m").Op(":=").Op("&").Id("Instance").Values()
		g.Add(p.member("m", p.vis("imports"))).Op("=").Op("&").Add(p.qualified(basePkg, "imports")).Values()
		g.Id("m").Dot("Setup").Call(jen.Id("module"), jen.Id("cfg"))
		if p.needsErr() {
			g.Var().Err().Error()
		}
		p.linkImports(g)
		p.memories(g)
		p.tables(g)
		g.If(jen.Err().Op(":=").Add(p.linked("initialize")).Call(p.core("m")), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		g.Return(jen.Id("m"), jen.Nil())
	}).Line()
	if p.threaded() {
		p.newThread()
		p.stackPointer()
	}
}

// Threaded reports whether instances may run in threads: there is a shared memory.
func (e *Emitter) Threaded() bool { return e.g.threaded() }

func (g *module) threaded() bool {
	for _, t := range g.m.MemoryTypes {
		if t.Shared {
			return true
		}
	}
	return false
}

// newThread writes NewThread. What instances share is copied from the parent; init makes the rest.
func (p *public) newThread() {
	p.f.Comment("NewThread makes an instance for another thread of the group: fresh, but for the memories and imports that it shares. It runs the start function.")
	p.f.Func().Params(jen.Id("m").Op("*").Id("Instance")).Id("NewThread").Params(jen.Id("id").Int32()).Params(jen.Op("*").Id("Instance"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Id("t").Op(":=").Op("&").Id("Instance").Values()
		for _, name := range p.sharedFields() {
			g.Add(p.member("t", name)).Op("=").Add(p.member("m", name))
		}
		g.Id("t").Dot("SetupThread").Call(jen.Op("&").Id("m").Dot("Instance"), jen.Id("id"))
		if p.ownsTables(0) {
			g.Var().Err().Error()
		}
		p.ownTables(g, "t", 0)
		g.If(jen.Err().Op(":=").Add(p.linked("initialize")).Call(p.core("t")), jen.Err().Op("!=").Nil()).Block(
			jen.Id("t").Dot("Close").Call(),
			jen.Return(jen.Nil(), jen.Err()))
		g.Return(jen.Id("t"), jen.Nil())
	}).Line()
}

// stackPointer writes ShadowStackPointer if the module has a shadow stack.
func (p *public) stackPointer() {
	if p.stack == nil {
		return
	}
	p.f.Comment("ShadowStackPointer is the address of the guest's __stack_pointer: the top of its stack in linear memory.")
	p.f.Func().Params(jen.Id("m").Op("*").Id("Instance")).Id("ShadowStackPointer").Params().Op("*").Int32().Block(
		jen.Return(jen.Op("&").Add(p.member("m", p.globals[p.stack.Global])))).Line()
}

// ownsTables reports whether each instance has tables of its own, from table first on.
func (p *public) ownsTables(first int) bool {
	return first < len(p.m.TableTypes) && slices.Contains(p.facts.StaticTable[first:], false)
}

// sharedFields are the fields that a thread's instance has from its parent.
func (p *public) sharedFields() []string {
	var names []string
	same := func(name string) { names = append(names, name) }
	same(p.vis("imports"))
	for i := range p.m.MemoryTypes {
		same(p.memName(uint32(i)))
		if p.guard() {
			same(p.baseName(uint32(i)))
		}
	}
	for i := range p.m.TableTypes {
		if p.facts.StaticTable[i] {
			same(p.tableRef(uint32(i)))
		}
	}
	for i := range p.m.ImportedGlob {
		same(strings.TrimSuffix(p.globals[i], ".V"))
	}
	return names
}

// needsErr reports whether Instantiate has steps that can fail before init.
func (p *public) needsErr() bool {
	return len(p.m.Imports)+len(p.m.MemoryTypes) > 0 || p.ownsTables(0)
}

// try writes "if err = call; err != nil { return nil, err }".
func try(g *jen.Group, assign *jen.Statement) {
	g.If(assign, jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
}

func (p *public) linkImports(g *jen.Group) {
	for i := range p.m.Imports {
		imp := &p.m.Imports[i]
		names := []jen.Code{jen.Id("r"), jen.Lit(imp.Module), jen.Lit(imp.Name)}
		switch imp.Kind {
		case wasm.KindFunc:
			f := jen.Op("&").Add(p.member("m", p.vis("imports"))).Dot(p.importName("f", imp.Index))
			r := jen.Op("&").Add(p.member("m", p.vis("imports"))).Dot(p.importName("r", imp.Index))
			sig := sigLetters(&p.m.Types[imp.Type])
			try(g, jen.Err().Op("=").Add(p.rt("ImportFunc")).Call(append(names, jen.Lit(sig), f, r)...))
		case wasm.KindMemory:
			p.field(g, p.memName(imp.Index), p.rt("ImportMemory").Call(append(names, p.memoryType(imp.Memory), jen.Lit(p.guard()))...))
			g.Id("m").Dot("AddMemory").Call(p.member("m", p.memName(imp.Index)))
			p.setBase(g, imp.Index)
		case wasm.KindTable:
			p.field(g, p.tableRef(imp.Index), p.rt("ImportTable").Call(append(names, p.tableType(imp.Table))...))
		case wasm.KindGlobal:
			name := strings.TrimSuffix(p.globals[imp.Index], ".V")
			p.field(g, name, p.rt("ImportGlobal").Index(p.goType(imp.Global.Type)).Call(append(names, jen.Lit(imp.Global.Mutable))...))
		}
	}
}

// field sets a field of the instance from a call that may fail.
func (p *public) field(g *jen.Group, name string, call *jen.Statement) {
	try(g, jen.List(p.member("m", name), jen.Err()).Op("=").Add(call))
}

// newMemories writes, for each imported memory, a function that makes one that fits.
func (p *public) newMemories() {
	for _, f := range p.fields {
		if f.imp.Kind != wasm.KindMemory {
			continue
		}
		name := p.types.unique("New" + f.name)
		p.f.Commentf("%s makes a memory that fits the import %s: its type, and the form this package was made for.", name, quoteName(fmt.Sprintf("%q %q", f.imp.Module, f.imp.Name)))
		p.f.Func().Id(name).Params(jen.Id("cfg").Add(p.rt("Config"))).Params(jen.Op("*").Add(p.rt("Memory")), jen.Error()).Block(
			jen.Return(p.rt("NewMemory").Call(p.memoryType(f.imp.Memory), jen.Lit(p.guard()), jen.Id("cfg").Dot("MaxMemory"))))
	}
}

func (p *public) setBase(g *jen.Group, i uint32) {
	if p.guard() {
		g.Add(p.member("m", p.baseName(i))).Op("=").Add(p.member("m", p.memName(i))).Dot("Base").Call()
	}
}

func (p *public) memoryType(t wasm.Memory) *jen.Statement {
	d := jen.Dict{jen.Id("Min"): lit(t.Min)}
	if t.HasMax {
		d[jen.Id("Max")] = lit(t.Max)
		d[jen.Id("HasMax")] = jen.True()
	}
	if t.Shared {
		d[jen.Id("Shared")] = jen.True()
	}
	return p.rt("MemoryType").Values(d)
}

// lit is an integer without jennifer's type conversion.
func lit(v uint64) *jen.Statement { return jen.Id(fmt.Sprint(v)) }

func (p *public) tableType(t wasm.Table) *jen.Statement {
	d := jen.Dict{jen.Id("Elem"): jen.LitRune(rune(typeLetters[t.Elem])), jen.Id("Min"): lit(t.Min)}
	if t.HasMax {
		d[jen.Id("Max")] = lit(t.Max)
		d[jen.Id("HasMax")] = jen.True()
	}
	return p.rt("TableType").Values(d)
}

func (p *public) memories(g *jen.Group) {
	for i := p.m.ImportedMem; i < len(p.m.MemoryTypes); i++ {
		p.field(g, p.memName(uint32(i)), jen.Id("m").Dot("NewMemory").Call(p.memoryType(p.m.MemoryTypes[i]), jen.Lit(p.guard()), jen.Id("cfg")))
		p.setBase(g, uint32(i))
	}
}

// tables makes the tables that the module defines.
func (p *public) tables(g *jen.Group) {
	for i := p.m.ImportedTab; i < len(p.m.TableTypes); i++ {
		t := p.m.TableTypes[i]
		if p.facts.StaticTable[i] {
			g.Add(p.member("m", p.tableRef(uint32(i)))).Op("=").Add(p.rt("StaticTable")).Call(p.linked(fmt.Sprintf("table%d", i)).Index(jen.Op(":")), lit(t.Min))
		}
	}
	p.ownTables(g, "m", p.m.ImportedTab)
}

// ownTables makes the tables that each instance has for itself, from table first on.
func (p *public) ownTables(g *jen.Group, instance string, first int) {
	for i := first; i < len(p.m.TableTypes); i++ {
		if p.facts.StaticTable[i] {
			continue
		}
		field := p.member(instance, p.tableRef(uint32(i)))
		try(g, jen.List(field, jen.Err()).Op("=").Add(p.newTable(i, instance)))
	}
}

// newTable makes a table: a thread has its own even in the place of one that the module imports, since tables can not be
// shared between threads.
func (p *public) newTable(i int, instance string) *jen.Statement {
	t := p.tableType(p.m.TableTypes[i])
	if !p.ownedTable(uint32(i)) {
		return p.rt("NewTable").Call(t)
	}
	owner := jen.Parens(jen.Op("*").Add(p.qualified(basePkg, "tableOwner"))).Parens(p.core(instance))
	code, funcs := jen.Nil(), jen.Nil()
	if p.facts.ImageTable[i] {
		code = p.linked(fmt.Sprintf("table%d", i)).Index(jen.Op(":"))
		funcs = p.linked(fmt.Sprintf("tableFuncs%d", i)).Index(jen.Op(":"))
	}
	return p.rt("OwnedTable").Call(t, owner, code, funcs)
}

// enter writes the beginning of a function that runs guest code and returns err.
func (p *public) enter(g *jen.Group) {
	g.List(jen.Id("e"), jen.Err()).Op(":=").Id("m").Dot("Enter").Call()
	g.If(jen.Err().Op("!=").Nil()).Block(jen.Return())
	g.Defer().Id("m").Dot("Leave").Call(jen.Id("e"), jen.Op("&").Err())
}

// exports writes a method per export, and Export, which finds them by name.
func (p *public) exports() {
	var cases []jen.Code
	for i := range p.m.Exports {
		e := &p.m.Exports[i]
		method := p.methods.unique(exported(e.Name))
		doc := fmt.Sprintf("%s is the export %s", method, quoteName(fmt.Sprintf("%q", e.Name)))
		var value *jen.Statement
		switch e.Kind {
		case wasm.KindFunc:
			p.exportFunc(method, doc, e.Index)
			value = p.member("m", p.vis("ref")).Call(jen.Lit(int(e.Index)))
		case wasm.KindMemory:
			value = p.getter(method, doc, p.memName(e.Index), jen.Op("*").Add(p.rt("Memory")), "")
		case wasm.KindTable:
			value = p.getter(method, doc, p.tableRef(e.Index), jen.Op("*").Add(p.rt("Table")), "")
		case wasm.KindGlobal:
			addr := "&"
			if int(e.Index) < p.m.ImportedGlob {
				addr = ""
			}
			name := strings.TrimSuffix(p.globals[e.Index], ".V")
			value = p.getter(method, doc, name, jen.Op("*").Add(p.globalType(p.m.GlobalTypes[e.Index].Type)), addr)
		}
		cases = append(cases, jen.Case(jen.Lit(e.Name)).Block(jen.Return(value)))
	}
	p.f.Comment("Export returns the export of the given name as an *rt.Func, *rt.Memory, *rt.Table or *rt.Global, or nil.")
	p.f.Func().Params(jen.Id("m").Op("*").Id("Instance")).Id("Export").Params(jen.Id("name").String()).Any().BlockFunc(func(g *jen.Group) {
		if len(cases) > 0 {
			g.Switch(jen.Id("name")).Block(cases...)
		}
		g.Return(jen.Nil())
	}).Line()
}

// getter writes a method that returns a field of the instance, or its address, and returns that expression.
func (p *public) getter(method, doc, field string, typ *jen.Statement, addr string) *jen.Statement {
	value := jen.Op(addr).Add(p.member("m", field))
	p.f.Comment(doc + ".")
	p.f.Func().Params(jen.Id("m").Op("*").Id("Instance")).Id(method).Params().Add(typ).Block(jen.Return(value.Clone())).Line()
	return value
}

// exportFunc writes the typed method of an exported function.
func (p *public) exportFunc(method, doc string, fn uint32) {
	t := p.m.FuncType(fn)
	p.f.Commentf("%s, %s.", doc, t)
	p.f.Func().Params(jen.Id("m").Op("*").Id("Instance")).Id(method).Add(p.signature(nil, t)).ParamsFunc(func(g *jen.Group) {
		for i, r := range t.Results {
			g.Id(fmt.Sprintf("r%d", i)).Add(p.goType(r))
		}
		g.Err().Error()
	}).BlockFunc(func(g *jen.Group) {
		p.enter(g)
		args := []jen.Code{p.core("m"), jen.Id("m").Dot("Depth")} // exported functions have their address taken
		for i := range t.Params {
			args = append(args, jen.Id(fmt.Sprintf("p%d", i)))
		}
		call := p.qualified(p.home(fn), p.funcs[fn].name).Call(args...)
		if len(t.Results) > 0 {
			call = jen.ListFunc(func(g *jen.Group) {
				for i := range t.Results {
					g.Id(fmt.Sprintf("r%d", i))
				}
			}).Op("=").Add(call)
		}
		g.Add(call)
		g.Return()
	}).Line()
}

// run writes Run for a command: a module that exports _start. Commands with threads are run by package threads.
func (p *public) run() {
	for _, e := range p.m.Exports {
		if e.Kind != wasm.KindFunc || e.Name != "_start" || p.threaded() {
			continue
		}
		if t := p.m.FuncType(e.Index); len(t.Params)+len(t.Results) > 0 {
			return
		}
		p.f.Comment("Run instantiates the module, calls _start and closes the instance. When ctx is done, it stops the guest. The error is nil if _start returns, an *rt.ExitError if the program ends by itself, an *rt.Trap if it traps, and ctx.Err().")
		p.f.Func().Id("Run").Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("cfg").Add(p.rt("Config")), jen.Id("imp").Id("Imports")).Error().Block(
			jen.If(jen.Id("cfg").Dot("Group").Op("==").Nil()).Block(jen.Id("cfg").Dot("Group").Op("=").Op("&").Add(p.rt("Group")).Values()),
			jen.Defer().Id("cfg").Dot("Group").Dot("StopAfter").Call(jen.Id("ctx")).Call(),
			jen.List(jen.Id("m"), jen.Err()).Op(":=").Id("New").Call(jen.Id("cfg"), jen.Id("imp")),
			jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
			jen.Defer().Id("m").Dot("Close").Call(),
			jen.Return(jen.Id("m").Dot(p.startMethod()).Call()),
		).Line()
	}
}

// startMethod is the method that calls _start, called through the reference so that its name does not matter.
func (p *public) startMethod() string {
	names := nameSet{}
	for _, n := range reserved {
		names[n] = true
	}
	for _, e := range p.m.Exports {
		if m := names.unique(exported(e.Name)); e.Name == "_start" {
			return m
		}
	}
	return ""
}
