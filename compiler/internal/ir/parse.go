package ir

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Parse reads the text form of a function; see Func.String. It checks that the text can be read, Verify whether it
// makes sense. Errors begin with the line.
func Parse(src string) (f *Func, err error) {
	p := &parser{lexer: lexer{src: src, line: 1}, f: &Func{}, vars: map[string]Var{}, open: map[*Expr]token{}}
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*syntaxError)
			if !ok {
				panic(x)
			}
			f, err = nil, e
		}
	}()
	p.advance()
	p.function()
	return p.f, nil
}

const (
	// maxDepth bounds the nesting of statements and expressions.
	maxDepth = 50_000
	// maxLabel bounds the numbers of labels, since passes keep slices by label.
	maxLabel = 1 << 24
)

type parser struct {
	lexer
	tok  token
	f    *Func
	vars map[string]Var
	// open holds the expressions whose type is still to come from their place; the token is the value of a constant.
	open  map[*Expr]token
	depth int
}

func (p *parser) fail(at token, format string, args ...any) {
	panic(&syntaxError{at.line, fmt.Sprintf(format, args...)})
}

func (p *parser) advance() token {
	t := p.tok
	p.tok = p.next()
	return t
}

// accept passes over a token of the kind if it is there.
func (p *parser) accept(kind tokenKind) bool {
	if p.tok.kind != kind {
		return false
	}
	p.advance()
	return true
}

// expect passes over a token that must be there.
func (p *parser) expect(kind tokenKind, what string) token {
	if p.tok.kind != kind {
		p.fail(p.tok, "found %s, expected %s", p.tok, what)
	}
	return p.advance()
}

func (p *parser) mark(c byte) { p.expect(tokenKind(c), strconv.Quote(string(c))) }

func (p *parser) keyword(word string) {
	if t := p.expect(tokWord, strconv.Quote(word)); t.text != word {
		p.fail(t, "found %s, expected %q", t, word)
	}
}

func (p *parser) newline() { p.expect(tokNewline, "end of line") }

func (p *parser) skipLines() {
	for p.accept(tokNewline) {
	}
}

// uint passes over an unsigned number of at most the given bits.
func (p *parser) uint(bits int) uint64 {
	t := p.expect(tokNumber, "a number")
	x, err := strconv.ParseUint(t.text, 0, bits)
	if err != nil {
		p.fail(t, "%s is no unsigned number of %d bits", t, bits)
	}
	return x
}

// commas calls item for each member of a list that commas separate.
func (p *parser) commas(item func()) {
	item()
	for p.accept(',') {
		item()
	}
}

func (p *parser) function() {
	p.skipLines()
	p.keyword("func")
	p.f.Index = uint32(p.uint(32))
	if p.tok.kind == tokString {
		p.f.Name, _ = strconv.Unquote(p.advance().text)
	}
	p.mark('(')
	if !p.accept(')') {
		p.commas(func() { p.declare(varLetters[Param:Local]) })
		p.mark(')')
	}
	p.f.Params = len(p.f.Vars)
	if p.accept('(') {
		p.commas(func() { p.f.Results = append(p.f.Results, p.valType()) })
		p.mark(')')
	}
	p.mark('{')
	p.newline()
	for p.skipLines(); p.tok == (token{tokWord, "var", p.tok.line}); p.skipLines() {
		p.advance()
		p.commas(func() { p.declare(varLetters[Local:]) })
		p.newline()
	}
	p.f.Body = p.list()
	p.mark('}')
	p.skipLines()
	p.expect(tokEOF, "end of text")
}

// declare reads a variable, whose name must begin with one of the letters.
func (p *parser) declare(letters string) {
	t := p.expect(tokWord, "a variable")
	kind := strings.IndexByte(varLetters, t.text[0])
	if strings.IndexByte(letters, t.text[0]) < 0 || t.text[1:] != strconv.Itoa(len(p.f.Vars)) {
		p.fail(t, "found %s, expected one of %q with the number %d", t, letters, len(p.f.Vars))
	}
	p.vars[t.text] = p.f.NewVar(VarKind(kind), p.valType())
}

var typeNames = func() map[string]wasm.ValType {
	names := map[string]wasm.ValType{}
	types := []wasm.ValType{wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128, wasm.FuncRef, wasm.ExternRef, wasm.Unknown}
	for _, t := range types {
		names[t.String()] = t
	}
	return names
}()

func (p *parser) valType() wasm.ValType {
	t := p.expect(tokWord, "a type")
	typ, ok := typeNames[t.text]
	if !ok {
		p.fail(t, "found %s, expected a type", t)
	}
	return typ
}

// stmtParsers are the statements that begin with a word of their own, which has been passed.
var stmtParsers map[string]func(*parser) *Stmt

func init() {
	stmtParsers = map[string]func(*parser) *Stmt{
		"block": func(p *parser) *Stmt { return p.labelled(Block) },
		"loop":  func(p *parser) *Stmt { return p.labelled(Loop) },
		"if":    (*parser).ifStmt, "switch": (*parser).switchStmt, "return": (*parser).ret,
		"br":          func(p *parser) *Stmt { return &Stmt{Kind: Br, Label: p.label()} },
		"unreachable": func(*parser) *Stmt { return &Stmt{Kind: Trap} },
	}
}

// listEnds are the words that end a list of statements, as } does.
var listEnds = map[string]bool{"case": true, "default": true, "fallthrough": true}

func (p *parser) list() []*Stmt {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok, "nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	var list []*Stmt
	for {
		p.skipLines()
		if p.tok.kind != tokWord && p.tok.kind != tokNumber || listEnds[p.tok.text] {
			return list
		}
		list = append(list, p.stmt())
		p.newline()
	}
}

func (p *parser) stmt() *Stmt {
	if parse := stmtParsers[p.tok.text]; parse != nil {
		p.advance()
		return parse(p)
	}
	if _, isVar := p.vars[p.tok.text]; isVar || p.tok.text == "_" {
		return p.set()
	}
	return p.eval(p.expr())
}

func (p *parser) eval(e *Expr) *Stmt {
	p.settle(e, wasm.Unknown)
	return &Stmt{Kind: Eval, Args: []*Expr{e}}
}

// set reads an assignment, or the evaluation of a variable.
func (p *parser) set() *Stmt {
	s := &Stmt{Kind: Set}
	p.commas(func() { s.Dst = append(s.Dst, p.dst()) })
	if p.tok.kind == tokNewline && len(s.Dst) == 1 && s.Dst[0] != Blank {
		return p.eval(p.f.Get(s.Dst[0]))
	}
	p.mark('=')
	s.Args = p.exprs()
	for i, a := range s.Args {
		p.settle(a, p.f.setType(s.Dst, len(s.Args), i))
	}
	return s
}

func (p *parser) dst() Var {
	t := p.expect(tokWord, "a variable")
	if t.text == "_" {
		return Blank
	}
	v, ok := p.vars[t.text]
	if !ok {
		p.fail(t, "unknown variable %s", t)
	}
	return v
}

func (p *parser) label() Label {
	t := p.expect(tokWord, "a label")
	n, err := strconv.ParseUint(strings.TrimPrefix(t.text, "L"), 10, 32)
	if t.text[0] != 'L' || err != nil || n == 0 || n > maxLabel {
		p.fail(t, "found %s, expected a label", t)
	}
	p.f.Labels = max(p.f.Labels, Label(n))
	return Label(n)
}

func (p *parser) braced() []*Stmt {
	p.mark('{')
	p.newline()
	list := p.list()
	p.mark('}')
	return list
}

func newStmt(kind StmtKind) *Stmt { return (*Arena)(nil).Stmt(kind) }

func (p *parser) labelled(kind StmtKind) *Stmt {
	s := newStmt(kind)
	s.Label = p.label()
	s.Body = p.braced()
	return s
}

// i32 reads a condition or selector.
func (p *parser) i32() []*Expr {
	e := p.expr()
	p.settle(e, wasm.I32)
	return []*Expr{e}
}

func (p *parser) ifStmt() *Stmt {
	s := newStmt(If)
	s.Args = p.i32()
	s.Body = p.braced()
	if p.tok.kind == tokWord {
		p.keyword("else")
		s.Else = p.braced()
	}
	return s
}

func (p *parser) switchStmt() *Stmt {
	p.f.Switches = true
	s := newStmt(Switch)
	s.Args = p.i32()
	p.mark('{')
	p.newline()
	for p.skipLines(); p.tok.kind == tokWord; {
		s.Cases = append(s.Cases, p.switchCase())
	}
	p.mark('}')
	return s
}

func (p *parser) switchCase() Case {
	c := Case{}
	if p.tok.text == "default" {
		p.advance()
		c.Default = true
	} else {
		p.keyword("case")
		p.commas(func() { p.caseValue(&c) })
	}
	if p.tok.kind == tokWord {
		c.Label = p.label()
	}
	p.mark(':')
	p.newline()
	c.Body = p.list()
	if p.tok.text == "fallthrough" {
		p.advance()
		p.newline()
		p.skipLines()
		c.Fallthrough = true
	}
	return c
}

func (p *parser) caseValue(c *Case) {
	if p.tok.kind == tokWord && !c.Default {
		p.keyword("default")
		c.Default = true
		return
	}
	c.Values = append(c.Values, uint32(p.uint(32)))
}

func (p *parser) ret() *Stmt {
	s := &Stmt{Kind: Return}
	if p.tok.kind == tokNewline {
		return s
	}
	s.Args = p.exprs()
	for i, a := range s.Args {
		p.settle(a, p.f.resultType(i))
	}
	return s
}

func (p *parser) exprs() []*Expr {
	var list []*Expr
	p.commas(func() { list = append(list, p.expr()) })
	return list
}

// expr reads an expression. It may stay open until settle.
func (p *parser) expr() *Expr {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok, "nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	t := p.advance()
	if v, ok := p.vars[t.text]; ok && t.kind == tokWord {
		return p.f.Get(v)
	}
	e := &Expr{}
	switch t.kind {
	case tokNumber:
		p.open[e] = t
	case tokWord:
		p.instr(e, t)
	default:
		p.fail(t, "found %s, expected an expression", t)
	}
	if _, isOpen := p.open[e]; isOpen && p.accept(':') {
		p.settle(e, p.valType())
	}
	return e
}

// instr reads what follows the name of an instruction.
func (p *parser) instr(e *Expr, name token) {
	o := op.ByName(name.text)
	if o == nil {
		p.fail(name, "unknown variable or instruction %s", name)
	}
	params, results, ok := signature(o)
	if !ok || o.Code >= op.I32Const && o.Code <= op.F64Const {
		p.fail(name, "%s is not an expression", name)
	}
	e.Op = o.Code
	isConst := o.Code == op.GlobalGet && p.tok.text == "const"
	if isConst {
		p.advance()
	}
	p.immediates(e, o)
	if p.accept('(') && !p.accept(')') {
		e.Args = p.exprs()
		p.mark(')')
	}
	for i, a := range e.Args {
		p.settle(a, placeType(params, i, len(e.Args)))
	}
	e.Update()
	if isConst {
		e.Effects = 0
		for _, a := range e.Args {
			e.Effects |= a.Effects
		}
	}
	switch {
	case o.Code == op.RefFunc:
		e.Type = wasm.FuncRef
	case untold(o):
		p.open[e] = name
	case results != "":
		e.Type = letterTypes[results[0]]
	}
}

func (p *parser) immediates(e *Expr, o *op.Op) {
	for _, s := range immediatesOf(o) {
		if s.key != "" {
			if p.tok.kind != tokWord || p.tok.text != s.key {
				continue
			}
			p.advance()
			p.mark('=')
		}
		if s.field == immField {
			e.Imm = p.uint(64)
		} else {
			e.Index = uint32(p.uint(32))
		}
	}
}

// settle gives an open expression the type of its place.
func (p *parser) settle(e *Expr, t wasm.ValType) {
	value, isOpen := p.open[e]
	if !isOpen {
		return
	}
	delete(p.open, e)
	if value.kind == tokWord {
		e.Type = t
		return
	}
	if !t.IsNum() {
		p.fail(value, "constant %s needs a type", value)
	}
	bits, err := constBits(t, value.text)
	if err != nil {
		p.fail(value, "%s is no %s", value, t)
	}
	*e = *Const(t, bits)
}

// constBits reads the value of a constant.
func constBits(t wasm.ValType, text string) (uint64, error) {
	switch hex := strings.HasPrefix(text, "0x"); {
	case t == wasm.F32 && hex:
		return strconv.ParseUint(text, 0, 32)
	case t == wasm.F32:
		x, err := strconv.ParseFloat(text, 32)
		return uint64(math.Float32bits(float32(x))), err
	case t == wasm.F64 && !hex:
		x, err := strconv.ParseFloat(text, 64)
		return math.Float64bits(x), err
	}
	size := 64
	if t == wasm.I32 {
		size = 32
	}
	if x, err := strconv.ParseInt(text, 0, size); err == nil {
		return uint64(x), nil
	}
	return strconv.ParseUint(text, 0, size)
}
