package opt

import (
	"math"

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
func Fold(f *ir.Func) { f.Body = foldList(f.Body) }

func foldList(list []*ir.Stmt) []*ir.Stmt {
	out := list[:0]
	for i, s := range list {
		for i, a := range s.Args {
			s.Args[i] = foldExpr(a)
		}
		if other, ok := foldStmt(s); ok {
			out = put(out, list, i+1, other...)
		} else {
			out = put(out, list, i+1, s)
		}
		if ir.Ends(out) {
			break
		}
	}
	return out
}

// foldStmt folds what is in s, whose operands are folded, or returns what stands for it.
func foldStmt(s *ir.Stmt) ([]*ir.Stmt, bool) {
	switch s.Kind {
	case ir.Eval:
		return foldEval(s)
	case ir.If:
		s.Args[0] = condition(s.Args[0])
		if c := s.Args[0]; c.IsConst() && c.Imm != 0 {
			return foldList(s.Body), true
		} else if c.IsConst() {
			return foldList(s.Else), true
		}
	case ir.Switch:
		if c := s.Args[0]; c.IsConst() {
			return foldList(selected(s.Cases, uint32(c.Imm))), true
		}
	}
	s.Body, s.Else = foldList(s.Body), foldList(s.Else)
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Body = foldList(c.Body)
		c.Fallthrough = c.Fallthrough && !ir.Ends(c.Body)
	}
	return nil, false
}

// foldEval splits the evaluation of what lost its own effect by folding.
func foldEval(s *ir.Stmt) ([]*ir.Stmt, bool) {
	if s.Args[0].IsEffectRoot() {
		return nil, false
	}
	var roots []*ir.Expr
	s.Args[0].EffectRoots(func(e *ir.Expr) { roots = append(roots, e) })
	return evals(roots), true
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

// foldExpr folds a tree, operands first. Constants and variables may be shared between trees, so they are replaced and
// never changed.
func foldExpr(e *ir.Expr) *ir.Expr {
	if len(e.Args) == 0 {
		return e
	}
	for i, a := range e.Args {
		if len(a.Args) > 0 {
			e.Args[i] = foldExpr(a)
		}
	}
	e.Update()
	if c := computed(e); c != nil {
		return c
	}
	switch len(e.Args) {
	case 1:
		return foldUnary(e)
	case 2:
		return foldBinary(e)
	}
	return e
}

// foldUnary folds an instruction whose operand is no constant. Go's compiler makes a 64-bit number of each condition, and
// compares that with zero.
func foldUnary(e *ir.Expr) *ir.Expr {
	switch x := e.Args[0]; {
	case e.Op == op.I32WrapI64 && (x.Op == op.I64ExtendI32U || x.Op == op.I64ExtendI32S):
		return x.Args[0]
	case e.Op == op.I64Eqz && (x.Op == op.I64ExtendI32U || x.Op == op.I64ExtendI32S):
		return ir.NewExpr(op.I32Eqz, wasm.I32, 0, 0, condition(x.Args[0]))
	case e.Op == op.I32Eqz:
		e.Args[0] = condition(x)
		e.Update()
	}
	return e
}

// computed returns the constant that an instruction on constants yields, or nil.
func computed(e *ir.Expr) *ir.Expr {
	const most = 2
	if len(e.Args) > most || !isInt(e.Args[0]) || !isInt(e.Args[len(e.Args)-1]) {
		return nil
	}
	var args [most]uint64 // on the heap, so not before it is needed
	for i, a := range e.Args {
		args[i] = a.Imm
	}
	x, ok := eval.Apply(e.Op, args[:len(e.Args)]...)
	if !ok {
		return nil
	}
	return ir.Const(e.Type, x)
}

// isInt reports whether e is an integer constant.
func isInt(e *ir.Expr) bool { return e.Op == op.I32Const || e.Op == op.I64Const }

// algebra is what is known of an instruction of two operands.
type algebra struct {
	commutes    bool
	associates  bool
	hasIdentity bool // x op identity = x, in the bits of mask
	identity    uint64
	mask        uint64
}

var algebras = func() (t op.Table[*algebra]) {
	for name, a := range map[string]algebra{
		"add": {true, true, true, 0, math.MaxUint64}, "sub": {false, false, true, 0, math.MaxUint64},
		"mul": {true, false, true, 1, math.MaxUint64}, "div_s": {false, false, true, 1, math.MaxUint64},
		"div_u": {false, false, true, 1, math.MaxUint64}, "and": {true, false, true, math.MaxUint64, math.MaxUint64},
		"or": {true, false, true, 0, math.MaxUint64}, "xor": {true, false, true, 0, math.MaxUint64},
		"eq": {commutes: true}, "ne": {commutes: true},
	} {
		t.Set(op.ByName("i32."+name).Code, &a)
		t.Set(op.ByName("i64."+name).Code, &a)
	}
	for _, name := range []string{"shl", "shr_s", "shr_u", "rotl", "rotr"} { // their count is taken modulo the width
		t.Set(op.ByName("i32."+name).Code, &algebra{hasIdentity: true, mask: 31})
		t.Set(op.ByName("i64."+name).Code, &algebra{hasIdentity: true, mask: 63})
	}
	return t
}()

// foldBinary folds an instruction with at most one constant operand, which it puts last if it may.
func foldBinary(e *ir.Expr) *ir.Expr {
	a := algebras.Get(e.Op)
	if a == nil {
		return e
	}
	if a.commutes && isInt(e.Args[0]) {
		e.Args[0], e.Args[1] = e.Args[1], e.Args[0]
	}
	x, c := e.Args[0], e.Args[1]
	if !isInt(c) {
		return e
	}
	if a.associates && x.Op == e.Op && isInt(x.Args[1]) {
		sum := ir.NewExpr(e.Op, e.Type, 0, 0, x.Args[1], c)
		return foldBinary(ir.NewExpr(e.Op, e.Type, 0, 0, x.Args[0], computed(sum)))
	}
	if a.hasIdentity && c.Imm&a.mask == a.identity&a.mask {
		return x
	}
	return e
}

// condition simplifies an expression of which only matters whether it is zero.
func condition(e *ir.Expr) *ir.Expr {
	for e.Op == op.I32Eqz && e.Args[0].Op == op.I32Eqz {
		e = e.Args[0].Args[0]
	}
	if e.Op == op.I32Ne && isInt(e.Args[1]) && e.Args[1].Imm == 0 {
		return condition(e.Args[0])
	}
	if e.Op == op.I64Ne && isInt(e.Args[1]) && e.Args[1].Imm == 0 && (e.Args[0].Op == op.I64ExtendI32U || e.Args[0].Op == op.I64ExtendI32S) {
		return condition(e.Args[0].Args[0])
	}
	if e.Op == op.I32Eq && isInt(e.Args[1]) && e.Args[1].Imm == 0 {
		return condition(ir.NewExpr(op.I32Eqz, wasm.I32, 0, 0, e.Args[0]))
	}
	return e
}
