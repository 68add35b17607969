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
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// fn is the emission of one function.
type fn struct {
	*gox.Arena
	g       *module
	f       *ir.Func
	facts   *build.FuncFacts
	vars    []string // Go names by variable
	types   []gox.Type
	mems    []uint32 // memories whose base or slice is kept in a local
	reloads []*gox.Stmt
	needs   map[*ir.Stmt]loopNeed
	unit    int32 // of the function
	packed  bool  // its variables are fields of a struct
}

// arenas are those of functions that are done.
var arenas = sync.Pool{New: func() any { return new(gox.Arena) }}

// function appends a defined function as Go text.
func (g *module) function(b []byte, f *ir.Func) []byte {
	ar := arenas.Get().(*gox.Arena)
	defer func() {
		ar.Reset()
		arenas.Put(ar)
	}()
	fl := &flow{fn: &fn{Arena: ar, g: g, f: f, facts: &g.facts.Funcs[f.Index], unit: g.unitOf[f.Index]}, labels: map[ir.Label]point{}, cases: map[ir.Label]caseOf{},
		current: map[*ir.Stmt]int{}}
	fl.nameVars()
	fl.types = typeVars(f, !g.cfg.NoUnsigned)
	fl.pack()
	fl.needs = fl.loopNeeds(f.Body)
	end := fl.newPoint()
	body := fl.list(f.Body, end, end, 1)
	body = fl.place(body, end)
	if len(f.Results) > 0 && !gox.Terminating(body) {
		body = append(body, &gox.Stmt{Text: "panic(rt.Unreachable)", Ends: true})
	}
	body = append(fl.prologue(), dropLastReturn(body)...)
	b = append(append(b, fl.header()...), " {\n"...)
	b = gox.AppendStmts(b, body, 1)
	return append(b, "}\n"...)
}

// dropLastReturn removes a bare return at the end.
func dropLastReturn(body []*gox.Stmt) []*gox.Stmt {
	if n := len(body); n > 0 && body[n-1].Kind == gox.Line && body[n-1].Text == "return" {
		return body[:n-1]
	}
	return body
}

// varLetters begin the names of variables, by kind.
var varLetters = [...]string{ir.Param: "p", ir.Local: "l", ir.Temp: "t"}

// varNames are the names of the first variables, by kind and index.
var varNames = func() (names [len(varLetters)][1024]string) {
	for kind, letter := range varLetters {
		for i := range names[kind] {
			names[kind][i] = letter + strconv.Itoa(i)
		}
	}
	return names
}()

func varName(kind ir.VarKind, i int) string {
	if i < len(varNames[kind]) {
		return varNames[kind][i]
	}
	return varLetters[kind] + strconv.Itoa(i)
}

func (f *fn) nameVars() {
	f.vars = make([]string, len(f.f.Vars))
	for i, v := range f.f.Vars {
		f.vars[i] = varName(v.Kind, i)
	}
}

// header is the function's signature with a comment that says which function it is.
func (f *fn) header() string {
	name := f.g.funcNames[f.f.Index]
	var b strings.Builder
	if f.f.Name != "" && !strings.HasSuffix(name, "_"+f.f.Name) {
		fmt.Fprintf(&b, "// %s is %s.\n", name, quoteName(f.f.Name))
	}
	params := []string{"m " + f.g.instance()}
	if f.facts.NeedsDepth {
		params = append(params, "dp uint32")
	}
	for i := range f.f.Params {
		p := f.vars[i]
		if t := f.f.Vars[i].Type; i == f.f.Params-1 || f.f.Vars[i+1].Type != t {
			p += " " + goTypes[t]
		}
		params = append(params, p)
	}
	fmt.Fprintf(&b, "func %s(%s)%s", name, strings.Join(params, ", "), resultList(f.f.Results))
	return b.String()
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

// prologue checks the depth, which also ends the recursion of a stopped instance, takes the memories into locals and declares the variables.
func (f *fn) prologue() []*gox.Stmt {
	var out []*gox.Stmt
	if f.facts.InCycle && f.facts.NeedsDepth {
		over := f.Bin(">", f.Name("dp", gox.Uint32), f.Name("atomic.LoadUint32(&m.Limit)", gox.Uint32))
		trap := f.Stmt(gox.Stmt{Text: "panic(m.Exhausted())", Ends: true})
		out = append(out, f.Stmt(gox.Stmt{Kind: gox.If, Cond: over, Body: []*gox.Stmt{trap}}))
	}
	if len(f.mems) > 0 {
		slices.Sort(f.mems)
		out = append(out, f.line(f.memAssign(" := ")))
	}
	for _, s := range f.reloads {
		if len(f.mems) > 0 {
			s.Text = f.memAssign(" = ")
		}
	}
	return append(out, f.declarations()...)
}

// memAssign sets the locals of the memories from the instance.
func (f *fn) memAssign(op string) string {
	var l, r []string
	for _, mem := range f.mems {
		l = append(l, f.memLocal(mem))
		if f.g.guard() {
			r = append(r, "m."+f.g.baseName(mem))
		} else {
			r = append(r, "m."+f.g.memName(mem)+".Bytes()")
		}
	}
	return strings.Join(l, ", ") + op + strings.Join(r, ", ")
}

// memLocal is the local that holds the base (guard form) or the slice (checked form) of a memory.
func (f *fn) memLocal(mem uint32) string {
	if !slices.Contains(f.mems, mem) {
		f.mems = append(f.mems, mem)
	}
	if f.g.guard() {
		return fmt.Sprintf("mb%d", mem)
	}
	return fmt.Sprintf("mem%d", mem)
}

// declarations declares the variables in use by type.
func (f *fn) declarations() []*gox.Stmt {
	const perLine = 16
	used := f.used()
	var out []*gox.Stmt
	byType := map[string][]string{}
	for i := f.f.Params; i < len(f.f.Vars); i++ {
		if used[i] {
			t := f.goType(ir.Var(i))
			byType[t] = append(byType[t], f.vars[i])
		}
	}
	if f.packed && len(byType) > 0 {
		return []*gox.Stmt{f.packedDeclaration(byType)}
	}
	for _, t := range declared {
		for chunk := range slices.Chunk(byType[t], perLine) {
			out = append(out, f.line("var "+strings.Join(chunk, ", ")+" "+t))
		}
	}
	return out
}

// declared are the types of variables in the order of their declarations.
var declared = []string{"int32", "uint32", "int64", "float32", "float64", "*rt.Func", "any"}

// goType is the Go type of a variable.
func (f *fn) goType(v ir.Var) string {
	if t := f.types[v]; t != gox.Other {
		return t.String()
	}
	return goTypes[f.f.Vars[v].Type]
}

// used marks the variables that are read; pass dead has removed the assignments to all others.
func (f *fn) used() []bool {
	used := make([]bool, len(f.f.Vars))
	ir.WalkExprs(f.f.Body, func(e *ir.Expr) {
		e.Walk(func(e *ir.Expr) {
			if e.IsVar() {
				used[e.Index] = true
			}
		})
	})
	return used
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
	dp := g.facts.Funcs[imp.Index].NeedsDepth
	name := g.funcNames[imp.Index]
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
