package wat

import (
	"math"
	"unicode/utf8"
)

// tokenKind is the class of a token (spec: 6.3.2).
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokOpen
	tokClose
	tokString
	tokID
	tokNumber   // an integer or a float with a digit first; inf and nan are keywords until a literal is wanted
	tokKeyword  // starts with a lower-case letter; whether it is known is asked where it is used
	tokReserved // a sequence that is no token: always an error, but only outside annotations
)

// token is a token of source.text[start:end]. match is, for an open parenthesis, the index of the closing one.
type token struct {
	kind              tokenKind
	start, end, match int32
}

// maxNesting bounds the depth of parentheses, and by that every recursion of the parser.
const maxNesting = 10_000

// lexer splits a text into tokens; comments and annotations leave none.
type lexer struct {
	source
	pos  int
	toks []token
	open []int32 // indices of the parentheses that are open
}

// lex splits s into tokens, the last one being tokEOF. Parentheses match.
func lex(s source) []token {
	if len(s.text) > math.MaxInt32 {
		s.fail(0, "text of more than 2 GiB")
	}
	l := &lexer{source: s}
	l.checkUTF8()
	for l.skipSpace(); l.pos < len(l.text); l.skipSpace() {
		l.token()
	}
	if len(l.open) > 0 {
		l.fail(int(l.toks[l.open[len(l.open)-1]].start), "unexpected token: parenthesis is never closed")
	}
	l.add(tokEOF, l.pos)
	return l.toks
}

func (l *lexer) checkUTF8() {
	if utf8.Valid(l.text) {
		return
	}
	for i := 0; i < len(l.text); {
		r, n := utf8.DecodeRune(l.text[i:])
		if r == utf8.RuneError && n == 1 {
			l.fail(i, "malformed UTF-8 encoding")
		}
		i += n
	}
}

// add appends the token that starts at start and ends at the current position.
func (l *lexer) add(kind tokenKind, start int) {
	l.toks = append(l.toks, token{kind: kind, start: int32(start), end: int32(l.pos)})
}

// at returns byte i of the text, 0 behind its end.
func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

// skipSpace skips white space, comments and annotations (spec: 6.3.3, 6.3.4).
func (l *lexer) skipSpace() {
	for l.pos < len(l.text) {
		switch c, next := l.text[l.pos], l.at(l.pos+1); {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.pos++
		case c == ';' && next == ';':
			l.lineComment()
		case c == '(' && next == ';':
			l.blockComment()
		case c == '(' && next == '@':
			l.annotation()
		default:
			return
		}
	}
}

func (l *lexer) lineComment() {
	for l.pos < len(l.text) && l.text[l.pos] != '\n' && l.text[l.pos] != '\r' {
		l.pos++
	}
}

func (l *lexer) blockComment() {
	start, depth := l.pos, 0
	for ; l.pos+1 < len(l.text); l.pos++ {
		switch {
		case l.text[l.pos] == '(' && l.text[l.pos+1] == ';':
			depth++
			l.pos++
		case l.text[l.pos] == ';' && l.text[l.pos+1] == ')':
			depth--
			l.pos++
		}
		if depth == 0 {
			l.pos++
			return
		}
	}
	l.fail(start, "unclosed comment")
}

// annotation skips "(@id ...)": any tokens, parentheses balanced. Nested annotations are parentheses.
func (l *lexer) annotation() {
	start := l.pos
	l.pos += 2
	l.annotationID(start)
	for depth := 1; depth > 0; {
		switch c, next := l.at(l.pos), l.at(l.pos+1); {
		case l.pos >= len(l.text):
			l.fail(start, "unclosed annotation")
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.pos++
		case c == ';' && next == ';':
			l.lineComment()
		case c == '(' && next == ';':
			l.blockComment()
		case c == '(':
			l.pos++
			depth++
		case c == ')':
			l.pos++
			depth--
		default:
			l.word()
		}
	}
}

func (l *lexer) annotationID(start int) {
	from := l.pos
	if l.at(l.pos) == '"' {
		if s := l.quotedID("empty annotation id"); s == "" {
			l.fail(start, "empty annotation id")
		}
		return
	}
	for isIDChar(l.at(l.pos)) {
		l.pos++
	}
	if l.pos == from {
		l.fail(start, "empty annotation id")
	}
}

func (l *lexer) token() {
	start := l.pos
	switch l.text[start] {
	case '(':
		if len(l.open) == maxNesting {
			l.fail(start, "nesting deeper than %d", maxNesting)
		}
		l.open = append(l.open, int32(len(l.toks)))
		l.pos++
		l.add(tokOpen, start)
	case ')':
		if len(l.open) == 0 {
			l.fail(start, "unexpected token )")
		}
		last := len(l.open) - 1
		l.toks[l.open[last]].match = int32(len(l.toks))
		l.open = l.open[:last]
		l.pos++
		l.add(tokClose, start)
	default:
		kind := l.word()
		if kind == tokID && l.pos == start+1 {
			l.fail(start, "empty identifier")
		}
		l.add(kind, start)
	}
}

// word skips the longest sequence without space or parenthesis and returns its class.
func (l *lexer) word() tokenKind {
	start, strings, chars, others := l.pos, 0, 0, 0
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case isIDChar(c):
			chars++
			l.pos++
		case c == '"' && strings == 0 && chars == 1 && l.text[start] == '$':
			if l.quotedID("empty identifier") == "" {
				l.fail(start, "empty identifier")
			}
			strings++
		case c == '"':
			l.skipString()
			strings++
		case c == ',' || c == '[' || c == ']' || c == '{' || c == '}' || c == ';' && l.at(l.pos+1) != ';':
			others++
			l.pos++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c >= 0x7f:
			r, _ := utf8.DecodeRune(l.text[l.pos:])
			l.fail(l.pos, "illegal character %q", r)
		default:
			return l.classify(start, strings, chars, others)
		}
	}
	return l.classify(start, strings, chars, others)
}

func (l *lexer) classify(start, strings, chars, others int) tokenKind {
	first := l.text[start]
	switch {
	case others > 0:
		return tokReserved
	case strings == 1 && chars == 0:
		return tokString
	case first == '$' && (strings == 0 || strings == 1 && chars == 1):
		return tokID
	case strings > 0:
		return tokReserved
	case 'a' <= first && first <= 'z':
		return tokKeyword
	case isNumber(string(l.text[start:l.pos])):
		return tokNumber
	}
	return tokReserved
}

// quotedID skips the string of an identifier or annotation id and returns its content. A text that is no string is
// reported as what, the lexer having nothing but the sigil.
func (l *lexer) quotedID(what string) string {
	start := l.pos
	if !l.scanString() {
		l.fail(start, "%s", what)
	}
	b := unescape(l.text[start:l.pos])
	if !utf8.Valid(b) {
		l.fail(start, "malformed UTF-8 encoding")
	}
	return string(b)
}

// skipString skips a string literal (spec: 6.3.5).
func (l *lexer) skipString() {
	start := l.pos
	if l.scanString() {
		return
	}
	switch c := l.at(l.pos); {
	case l.pos >= len(l.text) || c == '\n' || c == '\r':
		l.fail(start, "unclosed string")
	case c == '\\':
		l.fail(l.pos, "illegal escape")
	default:
		l.fail(l.pos, "illegal control character in string literal")
	}
}

// scanString skips a string literal, or stops at the byte that makes it none and returns false.
func (l *lexer) scanString() bool {
	for l.pos++; l.pos < len(l.text); {
		switch c := l.text[l.pos]; {
		case c == '"':
			l.pos++
			return true
		case c == '\\':
			n := escapeLen(l.text[l.pos:])
			if n == 0 {
				return false
			}
			l.pos += n
		case c < ' ' || c == 0x7f:
			return false
		default:
			l.pos++
		}
	}
	return false
}

// escapes are the one-letter escapes of strings.
var escapes = [256]byte{'t': '\t', 'n': '\n', 'r': '\r', '"': '"', '\'': '\'', '\\': '\\'}

// escapeLen returns the length of the escape sequence b begins with, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 3 { // the shortest one and the closing quote
		return 0
	}
	switch {
	case escapes[b[1]] != 0:
		return 2
	case hexDigit(b[1]) >= 0 && hexDigit(b[2]) >= 0:
		return 3
	case b[1] == 'u' && b[2] == '{':
		_, n := unicodeEscape(b)
		return n
	}
	return 0
}

// unicodeEscape reads \u{hexnum}; n is 0 if it is not a Unicode scalar value.
func unicodeEscape(b []byte) (r rune, n int) {
	digit := false
	for i := 3; i < len(b); i++ {
		switch d := hexDigit(b[i]); {
		case d >= 0:
			if r = r<<4 | rune(d); r > utf8.MaxRune {
				return 0, 0
			}
			digit = true
		case b[i] == '_' && digit:
			digit = false
		case b[i] == '}' && digit && utf8.ValidRune(r):
			return r, i + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// unescape returns the bytes that a string literal, quotes included, stands for.
func unescape(lit []byte) []byte {
	lit = lit[1 : len(lit)-1]
	out := make([]byte, 0, len(lit))
	for len(lit) > 0 {
		n := 1
		switch c := lit[0]; {
		case c != '\\':
			out = append(out, c)
		case escapes[lit[1]] != 0:
			out, n = append(out, escapes[lit[1]]), 2
		case lit[1] == 'u':
			var r rune
			r, n = unicodeEscape(lit)
			out = utf8.AppendRune(out, r)
		default:
			out, n = append(out, byte(hexDigit(lit[1])<<4|hexDigit(lit[2]))), 3
		}
		lit = lit[n:]
	}
	return out
}

// isIDChar says which bytes may stand in identifiers, keywords and numbers (spec: 6.3.6).
func isIDChar(c byte) bool { return idChars[c] }

var idChars = func() (t [256]bool) {
	for c := '!'; c <= '~'; c++ {
		t[c] = true
	}
	for _, c := range "\"(),;[]{}" {
		t[c] = false
	}
	return t
}()

// hexDigit returns the value of a hexadecimal digit, -1 if c is none.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return int(c - 'A' + 10)
	}
	return -1
}
