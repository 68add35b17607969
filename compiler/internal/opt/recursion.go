package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// Limits of what is inlined into itself: nodes of the function's body, and of all copies.
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
func Recursion(f *ir.Func, callees *Callees) {
	itself := func(index uint32) bool { return index == f.Index }
	if !callees.mayCall(f, itself) || extends(f.Body, maxRecursive) > maxRecursive {
		return
	}
	calls := 0
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		eachCall(s, func(e *ir.Expr) {
			if isCallOf(e, f.Index) {
				calls++
			}
		})
	})
	if calls == 0 {
		return
	}
	if size := nodes(f); size > maxRecursive || size*(calls+1) > maxUnrolled {
		return
	}
	self := *f
	self.Body = copied(f.Body)
	splice(f, func(call *ir.Expr) *ir.Func {
		if isCallOf(call, f.Index) {
			return &self
		}
		return nil
	})
}

// copied returns a copy of a list and all that is in it but the lists of variables.
func copied(list []*ir.Stmt) []*ir.Stmt {
	out := make([]*ir.Stmt, len(list))
	for i, s := range list {
		c := *s
		c.Args = copiedExprs(s.Args)
		if s.HasLists() {
			c.Lists = &ir.Lists{Body: copied(s.Body), Else: copied(s.Else), Cases: slices.Clone(s.Cases)}
			for j := range c.Cases {
				c.Cases[j].Body = copied(c.Cases[j].Body)
			}
		}
		out[i] = &c
	}
	return out
}

func copiedExprs(list []*ir.Expr) []*ir.Expr {
	out := make([]*ir.Expr, len(list))
	for i, e := range list {
		c := *e
		c.Args = copiedExprs(e.Args)
		out[i] = &c
	}
	return out
}

// nodes is the number of nodes of a function.
func nodes(f *ir.Func) int {
	if f.Nodes > 0 {
		return f.Nodes
	}
	return countNodes(f.Body)
}

func countNodes(list []*ir.Stmt) (n int) {
	for _, s := range list {
		n++
		for _, a := range s.Args {
			n += int(a.Size)
		}
		if !s.HasLists() {
			continue
		}
		n += countNodes(s.Body) + countNodes(s.Else)
		for i := range s.Cases {
			n += countNodes(s.Cases[i].Body)
		}
	}
	return n
}

// eachCall calls fn for the calls among the expressions of s.
func eachCall(s *ir.Stmt, fn func(*ir.Expr)) {
	for _, a := range s.Args {
		if a.Effects&ir.Calls != 0 {
			a.Walk(func(e *ir.Expr) {
				if isCall(e) {
					fn(e)
				}
			})
		}
	}
}

func isCall(e *ir.Expr) bool { return e.Op == op.Call || e.Op == op.CallIndirect }

func isCallOf(e *ir.Expr, fn uint32) bool { return e.Op == op.Call && e.Index == fn }
