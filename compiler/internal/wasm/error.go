package wasm

import (
	"fmt"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// ErrorKind sorts the reasons for which a module is rejected, as the official test scripts do.
type ErrorKind uint8

// Malformed: the bytes are no module (spec: 5). Invalid: a module that does not validate (spec: 3). Unsupported: it
// needs a proposal that is not supported yet. TooLarge: it is beyond an implementation limit (spec: 7.2).
const (
	Malformed ErrorKind = iota
	Invalid
	Unsupported
	TooLarge
)

var kindNames = [...]string{"malformed", "invalid", "unsupported", "too large"}

func (k ErrorKind) String() string { return kindNames[k] }

// Error is why a module is rejected and where.
type Error struct {
	Kind ErrorKind
	// Offset is the byte offset in the module, or -1.
	Offset int
	// Func is the function index, or -1 outside function bodies; FuncName its name where the name section has one.
	Func     int
	FuncName string
	// Proposal is the missing proposal of an Unsupported error.
	Proposal op.Proposal
	Msg      string
}

// Error gives one line: kind, message, function, offset.
func (e *Error) Error() string {
	s := e.Kind.String() + " module: " + e.Msg
	if e.Kind == Unsupported {
		s = fmt.Sprintf("%s (proposal %s is not supported yet)", e.Msg, e.Proposal)
	}
	if e.Func >= 0 {
		s += fmt.Sprintf(", in function %d", e.Func)
		if e.FuncName != "" {
			s += fmt.Sprintf(" (%s)", e.FuncName)
		}
	}
	if e.Offset >= 0 {
		s += fmt.Sprintf(", at offset %#x", e.Offset)
	}
	return s
}

// Errorf makes an Error outside any function.
func Errorf(kind ErrorKind, offset int, format string, args ...any) *Error {
	return &Error{Kind: kind, Offset: offset, Func: -1, Msg: fmt.Sprintf(format, args...)}
}
