package validate

import (
	"sort"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// maxStack bounds the operand stack, in values: two bytes of code may push 1,000 of them.
const maxStack = 1 << 20

// frame is one entry of the control stack. It is small, as a function may nest as many blocks as it has bytes.
type frame struct {
	// typ is a type index, or -1: then the block has no parameters and at most one result.
	typ         int32
	result      wasm.ValType
	height      int32 // of the operand stack below the block
	code        uint8 // op.Block, op.Loop, op.If or op.Else; op.Block for the function
	unreachable bool
}

// Body validates function bodies, one after the other. It is the state of one goroutine; everything in it is reused.
type Body struct {
	c  *Checker
	m  *wasm.Module
	fn int // function index

	reader wasm.Reader
	in     wasm.Instr
	e      *entry // of in
	quicks *[256]quick
	err    *wasm.Error
	watch  *Watch

	stack []wasm.ValType
	ctrls []frame

	// locals holds the types of the first locals, parameters included. A body of few bytes may declare 50,000 locals,
	// so the rest is looked up in runs by runEnds, the indices where each run ends.
	locals  []wasm.ValType
	runs    []wasm.LocalRun
	runEnds []uint32

	// seen and serial mark the label types that the current br_table has met: two per type, parameters and results.
	seen   []uint32
	serial uint32
}

// NewBody returns a Body for the functions of c's module.
func (c *Checker) NewBody() *Body { return c.newBody(nil) }

// newBody is NewBody that tells w, if that is not nil, of the bodies.
func (c *Checker) newBody(w *Watch) *Body {
	return &Body{c: c, m: c.m, watch: w, quicks: quicksFor(c.m, w)}
}

// Check validates the body of defined function i (Module.Codes[i]).
func (b *Body) Check(i int) error {
	code := &b.m.Codes[i]
	b.fn = b.m.ImportedFunc + i
	b.err = nil
	b.stack, b.ctrls = b.stack[:0], b.ctrls[:0]
	b.setLocals(b.m.FuncType(uint32(b.fn)), code)
	b.reader.Reset(b.m, code.Start, code.End)
	b.reader.Func = b.fn
	b.pushFrame(uint8(op.Block), int32(b.m.FuncTypes[b.fn]), wasm.Unknown)
	instrs := 0
	for ; len(b.ctrls) > 0; instrs++ {
		instrs += b.quick()
		if !b.reader.More() {
			return b.reader.EndExpected(len(b.ctrls))
		}
		if err := b.reader.Next(&b.in); err != nil {
			return err
		}
		b.e = entryOf(b.in.Op.Code)
		b.e.check(b)
		if b.err != nil {
			return b.located(b.err)
		}
		if w := b.watch; w != nil && !(b.in.Op.Code < 256 && w.Plain[b.in.Op.Code]) {
			w.Instr(b.fn, &b.in, len(b.ctrls)-1)
		}
	}
	if b.reader.More() {
		return b.reader.TooLong()
	}
	if b.watch != nil {
		b.watch.Body(b.fn, instrs)
	}
	return nil
}

func (b *Body) located(e *wasm.Error) error {
	e.Func, e.FuncName = b.fn, b.m.FuncName(uint32(b.fn))
	return e
}

// fail keeps the first error; handlers may go on after it.
func (b *Body) fail(format string, args ...any) {
	if b.err == nil {
		b.err = invalid(b.in.Offset, format, args...)
	}
}

// inRange checks an index against the size of its space.
func (b *Body) inRange(index uint32, n int, what string) bool {
	if int64(index) < int64(n) {
		return true
	}
	b.fail("unknown %s %d", what, index)
	return false
}

// setLocals prepares locals. Time and space are linear in the size of the body.
func (b *Body) setLocals(t *wasm.FuncType, code *wasm.Code) {
	b.locals = append(b.locals[:0], t.Params...)
	b.runs, b.runEnds = code.Locals, b.runEnds[:0]
	room := 64 + code.End - code.Start
	end := uint32(len(t.Params))
	for _, r := range code.Locals {
		end += r.Count
		b.runEnds = append(b.runEnds, end)
		n := min(int(r.Count), room)
		room -= n
		// Only a prefix: once room is used up no later run may follow.
		if n < int(r.Count) {
			room = 0
		}
		for ; n > 0; n-- {
			b.locals = append(b.locals, r.Type)
		}
	}
}

// local returns the type of local x.
func (b *Body) local(x uint32) wasm.ValType {
	if int64(x) < int64(len(b.locals)) {
		return b.locals[x]
	}
	run := sort.Search(len(b.runEnds), func(i int) bool { return x < b.runEnds[i] })
	if run == len(b.runEnds) {
		b.fail("unknown local %d", x)
		return wasm.Unknown
	}
	return b.runs[run].Type
}

func (b *Body) push(t wasm.ValType) { b.stack = append(b.stack, t) }

func (b *Body) pushAll(types []wasm.ValType) {
	if len(b.stack)+len(types) > maxStack {
		if b.err == nil {
			b.err = wasm.Errorf(wasm.TooLarge, b.in.Offset, "more than %d operands on the stack", maxStack)
		}
		return
	}
	b.stack = append(b.stack, types...)
}

// popAny pops a value of any type. In unreachable code it gives Unknown when the block has none.
func (b *Body) popAny() wasm.ValType {
	f := &b.ctrls[len(b.ctrls)-1]
	n := len(b.stack)
	if n == int(f.height) {
		if !f.unreachable {
			b.fail("type mismatch: %s expects an operand, the stack is empty", b.in.Op.Name)
		}
		return wasm.Unknown
	}
	t := b.stack[n-1]
	b.stack = b.stack[:n-1]
	return t
}

// pop pops a value of type want.
func (b *Body) pop(want wasm.ValType) {
	f := &b.ctrls[len(b.ctrls)-1]
	n := len(b.stack)
	if n == int(f.height) {
		if !f.unreachable {
			b.fail("type mismatch: %s expects %s, the stack is empty", b.in.Op.Name, want)
		}
		return
	}
	got := b.stack[n-1]
	b.stack = b.stack[:n-1]
	if got != want && got != wasm.Unknown {
		b.fail("type mismatch: %s expects %s, found %s", b.in.Op.Name, want, got)
	}
}

// popAll pops values of the types, the last one first.
func (b *Body) popAll(types []wasm.ValType) {
	base := len(b.stack) - len(types)
	if base >= int(b.ctrls[len(b.ctrls)-1].height) && equal(b.stack[base:], types) {
		b.stack = b.stack[:base]
		return
	}
	for i := len(types) - 1; i >= 0 && b.err == nil; i-- {
		b.pop(types[i])
	}
}

// peekAll checks that popAll(types) would do, and pops nothing.
func (b *Body) peekAll(types []wasm.ValType) {
	f := &b.ctrls[len(b.ctrls)-1]
	at := len(b.stack)
	for i := len(types) - 1; i >= 0; i-- {
		if at--; at < int(f.height) {
			if !f.unreachable {
				b.fail("type mismatch: %s expects %v, %d operands are missing", b.in.Op.Name, types, i+1)
			}
			return
		}
		if t := b.stack[at]; t != types[i] && t != wasm.Unknown {
			b.fail("type mismatch: %s expects %s, found %s", b.in.Op.Name, types[i], t)
			return
		}
	}
}

// equal is slices.Equal, but a third faster: code of calls with a thousand operands spends its time here.
func equal(a, b []wasm.ValType) bool {
	if len(a) != len(b) {
		return false
	}
	b = b[:len(a)]
	for i, t := range a {
		if t != b[i] {
			return false
		}
	}
	return true
}

// The control stack.

func (b *Body) pushFrame(code uint8, typ int32, result wasm.ValType) {
	b.ctrls = append(b.ctrls, frame{typ: typ, result: result, height: int32(len(b.stack)), code: code})
}

func (b *Body) startTypes(f *frame) []wasm.ValType {
	if f.typ >= 0 {
		return b.m.Types[f.typ].Params
	}
	return nil
}

func (b *Body) endTypes(f *frame) []wasm.ValType {
	switch {
	case f.typ >= 0:
		return b.m.Types[f.typ].Results
	case f.result == wasm.Unknown:
		return nil
	}
	return wasm.Single(f.result)
}

// labelTypes are the types a branch to f takes.
func (b *Body) labelTypes(f *frame) []wasm.ValType {
	if f.code == uint8(op.Loop) {
		return b.startTypes(f)
	}
	return b.endTypes(f)
}

// label returns the frame that label l names, or nil with an error.
func (b *Body) label(l uint32) *frame {
	if !b.inRange(l, len(b.ctrls), "label") {
		return nil
	}
	return &b.ctrls[len(b.ctrls)-1-int(l)]
}

// setUnreachable drops the block's operands; from here to its end the stack gives whatever is asked for.
func (b *Body) setUnreachable() {
	f := &b.ctrls[len(b.ctrls)-1]
	b.stack = b.stack[:f.height]
	f.unreachable = true
}

// popFrame checks that the innermost block leaves just its results, and closes it.
func (b *Body) popFrame() frame {
	f := b.ctrls[len(b.ctrls)-1]
	b.popAll(b.endTypes(&f))
	if n := len(b.stack) - int(f.height); n != 0 {
		b.fail("type mismatch: %d operands too many at %s, which expects %v", n, b.in.Op.Name, b.endTypes(&f))
	}
	b.ctrls = b.ctrls[:len(b.ctrls)-1]
	return f
}
