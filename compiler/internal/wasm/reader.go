package wasm

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// lone is the immediate of each one-byte opcode that has exactly one, 0 for those without any, several for others and for
// prefixes.
var lone = func() (t [256]byte) {
	for b, o := range rows[0] {
		switch {
		case o == nil || len(o.Imm) > 1:
			t[b] = several
		case len(o.Imm) == 1:
			t[b] = o.Imm[0]
		}
	}
	return t
}()

const several = 0xff

// rows answers an opcode without a map: rows[0] the one-byte opcodes, rows[1+prefix-firstPrefix] the prefixed ones.
// Rows of unsupported proposals are missing here.
var rows = func() (t [1 + 0xff - firstPrefix][256]*op.Op) {
	for _, o := range op.All() {
		prefix, sub := o.Code.Prefix()
		switch {
		case !o.Proposal.Supported() || sub > 0xff:
		case prefix == 0:
			t[0][sub] = o
		default:
			t[1+prefix-firstPrefix][sub] = o
		}
	}
	return t
}()

const (
	firstPrefix = 0xfb
	lastPrefix  = 0xfe
)

// Reader reads the instructions of an expression, driven by Op.Imm. It allocates nothing per instruction. It checks
// the form of each instruction, not the nesting of blocks nor indices.
type Reader struct {
	cursor
	m *Module
	// Func is the function index for errors, or -1.
	Func int
}

// NewReader returns a Reader of m.Bytes[start:end], outside any function: set Func for better errors.
func NewReader(m *Module, start, end int) *Reader {
	r := new(Reader)
	r.Reset(m, start, end)
	return r
}

// Reset makes r a Reader as NewReader does.
func (r *Reader) Reset(m *Module, start, end int) {
	*r = Reader{cursor: cursor{b: m.Bytes[:end], pos: start, end: end}, m: m, Func: -1}
}

// More reports whether instructions are left.
func (r *Reader) More() bool { return r.pos < r.end }

// Rest returns the bytes of the instructions that are left. Skip passes over n of them.
func (r *Reader) Rest() []byte { return r.b[r.pos:] }

// Skip passes over n bytes of Rest, whole instructions.
func (r *Reader) Skip(n int) { r.pos += n }

// Next reads one instruction into in. Fields that the instruction does not have mean nothing.
func (r *Reader) Next(in *Instr) error {
	in.Offset = r.pos
	b := r.b[r.pos:]
	if len(b) < MaxShort {
		return r.next(in)
	}
	word := binary.LittleEndian.Uint64(b)
	w := uint32(word)
	s := &shorts[byte(w)]
	if (w^s.first)&s.mask != 0 {
		return r.longer(in, word)
	}
	in.Op = s.op
	in.Index = w >> 8 & s.index
	in.Value = uint64(int32(w<<17) >> 25)
	in.Align, in.MemOffset = w>>8&MaxAlign, uint64(w>>16&0x7f)
	in.Block = BlockType{Index: -1}
	r.pos += int(s.size)
	return nil
}

// MaxShort is the number of bytes of which Next reads most instructions by itself: it takes an opcode, an alignment and a
// number of Number's from a word of so many.
const MaxShort = 8

// short is how Next reads a one-byte opcode whose immediates are numbers of one byte: without a branch that depends on the
// opcode, as nobody can predict the next one. The instruction is another one if its first four bytes, the opcode the lowest,
// differ from first in a bit of mask.
type short struct {
	op          *op.Op
	first, mask uint32
	index       uint32 // mask of the byte behind the opcode: it is an index, or not
	size        uint32 // of the instruction
}

var shorts = func() (t [256]short) {
	for b := range t {
		s := short{op: rows[0][b], size: 1}
		switch lone[b] {
		case 0:
			if s.op == nil {
				s = never
			}
		case op.ImmLocal, op.ImmLabel, op.ImmGlobal, op.ImmFunc:
			s.mask, s.index, s.size = 0x80_00, 0x7f, 2
		case op.ImmMemarg:
			s.mask, s.size = 0x80_ff_00&^(MaxAlign<<8), 3
		case op.ImmI32, op.ImmI64:
			s.mask, s.size = 0x80_00, 2
		case op.ImmBlock:
			s.first, s.mask, s.size = emptyBlock<<8, 0xff_00, 2
		default:
			s = never
		}
		if s == never {
			s.first = uint32(^b & 0xff)
		}
		t[b] = s
	}
	return t
}()

// never stands for an opcode that is not read so: it differs from first.
var never = short{mask: 0xff}

// longer is Next for an instruction that is not short; w begins with it. It reads larger numbers by itself; linkers pad those
// that they fill in to five bytes.
func (r *Reader) longer(in *Instr, w uint64) error {
	letter := lone[byte(w)]
	var size, last int // of the instruction and of the number, in bytes
	var v uint64
	switch letter {
	case op.ImmLocal, op.ImmLabel, op.ImmGlobal, op.ImmFunc:
		if v, last = Number(w >> 8); v > math.MaxUint32 {
			return r.next(in)
		}
		in.Index, size = uint32(v), 1+last
	case op.ImmI32, op.ImmI64:
		v, last = Number(w >> 8)
		signed := int64(v<<(64-7*last)) >> (64 - 7*last)
		if letter == op.ImmI32 && signed != int64(int32(signed)) {
			return r.next(in)
		}
		in.Value, size = uint64(signed), 1+last
	case op.ImmMemarg:
		align := w >> 8 & 0xff
		if align > MaxAlign {
			return r.next(in)
		}
		v, last = Number(w >> 16)
		in.Align, in.Index, in.MemOffset, size = uint32(align), 0, v, 2+last
	}
	if last == 0 {
		return r.next(in)
	}
	in.Op = rows[0][byte(w)]
	r.pos += size
	return nil
}

// Number reads the LEB128 integer of up to five bytes that x begins with, the lowest byte first: the bits and the number of
// bytes, 0 for a longer one.
func Number(x uint64) (v uint64, n int) {
	const more = 0x80_80_80_80_80
	if x&0x80 == 0 {
		return x & 0x7f, 1
	}
	n = bits.TrailingZeros64(^x&more|1<<40)/8 + 1
	if n > 5 {
		return 0, 0
	}
	x &= 1<<(8*n) - 1
	return x&0x7f | x>>1&(0x7f<<7) | x>>2&(0x7f<<14) | x>>3&(0x7f<<21) | x>>4&(0x7f<<28), n
}

// next is Next for any instruction.
func (r *Reader) next(in *Instr) error {
	if r.pos >= r.end {
		r.unexpectedEnd()
		return r.located()
	}
	b := r.b[r.pos]
	r.pos++
	o := rows[0][b]
	if o == nil {
		if o = r.prefixed(b, in.Offset); o == nil {
			return r.located()
		}
	}
	in.Op = o
	for i := 0; i < len(o.Imm); i++ {
		r.immediate(in, o.Imm[i], i)
	}
	if r.err != nil {
		return r.located()
	}
	return nil
}

// located adds to the error what the cursor does not know.
func (r *Reader) located() *Error {
	if r.Func >= 0 {
		r.err.Func = r.Func
		r.err.FuncName = r.m.FuncName(uint32(r.Func))
	}
	return r.err
}

// prefixed returns the row of an opcode that begins with b and has no one-byte row, or nil with the error set.
func (r *Reader) prefixed(b byte, at int) *op.Op {
	code := op.Code(b)
	if b >= firstPrefix && b <= lastPrefix {
		sub := r.u32()
		if r.err != nil {
			return nil
		}
		if sub < 0x100 {
			if o := rows[1+b-firstPrefix][sub]; o != nil {
				return o
			}
		}
		if sub > 0xfff {
			r.malformed(at, "illegal opcode %02x %x", b, sub)
			return nil
		}
		code = op.MakeCode(b, sub)
		if o := op.Lookup(code); o != nil && o.Proposal.Supported() {
			return o
		}
	}
	r.unknownOpcode(code, at)
	return nil
}

// unknownOpcode tells the opcodes of proposals from those of no proposal.
func (r *Reader) unknownOpcode(code op.Code, at int) {
	if o := op.Lookup(code); o != nil {
		r.unsupported(at, o.Proposal, "instruction %s", o.Name)
		return
	}
	prefix, sub := code.Prefix()
	if prefix == 0 {
		r.malformed(at, "illegal opcode %02x", sub)
		return
	}
	p, known := op.PrefixProposal(prefix)
	// The subopcodes of 0xfd below 0x100 that have no row are gaps of the simd proposal.
	if known && !p.Supported() && (p != op.RelaxedSIMD || sub >= 0x100 && sub <= 0x12f) {
		r.unsupported(at, p, "instruction %02x %x", prefix, sub)
		return
	}
	r.malformed(at, "illegal opcode %02x %x", prefix, sub)
}

// immediate reads immediate i of an instruction; letter says what it is.
func (r *Reader) immediate(in *Instr, letter byte, i int) {
	switch letter {
	case op.ImmLocal, op.ImmLabel, op.ImmGlobal, op.ImmFunc, op.ImmType, op.ImmElem, op.ImmTab:
		in.setIndex(i, r.u32())
	case op.ImmMemarg:
		r.memarg(in)
	case op.ImmI32:
		in.Value = uint64(int64(r.s32()))
	case op.ImmI64:
		in.Value = uint64(r.s64())
	case op.ImmBlock:
		in.Block = r.blockType()
	case op.ImmF32:
		in.Value = uint64(r.fixed32())
	case op.ImmF64:
		in.Value = r.fixed64()
	case op.ImmTable:
		r.labels(in)
	case op.ImmMem:
		in.setIndex(i, r.memIndex())
	case op.ImmData:
		in.setIndex(i, r.dataIndex(in))
	case op.ImmSelect:
		r.selectTypes(in)
	case op.ImmRefType:
		in.RefType = r.heapType()
	case op.ImmLane:
		in.Lane = r.byte()
	case op.ImmShuffle, op.ImmV128:
		copy(in.Bytes[:], r.take(16))
	case op.ImmZeroByte:
		r.zeroByte()
	}
}

// setIndex stores immediate i, an index. No instruction has more than two, and both stand first.
func (in *Instr) setIndex(i int, v uint32) {
	if i == 0 {
		in.Index = v
	} else {
		in.Index2 = v
	}
}

// Parts of a memarg's first number.
const (
	MaxAlign    = 0x3f // the largest alignment, an exponent
	memargIndex = 0x40 // a memory index follows (multi-memory)
)

// memarg reads alignment, memory and offset (spec: 5.4.6). Whether the offset suits the memory is validation's business.
func (r *Reader) memarg(in *Instr) {
	at := r.pos
	flags := r.u32()
	if flags > MaxAlign|memargIndex {
		r.malformed(at, "malformed memop flags %#x", flags)
	}
	in.Align = flags & MaxAlign
	in.Index = 0
	if flags&memargIndex != 0 {
		in.Index = r.u32()
	}
	in.MemOffset = r.u64()
}

// memIndex reads a memory index. It is one zero byte, not an LEB128 integer, while there are not several memories.
func (r *Reader) memIndex() uint32 {
	if len(r.m.MemoryTypes) > 1 {
		return r.u32()
	}
	r.zeroByte()
	return 0
}

func (r *Reader) zeroByte() {
	at := r.pos
	if r.byte() != 0 {
		r.malformed(at, "zero byte expected")
	}
}

// dataIndex reads the index of a data segment. The data count section is there to make it checkable in one pass;
// without any data section there is nothing to count, and the index is unknown rather than the module malformed.
func (r *Reader) dataIndex(in *Instr) uint32 {
	i := r.u32()
	if r.m.DataCount == nil && len(r.m.Datas) > 0 {
		r.malformed(in.Offset, "data count section required for %s", in.Op.Name)
	}
	return i
}

func (r *Reader) labels(in *Instr) {
	n := r.count(1)
	in.Labels = in.Labels[:0]
	for i := 0; i <= n && r.err == nil; i++ {
		in.Labels = append(in.Labels, r.u32())
	}
}

func (r *Reader) selectTypes(in *Instr) {
	n := r.count(1)
	in.Types = in.Types[:0]
	for i := 0; i < n && r.err == nil; i++ {
		in.Types = append(in.Types, r.valType())
	}
}
