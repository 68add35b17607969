package oracle

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// TestManyIndirectCalls: a function with so many indirect calls that variables hold what is called does as others do, wherever
// the calls stand.
func TestManyIndirectCalls(t *testing.T) {
	buildsProgram(t)
	const next = "(local.set $i (i32.rem_u (i32.add (local.get $i) (i32.const 1)) (local.get $n)))"
	const call = "(call_indirect (type $t) (local.get $s) (i32.const 3) (local.get $i))"
	const pair = "(call_indirect (type $two) (local.get $s) (i32.const 4))"
	uses := []string{
		"(if % (then (local.set $s (i32.add (local.get $s) %))) (else (local.set $s (i32.sub (local.get $s) %))))",
		"(block (loop (br_if 1 %) " + next + " (br_if 0 (i32.and (i32.const 1) %))))",
		"(block (block (block (br_table 0 1 2 0 (i32.and (i32.const 3) %))) (local.set $s %)) (local.set $s (i32.mul % (i32.const 3))))",
		"(drop %)",
		"(i32.store (i32.and (i32.const 1020) %) (i32.const 7)) (i32.store offset=4 (i32.const 8) %)",
		"(local.set $s (select % (i32.const 5) (local.get $i)))",
		"(local.set $s (call $plus % (i32.load (i32.and (i32.const 1020) %))))",
		pair + " (local.set $s) (local.set $s (i32.xor (local.get $s)))",
		"(if (i32.eq (i32.const 12345) %) (then (return (i32.sub (i32.const 0) %))))",
		"(block " + strings.Repeat("(block (if (i32.and (i32.const 1) %) (then (loop (br_if 1 (i32.and (i32.const 4) %))", 8) + "(local.set $s %)" +
			strings.Repeat(") (br 1)) (else (local.set $s (i32.add (local.get $s) %)))))", 8) + ")",
	}
	var body strings.Builder
	for i := range 60 {
		body.WriteString(strings.ReplaceAll(uses[i%len(uses)]+" "+next+"\n", "%", call))
	}
	s := &subject{job: runner.Job{Package: "callees", State: true}}
	s.text = `(module (memory (export "memory") 1) (table 6 6 funcref) (elem (i32.const 0) $plus $mix $store $plus $two)
(type $t (func (param i32 i32) (result i32))) (type $two (func (param i32) (result i32 i32)))
(func $plus (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func $mix (param i32 i32) (result i32) (i32.xor (i32.mul (local.get 0) (i32.const 31)) (local.get 1)))
(func $store (param i32 i32) (result i32) (i32.store (i32.and (local.get 0) (i32.const 1020)) (local.get 1)) (i32.const 1))
(func $two (param i32) (result i32 i32) (local.get 0) (i32.const 9))
(func (export "f") (param $i i32) (param $n i32) (result i32) (local $s i32)
` + body.String() + `(local.get $s)))`
	for n := range uint64(7) {
		for i := range uint64(6) {
			s.job.Calls = append(s.job.Calls, runner.Call{Func: "f", Args: []uint64{i, n}})
		}
	}
	pkg, err := compiler.Compile([]byte(s.text), compiler.Config{Package: "callees"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(pkg.Files, func(f compiler.File) bool { return bytes.Contains(f.Content, []byte("\tc0 = rt.Slot(")) }) {
		t.Error("no variable holds what is called")
	}
	trapped := 0
	allAgree(t, s, func(_ form, _ int, got, want *runner.Outcome) string {
		if want.Err != "" {
			trapped++
		}
		return differ("i", true, got, want)
	})
	t.Log(trapped, "of", 4*len(s.job.Calls), "trap")
}
