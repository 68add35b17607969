package emit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// template is what is known of an instruction: its row's Go expression, parsed. For a store that is the value.
type template struct {
	make  maker          // what makes the expression: the code for the instruction, or else row
	row   maker          // makes that of the row; nil if the row has none
	cell  gox.Type       // of the cell in a load or store
	view  gox.Type       // Go type of the result; Other for none
	votes [maxVotes]vote // see voteOf
}

// maker makes the Go expression of an instruction.
type maker = func(*fn, *ir.Expr) *gox.Node

// tnode is a node of a template.
type tnode struct {
	kind     tkind
	operand  int
	unsigned bool
	signless bool // it is a binary operation on signed operands that does not depend on that
	typ      gox.Type
	op       gox.Op
	text     string
	bits     uint64
	args     []*tnode
}

type tkind uint8

const (
	tOperand tkind = iota
	tCell
	tPointer
	tPlace
	tLit
	tBinary
	tNeg
	tConv
	tCall
)

// templates are those of all instructions, made by makeTemplates.
var templates op.Table[*template]

// makeTemplates must be called before functions are emitted. It takes about a millisecond, which not all programs that link
// this package should take to start.
var makeTemplates = sync.OnceFunc(func() {
	for _, o := range op.All() {
		templates.Set(o.Code, newTemplate(o))
	}
})

func templateOf(c op.Code) *template { return templates.Get(c) }

// resultTypes are the Go types of value letters.
var resultTypes = map[byte]gox.Type{'i': gox.Int32, 'I': gox.Int64, 'f': gox.Float32, 'F': gox.Float64}

var (
	operandRE = regexp.MustCompile(`([$%])(\d)`)
	cellRE    = regexp.MustCompile(`@(\w+)`)
	pointerRE = regexp.MustCompile(`&(u?int\d+)`)
)

// newTemplate makes the template of a row.
func newTemplate(o *op.Op) *template {
	t := &template{make: exprs.Get(o.Code)}
	var x *tnode
	if o.Go != "" {
		x = t.parse(o)
		t.row = x.maker()
	}
	unsigned := uint8(0)
	if t.make == nil && t.row != nil {
		t.make = t.row
		unsigned = x.unsignedOperands()
	}
	for i := range t.votes {
		t.votes[i] = voteOf(o, i, unsigned>>i&1 != 0)
	}
	return t
}

// parse parses the Go of a row; the table is fixed, so a fault in it is a panic that every test meets.
func (t *template) parse(o *op.Op) *tnode {
	src := o.Go
	if o.Results() != "" {
		t.view = resultTypes[o.Results()[0]]
	}
	switch {
	case strings.HasPrefix(src, "u "):
		src, t.view = src[2:], t.view.Unsigned()
	case strings.HasPrefix(src, "b "):
		src, t.view = src[2:], gox.Bool
	}
	src = operandRE.ReplaceAllStringFunc(src, func(s string) string {
		if s[0] == '$' {
			return "s_" + s[1:]
		}
		return "u_" + s[1:]
	})
	src = cellRE.ReplaceAllString(src, "cell_$1")
	src = pointerRE.ReplaceAllString(src, "ptr_$1")
	src = strings.ReplaceAll(src, "#", "place_, place_ea")
	if lhs, rhs, ok := strings.Cut(src, " = "); ok {
		src = rhs
		t.cell, _ = gox.TypeByName(strings.TrimPrefix(lhs, "cell_"))
	}
	x, err := parser.ParseExpr(src)
	if err != nil {
		panic(fmt.Sprintf("op: %s: %q: %v", o.Name, o.Go, err))
	}
	return t.node(o, x)
}

// unsignedOperands has a bit for each operand that the tree reads as an unsigned number.
func (n *tnode) unsignedOperands() (set uint8) {
	if n.kind == tOperand && n.unsigned {
		set = 1 << n.operand
	}
	for _, a := range n.args {
		set |= a.unsignedOperands()
	}
	return set
}

func (t *template) node(o *op.Op, x ast.Expr) *tnode {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return t.node(o, x.X)
	case *ast.Ident:
		if name, ok := strings.CutPrefix(x.Name, "cell_"); ok {
			t.cell, _ = gox.TypeByName(name)
			return &tnode{kind: tCell, typ: t.cell}
		}
		if name, ok := strings.CutPrefix(x.Name, "ptr_"); ok {
			typ, _ := gox.TypeByName(name)
			return &tnode{kind: tPointer, typ: typ}
		}
		if x.Name == "in" {
			return &tnode{kind: tPlace, text: x.Name}
		}
		if strings.HasPrefix(x.Name, "place_") {
			return &tnode{kind: tPlace, text: x.Name[len("place_"):]}
		}
		return &tnode{kind: tOperand, unsigned: x.Name[0] == 'u', operand: int(x.Name[2] - '0')}
	case *ast.BasicLit:
		v, err := strconv.ParseUint(x.Value, 0, 64)
		if err != nil {
			panic(fmt.Sprintf("op: %s: %v", o.Name, err))
		}
		return &tnode{kind: tLit, bits: v}
	case *ast.UnaryExpr:
		return &tnode{kind: tNeg, args: []*tnode{t.node(o, x.X)}}
	case *ast.BinaryExpr:
		l, r, op := t.node(o, x.X), t.node(o, x.Y), gox.OpByText(x.Op.String())
		return &tnode{kind: tBinary, op: op, args: []*tnode{l, r}, signless: l.signed() && r.signed() && op.Signless()}
	case *ast.CallExpr:
		return t.call(o, x)
	}
	panic(fmt.Sprintf("op: %s: %q is beyond what templates can say", o.Name, o.Go))
}

func (t *template) call(o *op.Op, x *ast.CallExpr) *tnode {
	n := &tnode{kind: tCall, typ: t.view}
	for _, a := range x.Args {
		n.args = append(n.args, t.node(o, a))
	}
	switch f := x.Fun.(type) {
	case *ast.Ident:
		n.text = f.Name
		if typ, ok := gox.TypeByName(f.Name); ok {
			n.kind, n.typ = tConv, typ
		}
	case *ast.SelectorExpr:
		n.text = f.X.(*ast.Ident).Name + "." + f.Sel.Name
		n.typ = callType(n.text)
		if n.typ == gox.Other {
			n.typ = t.view
		}
	}
	return n
}

// callTypes are the result types of functions in templates whose result is converted further.
var callTypes = map[string]gox.Type{
	"bits.LeadingZeros": gox.Int, "bits.TrailingZeros": gox.Int, "bits.OnesCount": gox.Int, "math.Ceil": gox.Float64,
	"math.Floor": gox.Float64, "math.Trunc": gox.Float64, "math.RoundToEven": gox.Float64, "math.Sqrt": gox.Float64,
	"math.Float32bits": gox.Uint32, "math.Float64bits": gox.Uint64,
}

// callType is the result type of a function in a template, Other for that of the whole template. Functions of rt and
// sync/atomic on unsigned cells say the type in their name.
func callType(name string) gox.Type {
	base := strings.TrimRight(name, "0123456789")
	bits := name[len(base):]
	if t, ok := callTypes[name]; ok {
		return t
	}
	if t, ok := callTypes[base]; ok {
		return t
	}
	if strings.HasPrefix(base, "rt.Atomic") || strings.HasSuffix(base, "Uint") {
		t, _ := gox.TypeByName("uint" + bits)
		return t
	}
	return gox.Other
}

// maker returns what makes the Go expression of an instruction from the tree.
func (n *tnode) maker() maker {
	switch n.kind {
	case tOperand:
		return n.operandMaker()
	case tCell:
		return func(f *fn, e *ir.Expr) *gox.Node { return f.load(e, n.typ) }
	case tPointer:
		return func(f *fn, e *ir.Expr) *gox.Node { return f.cellPointer(e, n.typ) }
	case tPlace:
		return func(f *fn, e *ir.Expr) *gox.Node { return f.place(e, n.text) }
	case tNeg:
		x := n.args[0].maker()
		return func(f *fn, e *ir.Expr) *gox.Node { return f.Neg(x(f, e)) }
	case tConv:
		x := n.args[0].maker()
		return func(f *fn, e *ir.Expr) *gox.Node { return f.Conv(n.typ, x(f, e)) }
	case tBinary:
		return n.binaryMaker()
	}
	makers := make([]maker, len(n.args))
	for i, a := range n.args {
		makers[i] = a.maker()
	}
	return func(f *fn, e *ir.Expr) *gox.Node {
		args := f.Nodes(len(makers))
		for i, x := range makers {
			args[i] = x(f, e)
		}
		return f.CallList(n.text, n.typ, args)
	}
}

// operandMaker makes an operand, of the signedness that the template asks for.
func (n *tnode) operandMaker() maker {
	if n.unsigned {
		return func(f *fn, e *ir.Expr) *gox.Node {
			x := f.numeric(e.Args[n.operand])
			return f.Conv(x.Type.Unsigned(), x)
		}
	}
	return func(f *fn, e *ir.Expr) *gox.Node {
		x := f.numeric(e.Args[n.operand])
		return f.Conv(x.Type.Signed(), x)
	}
}

// numeric makes e as a number of either sign.
func (f *fn) numeric(e *ir.Expr) *gox.Node {
	x := f.node(e)
	if x.Type == gox.Bool {
		return f.number(x)
	}
	return x
}

// signed reports whether the template takes an operand as a signed number.
func (n *tnode) signed() bool { return n.kind == tOperand && !n.unsigned }

func isUint32(x *gox.Node) bool { return x.Type == gox.Uint32 && x.Kind != gox.Literal }

// binaryMaker makes an operator; a literal of the template takes the type of the other side.
func (n *tnode) binaryMaker() maker {
	l, r := n.args[0], n.args[1]
	switch {
	case n.signless:
		return n.signlessMaker()
	case l.kind == tLit && r.kind == tLit:
		return func(f *fn, e *ir.Expr) *gox.Node {
			return f.Bin(n.op, f.Lit(gox.Uint64, l.bits), f.Lit(gox.Uint64, r.bits))
		}
	case l.kind == tBinary && l.args[0].kind == tLit: // 1<<31 beside something typed
		x, y := l.maker(), r.maker()
		return func(f *fn, e *ir.Expr) *gox.Node {
			y := y(f, e)
			return f.Bin(n.op, f.Lit(y.Type, x(f, e).Bits), y)
		}
	case r.kind == tBinary && r.args[0].kind == tLit:
		x, y := l.maker(), r.maker()
		return func(f *fn, e *ir.Expr) *gox.Node {
			x := x(f, e)
			return f.Bin(n.op, x, f.Lit(x.Type, y(f, e).Bits))
		}
	case r.kind == tLit:
		x := l.maker()
		return func(f *fn, e *ir.Expr) *gox.Node {
			x := x(f, e)
			return f.Bin(n.op, x, f.Lit(x.Type, r.bits))
		}
	case n.op == gox.Shl && l.signed():
		y := r.maker()
		return func(f *fn, e *ir.Expr) *gox.Node {
			x := f.numeric(e.Args[l.operand])
			if !isUint32(x) {
				x = f.Conv(x.Type.Signed(), x)
			}
			return f.Bin(n.op, x, y(f, e))
		}
	}
	x, y := l.maker(), r.maker()
	return func(f *fn, e *ir.Expr) *gox.Node {
		x := x(f, e)
		return f.Bin(n.op, x, y(f, e))
	}
}

// signlessMaker makes an operator that does not depend on the sign of its two operands: on unsigned ones if one is and has
// 32 bits.
func (n *tnode) signlessMaker() maker {
	l, r := n.args[0].operand, n.args[1].operand
	return func(f *fn, e *ir.Expr) *gox.Node {
		x, b := f.numeric(e.Args[l]), e.Args[r]
		t := x.Type.Signed()
		if isUint32(x) {
			t = gox.Uint32
		}
		if b.IsConst() {
			return f.Bin(n.op, f.Conv(t, x), f.valueAs(b, t))
		}
		y := f.numeric(b)
		if isUint32(y) {
			t = gox.Uint32
		}
		return f.Bin(n.op, f.Conv(t, x), f.Conv(t, y))
	}
}
