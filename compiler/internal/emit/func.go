package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// fn is the emission of one function.
type fn struct {
	*gox.Arena
	g       *module
	f       *ir.Func
	facts   *build.FuncFacts
	vars    []variable
	names   *[len(declared)][]string // see usedByType
	loops   bool                     // there are loops
	mems    []uint32                 // memories whose base or slice is kept in a local
	reloads []*gox.Stmt
	// lastLocal is what memLocal said last, of lastMem.
	lastLocal string
	lastMem   uint32
	unit      int32        // of the function
	callers   [2]*gox.Node // what functions of the module take first: the instance and dp
	dp        gox.Node     // the depth, as one of several arguments
	packed    bool         // its variables are fields of a struct
	steps     *steps
	ones      *ones
	calls     bool     // comparisons become numbers by calls
	held      bool     // variables hold what indirect calls call: see callees
	callees   []string // types of these variables, by their number
	found     []found  // what they get before the next statement
}

// instance is the parameter of functions.
var instance = gox.Var("m", gox.Other)

// variable is what is known of a variable.
type variable struct {
	gox.Node           // reads it: Text is the Go name, Type the Go type
	wide     *gox.Node // as an unsigned 64-bit number, for most that addresses are made of
	votes    int       // for unsigned, against if negative
	origin   int32     // the last of varTypes.origins; 0 is none
	sets     int32     // how often it is assigned in loops
	fixed    bool      // it may not be unsigned
	used     bool      // it is read; the assignments to all others are dead
	assigned bool
	stepped  bool // a loop assigns it another one, or the sum of one and a constant
}

// flows are those of functions that are done.
var flows = sync.Pool{New: func() any {
	f := &fn{Arena: new(gox.Arena), names: new([len(declared)][]string), steps: new(steps), ones: new(ones)}
	return &flow{fn: f, varTypes: new(varTypes), polls: new(polls)}
}}

// begin makes f ready for a function, with the memory of the last one.
func (f *flow) begin(g *module, fun *ir.Func) {
	*f.fn = fn{Arena: f.Arena, g: g, f: fun, facts: &g.facts.Funcs[fun.Index], unit: g.funcs[fun.Index].unit, vars: f.vars[:0],
		names: f.names, mems: f.mems[:0], reloads: f.reloads[:0], steps: f.steps, ones: f.ones, callees: f.callees[:0], found: f.found[:0]}
	f.ones.found = false
	*f = flow{fn: f.fn, varTypes: f.varTypes, polls: f.polls, out: f.out[:0], points: f.points[:0], around: f.around[:0],
		labels: slab.Zeros(f.labels, int(fun.Labels)+1)}
}

// function appends a defined function as Go text.
func (g *module) function(b []byte, f *ir.Func) []byte {
	fl := flows.Get().(*flow)
	defer func() {
		fl.Reset()
		flows.Put(fl)
	}()
	fl.begin(g, f)
	fl.dp = gox.Var(fl.Keep(fl.depth().AppendDepth(fl.Begin(), 2)), gox.Uint32)
	fl.callers = [2]*gox.Node{&instance, &fl.dp}
	if fl.typeVars(); fl.dead() {
		g.cfg.Dead(f)
		fl.typeVars()
	}
	fl.pack()
	fl.widen()
	fl.loopNeeds(f.Body)
	end := fl.newPoint()
	fl.list(f.Body, end, end, 1)
	fl.place(end)
	if len(f.Results) > 0 && !gox.Terminating(fl.out) {
		fl.emit(fl.last("panic(rt.Unreachable)\n"))
	}
	b = append(fl.appendHeader(b), " {\n"...)
	b = fl.appendPrologue(b)
	b = gox.AppendStmts(b, dropLastReturn(fl.out), 1)
	return append(b, "}\n"...)
}

// dropLastReturn removes a bare return at the end.
func dropLastReturn(body []*gox.Stmt) []*gox.Stmt {
	if n := len(body); n > 0 && body[n-1].Kind == gox.Line && body[n-1].Text == "return\n" {
		return body[:n-1]
	}
	return body
}

// names are those that a letter and a number make; the first ones are made once.
type names struct {
	letter string
	first  []gox.Node
}

func newNames(letter string, first int) *names {
	n := &names{letter: letter}
	for i := range first {
		n.first = append(n.first, n.atom(i))
	}
	return n
}

func (n *names) name(i int) string {
	if i < len(n.first) {
		return n.first[i].Text
	}
	return n.letter + strconv.Itoa(i)
}

// atom is a name as an expression.
func (n *names) atom(i int) gox.Node {
	if i < len(n.first) {
		return n.first[i]
	}
	return gox.Var(n.name(i), gox.Other)
}

// varNames are the names of variables, by kind, labelNames those of labels.
var (
	varNames   = [...]*names{ir.Param: newNames("p", 64), ir.Local: newNames("l", 512), ir.Temp: newNames("t", 2048)}
	labelNames = newNames("L", 1024)
)

// makeVars makes the variables, of signed types.
func (f *fn) makeVars() {
	f.vars = slices.Grow(f.vars, len(f.f.Vars))[:len(f.f.Vars)]
	for i, info := range f.f.Vars {
		v := &f.vars[i]
		*v = variable{Node: varNames[info.Kind].atom(i), fixed: i < f.f.Params || info.Type != wasm.I32}
		v.Type = valueType(info.Type)
	}
}

// appendHeader writes the function's signature with a comment that says which function it is.
func (f *fn) appendHeader(b []byte) []byte {
	name := f.g.funcs[f.f.Index].name
	if rest, ok := strings.CutSuffix(name, f.f.Name); f.f.Name != "" && !(ok && strings.HasSuffix(rest, "_")) {
		b = append(append(append(b, "// "...), name...), " is "...)
		b = append(append(b, quoteName(f.f.Name)...), ".\n"...)
	}
	b = f.g.appendSame(b, f.g.standsFor[f.f.Index])
	b = append(append(append(b, "func "...), name...), "(m "...)
	b = append(b, f.g.instance...)
	if f.facts.NeedsDepth {
		b = append(b, ", dp uint32"...)
	}
	return append(b, f.g.signatures[f.g.m.FuncTypes[f.f.Index]]...)
}

// signatureOf is the end of the signature of a function of a type: the parameters behind those that all have, and the results.
func signatureOf(t *wasm.FuncType) string {
	var b []byte
	for i, p := range t.Params {
		b = append(append(b, ", "...), varNames[ir.Param].name(i)...)
		if i == len(t.Params)-1 || t.Params[i+1] != p {
			b = append(append(b, ' '), goTypes[p]...)
		}
	}
	return string(append(append(b, ')'), resultList(t.Results)...))
}

// appendSame writes a comment that says for which other functions one stands.
func (g *module) appendSame(b []byte, list []uint32) []byte {
	const most = 8
	if len(list) == 0 {
		return b
	}
	b = append(b, "// It stands for "...)
	for i, fn := range list[:min(len(list), most)] {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, g.funcName(fn)...)
	}
	if more := len(list) - most; more > 0 {
		b = fmt.Appendf(b, " and %d more", more)
	}
	return append(b, ": their code is the same.\n"...)
}

// quoteName makes a name from the name section fit for a comment line.
func quoteName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return '?'
		}
		return r
	}, name)
}

// appendPrologue checks the depth, which also ends the recursion of a stopped instance, takes the memories into locals and
// declares the variables.
func (f *fn) appendPrologue(b []byte) []byte {
	if f.facts.InCycle && f.facts.NeedsDepth {
		b = append(b, "\tif dp > atomic.LoadUint32(&m.Limit) {\n\t\tpanic(m.Exhausted())\n\t}\n"...)
	}
	if len(f.mems) > 0 {
		slices.Sort(f.mems)
		b = append(f.appendMems(append(b, '\t'), " := "), '\n')
	}
	if len(f.mems) > 0 && len(f.reloads) > 0 {
		again := f.Keep(append(f.appendMems(f.Begin(), " = "), '\n'))
		for _, s := range f.reloads {
			s.Text = again
		}
	}
	if f.packed {
		b = f.appendPacked(b)
	} else {
		b = f.appendDeclarations(b)
	}
	return f.appendCallees(b)
}

// appendMems sets the locals of the memories from the instance.
func (f *fn) appendMems(b []byte, op string) []byte {
	for i, mem := range f.mems {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, f.memLocal(mem)...)
	}
	b = append(b, op...)
	for i, mem := range f.mems {
		if i > 0 {
			b = append(b, ", "...)
		}
		if f.g.guard() {
			b = append(append(b, "m."...), f.g.baseName(mem)...)
		} else {
			b = append(append(append(b, "m."...), f.g.memName(mem)...), ".Bytes()"...)
		}
	}
	return b
}

// memLocal is the local that holds the base (guard form) or the slice (checked form) of a memory.
func (f *fn) memLocal(mem uint32) string {
	if f.lastLocal == "" || f.lastMem != mem {
		f.lastMem, f.lastLocal = mem, f.useMem(mem)
	}
	return f.lastLocal
}

// useMem notes that a memory is used and names its local.
func (f *fn) useMem(mem uint32) (local string) {
	if !slices.Contains(f.mems, mem) {
		f.mems = append(f.mems, mem)
	}
	if f.g.guard() {
		return baseLocals.name(int(mem))
	}
	return memoryLocals.name(int(mem))
}

// The names of locals that hold memories.
var (
	baseLocals   = newNames("mb", 1)
	memoryLocals = newNames("mem", 1)
)

// appendDeclarations declares the variables in use by type.
func (f *fn) appendDeclarations(b []byte) []byte {
	const perLine = 16
	for t, names := range f.usedByType() {
		for chunk := range slices.Chunk(names, perLine) {
			b = appendList(append(b, "\tvar "...), chunk)
			b = append(append(append(b, ' '), declared[t]...), '\n')
		}
	}
	return b
}

// usedByType are the names of the variables that are read, without the parameters, by the index of their type in declared.
// The next call overwrites them.
func (f *fn) usedByType() *[len(declared)][]string {
	for t := range f.names {
		f.names[t] = f.names[t][:0]
	}
	for i := f.f.Params; i < len(f.f.Vars); i++ {
		if v := &f.vars[i]; v.used {
			t := f.declaredAs(ir.Var(i))
			f.names[t] = append(f.names[t], v.Text)
		}
	}
	return f.names
}

// appendList writes words with commas between them.
func appendList(b []byte, words []string) []byte {
	for i, w := range words {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, w...)
	}
	return b
}

// declared are the types of variables in the order of their declarations.
var declared = [...]string{"int32", "uint32", "int64", "float32", "float64", "*rt.Func", "any"}

// numbersDeclared are the indices in declared of the types of numbers.
var numbersDeclared = [...]uint8{gox.Int32: 0, gox.Uint32: 1, gox.Int64: 2, gox.Float32: 3, gox.Float64: 4}

// declaredAs is the index in declared of the type of a variable.
func (f *fn) declaredAs(v ir.Var) uint8 {
	switch {
	case f.vars[v].Type != gox.Other:
		return numbersDeclared[f.vars[v].Type]
	case f.f.Vars[v].Type == wasm.FuncRef:
		return 5
	}
	return 6
}

// frameSize estimates the stack that a call of the function takes, in bytes: a word for each variable, which gc seldom
// needs, and the fixed part.
func (f *fn) frameSize() uint32 { return uint32(len(f.f.Vars))*8 + 96 }

// mayGrow reports whether evaluating the node e itself may grow a memory.
func (g *module) mayGrow(e *ir.Expr) bool {
	switch e.Op {
	case op.MemoryGrow, op.CallIndirect:
		return true
	case op.Call:
		return g.facts.Funcs[e.Index].MayGrow
	}
	return false
}

// importAdapter emits the function through which the module calls an import.
func (g *module) importAdapter(imp *wasm.Import) []byte {
	t := &g.m.Types[imp.Type]
	dp := g.funcs[imp.Index].depth
	name := g.funcs[imp.Index].name
	params, args := []string{"m *Instance"}, []string{"&m.Instance"}
	if dp {
		params = append(params, "dp uint32")
		args[0] = "m.At(dp)"
	}
	for i, p := range t.Params {
		params = append(params, fmt.Sprintf("p%d %s", i, goTypes[p]))
		args = append(args, fmt.Sprintf("p%d", i))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "// %s calls the import %s.\n", name, quoteName(imp.Module+"."+imp.Name))
	fmt.Fprintf(&b, "func %s(%s)%s {\n\t", name, strings.Join(params, ", "), resultList(t.Results))
	if len(t.Results) > 0 {
		b.WriteString("return ")
	}
	fmt.Fprintf(&b, "m.%s.%s(%s)\n}\n", g.vis("imports"), g.importName("f", imp.Index), strings.Join(args, ", "))
	return []byte(b.String())
}
