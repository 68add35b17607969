package compiler_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
)

// TestHeavyFunction: the variables of a function with very many jumps are fields of a struct, those of others are not.
func TestHeavyFunction(t *testing.T) {
	for n, heavy := range map[int]bool{500: false, 20_000: true} {
		pkg, err := compiler.Compile(jumps(n), compiler.Config{Split: compiler.SplitOff})
		if err != nil {
			t.Fatal(err)
		}
		code := goFiles(pkg)["code000.go"]
		if got := bytes.Contains(code, []byte("\tvar v struct{ ")); got != heavy {
			t.Errorf("%d jumps: variables in a struct: %v", n, got)
		}
		if heavy {
			checkFormat(t, compiler.File{Name: "code000.go", Content: code})
		}
	}
}

// jumps is a function with n conditional jumps over many variables.
func jumps(n int) []byte {
	var b strings.Builder
	b.WriteString("(module (func (export \"f\") (param i32) (result i32) (local" + strings.Repeat(" i32", 20) + ") (loop $top\n")
	for i := range n {
		if i%20 == 0 {
			b.WriteString(strings.Repeat("(block\n", 20))
		}
		x, y := 1+i*7%20, i*11%21
		fmt.Fprintf(&b, "(local.set %d (i32.add (local.get %d) (i32.const %d)))\n", x, y, i)
		fmt.Fprintf(&b, "(br_if %d (i32.lt_s (local.get %d) (local.get %d))) )\n", i*5%(20-i%20), x, y)
	}
	b.WriteString(") (local.get 1)))")
	return []byte(b.String())
}

// TestHeavyNumbers: a function with very many comparisons that are numbers has calls for them.
func TestHeavyNumbers(t *testing.T) {
	for n, heavy := range map[int]bool{500: false, 7000: true} {
		text := "(module (func (export \"f\") (param i32) (result i32)\n" + repeated(n, func(i int) string {
			return fmt.Sprintf("(local.set 0 (i32.add (local.get 0) (i32.lt_s (local.get 0) (i32.const %d))))\n", i)
		}) + "(local.get 0)))"
		pkg, err := compiler.Compile([]byte(text), compiler.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(goFiles(pkg)["code000.go"], []byte("rt.Number(")); got != heavy {
			t.Errorf("%d comparisons: calls: %v", n, got)
		}
	}
}

// TestHeavyCallees: in a function with very many indirect calls variables hold what is called, wherever the call stands.
func TestHeavyCallees(t *testing.T) {
	for n, heavy := range map[int]bool{20: false, 200: true} {
		call := "(call_indirect (type $t) (i32.const %d) (local.get 0))"
		text := "(module (type $t (func (param i32) (result i32))) (table 4 funcref) (func (export \"f\") (param i32) (result i32)\n" +
			repeated(n, func(i int) string {
				c := fmt.Sprintf(call, i)
				return strings.ReplaceAll("(if % (then (nop)) (else (return %))) (loop (br_if 0 %)) (block (block (br_table 0 1 0 %))) (drop %)\n", "%", c)
			}) + "(i32.const 1)))"
		pkg, err := compiler.Compile([]byte(text), compiler.Config{})
		if err != nil {
			t.Fatal(err)
		}
		code := goFiles(pkg)["code000.go"]
		held := bytes.Count(code, []byte("c0 = rt.Slot("))
		if all := bytes.Count(code, []byte("rt.Slot(")); all != 5*n || held != 0 && !heavy || held != 5*n && heavy {
			t.Errorf("%d times 5 calls: %d of %d callees in a variable", n, held, all)
		}
		checkFormat(t, compiler.File{Name: "code000.go", Content: code})
	}
}

// TestHeavyAccesses: in the checked form the largest functions load and store by calls.
func TestHeavyAccesses(t *testing.T) {
	for n, heavy := range map[int]bool{500: false, 5000: true} {
		text := "(module (memory 1) (func (export \"f\") (param i32)\n" + repeated(n, func(i int) string {
			return fmt.Sprintf("(f64.store (local.get 0) (f64.load offset=%d (local.get 0)))\n", i)
		}) + "))"
		pkg, err := compiler.Compile([]byte(text), compiler.Config{Memory: compiler.Checked})
		if err != nil {
			t.Fatal(err)
		}
		code := goFiles(pkg)["code000.go"]
		for _, access := range []string{"rt.Load", "rt.Store"} {
			byCall := bytes.Count(code, []byte(access+"ByCall64(&mem0["))
			if all := bytes.Count(code, []byte(access)); all != n || byCall != 0 && !heavy || byCall != n && heavy {
				t.Errorf("%d instructions: %d of %d %s by calls", n, byCall, all, access)
			}
		}
	}
}

// TestHeavyWarning: what no form helps is said, with the function, its size and what to do.
func TestHeavyWarning(t *testing.T) {
	text := "(module (memory 1) (func $sum (export \"f\") (param i32) (result i32)\n" + repeated(150_000, func(i int) string {
		return fmt.Sprintf("(local.set 0 (i32.mul (i32.load (local.get 0)) (i32.const %d)))\n", i)
	}) + "(local.get 0)))"
	tr, err := compiler.Prepare([]byte(text), compiler.Config{Split: compiler.SplitOff})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Files(func(compiler.File) error { return nil }); err != nil {
		t.Fatal(err)
	}
	w := tr.Warnings()
	if len(w) != 1 || !strings.HasPrefix(w[0], "function 0 (sum), ") || !strings.Contains(w[0], "-Oz") {
		t.Errorf("warnings: %q", w)
	}
}
