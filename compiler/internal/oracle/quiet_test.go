package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// quietBodies make a factor or divisor $y of 1 or -1 that the Go compiler could know, and use it with the parameter $x. T is the
// type, $n an integer parameter, which is 1.
var quietBodies = []string{
	"(local.set $y (T.const 1)) (T.mul (local.get $x) (local.get $y))",
	"(local.set $y (T.const -1)) (T.mul (local.get $y) (local.get $x))",
	"(local.set $y (T.const 1)) (T.div (local.get $x) (local.get $y))",
	"(local.set $y (T.const -1)) (T.div (local.get $x) (local.get $y))",
	"(local.set $y (T.neg (T.const 1))) (T.mul (local.get $x) (local.get $y))",
	"(local.set $z (T.const 1)) (local.set $y (T.neg (local.get $z))) (T.mul (local.get $x) (local.get $y))",
	"(local.set $z (T.const 1)) (local.set $y (local.get $z)) (T.mul (local.get $x) (T.abs (local.get $y)))",
	"(local.set $z (T.const 0.5)) (local.set $y (T.ceil (local.get $z))) (T.mul (local.get $x) (local.get $y))",
	"(local.set $z (T.const 0.5)) (local.set $y (T.add (local.get $z) (local.get $z))) (T.mul (local.get $x) (local.get $y))",
	"(T.mul (local.get $x) (T.convert_i32_s (i32.const 1)))",
	"(T.div (local.get $x) (T.convert_i64_s (i64.const -1)))",
	"(if (result T) (i32.eq (local.get $n) (i32.const 1)) (then (T.mul (local.get $x) (T.convert_i32_u (local.get $n)))) (else (local.get $x)))",
	"(if (i32.eq (local.get $n) (i32.const 1)) (then (local.set $y (T.convert_i32_s (local.get $n))) (local.set $x (T.div (local.get $x) (local.get $y))))) (local.get $x)",
	"(local.set $y (select (T.const 1) (T.const -1) (local.get $n))) (T.mul (local.get $x) (local.get $y))",
	"(local.set $y (T.const 1)) (loop $l (local.set $x (T.mul (local.get $x) (local.get $y))) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $x)",
	"(T.mul (T.neg (local.get $x)) (T.const 1))",
	"(local.set $y (T.const 1)) (T.mul (T.copysign (local.get $x) (local.get $y)) (local.get $y))",
	// What must stay a signalling NaN.
	"(local.set $y (T.neg (local.get $x))) (drop (T.mul (local.get $x) (local.get $y))) (local.get $y)",
	"(local.set $y (local.get $x)) (drop (T.mul (local.get $x) (local.get $y))) (local.get $y)",
}

// signalling is the number of bodies at the end whose result stays a signalling NaN; others may change the sign of one.
const signalling = 2

// TestQuiet: a product or quotient of a signalling NaN is a quiet one, whatever the Go compiler knows of the other operand.
func TestQuiet(t *testing.T) {
	buildsProgram(t)
	s := &subject{job: runner.Job{Package: "quiet"}}
	var text strings.Builder
	text.WriteString("(module\n")
	for typ, nans := range map[string][]uint64{
		"f32": {0x7f800001, 0xffa00000, 0x7fc00000, 0x40490fdb}, "f64": {0x7ff4000000000001, 0xfff0000000000001, 0x7ff8000000000000, 0x400921fb54442d18},
	} {
		for i, body := range quietBodies {
			name := fmt.Sprint(typ, "_", i)
			fmt.Fprintf(&text, "(func (export %q) (param $x T) (param $n i32) (result T) (local $y T) (local $z T) "+body+")\n", name)
			for _, x := range nans {
				s.job.Calls = append(s.job.Calls, runner.Call{Func: name, Args: []uint64{x, 1}})
			}
		}
		s.text += strings.ReplaceAll(text.String(), "T", typ)
		text.Reset()
	}
	s.text += ")"
	letters := map[string]string{"f32": "f", "f64": "F"}
	allAgree(t, s, func(_ form, i int, got, want *runner.Outcome) string {
		exact := i/4%len(quietBodies) >= len(quietBodies)-signalling
		return differ(letters[s.job.Calls[i].Func[:3]], exact, got, want)
	})
}
