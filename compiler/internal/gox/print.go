package gox

import "slices"

// Prec returns the precedence of a binary operator, 0 for anything else.
func Prec(op string) int {
	switch op {
	case "*", "/", "%", "<<", ">>", "&", "&^":
		return 5
	case "+", "-", "|", "^":
		return 4
	case "==", "!=", "<", "<=", ">", ">=":
		return 3
	case "&&":
		return 2
	case "||":
		return 1
	}
	return 0
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
func (n *Node) expr(b []byte, prec1, depth int) []byte {
	switch n.Kind {
	case Atom:
		return append(b, n.Text...)
	case Literal:
		return n.literal(b)
	case Binary:
		return n.binary(b, prec1, depth)
	case Unary:
		return n.X.expr(append(b, n.Text...), unaryPrec, depth)
	case Star:
		return n.star(b, prec1)
	case Call:
		return appendArgs(append(b, n.Text...), n.Args, depth)
	case Convert:
		b = append(append(b, n.Type.String()...), '(')
		return append(n.X.expr(b, 0, depth), ')')
	case CallOf:
		return appendArgs(n.X.expr(b, highestPrec, depth), n.Args, depth)
	case Index:
		b = append(n.X.expr(b, highestPrec, 1), '[')
		return append(n.Args[0].expr(b, 0, depth+1), ']')
	case Slice:
		return n.slice(b, depth)
	case Assert:
		b = append(n.X.expr(b, highestPrec, depth), ".("...)
		return append(append(b, n.Text...), ')')
	}
	panic("gox: unknown kind of node")
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

// slice prints x[low:high]; gofmt puts blanks around the colon of binary expressions outside lists.
func (n *Node) slice(b []byte, depth int) []byte {
	b = append(n.X.expr(b, highestPrec, 1), '[')
	b = n.Args[0].expr(b, 0, depth+1)
	colon := ":"
	if len(n.Args) == 2 && depth <= 1 && (n.Args[0].Kind == Binary || n.Args[1].Kind == Binary) {
		colon = " : "
	}
	b = append(b, colon...)
	if len(n.Args) == 2 {
		b = n.Args[1].expr(b, 0, depth+1)
	}
	return append(b, ']')
}

func (n *Node) star(b []byte, prec1 int) []byte {
	if unaryPrec < prec1 {
		return append(n.star(append(b, '('), 0), ')')
	}
	b = append(append(append(b, '*'), starTypes[n.Type]...), '(')
	return append(n.X.expr(b, 0, 1), ')')
}

func (n *Node) binary(b []byte, prec1, depth int) []byte {
	prec := int(n.prec)
	if prec < prec1 {
		b = append(b, '(')
		b = n.binary(b, 0, max(depth-1, 1))
		return append(b, ')')
	}
	blank := prec < n.cutoff(depth)
	left := depth + 1
	if n.X.Kind == Binary && n.X.prec == n.prec {
		left = depth
	}
	b = n.X.expr(b, prec, left)
	if blank {
		b = append(b, ' ')
	}
	b = append(b, n.Text...)
	if blank {
		b = append(b, ' ')
	}
	at := len(b)
	b = n.Y.expr(b, prec+1, depth+1)
	if n.Text == "-" && !blank && b[at] == '-' { // two minus signs would become one token
		b = slices.Insert(b, at, ' ')
	}
	return b
}

func (n *Node) cutoff(depth int) int {
	has4, has5, problem := n.operators()
	switch {
	case problem > 0:
		return problem + 1
	case has4 && has5 && depth == 1:
		return 5
	case depth == 1:
		return 6
	}
	return 4
}

// operators says which levels of operators the expression mixes outside parentheses, and whether two of them would
// run together without a space (go/printer's walkBinary).
func (n *Node) operators() (has4, has5 bool, problem int) {
	has4, has5 = n.prec == 4, n.prec == 5
	if x := n.X; x.Kind == Binary && x.prec >= n.prec {
		h4, h5, p := x.operators()
		has4, has5, problem = has4 || h4, has5 || h5, max(problem, p)
	}
	switch y := n.Y; {
	case y.Kind == Binary && y.prec > n.prec:
		h4, h5, p := y.operators()
		has4, has5, problem = has4 || h4, has5 || h5, max(problem, p)
	case y.Kind == Star && n.Text == "/":
		problem = 5
	case n.Text == "-" && (y.Kind == Unary && y.Text == "-" || y.negative()):
		problem = max(problem, 4)
	}
	return has4, has5, problem
}
