// Package wat reads the text format: Assemble turns one module into its binary form, ParseScript reads the test
// scripts (.wast) of the specification.
//
// The assembler is driven by the table of package op: a mnemonic is a row, its immediates are the letters of Op.Imm.
// It does not validate. What the text format itself forbids (unknown identifiers, literals out of range, mismatched
// labels, ...) is an error whose message begins with the words of the official test suite.
package wat

import (
	"bytes"
	"fmt"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// Error is why a text is rejected and where. Line and Col count from 1; Col counts bytes.
type Error struct {
	Line, Col int
	Msg       string
	// Proposal is the missing proposal when the text uses one that is not supported yet, else op.Core1.
	Proposal op.Proposal
}

// Unsupported reports whether the text was rejected because it needs a proposal that is not supported yet.
func (e *Error) Unsupported() bool { return e.Proposal != op.Core1 }

// Error gives one line: position, message.
func (e *Error) Error() string {
	s := fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg)
	if e.Unsupported() {
		s += fmt.Sprintf(": proposal %s is not supported yet", e.Proposal)
	}
	return s
}

// source is a text together with the position of its first byte in the file that it was cut from.
type source struct {
	text      []byte
	line, col int
}

// position returns the line and column of byte off.
func (s *source) position(off int) (line, col int) {
	head := s.text[:off]
	nl := bytes.LastIndexByte(head, '\n')
	if nl < 0 {
		return s.line, s.col + off
	}
	return s.line + bytes.Count(head, []byte{'\n'}), off - nl
}

// fail ends parsing at byte off. Only catch recovers it, so it never leaves the package.
func (s *source) fail(off int, format string, args ...any) {
	line, col := s.position(off)
	panic(&Error{Line: line, Col: col, Msg: fmt.Sprintf(format, args...)})
}

// unsupported ends parsing because what stands at off belongs to proposal p.
func (s *source) unsupported(off int, p op.Proposal, what string) {
	line, col := s.position(off)
	panic(&Error{Line: line, Col: col, Msg: what, Proposal: p})
}

// catch turns the panic of fail into *err; any other panic passes.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}
