package rt

import (
	"bytes"
	"testing"
)

// TestCells stores and loads cells of each size that end with the last byte of a memory, by both kinds of functions.
func TestCells(t *testing.T) {
	for _, c := range []struct {
		size  int
		store func(*byte, uint64)
		load  func(*byte) uint64
	}{
		{2, func(p *byte, v uint64) { Store16(p, uint16(v)) }, func(p *byte) uint64 { return uint64(Load16(p)) }},
		{4, func(p *byte, v uint64) { Store32(p, uint32(v)) }, func(p *byte) uint64 { return uint64(Load32(p)) }},
		{8, Store64, Load64},
		{2, func(p *byte, v uint64) { StoreByCall16(p, uint16(v)) }, func(p *byte) uint64 { return uint64(LoadByCall16(p)) }},
		{4, func(p *byte, v uint64) { StoreByCall32(p, uint32(v)) }, func(p *byte) uint64 { return uint64(LoadByCall32(p)) }},
		{8, StoreByCall64, LoadByCall64},
	} {
		const v = 0x8877665544332211
		b := bytes.Repeat([]byte{0xee}, 11)
		last := &b[len(b)-1]
		c.store(last, v)
		want := append(bytes.Repeat([]byte{0xee}, 11-c.size), 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88)[:11]
		if !bytes.Equal(b, want) {
			t.Errorf("%d bytes stored: % x", c.size, b)
		}
		if got, want := c.load(last), uint64(v)&(1<<(8*c.size)-1); got != want {
			t.Errorf("%d bytes loaded: %#x", c.size, got)
		}
	}
}
