package ir

import (
	"strings"
	"testing"
)

// samples use each construct of the text form.
var samples = []string{`func 3 "step \"\xff\"" (p0 i32, p1 i64) (i32, f64) {
	var l2 i32, t3 i32, t4 externref, t5 funcref, l6 f32, l7 f64, t8 i64, t9 i32
	var l10 i32
	l2 = i32.add(p0, 5)
	l2, l10 = l10, l2
	_, l10 = call 2 (p1):i32, -1
	t3, _ = call 7 (l2, 8:i64)
	_, _, t9 = call_indirect type=0 (l2, p1, 3)
	block L1 {
		loop L2 {
			if i32.lt_s(l2, p0) {
				br L1
			}
			if global.get 4 {
			} else {
				br L2
			}
			i32.store mem=1 offset=4294967295 (p0, l2)
			f64.store(p0, f64.neg(-0.0))
			switch i32.load8_u(p0) {
			case 0, 4294967295:
				l2 = 1
				fallthrough
			case 1:
				unreachable
			default:
				br L2
			}
		}
	}
	call 1:i32
	call_indirect type=3 table=1 (0:i64, 1.5:f32, i32.wrap_i64(global.get const 0)):i64
	global.set 1 (i64.extend_i32_u(-2147483648))
	global.set 2 (0x7fc00000:f32)
	l6 = 0x7f800001
	l6 = 1e-45
	l7 = 0xfff0000000000000
	l7 = 1e+300
	l7 = f64.promote_f32(0.1)
	t8 = -9223372036854775808
	t4 = ref.null()
	t5 = ref.func 9
	t3 = ref.is_null(ref.null():externref)
	t3 = ref.is_null(table.get(0):funcref)
	t3 = memory.grow(memory.size mem=2)
	t3 = table.grow table=1 (t4, 1)
	table.set(0, t5)
	memory.init 1 mem=2 (0, 1, 2)
	memory.copy mem=1 (0, 1, 2)
	memory.copy from=1 (0, 1, 2)
	memory.fill(0, 1, 2)
	table.init 1 table=2 (0, 1, 2)
	table.copy table=1 from=2 (0, 1, 2)
	table.fill table=1 (0, t4, 2)
	data.drop 3
	elem.drop 4
	atomic.fence()
	t3 = i32.atomic.rmw.cmpxchg offset=8 (p0, 1, 2)
	return t3, l7
}
`, `func 0 () {
}
`, `func 1 (p0 f32) {
	switch 0 {
	case 1, default:
	}
	if call 0 {
		return
	}
	unreachable
}
`}

func TestRoundTrip(t *testing.T) {
	for _, text := range samples {
		f, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Verify(); err != nil {
			t.Error(err)
		}
		if got := f.String(); got != text {
			t.Errorf("got\n%s\nwant\n%s", got, text)
		}
	}
}

// TestLayout: comments, blank lines and other ways to write numbers are read.
func TestLayout(t *testing.T) {
	f, err := Parse("\n// a function\nfunc 0x10 () (i32, f64) { // begins\n\n  return 0xffffffff, 1\n\n}\n\n")
	if err != nil {
		t.Fatal(err)
	}
	const want = "func 16 () (i32, f64) {\n\treturn -1, 1.0\n}\n"
	if f.String() != want {
		t.Errorf("got\n%s\nwant\n%s", f, want)
	}
}

// body puts statements into a function with a parameter of each number type and l4 and t5 of type i32.
func body(statements string) string {
	return "func 0 (p0 i32, p1 i64, p2 f32, p3 f64) {\nvar l4 i32, t5 i32\n" + statements + "\n}\n"
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "line 1: found end of text, expected \"func\""},
		{"func 0 (p1 i32) {\n}", "line 1: found \"p1\", expected one of \"p\" with the number 0"},
		{"func 0 (p0 i33) {\n}", "line 1: found \"i33\", expected a type"},
		{"func 4294967296 () {\n}", "line 1: \"4294967296\" is no unsigned number of 32 bits"},
		{"func 0 () {\n", "line 2: found end of text, expected \"}\""},
		{"func 0 () {\n}\nx", "line 3: found \"x\", expected end of text"},
		{body("l4 = p9"), "line 3: unknown variable or instruction \"p9\""},
		{body("l4, p9 = 1, 2"), "line 3: unknown variable \"p9\""},
		{body("l4 = "), "line 3: found end of line, expected an expression"},
		{body("l4 = 1 2"), "line 3: found \"2\", expected end of line"},
		{body("\nl4 = block"), "line 4: \"block\" is not an expression"},
		{body("l4 = i32.const"), "line 3: \"i32.const\" is not an expression"},
		{body("l4 = v128.const"), "line 3: \"v128.const\" is not an expression"},
		{body("l4 = 4294967296"), "line 3: \"4294967296\" is no i32"},
		{body("l4 = 1.5"), "line 3: \"1.5\" is no i32"},
		{body("call 1 (5)"), "line 3: constant \"5\" needs a type"},
		{body("call 1 (1e999:f64)"), "line 3: \"1e999\" is no f64"},
		{body("call 1 ("), "line 3: found end of line, expected an expression"},
		{body("br 1"), "line 3: found \"1\", expected a label"},
		{body("br L0"), "line 3: found \"L0\", expected a label"},
		{body("if p0 {\n} otherwise {\n}"), "line 4: found \"otherwise\", expected \"else\""},
		{body("switch p0 {\ncase :\n}"), "line 4: found \":\", expected a number"},
		{body("i32.store offset=-1 (p0, p0)"), "line 3: \"-1\" is no unsigned number of 64 bits"},
		{body("l4 = $"), "line 3: found \"$\", expected an expression"},
		{body("l4 = " + strings.Repeat("i32.eqz(", maxDepth+1)), "line 3: nested deeper than 50000"},
	} {
		if _, err := Parse(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%.200s\ngot error %v\nwant %s", c.text, err, c.want)
		}
	}
}

// FuzzParse: what can be read can be written, and is then written the same way again. Verify stands whatever is read.
func FuzzParse(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Add(body("l4 = i32.eqz(1:i64)\n_ = 5:f32\np0\nbr L7\nreturn call 0:unknown, 1:i32"))
	f.Fuzz(func(t *testing.T, src string) {
		fn, err := Parse(src)
		if err != nil {
			return
		}
		_ = fn.Verify()
		text := fn.String()
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got := again.String(); got != text {
			t.Errorf("first\n%s\nthen\n%s", text, got)
		}
	})
}
