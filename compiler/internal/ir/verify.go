package ir

import (
	"fmt"
	"math"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Verify checks everything that the comments in ir.go state and that a function alone can show: variables in range,
// types, arities, labels, Effects and Size. What depends on the module (types of functions, globals and tables) it
// takes as it stands. Its time is linear in the size of the function.
func (f *Func) Verify() error {
	v := &verifier{f: f, labels: map[Label]bool{}, assigned: make([]int, len(f.Vars))}
	v.vars()
	v.list(f.Body)
	return v.err
}

type verifier struct {
	f      *Func
	stmt   *Stmt
	labels map[Label]bool // labels seen so far; true while in scope
	// assigned holds, by variable, the number of the last Set that assigned it.
	assigned []int
	sets     int
	err      error
}

// fail notes the first fault.
func (v *verifier) fail(format string, args ...any) {
	if v.err != nil {
		return
	}
	v.err = fmt.Errorf(format, args...)
	if v.stmt != nil {
		v.err = fmt.Errorf("%q: %w", v.f.headline(v.stmt), v.err)
	}
}

func (v *verifier) vars() {
	if v.f.Params > len(v.f.Vars) {
		v.fail("%d parameters, but %d variables", v.f.Params, len(v.f.Vars))
	}
	for i, info := range v.f.Vars {
		if (info.Kind == Param) != (i < v.f.Params) || info.Kind > Temp {
			v.fail("variable %d of %d parameters has kind %d", i, v.f.Params, info.Kind)
		}
		if info.Type == wasm.Unknown {
			v.fail("variable %d has no type", i)
		}
	}
}

// shape says which fields of a statement count.
type shape struct {
	args                           int // -1 any number
	dst, label, body, elses, cases bool
}

var shapes = [...]shape{
	Set: {args: -1, dst: true}, Eval: {args: 1}, Block: {label: true, body: true}, Loop: {label: true, body: true},
	If: {args: 1, body: true, elses: true}, Switch: {args: 1, cases: true}, Br: {label: true}, Return: {args: -1}, Trap: {},
}

func (s *Stmt) fits(h shape) bool {
	if (s.Lists != nil) != s.HasLists() || h.args >= 0 && len(s.Args) != h.args || !h.dst && len(s.Dst) > 0 || !h.label && s.Label != NoLabel {
		return false
	}
	return s.Lists == nil || (h.body || len(s.Body) == 0) && (h.elses || len(s.Else) == 0) && (h.cases || len(s.Cases) == 0)
}

func (v *verifier) list(list []*Stmt) {
	for i, s := range list {
		if v.err != nil {
			return
		}
		v.stmt = s
		v.check(s)
		v.stmt = s
		if i+1 < len(list) && Ends(list[i:i+1]) {
			v.fail("%q stands behind it", v.f.headline(list[i+1]))
		}
	}
}

func (v *verifier) check(s *Stmt) {
	if int(s.Kind) >= len(shapes) || !s.fits(shapes[s.Kind]) {
		v.fail("statement of kind %d with fields of another kind", s.Kind)
		return
	}
	for _, a := range s.Args {
		v.expr(a)
	}
	if v.err == nil {
		checks[s.Kind](v, s)
	}
}

// checks are the rules by kind; statements inside statements are checked through list, which needs init.
var checks [Trap + 1]func(*verifier, *Stmt)

func init() {
	checks = [...]func(*verifier, *Stmt){
		Set: (*verifier).set, Eval: (*verifier).eval, Block: (*verifier).labelled, Loop: (*verifier).labelled,
		If: (*verifier).ifStmt, Switch: (*verifier).switchStmt, Br: (*verifier).br, Return: (*verifier).ret,
		Trap: func(*verifier, *Stmt) {},
	}
}

func (v *verifier) set(s *Stmt) {
	v.sets++
	for _, d := range s.Dst {
		v.dst(d, len(s.Dst))
	}
	if len(s.Args) == 1 && len(s.Dst) != 1 {
		if e := s.Args[0]; !isCall(e) || e.Type != wasm.Unknown || len(s.Dst) == 0 {
			v.fail("%d destinations for one %s of type %s", len(s.Dst), opName(e.Op), e.Type)
		}
		return
	}
	if len(s.Args) != len(s.Dst) || len(s.Dst) == 0 {
		v.fail("%d destinations, %d values", len(s.Dst), len(s.Args))
		return
	}
	for i, e := range s.Args {
		v.value(e, v.dstType(s.Dst[i]), "value %d", i)
	}
}

func isCall(e *Expr) bool { return e.Op == op.Call || e.Op == op.CallIndirect }

// dstType returns the type that a destination takes, Unknown if it takes any.
func (v *verifier) dstType(d Var) wasm.ValType {
	if d == Blank || !v.inRange(d) {
		return wasm.Unknown
	}
	return v.f.Vars[d].Type
}

func (v *verifier) inRange(d Var) bool { return d >= 0 && int(d) < len(v.f.Vars) }

// dst checks one of n destinations.
func (v *verifier) dst(d Var, n int) {
	switch {
	case d == Blank:
		if n == 1 {
			v.fail("the only destination is blank")
		}
	case !v.inRange(d):
		v.fail("variable %d of %d", d, len(v.f.Vars))
	case v.assigned[d] == v.sets:
		v.fail("variable %d is assigned twice", d)
	default:
		v.assigned[d] = v.sets
	}
}

// value checks that e has a value, of type want unless that is Unknown.
func (v *verifier) value(e *Expr, want wasm.ValType, what string, n int) {
	switch {
	case e.Type == wasm.Unknown:
		v.fail(what+": %s has no value", n, opName(e.Op))
	case want != wasm.Unknown && e.Type != want:
		v.fail(what+" is %s, expected %s", n, e.Type, want)
	}
}

func (v *verifier) eval(s *Stmt) {
	if s.Args[0].Effects.Pure() {
		v.fail("evaluation without effect")
	}
}

// labelled checks a Block or Loop.
func (v *verifier) labelled(s *Stmt) {
	if !v.open(s.Label) {
		return
	}
	v.list(s.Body)
	v.labels[s.Label] = false
}

// open begins the scope of a label.
func (v *verifier) open(l Label) bool {
	if _, twice := v.labels[l]; twice || l <= NoLabel || l > v.f.Labels {
		v.fail("label L%d is used twice or outside L1 to L%d", l, v.f.Labels)
		return false
	}
	v.labels[l] = true
	return true
}

func (v *verifier) br(s *Stmt) {
	if !v.labels[s.Label] {
		v.fail("label L%d is not in scope", s.Label)
	}
}

func (v *verifier) ifStmt(s *Stmt) {
	v.value(s.Args[0], wasm.I32, "condition %d", 0)
	v.list(s.Body)
	v.list(s.Else)
}

func (v *verifier) switchStmt(s *Stmt) {
	v.value(s.Args[0], wasm.I32, "selector %d", 0)
	defaults, values := 0, map[uint32]bool{}
	for i := range s.Cases {
		if l := s.Cases[i].Label; l != NoLabel && v.open(l) {
			defer func() { v.labels[l] = false }()
		}
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Default {
			defaults++
		} else if len(c.Values) == 0 {
			v.fail("case %d has no values", i)
		}
		for _, x := range c.Values {
			if values[x] {
				v.fail("two cases for %d", x)
			}
			values[x] = true
		}
		if c.Fallthrough && (i == len(s.Cases)-1 || Ends(c.Body)) {
			v.fail("case %d falls through, but is the last or never ends", i)
		}
		v.list(c.Body)
		v.stmt = s
	}
	if defaults != 1 {
		v.fail("%d default cases", defaults)
	}
}

func (v *verifier) ret(s *Stmt) {
	if len(s.Args) != len(v.f.Results) {
		v.fail("%d results, expected %d", len(s.Args), len(v.f.Results))
		return
	}
	for i, e := range s.Args {
		v.value(e, v.f.Results[i], "result %d", i)
	}
}

// expr checks a tree.
func (v *verifier) expr(e *Expr) {
	o := op.Lookup(e.Op)
	if o == nil {
		v.fail("unknown instruction %#x", uint32(e.Op))
		return
	}
	effects, size := effectsOf(e.Op), uint16(1)
	if e.Op == op.GlobalGet && e.Effects == 0 {
		effects = 0 // of an immutable global
	}
	for _, a := range e.Args {
		v.expr(a)
		effects |= a.Effects
		size += a.Size
	}
	if v.err != nil {
		return
	}
	if e.Effects != effects || e.Size != size {
		v.fail("%s has effects %#x and size %d, computed %#x and %d", o.Name, e.Effects, e.Size, effects, size)
	}
	v.immediates(e, o)
	if e.IsVar() {
		v.variable(e)
		return
	}
	v.operation(e, o)
}

func (v *verifier) variable(e *Expr) {
	if !v.inRange(Var(e.Index)) || len(e.Args) > 0 {
		v.fail("variable %d of %d", e.Index, len(v.f.Vars))
	} else if want := v.f.Vars[e.Index].Type; e.Type != want {
		v.fail("variable %d is %s, read as %s", e.Index, want, e.Type)
	}
}

// operation checks the types of operands and result.
func (v *verifier) operation(e *Expr, o *op.Op) {
	params, results, ok := signature(o)
	if !ok {
		v.fail("%s is not an expression", o.Name)
		return
	}
	if len(e.Args) == 0 && params != "" && params != "*" {
		v.fail("%s has no operands", o.Name)
	}
	for i, a := range e.Args {
		letter, ok := operandLetter(params, i, len(e.Args))
		if !ok {
			v.fail("%s has %d operands", o.Name, len(e.Args))
			return
		}
		if !fits(letter, a.Type) {
			v.fail("operand %d of %s is %s, expected %s", i, o.Name, a.Type, letterName(letter))
		}
	}
	switch {
	case results == "*":
	case results == "" && e.Type != wasm.Unknown:
		v.fail("%s has no result, but type %s", o.Name, e.Type)
	case results != "" && !fits(results[0], e.Type):
		v.fail("%s has type %s, expected %s", o.Name, e.Type, letterName(results[0]))
	}
}

// immediates checks that Index and Imm are zero where nothing uses them, and constants of 32 bits are in normal form.
func (v *verifier) immediates(e *Expr, o *op.Op) {
	var index, imm bool
	for _, slot := range immediatesOf(o) {
		index, imm = index || slot.field == indexField, imm || slot.field == immField
	}
	switch {
	case !index && !e.IsVar() && e.Index != 0:
		v.fail("%s has index %d", o.Name, e.Index)
	case !imm && !e.IsConst() && e.Imm != 0:
		v.fail("%s has immediate %d", o.Name, e.Imm)
	case e.Op == op.I32Const && e.Imm != uint64(int64(int32(e.Imm))):
		v.fail("i32 constant %#x is not sign-extended", e.Imm)
	case e.Op == op.F32Const && e.Imm > math.MaxUint32:
		v.fail("f32 constant %#x has more than 32 bits", e.Imm)
	}
}

// opName returns the name of an instruction, for errors.
func opName(c op.Code) string {
	if o := op.Lookup(c); o != nil {
		return o.Name
	}
	return fmt.Sprintf("instruction %#x", uint32(c))
}
