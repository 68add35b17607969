package emit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// stateFile holds what instantiation needs besides the public API: static tables, element lists and references.
func (g *module) stateFile() ([]byte, error) {
	var b strings.Builder
	linked := *g
	linked.named = make([]bool, len(g.units))
	if err := linked.initFunc(&b); err != nil {
		return nil, err
	}
	g.imageVar(&b)
	linked.imageTables(&b)
	if err := g.elemLists(&b); err != nil {
		return nil, err
	}
	if !g.split() {
		b.WriteString(g.refMethods())
	}
	linked.references(&b)
	g.segmentTables(&b)
	if g.split() {
		return linked.linkFile([]byte(b.String())), nil
	}
	return g.goFile(g.cfg.Package, nil, []byte(b.String())), nil
}

// initFunc writes the method that instantiation ends with: globals, element and data segments, start function.
func (g *module) initFunc(b *strings.Builder) error {
	lines, err := g.initLines()
	if err != nil {
		return err
	}
	fmt.Fprintf(b, `
// %s sets the globals, fills tables and memories and runs the start function.
func %[1]s(m %s) (err error) {
	e, err := m.Enter()
	if err != nil {
		return
	}
	defer m.Leave(e, &err)
`, g.vis("initialize"), g.instance)
	for _, l := range lines {
		b.WriteString("\t" + l + "\n")
	}
	b.WriteString("\treturn nil\n}\n")
	return nil
}

// constant is a constant expression as Go text. "m" is the instance.
func (g *module) constant(x wasm.ConstExpr, depth int) (string, error) {
	e, err := build.Const(g.m, x)
	if err != nil {
		return "", err
	}
	f := &fn{g: g}
	return string(f.value(e).AppendDepth(nil, depth)), nil
}

// imageElems lists the functions in a table with an image up to its last one: -1 for null.
func (g *module) imageElems(table uint32) []int64 {
	var elems []int64
	for i := range g.m.Elems {
		e := &g.m.Elems[i]
		if e.Mode != wasm.Active || e.Table != table {
			continue
		}
		off, _ := e.Offset.I32()
		idx, _ := g.elemIndices(e)
		for j, fn := range idx {
			for len(elems) <= int(off)+j {
				elems = append(elems, -1)
			}
			elems[int(off)+j] = fn
		}
	}
	return elems
}

func (g *module) imageTables(b *strings.Builder) {
	for i, image := range g.facts.ImageTable {
		if !image {
			continue
		}
		fmt.Fprintf(b, "\n// %s holds the functions of table %d; all instances share it.\nvar %[1]s = [...]any{", g.vis(fmt.Sprintf("table%d", i)), i)
		elems := g.imageElems(uint32(i))
		for _, fn := range elems {
			name := "nil"
			if fn >= 0 {
				name = g.funcValue(uint32(fn))
			}
			b.WriteString("\n\t" + name + ",")
		}
		if len(elems) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("}\n")
		if !g.facts.StaticTable[i] {
			fmt.Fprintf(b, "\n// %s are the indices of the functions in table %d; -1 is null.\nvar %[1]s = [...]int32{", g.vis(fmt.Sprintf("tableFuncs%d", i)), i)
			writeInts(b, elems)
			b.WriteString("}\n")
		}
	}
}

// ownedTable reports whether table i is a funcref table that the module defines and that must be an rt.Table.
func (g *module) ownedTable(i uint32) bool {
	return int(i) >= g.m.ImportedTab && !g.facts.StaticTable[i] && g.m.TableTypes[i].Elem == wasm.FuncRef
}

// tableOwner is instance m as the owner of tables.
func (g *module) tableOwner(m string) string {
	return "(*" + g.own(g.vis("tableOwner")) + ")(" + m + ")"
}

// needsOwner reports whether anything in the package names tableOwner.
func (g *module) needsOwner() bool {
	for i := range g.m.TableTypes {
		if g.ownedTable(uint32(i)) {
			return true
		}
	}
	for i := range g.m.Elems {
		if _, ok := g.elemIndices(&g.m.Elems[i]); ok && g.needsList(i) {
			return true
		}
	}
	return false
}

// hasRefs reports whether the package makes references of functions.
func (g *module) hasRefs() bool { return len(g.refs) > 0 || g.needsOwner() }

// needsList reports whether segment i is copied into a table at run time.
func (g *module) needsList(i int) bool {
	e := &g.m.Elems[i]
	switch e.Mode {
	case wasm.Active:
		return !g.facts.ImageTable[e.Table]
	case wasm.Passive:
		return g.elemUsed[i]
	}
	return false
}

// elemLists writes, for each segment that is copied at run time, the indices of its functions, or, where elements are
// not just functions, a method that makes them.
func (g *module) elemLists(b *strings.Builder) error {
	for i := range g.m.Elems {
		if !g.needsList(i) {
			continue
		}
		if idx, ok := g.elemIndices(&g.m.Elems[i]); ok {
			fmt.Fprintf(b, "\n// funcs%d are the functions of element segment %d; -1 is null.\nvar funcs%d = [...]int32{", i, i, i)
			writeInts(b, idx)
			b.WriteString("}\n")
			continue
		}
		fmt.Fprintf(b, "\n// makeElem%d makes the references of element segment %d.\nfunc makeElem%d(m %s) []any {\n\treturn []any{", i, i, i, g.instance)
		for j, x := range g.m.Elems[i].Exprs {
			text, err := g.constant(x, 1)
			if err != nil {
				return err
			}
			if j > 0 {
				b.WriteString(", ")
			}
			if g.m.Elems[i].Type == wasm.FuncRef && text != "nil" {
				text = "rt.Elem(" + text + ")"
			}
			b.WriteString(text)
		}
		b.WriteString("}\n}\n")
	}
	return nil
}

func writeInts(b *strings.Builder, list []int64) {
	const perLine = 16
	for j, v := range list {
		switch {
		case j%perLine == 0:
			b.WriteString("\n\t")
		default:
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "%d,", v)
	}
	if len(list) > 0 {
		b.WriteByte('\n')
	}
}

func (g *module) elemIndices(e *wasm.Elem) ([]int64, bool) {
	var idx []int64
	for _, fn := range e.Funcs {
		idx = append(idx, int64(fn))
	}
	for _, x := range e.Exprs {
		fn, null, ok := build.ConstRef(g.m, x)
		switch {
		case !ok || e.Type != wasm.FuncRef:
			return nil, false
		case null:
			idx = append(idx, -1)
		default:
			idx = append(idx, int64(fn))
		}
	}
	return idx, true
}

// refMethods are what functions and tables get references by. It stands where the functions can see it, and what it needs
// to know of them comes by variables.
func (g *module) refMethods() string {
	if !g.hasRefs() {
		return ""
	}
	text := fmt.Sprintf(`
// %[1]s makes the reference of function i, %[2]s returns the function as it stands in the code.
var (
	%[1]s func(m *Instance, i int) *rt.Func
	%[2]s    func(i int) any
)

// %[3]s returns the reference of function i, always the same one.
func (m *Instance) %[3]s(i int) *rt.Func {
	f := m.%[4]s[i]
	if f == nil {
		f = %[1]s(m, i)
		if m.%[4]s == nil {
			m.%[4]s = map[int]*rt.Func{}
		}
		m.%[4]s[i] = f
	}
	return f
}
`, g.vis("makeRef"), g.vis("free"), g.vis("ref"), g.vis("refs"))
	if g.needsOwner() {
		text += g.owner()
	}
	return text
}

// owner is the type that tables see as their owner.
func (g *module) owner() string {
	text := fmt.Sprintf(`
// %[1]s is an instance as the owner of tables: an rt.TableOwner.
type %[1]s Instance

// Ref implements rt.TableOwner.
func (o *%[1]s) Ref(fn int32) *rt.Func { return (*Instance)(o).%[2]s(int(fn)) }

// Free implements rt.TableOwner.
func (o *%[1]s) Free(fn int32) any { return %[3]s(int(fn)) }

// Callable implements rt.TableOwner.
func (o *%[1]s) Callable(f *rt.Func) any {
	if f.Owner == &o.Instance {
		return f.Code
	}
`, g.vis("tableOwner"), g.vis("ref"), g.vis("free"))
	cases := ""
	for _, t := range g.indirectTypes() {
		params, args := paramList(t)
		cases += fmt.Sprintf("\tcase %s:\n", funcTypeOf("*rt.Instance", false, t))
		cases += fmt.Sprintf("\t\treturn func(m *Instance, dp uint32%s)%s {\n\t\t\t%sfn(m.At(dp)%s)\n\t\t}\n", params, resultList(t.Results), returns(t), args)
	}
	if cases != "" {
		text += "\tswitch fn := f.Fn.(type) {\n" + cases + "\t}\n"
	}
	return text + "\treturn f\n}\n"
}

// references writes what makes function references: findFree finds the Go function, bind ties it to an instance. The
// functions are data: a function body with a case for each would take the Go compiler long.
func (g *module) references(b *strings.Builder) {
	if !g.hasRefs() {
		return
	}
	types := map[string]*wasm.FuncType{}
	var index []int64
	var funcs strings.Builder
	for _, fn := range g.refs {
		if int(fn) >= g.m.ImportedFunc { // others come with their references
			t := g.m.FuncType(fn)
			types[sigLetters(t)] = t
		}
		index = append(index, int64(fn))
		funcs.WriteString("\n\t" + g.funcValue(fn) + ",")
	}
	if len(index) > 0 {
		funcs.WriteByte('\n')
	}
	fmt.Fprintf(b, "\nfunc init() { %s, %s = newRef, findFree }\n", g.own(g.vis("makeRef")), g.own(g.vis("free")))
	b.WriteString("\n// freeFuncs are the functions that can be referred to, freeIndex their indices.\nvar freeIndex = [...]int32{")
	writeInts(b, index)
	b.WriteString("}\n\nvar freeFuncs = [...]any{" + funcs.String() + `}

// findFree returns function i as it stands in the code.
func findFree(i int) any {
	at, _ := slices.BinarySearch(freeIndex[:], int32(i))
	return freeFuncs[at]
}
`)
	g.newRef(b)
	g.bind(b, types)
}

// indirectTypes are the types of indirect calls, each once, in the order of their letters.
func (g *module) indirectTypes() []*wasm.FuncType {
	types := map[string]*wasm.FuncType{}
	for i := range g.facts.Funcs {
		for _, x := range g.facts.Funcs[i].Indirect {
			types[sigLetters(&g.m.Types[x])] = &g.m.Types[x]
		}
	}
	var list []*wasm.FuncType
	for _, sig := range slices.Sorted(maps.Keys(types)) {
		list = append(list, types[sig])
	}
	return list
}

// paramList gives the parameters of a Go function for type t, and them as arguments, each after a comma.
func paramList(t *wasm.FuncType) (params, args string) {
	for i, p := range t.Params {
		params += fmt.Sprintf(", p%d %s", i, goTypes[p])
		args += fmt.Sprintf(", p%d", i)
	}
	return params, args
}

// returns is what stands before a call whose results the function returns.
func returns(t *wasm.FuncType) string {
	if len(t.Results) > 0 {
		return "return "
	}
	return ""
}

// newRef writes the function that makes a reference; imported functions keep the ones they came with.
func (g *module) newRef(b *strings.Builder) {
	fmt.Fprintf(b, "\n// newRef makes the reference of function i.\nfunc newRef(m %s, i int) *rt.Func {\n", g.instance)
	cases := ""
	for _, fn := range g.refs {
		if int(fn) < g.m.ImportedFunc {
			cases += fmt.Sprintf("\tcase %d:\n\t\treturn m.%s.%s\n", fn, g.vis("imports"), g.importName("r", fn))
		}
	}
	if cases != "" {
		b.WriteString("\tswitch i {\n" + cases + "\t}\n")
	}
	b.WriteString("\treturn bind(m, findFree(i))\n}\n")
}

func (g *module) bind(b *strings.Builder, types map[string]*wasm.FuncType) {
	sigs := slices.Sorted(maps.Keys(types))
	fmt.Fprintf(b, "\n// bind ties a function to an instance.\nfunc bind(m %s, f any) *rt.Func {\n", g.instance)
	if len(sigs) == 0 {
		b.WriteString("\treturn nil\n}\n")
		return
	}
	b.WriteString("\tr := &rt.Func{Owner: &m.Instance, Code: f}\n\tswitch f := f.(type) {\n")
	for _, s := range sigs {
		t := types[s]
		params, args := paramList(t)
		fmt.Fprintf(b, "\tcase %s:\n\t\tr.Type = %q\n", funcTypeOf(g.instance, true, t), s)
		fmt.Fprintf(b, "\t\tr.Fn = func(c *rt.Instance%s)%s {\n\t\t\t%sf(m, c.Depth%s)\n\t\t}\n", params, resultList(t.Results), returns(t), args)
	}
	b.WriteString("\t}\n\treturn r\n}\n")
}

// initLines are the statements that fill tables and memories and call the start function, in the order of the
// specification (4.5.4). They run inside guest code: they may trap.
func (g *module) initLines() ([]string, error) {
	lines, err := g.globalLines()
	if err != nil {
		return nil, err
	}
	if g.cfg.StackCheck && g.stack != nil {
		lines = append(lines, fmt.Sprintf("m.SetStack(%d, %d)", g.stack.Low, g.stack.High))
	}
	lines = append(lines, g.passiveElems()...)
	for i := range g.m.Elems {
		e := &g.m.Elems[i]
		if e.Mode != wasm.Active || !g.needsList(i) {
			continue
		}
		off, err := g.constant(e.Offset, 2)
		if err != nil {
			return nil, err
		}
		init := fmt.Sprintf("m.%s.Init(%s", g.tableRef(e.Table), g.elemList(i))
		if _, ok := g.elemIndices(e); ok {
			init = fmt.Sprintf("m.%s.InitFuncs(%s, %s", g.tableRef(e.Table), g.tableOwner("m"), g.elemList(i))
		}
		lines = append(lines, fmt.Sprintf("%s, %s, 0, %d)", init, off, e.Len()))
	}
	data, err := g.dataLines()
	if err != nil {
		return nil, err
	}
	lines = append(lines, data...)
	return append(lines, g.startLine()...), nil
}

func (g *module) globalLines() ([]string, error) {
	var lines []string
	for i := g.m.ImportedGlob; i < len(g.m.GlobalTypes); i++ {
		v, err := g.constant(g.m.Globals[i-g.m.ImportedGlob].Init, 1)
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("m.%s = %s", g.globals[i], v))
		if g.shared[i] && g.m.GlobalTypes[i].Mutable {
			lines = append(lines, fmt.Sprintf("m.%s.Mutable = true", strings.TrimSuffix(g.globals[i], ".V")))
		}
	}
	return lines, nil
}

func (g *module) passiveElems() []string {
	var lines []string
	for i := range g.m.Elems {
		if g.m.Elems[i].Mode == wasm.Passive && g.needsList(i) {
			lines = append(lines, fmt.Sprintf("m.%s = %s", g.elemName(uint32(i)), g.elemList(i)))
		}
	}
	return lines
}

func (g *module) elemList(i int) string {
	if _, ok := g.elemIndices(&g.m.Elems[i]); ok {
		return fmt.Sprintf("funcs%d[:]", i)
	}
	return fmt.Sprintf("makeElem%d(m)", i)
}

func (g *module) startLine() []string {
	if g.m.Start == nil {
		return nil
	}
	fn := *g.m.Start
	if g.facts.Funcs[fn].NeedsDepth {
		return []string{g.funcValue(fn) + "(m, m.Depth)"}
	}
	return []string{g.funcValue(fn) + "(m)"}
}
