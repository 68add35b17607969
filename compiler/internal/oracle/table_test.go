package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// interesting operands, as bits, by letter of op.Row.Sig.
var interesting = map[byte][]uint64{
	'i': {0, 1, 0xffffffff, 2, 3, 0x80000000, 0x7fffffff, 31, 32, 33, 63, 0x7f, 0x80, 0xff, 0x8000, 0xffff, 0x12345678},
	'I': {0, 1, 1<<64 - 1, 2, 3, 1 << 63, 1<<63 - 1, 31, 32, 63, 64, 0x80, 0xff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff,
		1 << 53, 1<<53 + 1, 0xff000000000, 0x123456789abcdef0},
	'f': {0, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0x3effffff, 0xbf7fffff,
		0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fa00001, 0xffd12345, 1, 0x807fffff, 0x7f7fffff, 0x4b000001, // 2^23+1
		0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000, 0x5f7fffff, 0x5f800000},
	'F': {0, 1 << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000,
		0x4004000000000000, 0x3fdfffffffffffff, 0xbfefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000,
		0x7ff8000000000000, 0xfff8000000000000, 0x7ff4000000000001, 0xfffa000012345678, 1, 0x7fefffffffffffff,
		0x41dfffffffe00000, 0x41dfffffffffffff, 0x41e0000000000000, 0xc1e0000000000000, 0xc1e00000001fffff, 0xc1e0000000200000,
		0x41efffffffe00000, 0x41efffffffffffff, 0x41f0000000000000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000,
		0xc3e0000000000001, 0x43efffffffffffff, 0x43f0000000000000, 0x4330000000000001, 0x36a0000000000000, 0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000},
	'a': {0, 1, 2, 4, 6, 8, 65520, 65527, 65528, 65529, 65531, 65532, 65533, 65534, 65535, 65536, 65544, 0x7fffffff,
		0x80000000, 0xfffffff8, 0xfffffffe, 0xffffffff},
}

// timeouts are the operands of memory.atomic.wait that do not wait long.
var timeouts = []uint64{0, 1, 1000}

var offsets = []uint64{0, 8, 1, 3, 65520, 65528, 65535, 65536, 0x7fffffff, 0xfffffff8, 0xffffffff}

// wrappers put an instruction's result to a use, by its letter; % is the instruction. The first is the plain result.
var wrappers = map[byte][]string{
	'i': {"%", "(drop %) (i32.const 7)", "(i32.eqz %)", "(if (result i32) % (then (i32.const 11)) (else (i32.const 22)))",
		"(i32.sub (i32.const 5) %)", "(i32.shl % (i32.const 3))", "(i32.shr_u % (i32.const 1))", "(i32.lt_u % (i32.const 100))",
		"(i32.lt_s % (i32.const -100))", "(select (i32.const 3) (i32.const 4) %)", "(i32.eq % %)", "(i32.eqz (i32.eqz %))",
		"(i32.wrap_i64 (i64.shr_u (i64.extend_i32_u %) (i64.const 1)))", "(i32.wrap_i64 (i64.shr_u (i64.extend_i32_s %) (i64.const 31)))",
		"(i32.xor (i32.const -1) %)", "(i32.load8_u (i32.and % (i32.const 63)))", "(i32.ne % (i32.const 0))", "(i32.trunc_sat_f32_u (f32.convert_i32_u %))"},
	'I': {"%", "(drop %) (i64.const 7)", "(i64.extend_i32_u (i64.eqz %))", "(i64.sub (i64.const 5) %)", "(i64.shl % (i64.const 3))",
		"(i64.shr_u % (i64.const 1))", "(i64.extend_i32_u (i64.lt_u % (i64.const 100)))", "(i64.extend_i32_s (i32.wrap_i64 %))",
		"(i64.xor (i64.const -1) %)", "(i64.extend32_s %)", "(i64.extend_i32_u (i64.ne % (i64.const 0)))"},
	'f': {"%", "(drop %) (f32.const 7)", "(f32.neg %)", "(f32.sub (f32.const 1.5) %)", "(f32.convert_i32_u (f32.lt % (f32.const 1)))", "(f32.mul % %)",
		"(f32.convert_i32_u (i32.eqz (f32.lt % (f32.const 1))))", "(f32.convert_i32_u (i32.eqz (f32.ge % (f32.const 1))))"},
	'F': {"%", "(drop %) (f64.const 7)", "(f64.neg %)", "(f64.sub (f64.const 1.5) %)", "(f64.convert_i32_u (f64.lt % (f64.const 1)))", "(f64.mul % %)",
		"(f64.convert_i32_u (i32.eqz (f64.lt % (f64.const 1))))", "(f64.convert_i32_u (i32.eqz (f64.ne % (f64.const 1))))"},
}

var watTypes = map[byte]string{'i': "i32", 'a': "i32", 'I': "i64", 'f': "f32", 'F': "f64"}

// variant is a row with some operands constant, an offset and a use of its result.
type variant struct {
	consts []*uint64 // nil: a parameter
	offset uint64
	wrap   string
}

// values are the operands to try at position i of a row.
func values(o *op.Op, i int) []uint64 {
	if strings.HasPrefix(o.Name, "memory.atomic.wait") && i == 2 {
		return timeouts
	}
	return interesting[o.Params()[i]]
}

// variants makes the variants of a row: all parameters, with each offset and each use; one constant; all constants.
func variants(o *op.Op) []variant {
	n := len(o.Params())
	wraps := []string{"%"}
	if r := o.Results(); r != "" {
		wraps = wrappers[r[0]]
	}
	var list []variant
	for _, w := range wraps {
		list = append(list, variant{make([]*uint64, n), 0, w})
	}
	if o.IsMemAccess() {
		for _, off := range offsets[1:] {
			list = append(list, variant{make([]*uint64, n), off, "%"})
		}
	}
	for i := range n {
		for k, v := range values(o, i) {
			c := make([]*uint64, n)
			c[i] = &v
			list = append(list, variant{c, 0, "%"})
			if i == 0 && o.IsMemAccess() && k%3 == 0 {
				list = append(list, variant{c, 8, "%"}, variant{c, 0xfffffff8, "%"})
			}
		}
	}
	return append(list, constant(o, wraps)...)
}

// constant makes variants with constants only, of which there are too many to try all.
func constant(o *op.Op, wraps []string) []variant {
	var list []variant
	n := len(o.Params())
	for k := range 2 {
		for i := range values(o, 0) {
			c := make([]*uint64, n)
			for j := range c {
				vs := values(o, j)
				v := vs[(i+j*(5*k+i/3))%len(vs)]
				c[j] = &v
			}
			list = append(list, variant{c, 0, wraps[(i+k)%len(wraps)]})
		}
		if n < 2 {
			break
		}
	}
	return list
}

// constExpr writes a constant; floats through their bits.
func constExpr(letter byte, bits uint64) string {
	switch letter {
	case 'I':
		return fmt.Sprintf("(i64.const 0x%x)", bits)
	case 'f':
		return "(f32.const " + floatText(bits>>31, bits>>23&0xff, bits&(1<<23-1), 0xff, 127, 23) + ")"
	case 'F':
		return "(f64.const " + floatText(bits>>63, bits>>52&0x7ff, bits&(1<<52-1), 0x7ff, 1023, 52) + ")"
	}
	return fmt.Sprintf("(i32.const 0x%x)", uint32(bits))
}

// floatText writes a float of the given sign, exponent and fraction so that the text format gives the same bits.
func floatText(sign, exp, frac, maxExp, bias uint64, width int) string {
	s := ""
	if sign != 0 {
		s = "-"
	}
	switch {
	case exp == maxExp && frac == 0:
		return s + "inf"
	case exp == maxExp:
		return fmt.Sprintf("%snan:0x%x", s, frac)
	case exp == 0:
		return fmt.Sprintf("%s0x%xp%d", s, frac, 1-int(bias)-width)
	}
	return fmt.Sprintf("%s0x%xp%d", s, 1<<width|frac, int(exp)-int(bias)-width)
}

// expr writes the instruction of a variant with its use.
func (v variant) expr(o *op.Op) string {
	var b strings.Builder
	b.WriteString("(" + o.Name)
	if v.offset != 0 {
		fmt.Fprintf(&b, " offset=%d", v.offset)
	}
	for i, c := range v.consts {
		if c == nil {
			fmt.Fprintf(&b, " (local.get $p%d)", i)
		} else {
			b.WriteString(" " + constExpr(o.Params()[i], *c))
		}
	}
	b.WriteString(")")
	return strings.ReplaceAll(v.wrap, "%", b.String())
}

// perFunction is the number of variants in one function, which selects among them by its first parameter.
const perFunction = 64

func function(name string, o *op.Op, list []variant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(func (export %q) (param $sel i32)", name)
	for i := range o.Params() {
		fmt.Fprintf(&b, " (param $p%d %s)", i, watTypes[o.Params()[i]])
	}
	for i := range o.Results() {
		fmt.Fprintf(&b, " (result %s)", watTypes[o.Results()[i]])
	}
	for i := range list {
		fmt.Fprintf(&b, "\n(block $b%d", len(list)-1-i)
	}
	b.WriteString("\n(br_table")
	for i := range list {
		fmt.Fprintf(&b, " $b%d", i)
	}
	b.WriteString(" (local.get $sel))")
	for _, v := range list {
		fmt.Fprintf(&b, ")\n%s (return)", v.expr(o))
	}
	b.WriteString("\n(unreachable))\n")
	return b.String()
}

// fewCalls is the number of calls of a variant that is not the first of its row; it shares no factor with the numbers
// of operands, so that all combinations come by over the variants.
const fewCalls = 23

// calls lists the calls of variant number k of a row: all combinations of operands for the first variant, a few for the
// others.
func calls(name string, k int, o *op.Op, v variant) []runner.Call {
	n := 1
	for i := range v.consts {
		n *= operands(o, v, i)
	}
	var out []runner.Call
	for c := range n {
		if k > 0 && n > 2*fewCalls && (c+k)%(n/fewCalls) != 0 {
			continue
		}
		args, rest := []uint64{uint64(k % perFunction)}, c
		for i := range v.consts {
			args = append(args, values(o, i)[rest%operands(o, v, i)])
			rest /= operands(o, v, i)
		}
		out = append(out, runner.Call{Func: name, Args: args})
	}
	return out
}

// operands is the number of operands to try at position i: one where it is constant.
func operands(o *op.Op, v variant, i int) int {
	n := len(values(o, i))
	switch {
	case v.consts[i] != nil:
		return 1
	case len(v.consts) > 2:
		return min(n, 8)
	}
	return n
}

// exactNaN reports whether the bits of a NaN that o yields are determined.
func exactNaN(o *op.Op) bool {
	_, name, _ := strings.Cut(o.Name, ".")
	return o.IsMemAccess() || strings.HasPrefix(name, "reinterpret") || name == "abs" || name == "neg" || name == "copysign"
}

// check is what a call of a subject is about.
type check struct {
	o *op.Op
	v variant
}

// tableSubject makes a module of some rows.
func tableSubject(name, memory string, rows []*op.Op) (*subject, []check) {
	s := &subject{}
	var checks []check
	var b strings.Builder
	fmt.Fprintf(&b, "(module (memory (export \"memory\") %s)\n", memory)
	fmt.Fprintf(&b, "(data (i32.const 0) \"%s\") (data (i32.const 65472) \"%s\")\n", noise(64, 1), noise(64, 7))
	s.job.Package = name
	for _, o := range rows {
		s.job.State = s.job.State || o.IsMemAccess()
		for k, list := range slices.Collect(slices.Chunk(variants(o), perFunction)) {
			fn := fmt.Sprintf("%s %d", o.Name, k)
			b.WriteString(function(fn, o, list))
			for sel, v := range list {
				for _, c := range calls(fn, k*perFunction+sel, o, v) {
					s.job.Calls = append(s.job.Calls, c)
					checks = append(checks, check{o, v})
				}
			}
		}
	}
	s.text = b.String() + ")"
	return s, checks
}

func noise(n int, seed byte) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\\%02x", byte(i)*37+seed*0x51)
	}
	return b.String()
}

// emitted splits the rows with operands or results into those with Go and those without, the latter by proposal.
func emitted() (numeric, accesses, atomics []*op.Op, without map[op.Proposal]int) {
	without = map[op.Proposal]int{}
	for _, o := range op.All() {
		switch {
		case o.Go == "":
			without[o.Proposal]++
		case o.Has('A'):
			atomics = append(atomics, o)
		case o.IsMemAccess():
			accesses = append(accesses, o)
		default:
			numeric = append(numeric, o)
		}
	}
	return numeric, accesses, atomics, without
}

// TestTable compares every row of the instruction table that has Go with wazero, also with constant operands.
func TestTable(t *testing.T) {
	buildsProgram(t)
	numeric, accesses, atomics, without := emitted()
	for _, p := range slices.Sorted(maps.Keys(without)) {
		t.Logf("not in this test: %d rows of %s without a Go expression", without[p], p)
	}
	var subjects []*subject
	var checks [][]check
	add := func(memory string, rows []*op.Op) {
		for chunk := range slices.Chunk(rows, 12) {
			s, c := tableSubject(fmt.Sprintf("m%d", len(subjects)), memory, chunk)
			subjects, checks = append(subjects, s), append(checks, c)
		}
	}
	add("1 2", numeric)
	add("1 2", accesses)
	add("1 2 shared", append(accesses[:2:2], atomics...))
	forms := forms[:3]
	run(t, forms, subjects)
	var r report
	for i, s := range subjects {
		for _, f := range forms {
			r.compare(t, f, s, checks[i])
		}
	}
	t.Logf("%d rows, %d forms: %d calls compared, %d differ", len(numeric)+len(accesses)+len(atomics), len(forms), r.total, r.bad)
	t.Logf("skipped: %d calls whose trap the guard form loses because the Go compiler drops the load", r.lost)
}

// report counts calls.
type report struct{ total, bad, lost int }

// compare reports up to two differences per row and counts the others.
func (r *report) compare(t *testing.T, f form, s *subject, checks []check) {
	if err := s.failed[f.suffix]; err != nil {
		t.Errorf("%s %s: %v", s.job.Package, f.suffix, err)
		return
	}
	seen := map[string]int{}
	r.total += len(checks)
	got := s.got[f.suffix]
	if len(got) != len(s.want) {
		t.Errorf("%s %s: %d outcomes, want %d: %q, %q", s.job.Package, f.suffix, len(got), len(s.want), got[0].Err, s.want[0].Err)
		return
	}
	for i, c := range checks {
		d := differ(c.o.Results(), exactNaN(c.o) && c.v.wrap == "%", &got[i+1], &s.want[i+1])
		if d == "" {
			continue
		}
		if lostTrap(f, c.v, &got[i+1], &s.want[i+1]) {
			r.lost++
			continue
		}
		r.bad++
		if seen[c.o.Name]++; seen[c.o.Name] <= 2 {
			t.Errorf("%s: %s with %#x: %s", f.suffix, c.v.expr(c.o), s.job.Calls[i].Args[1:], d)
		}
	}
}

// lostTrap: the guard form relies on the load happening, and the Go compiler drops one of two equal loads and reads
// fewer bytes where fewer are used (docs: the checked form keeps all traps).
func lostTrap(f form, v variant, got, want *runner.Outcome) bool {
	narrow := v.wrap == "(i32.eq % %)" || strings.Contains(v.wrap, "wrap_i64") || strings.Contains(v.wrap, "extend32_s")
	return f.cfg.Memory == compiler.Guard && narrow && got.Err == "" && want.Err == "out of bounds memory access"
}
