package gox

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
)

// word is a text of up to eight bytes. Most of what is printed is that short, and appending it so takes a store instead of a
// call.
type word struct {
	bits uint64
	size uint8
}

const maxWord = 8

func wordOf(text string) word {
	var b [maxWord]byte
	return word{size: uint8(copy(b[:], text)), bits: binary.LittleEndian.Uint64(b[:])}
}

func (w word) append(b []byte) []byte {
	n := len(b) + int(w.size)
	return binary.LittleEndian.AppendUint64(b, w.bits)[:n]
}

// numbers are the smallest integers, padded those with three digits.
var numbers, padded = func() (list, padded [1000]word) {
	for i := range list {
		list[i], padded[i] = wordOf(strconv.Itoa(i)), wordOf(fmt.Sprintf("%03d", i))
	}
	return list, padded
}()

// AppendUint writes x in decimal.
func AppendUint(b []byte, x uint64) []byte {
	switch {
	case x < 1e3:
		return numbers[x].append(b)
	case x < 1e6:
		return padded[x%1e3].append(numbers[x/1e3].append(b))
	case x < 1e9:
		return padded[x%1e3].append(padded[x/1e3%1e3].append(numbers[x/1e6].append(b)))
	}
	return strconv.AppendUint(b, x, 10)
}

const (
	unaryPrec   = 6
	highestPrec = 7
)

// Append prints n as gofmt prints an expression of its own.
func (n *Node) Append(b []byte) []byte { return n.append(b, 1) }

// AppendDepth prints n as gofmt prints it inside depth levels of lists (see go/printer).
func (n *Node) AppendDepth(b []byte, depth int) []byte { return n.append(b, depth) }

// String prints n.
func (n *Node) String() string { return string(n.Append(nil)) }

func (n *Node) append(b []byte, depth int) []byte { return n.expr(b, 0, depth) }

// negative reports whether n prints with a leading minus, which makes it a unary expression.
func (n *Node) negative() bool {
	switch {
	case n.Kind != Literal:
		return false
	case n.Type.IsSigned():
		return int64(n.Bits) < 0
	case n.Type == Float64:
		return n.Bits>>63 != 0 && n.Bits<<1 != 0 && n.Bits<<1 < 0xffe<<52
	case n.Type == Float32:
		return n.Bits>>31 != 0 && n.Bits<<33 != 0 && n.Bits<<33 < 0x1fe<<55
	}
	return false
}

// expr prints n where operators of precedence below prec1 need parentheses. It follows go/printer's expr1.
func (n *Node) expr(b []byte, prec1, depth int) []byte { return printers[n.Kind](n, b, prec1, depth) }

// printers are expr by kind.
var printers [Convert + 1]func(n *Node, b []byte, prec1, depth int) []byte

func init() {
	printers = [...]func(n *Node, b []byte, prec1, depth int) []byte{
		Atom: (*Node).atom, Literal: (*Node).literal, Binary: (*Node).binary, Unary: (*Node).unary, Call: (*Node).call,
		CallOf: (*Node).callOf, Index: (*Node).index, Address: (*Node).address, Star: (*Node).star, Assert: (*Node).assert,
		Convert: (*Node).conversion,
	}
}

func (n *Node) atom(b []byte, _, _ int) []byte {
	if n.size != 0 {
		return word{n.Bits, n.size}.append(b)
	}
	return append(b, n.Text...)
}

func (n *Node) unary(b []byte, _, depth int) []byte {
	return n.X.expr(append(b, n.Op.String()...), unaryPrec, depth)
}

func (n *Node) call(b []byte, _, depth int) []byte {
	return appendArgs(append(b, n.Text...), n.Args, depth)
}

func (n *Node) callOf(b []byte, _, depth int) []byte {
	return appendArgs(n.X.expr(b, highestPrec, depth), n.Args, depth)
}

func (n *Node) conversion(b []byte, _, depth int) []byte {
	return append(n.X.expr(conversions[n.Type].append(b), 0, depth), ')')
}

func (n *Node) assert(b []byte, _, depth int) []byte {
	b = append(n.X.expr(b, highestPrec, depth), ".("...)
	return append(append(b, n.Text...), ')')
}

func (n *Node) address(b []byte, prec1, depth int) []byte {
	return n.index(append(b, '&'), prec1, depth)
}

func appendArgs(b []byte, args []*Node, depth int) []byte {
	if len(args) > 1 {
		depth++
	}
	b = append(b, '(')
	for i, a := range args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = a.expr(b, 0, depth)
	}
	return append(b, ')')
}

// index prints x[i].
func (n *Node) index(b []byte, _, depth int) []byte {
	b = append(n.X.expr(b, highestPrec, 1), '[')
	return append(n.Args[0].expr(b, 0, depth+1), ']')
}

func (n *Node) star(b []byte, prec1, depth int) []byte {
	if unaryPrec < prec1 {
		return append(n.star(append(b, '('), 0, depth), ')')
	}
	return append(n.X.expr(append(b, n.base[n.Type]...), 0, 2), "))"...)
}

func (n *Node) binary(b []byte, prec1, depth int) []byte {
	op := &ops[n.Op]
	prec := int(op.prec)
	if prec < prec1 {
		b = append(b, '(')
		b = n.binary(b, 0, max(depth-1, 1))
		return append(b, ')')
	}
	left := depth + 1
	if n.X.Kind == Binary && ops[n.X.Op].prec == op.prec {
		left = depth
	}
	b = n.X.expr(b, prec, left)
	if prec < n.mix.cutoff(depth) {
		return n.Y.expr(op.spaced.append(b), prec+1, depth+1)
	}
	b = op.word.append(b)
	at := len(b)
	b = n.Y.expr(b, prec+1, depth+1)
	if n.Op == Sub && b[at] == '-' { // two minus signs would become one token
		b = slices.Insert(b, at, ' ')
	}
	return b
}

// mix says which levels of operators a Binary mixes outside parentheses, and whether two of them would run together without
// a space (go/printer's walkBinary).
type mix uint8

const (
	has4 mix = 1 << iota
	has5
	problem4
	problem5
)

// cutoff is the precedence from which on operators have no blanks around them.
func (m mix) cutoff(depth int) int {
	switch {
	case m&problem5 != 0:
		return 6
	case m&problem4 != 0:
		return 5
	case depth != 1:
		return 4
	case m&(has4|has5) == has4|has5:
		return 5
	}
	return 6
}

// mixOf is the mix of x op y.
func mixOf(op Op, x, y *Node) (m mix) {
	prec := ops[op].prec
	switch prec {
	case 4:
		m = has4
	case 5:
		m = has5
	}
	if x.Kind == Binary && ops[x.Op].prec >= prec {
		m |= x.mix
	}
	switch {
	case y.Kind == Binary && ops[y.Op].prec > prec:
		m |= y.mix
	case y.Kind == Star && op == Div:
		m |= problem5
	case op == Sub && (y.Kind == Unary && y.Op == Minus || y.negative()):
		m |= problem4
	}
	return m
}
