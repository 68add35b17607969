package opt

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// MaxInlined is the size of the largest function that is inlined, in nodes of its body; a call counts as 10 more.
// Functions with more instructions than that are not looked at.
const MaxInlined = 60

const (
	// maxCallsInlined is how many calls a function that is inlined has at most.
	maxCallsInlined = 1
	// A function grows by minGrowth nodes at most, or by a quarter of what it has.
	minGrowth  = 2000
	growthPart = 4
)

// Inline puts the bodies of small functions in the place of their calls. The Go compiler does that only within a package,
// for smaller functions, and hardly into large ones such as interpreters; and what it inlines it does not take apart
// as fold and structure do.
func Inline(f *ir.Func, callee Callee) {
	in := &inliner{f: f, build: callee, seen: map[uint32]inlinee{}}
	found := false
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		in.budget += nodes(s)
		eachCall(s, func(e *ir.Expr) { found = found || in.look(e).body != nil })
	})
	if !found {
		return
	}
	in.budget = max(in.budget/growthPart, minGrowth)
	splice(f, in.callee)
}

// inliner chooses the calls.
type inliner struct {
	f      *ir.Func
	build  Callee
	seen   map[uint32]inlinee
	budget int // nodes that may still be added
}

// inlinee is a function that can be inlined, or not: then body is nil.
type inlinee struct {
	body *ir.Func
	size int
}

// callee is that of a splicer: it takes what it returns from the budget.
func (in *inliner) callee(call *ir.Expr) *ir.Func {
	c := in.look(call)
	if c.body == nil || c.size > in.budget {
		return nil
	}
	in.budget -= c.size
	return c.body
}

func (in *inliner) look(call *ir.Expr) inlinee {
	if call.Op != op.Call || call.Index == in.f.Index {
		return inlinee{}
	}
	c, ok := in.seen[call.Index]
	if !ok {
		c = small(in.build(call.Index))
		in.seen[call.Index] = c
	}
	return c
}

// small returns f if it can be inlined: it is small, and has nothing that costs more than its call or is rarely called. Those
// keep their names in profiles and in the stacks of traps.
func small(f *ir.Func) (c inlinee) {
	if f == nil {
		return c
	}
	calls, fit := 0, true
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		c.size += nodes(s)
		eachCall(s, func(e *ir.Expr) {
			calls++
			fit = fit && !isCallOf(e, f.Index)
		})
		fit = fit && s.Kind != ir.Loop && s.Kind != ir.Trap
	})
	if fit && calls <= maxCallsInlined && c.size+10*calls <= MaxInlined {
		c.body = f
	}
	return c
}
