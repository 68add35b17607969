package rt

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// TrapKind says why execution trapped (spec: 4.1, the texts are those of the official test suite).
type TrapKind uint8

// The kinds of traps.
const (
	Unreachable TrapKind = iota + 1
	IntegerDivideByZero
	IntegerOverflow
	InvalidConversion
	OutOfBoundsMemory
	OutOfBoundsTable
	UndefinedElement
	UninitializedElement
	IndirectCallMismatch
	StackExhausted
	UnalignedAtomic
	ExpectedSharedMemory
	ShadowStackOverflow // not of the specification: see Instance.CheckStack
)

var trapTexts = [...]string{
	Unreachable: "unreachable", IntegerDivideByZero: "integer divide by zero", IntegerOverflow: "integer overflow",
	InvalidConversion: "invalid conversion to integer", OutOfBoundsMemory: "out of bounds memory access",
	OutOfBoundsTable: "out of bounds table access", UndefinedElement: "undefined element",
	UninitializedElement: "uninitialized element", IndirectCallMismatch: "indirect call type mismatch",
	StackExhausted: "call stack exhausted", UnalignedAtomic: "unaligned atomic",
	ExpectedSharedMemory: "expected shared memory", ShadowStackOverflow: "shadow stack overflow",
}

// Error returns the text of the specification's test suite. A TrapKind is an error so that errors.Is(err,
// rt.OutOfBoundsMemory) works on what a call returns.
func (k TrapKind) Error() string {
	if int(k) < len(trapTexts) && k > 0 {
		return trapTexts[k]
	}
	return "trap " + strconv.Itoa(int(k))
}

// Trap is the error of a call whose guest code trapped.
type Trap struct {
	Kind TrapKind
	// Thread is the id of the thread that trapped, 0 for a main thread.
	Thread int32
	// Stack is the guest's stack, innermost function first.
	Stack []Frame
}

// Frame is one guest function on the stack.
type Frame struct {
	// Func is the function's index in the module, Name its name in the name section, or "".
	Func int
	Name string
	// GoFunc, File and Line are where the generated code stands.
	GoFunc string
	File   string
	Line   int
}

// String returns the frame as one line: name, index and the place in the generated code.
func (f Frame) String() string {
	name := f.Name
	if name == "" {
		name = "func"
	}
	return fmt.Sprintf("%s[%d] %s:%d", name, f.Func, f.File, f.Line)
}

// function names the function as errors do.
func (f Frame) function() string {
	s := "function " + strconv.Itoa(f.Func)
	if f.Name != "" {
		s += " (" + f.Name + ")"
	}
	return s
}

// Error gives the kind, the innermost function, and the thread unless it is a main thread.
func (t *Trap) Error() string {
	s := "wasm trap: " + t.Kind.Error()
	if len(t.Stack) > 0 {
		s += " in " + t.Stack[0].function()
	}
	if t.Thread != 0 {
		s += ", " + threadName(t.Thread)
	}
	return s
}

// Unwrap returns the kind.
func (t *Trap) Unwrap() error { return t.Kind }

// Report gives the trap, the thread and its whole stack, a line per frame.
func (t *Trap) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "trap: %s (%s)\n", t.Kind.Error(), threadName(t.Thread))
	writeStack(&b, t.Stack)
	return b.String()
}

// writeStack writes a line per frame; frames of a recursion that look the same share one.
func writeStack(b *strings.Builder, stack []Frame) {
	for i := 0; i < len(stack); {
		n := 1
		for i+n < len(stack) && stack[i+n] == stack[i] {
			n++
		}
		fmt.Fprintf(b, "\tat %s", stack[i])
		if n > 1 {
			fmt.Fprintf(b, " (%d times)", n)
		}
		b.WriteByte('\n')
		i += n
	}
}

// ExitError is the error of a call whose guest code ended the program, as WASI's proc_exit does.
type ExitError struct {
	Code uint32
}

// Error gives the code.
func (e *ExitError) Error() string { return "exit code " + strconv.FormatUint(uint64(e.Code), 10) }

// Exit ends the guest's program from inside a host function: the call into the guest returns an *ExitError.
func Exit(code uint32) { panic(&ExitError{Code: code}) }

// Fail ends the guest's call from inside a host function: the call into the guest returns err itself.
func Fail(err error) { panic(failure{err}) }

type failure struct{ err error }

// PanicError is the error of a call in which a host function panicked.
type PanicError struct {
	// Value is what was passed to panic.
	Value any
	// Thread is the id of the thread, 0 for a main thread.
	Thread int32
	// Stack is the guest's part of the stack; GoStack the whole stack at the panic as runtime/debug.Stack gives it.
	Stack   []Frame
	GoStack []byte
}

// Error gives the panic's value.
func (e *PanicError) Error() string { return fmt.Sprintf("host function panicked: %v", e.Value) }

// Report gives the value and the stack in Go's form.
func (e *PanicError) Report() string {
	return e.Error() + " (" + threadName(e.Thread) + ")\n" + string(e.GoStack)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrClosed is returned by calls on a closed instance.
var ErrClosed = errors.New("instance is closed")

// FrameOf turns a frame of Go's into one of the guest's, if it is in a generated package, where functions are named
// f<index> or f<index>_<name>, or in a package of its folder internal, where they are named F<index>.
func FrameOf(function, file string, line int) (Frame, bool) {
	pkg, name := splitFunc(function)
	role := "f"
	mod, ok := modules.Load(pkg)
	if i := strings.LastIndexByte(pkg, '/'); !ok && i >= 0 && strings.HasSuffix(pkg[:i], internalDir) {
		mod, ok = modules.Load(pkg[:i-len(internalDir)])
		role = "F"
	}
	digits, isFunc := strings.CutPrefix(name, role)
	if !ok || !isFunc {
		return Frame{}, false
	}
	digits, _, _ = strings.Cut(digits, "_")
	idx, err := strconv.Atoi(digits)
	if err != nil {
		return Frame{}, false
	}
	return Frame{Func: idx, Name: mod.(*Module).FuncName(idx), GoFunc: function, File: file, Line: line}, true
}

// internalDir is the folder of the packages of a generated package that is split.
const internalDir = "/internal"

// splitFunc splits a function's full name, path/to/pkg.name.
func splitFunc(function string) (pkg, name string) {
	slash := strings.LastIndexByte(function, '/') + 1
	pkg, name, _ = strings.Cut(function[slash:], ".")
	return function[:slash] + pkg, name
}

// guestStack walks the stack of the panicking goroutine. It reports the guest frames, also those of other modules that
// were called, and whether the panic began in guest code (or in this package on its behalf) and not in a host function.
func guestStack() (stack []Frame, inGuest bool) {
	const max = 64 // frames kept; deeper ones add nothing to a report
	var pcs [256]uintptr
	n := runtime.Callers(2, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	decided, panicking := false, false
	for {
		fr, more := frames.Next()
		switch f, ok := FrameOf(fr.Function, fr.File, fr.Line); {
		case ok:
			if !decided {
				decided, inGuest = true, true
			}
			if len(stack) < max {
				stack = append(stack, f)
			}
		case decided:
		case strings.HasPrefix(fr.Function, "runtime."):
			panicking = true
		case panicking && !onBehalfOfGuest(fr.Function):
			decided = true
		}
		if !more {
			return stack, inGuest
		}
	}
}

// onBehalfOfGuest reports whether a panic in the Go function fn is the guest's fault: fn is inlined into guest code.
func onBehalfOfGuest(fn string) bool {
	return strings.HasPrefix(fn, rtPkg+".") || strings.HasPrefix(fn, "encoding/binary.") ||
		strings.HasPrefix(fn, "sync/atomic.") || strings.HasPrefix(fn, "math.") || strings.HasPrefix(fn, "math/bits.")
}

// rtPkg is this package's import path, which differs where its source was copied beside a generated package.
var rtPkg = func() string {
	pc, _, _, _ := runtime.Caller(0)
	pkg, _ := splitFunc(runtime.FuncForPC(pc).Name()) // path/to/rt.init.func1 or so
	return pkg
}()

// faulter is a run-time error of an access to an address that can not be accessed.
type faulter interface{ Addr() uintptr }

// faultIn reports whether v is a fault in one of the memories.
func faultIn(v any, mems []*Memory) bool {
	fault, ok := v.(faulter)
	if !ok {
		return false
	}
	for _, m := range mems {
		if m.owns(fault.Addr()) {
			return true
		}
	}
	return false
}

// kindOf maps a panic that began in guest code to a trap: this package's own, or one of Go's run-time errors that the
// generated code relies on. A fault counts wherever it is in the memory of a guest.
func kindOf(v any) (TrapKind, bool) {
	if k, ok := v.(TrapKind); ok {
		return k, true
	}
	err, ok := v.(runtime.Error)
	if !ok {
		return 0, false
	}
	if fault, ok := v.(faulter); ok {
		return OutOfBoundsMemory, reservations.contains(fault.Addr())
	}
	if _, ok := v.(*runtime.TypeAssertionError); ok {
		if strings.Contains(err.Error(), " is nil, not ") {
			return UninitializedElement, true
		}
		return IndirectCallMismatch, true
	}
	switch msg := err.Error(); {
	case strings.Contains(msg, "integer divide by zero"):
		return IntegerDivideByZero, true
	case strings.Contains(msg, "index out of range"), strings.Contains(msg, "slice bounds out of range"):
		return OutOfBoundsMemory, true
	}
	return 0, false
}
