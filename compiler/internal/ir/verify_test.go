package ir

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// TestVerifyText: what the text form can say wrongly.
func TestVerifyText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"l4 = p1", `"l4 = p1": value 0 is i64, expected i32`},
		{"l4 = i32.add(p0, p1)", "operand 1 of i32.add is i64, expected i32"},
		{"l4 = i32.add(p0)", "i32.add has 1 operands"},
		{"l4 = i32.add()", "i32.add has no operands"},
		{"l4 = i32.add(p0, p0, p0)", "i32.add has 3 operands"},
		{"l4 = i32.load(p1)", "operand 0 of i32.load is i64, expected i32"},
		{"i32.store(p0, p2)", "operand 1 of i32.store is f32, expected i32"},
		{"l4 = ref.is_null(p0)", "operand 0 of ref.is_null is i32, expected a reference"},
		{"l4 = ref.null()", "ref.null has type i32, expected a reference"},
		{"call_indirect type=0 (p1)", "operand 0 of call_indirect is i64, expected i32"},
		{"call_indirect type=0", "call_indirect has no operands"},
		{"call 1 (call 2)", "operand 0 of call is unknown, expected a value"},
		{"global.set 0 (i32.store(p0, p0))", "operand 0 of global.set is unknown, expected a value"},
		{"memory.copy(p0, p0, p1)", "operand 2 of memory.copy is i64, expected i32"},
		{"l4 = call 1:unknown", "value 0: call has no value"},
		{"p0", "evaluation without effect"},
		{"5:i32", "evaluation without effect"},
		{"_ = p0", "the only destination is blank"},
		{"l4, t5 = p0", "2 destinations for one local.get of type i32"},
		{"l4, t5 = call 1:i32", "2 destinations for one call of type i32"},
		{"l4, t5, p0 = 1:i32, 2:i32", "3 destinations, 2 values"},
		{"l4, l4 = 1, 2", "variable 4 is assigned twice"},
		{"if p1 {\n}", "condition 0 is i64, expected i32"},
		{"switch p1 {\ndefault:\n}", "selector 0 is i64, expected i32"},
		{"switch p0 {\ncase 1:\n}", "0 default cases"},
		{"switch p0 {\ndefault:\ndefault:\n}", "2 default cases"},
		{"switch p0 {\ncase 1, 1:\ndefault:\n}", "two cases for 1"},
		{"switch p0 {\ncase 1:\ncase 1:\ndefault:\n}", "two cases for 1"},
		{"switch p0 {\ndefault:\nfallthrough\n}", "case 0 falls through, but is the last"},
		{"switch p0 {\ncase 1:\nreturn\nfallthrough\ndefault:\n}", "case 0 falls through, but is the last or never ends"},
		{"br L1", "label L1 is not in scope"},
		{"block L1 {\n}\nif p0 {\nbr L1\n}", `"br L1": label L1 is not in scope`},
		{"block L1 {\nblock L1 {\n}\n}", "label L1 is used twice"},
		{"block L1 {\n}\nloop L1 {\n}", "label L1 is used twice"},
		{"return p0", "1 results, expected 0"},
		{"return\nl4 = 1", `"return": "l4 = 1" stands behind it`},
		{"loop L1 {\nbr L1\nunreachable\n}", `"br L1": "unreachable" stands behind it`},
		{"if p0 {\nunreachable\nblock L1 {\n}\n}", `"unreachable": "block L1 {" stands behind it`},
	} {
		f, err := Parse(body(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if err := f.Verify(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot error %v\nwant %s", c.text, err, c.want)
		}
	}
}

// TestVerify: what the text form can not say.
func TestVerify(t *testing.T) {
	get := func(index uint32) *Expr {
		return &Expr{Op: op.LocalGet, Type: wasm.I32, Index: index, Effects: ReadsVariable, Size: 1}
	}
	set := func(e *Expr) *Stmt { return &Stmt{Kind: Set, Dst: []Var{0}, Args: []*Expr{e}} }
	i32 := []VarInfo{{Param, wasm.I32}}
	for _, c := range []struct {
		f    Func
		want string
	}{
		{Func{Params: 1}, "1 parameters, but 0 variables"},
		{Func{Vars: i32}, "variable 0 of 0 parameters has kind 0"},
		{Func{Vars: []VarInfo{{Local, wasm.Unknown}}}, "variable 0 has no type"},
		{Func{Body: []*Stmt{{Kind: 99}}}, "statement of kind 99"},
		{Func{Body: []*Stmt{{Kind: Eval}}}, "fields of another kind"},
		{Func{Body: []*Stmt{{Kind: Return, Dst: []Var{0}}}}, "fields of another kind"},
		{Func{Body: []*Stmt{{Kind: Block, Label: 1, Lists: &Lists{}}}}, "label L1 is used twice or outside L1 to L0"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(get(1))}}, "variable 1 of 1"},
		{Func{Body: []*Stmt{set(Const(wasm.I32, 1))}}, "variable 0 of 0"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: 0xffffff})}}, "unknown instruction 0xffffff"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.Block, Size: 1})}}, "block is not an expression"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.I32Const, Type: wasm.I64, Size: 1})}}, "i32.const has type i64"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.I32Const, Type: wasm.I32, Size: 1, Imm: 1 << 31})}},
			"i32 constant 0x80000000 is not sign-extended"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.F32Const, Type: wasm.F32, Size: 1, Imm: 1 << 32})}}, "more than 32 bits"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.I32Const, Type: wasm.I32, Size: 1, Index: 1})}}, "i32.const has index 1"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.I32Eqz, Type: wasm.I32, Args: []*Expr{get(0)}})}},
			"i32.eqz has effects 0x0 and size 0, computed 0x80 and 2"},
		{Func{Vars: i32, Params: 1, Body: []*Stmt{set(&Expr{Op: op.MemorySize, Type: wasm.I32, Effects: ReadsMemory, Size: 1, Imm: 1})}},
			"memory.size has immediate 1"},
	} {
		if err := c.f.Verify(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v\nwant %s", err, c.want)
		}
	}
}

// TestVerifyDeep: nesting as deep as the builder allows takes linear time and space.
func TestVerifyDeep(t *testing.T) {
	const depth = 20_000
	var text strings.Builder
	for i := 1; i <= depth; i++ {
		fmt.Fprintf(&text, "loop L%d {\n", i)
	}
	text.WriteString("br L1\n" + strings.Repeat("}\n", depth))
	f, err := Parse(body(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
	if n := len(f.String()); n > 3*depth*(maxIndent+10) {
		t.Errorf("%d bytes of text", n)
	}
}
