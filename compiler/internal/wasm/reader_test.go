package wasm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wabin/leb128"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// immBytes gives an encoding of each immediate, with values that are easy to tell from each other.
var immBytes = map[byte]string{
	op.ImmBlock: "\x7f", op.ImmLabel: "\x85\x01", op.ImmTable: "\x02\x01\x80\x00\x03", op.ImmFunc: "\x85\x01",
	op.ImmType: "\x85\x01", op.ImmLocal: "\x85\x01", op.ImmGlobal: "\x85\x01", op.ImmTab: "\x86\x01", op.ImmMem: "\x00",
	op.ImmMemarg: "\x02\x90\x01", op.ImmData: "\x85\x01", op.ImmElem: "\x85\x01", op.ImmLane: "\x03",
	op.ImmShuffle: "0123456789abcdef", op.ImmRefType: "\x6f", op.ImmSelect: "\x02\x7f\x7e", op.ImmI32: "\x7e",
	op.ImmI64: "\x80\x7f", op.ImmF32: "\x00\x00\x80\x3f", op.ImmF64: "\x00\x00\x00\x00\x00\x00\xf0\x3f",
	op.ImmV128: "0123456789abcdef", op.ImmZeroByte: "\x00",
}

func encode(o *op.Op) []byte {
	prefix, sub := o.Code.Prefix()
	var b []byte
	if prefix != 0 {
		b = append(b, prefix)
	}
	if prefix == 0 {
		b = append(b, byte(sub))
	} else {
		b = binary.AppendUvarint(b, uint64(sub))
	}
	for i := range len(o.Imm) {
		b = append(b, immBytes[o.Imm[i]]...)
	}
	return b
}

// Each row is read whole, and each of its truncations is an error.
func TestEveryRow(t *testing.T) {
	for _, o := range op.All() {
		b := encode(o)
		r := NewReader(&Module{Bytes: b}, 0, len(b))
		var in Instr
		err := r.Next(&in)
		if !o.Proposal.Supported() {
			var e *Error
			if !errors.As(err, &e) || e.Kind != Unsupported || e.Proposal != o.Proposal || !strings.Contains(e.Msg, o.Name) {
				t.Errorf("%s: %v", o.Name, err)
			}
			continue
		}
		if err != nil || in.Op != o || r.More() {
			t.Errorf("%s: read %v, error %v, %d bytes left", o.Name, in.Op, err, r.left())
		}
		checkImmediates(t, &in)
		for n := range b {
			if NewReader(&Module{Bytes: b}, 0, n).Next(&in) == nil {
				t.Errorf("%s: %d of %d bytes accepted", o.Name, n, len(b))
			}
		}
	}
}

func checkImmediates(t *testing.T, in *Instr) {
	for i := range len(in.Op.Imm) {
		index := in.Index
		if i == 1 {
			index = in.Index2
		}
		good := true
		switch in.Op.Imm[i] {
		case op.ImmBlock:
			good = in.Block == BlockType{Index: -1, Result: I32}
		case op.ImmLabel, op.ImmFunc, op.ImmType, op.ImmLocal, op.ImmGlobal, op.ImmData, op.ImmElem:
			good = index == 133
		case op.ImmTab:
			good = index == 134
		case op.ImmMem:
			good = index == 0
		case op.ImmTable:
			good = len(in.Labels) == 3 && in.Labels[0] == 1 && in.Labels[1] == 0 && in.Labels[2] == 3
		case op.ImmMemarg:
			good = in.Align == 2 && in.MemOffset == 144 && in.Index == 0
		case op.ImmLane:
			good = in.Lane == 3
		case op.ImmShuffle, op.ImmV128:
			good = string(in.Bytes[:]) == "0123456789abcdef"
		case op.ImmRefType:
			good = in.RefType == ExternRef
		case op.ImmSelect:
			good = len(in.Types) == 2 && in.Types[0] == I32 && in.Types[1] == I64
		case op.ImmI32:
			good = int64(in.Value) == -2
		case op.ImmI64:
			good = int64(in.Value) == -128
		case op.ImmF32:
			good = math.Float32frombits(uint32(in.Value)) == 1
		case op.ImmF64:
			good = math.Float64frombits(in.Value) == 1
		}
		if !good {
			t.Errorf("%s: immediate %c read as %+v", in.Op.Name, in.Op.Imm[i], *in)
		}
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	var b []byte
	for _, o := range op.All() {
		if o.Proposal.Supported() {
			b = append(b, encode(o)...)
		}
	}
	m := &Module{Bytes: b}
	var r Reader
	var in Instr
	n := testing.AllocsPerRun(10, func() {
		r.Reset(m, 0, len(b))
		for r.More() {
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What Next reads by itself is what the immediates one by one are.
func TestNextAgrees(t *testing.T) {
	for opcode := range 256 {
		for _, leb := range lebSamples() {
			for _, before := range []string{"", "\x02", "\x40", "\x80\x01"} { // alignments, for instructions with a memarg
				checkNext(t, append(append([]byte{byte(opcode)}, before...), leb...))
			}
		}
	}
}

func FuzzNext(f *testing.F) {
	for _, leb := range lebSamples() {
		f.Add(append([]byte{byte(op.I32Const)}, leb...))
		f.Add(append([]byte{0x29, 3}, leb...))
	}
	f.Fuzz(checkNext)
}

func checkNext(t *testing.T, b []byte) {
	for _, rest := range []string{"", strings.Repeat("\x00", MaxShort), strings.Repeat("\xff", MaxShort)} {
		all := append(b[:len(b):len(b)], rest...)
		m := &Module{Bytes: all}
		fast, slow := NewReader(m, 0, len(all)), NewReader(m, 0, len(all))
		var got, want Instr
		errFast, errSlow := fast.Next(&got), slow.next(&want)
		switch {
		case (errFast == nil) != (errSlow == nil) || errFast != nil && errFast.Error() != errSlow.Error():
			t.Errorf("% x: error %v, expected %v", all, errFast, errSlow)
		case errFast == nil && (fast.pos != slow.pos || !equalInstr(&got, &want)):
			t.Errorf("% x: read %+v (%d bytes), expected %+v (%d bytes)", all, got, fast.pos, want, slow.pos)
		}
	}
}

// equalInstr compares the immediates that the instruction has.
func equalInstr(a, b *Instr) bool {
	if a.Op != b.Op {
		return false
	}
	same := true
	for i := range len(a.Op.Imm) {
		switch a.Op.Imm[i] {
		case op.ImmBlock:
			same = same && a.Block == b.Block
		case op.ImmMemarg:
			same = same && a.Align == b.Align && a.MemOffset == b.MemOffset && a.Index == b.Index
		case op.ImmI32, op.ImmI64, op.ImmF32, op.ImmF64:
			same = same && a.Value == b.Value
		case op.ImmTable:
			same = same && slices.Equal(a.Labels, b.Labels)
		case op.ImmSelect:
			same = same && slices.Equal(a.Types, b.Types)
		case op.ImmRefType, op.ImmLane, op.ImmShuffle, op.ImmV128, op.ImmZeroByte:
			same = same && a.RefType == b.RefType && a.Lane == b.Lane && a.Bytes == b.Bytes
		default:
			same = same && a.Index == b.Index && a.Index2 == b.Index2
		}
	}
	return same
}

func TestOpcodesWithoutRow(t *testing.T) {
	for code, want := range map[string]string{
		"\xff":             "malformed module: illegal opcode ff",
		"\x27":             "malformed module: illegal opcode 27",
		"\xfc\x40":         "malformed module: illegal opcode fc 40",
		"\xfd\x9a\x01":     "malformed module: illegal opcode fd 9a",
		"\xfd\x80\x02":     "(proposal relaxed-simd is not supported yet)",
		"\xfe\x7f":         "malformed module: illegal opcode fe 7f",
		"\xfb\x02":         "(proposal gc is not supported yet)",
		"\xfb\xff\xff\x7f": "malformed module: illegal opcode fb 1fffff",
		"\x12\x00":         "instruction return_call (proposal tail-call is not supported yet), in function 7 (seven), at offset 0x0",
	} {
		m := &Module{Bytes: []byte(code), Names: Names{Funcs: map[uint32]string{7: "seven"}}}
		r := NewReader(m, 0, len(code))
		r.Func = 7
		if err := r.Next(new(Instr)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%x: %v, expected %s", code, err, want)
		}
	}
}

// Value, length and what is no integer are those of the specification's definition. wabin, which accepts more, agrees
// on all that is accepted.
func TestLEB128Oracle(t *testing.T) {
	for _, b := range lebSamples() {
		checkLEB(t, b)
	}
}

func FuzzLEB128(f *testing.F) {
	for _, b := range lebSamples() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkLEB(t, b) })
}

func lebSamples() (all [][]byte) {
	lasts := []byte{0x00, 0x01, 0x02, 0x07, 0x08, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x41, 0x6f, 0x70, 0x77, 0x78, 0x7e, 0x7f, 0x80}
	for n := range 11 {
		for _, fill := range []byte{0x80, 0xff, 0xaa} {
			for _, last := range lasts {
				all = append(all, append(bytes.Repeat([]byte{fill}, n), last))
			}
		}
	}
	return all
}

// specLEB reads an integer by its definition: at most ceil(bits/7) bytes, whose value is in the type's range.
func specLEB(b []byte, bits int, signed bool) (v *big.Int, n int) {
	v = new(big.Int)
	for {
		if n == len(b) || n == (bits+6)/7 {
			return nil, 0
		}
		v.Or(v, new(big.Int).Lsh(big.NewInt(int64(b[n]&0x7f)), uint(7*n)))
		n++
		if b[n-1] < 0x80 {
			break
		}
	}
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(bits))
	if signed {
		if b[n-1]&0x40 != 0 {
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(7*n)))
		}
		high.Rsh(high, 1)
		low.Neg(high)
	}
	if v.Cmp(low) < 0 || v.Cmp(high) >= 0 {
		return nil, 0
	}
	return v, n
}

func checkLEB(t *testing.T, b []byte) {
	check := func(bits int, signed bool, read func(*cursor) *big.Int, wabin func(*bytes.Reader) (*big.Int, uint64, error)) {
		c := cursor{b: b, end: len(b)}
		got := read(&c)
		want, n := specLEB(b, bits, signed)
		if (want == nil) != (c.err != nil) || want != nil && (got.Cmp(want) != 0 || c.pos != n) {
			t.Errorf("%d bits, signed %v: % x: read %v (%d bytes, %v), expected %v (%d bytes)", bits, signed, b, got, c.pos, c.err, want, n)
		}
		if c.err != nil {
			return
		}
		if w, n, err := wabin(bytes.NewReader(b)); err != nil || w.Cmp(got) != 0 || int(n) != c.pos {
			t.Errorf("%d bits, signed %v: % x: read %v, wabin says %v (%d bytes, %v)", bits, signed, b, got, w, n, err)
		}
	}
	u := func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
	check(32, false, func(c *cursor) *big.Int { return u(uint64(c.u32())) }, func(r *bytes.Reader) (*big.Int, uint64, error) {
		v, n, err := leb128.DecodeUint32(r)
		return u(uint64(v)), n, err
	})
	check(64, false, func(c *cursor) *big.Int { return u(c.u64()) }, func(r *bytes.Reader) (*big.Int, uint64, error) {
		v, n, err := leb128.DecodeUint64(r)
		return u(v), n, err
	})
	check(32, true, func(c *cursor) *big.Int { return big.NewInt(int64(c.s32())) }, func(r *bytes.Reader) (*big.Int, uint64, error) {
		v, n, err := leb128.DecodeInt32(r)
		return big.NewInt(int64(v)), n, err
	})
	check(33, true, func(c *cursor) *big.Int { return big.NewInt(c.s33()) }, func(r *bytes.Reader) (*big.Int, uint64, error) {
		v, n, err := leb128.DecodeInt33AsInt64(r)
		return big.NewInt(v), n, err
	})
	check(64, true, func(c *cursor) *big.Int { return big.NewInt(c.s64()) }, func(r *bytes.Reader) (*big.Int, uint64, error) {
		v, n, err := leb128.DecodeInt64(r)
		return big.NewInt(v), n, err
	})
}
