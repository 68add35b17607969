package opt

import (
	"slices"
	"sync/atomic"

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

// maxKept bounds what Callees keep, in nodes. A node takes 100 bytes.
const maxKept = 10_000

// Callees are the functions of a module, for passes that look into those that a function calls. They serve several
// goroutines.
type Callees struct {
	// Calls, if not nil, returns the functions that one calls directly, so that passes need not look for what is not there.
	Calls func(index uint32) []uint32

	build func(index uint32, ar *ir.Arena) *ir.Func
	known []atomic.Pointer[inlinee] // by index
	kept  atomic.Int64
}

// NewCallees returns those of a module with n functions. build makes one of them; it returns nil for one that is imported or
// has more than MaxInlined instructions.
func NewCallees(n int, build func(index uint32, ar *ir.Arena) *ir.Func) *Callees {
	return &Callees{build: build, known: make([]atomic.Pointer[inlinee], n)}
}

// inlinee is a function that can be inlined, or not: then body is nil. It does not change.
type inlinee struct {
	body *ir.Func
	size int
}

// refused stands for all that can not be inlined.
var refused inlinee

// inlinee returns a function that f calls.
func (c *Callees) inlinee(index uint32, f *ir.Func) *inlinee {
	p := &c.known[index]
	if x := p.Load(); x != nil {
		return x
	}
	size := small(c.build(index, f.Arena)) // most are refused, so one that is kept is built again
	if size == 0 {
		p.Store(&refused)
		return &refused
	}
	x := &inlinee{c.build(index, nil), size}
	p.Store(x)
	if c.kept.Add(int64(x.size)) > maxKept {
		c.forget()
	}
	return x
}

// mayCall reports whether f calls a function for which is holds, as far as Calls tells.
func (c *Callees) mayCall(f *ir.Func, is func(index uint32) bool) bool {
	return c.Calls == nil || slices.ContainsFunc(c.Calls(f.Index), is)
}

// forget drops all that takes memory. The functions around the current one are built again.
func (c *Callees) forget() {
	c.kept.Store(0)
	for i := range c.known {
		if c.known[i].Load() != &refused {
			c.known[i].Store(nil)
		}
	}
}

// small returns the size of f if it can be inlined, otherwise 0; f may be nil. It can if it is small, and has nothing that
// costs more than its call or is rarely called. Those keep their names in profiles and in the stacks of traps.
func small(f *ir.Func) int {
	if f == nil {
		return 0
	}
	calls, fit := 0, true
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		eachCall(s, func(e *ir.Expr) {
			calls++
			fit = fit && !isCallOf(e, f.Index)
		})
		fit = fit && s.Kind != ir.Loop && s.Kind != ir.Trap
	})
	size := nodes(f)
	if !fit || calls > maxCallsInlined || size+10*calls > MaxInlined {
		return 0
	}
	return size
}

// Inline puts the bodies of small functions in the place of their calls. The Go compiler does that only within a package,
// for smaller functions, and hardly into large ones such as interpreters; and what it inlines it does not take apart
// as fold and structure do.
func Inline(f *ir.Func, callees *Callees) {
	fits := func(index uint32) bool { return index != f.Index && callees.inlinee(index, f).body != nil }
	if !callees.mayCall(f, fits) {
		return
	}
	in := &inliner{f: f, callees: callees}
	splice(f, in.callee)
}

// inliner chooses the calls.
type inliner struct {
	f       *ir.Func
	callees *Callees
	counted bool
	budget  int // nodes that may still be added, once counted
}

// callee is that of a splicer: it takes what it returns from the budget.
func (in *inliner) callee(call *ir.Expr) *ir.Func {
	if call.Op != op.Call || call.Index == in.f.Index {
		return nil
	}
	c := in.callees.inlinee(call.Index, in.f)
	if c.body == nil {
		return nil
	}
	if !in.counted { // nothing has changed yet
		in.counted, in.budget = true, max(nodes(in.f)/growthPart, minGrowth)
	}
	if c.size > in.budget {
		return nil
	}
	in.budget -= c.size
	return c.body
}
