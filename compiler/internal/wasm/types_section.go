package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

// valTypes holds what a byte means as a value type; reference types of later proposals have their proposal.
var valTypes = func() (t [256]struct {
	known    bool
	proposal op.Proposal // if not known and not Core1
}) {
	for _, v := range []ValType{I32, I64, F32, F64, V128, FuncRef, ExternRef} {
		t[v].known = true
	}
	for p, codes := range map[op.Proposal]string{
		op.FunctionReferences: "\x63\x64",
		op.GC:                 "\x6a\x6b\x6c\x6d\x6e\x71\x72\x73",
		op.ExceptionHandling:  "\x69\x74",
	} {
		for i := 0; i < len(codes); i++ {
			t[codes[i]].proposal = p
		}
	}
	return t
}()

// valType reads a value type (spec: 5.3.4).
func (c *cursor) valType() ValType {
	at := c.pos
	return c.checkType(at, c.byte(), "value type")
}

// refType reads a reference type (spec: 5.3.3).
func (c *cursor) refType() ValType {
	at := c.pos
	t := c.checkType(at, c.byte(), "reference type")
	if c.err == nil && !t.IsRef() {
		c.malformed(at, "malformed reference type %#x", uint32(t))
	}
	return t
}

func (c *cursor) checkType(at int, b byte, what string) ValType {
	switch t := &valTypes[b]; {
	case c.err != nil:
		return Unknown
	case t.known:
		return ValType(b)
	case t.proposal != op.Core1:
		c.unsupported(at, t.proposal, "type %#x", b)
	default:
		c.malformed(at, "malformed %s %#x", what, b)
	}
	return Unknown
}

// heapType reads the immediate of ref.null.
func (c *cursor) heapType() ValType {
	if b := c.peek(); b&0xc0 == 0x40 {
		return c.refType()
	}
	at := c.pos
	if i := c.s33(); c.err == nil {
		c.unsupported(at, op.FunctionReferences, "heap type %d", i)
	}
	return Unknown
}

// emptyBlock is the type of a block without parameters and results.
const emptyBlock = 0x40

// blockType reads a block type (spec: 5.4.1): the empty one, a value type, or a type index as a positive s33.
func (c *cursor) blockType() BlockType {
	b := c.peek()
	if t := ShortBlockType(b); t.Index < 0 {
		c.pos++
		return t
	}
	if b&0xc0 == 0x40 {
		return BlockType{Index: -1, Result: c.valType()}
	}
	at := c.pos
	i := c.s33()
	if i < 0 {
		c.malformed(at, "malformed block type %d", i)
	}
	return BlockType{Index: i}
}

// ShortBlockType returns the block type that b is if it is one without an index; others have index 0.
func ShortBlockType(b byte) BlockType {
	switch {
	case b == emptyBlock:
		return BlockType{Index: -1}
	case valTypes[b].known:
		return BlockType{Index: -1, Result: ValType(b)}
	}
	return BlockType{}
}

func (d *decoder) typeSection() {
	n := d.count(3)
	d.m.Types = make([]FuncType, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Types = append(d.m.Types, d.funcType())
	}
}

func (d *decoder) funcType() FuncType {
	at := d.pos
	switch form := d.byte(); form {
	case 0x60:
	case 0x4d, 0x4c:
		d.unsupported(at, op.CustomDescriptors, "type form %#x", form)
	case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
		d.unsupported(at, op.GC, "type form %#x", form)
	default:
		d.malformed(at, "malformed definition type %#x", form)
	}
	return FuncType{Params: d.typeVec(MaxParams, "parameters"), Results: d.typeVec(MaxResults, "results")}
}

func (d *decoder) typeVec(limit int, what string) []ValType {
	at := d.pos
	n := d.count(1)
	if n > limit {
		d.fail(Errorf(TooLarge, at, "%d %s, more than %d", n, what, limit))
	}
	if d.err != nil || n == 0 {
		return nil
	}
	v := make([]ValType, n)
	for i := range v {
		v[i] = d.valType()
	}
	return v
}

func (d *decoder) functionSection() {
	n := d.count(1)
	d.m.Funcs = make([]uint32, n)
	for i := range d.m.Funcs {
		d.m.Funcs[i] = d.u32()
	}
	d.m.FuncTypes = append(d.m.FuncTypes, d.m.Funcs...)
}
