package gox

// Op is an operator.
type Op uint8

// The binary operators, and the unary ones - and !.
const (
	Add Op = 1 + iota
	Sub
	Mul
	Div
	Rem
	And
	Or
	Xor
	AndNot
	Shl
	Shr
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Minus
	Complement
)

// opFacts are the facts of an operator.
type opFacts struct {
	text     string
	prec     uint8 // of a binary one
	inverse  Op    // the comparison that holds where this one does not
	low      bool  // the low bits of the result depend on the low bits of the operands only
	signless bool  // the result does not depend on whether the operands are signed, if both are the same

	word, spaced word // text, and with blanks
}

var ops = [...]opFacts{
	Add:        {text: "+", prec: 4, low: true, signless: true},
	Sub:        {text: "-", prec: 4, low: true, signless: true},
	Mul:        {text: "*", prec: 5, low: true, signless: true},
	Div:        {text: "/", prec: 5},
	Rem:        {text: "%", prec: 5},
	And:        {text: "&", prec: 5, low: true, signless: true},
	Or:         {text: "|", prec: 4, low: true, signless: true},
	Xor:        {text: "^", prec: 4, low: true, signless: true},
	AndNot:     {text: "&^", prec: 5, signless: true},
	Shl:        {text: "<<", prec: 5},
	Shr:        {text: ">>", prec: 5},
	Eq:         {text: "==", prec: 3, inverse: Ne, signless: true},
	Ne:         {text: "!=", prec: 3, inverse: Eq, signless: true},
	Lt:         {text: "<", prec: 3, inverse: Ge},
	Le:         {text: "<=", prec: 3, inverse: Gt},
	Gt:         {text: ">", prec: 3, inverse: Le},
	Ge:         {text: ">=", prec: 3, inverse: Lt},
	Minus:      {text: "-"},
	Complement: {text: "!"},
}

func init() {
	for i := range ops {
		o := &ops[i]
		o.word, o.spaced = wordOf(o.text), wordOf(" "+o.text+" ")
	}
}

// OpByText returns the binary operator that Go writes so, 0 if there is none.
func OpByText(text string) Op {
	for op := Add; op < Minus; op++ {
		if ops[op].text == text {
			return op
		}
	}
	return 0
}

// String is the operator in Go.
func (op Op) String() string { return ops[op].text }

// Prec returns the precedence of a binary operator.
func (op Op) Prec() int { return int(ops[op].prec) }

// Signless reports whether the bits of x op y do not depend on whether x and y are signed, if both are the same.
func (op Op) Signless() bool { return ops[op].signless }
