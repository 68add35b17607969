package opt_test

import (
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/opt"
)

// TestDeadResult inlines a function with two returns where nothing reads the result: both assignments must go.
func TestDeadResult(t *testing.T) {
	const callee = `func 1 (p0 i32) (i32) {
	if p0 {
		return 7
	}
	return 9
}
`
	f := parse(t, "caller", `func 2 (p0 i32) (i32) {
	var l1 i32
	l1 = call 1 (p0)
	return p0
}
`)
	inlined := opt.NewCallees(2, func(uint32, *ir.Arena) *ir.Func { return parse(t, "callee", callee) })
	if err := opt.Run(f, inlined, nil, func(string, *ir.Func) {}); err != nil {
		t.Fatal(err)
	}
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		if s.Kind == ir.Set {
			t.Errorf("an assignment is left:\n%s", f)
		}
	})
}
