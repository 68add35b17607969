package rt

import "math"

// B2I is the value of a comparison: 1 or 0. The compiler turns it into one instruction.
func B2I(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// Number is B2I as a call. Generated code has it in functions with so many comparisons that inlining them takes the Go
// compiler minutes.
//
//go:noinline
func Number(b bool) int32 { return B2I(b) }

// I32DivS is i32.div_s (spec: 4.3.2): it traps where Go does not.
func I32DivS(x, y int32) int32 {
	if y == -1 && x == math.MinInt32 {
		panic(IntegerOverflow)
	}
	return x / y
}

// I64DivS is i64.div_s.
func I64DivS(x, y int64) int64 {
	if y == -1 && x == math.MinInt64 {
		panic(IntegerOverflow)
	}
	return x / y
}

// F32Copysign is f32.copysign, by bits.
func F32Copysign(x, y float32) float32 {
	const sign = 1 << 31
	return math.Float32frombits(math.Float32bits(x)&^sign | math.Float32bits(y)&sign)
}

// F32Min is f32.min (spec: 4.3.3). Go's builtin gives the right number, but mixes the bits of NaN operands; a sum does not.
func F32Min(x, y float32) float32 {
	m := min(x, y)
	if m != m {
		return x + y
	}
	return m
}

// F32Max is f32.max.
func F32Max(x, y float32) float32 {
	m := max(x, y)
	if m != m {
		return x + y
	}
	return m
}

// F64Min is f64.min.
func F64Min(x, y float64) float64 {
	m := min(x, y)
	if m != m {
		return x + y
	}
	return m
}

// F64Max is f64.max.
func F64Max(x, y float64) float64 {
	m := max(x, y)
	if m != m {
		return x + y
	}
	return m
}

// truncFault panics with the kind of a conversion that is out of range: x is NaN or not.
func truncFault(x float64) {
	if x != x {
		panic(InvalidConversion)
	}
	panic(IntegerOverflow)
}

// I32TruncF64S is i32.trunc_f64_s (spec: 4.3.4).
func I32TruncF64S(x float64) int32 {
	if !(x > -2147483649 && x < 2147483648) {
		truncFault(x)
	}
	return int32(x)
}

// I32TruncF64U is i32.trunc_f64_u.
func I32TruncF64U(x float64) int32 {
	if !(x > -1 && x < 4294967296) {
		truncFault(x)
	}
	return int32(uint32(int64(x)))
}

// I32TruncF32S is i32.trunc_f32_s.
func I32TruncF32S(x float32) int32 { return I32TruncF64S(float64(x)) }

// I32TruncF32U is i32.trunc_f32_u.
func I32TruncF32U(x float32) int32 { return I32TruncF64U(float64(x)) }

// I64TruncF64S is i64.trunc_f64_s.
func I64TruncF64S(x float64) int64 {
	if !(x >= -9223372036854775808 && x < 9223372036854775808) {
		truncFault(x)
	}
	return int64(x)
}

// I64TruncF64U is i64.trunc_f64_u.
func I64TruncF64U(x float64) int64 {
	if !(x > -1 && x < 18446744073709551616) {
		truncFault(x)
	}
	return u64(x)
}

// I64TruncF32S is i64.trunc_f32_s.
func I64TruncF32S(x float32) int64 { return I64TruncF64S(float64(x)) }

// I64TruncF32U is i64.trunc_f32_u.
func I64TruncF32U(x float32) int64 { return I64TruncF64U(float64(x)) }

// u64 converts x, in (-1, 2^64), without relying on Go's conversion, which leaves the upper half to the platform.
func u64(x float64) int64 {
	if x < 9223372036854775808 {
		return int64(x)
	}
	return int64(x-9223372036854775808) ^ math.MinInt64
}

// I32TruncSatF64S is i32.trunc_sat_f64_s (spec: 4.3.4): NaN gives 0, what is out of range the nearest bound.
func I32TruncSatF64S(x float64) int32 {
	switch {
	case x != x:
		return 0
	case x <= -2147483648:
		return math.MinInt32
	case x >= 2147483647:
		return math.MaxInt32
	}
	return int32(x)
}

// I32TruncSatF64U is i32.trunc_sat_f64_u.
func I32TruncSatF64U(x float64) int32 {
	switch {
	case !(x > 0): // NaN too
		return 0
	case x >= 4294967295:
		return -1
	}
	return int32(uint32(int64(x)))
}

// I32TruncSatF32S is i32.trunc_sat_f32_s.
func I32TruncSatF32S(x float32) int32 { return I32TruncSatF64S(float64(x)) }

// I32TruncSatF32U is i32.trunc_sat_f32_u.
func I32TruncSatF32U(x float32) int32 { return I32TruncSatF64U(float64(x)) }

// I64TruncSatF64S is i64.trunc_sat_f64_s.
func I64TruncSatF64S(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x <= -9223372036854775808:
		return math.MinInt64
	case x >= 9223372036854775808:
		return math.MaxInt64
	}
	return int64(x)
}

// I64TruncSatF64U is i64.trunc_sat_f64_u.
func I64TruncSatF64U(x float64) int64 {
	switch {
	case !(x > 0): // NaN too
		return 0
	case x >= 18446744073709551616:
		return -1
	}
	return u64(x)
}

// I64TruncSatF32S is i64.trunc_sat_f32_s.
func I64TruncSatF32S(x float32) int64 { return I64TruncSatF64S(float64(x)) }

// I64TruncSatF32U is i64.trunc_sat_f32_u.
func I64TruncSatF32U(x float32) int64 { return I64TruncSatF64U(float64(x)) }

// Select32 is select on i32 values (spec: 4.4.4), without a branch.
func Select32(c bool, x, y uint32) uint32 { return y ^ (x^y)&-uint32(B2I(c)) }

// One32 and One64 are 1. Generated code multiplies by them what must not be a constant for the Go compiler: it leaves products
// with a factor of 1 out, and so signalling NaNs as they are. Nothing may change them.
var (
	One32 float32 = 1
	One64         = 1.0
)
