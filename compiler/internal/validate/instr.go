package validate

import (
	"math"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// simple validates an instruction by its signature.
func (b *Body) simple() {
	b.popAll(b.e.params)
	for _, t := range b.e.results {
		b.push(t)
	}
}

// memAccess validates an instruction with a memarg.
func (b *Body) memAccess() {
	m := b.memory(b.in.Index)
	if m == nil {
		return
	}
	if m.Addr == wasm.I32 && b.in.MemOffset > math.MaxUint32 {
		b.fail("offset out of range: %#x, in %s", b.in.MemOffset, b.in.Op.Name)
	}
	switch align, e := b.in.Align, b.e; {
	case align > e.align:
		b.fail("alignment must not be larger than natural: 2^%d, natural is 2^%d, in %s", align, e.align, b.in.Op.Name)
	case align < e.align && e.atomic:
		b.fail("atomic alignment must be natural: 2^%d, natural is 2^%d, in %s", align, e.align, b.in.Op.Name)
	}
	for i := len(b.e.params) - 1; i > 0; i-- {
		b.pop(b.e.params[i])
	}
	b.pop(m.Addr)
	for _, t := range b.e.results {
		b.push(t)
	}
}

func (b *Body) lane(lane byte) {
	if lane >= b.e.lanes {
		b.fail("invalid lane index %d, %s has %d lanes", lane, b.in.Op.Name, b.e.lanes)
	}
}

func (b *Body) laneAccess() {
	b.lane(b.in.Lane)
	b.simple()
}

func (b *Body) memLane() {
	b.lane(b.in.Lane)
	b.memAccess()
}

// shuffle chooses among the lanes of both operands.
func (b *Body) shuffle() {
	for _, l := range b.in.Bytes {
		if l >= 32 {
			b.fail("invalid lane index %d, %s chooses among 32", l, b.in.Op.Name)
		}
	}
	b.simple()
}

func (b *Body) localGet() { b.push(b.local(b.in.Index)) }

func (b *Body) localSet() {
	if t := b.local(b.in.Index); b.err == nil {
		b.pop(t)
	}
}

func (b *Body) localTee() {
	if t := b.local(b.in.Index); b.err == nil {
		b.pop(t)
		b.push(t)
	}
}

func (b *Body) globalGet() {
	if b.inRange(b.in.Index, len(b.m.GlobalTypes), "global") {
		b.push(b.m.GlobalTypes[b.in.Index].Type)
	}
}

func (b *Body) globalSet() {
	if !b.inRange(b.in.Index, len(b.m.GlobalTypes), "global") {
		return
	}
	g := b.m.GlobalTypes[b.in.Index]
	if !g.Mutable {
		b.fail("global is immutable: global %d", b.in.Index)
	}
	b.pop(g.Type)
}

// memory returns memory i, or nil with an error.
func (b *Body) memory(i uint32) *wasm.Memory {
	if !b.inRange(i, len(b.m.MemoryTypes), "memory") {
		return nil
	}
	return &b.m.MemoryTypes[i]
}

// table returns table i, or nil with an error.
func (b *Body) table(i uint32) *wasm.Table {
	if !b.inRange(i, len(b.m.TableTypes), "table") {
		return nil
	}
	return &b.m.TableTypes[i]
}

func (b *Body) memorySize() {
	if m := b.memory(b.in.Index); m != nil {
		b.push(m.Addr)
	}
}

func (b *Body) memoryGrow() {
	if m := b.memory(b.in.Index); m != nil {
		b.pop(m.Addr)
		b.push(m.Addr)
	}
}

// memoryInit: destination, source, length; both of the latter are i32, as segments are.
func (b *Body) memoryInit() {
	m := b.memory(b.in.Index2)
	if m == nil || !b.dataSegment() {
		return
	}
	b.pop(wasm.I32)
	b.pop(wasm.I32)
	b.pop(m.Addr)
}

func (b *Body) dataDrop() { b.dataSegment() }

func (b *Body) dataSegment() bool { return b.inRange(b.in.Index, len(b.m.Datas), "data segment") }

func (b *Body) memoryCopy() {
	dst, src := b.memory(b.in.Index), b.memory(b.in.Index2)
	if dst == nil || src == nil {
		return
	}
	b.pop(shorter(dst.Addr, src.Addr))
	b.pop(src.Addr)
	b.pop(dst.Addr)
}

// shorter is the address type of a length that must fit both.
func shorter(x, y wasm.ValType) wasm.ValType {
	if x == y {
		return x
	}
	return wasm.I32
}

func (b *Body) memoryFill() {
	if m := b.memory(b.in.Index); m != nil {
		b.pop(m.Addr)
		b.pop(wasm.I32)
		b.pop(m.Addr)
	}
}

func (b *Body) tableGet() {
	if t := b.table(b.in.Index); t != nil {
		b.pop(t.Addr)
		b.push(t.Elem)
	}
}

func (b *Body) tableSet() {
	if t := b.table(b.in.Index); t != nil {
		b.pop(t.Elem)
		b.pop(t.Addr)
	}
}

func (b *Body) tableSize() {
	if t := b.table(b.in.Index); t != nil {
		b.push(t.Addr)
	}
}

func (b *Body) tableGrow() {
	if t := b.table(b.in.Index); t != nil {
		b.pop(t.Addr)
		b.pop(t.Elem)
		b.push(t.Addr)
	}
}

func (b *Body) tableFill() {
	if t := b.table(b.in.Index); t != nil {
		b.pop(t.Addr)
		b.pop(t.Elem)
		b.pop(t.Addr)
	}
}

func (b *Body) tableCopy() {
	dst, src := b.table(b.in.Index), b.table(b.in.Index2)
	if dst == nil || src == nil {
		return
	}
	if dst.Elem != src.Elem {
		b.fail("type mismatch: table.copy from a table of %s to one of %s", src.Elem, dst.Elem)
	}
	b.pop(shorter(dst.Addr, src.Addr))
	b.pop(src.Addr)
	b.pop(dst.Addr)
}

func (b *Body) tableInit() {
	t := b.table(b.in.Index2)
	if t == nil || !b.elemSegment() {
		return
	}
	if s := &b.m.Elems[b.in.Index]; s.Type != t.Elem {
		b.fail("type mismatch: table.init from a segment of %s to a table of %s", s.Type, t.Elem)
	}
	b.pop(wasm.I32)
	b.pop(wasm.I32)
	b.pop(t.Addr)
}

func (b *Body) elemDrop() { b.elemSegment() }

func (b *Body) elemSegment() bool { return b.inRange(b.in.Index, len(b.m.Elems), "elem segment") }

func (b *Body) refNull() { b.push(b.in.RefType) }

func (b *Body) refIsNull() {
	if t := b.popAny(); t != wasm.Unknown && !t.IsRef() {
		b.fail("type mismatch: ref.is_null expects a reference, found %s", t)
	}
	b.push(wasm.I32)
}

func (b *Body) refFunc() {
	if !b.inRange(b.in.Index, len(b.c.refs), "function") {
		return
	}
	if !b.c.refs[b.in.Index] {
		b.fail("undeclared function reference: function %d", b.in.Index)
	}
	b.push(wasm.FuncRef)
}
