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
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// template is a row's Go expression, parsed. For a store, lhs is the cell and expr the value.
type template struct {
	expr *tnode
	cell gox.Type // of the cell in a load or store
	view gox.Type // Go type of the result; Other for none
}

// tnode is a node of a template.
type tnode struct {
	kind     tkind
	operand  int
	unsigned bool
	typ      gox.Type
	text     string
	bits     uint64
	args     []*tnode
}

type tkind uint8

const (
	tOperand tkind = iota
	tCell
	tLit
	tBinary
	tNeg
	tConv
	tCall
)

var templates sync.Map // op.Code -> *template

func templateOf(o *op.Op) *template {
	if t, ok := templates.Load(o.Code); ok {
		return t.(*template)
	}
	t := parseTemplate(o)
	templates.Store(o.Code, t)
	return t
}

// resultTypes are the Go types of value letters.
var resultTypes = map[byte]gox.Type{'i': gox.Int32, 'I': gox.Int64, 'f': gox.Float32, 'F': gox.Float64}

var (
	operandRE = regexp.MustCompile(`([$%])(\d)`)
	cellRE    = regexp.MustCompile(`@(\w+)`)
)

// parseTemplate parses the Go of a row; the table is fixed, so a fault in it is a panic that every test meets.
func parseTemplate(o *op.Op) *template {
	t := &template{}
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
	if lhs, rhs, ok := strings.Cut(src, " = "); ok {
		src = rhs
		t.cell, _ = gox.TypeByName(strings.TrimPrefix(lhs, "cell_"))
	}
	x, err := parser.ParseExpr(src)
	if err != nil {
		panic(fmt.Sprintf("op: %s: %q: %v", o.Name, o.Go, err))
	}
	t.expr = t.node(o, x)
	return t
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
		return &tnode{kind: tBinary, text: x.Op.String(), args: []*tnode{t.node(o, x.X), t.node(o, x.Y)}}
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
		n.typ = callTypes[n.text]
		if n.typ == gox.Other {
			n.typ = t.view
		}
	}
	return n
}

// callTypes are the result types of functions in templates whose result is converted further.
var callTypes = map[string]gox.Type{
	"bits.LeadingZeros32": gox.Int, "bits.LeadingZeros64": gox.Int, "bits.TrailingZeros32": gox.Int,
	"bits.TrailingZeros64": gox.Int, "bits.OnesCount32": gox.Int, "bits.OnesCount64": gox.Int,
	"math.Float32bits": gox.Uint32, "math.Float64bits": gox.Uint64, "math.Ceil": gox.Float64, "math.Floor": gox.Float64,
	"math.Trunc": gox.Float64, "math.RoundToEven": gox.Float64, "math.Sqrt": gox.Float64,
}

// expand fills the template. operand returns operand i in its natural form, cell the memory cell of a type.
func (n *tnode) expand(operand func(i int) *gox.Node, cell func(gox.Type) *gox.Node) *gox.Node {
	switch n.kind {
	case tOperand:
		x := operand(n.operand)
		if x.Type == gox.Bool {
			x = gox.CallFunc("rt.B2I", gox.Int32, x)
		}
		if n.unsigned {
			return gox.Conv(x.Type.Unsigned(), x)
		}
		return gox.Conv(x.Type.Signed(), x)
	case tCell:
		return cell(n.typ)
	case tNeg:
		return gox.Neg(n.args[0].expand(operand, cell))
	case tConv:
		return gox.Conv(n.typ, n.args[0].expand(operand, cell))
	case tBinary:
		return n.binary(operand, cell)
	}
	args := make([]*gox.Node, len(n.args))
	for i, a := range n.args {
		args[i] = a.expand(operand, cell)
	}
	return gox.CallFunc(n.text, n.typ, args...)
}

// binary expands an operator; a literal of the template takes the type of the other side.
func (n *tnode) binary(operand func(i int) *gox.Node, cell func(gox.Type) *gox.Node) *gox.Node {
	l, r := n.args[0], n.args[1]
	var x, y *gox.Node
	switch {
	case l.kind == tLit && r.kind == tLit:
		x, y = gox.Lit(gox.Uint64, l.bits), gox.Lit(gox.Uint64, r.bits)
	case l.kind == tBinary && l.args[0].kind == tLit: // 1<<31 beside something typed
		y = r.expand(operand, cell)
		x = gox.Lit(y.Type, l.expand(operand, cell).Bits)
	case r.kind == tBinary && r.args[0].kind == tLit:
		x = l.expand(operand, cell)
		y = gox.Lit(x.Type, r.expand(operand, cell).Bits)
	case r.kind == tLit:
		x = l.expand(operand, cell)
		y = gox.Lit(x.Type, r.bits)
	default:
		x, y = l.expand(operand, cell), r.expand(operand, cell)
	}
	return gox.Bin(n.text, x, y)
}
