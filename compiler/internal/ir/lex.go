package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// tokenKind is the kind of a token of the text form; a punctuation mark is its own kind.
type tokenKind byte

const (
	tokEOF     tokenKind = 0
	tokWord    tokenKind = 'a'
	tokNumber  tokenKind = '0'
	tokString  tokenKind = '"'
	tokNewline tokenKind = '\n'
	tokInvalid tokenKind = '?'
)

type token struct {
	kind tokenKind
	text string
	line int
}

func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "end of text"
	case tokNewline:
		return "end of line"
	}
	return strconv.Quote(t.text)
}

// lexer splits the text form. A comment goes from // to the end of the line.
type lexer struct {
	src  string
	line int
}

func (l *lexer) next() token {
	l.skip()
	if l.src == "" {
		return token{line: l.line}
	}
	kind, n := scan(l.src)
	t := token{kind, l.src[:n], l.line}
	l.src = l.src[n:]
	if kind == tokNewline {
		l.line++
	}
	return t
}

func (l *lexer) skip() {
	l.src = strings.TrimLeft(l.src, " \t\r")
	if strings.HasPrefix(l.src, "//") {
		n := strings.IndexByte(l.src, '\n')
		if n < 0 {
			n = len(l.src)
		}
		l.src = l.src[n:]
	}
}

// scan returns the kind and length of the token that src begins with.
func scan(src string) (tokenKind, int) {
	switch c := src[0]; {
	case strings.IndexByte("(){},=:\n", c) >= 0:
		return tokenKind(c), 1
	case c == '"':
		if q, err := strconv.QuotedPrefix(src); err == nil {
			return tokString, len(q)
		}
	case c == '-' || isDigit(c):
		return tokNumber, numberLen(src)
	case isLetter(c):
		return tokWord, wordLen(src)
	}
	return tokInvalid, 1
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

func wordLen(src string) int {
	n := 0
	for n < len(src) && (isLetter(src[n]) || isDigit(src[n]) || src[n] == '.') {
		n++
	}
	return n
}

// numberLen takes a sign behind e for part of a number unless the number is hexadecimal.
func numberLen(src string) int {
	hex := strings.HasPrefix(src, "0x")
	n := 1
	for n < len(src) {
		sign := (src[n] == '-' || src[n] == '+') && src[n-1] == 'e' && !hex
		if !sign && !isLetter(src[n]) && !isDigit(src[n]) && src[n] != '.' {
			break
		}
		n++
	}
	return n
}

// syntaxError is a fault in the text form.
type syntaxError struct {
	line int
	msg  string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.msg) }
