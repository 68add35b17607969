package opt

import (
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/op/eval"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Fold computes what constants give, in integers, and keeps only the arm that a constant condition or selector takes.
// An instruction that traps stays.
//
//	l1 = i32.add(i32.add(p0, 3), i32.mul(2, 2))   =>   l1 = i32.add(p0, 7)
//	if i32.eqz(0) { br L1 } else { A }   =>   br L1
func Fold(f *ir.Func) {
	d := folders.Get().(*folder)
	defer folders.Put(d)
	d.lists, d.marked = newLists(f), f.Nodes > 0
	defer d.free()
	f.Body = d.list(f.Body)
}

// folders are those of functions that are done.
var folders = sync.Pool{New: func() any { return new(folder) }}

type folder struct {
	*lists
	marked bool      // the statements say whether there is something to fold in them
	args   [2]uint64 // of computed
}

// list folds a list in place, up to the first statement for which others stand; those and the rest are put.
func (d *folder) list(list []*ir.Stmt) []*ir.Stmt {
	for i, s := range list {
		if d.marked && !s.Folds {
			continue
		}
		if !d.stays(s) {
			base := len(d.stmts)
			d.stmts = append(d.stmts, list[:i]...)
			if d.instead(s); !ir.Ends(d.stmts[base:]) {
				d.putAll(list[i+1:])
			}
			return d.take(base, list)
		}
		if s.Kind > ir.Eval && ir.Ends(list[:i+1]) {
			return list[:i+1]
		}
	}
	return list
}

// putAll puts a list, folded.
func (d *folder) putAll(list []*ir.Stmt) {
	base := len(d.stmts)
	for _, s := range list {
		if d.stays(s) {
			d.put(s)
		} else {
			d.instead(s)
		}
		if s.Kind > ir.Eval && ir.Ends(d.stmts[base:]) {
			break
		}
	}
}

// stays folds the operands of s and, if it reports that s stays, the lists in it.
func (d *folder) stays(s *ir.Stmt) bool {
	if d.marked && !s.Folds {
		return true
	}
	for i, a := range s.Args {
		if a.Folds {
			s.Args[i] = d.expr(a)
		}
	}
	switch s.Kind {
	case ir.Eval:
		return s.Args[0].IsEffectRoot() // otherwise it lost its own effect by folding
	case ir.If:
		s.Args[0] = condition(d.ar, s.Args[0])
		if s.Args[0].IsConst() {
			return false
		}
	case ir.Switch:
		if s.Args[0].IsConst() {
			return false
		}
	}
	if s.HasLists() {
		d.nested(s)
	}
	return true
}

// instead puts what stands for s, which does not stay.
func (d *folder) instead(s *ir.Stmt) {
	switch c := s.Args[0]; {
	case s.Kind == ir.Eval:
		d.effects(c)
	case s.Kind == ir.Switch:
		d.putAll(selected(s.Cases, uint32(c.Imm)))
	case c.Imm != 0:
		d.putAll(s.Body)
	default:
		d.putAll(s.Else)
	}
}

// nested folds the lists in s.
func (d *folder) nested(s *ir.Stmt) {
	s.Body, s.Else = d.list(s.Body), d.list(s.Else)
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Body = d.list(c.Body)
		c.Fallthrough = c.Fallthrough && !ir.Ends(c.Body)
	}
}

// selected returns the statements that run for the value x of the selector.
func selected(cases []ir.Case, x uint32) []*ir.Stmt {
	at := 0
	for i, c := range cases {
		if c.Default {
			at = i
		}
	}
	for i, c := range cases {
		for _, v := range c.Values {
			if v == x {
				at = i
			}
		}
	}
	list := cases[at].Body
	for ; cases[at].Fallthrough; at++ {
		list = append(list[:len(list):len(list)], cases[at+1].Body...)
	}
	return list
}

// expr folds a tree that may be folded, its operands first. Constants and variables may be shared between trees, so they are
// replaced and never changed.
func (d *folder) expr(e *ir.Expr) *ir.Expr {
	for i, a := range e.Args {
		if a.Folds {
			e.Args[i] = d.expr(a)
		}
	}
	e.Update()
	if c := d.computed(e); c != nil {
		return c
	}
	switch len(e.Args) {
	case 1:
		return d.unary(e)
	case 2:
		return d.binary(e)
	}
	return e
}

// unary folds an instruction whose operand is no constant. Go's compiler makes a 64-bit number of each condition, and
// compares that with zero.
func (d *folder) unary(e *ir.Expr) *ir.Expr {
	switch x := e.Args[0]; {
	case e.Op == op.I32WrapI64 && (x.Op == op.I64ExtendI32U || x.Op == op.I64ExtendI32S):
		return x.Args[0]
	case e.Op == op.I64Eqz && (x.Op == op.I64ExtendI32U || x.Op == op.I64ExtendI32S):
		return d.ar.NewExpr(op.I32Eqz, wasm.I32, 0, 0, condition(d.ar, x.Args[0]))
	case e.Op == op.I32Eqz:
		e.Args[0] = condition(d.ar, x)
		e.Update()
	}
	return e
}

// computed returns the constant that an instruction on constants yields, or nil.
func (d *folder) computed(e *ir.Expr) *ir.Expr {
	if len(e.Args) > len(d.args) || !e.Args[0].IsInt() || !e.Args[len(e.Args)-1].IsInt() {
		return nil
	}
	for i, a := range e.Args {
		d.args[i] = a.Imm
	}
	x, ok := eval.Apply(e.Op, d.args[:len(e.Args)]...)
	if !ok {
		return nil
	}
	return d.ar.Const(e.Type, x)
}

// binary folds an instruction with at most one constant operand, which it puts last if it may.
func (d *folder) binary(e *ir.Expr) *ir.Expr {
	a := op.AlgebraOf(e.Op)
	if a == nil {
		return e
	}
	if a.Commutes && e.Args[0].IsInt() {
		e.Args[0], e.Args[1] = e.Args[1], e.Args[0]
		e.Update()
	}
	x, c := e.Args[0], e.Args[1]
	if !c.IsInt() {
		return e
	}
	if a.Associates && x.Op == e.Op && x.Args[1].IsInt() {
		sum := d.ar.NewExpr(e.Op, e.Type, 0, 0, x.Args[1], c)
		return d.binary(d.ar.NewExpr(e.Op, e.Type, 0, 0, x.Args[0], d.computed(sum)))
	}
	if a.IsIdentity(c.Imm) {
		return x
	}
	return e
}

// condition simplifies an expression of which only matters whether it is zero.
func condition(ar *ir.Arena, e *ir.Expr) *ir.Expr {
	for e.Op == op.I32Eqz && e.Args[0].Op == op.I32Eqz {
		e = e.Args[0].Args[0]
	}
	if e.Op == op.I32Ne && e.Args[1].IsInt() && e.Args[1].Imm == 0 {
		return condition(ar, e.Args[0])
	}
	if e.Op == op.I64Ne && e.Args[1].IsInt() && e.Args[1].Imm == 0 && (e.Args[0].Op == op.I64ExtendI32U || e.Args[0].Op == op.I64ExtendI32S) {
		return condition(ar, e.Args[0].Args[0])
	}
	if e.Op == op.I32Eq && e.Args[1].IsInt() && e.Args[1].Imm == 0 {
		return condition(ar, ar.NewExpr(op.I32Eqz, wasm.I32, 0, 0, e.Args[0]))
	}
	return e
}
