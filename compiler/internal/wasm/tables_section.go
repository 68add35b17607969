package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

// Bits of the limits flag.
const (
	limitsMax      = 1 << 0
	limitsShared   = 1 << 1
	limitsAddr64   = 1 << 2
	limitsPageSize = 1 << 3
)

// limits reads limits (spec: 5.3.7; of 64 bits since version 3.0, whatever the address type) whose flag may have the
// bits of allowed. Its callers report a missing proposal only after all is read, so that a malformed module stays
// malformed.
func (d *decoder) limits(allowed byte) (l Limits, flag byte, at int) {
	at = d.pos
	flag = d.byte()
	if flag&^allowed != 0 {
		d.malformed(at, "malformed limits flags %#x", flag)
	}
	l = Limits{HasMax: flag&limitsMax != 0, Shared: flag&limitsShared != 0, Addr: I32}
	if flag&limitsAddr64 != 0 {
		l.Addr = I64
	}
	l.Min = d.u64()
	if l.HasMax {
		l.Max = d.u64()
	}
	return l, flag, at
}

func (d *decoder) memoryType() Memory {
	l, flag, at := d.limits(limitsMax | limitsShared | limitsAddr64 | limitsPageSize)
	if flag&limitsPageSize != 0 {
		d.u32()
		d.unsupported(at, op.CustomPageSizes, "page size of a memory")
	}
	if l.Addr == I64 {
		d.unsupported(at, op.Memory64, "64-bit memory")
	}
	return Memory{Limits: l, PageSize: PageSize}
}

func (d *decoder) tableType() Table {
	elem := d.refType()
	l, _, at := d.limits(limitsMax | limitsAddr64)
	if l.Addr == I64 {
		d.unsupported(at, op.Memory64, "64-bit table")
	}
	return Table{Limits: l, Elem: elem}
}

func (d *decoder) globalType() GlobalType {
	t := d.valType()
	at := d.pos
	mut := d.byte()
	if mut > 1 {
		d.malformed(at, "malformed mutability %#x", mut)
	}
	return GlobalType{Type: t, Mutable: mut == 1}
}

func (d *decoder) tableSection() {
	n := d.count(3)
	d.m.Tables = make([]Table, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		if d.peek() == 0x40 {
			d.unsupported(d.pos, op.FunctionReferences, "table with an initial value")
			return
		}
		d.m.Tables = append(d.m.Tables, d.tableType())
	}
	d.m.TableTypes = append(d.m.TableTypes, d.m.Tables...)
}

func (d *decoder) memorySection() {
	n := d.count(2)
	d.m.Memories = make([]Memory, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Memories = append(d.m.Memories, d.memoryType())
	}
	d.m.MemoryTypes = append(d.m.MemoryTypes, d.m.Memories...)
}

func (d *decoder) globalSection() {
	n := d.count(3)
	d.m.Globals = make([]Global, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		g := Global{GlobalType: d.globalType(), Init: d.constExpr()}
		d.m.Globals = append(d.m.Globals, g)
		d.m.GlobalTypes = append(d.m.GlobalTypes, g.GlobalType)
	}
}

// constExpr finds the end of an expression; what may stand in it is validation's business.
func (d *decoder) constExpr() ConstExpr {
	e := ConstExpr{Start: d.pos}
	if d.err != nil {
		return e
	}
	r, in := &d.exprs, &d.instr
	r.Reset(d.m, d.pos, d.end)
	for depth, instrs := 1, 0; depth > 0; instrs++ {
		if err := r.Next(in); err != nil {
			d.fail(r.err)
			return e
		}
		switch in.Op.Code {
		case op.I32Const:
			e.i32, e.lone = uint32(in.Value), instrs == 0
		case op.Block, op.Loop, op.If:
			depth++
		case op.End:
			depth--
			e.lone = e.lone && instrs == 1
		}
	}
	d.pos = r.pos
	e.End = d.pos
	return e
}
