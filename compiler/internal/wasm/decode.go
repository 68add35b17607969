package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

// Implementation limits (spec: 7.2), those of the web embedding.
const (
	MaxLocals  = 50000
	MaxParams  = 1000
	MaxResults = 1000
)

// Section ids (spec: 5.5.2).
const (
	secCustom = iota
	secType
	secImport
	secFunction
	secTable
	secMemory
	secGlobal
	secExport
	secStart
	secElement
	secCode
	secData
	secDataCount
	secTag
)

// sections is the order of sections in a module, custom sections aside.
var sections = []struct {
	id     byte
	decode func(*decoder)
}{
	{secType, (*decoder).typeSection},
	{secImport, (*decoder).importSection},
	{secFunction, (*decoder).functionSection},
	{secTable, (*decoder).tableSection},
	{secMemory, (*decoder).memorySection},
	{secTag, (*decoder).tagSection},
	{secGlobal, (*decoder).globalSection},
	{secExport, (*decoder).exportSection},
	{secStart, (*decoder).startSection},
	{secElement, (*decoder).elementSection},
	{secDataCount, (*decoder).dataCountSection},
	{secCode, (*decoder).codeSection},
	{secData, (*decoder).dataSection},
}

// decoder is the state of one Decode: the cursor's end is the end of the current section.
type decoder struct {
	cursor
	m *Module
	// exprs reads constant expressions.
	exprs Reader
	instr Instr
}

// Decode decodes a module (spec: 5.5), except for the instructions of function bodies: they are left to Reader, which
// validation drives. Memory and time are linear in len(bin). A non-nil error is an *Error.
func Decode(bin []byte) (*Module, error) {
	bin = bin[:len(bin):len(bin)] // what lies behind it is the caller's
	d := &decoder{cursor: cursor{b: bin, end: len(bin)}, m: &Module{Bytes: bin}}
	d.header()
	for next := 0; d.err == nil && d.left() > 0; {
		next = d.section(next)
	}
	if d.err == nil {
		d.agreement()
	}
	if d.err != nil {
		return nil, d.err
	}
	d.names()
	return d.m, nil
}

func (d *decoder) header() {
	if d.left() < 4 {
		d.malformed(d.pos, "unexpected end: %d bytes are too few for a module", d.left())
		return
	}
	if string(d.take(4)) != "\x00asm" {
		d.malformed(0, "magic header not detected")
		return
	}
	if d.left() < 4 {
		d.malformed(d.pos, "unexpected end: no version after the magic header")
		return
	}
	switch v := d.fixed32(); v {
	case 1:
	case 0x1000d:
		d.malformed(4, "unknown binary version: this is a component, not a core module")
	default:
		d.malformed(4, "unknown binary version %#x", v)
	}
}

// section decodes one section. next is the first entry of the sections table that may still come; the new one is
// returned.
func (d *decoder) section(next int) int {
	at := d.pos
	id := d.byte()
	if id > secTag {
		d.malformed(at, "malformed section id %d", id)
		return next
	}
	sizeAt := d.pos
	size := d.u32()
	if int64(size) > int64(d.left()) {
		d.malformed(sizeAt, "length out of bounds: section %d has %d bytes, %d are left", id, size, d.left())
	}
	if d.err != nil {
		return next
	}
	start, whole := d.pos, d.end
	d.end = start + int(size)
	d.m.Sections = append(d.m.Sections, Section{ID: id, Start: start, End: d.end})
	if id == secCustom {
		d.customSection()
	} else {
		next = d.ordered(id, at, next)
	}
	if d.err == nil && d.pos != d.end {
		d.malformed(d.pos, "section size mismatch: section %d has %d bytes more than its content", id, d.left())
	}
	d.end = whole
	return next
}

// ordered decodes a section that has a place in the order.
func (d *decoder) ordered(id byte, at, next int) int {
	for i := next; i < len(sections); i++ {
		if sections[i].id == id {
			sections[i].decode(d)
			return i + 1
		}
	}
	d.malformed(at, "unexpected content after last section: section %d is out of order or stands twice", id)
	return next
}

// agreement checks the counts that two sections must agree on.
func (d *decoder) agreement() {
	m := d.m
	if len(m.Funcs) != len(m.Codes) {
		d.malformed(len(d.b), "function and code section have inconsistent lengths: %d and %d", len(m.Funcs), len(m.Codes))
	}
	if m.DataCount != nil && int64(*m.DataCount) != int64(len(m.Datas)) {
		d.malformed(len(d.b), "data count and data section have inconsistent lengths: %d and %d", *m.DataCount, len(m.Datas))
	}
}

func (d *decoder) customSection() {
	name := d.name()
	d.m.Sections[len(d.m.Sections)-1].Name = name
	d.m.Customs = append(d.m.Customs, Custom{Name: name, Start: d.pos, End: d.end})
	d.pos = d.end
}

func (d *decoder) tagSection() {
	d.unsupported(d.pos, op.ExceptionHandling, "tag section")
}

func (d *decoder) startSection() {
	f := d.u32()
	d.m.Start = &f
}

func (d *decoder) dataCountSection() {
	n := d.u32()
	d.m.DataCount = &n
}
