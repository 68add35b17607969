package wasm

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// cursor reads the primitives of the binary format (spec: 5.2) from b[pos:end]. Its first error sticks: from then on it
// stands at its end and every read gives zero, so a caller may check once after several reads.
type cursor struct {
	b        []byte
	pos, end int
	err      *Error
}

// fail keeps the first error and moves to the end.
func (c *cursor) fail(e *Error) {
	if c.err == nil {
		c.err = e
	}
	c.pos = c.end
}

func (c *cursor) malformed(offset int, format string, args ...any) {
	c.fail(Errorf(Malformed, offset, format, args...))
}

func (c *cursor) unsupported(offset int, p op.Proposal, format string, args ...any) {
	e := Errorf(Unsupported, offset, format, args...)
	e.Proposal = p
	c.fail(e)
}

func (c *cursor) left() int { return c.end - c.pos }

func (c *cursor) unexpectedEnd() { c.malformed(c.pos, "unexpected end of section or function") }

// peek returns the next byte, or 0 at the end.
func (c *cursor) peek() byte {
	if c.pos < c.end {
		return c.b[c.pos]
	}
	return 0
}

func (c *cursor) byte() byte {
	if c.pos >= c.end {
		c.unexpectedEnd()
		return 0
	}
	v := c.b[c.pos]
	c.pos++
	return v
}

// take returns the next n bytes, or nil with an error.
func (c *cursor) take(n int) []byte {
	if n > c.left() {
		c.unexpectedEnd()
		return nil
	}
	p := c.b[c.pos : c.pos+n : c.pos+n]
	c.pos += n
	return p
}

func (c *cursor) fixed32() uint32 {
	if p := c.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (c *cursor) fixed64() uint64 {
	if p := c.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// u32 reads an unsigned LEB128 integer of 32 bits. One byte is by far the most frequent length.
func (c *cursor) u32() uint32 {
	if c.pos < c.end && c.b[c.pos] < 0x80 {
		c.pos++
		return uint32(c.b[c.pos-1])
	}
	return uint32(c.unsigned(32))
}

func (c *cursor) u64() uint64 {
	if c.pos < c.end && c.b[c.pos] < 0x80 {
		c.pos++
		return uint64(c.b[c.pos-1])
	}
	return c.unsigned(64)
}

func (c *cursor) s32() int32 { return int32(c.signed(32)) }

func (c *cursor) s33() int64 { return c.signed(33) }

func (c *cursor) s64() int64 { return c.signed(64) }

// unsigned reads an unsigned LEB128 integer (spec: 5.2.2). Padding is legal up to ceil(bits/7) bytes; the bits of the last
// one that do not fit must be zero.
func (c *cursor) unsigned(bits uint) uint64 {
	var v uint64
	for i, shift := c.pos, uint(0); i < c.end; i, shift = i+1, shift+7 {
		b := c.b[i]
		if shift+7 >= bits && b>>(bits-shift) != 0 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			c.pos = i + 1
			return v
		}
	}
	c.badInt(bits)
	return 0
}

// signed reads a signed LEB128 integer and sign-extends it. The bits of the last byte that do not fit must equal the sign.
func (c *cursor) signed(bits uint) int64 {
	var v int64
	for i, shift := c.pos, uint(0); i < c.end; i, shift = i+1, shift+7 {
		b := c.b[i]
		v |= int64(b&0x7f) << shift
		if shift+7 >= bits {
			// high holds the sign bit and all above it.
			if high := int8(b<<1) >> (bits - shift); b >= 0x80 || high != 0 && high != -1 {
				break
			}
			c.pos = i + 1
			return v << (64 - bits) >> (64 - bits)
		}
		if b < 0x80 {
			c.pos = i + 1
			return v << (57 - shift) >> (57 - shift)
		}
	}
	c.badInt(bits)
	return 0
}

// badInt makes the error of an integer that ends too early or whose last byte, of the greatest length, is not right.
func (c *cursor) badInt(bits uint) {
	for shift := uint(0); shift+7 < bits; shift += 7 {
		c.byte()
	}
	switch b := c.byte(); {
	case c.err != nil:
	case b >= 0x80:
		c.malformed(c.pos-1, "integer representation too long")
	default:
		c.malformed(c.pos-1, "integer too large")
	}
}

// count reads the length of a vector whose elements take at least minSize bytes each. A length that cannot fit is
// refused before anything is allocated for it.
func (c *cursor) count(minSize int) int {
	at := c.pos
	n := uint64(c.u32())
	switch left := uint64(c.left()); {
	case c.err != nil:
		return 0
	case n > left:
		c.malformed(at, "length out of bounds: %d elements, %d bytes left", n, left)
		return 0
	case n*uint64(minSize) > left:
		c.malformed(at, "unexpected end of section or function: %d elements of at least %d bytes, %d bytes left", n, minSize, left)
		return 0
	}
	return int(n)
}

// name reads a name (spec: 5.2.4).
func (c *cursor) name() string {
	at := c.pos
	p := c.take(c.count(1))
	if !utf8.Valid(p) {
		c.malformed(at, "malformed UTF-8 encoding")
		return ""
	}
	return string(p)
}
