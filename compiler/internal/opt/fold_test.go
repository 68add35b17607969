package opt_test

import (
	"math/rand/v2"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/op/eval"
	"github.com/wasm2go/wasm2go/compiler/internal/opt"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// TestFoldKeepsValues: random trees of integer instructions mean the same before and after, for some variables.
func TestFoldKeepsValues(t *testing.T) {
	g := newGenerator()
	smaller := 0
	const trees = 20_000
	for range trees {
		e := g.tree(wasm.I32, 6)
		vars := []uint64{g.value(wasm.I32), g.value(wasm.I32), g.value(wasm.I64), g.value(wasm.I64)}
		want, ok := run(e, vars)
		before, size := g.function(e), e.Size
		text := before.String()
		opt.Fold(before)
		if err := before.Verify(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		after := before.Body[len(before.Body)-1].Args[0]
		got, stillOK := run(after, vars)
		if got != want || ok != stillOK {
			t.Fatalf("%#x %v, folded %#x %v\n%sfolded\n%s", want, ok, got, stillOK, text, before)
		}
		if after.Size > size {
			t.Errorf("folding makes it larger\n%sfolded\n%s", text, before)
		}
		if after.Size < size {
			smaller++
		}
		if taken(before, vars) != (ok && want != 0) && ok {
			t.Errorf("condition differs for %#x\n%sfolded\n%s", vars, text, before)
		}
	}
	if smaller < trees/3 {
		t.Errorf("only %d of %d became smaller", smaller, trees)
	}
}

// generator makes trees over the variables p0, p1 (i32), p2 and p3 (i64).
type generator struct {
	rnd  *rand.Rand
	ops  map[wasm.ValType][]*op.Op
	vars *ir.Func
}

var letterTypes = map[byte]wasm.ValType{'i': wasm.I32, 'I': wasm.I64}

func newGenerator() *generator {
	g := &generator{rnd: rand.New(rand.NewPCG(1, 2)), ops: map[wasm.ValType][]*op.Op{}, vars: &ir.Func{Params: 4}}
	for _, o := range op.All() {
		args := []uint64{1, 1}[:min(2, len(o.Params()))]
		if _, ok := eval.Apply(o.Code, args...); ok {
			t := letterTypes[o.Results()[0]]
			g.ops[t] = append(g.ops[t], o)
		}
	}
	for _, t := range []wasm.ValType{wasm.I32, wasm.I32, wasm.I64, wasm.I64} {
		g.vars.NewVar(ir.Param, t)
	}
	return g
}

// value returns a number of type t, often one that matters.
func (g *generator) value(t wasm.ValType) uint64 {
	corners := []uint64{0, 0, 1, 1, 2, 31, 32, 64, 1 << 31, 1 << 63, ^uint64(0), ^uint64(0)}
	x := corners[g.rnd.IntN(len(corners))]
	if g.rnd.IntN(4) == 0 {
		x = g.rnd.Uint64()
	}
	return ir.Const(t, x).Imm
}

func (g *generator) tree(t wasm.ValType, depth int) *ir.Expr {
	switch n := g.rnd.IntN(8); {
	case depth == 0 || n == 0:
		v := ir.Var(g.rnd.IntN(2))
		if t == wasm.I64 {
			v += 2
		}
		return g.vars.Get(v)
	case n < 3:
		return ir.Const(t, g.value(t))
	}
	o := g.ops[t][g.rnd.IntN(len(g.ops[t]))]
	if favourites := map[wasm.ValType][]op.Code{ // what the rules are about
		wasm.I32: {op.I32Add, op.I32Eqz, op.I32Ne, op.I32Eq}, wasm.I64: {op.I64Add},
	}[t]; g.rnd.IntN(3) == 0 {
		o = op.Lookup(favourites[g.rnd.IntN(len(favourites))])
	}
	var args []*ir.Expr
	for _, letter := range []byte(o.Params()) {
		args = append(args, g.tree(letterTypes[letter], depth-1))
	}
	return ir.NewExpr(o.Code, t, 0, 0, args...)
}

// function uses a copy of e as a condition and returns e.
func (g *generator) function(e *ir.Expr) *ir.Func {
	f := &ir.Func{Params: 4, Vars: g.vars.Vars, Results: []wasm.ValType{wasm.I32}}
	call := ir.NewExpr(op.Call, wasm.Unknown, 0, 0)
	f.Body = []*ir.Stmt{
		{Kind: ir.If, Args: []*ir.Expr{clone(e)}, Lists: &ir.Lists{Body: []*ir.Stmt{{Kind: ir.Eval, Args: []*ir.Expr{call}}}}},
		{Kind: ir.Return, Args: []*ir.Expr{clone(e)}},
	}
	return f
}

func clone(e *ir.Expr) *ir.Expr {
	c := *e
	c.Args = nil
	for _, a := range e.Args {
		c.Args = append(c.Args, clone(a))
	}
	return &c
}

// taken reports whether the call in the function runs.
func taken(f *ir.Func, vars []uint64) bool {
	switch s := f.Body[0]; s.Kind {
	case ir.If:
		x, ok := run(s.Args[0], vars)
		return ok && x != 0
	case ir.Eval:
		return true
	}
	return false
}

// run evaluates a tree; ok is false if it traps.
func run(e *ir.Expr, vars []uint64) (x uint64, ok bool) {
	switch {
	case e.IsVar():
		return vars[e.Index], true
	case e.IsConst():
		return e.Imm, true
	}
	var args []uint64
	for _, a := range e.Args {
		x, ok := run(a, vars)
		if !ok {
			return 0, false
		}
		args = append(args, x)
	}
	return eval.Apply(e.Op, args...)
}
