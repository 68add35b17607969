package eval

import (
	"math"
	"math/bits"
)

// function is a function that rows call.
type function struct {
	arity int
	typ   typ
	run   func(s *state, x, y uint64) uint64
}

var functions = map[string]function{
	"bits.LeadingZeros32":  count(func(x uint64) int { return bits.LeadingZeros32(uint32(x)) }),
	"bits.LeadingZeros64":  count(bits.LeadingZeros64),
	"bits.TrailingZeros32": count(func(x uint64) int { return bits.TrailingZeros32(uint32(x)) }),
	"bits.TrailingZeros64": count(bits.TrailingZeros64),
	"bits.OnesCount32":     count(bits.OnesCount64),
	"bits.OnesCount64":     count(bits.OnesCount64),
	"bits.RotateLeft32":    {2, types["uint32"], rotateLeft32},
	"bits.RotateLeft64":    {2, types["uint64"], rotateLeft64},
	"rt.I32DivS":           {2, types["int32"], divS(types["int32"])},
	"rt.I64DivS":           {2, types["int64"], divS(types["int64"])},
}

// count is a function of package bits that counts bits of an unsigned number.
func count(f func(uint64) int) function {
	return function{1, types["int"], func(_ *state, x, _ uint64) uint64 { return uint64(f(x)) }}
}

func rotateLeft32(_ *state, x, y uint64) uint64 { return uint64(bits.RotateLeft32(uint32(x), int(y))) }
func rotateLeft64(_ *state, x, y uint64) uint64 { return bits.RotateLeft64(x, int(y)) }

// divS is a division that traps on overflow too: the quotient of the least number and -1.
func divS(t typ) func(s *state, x, y uint64) uint64 {
	least, minusOne := t.wrap(1<<(t.bits-1)), t.wrap(math.MaxUint64)
	return func(s *state, x, y uint64) uint64 {
		s.trapped = s.trapped || x == least && y == minusOne
		return quotient(s, t, x, y)
	}
}
