package emit

import (
	"math"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// The Go compiler drops a factor or divisor of 1, and makes -1 a change of sign, where it knows that value: written so,
// computed from what is written so, or converted from an integer that a branch has compared. A signalling NaN then stays one,
// where WebAssembly wants a quiet one (spec: 4.3.3). So product subtracts 0 where such a factor stands itself, and hidden
// multiplies by a 1 that the compiler does not know what a variable gets that is a factor somewhere.

// ones are facts about the float variables of a function, by variable. They do not say where in the function: what holds of a
// variable that only sometimes has a known value, and is computed with then, is beyond them.
type ones struct {
	found   bool   // for this function
	factors []bool // it is a factor, or a divisor, of what may be a signalling NaN, or makes such a variable 1 by being 1
	steady  []bool // it is set to nothing but constants and what is computed from them
	sets    []floatSet
}

// floatSet is an assignment of a float.
type floatSet struct {
	v ir.Var
	e *ir.Expr
}

// maxRounds bounds how often find looks at the assignments. Beyond it, all facts hold for all variables.
const maxRounds = 8

// find finds the facts about a function.
func (o *ones) find(f *ir.Func) {
	n := len(f.Vars)
	*o = ones{found: true, factors: slab.Zeros(o.factors, n), steady: slab.Zeros(o.steady, n), sets: o.sets[:0]}
	for v, info := range f.Vars {
		o.steady[v] = v >= f.Params && isFloat(info.Type)
	}
	ir.WalkStmts(f.Body, func(s *ir.Stmt) { o.note(f, s) })
	for round := 0; o.spread(); round++ {
		if round == maxRounds {
			for v := range f.Vars {
				o.factors[v], o.steady[v] = true, true
			}
			return
		}
	}
}

// note notes what a statement says of variables.
func (o *ones) note(f *ir.Func, s *ir.Stmt) {
	for _, e := range s.Args {
		o.noteFactors(e)
	}
	for i, v := range s.Dst {
		switch {
		case v == ir.Blank || !isFloat(f.Vars[v].Type):
		case len(s.Args) == len(s.Dst):
			o.sets = append(o.sets, floatSet{v, s.Args[i]})
		default: // a result of a call
			o.steady[v] = false
		}
	}
}

// noteFactors notes the variables that the products and quotients in e are made of.
func (o *ones) noteFactors(e *ir.Expr) {
	for i, a := range e.Args {
		if matters(e, i) {
			o.factor(a)
		}
		o.noteFactors(a)
	}
}

// factor notes the variables whose 1 makes e 1 or -1, and reports whether there is a new one.
func (o *ones) factor(e *ir.Expr) (found bool) {
	if e.IsVar() {
		found = !o.factors[e.Index]
		o.factors[e.Index] = true
	} else if keeps.Get(e.Op) {
		for _, a := range e.Args {
			found = o.factor(a) || found
		}
	}
	return found
}

// spread follows the assignments once and reports whether there was anything new.
func (o *ones) spread() (changed bool) {
	for _, s := range o.sets {
		if o.factors[s.v] && o.factor(s.e) {
			changed = true
		}
		if o.steady[s.v] && !o.known(s.e) {
			o.steady[s.v], changed = false, true
		}
	}
	return changed
}

// matters reports whether operand i of e is a factor or divisor of what may be a signalling NaN.
func matters(e *ir.Expr, i int) bool {
	switch e.Op {
	case op.F32Mul, op.F64Mul:
		return signals(e.Args[1-i])
	case op.F32Div, op.F64Div:
		return i == 1 && signals(e.Args[0])
	}
	return false
}

// known reports whether the Go compiler may know the value of e because it is computed from constants.
func (o *ones) known(e *ir.Expr) bool {
	switch {
	case e.Effects&^pure != 0:
		return false
	case e.IsVar():
		return isFloat(e.Type) && o.steady[e.Index]
	}
	for _, a := range e.Args {
		if !o.known(a) {
			return false
		}
	}
	return true
}

// pure are the effects of what reads variables only.
const pure = ir.ReadsVariable | ir.TrapsOther

// mayBeOne reports whether the Go compiler may know that e, which is no variable, is 1 or -1: a constant, a number computed
// from constants, or a converted integer. What is computed from such integers is left out: every other product in a libm
// would be concerned.
func (o *ones) mayBeOne(e *ir.Expr) bool {
	switch {
	case e.Op == op.F32Const:
		return math.Abs(float64(math.Float32frombits(uint32(e.Imm)))) == 1
	case e.Op == op.F64Const:
		return math.Abs(math.Float64frombits(e.Imm)) == 1
	case converts.Get(e.Op):
		return e.Effects&^pure == 0
	}
	return !e.IsVar() && o.known(e)
}

// hidden makes what the float variable v gets, n of e, a value that the Go compiler does not know, if it may be a known 1.
func (f *fn) hidden(n *gox.Node, e *ir.Expr, v ir.Var) *gox.Node {
	if o := f.onesOf(); !o.factors[v] || !o.mayBeOne(e) || signals(e) {
		return n
	}
	one := f.Name("rt.One64", gox.Float64)
	if e.Type == wasm.F32 {
		one = f.Name("rt.One32", gox.Float32)
	}
	switch {
	case !e.IsConst():
		return f.Bin(gox.Mul, n, one)
	case e.Imm>>63 != 0 || e.Type == wasm.F32 && e.Imm>>31 != 0:
		return f.Neg(one)
	}
	return one
}

// onesOf are the facts about the function, found when they are first needed.
func (f *fn) onesOf() *ones {
	if !f.ones.found {
		f.ones.find(f.f)
	}
	return f.ones
}

func isFloat(t wasm.ValType) bool { return t == wasm.F32 || t == wasm.F64 }

// converts are the conversions of integers to floats; keeps the instructions that yield 1 or -1 if an operand is, and may do so;
// quiet those on floats whose result is no signalling NaN.
var converts, keeps, quiet = func() (converts, keeps, quiet op.Table[bool]) {
	for _, o := range op.All() {
		p, r := o.Params(), o.Results()
		if o.Imm != "" || r != "f" && r != "F" {
			continue
		}
		quiet.Set(o.Code, true)
		converts.Set(o.Code, p == "i" || p == "I")
		keeps.Set(o.Code, p == "f" || p == "F")
	}
	for _, name := range []string{"f32.reinterpret_i32", "f64.reinterpret_i64"} {
		converts.Set(op.ByName(name).Code, false)
		quiet.Set(op.ByName(name).Code, false)
	}
	for _, t := range []string{"f32.", "f64."} {
		for _, name := range []string{"copysign", "min", "max"} {
			keeps.Set(op.ByName(t+name).Code, true)
		}
	}
	return converts, keeps, quiet
}()

// Of these instructions, a result that is a NaN is the first operand with another sign.
var (
	f32Neg, f32Abs, f32Copysign = op.ByName("f32.neg").Code, op.ByName("f32.abs").Code, op.ByName("f32.copysign").Code
	f64Neg, f64Abs, f64Copysign = op.ByName("f64.neg").Code, op.ByName("f64.abs").Code, op.ByName("f64.copysign").Code
)

// signals reports whether e may be a signalling NaN.
func signals(e *ir.Expr) bool {
	switch e.Op {
	case f32Neg, f32Abs, f32Copysign, f64Neg, f64Abs, f64Copysign:
		return signals(e.Args[0])
	case op.F32Const:
		return math.IsNaN(float64(math.Float32frombits(uint32(e.Imm))))
	case op.F64Const:
		return math.IsNaN(math.Float64frombits(e.Imm))
	}
	return !quiet.Get(e.Op)
}
