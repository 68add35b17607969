package wat

import "unicode/utf8"

// parser walks over the tokens of a source. Every token but tokEOF can be passed, so pos stays in range.
type parser struct {
	source
	toks []token
	pos  int
}

func newParser(s source) parser { return parser{source: s, toks: lex(s)} }

func (p *parser) tok() token { return p.toks[p.pos] }

// next passes the current token.
func (p *parser) next() token {
	t := p.toks[p.pos]
	p.pos++
	return t
}

// word returns the text of t.
func (p *parser) word(t token) string { return string(p.text[t.start:t.end]) }

// unexpected ends parsing: the current token means nothing here.
func (p *parser) unexpected() {
	t := p.tok()
	off, w := int(t.start), p.word(t)
	switch t.kind {
	case tokEOF:
		p.fail(off, "unexpected token: end of text")
	case tokOpen:
		// What the parenthesis begins says more than the parenthesis.
		if p.toks[p.pos+1].kind == tokKeyword || p.toks[p.pos+1].kind == tokReserved {
			p.pos++
			p.unexpected()
		}
	case tokReserved:
		p.fail(off, "unknown operator %s", w)
	case tokKeyword:
		if m := missingProposal(w); m != 0 {
			p.unsupported(off, m, w)
		}
		if !knownWord(w) {
			p.fail(off, "unknown operator %s", w)
		}
	}
	p.fail(off, "unexpected token %s", w)
}

func (p *parser) expect(kind tokenKind) token {
	if p.tok().kind != kind {
		p.unexpected()
	}
	return p.next()
}

// keyword returns the current token's text if it is a keyword, else "".
func (p *parser) keyword() string {
	if t := p.tok(); t.kind == tokKeyword {
		return p.word(t)
	}
	return ""
}

func (p *parser) tryKeyword(w string) bool {
	if p.keyword() != w {
		return false
	}
	p.pos++
	return true
}

// opened returns the keyword behind the parenthesis that the current token opens, else "".
func (p *parser) opened() string {
	if p.tok().kind != tokOpen {
		return ""
	}
	if t := p.toks[p.pos+1]; t.kind == tokKeyword {
		return p.word(t)
	}
	return ""
}

// tryEnter passes "(w" if it stands here.
func (p *parser) tryEnter(w string) bool {
	if p.opened() != w {
		return false
	}
	p.pos += 2
	return true
}

func (p *parser) enter(w string) {
	if !p.tryEnter(w) {
		p.unexpected()
	}
}

// leave passes a closing parenthesis.
func (p *parser) leave() { p.expect(tokClose) }

// closed passes a closing parenthesis if it stands here.
func (p *parser) closed() bool {
	if p.tok().kind != tokClose {
		return false
	}
	p.pos++
	return true
}

// skipForm passes a parenthesised form.
func (p *parser) skipForm() {
	p.pos = int(p.expect(tokOpen).match) + 1
}

// id passes an identifier if one stands here and returns its name, which is never empty, else "".
func (p *parser) id() string {
	if p.tok().kind != tokID {
		return ""
	}
	return p.idName(p.next())
}

// idName returns the name of an identifier: $x and $"x" are the same.
func (p *parser) idName(t token) string {
	if p.text[t.start+1] == '"' {
		return string(unescape(p.text[t.start+1 : t.end]))
	}
	return string(p.text[t.start+1 : t.end])
}

// str passes a string and returns its bytes.
func (p *parser) str() []byte {
	t := p.expect(tokString)
	return unescape(p.text[t.start:t.end])
}

// strs passes any number of strings and returns them joined.
func (p *parser) strs() []byte {
	var all []byte
	for p.tok().kind == tokString {
		all = append(all, p.str()...)
	}
	return all
}

// utf8Name passes a string that must be UTF-8.
func (p *parser) utf8Name() string {
	at := int(p.tok().start)
	b := p.str()
	if !utf8.Valid(b) {
		p.fail(at, "malformed UTF-8 encoding")
	}
	return string(b)
}

// isIndex reports whether an index may stand here.
func (p *parser) isIndex() bool {
	k := p.tok().kind
	return k == tokNumber || k == tokID
}

// number passes a literal that read accepts; what names its type in an error.
func (p *parser) number(read func(string, int) (uint64, literal), width int, what string) uint64 {
	t := p.tok()
	v, status := uint64(0), literalKind
	if t.kind == tokNumber || t.kind == tokKeyword {
		v, status = read(p.word(t), width)
	}
	switch status {
	case literalKind:
		p.unexpected()
	case literalRange:
		p.fail(int(t.start), "%sconstant out of range: %s", what, p.word(t))
	}
	p.pos++
	return v
}

func (p *parser) u32() uint32 { return uint32(p.number(parseUint, 32, "i32 ")) }
