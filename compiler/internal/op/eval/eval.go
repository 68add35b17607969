// Package eval computes what an instruction on integers yields, by interpreting the Go expression of its row: the
// meaning of an instruction is written once.
package eval

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// Apply returns the result of an instruction whose operands and result are integers. Operands are in the bits of an
// i64, those of type i32 in either extension; a result of type i32 is sign-extended. ok is false if the instruction
// traps or if its row is not such an expression.
func Apply(c op.Code, args ...uint64) (result uint64, ok bool) {
	p := programs()[c]
	if p == nil || len(args) != len(p.params) {
		return 0, false
	}
	s := state{args: args}
	x := p.result.wrap(p.body.run(&s))
	return x, !s.trapped
}

// program is a row, compiled.
type program struct {
	params string
	result typ
	body   code
}

// state is one evaluation.
type state struct {
	args    []uint64
	trapped bool
}

// code is an expression of a type. run yields the value extended to 64 bits as its type says.
type code struct {
	typ typ
	run func(*state) uint64
}

// typ is an integer type of Go or bool. A literal has type untyped until it meets another operand.
type typ struct {
	bits   uint8
	signed bool
}

var (
	untyped = typ{64, true}
	boolean = typ{1, false}
	// letters are the types of integers in signatures, in their signed view.
	letters = map[byte]typ{'i': {32, true}, 'I': {64, true}}
	// types are the conversions that rows use.
	types = map[string]typ{
		"int": {64, true}, "int8": {8, true}, "int16": {16, true}, "int32": {32, true}, "int64": {64, true},
		"uint": {64, false}, "uint8": {8, false}, "uint16": {16, false}, "uint32": {32, false}, "uint64": {64, false},
	}
)

// wrap reduces x to the type and extends it to 64 bits again.
func (t typ) wrap(x uint64) uint64 {
	shift := 64 - t.bits
	if t.signed {
		return uint64(int64(x<<shift) >> shift)
	}
	return x << shift >> shift
}

// programs holds a program for each row on integers, made at the first use.
var programs = sync.OnceValue(func() map[op.Code]*program {
	m := map[op.Code]*program{}
	for _, o := range op.All() {
		if isInteger(o) {
			m[o.Code] = compile(o)
		}
	}
	return m
})

// isInteger reports whether operands and result of the row are integers and nothing else counts.
func isInteger(o *op.Op) bool {
	return o.Go != "" && o.Imm == "" && len(o.Results()) == 1 && strings.Trim(o.Params()+o.Results(), "iI") == ""
}

var operand = regexp.MustCompile(`([$%])(\d)`)

// compile panics if the row is beyond this package: the table is fixed and every test meets the panic.
func compile(o *op.Op) *program {
	src := strings.TrimPrefix(strings.TrimPrefix(o.Go, "u "), "b ")
	src = operand.ReplaceAllStringFunc(src, func(s string) string {
		return map[byte]string{'$': "s", '%': "u"}[s[0]] + s[1:]
	})
	x, err := parser.ParseExpr(src)
	if err != nil {
		panic(fmt.Sprintf("op: %s: %q: %v", o.Name, o.Go, err))
	}
	c := compiler{o}
	return &program{params: o.Params(), result: letters[o.Results()[0]], body: c.expr(x)}
}

type compiler struct{ o *op.Op }

func (c compiler) fail(what any) {
	panic(fmt.Sprintf("op: %s: %q: %v can not be evaluated", c.o.Name, c.o.Go, what))
}

func (c compiler) expr(x ast.Expr) code {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return c.expr(x.X)
	case *ast.Ident:
		return c.operand(x.Name)
	case *ast.BasicLit:
		v, err := strconv.ParseUint(x.Value, 0, 64)
		if err != nil {
			c.fail(x.Value)
		}
		return code{untyped, func(*state) uint64 { return v }}
	case *ast.UnaryExpr:
		return c.negation(x)
	case *ast.BinaryExpr:
		return c.binary(x)
	case *ast.CallExpr:
		return c.call(x)
	}
	c.fail(fmt.Sprintf("%T", x))
	return code{}
}

// operand is s0 (signed view) or u0.
func (c compiler) operand(name string) code {
	i := int(name[1] - '0')
	t := letters[c.o.Params()[i]]
	t.signed = name[0] == 's'
	return code{t, func(s *state) uint64 { return t.wrap(s.args[i]) }}
}

func (c compiler) negation(x *ast.UnaryExpr) code {
	if x.Op != token.SUB {
		c.fail(x.Op)
	}
	y := c.expr(x.X)
	return code{y.typ, func(s *state) uint64 { return y.typ.wrap(-y.run(s)) }}
}

// binaries are the operators; their operands have the type of the result, shifts aside.
var binaries = map[token.Token]func(s *state, t typ, x, y uint64) uint64{
	token.ADD:     func(_ *state, _ typ, x, y uint64) uint64 { return x + y },
	token.SUB:     func(_ *state, _ typ, x, y uint64) uint64 { return x - y },
	token.MUL:     func(_ *state, _ typ, x, y uint64) uint64 { return x * y },
	token.AND:     func(_ *state, _ typ, x, y uint64) uint64 { return x & y },
	token.OR:      func(_ *state, _ typ, x, y uint64) uint64 { return x | y },
	token.XOR:     func(_ *state, _ typ, x, y uint64) uint64 { return x ^ y },
	token.AND_NOT: func(_ *state, _ typ, x, y uint64) uint64 { return x &^ y },
	token.SHL:     func(_ *state, _ typ, x, y uint64) uint64 { return x << y },
	token.SHR:     shiftRight,
	token.QUO:     quotient,
	token.REM:     remainder,
}

func shiftRight(_ *state, t typ, x, y uint64) uint64 {
	if t.signed {
		return uint64(int64(x) >> y)
	}
	return x >> y
}

func quotient(s *state, t typ, x, y uint64) uint64 {
	switch {
	case y == 0:
		s.trapped = true
		return 0
	case t.signed:
		return uint64(int64(x) / int64(y))
	}
	return x / y
}

func remainder(s *state, t typ, x, y uint64) uint64 {
	switch {
	case y == 0:
		s.trapped = true
		return 0
	case t.signed:
		return uint64(int64(x) % int64(y))
	}
	return x % y
}

// comparisons say for which signs of x - y an operator holds.
var comparisons = map[token.Token][3]bool{ // less, equal, greater
	token.EQL: {1: true}, token.NEQ: {0: true, 2: true}, token.LSS: {0: true}, token.LEQ: {0: true, 1: true},
	token.GTR: {2: true}, token.GEQ: {1: true, 2: true},
}

func (c compiler) binary(x *ast.BinaryExpr) code {
	l, r := c.expr(x.X), c.expr(x.Y)
	t := l.typ
	if t == untyped && x.Op != token.SHL && x.Op != token.SHR {
		t = r.typ
	}
	if holds, ok := comparisons[x.Op]; ok {
		return comparison(t, holds, l.run, r.run)
	}
	f := binaries[x.Op]
	if f == nil {
		c.fail(x.Op)
	}
	return code{t, func(s *state) uint64 { return t.wrap(f(s, t, l.run(s), r.run(s))) }}
}

func comparison(t typ, holds [3]bool, l, r func(*state) uint64) code {
	var flip uint64
	if t.signed {
		flip = 1 << 63 // turns the order of signed numbers into that of unsigned ones
	}
	return code{boolean, func(s *state) uint64 {
		x, y := l(s)^flip, r(s)^flip
		switch {
		case x < y:
			return truth(holds[0])
		case x == y:
			return truth(holds[1])
		}
		return truth(holds[2])
	}}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// call is a conversion or a call of one of the functions.
func (c compiler) call(x *ast.CallExpr) code {
	var args []code
	for _, a := range x.Args {
		args = append(args, c.expr(a))
	}
	if id, ok := x.Fun.(*ast.Ident); ok {
		t, ok := types[id.Name]
		if !ok || len(args) != 1 {
			c.fail(id.Name)
		}
		return code{t, func(s *state) uint64 { return t.wrap(args[0].run(s)) }}
	}
	sel, ok := x.Fun.(*ast.SelectorExpr)
	if !ok {
		c.fail(fmt.Sprintf("%T", x.Fun))
	}
	f, ok := functions[fmt.Sprint(sel.X)+"."+sel.Sel.Name]
	if !ok || len(args) != f.arity {
		c.fail(sel.Sel.Name)
	}
	return code{f.typ, func(s *state) uint64 {
		values := [2]uint64{}
		for i, a := range args {
			values[i] = a.run(s)
		}
		return f.typ.wrap(f.run(s, values[0], values[1]))
	}}
}
