// Package gox holds small trees of typed Go expressions and prints them exactly as gofmt would, with no parenthesis
// that Go's precedence does not need.
//
// Constructors fold what Go would reject or compute differently: operators on two literals, conversions of literals
// that do not fit, and conversions that change nothing.
package gox

import (
	"fmt"
	"math"
	"strconv"
)

// Type is the Go type of an expression, as far as the emitter must know it.
type Type uint8

// The types. Other is any type that takes no part in arithmetic.
const (
	Other Type = iota
	Bool
	Int8
	Uint8
	Int16
	Uint16
	Int32
	Uint32
	Int64
	Uint64
	Int
	Float32
	Float64
)

var typeNames = [...]string{"other", "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "int",
	"float32", "float64"}

var typesByName = func() map[string]Type {
	m := map[string]Type{}
	for t := Bool; t <= Float64; t++ {
		m[typeNames[t]] = t
	}
	return m
}()

// TypeByName returns the type a Go identifier names.
func TypeByName(name string) (Type, bool) {
	t, ok := typesByName[name]
	return t, ok
}

// String returns the Go name of the type.
func (t Type) String() string { return typeNames[t] }

var typeBits = [...]uint8{Other: 64, Bool: 64, Int8: 8, Uint8: 8, Int16: 16, Uint16: 16, Int32: 32, Uint32: 32, Int64: 64,
	Uint64: 64, Int: 64, Float32: 32, Float64: 64}

// Bits is the width of an integer or float type.
func (t Type) Bits() int { return int(typeBits[t]) }

// IsInt reports whether t is an integer type.
func (t Type) IsInt() bool { return t >= Int8 && t <= Int }

// IsSigned reports whether t is a signed integer type.
func (t Type) IsSigned() bool { return 1<<t&(1<<Int8|1<<Int16|1<<Int32|1<<Int64|1<<Int) != 0 }

// IsFloat reports whether t is a float type.
func (t Type) IsFloat() bool { return t == Float32 || t == Float64 }

// Signed and Unsigned return the integer type of t's width with that signedness.
func (t Type) Signed() Type {
	if t.IsInt() && !t.IsSigned() {
		return t - 1
	}
	return t
}

// Unsigned returns the unsigned integer type of t's width.
func (t Type) Unsigned() Type {
	if t.IsSigned() && t != Int {
		return t + 1
	}
	return t
}

// Kind is the syntactic kind of a node.
type Kind uint8

// The kinds of nodes.
const (
	Atom    Kind = iota // Text: identifier, selector, or any primary expression
	Literal             // Bits, of Type
	Binary              // X Op Y
	Unary               // Op X
	Call                // Text(Args...); also conversions
	CallOf              // X(Args...)
	Index               // X[Args[0]]
	Address             // &X[Args[0]]
	Star                // *(*Type)(unsafe.Add(base, X))
	Assert              // X.(Text)
	Convert             // Type(X)
)

// Node is an expression; Kind says which of the fields behind Type count.
type Node struct {
	Kind Kind
	Type Type
	Op   Op
	mix  mix   // of a Binary
	size uint8 // of an Atom: not 0 if Bits are those of Text as a word
	Text string
	Bits uint64
	X, Y *Node
	Args []*Node
	base *Base
}

// Name makes an atom.
func (ar *Arena) Name(text string, t Type) *Node {
	n := ar.Node(Atom, t)
	n.Text = text
	return n
}

// Lit makes a literal of type t: the value of an integer in two's complement, the bits of a float.
func (ar *Arena) Lit(t Type, bits uint64) *Node {
	n := ar.Node(Literal, t)
	n.Bits = truncate(t, bits)
	return n
}

// truncate brings an integer to the width of t, sign- or zero-extended to 64 bits.
func truncate(t Type, bits uint64) uint64 {
	switch t {
	case Int8:
		return uint64(int64(int8(bits)))
	case Int16:
		return uint64(int64(int16(bits)))
	case Int32:
		return uint64(int64(int32(bits)))
	case Uint8:
		return uint64(uint8(bits))
	case Uint16:
		return uint64(uint16(bits))
	case Uint32, Float32:
		return uint64(uint32(bits))
	}
	return bits
}

// CallFunc makes a call of the function or builtin named by text. It copies args.
func (ar *Arena) CallFunc(text string, t Type, args ...*Node) *Node {
	return ar.CallList(text, t, ar.List(args...))
}

// CallList is CallFunc that keeps args.
func (ar *Arena) CallList(text string, t Type, args []*Node) *Node {
	n := ar.Node(Call, t)
	n.Text, n.Args = text, args
	return n
}

// Conv converts x to t; what needs no conversion gets none.
func (ar *Arena) Conv(t Type, x *Node) *Node {
	if x.Type == t {
		return x
	}
	return ar.conv(t, x)
}

func (ar *Arena) conv(t Type, x *Node) *Node {
	switch x.Kind {
	case Literal:
		return ar.convLit(t, x)
	case Convert:
		if t.IsInt() && x.Type.IsInt() && x.X.Type.IsInt() && t.Bits() <= x.Type.Bits() {
			return ar.Conv(t, x.X) // the inner conversion does not change the low bits that are kept
		}
	case Binary:
		return ar.convBinary(t, x)
	case Star:
		if t.IsInt() && t.Bits() == x.Type.Bits() { // a memory cell read with the other signedness
			return ar.Cell(t, x.base, x.X)
		}
	}
	return ar.convert(t, x)
}

// convLit converts a literal.
func (ar *Arena) convLit(t Type, x *Node) *Node {
	switch {
	case x.Type.IsInt() && t.IsInt():
		return ar.Lit(t, x.Bits)
	case x.Type.IsInt() && t.IsFloat():
		return ar.floatLit(t, x)
	}
	return ar.convert(t, ar.Runtime(x))
}

// convBinary converts the result of an operator, or its operands.
func (ar *Arena) convBinary(t Type, x *Node) *Node {
	switch {
	case narrows(t, x):
		return ar.Bin(x.Op, ar.Conv(t, x.X), ar.Conv(t, x.Y))
	case signless(t, x):
		y := x.Y
		if x.Op != Shl {
			y = ar.Conv(t, y)
		}
		return ar.Bin(x.Op, ar.Conv(t, x.X), y)
	}
	return ar.convert(t, x)
}

func (ar *Arena) convert(t Type, x *Node) *Node {
	n := ar.Node(Convert, t)
	n.X = x
	return n
}

// floatLit is an integer literal as a float: a literal too, so that Bin sees that it is a constant.
func (ar *Arena) floatLit(t Type, x *Node) *Node {
	switch {
	case t == Float32 && x.Type.IsSigned():
		return ar.Lit(t, uint64(math.Float32bits(float32(int64(x.Bits)))))
	case t == Float32:
		return ar.Lit(t, uint64(math.Float32bits(float32(x.Bits))))
	case x.Type.IsSigned():
		return ar.Lit(t, math.Float64bits(float64(int64(x.Bits))))
	}
	return ar.Lit(t, math.Float64bits(float64(x.Bits)))
}

// narrows reports whether a 64-bit operation whose result is cut to 32 bits may as well be done in 32: its low bits
// depend on the low bits of the operands only, and those are 32-bit values or literals.
func narrows(t Type, x *Node) bool {
	return ops[x.Op].low && t.IsInt() && t.Bits() == 32 && x.Type.IsInt() && x.Type.Bits() == 64 && narrow(x.X) && narrow(x.Y)
}

func narrow(x *Node) bool {
	return x.Kind == Literal || x.Kind == Convert && x.X.Type.IsInt() && x.X.Type.Bits() == 32
}

// signless reports whether x is a signed 32-bit operation, to be read as unsigned, that may as well be done on unsigned
// operands. The Go compiler knows then that the upper half of the register is zero.
// The other way around it reads better if an operand is signed itself.
func signless(t Type, x *Node) bool {
	switch {
	case !x.Op.Signless() && x.Op != Shl:
		return false
	case t == Int32 && x.Type == Uint32:
		return x.Op != Shl && (wasSigned(x.X) || wasSigned(x.Y))
	}
	return t == Uint32 && x.Type == Int32
}

func wasSigned(x *Node) bool { return x.Kind == Convert && x.Type == Uint32 && x.X.Type == Int32 }

// Cell is the memory cell of type t at an offset from base.
func (ar *Arena) Cell(t Type, base *Base, offset *Node) *Node {
	n := ar.Node(Star, t)
	n.base, n.X = base, offset
	return n
}

// Runtime makes a float literal an expression that is no Go constant: Go computes with constants exactly, WebAssembly
// does not.
func (ar *Arena) Runtime(x *Node) *Node {
	if x.Kind != Literal || !x.Type.IsFloat() {
		return x
	}
	return ar.CallFunc(fmt.Sprintf("math.Float%dfrombits", x.Type.Bits()), x.Type, ar.Lit(uintOf(x.Type), x.Bits))
}

func uintOf(t Type) Type {
	if t.Bits() == 32 {
		return Uint32
	}
	return Uint64
}

// Bin makes x op y. Operands have one type but for shifts.
func (ar *Arena) Bin(op Op, x, y *Node) *Node {
	t := x.Type
	if op.Prec() == 3 {
		t = Bool
	}
	if x.Kind == Literal {
		if y.Kind == Literal {
			if x.Type.IsInt() {
				if n := ar.foldInt(op, x, y); n != nil {
					return n
				}
			}
			x = ar.Runtime(x)
		}
		if x.Kind == Literal && (op == Shl || op == Shr) {
			x = ar.convert(x.Type, x) // an untyped constant would take its type from the context
		}
	}
	if t.IsFloat() && (op == Add || op == Sub) {
		x, y = ar.rounded(x), ar.rounded(y)
	}
	if y.Kind == Literal && y.Type.IsInt() {
		op, y = ar.plainest(op, y)
	}
	return ar.binary(op, t, x, y)
}

func (ar *Arena) binary(op Op, t Type, x, y *Node) *Node {
	n := ar.Node(Binary, t)
	n.Op, n.X, n.Y, n.mix = op, x, y, mixOf(op, x, y)
	return n
}

// plainest writes x + -8 as x - 8, and x & 0xfffffff8 as x &^ 7.
func (ar *Arena) plainest(op Op, y *Node) (Op, *Node) {
	large := y.Type.IsSigned() && y.negative() || y.Type == Uint32 && y.Bits > math.MaxInt32
	if !large {
		return op, y
	}
	switch minus := truncate(y.Type, -y.Bits); {
	case op == Add && minus != y.Bits:
		return Sub, ar.Lit(y.Type, minus)
	case op == Sub && minus != y.Bits:
		return Add, ar.Lit(y.Type, minus)
	case op == And && y.Type == Uint32:
		return AndNot, ar.Lit(y.Type, ^y.Bits)
	}
	return op, y
}

// rounded puts a conversion around a float product, without which Go may fuse it with the addition it stands in.
func (ar *Arena) rounded(x *Node) *Node {
	if x.Kind == Binary && x.Op == Mul {
		return ar.convert(x.Type, x)
	}
	return x
}

// foldInt computes x op y, or returns nil for a division by zero.
func (ar *Arena) foldInt(op Op, x, y *Node) *Node {
	t, a, b := x.Type, x.Bits, y.Bits
	less := a < b
	if t.IsSigned() {
		less = int64(a) < int64(b)
	}
	switch op {
	case Add:
		return ar.Lit(t, a+b)
	case Sub:
		return ar.Lit(t, a-b)
	case Mul:
		return ar.Lit(t, a*b)
	case And:
		return ar.Lit(t, a&b)
	case Or:
		return ar.Lit(t, a|b)
	case Xor:
		return ar.Lit(t, a^b)
	case AndNot:
		return ar.Lit(t, a&^b)
	case Shl:
		return ar.Lit(t, a<<b)
	case Shr:
		if t.IsSigned() {
			return ar.Lit(t, uint64(int64(a)>>b))
		}
		return ar.Lit(t, a>>b)
	case Eq:
		return ar.boolLit(a == b)
	case Ne:
		return ar.boolLit(a != b)
	case Lt:
		return ar.boolLit(less)
	case Ge:
		return ar.boolLit(!less)
	case Gt:
		return ar.boolLit(!less && a != b)
	case Le:
		return ar.boolLit(less || a == b)
	}
	return ar.foldDiv(op, t, a, b)
}

func (ar *Arena) foldDiv(op Op, t Type, a, b uint64) *Node {
	switch {
	case b == 0:
		return nil
	case t.IsSigned() && int64(b) == -1: // a / -1 overflows for the least a
		if op == Rem {
			return ar.Lit(t, 0)
		}
		return nil
	case t.IsSigned() && op == Div:
		return ar.Lit(t, uint64(int64(a)/int64(b)))
	case t.IsSigned():
		return ar.Lit(t, uint64(int64(a)%int64(b)))
	case op == Div:
		return ar.Lit(t, a/b)
	}
	return ar.Lit(t, a%b)
}

func (ar *Arena) boolLit(v bool) *Node {
	if v {
		return ar.Lit(Bool, 1)
	}
	return ar.Lit(Bool, 0)
}

// Neg makes -x.
func (ar *Arena) Neg(x *Node) *Node {
	if x.Kind == Literal && x.Type.IsInt() {
		return ar.Lit(x.Type, -x.Bits)
	}
	if x.Kind == Unary && x.Op == Minus {
		return x.X
	}
	return ar.unary(Minus, x)
}

// Not negates a bool. Only == and != invert for floats: comparisons with NaN are false both ways.
func (ar *Arena) Not(x *Node) *Node {
	switch x.Kind {
	case Literal:
		return ar.boolLit(x.Bits == 0)
	case Binary:
		if op := ops[x.Op].inverse; op != 0 && (!x.X.Type.IsFloat() || op == Eq || op == Ne) {
			return ar.binary(op, Bool, x.X, x.Y)
		}
	case Unary:
		if x.Op == Complement {
			return x.X
		}
	}
	return ar.unary(Complement, x)
}

func (ar *Arena) unary(op Op, x *Node) *Node {
	n := ar.Node(Unary, x.Type)
	n.Op, n.X = op, x
	return n
}

// literal prints a literal.
func (n *Node) literal(b []byte, _, _ int) []byte {
	switch {
	case n.Type.IsInt() && n.Bits < uint64(len(numbers)): // most
		return numbers[n.Bits].append(b)
	case n.Type.IsInt() && (int64(n.Bits) >= 0 || !n.Type.IsSigned()):
		return AppendUint(b, n.Bits)
	case n.Type.IsInt():
		return AppendUint(append(b, '-'), -n.Bits)
	case n.Type == Bool:
		return strconv.AppendBool(b, n.Bits != 0)
	}
	f := math.Float64frombits(n.Bits)
	if n.Type == Float32 {
		f = float64(math.Float32frombits(uint32(n.Bits)))
	}
	if f != f || math.IsInf(f, 0) || f == 0 && math.Signbit(f) {
		return (*Arena)(nil).Runtime(n).append(b, 1)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, n.Type.Bits())
	for _, c := range b[start:] {
		if c == '.' || c == 'e' {
			return b
		}
	}
	return append(b, ".0"...)
}
