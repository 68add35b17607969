package opt

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Limits of what is inlined: nodes of the function's body, and of all copies.
const (
	maxRecursive = 100
	maxUnrolled  = 400
)

// Recursion inlines a small function that calls itself into itself, once: half of the calls go, with their checks of the
// stack and the values they save. The recursion is counted by the calls that remain.
//
//	fib: … return i32.add(call fib(i32.sub(p0, 1)), call fib(i32.sub(p0, 2)))
//	=>
//	fib: … t5 = i32.sub(p0, 1); block L3 { … t4 = i32.add(call fib(i32.sub(t5, 1)), …) br L3 } …
func Recursion(f *ir.Func) {
	size, calls := extent(f)
	if calls == 0 || size > maxRecursive || size*(calls+1) > maxUnrolled {
		return
	}
	r := &recursion{f: f, body: f.Body, vars: len(f.Vars), labels: f.Labels}
	f.Body = r.list(f.Body)
}

// extent counts the nodes of a function and its calls of itself, as far as the function is small.
func extent(f *ir.Func) (size, calls int) { return extentOf(f.Body, f, 0, 0) }

func extentOf(list []*ir.Stmt, f *ir.Func, size, calls int) (int, int) {
	for _, s := range list {
		if size++; size > maxRecursive {
			break
		}
		for _, a := range s.Args {
			size += int(a.Size)
			if a.Effects&ir.Calls != 0 {
				a.Walk(func(e *ir.Expr) {
					if isCallOf(e, f) {
						calls++
					}
				})
			}
		}
		size, calls = extentOf(s.Body, f, size, calls)
		size, calls = extentOf(s.Else, f, size, calls)
		for i := range s.Cases {
			size, calls = extentOf(s.Cases[i].Body, f, size, calls)
		}
	}
	return size, calls
}

func isCallOf(e *ir.Expr, f *ir.Func) bool { return e.Op == op.Call && e.Index == f.Index }

// recursion replaces calls by copies of body, which is that of the function before the pass, as are vars and labels.
type recursion struct {
	f      *ir.Func
	body   []*ir.Stmt
	vars   int
	labels ir.Label
}

// list returns new statements; those of the body stay as they are, to be copied.
func (r *recursion) list(list []*ir.Stmt) []*ir.Stmt {
	var out []*ir.Stmt
	for _, s := range list {
		c := *s
		c.Args = nil
		for _, a := range s.Args {
			if s.Kind == ir.Set && len(s.Dst) != len(s.Args) && isCallOf(a, r.f) { // several results
				out = append(out, r.inlined(s.Dst, r.args(a, &out))...)
				c.Kind, c.Dst = ir.Eval, nil
				continue
			}
			if a = r.hoist(a, &out); a != nil {
				c.Args = append(c.Args, a)
			}
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

// hoist puts the calls in e before what comes next, and returns what is left of e: nil for a call without a result. What
// an expression evaluates before a call does not conflict with it.
func (r *recursion) hoist(e *ir.Expr, out *[]*ir.Stmt) *ir.Expr {
	if e.Effects&ir.Calls == 0 {
		return e
	}
	args := r.args(e, out)
	if !isCallOf(e, r.f) {
		c := *e
		c.Args = args
		c.Update()
		return &c
	}
	if len(r.f.Results) == 0 {
		*out = append(*out, r.inlined(nil, args)...)
		return nil
	}
	t := r.f.NewVar(ir.Temp, e.Type)
	*out = append(*out, r.inlined([]ir.Var{t}, args)...)
	return r.f.Get(t)
}

func (r *recursion) args(e *ir.Expr, out *[]*ir.Stmt) []*ir.Expr {
	args := make([]*ir.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = r.hoist(a, out)
	}
	return args
}

// inlined is the body for a call whose results go to dst.
func (r *recursion) inlined(dst []ir.Var, args []*ir.Expr) []*ir.Stmt {
	c := &copier{r: r, dst: dst, label: r.f.NewLabel()}
	var out []*ir.Stmt
	for i := range r.vars {
		v := r.f.NewVar(ir.Temp, r.f.Vars[i].Type)
		c.vars = append(c.vars, v)
		switch {
		case i < r.f.Params:
			out = append(out, &ir.Stmt{Kind: ir.Set, Dst: []ir.Var{v}, Args: []*ir.Expr{args[i]}})
		case r.f.Vars[i].Kind == ir.Local:
			out = append(out, &ir.Stmt{Kind: ir.Set, Dst: []ir.Var{v}, Args: []*ir.Expr{zero(r.f.Vars[i].Type)}})
		}
	}
	c.shift = r.f.Labels
	r.f.Labels += r.labels
	return append(out, &ir.Stmt{Kind: ir.Block, Label: c.label, Body: c.list(r.body)})
}

// zero is the initial value of a local (spec: 4.2.3).
func zero(t wasm.ValType) *ir.Expr {
	if t == wasm.FuncRef || t == wasm.ExternRef {
		return ir.NewExpr(op.RefNull, t, 0, 0)
	}
	return ir.Const(t, 0)
}

// copier copies statements with other variables and labels; a return sets dst and leaves the block label.
type copier struct {
	r     *recursion
	vars  []ir.Var
	shift ir.Label
	dst   []ir.Var
	label ir.Label
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
				v = c.vars[v]
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
	if len(s.Args) == 0 {
		return []*ir.Stmt{br}
	}
	return []*ir.Stmt{{Kind: ir.Set, Dst: c.dst, Args: c.exprs(s.Args)}, br}
}

func (c *copier) exprs(list []*ir.Expr) []*ir.Expr {
	var out []*ir.Expr
	for _, e := range list {
		n := *e
		if e.IsVar() {
			n.Index = uint32(c.vars[e.Index])
		}
		n.Args = c.exprs(e.Args)
		out = append(out, &n)
	}
	return out
}
