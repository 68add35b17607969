package runner

import (
	"fmt"
	"math"

	"github.com/wasm2go/wasm2go/rt"
)

// Extern is the host value that stands for (ref.extern n).
type Extern uint64

// goValue makes the Go value of an argument.
func (v *Value) goValue() (any, error) {
	switch {
	case v.Type == "ref" && v.Null:
		return nil, nil
	case v.Type == "ref" && v.Numbered:
		return Extern(v.Bits), nil
	}
	if t, ok := numbers[v.Type]; ok {
		return t.make(v.Bits), nil
	}
	return nil, fmt.Errorf("the runner has no value for an argument %s %s", v.Type, v.Heap)
}

// numbers are the number types: their Go values from bits and back, and the mask of the bits of a canonical NaN.
var numbers = map[string]struct {
	make func(uint64) any
	bits func(any) (uint64, bool)
	nan  uint64
	sign uint64
}{
	"i32": {func(b uint64) any { return int32(b) }, func(v any) (uint64, bool) {
		x, ok := v.(int32)
		return uint64(uint32(x)), ok
	}, 0, 0},
	"i64": {func(b uint64) any { return int64(b) }, func(v any) (uint64, bool) {
		x, ok := v.(int64)
		return uint64(x), ok
	}, 0, 0},
	"f32": {func(b uint64) any { return math.Float32frombits(uint32(b)) }, func(v any) (uint64, bool) {
		x, ok := v.(float32)
		return uint64(math.Float32bits(x)), ok
	}, 0x7fc0_0000, 1 << 31},
	"f64": {func(b uint64) any { return math.Float64frombits(b) }, func(v any) (uint64, bool) {
		x, ok := v.(float64)
		return math.Float64bits(x), ok
	}, 0x7ff8_0000_0000_0000, 1 << 63},
}

// match reports how got differs from what is expected, nil if it does not.
func (v *Value) match(got any) error {
	switch v.Type {
	case "ref":
		return v.matchRef(got)
	case "either":
		return v.matchEither(got)
	}
	t, ok := numbers[v.Type]
	if !ok {
		return fmt.Errorf("the runner can not compare with a %s", v.Type)
	}
	bits, ok := t.bits(got)
	if !ok {
		return fmt.Errorf("got a %T, want %s", got, v.Type)
	}
	if v.NaN != nil {
		if !matchNaN(bits, v.NaN[0], t.nan, t.sign) {
			return fmt.Errorf("got %v (%#x), want %s", got, bits, v.NaN[0])
		}
		return nil
	}
	if bits != v.Bits {
		return fmt.Errorf("got %v (%#x), want %v (%#x)", got, bits, t.make(v.Bits), v.Bits)
	}
	return nil
}

// matchNaN: a canonical NaN has the quiet bit alone and any sign; an arithmetic one has at least the quiet bit.
func matchNaN(bits uint64, pattern string, nan, sign uint64) bool {
	if pattern == "nan:canonical" {
		return bits&^sign == nan
	}
	return bits&nan == nan
}

func (v *Value) matchRef(got any) error {
	f, isFunc := got.(*rt.Func)
	null := got == nil || isFunc && f == nil
	switch {
	case v.Null != null:
		return fmt.Errorf("got %v, want null: %v", got, v.Null)
	case v.Null:
		return nil
	case v.Numbered && got != Extern(v.Bits):
		return fmt.Errorf("got %v, want ref.%s %d", got, v.Heap, v.Bits)
	case v.Heap == "func" && !isFunc:
		return fmt.Errorf("got a %T, want a function", got)
	}
	return nil
}

func (v *Value) matchEither(got any) (err error) {
	for i := range v.Either {
		if err = v.Either[i].match(got); err == nil {
			return nil
		}
	}
	return fmt.Errorf("none of %d alternatives: %w", len(v.Either), err)
}
