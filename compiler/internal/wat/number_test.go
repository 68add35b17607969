package wat

import (
	"strings"
	"testing"
)

var floatTests = []struct {
	text  string
	width int
	bits  uint64
}{
	{"0", 32, 0},
	{"-0.0", 32, 0x80000000},
	{"-0x0p0", 64, 1 << 63},
	{"1_0.5_0e0_1", 32, 0x42d20000},
	{"0x1_0.8p-1", 32, 0x41040000},
	{"1.", 64, 0x3ff0000000000000},
	{"0x1.", 64, 0x3ff0000000000000},
	{"inf", 32, 0x7f800000},
	{"-inf", 64, 0xfff0000000000000},
	{"nan", 32, 0x7fc00000},
	{"-nan", 64, 0xfff8000000000000},
	{"nan:0x1", 32, 0x7f800001},
	{"-nan:0x7f_ffff", 32, 0xffffffff},
	{"nan:0x4_0000_0000_0000", 64, 0x7ff4000000000000},

	// Halfway between two floats: to even. A digit far behind decides otherwise, so f32 must not go through f64.
	{"0x1.000001p0", 32, 0x3f800000},
	{"0x1.000003p0", 32, 0x3f800002},
	{"0x1.00000100000000000000000000001p0", 32, 0x3f800001},
	{"0x1.000002fffffffffffffffffffffffp0", 32, 0x3f800001},
	{"1.000000059604644775390625", 32, 0x3f800000},
	{"1.00000005960464477539062500000000000000000001", 32, 0x3f800001},
	{"0x1.00000000000008p0", 64, 0x3ff0000000000000},
	{"0x1.00000000000018p0", 64, 0x3ff0000000000002},
	{"0x1.000000000000080000000000000000000001p0", 64, 0x3ff0000000000001},

	// Subnormal numbers, and the border to the normal ones.
	{"0x1p-149", 32, 1},
	{"0x1p-150", 32, 0},
	{"0x1.000001p-150", 32, 1},
	{"0x1.8p-149", 32, 2},
	{"0x1.fffffep-127", 32, 0x00800000},
	{"0x1.fffffcp-127", 32, 0x007fffff},
	{"1.4e-45", 32, 1},
	{"1e-400", 32, 0},
	{"0x0.0000000000001p-1022", 64, 1},
	{"0x1p-1075", 64, 0},
	{"0x1.00000000000001p-1075", 64, 1},
	{"2.2250738585072011e-308", 64, 0x000fffffffffffff},
	{"4.9e-324", 64, 1},

	// The largest numbers.
	{"0x1.fffffep127", 32, 0x7f7fffff},
	{"0x1.fffffefffffffffffffffp127", 32, 0x7f7fffff},
	{"340282356779733661637539395458142568447", 32, 0x7f7fffff},
	{"0x1.fffffffffffff7ffffffp1023", 64, 0x7fefffffffffffff},
}

func TestFloatLiterals(t *testing.T) {
	for _, tt := range floatTests {
		got, status := parseFloatBits(tt.text, tt.width)
		if got != tt.bits || status != literalOK {
			t.Errorf("f%d %s = %#x (status %d), want %#x", tt.width, tt.text, got, status, tt.bits)
		}
	}
}

func TestFloatLiteralsRejected(t *testing.T) {
	for want, list := range map[literal]string{
		literalKind: `0x 0x. .5 0x.8 1__0 _1 1_ 1_.0 1._0 1e 1e_1 0x1p 0x1p- 0x1pa 1p1 nan:1 nan:0x nan:0x_1 nan:canonical
			+ - ++1 1.0.0 infinity 1f 0x1e+1`,
		literalRange: `1e39 0x1p128 0x1.ffffffp127 -0x1p99999 340282356779733661637539395458142568448 nan:0x0 nan:0x800000
			nan:0x1_0000_0000_0000_0000_0000`,
	} {
		for _, text := range strings.Fields(list) {
			if got, status := parseFloatBits(text, 32); status != want {
				t.Errorf("f32 %s = %#x (status %d), want status %d", text, got, status, want)
			}
		}
	}
}

var intTests = []struct {
	text   string
	width  int
	bits   uint64
	status literal
}{
	{"0", 32, 0, literalOK},
	{"-1", 32, 0xffffffff, literalOK},
	{"-0x8000_0000", 32, 0x80000000, literalOK},
	{"+0xffff_ffff", 32, 0xffffffff, literalOK},
	{"-2147483649", 32, 0, literalRange},
	{"4294967296", 32, 0, literalRange},
	{"-128", 8, 0x80, literalOK},
	{"255", 8, 0xff, literalOK},
	{"256", 8, 0, literalRange},
	{"-129", 8, 0, literalRange},
	{"-9223372036854775808", 64, 1 << 63, literalOK},
	{"18446744073709551615", 64, 1<<64 - 1, literalOK},
	{"18446744073709551616", 64, 0, literalRange},
	{"-0x8000000000000001", 64, 0, literalRange},
	{"99999999999999999999999999999999", 64, 0, literalRange},
	{"0x", 32, 0, literalKind},
	{"1__0", 32, 0, literalKind},
	{"_1", 32, 0, literalKind},
	{"1_", 32, 0, literalKind},
	{"0x_1", 32, 0, literalKind},
	{"1.0", 32, 0, literalKind},
	{"0b1", 32, 0, literalKind},
	{"- 1", 32, 0, literalKind},
	{"", 32, 0, literalKind},
}

func TestIntLiterals(t *testing.T) {
	for _, tt := range intTests {
		if got, status := parseIntBits(tt.text, tt.width); got != tt.bits || status != tt.status {
			t.Errorf("i%d %q = %#x (status %d), want %#x (status %d)", tt.width, tt.text, got, status, tt.bits, tt.status)
		}
	}
}
