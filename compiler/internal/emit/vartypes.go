package emit

import (
	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// An i32 that becomes a 64-bit address must be zero-extended. The Go compiler knows that the upper half of a register is
// zero already if the value's type is unsigned, and adds an instruction if it is signed. So the i32 variables that
// addresses are made of are uint32 in Go, and others what most of their uses ask for. Parameters and results are int32:
// there is nothing to gain, since callers leave the upper half of registers undefined.

// varTypes chooses the Go types of a function's variables.
type varTypes struct {
	f     *ir.Func
	types []gox.Type
	votes []int      // for unsigned, against if negative
	fixed []bool     // may not be unsigned
	from  [][]ir.Var // the variables whose values an assignment may give to a variable
	work  []ir.Var   // unsigned ones whose origin is to be made unsigned
}

// typeVars chooses the Go types of the variables: signed ones only unless unsigned is set.
func (f *fn) typeVars(unsigned bool) {
	n := len(f.f.Vars)
	for _, v := range f.f.Vars {
		f.types = append(f.types, valueType(v.Type))
	}
	if !unsigned {
		return
	}
	v := &varTypes{f: f.f, types: f.types, votes: make([]int, n), fixed: make([]bool, n), from: make([][]ir.Var, n)}
	for i := range v.fixed {
		v.fixed[i] = i < f.f.Params || f.f.Vars[i].Type != wasm.I32
	}
	ir.WalkStmts(f.f.Body, v.stmt)
	for i, n := range v.votes {
		if n > 0 {
			v.unsigned(ir.Var(i))
		}
	}
	for len(v.work) > 0 {
		x := v.work[len(v.work)-1]
		v.work = v.work[:len(v.work)-1]
		for _, y := range v.from[x] {
			v.unsigned(y)
		}
	}
}

// unsigned makes a variable unsigned.
func (v *varTypes) unsigned(x ir.Var) {
	if !v.fixed[x] && v.types[x] == gox.Int32 {
		v.types[x] = gox.Uint32
		v.work = append(v.work, x)
	}
}

// Votes: an address decides, whatever else there is.
const (
	voteAddress  = 1 << 20
	voteUnsigned = 1
	voteSigned   = -1
)

func (v *varTypes) stmt(s *ir.Stmt) {
	if len(s.Dst) > len(s.Args) { // the results of a call
		for _, d := range s.Dst {
			if d != ir.Blank {
				v.fixed[d] = true
			}
		}
	}
	for i, a := range s.Args {
		want := 0
		switch {
		case s.Kind == ir.Switch:
			want = voteUnsigned
		case s.Kind == ir.Return:
			want = voteSigned
		case s.Kind == ir.Set && len(s.Dst) == len(s.Args) && s.Dst[i] != ir.Blank:
			v.origins(s.Dst[i], a)
		}
		v.expr(a, want)
	}
}

// origins notes the variables whose values a is made of by operations that do not depend on the sign.
func (v *varTypes) origins(dst ir.Var, a *ir.Expr) {
	switch {
	case a.IsVar():
		v.from[dst] = append(v.from[dst], ir.Var(a.Index))
	case signless[a.Op]:
		for i := range a.Args {
			if i == 0 || a.Op != op.I32Shl {
				v.origins(dst, a.Args[i])
			}
		}
	}
}

// signless are the i32 instructions whose result has the type that the operands ask for.
var signless = map[op.Code]bool{
	op.I32Add: true, op.I32Sub: true, op.I32Mul: true, op.I32And: true, op.I32Or: true, op.I32Xor: true, op.I32Shl: true,
}

// expr counts what the uses of variables in e ask for; want is what the use of e itself does.
func (v *varTypes) expr(e *ir.Expr, want int) {
	switch {
	case e.IsVar():
		v.votes[e.Index] += want
		return
	case e.Effects&ir.ReadsVariable == 0:
		return
	}
	o := op.Lookup(e.Op)
	var t *template
	if exprs.Get(e.Op) == nil && o.Go != "" {
		t = templateOf(o)
	}
	for i, a := range e.Args {
		w := voteSigned
		switch {
		case i == 0 && o.IsMemAccess() || e.Op == op.I64ExtendI32U:
			w = voteAddress
		case signless[e.Op] && (i == 0 || e.Op != op.I32Shl):
			w = want
		case e.Op == op.I32Eqz || e.Op == op.I32Eq || e.Op == op.I32Ne:
			w = 0
		case t != nil && t.expr.takesUnsigned(i):
			w = voteUnsigned
		}
		v.expr(a, w)
	}
}

// takesUnsigned reports whether the template reads operand i as an unsigned number.
func (n *tnode) takesUnsigned(i int) bool {
	if n.kind == tOperand {
		return n.operand == i && n.unsigned
	}
	for _, a := range n.args {
		if a.takesUnsigned(i) {
			return true
		}
	}
	return false
}
