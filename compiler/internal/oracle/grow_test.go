package oracle

import (
	"fmt"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// TestGrowInOperand: an access sees the memory that its own operands have grown.
func TestGrowInOperand(t *testing.T) {
	buildsProgram(t)
	const grown = "(i32.and (memory.grow (i32.const 1)) (i32.const 4))"
	s := &subject{job: runner.Job{Package: "grow", State: true}}
	s.text = "(module (memory (export \"memory\") 1 30) (func $new (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))\n"
	for i, body := range []string{
		"(i32.load (call $new))",
		"(i32.load offset=65536 " + grown + ")",
		"(i32.load16_u offset=65536 (i32.and (i32.load8_u offset=65532 " + grown + ") (i32.const 4)))",
		"(i32.atomic.load16_u offset=65536 " + grown + ")",
		"(i32.atomic.rmw.add (i32.const 65536) (i32.atomic.load offset=65536 " + grown + "))",
		"(i32.atomic.rmw.cmpxchg (call $new) (i32.const 0) (i32.const 7))",
		"(i32.store (call $new) (i32.const 5)) (i32.store (i32.const 65536) (i32.load (call $new))) (memory.size)",
		"(if (result i32) (i32.load (call $new)) (then (i32.const 1)) (else (i32.load8_s (call $new))))",
		"(i32.add (i32.load (call $new)) (i32.load (call $new)))",
		"(i32.wrap_i64 (i64.extend_i32_u (i32.load (call $new))))",
	} {
		name := fmt.Sprint("f", i)
		s.text += fmt.Sprintf("(func (export %q) (result i32) %s)\n", name, body)
		s.job.Calls = append(s.job.Calls, runner.Call{Func: name})
	}
	s.text += ")"
	allAgree(t, s, func(_ form, _ int, got, want *runner.Outcome) string { return differ("i", true, got, want) })
}
