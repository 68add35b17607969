package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// splicer replaces calls in f by the bodies of what is called.
type splicer struct {
	*lists
	f *ir.Func
	// callee returns the function whose body takes the place of a call, or nil for a call that stays.
	callee func(call *ir.Expr) *ir.Func
	// marked: the statements of f say whether there are calls in them.
	marked bool
	// assigned and values are what inlined knows of the variables of a callee.
	assigned []bool
	values   []*ir.Expr
}

// splice rewrites f with a splicer.
func splice(f *ir.Func, callee func(call *ir.Expr) *ir.Func) {
	r := &splicer{lists: newLists(f), f: f, callee: callee, marked: f.Nodes > 0}
	defer r.free()
	f.Body = r.list(f.Body)
	f.Nodes = 0
}

// list rewrites a list in place, up to the first statement that others come before; those and the rest are put.
func (r *splicer) list(list []*ir.Stmt) []*ir.Stmt {
	base := len(r.stmts)
	for i, s := range list {
		stays := r.stays(s)
		if stays && len(r.stmts) == base {
			continue
		}
		r.stmts = slices.Insert(r.stmts, base, list[:i]...)
		if stays {
			r.put(s)
		}
		for _, s := range list[i+1:] {
			if r.stays(s) {
				r.put(s)
			}
		}
		return r.take(base, list)
	}
	return list
}

// stays rewrites s and puts what is to run before it. It reports whether anything is left of s.
func (r *splicer) stays(s *ir.Stmt) bool {
	if r.marked && !s.Calls {
		return true
	}
	if slices.ContainsFunc(s.Args, calls) {
		if r.stmt(s); s.Kind == ir.Eval && len(s.Args) == 0 {
			return false // the call was all there was
		}
	}
	if s.HasLists() {
		s.Body, s.Else = r.list(s.Body), r.list(s.Else)
		for i := range s.Cases {
			s.Cases[i].Body = r.list(s.Cases[i].Body)
		}
	}
	return true
}

// calls reports whether there are calls in e, or what counts as one.
func calls(e *ir.Expr) bool { return e.Effects&ir.Calls != 0 }

// stmt takes the calls out of the operands of s and puts what is to run before it.
func (r *splicer) stmt(s *ir.Stmt) {
	if a := s.Args[0]; s.Kind == ir.Eval || s.Kind == ir.Set && len(s.Dst) != len(s.Args) { // results dropped, or several
		if callee := r.callee(a); callee != nil {
			r.args(a)
			r.inlined(callee, s.Dst, a.Args)
			s.Kind, s.Dst, s.Args = ir.Eval, nil, nil
			return
		}
	}
	for i, a := range s.Args {
		s.Args[i] = r.hoist(a)
	}
}

// hoist puts the calls in e before what comes next, and returns what is left of e. What an expression evaluates before a
// call does not conflict with it.
func (r *splicer) hoist(e *ir.Expr) *ir.Expr {
	if !calls(e) {
		return e
	}
	r.args(e)
	callee := r.callee(e)
	if callee == nil {
		e.Update()
		return e
	}
	t := r.ar.Vars(1)
	t[0] = r.f.NewVar(ir.Temp, e.Type)
	r.inlined(callee, t, e.Args)
	return r.f.Get(t[0])
}

func (r *splicer) args(e *ir.Expr) {
	for i, a := range e.Args {
		e.Args[i] = r.hoist(a)
	}
}

// inlined puts the body of callee for a call whose results go to dst; without dst they are dropped.
func (r *splicer) inlined(callee *ir.Func, dst []ir.Var, args []*ir.Expr) {
	c := &copier{splicer: r, dst: dst, label: r.f.NewLabel(), shift: r.f.Labels}
	r.f.Labels += callee.Labels
	r.f.Switches = r.f.Switches || callee.Switches
	r.assigned, r.values = slab.Zeros(r.assigned, len(callee.Vars)), slab.Zeros(r.values, len(callee.Vars))
	ir.WalkStmts(callee.Body, r.noteAssigned)
	for i, info := range callee.Vars {
		if i < callee.Params && !r.assigned[i] && (args[i].IsVar() || args[i].IsConst()) {
			r.values[i] = args[i]
			continue
		}
		v := r.f.NewVar(ir.Temp, info.Type)
		r.values[i] = r.f.Get(v)
		switch {
		case i < callee.Params:
			r.set(v, args[i])
		case info.Kind == ir.Local:
			r.set(v, r.zero(info.Type))
		}
	}
	b := r.ar.Stmt(ir.Block)
	b.Label, b.Body = c.label, c.list(callee.Body)
	r.put(b)
}

// noteAssigned marks the variables that s assigns to.
func (r *splicer) noteAssigned(s *ir.Stmt) {
	for _, v := range s.Dst {
		if v != ir.Blank {
			r.assigned[v] = true
		}
	}
}

// zero is the initial value of a local (spec: 4.2.3).
func (r *splicer) zero(t wasm.ValType) *ir.Expr {
	if t == wasm.FuncRef || t == wasm.ExternRef {
		return r.ar.NewExpr(op.RefNull, t, 0, 0)
	}
	return r.ar.Const(t, 0)
}

// copier copies statements of another function; a return sets dst and leaves the block label. The values of the splicer
// say what stands for a variable; one that is assigned to has a variable.
type copier struct {
	*splicer
	shift ir.Label
	dst   []ir.Var
	label ir.Label
}

func (c *copier) list(list []*ir.Stmt) []*ir.Stmt {
	base := len(c.stmts)
	for _, s := range list {
		if s.Kind == ir.Return {
			c.leave(s)
		} else {
			c.put(c.stmt(s))
		}
	}
	return c.take(base, nil)
}

// stmt copies a statement that is no return.
func (c *copier) stmt(s *ir.Stmt) *ir.Stmt {
	n := c.ar.Stmt(s.Kind)
	n.Args, n.Dst = c.exprs(s.Args), c.ar.Vars(len(s.Dst))
	for i, v := range s.Dst {
		if v != ir.Blank {
			v = ir.Var(c.values[v].Index)
		}
		n.Dst[i] = v
	}
	if s.Label != ir.NoLabel {
		n.Label = s.Label + c.shift
	}
	if !s.HasLists() {
		return n
	}
	n.Body, n.Else = c.list(s.Body), c.list(s.Else)
	n.Cases = c.ar.Cases(len(s.Cases))
	for i := range n.Cases {
		n.Cases[i] = s.Cases[i]
		n.Cases[i].Body = c.list(s.Cases[i].Body)
	}
	return n
}

func (c *copier) leave(s *ir.Stmt) {
	args := c.exprs(s.Args)
	if len(c.dst) > 0 {
		set := c.ar.Stmt(ir.Set)
		set.Dst, set.Args = c.ar.Vars(len(c.dst)), args
		copy(set.Dst, c.dst) // each its own list, since passes change them
		c.put(set)
	} else {
		for _, a := range args {
			c.effects(a)
		}
	}
	br := c.ar.Stmt(ir.Br)
	br.Label = c.label
	c.put(br)
}

func (c *copier) exprs(list []*ir.Expr) []*ir.Expr {
	out := c.ar.Args(len(list))
	for i, e := range list {
		if e.IsVar() {
			e = c.values[e.Index]
		}
		n := c.ar.Expr(e.Op, e.Type)
		n.Index, n.Imm, n.Args = e.Index, e.Imm, c.exprs(e.Args)
		n.Update()
		out[i] = n
	}
	return out
}
