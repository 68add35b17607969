package opt

import (
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

// list returns new statements; those of the body stay as they are, to be copied.
func (r *splicer) list(list []*ir.Stmt) []*ir.Stmt {
	var out []*ir.Stmt
	for _, s := range list {
		c := *s
		c.Args = nil
		for _, a := range s.Args {
			if s.Kind == ir.Eval || s.Kind == ir.Set && len(s.Dst) != len(s.Args) { // results dropped, or several
				if callee := r.callee(a); callee != nil {
					out = append(out, r.inlined(callee, s.Dst, r.args(a, &out))...)
					c.Kind, c.Dst = ir.Eval, nil
					continue
				}
			}
			c.Args = append(c.Args, r.hoist(a, &out))
		}
		c.Body, c.Else = r.list(s.Body), r.list(s.Else)
		c.Cases = append([]ir.Case(nil), s.Cases...)
		for i := range c.Cases {
			c.Cases[i].Body = r.list(c.Cases[i].Body)
		}
		if c.Kind == ir.Eval && len(c.Args) == 0 {
			continue // the call was all there was
		}
		out = append(out, &c)
	}
	return out
}

// hoist puts the calls in e before what comes next, and returns what is left of e. What an expression evaluates before a
// call does not conflict with it.
func (r *splicer) hoist(e *ir.Expr, out *[]*ir.Stmt) *ir.Expr {
	if e.Effects&ir.Calls == 0 {
		return e
	}
	args := r.args(e, out)
	callee := r.callee(e)
	if callee == nil {
		c := *e
		c.Args = args
		c.Update()
		return &c
	}
	t := r.f.NewVar(ir.Temp, e.Type)
	*out = append(*out, r.inlined(callee, []ir.Var{t}, args)...)
	return r.f.Get(t)
}

func (r *splicer) args(e *ir.Expr, out *[]*ir.Stmt) []*ir.Expr {
	args := make([]*ir.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = r.hoist(a, out)
	}
	return args
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
		return []*ir.Stmt{{Kind: ir.Set, Dst: c.dst, Args: args}, br}
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
