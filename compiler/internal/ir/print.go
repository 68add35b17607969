package ir

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// String returns the text form of the function, which Parse reads:
//
//	func 3 "step" (p0 i32, p1 i64) (i32) {
//		var l2 i32, t3 i32
//		l2 = i32.add(p0, 5)
//		block L1 {
//			if i32.lt_s(l2, p0) {
//				br L1
//			}
//			i32.store offset=4 (p0, l2)
//			t3, _ = call 7 (l2, 8:i64)
//			switch t3 {
//			case 0, 2:
//				unreachable
//			default:
//			}
//		}
//		return t3
//	}
//
// A constant, and the result of an instruction whose name does not say it (a call, global.get, table.get, ref.null),
// has its type behind a colon unless its place gives it. Floats that are infinite or not a number are written by their
// bits: 0x7fc00000. A global.get of an immutable global is global.get const. A memory, table or offset is written if
// it is not 0. Func.Labels is not written: Parse sets it to the largest label.
func (f *Func) String() string {
	p := printer{f: f}
	p.header()
	p.list(f.Body, 1)
	p.WriteString("}\n")
	return p.String()
}

// headline returns the first line of a statement.
func (f *Func) headline(s *Stmt) string {
	p := printer{f: f, short: true}
	p.stmt(s, 0)
	line, _, _ := strings.Cut(p.String(), "\n")
	return line
}

type printer struct {
	strings.Builder
	f     *Func
	short bool // leave out the statements inside statements
}

// varLetters begin the names of variables, by VarKind.
const varLetters = "plt"

func (p *printer) varName(v Var) string {
	switch {
	case v == Blank:
		return "_"
	case v < 0 || int(v) >= len(p.f.Vars) || int(p.f.Vars[v].Kind) >= len(varLetters):
		return fmt.Sprintf("?%d", v)
	}
	return varLetters[p.f.Vars[v].Kind:][:1] + strconv.Itoa(int(v))
}

// varType returns the type of v, Unknown for Blank.
func (f *Func) varType(v Var) wasm.ValType {
	if v < 0 || int(v) >= len(f.Vars) {
		return wasm.Unknown
	}
	return f.Vars[v].Type
}

func (p *printer) header() {
	fmt.Fprintf(p, "func %d ", p.f.Index)
	if p.f.Name != "" {
		fmt.Fprintf(p, "%q ", p.f.Name)
	}
	params := min(p.f.Params, len(p.f.Vars))
	p.WriteString("(" + strings.Join(p.declarations(0, params), ", ") + ") ")
	if len(p.f.Results) > 0 {
		var types []string
		for _, t := range p.f.Results {
			types = append(types, t.String())
		}
		p.WriteString("(" + strings.Join(types, ", ") + ") ")
	}
	p.WriteString("{\n")
	const perLine = 8
	for i := params; i < len(p.f.Vars); i += perLine {
		p.WriteString("\tvar " + strings.Join(p.declarations(i, min(i+perLine, len(p.f.Vars))), ", ") + "\n")
	}
}

func (p *printer) declarations(from, to int) []string {
	var list []string
	for v := from; v < to; v++ {
		list = append(list, p.varName(Var(v))+" "+p.f.Vars[v].Type.String())
	}
	return list
}

// maxIndent bounds the indentation, and with it the size of the text of deep nesting.
const maxIndent = 40

var tabs = strings.Repeat("\t", maxIndent)

func (p *printer) indent(depth int) { p.WriteString(tabs[:min(depth, maxIndent)]) }

func (p *printer) list(list []*Stmt, depth int) {
	if p.short {
		return
	}
	for _, s := range list {
		p.stmt(s, depth)
	}
}

func (p *printer) stmt(s *Stmt, depth int) {
	p.indent(depth)
	switch s.Kind {
	case Set:
		p.set(s)
	case Eval:
		p.exprs(s.Args, func(int) wasm.ValType { return wasm.Unknown })
	case Block, Loop:
		fmt.Fprintf(p, "%s L%d {\n", map[StmtKind]string{Block: "block", Loop: "loop"}[s.Kind], s.Label)
		p.list(s.Body, depth+1)
		p.closing(depth)
	case If:
		p.ifStmt(s, depth)
	case Switch:
		p.switchStmt(s, depth)
	case Br:
		fmt.Fprintf(p, "br L%d", s.Label)
	case Return:
		p.WriteString("return")
		if len(s.Args) > 0 {
			p.WriteByte(' ')
		}
		p.exprs(s.Args, p.f.resultType)
	case Trap:
		p.WriteString("unreachable")
	default:
		fmt.Fprintf(p, "?%d", s.Kind)
	}
	p.WriteByte('\n')
}

func (p *printer) closing(depth int) {
	p.indent(depth)
	p.WriteByte('}')
}

// resultType returns the type of result i, Unknown if there is none.
func (f *Func) resultType(i int) wasm.ValType {
	if i >= len(f.Results) {
		return wasm.Unknown
	}
	return f.Results[i]
}

func (p *printer) set(s *Stmt) {
	for i, v := range s.Dst {
		if i > 0 {
			p.WriteString(", ")
		}
		p.WriteString(p.varName(v))
	}
	p.WriteString(" = ")
	p.exprs(s.Args, func(i int) wasm.ValType { return p.f.setType(s.Dst, len(s.Args), i) })
}

// setType returns the type that the destinations give value i of n.
func (f *Func) setType(dst []Var, n, i int) wasm.ValType {
	if len(dst) != n {
		return wasm.Unknown
	}
	return f.varType(dst[i])
}

func i32Type(int) wasm.ValType { return wasm.I32 }

func (p *printer) ifStmt(s *Stmt, depth int) {
	p.WriteString("if ")
	p.exprs(s.Args, i32Type)
	p.WriteString(" {\n")
	p.list(s.Body, depth+1)
	if len(s.Else) > 0 {
		p.closing(depth)
		p.WriteString(" else {\n")
		p.list(s.Else, depth+1)
	}
	p.closing(depth)
}

func (p *printer) switchStmt(s *Stmt, depth int) {
	p.WriteString("switch ")
	p.exprs(s.Args, i32Type)
	p.WriteString(" {\n")
	for i := range s.Cases {
		c := &s.Cases[i]
		p.indent(depth)
		p.WriteString(c.label() + ":\n")
		p.list(c.Body, depth+1)
		if c.Fallthrough {
			p.indent(depth + 1)
			p.WriteString("fallthrough\n")
		}
	}
	p.closing(depth)
}

// label is what stands before the colon: "case 1, 2", "default", "case 1, default".
func (c *Case) label() string {
	if c.Label != NoLabel {
		plain := *c
		plain.Label = NoLabel
		return fmt.Sprintf("%s L%d", plain.label(), c.Label)
	}
	if c.Default && len(c.Values) == 0 {
		return "default"
	}
	var list []string
	for _, x := range c.Values {
		list = append(list, strconv.FormatUint(uint64(x), 10))
	}
	if c.Default {
		list = append(list, "default")
	}
	return "case " + strings.Join(list, ", ")
}

// exprs writes a list whose places give the types want(i).
func (p *printer) exprs(list []*Expr, want func(int) wasm.ValType) {
	for i, e := range list {
		if i > 0 {
			p.WriteString(", ")
		}
		p.expr(e, want(i))
	}
}

// expr writes e in a place that gives the type want.
func (p *printer) expr(e *Expr, want wasm.ValType) {
	o := op.Lookup(e.Op)
	switch {
	case e.IsVar():
		p.WriteString(p.varName(Var(e.Index)))
		return
	case e.IsConst():
		p.WriteString(constText(e))
	case o == nil:
		fmt.Fprintf(p, "?%#x", uint32(e.Op))
		return
	default:
		p.instr(e, o)
	}
	if (e.IsConst() || untold(o)) && e.Type != want {
		p.WriteString(":" + e.Type.String())
	}
}

// untold reports whether the result type of an instruction is not told by its name.
func untold(o *op.Op) bool {
	_, results, _ := signature(o)
	return strings.ContainsAny(results, "?*r") && o.Code != op.RefFunc
}

func (p *printer) instr(e *Expr, o *op.Op) {
	p.WriteString(o.Name)
	if e.Op == op.GlobalGet && e.Effects == 0 {
		p.WriteString(" const")
	}
	imms := immediatesText(e, o)
	p.WriteString(imms)
	if len(e.Args) == 0 && imms != "" {
		return
	}
	if imms != "" {
		p.WriteByte(' ')
	}
	params, _, _ := signature(o)
	p.WriteByte('(')
	p.exprs(e.Args, func(i int) wasm.ValType { return placeType(params, i, len(e.Args)) })
	p.WriteByte(')')
}

// placeType returns the type that the signature gives operand i of n, Unknown if it leaves it open.
func placeType(params string, i, n int) wasm.ValType {
	letter, _ := operandLetter(params, i, n)
	return letterTypes[letter]
}

// field is a field of Expr that holds an immediate.
type field uint8

const (
	indexField field = iota
	immField
)

func (e *Expr) field(f field) uint64 {
	if f == immField {
		return e.Imm
	}
	return uint64(e.Index)
}

// slot is an immediate: the field it stands in and its key; one without a key is always written, and comes first.
type slot struct {
	key   string
	field field
}

// slots are the immediates of an instruction by op.Row.Imm, where an Expr can hold them.
var slots = map[string][]slot{
	"f": {{"", indexField}}, "g": {{"", indexField}}, "d": {{"", indexField}}, "e": {{"", indexField}},
	"m": {{"mem", indexField}, {"offset", immField}}, "M": {{"mem", indexField}}, "T": {{"table", indexField}},
	"dM": {{"", indexField}, {"mem", immField}}, "eT": {{"", indexField}, {"table", immField}},
	"MM": {{"mem", indexField}, {"from", immField}}, "TT": {{"table", indexField}, {"from", immField}},
	"tT": {{"type", immField}, {"table", indexField}},
}

func immediatesOf(o *op.Op) []slot { return slots[o.Imm] }

// immediatesText writes the immediates, each with a space before it.
func immediatesText(e *Expr, o *op.Op) string {
	text := ""
	for _, s := range immediatesOf(o) {
		switch x := e.field(s.field); {
		case s.key == "":
			text += fmt.Sprintf(" %d", x)
		case x != 0 || s.key == "type":
			text += fmt.Sprintf(" %s=%d", s.key, x)
		}
	}
	return text
}

// constText writes the value of a constant.
func constText(e *Expr) string {
	switch e.Type {
	case wasm.I32:
		return strconv.FormatInt(int64(int32(e.Imm)), 10)
	case wasm.F32:
		return floatText(float64(math.Float32frombits(uint32(e.Imm))), e.Imm, 32)
	case wasm.F64:
		return floatText(math.Float64frombits(e.Imm), e.Imm, 64)
	}
	return strconv.FormatInt(int64(e.Imm), 10)
}

// floatText writes a float so that it does not look like an integer, and one that is no finite number by its bits.
func floatText(x float64, bits uint64, size int) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return fmt.Sprintf("%#x", bits)
	}
	s := strconv.FormatFloat(x, 'g', -1, size)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
