package spectest

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
	"github.com/wasm2go/wasm2go/compiler/internal/validate"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// panicError is a panic of the compiler, which is always a bug.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("the compiler panicked: %v\n%s", e.value, e.stack)
}

// guarded turns a panic of f into its error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return f()
}

// proposal returns the proposal that an error says is missing, or "".
func proposal(err error) string {
	var text *wat.Error
	if errors.As(err, &text) && text.Unsupported() {
		return text.Proposal.String()
	}
	var e *wasm.Error
	if errors.As(err, &e) && e.Kind == wasm.Unsupported {
		return e.Proposal.String()
	}
	return ""
}

// wantKinds are the errors that satisfy the two assertions about the compiler.
var wantKinds = map[runner.Kind]wasm.ErrorKind{
	runner.AssertMalformed: wasm.Malformed,
	runner.AssertInvalid:   wasm.Invalid,
}

// judgeRejection checks that the compiler rejects the module of c for the right kind of reason.
func judgeRejection(c *Command) runner.Outcome {
	o := runner.Outcome{Index: c.Index, Verdict: runner.Pass}
	err := c.err
	if err == nil {
		err = guarded(func() error { return decodeAndValidate(c.bin) })
	}
	if p := proposal(err); p != "" {
		return runner.Outcome{Index: c.Index, Verdict: runner.Skip, Msg: p}
	}
	want := wantKinds[c.Kind]
	if got, ok := kindOf(err); !ok || got != want {
		o.Verdict, o.Msg = runner.Fail, fmt.Sprintf("got error %v, want %s: %s", err, want, c.Text)
	}
	return o
}

func decodeAndValidate(bin []byte) error {
	m, err := wasm.Decode(bin)
	if err != nil {
		return err
	}
	return validate.Module(m)
}

// kindOf sorts the errors of the assembler and of the compiler.
func kindOf(err error) (wasm.ErrorKind, bool) {
	var text *wat.Error
	if errors.As(err, &text) {
		return wasm.Malformed, true
	}
	var e *wasm.Error
	if errors.As(err, &e) {
		return e.Kind, true
	}
	return 0, false
}
