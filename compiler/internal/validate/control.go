package validate

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

func (b *Body) nop() {}

func (b *Body) unreachable() { b.setUnreachable() }

// block opens a block or loop.
func (b *Body) block() {
	t := b.in.Block
	if t.Index >= 0 {
		if t.Index >= int64(len(b.m.Types)) {
			b.fail("unknown type %d", t.Index)
			return
		}
		b.popAll(b.m.Types[t.Index].Params)
	}
	b.pushFrame(uint8(b.in.Op.Code), int32(t.Index), t.Result)
	if t.Index >= 0 {
		b.pushAll(b.m.Types[t.Index].Params)
	}
}

func (b *Body) ifOp() {
	b.pop(wasm.I32)
	b.block()
}

func (b *Body) elseOp() {
	if b.ctrls[len(b.ctrls)-1].code != uint8(op.If) {
		b.err = b.reader.StrayElse(b.in.Offset)
		return
	}
	f := b.popFrame()
	b.pushFrame(uint8(op.Else), f.typ, f.result)
	b.pushAll(b.startTypes(&f))
}

func (b *Body) end() {
	f := b.popFrame()
	if f.code == uint8(op.If) && !equal(b.startTypes(&f), b.endTypes(&f)) {
		b.fail("type mismatch: if without else expects %v, gives %v", b.endTypes(&f), b.startTypes(&f))
	}
	if len(b.ctrls) > 0 {
		b.pushAll(b.endTypes(&f))
	}
}

func (b *Body) br() {
	if f := b.label(b.in.Index); f != nil {
		b.popAll(b.labelTypes(f))
		b.setUnreachable()
	}
}

func (b *Body) brIf() {
	b.pop(wasm.I32)
	if f := b.label(b.in.Index); f != nil {
		types := b.labelTypes(f)
		b.popAll(types)
		b.pushAll(types)
	}
}

func (b *Body) brTable() {
	b.pop(wasm.I32)
	labels := b.in.Labels
	last := b.label(labels[len(labels)-1])
	if last == nil {
		return
	}
	arity := len(b.labelTypes(last))
	b.newSerial()
	for _, l := range labels {
		f := b.label(l)
		if f == nil || b.err != nil {
			return
		}
		if !b.firstMeeting(f) {
			continue
		}
		types := b.labelTypes(f)
		if len(types) != arity {
			b.fail("type mismatch: label %d takes %d operands, the default label %d", l, len(types), arity)
			return
		}
		b.peekAll(types)
	}
	b.setUnreachable()
}

// firstMeeting reports whether the label type of f is new to the current br_table. A table may name a label with a
// thousand operands a million times. Types without an index are too short to be worth it.
func (b *Body) firstMeeting(f *frame) bool {
	if f.typ < 0 {
		return true
	}
	i := 2 * int(f.typ)
	if f.code == uint8(op.Loop) {
		i++
	}
	if b.seen[i] == b.serial {
		return false
	}
	b.seen[i] = b.serial
	return true
}

func (b *Body) newSerial() {
	if b.seen == nil {
		b.seen = make([]uint32, 2*len(b.m.Types))
	}
	if b.serial++; b.serial == 0 {
		clear(b.seen)
		b.serial = 1
	}
}

func (b *Body) returnOp() {
	b.popAll(b.endTypes(&b.ctrls[0]))
	b.setUnreachable()
}

func (b *Body) call() {
	if b.inRange(b.in.Index, len(b.m.FuncTypes), "function") {
		b.apply(b.m.FuncType(b.in.Index))
	}
}

func (b *Body) callIndirect() {
	if !b.inRange(b.in.Index2, len(b.m.TableTypes), "table") || !b.inRange(b.in.Index, len(b.m.Types), "type") {
		return
	}
	t := &b.m.TableTypes[b.in.Index2]
	if t.Elem != wasm.FuncRef {
		b.fail("type mismatch: call_indirect expects a table of %s, table %d is of %s", wasm.FuncRef, b.in.Index2, t.Elem)
		return
	}
	b.pop(t.Addr)
	b.apply(&b.m.Types[b.in.Index])
}

func (b *Body) apply(t *wasm.FuncType) {
	b.popAll(t.Params)
	b.pushAll(t.Results)
}

func (b *Body) drop() { b.popAny() }

func (b *Body) selectOp() {
	b.pop(wasm.I32)
	x, y := b.popAny(), b.popAny()
	switch {
	case x.IsRef() || y.IsRef():
		b.fail("type mismatch: select of references needs a type")
	case x != y && x != wasm.Unknown && y != wasm.Unknown:
		b.fail("type mismatch: select of %s and %s", y, x)
	}
	if x == wasm.Unknown {
		x = y
	}
	b.push(x)
}

func (b *Body) selectT() {
	if len(b.in.Types) != 1 {
		b.fail("invalid result arity: select has %d types", len(b.in.Types))
		return
	}
	t := b.in.Types[0]
	b.pop(wasm.I32)
	b.pop(t)
	b.pop(t)
	b.push(t)
}
