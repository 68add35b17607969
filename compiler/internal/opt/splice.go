package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// splicer replaces calls in f by the bodies of what is called.
type splicer struct {
	f *ir.Func
	// callee returns the function whose body takes the place of a call, or nil for a call that stays.
	callee func(call *ir.Expr) *ir.Func
}

// list rewrites a list in place.
func (r *splicer) list(list []*ir.Stmt) []*ir.Stmt {
	out := list[:0]
	for i, s := range list {
		if slices.ContainsFunc(s.Args, calls) {
			before := r.stmt(s)
			out = put(out, list, i+1, before...)
			if s.Kind == ir.Eval && len(s.Args) == 0 {
				continue // the call was all there was
			}
		}
		if s.HasLists() {
			s.Body, s.Else = r.list(s.Body), r.list(s.Else)
			for i := range s.Cases {
				s.Cases[i].Body = r.list(s.Cases[i].Body)
			}
		}
		out = put(out, list, i+1, s)
	}
	return out
}

// calls reports whether there are calls in e, or what counts as one.
func calls(e *ir.Expr) bool { return e.Effects&ir.Calls != 0 }

// stmt takes the calls out of the operands of s and returns what is to run before it.
func (r *splicer) stmt(s *ir.Stmt) (before []*ir.Stmt) {
	if a := s.Args[0]; s.Kind == ir.Eval || s.Kind == ir.Set && len(s.Dst) != len(s.Args) { // results dropped, or several
		if callee := r.callee(a); callee != nil {
			r.args(a, &before)
			before = append(before, r.inlined(callee, s.Dst, a.Args)...)
			s.Kind, s.Dst, s.Args = ir.Eval, nil, nil
			return before
		}
	}
	for i, a := range s.Args {
		s.Args[i] = r.hoist(a, &before)
	}
	return before
}

// hoist puts the calls in e before what comes next, and returns what is left of e. What an expression evaluates before a
// call does not conflict with it.
func (r *splicer) hoist(e *ir.Expr, out *[]*ir.Stmt) *ir.Expr {
	if !calls(e) {
		return e
	}
	r.args(e, out)
	callee := r.callee(e)
	if callee == nil {
		e.Update()
		return e
	}
	t := r.f.NewVar(ir.Temp, e.Type)
	*out = append(*out, r.inlined(callee, []ir.Var{t}, e.Args)...)
	return r.f.Get(t)
}

func (r *splicer) args(e *ir.Expr, out *[]*ir.Stmt) {
	for i, a := range e.Args {
		e.Args[i] = r.hoist(a, out)
	}
}

// inlined is the body of callee for a call whose results go to dst; without dst they are dropped.
func (r *splicer) inlined(callee *ir.Func, dst []ir.Var, args []*ir.Expr) []*ir.Stmt {
	c := &copier{f: r.f, dst: dst, label: r.f.NewLabel(), shift: r.f.Labels, values: make([]*ir.Expr, len(callee.Vars))}
	r.f.Labels += callee.Labels
	assigned := assignedVars(callee)
	var out []*ir.Stmt
	for i, info := range callee.Vars {
		if i < callee.Params && !assigned[i] && (args[i].IsVar() || args[i].IsConst()) {
			c.values[i] = args[i]
			continue
		}
		v := r.f.NewVar(ir.Temp, info.Type)
		c.values[i] = r.f.Get(v)
		switch {
		case i < callee.Params:
			out = append(out, &ir.Stmt{Kind: ir.Set, Dst: []ir.Var{v}, Args: []*ir.Expr{args[i]}})
		case info.Kind == ir.Local:
			out = append(out, &ir.Stmt{Kind: ir.Set, Dst: []ir.Var{v}, Args: []*ir.Expr{zero(info.Type)}})
		}
	}
	return append(out, &ir.Stmt{Kind: ir.Block, Label: c.label, Body: c.list(callee.Body)})
}

// assignedVars marks the variables that f assigns to.
func assignedVars(f *ir.Func) []bool {
	set := make([]bool, len(f.Vars))
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		for _, v := range s.Dst {
			if v != ir.Blank {
				set[v] = true
			}
		}
	})
	return set
}

// zero is the initial value of a local (spec: 4.2.3).
func zero(t wasm.ValType) *ir.Expr {
	if t == wasm.FuncRef || t == wasm.ExternRef {
		return ir.NewExpr(op.RefNull, t, 0, 0)
	}
	return ir.Const(t, 0)
}

// copier copies statements of another function into f; a return sets dst and leaves the block label.
type copier struct {
	f      *ir.Func
	values []*ir.Expr // by variable, what stands for it; a variable that is assigned to has a variable
	shift  ir.Label
	dst    []ir.Var
	label  ir.Label
}

func (c *copier) list(list []*ir.Stmt) []*ir.Stmt {
	var out []*ir.Stmt
	for _, s := range list {
		if s.Kind == ir.Return {
			out = append(out, c.leave(s)...)
			continue
		}
		n := *s
		n.Args = c.exprs(s.Args)
		n.Dst = nil
		for _, v := range s.Dst {
			if v != ir.Blank {
				v = ir.Var(c.values[v].Index)
			}
			n.Dst = append(n.Dst, v)
		}
		if s.Label != ir.NoLabel {
			n.Label += c.shift
		}
		n.Body, n.Else = c.list(s.Body), c.list(s.Else)
		n.Cases = append([]ir.Case(nil), s.Cases...)
		for i := range n.Cases {
			n.Cases[i].Body = c.list(n.Cases[i].Body)
		}
		out = append(out, &n)
	}
	return out
}

func (c *copier) leave(s *ir.Stmt) []*ir.Stmt {
	br := &ir.Stmt{Kind: ir.Br, Label: c.label}
	args := c.exprs(s.Args)
	if len(c.dst) > 0 {
		return []*ir.Stmt{{Kind: ir.Set, Dst: slices.Clone(c.dst), Args: args}, br} // each its own list, since passes change them
	}
	var roots []*ir.Expr
	for _, a := range args {
		a.EffectRoots(func(e *ir.Expr) { roots = append(roots, e) })
	}
	return append(evals(roots), br)
}

func (c *copier) exprs(list []*ir.Expr) []*ir.Expr {
	var out []*ir.Expr
	for _, e := range list {
		n := *e
		if e.IsVar() {
			n = *c.values[e.Index]
		}
		n.Args = c.exprs(e.Args)
		n.Update()
		out = append(out, &n)
	}
	return out
}
