package gox

import (
	"bytes"
	"fmt"
	"go/format"
	"math/rand/v2"
	"testing"
)

// generator makes random trees of the kinds that the emitter makes.
type generator struct{ *rand.Rand }

var intOps = []Op{Add, Sub, Mul, Div, Rem, And, Or, Xor, Shl, Shr, AndNot}
var compareOps = []Op{Eq, Ne, Lt, Le, Gt, Ge}

func (g generator) ints(depth int) *Node {
	if depth == 0 {
		if g.IntN(3) == 0 {
			return Lit(Int32, g.Uint64N(200)-100)
		}
		return Name([]string{"a", "b", "l12"}[g.IntN(3)], Int32)
	}
	switch g.IntN(9) {
	case 0:
		return Conv(Int32, Conv(Uint32, g.ints(depth-1)))
	case 1:
		return Neg(g.ints(depth - 1))
	case 2:
		return CallFunc("f", Int32, g.ints(depth-1))
	case 3:
		return CallFunc("f", Int32, g.ints(depth-1), g.ints(depth-1))
	case 4:
		return Cell(Int32, NewBase("mb"), Conv(Uint64, g.ints(depth-1)))
	case 5:
		x := &Node{Kind: Index, Type: Int32, X: Name("m", Other), Args: []*Node{g.ints(depth - 1)}}
		if g.IntN(2) == 0 {
			x = CallFunc("g", Int32, &Node{Kind: Address, X: Name("m", Other), Args: []*Node{g.ints(depth - 1)}}, g.ints(depth-1))
		}
		return x
	case 6:
		return &Node{Kind: CallOf, Type: Int32, X: &Node{Kind: Assert, X: CallFunc("slot", Other, g.ints(depth-1)), Text: "func(int32) int32"}, Args: []*Node{g.ints(depth - 1)}}
	}
	return Bin(intOps[g.IntN(len(intOps))], g.ints(depth-1), g.ints(depth-1))
}

// TestPrintsAsGofmt prints random trees in the places where the emitter puts expressions; gofmt must change nothing.
func TestPrintsAsGofmt(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for i := range 5000 {
		x := g.ints(1 + g.IntN(5))
		c := Bin(compareOps[g.IntN(len(compareOps))], x, g.ints(g.IntN(3)))
		if g.IntN(2) == 0 {
			c = Not(c)
		}
		src := fmt.Appendf(nil, "package p\n\nfunc f() {\n\tx = %s\n\tif %s {\n\t\treturn %s, %s\n\t}\n\ta, b = %s, %s\n}\n",
			x, c, x, x, x.AppendDepth(nil, 2), x.AppendDepth(nil, 2))
		want, err := format.Source(src)
		if err != nil {
			t.Fatalf("tree %d: %v\n%s", i, err, src)
		}
		if !bytes.Equal(src, want) {
			t.Fatalf("tree %d prints as\n%s\ngofmt makes it\n%s", i, src, want)
		}
	}
}

// TestFolds: what Go would reject or compute otherwise is folded or written so that it is no constant expression.
func TestFolds(t *testing.T) {
	i32 := func(v int64) *Node { return Lit(Int32, uint64(v)) }
	a, wide := Name("a", Int32), Name("w", Int64)
	cases := map[string]*Node{
		"-2147483648":                      Bin(Add, i32(2147483647), i32(1)),
		"4294967295":                       Conv(Uint32, i32(-1)),
		"-1":                               Conv(Int8, i32(255)),
		"true":                             Bin(Lt, i32(-1), i32(0)),
		"false":                            Bin(Lt, Lit(Uint32, 0xffffffff), Lit(Uint32, 0)),
		"a - 1":                            Bin(Add, a, i32(-1)),
		"a + -2147483648":                  Bin(Add, a, i32(-2147483648)),
		"int32(1) << a":                    Bin(Shl, i32(1), a),
		"-3":                               Bin(Div, i32(7), i32(-2)),
		"1":                                Bin(Rem, i32(7), i32(-2)),
		"uint32(w)":                        Conv(Uint32, Conv(Int32, wide)),
		"uint32(a) + 24":                   Conv(Uint32, Bin(Add, Conv(Int64, a), Lit(Int64, 24))),
		"a >= 5":                           Not(Bin(Lt, a, i32(5))),
		"!(f < g)":                         Not(Bin(Lt, Name("f", Float64), Name("g", Float64))),
		"f == g":                           Not(Bin(Ne, Name("f", Float64), Name("g", Float64))),
		"float64(f*g) + f":                 Bin(Add, Bin(Mul, Name("f", Float64), Name("g", Float64)), Name("f", Float64)),
		"1.0":                              Lit(Float64, 0x3ff0000000000000),
		"0.1":                              Lit(Float32, 0x3dcccccd),
		"math.Float32frombits(2143289344)": Lit(Float32, 0x7fc00000),
		"math.Float64frombits(9223372036854775808)":          Lit(Float64, 1<<63),
		"math.Float64frombits(4591870180066957722) + 0.1":    Bin(Add, Lit(Float64, 0x3fb999999999999a), Lit(Float64, 0x3fb999999999999a)),
		"float32(math.Float64frombits(4591870180066957722))": Conv(Float32, Lit(Float64, 0x3fb999999999999a)),
	}
	for want, n := range cases {
		if got := n.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTerminating follows the list of terminating statements in the Go specification.
func TestTerminating(t *testing.T) {
	end := &Stmt{Text: "return\n", Ends: true}
	l := &JumpLabel{Name: "L", Used: true}
	yes := map[string]*Stmt{
		"return": end,
		"goto":   {Kind: Goto, Label: l},
		"if":     {Kind: If, Body: []*Stmt{end}, Else: []*Stmt{end}},
		"for":    {Kind: For, Body: []*Stmt{{Kind: Continue}}},
		"nested": {Kind: For, Body: []*Stmt{{Kind: Switch, Body: []*Stmt{{Kind: Case, Body: []*Stmt{{Kind: Break}}}}}}},
		"switch": {Kind: Switch, Body: []*Stmt{{Kind: Case, Text: "1", Fallthrough: true}, {Kind: Case, Body: []*Stmt{end}}}},
	}
	no := map[string]*Stmt{
		"line":             {Text: "x()\n"},
		"if without else":  {Kind: If, Body: []*Stmt{end}},
		"for with a break": {Kind: For, Broken: true, Body: []*Stmt{{Kind: If, Body: []*Stmt{{Kind: Break}}}}},
		"labelled break":   {Kind: For, Label: l, Broken: true, Body: []*Stmt{{Kind: For, Body: []*Stmt{{Kind: Break, Label: l}}}}},
		"condition":        {Kind: For, Cond: Name("c", Bool)},
		"no default":       {Kind: Switch, Body: []*Stmt{{Kind: Case, Text: "1", Body: []*Stmt{end}}}},
		"switch break":     {Kind: Switch, Broken: true, Body: []*Stmt{{Kind: Case, Body: []*Stmt{{Kind: Break}}}}},
		"label":            {Kind: LabelHere, Label: l},
	}
	for name, s := range yes {
		if !Terminating([]*Stmt{s}) {
			t.Errorf("%s does not count as terminating", name)
		}
	}
	for name, s := range no {
		if Terminating([]*Stmt{s}) {
			t.Errorf("%s counts as terminating", name)
		}
	}
}
