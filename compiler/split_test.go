package compiler_test

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// TestManyFunctions: beyond 8192 functions the variables for calls across packages are in several packages.
func TestManyFunctions(t *testing.T) {
	const n = 9000
	var b strings.Builder
	b.WriteString("(module (func $f0 (param i32) (result i32) (local.get 0))\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "(func $f%d (param i32) (result i32) (call $f%d (i32.add (local.get 0) (i32.const 1))))\n", i, (i-1)/2)
	}
	fmt.Fprintf(&b, "(func (export \"sum\") (result i32) (i32.add (call $f%d (i32.const 0)) (call $f100 (i32.const 0))))", n)
	var order strings.Builder // a table keeps all of them
	for i := range n + 1 {
		fmt.Fprintf(&order, " $f%d", i)
	}
	b.WriteString("(memory 1)") // with as many segments as make a table
	for i := range 20 {
		fmt.Fprintf(&b, "(data (i32.const %d) \"%c\")", 8*i, 'a'+i)
	}
	fmt.Fprintf(&b, "(table %d funcref) (elem (i32.const 0)%s))", n+1, order.String())
	pkg, err := compiler.Compile([]byte(b.String()), compiler.Config{
		Package: "many", Split: 32 << 10, ImportPath: gobuild.Module + "/many",
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	main := fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/wasm2go/wasm2go/rt\"\n\n\t%q\n)\n\n"+
		"func main() {\n\tm, err := many.New(rt.Config{}, many.Imports{})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println(m.Sum())\n}\n", gobuild.Module+"/many")
	files := append(pkg.Files, compiler.File{Name: "../main.go", Content: []byte(main)})
	shards := 0
	for _, f := range files {
		if strings.HasPrefix(f.Name, "internal/v") {
			shards++
		}
		if strings.HasSuffix(f.Name, ".go") && len(f.Content) < 100<<10 {
			checkFormat(t, f)
		}
		if err := p.Write("many/"+f.Name, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	if shards != 2 {
		t.Errorf("%d packages of variables, want 2", shards)
	}
	out, err := p.Go(t.Context(), "run", ".")
	if want := fmt.Sprintln(bits.Len(n+1)-1+bits.Len(101)-1, error(nil)); err != nil || out != want { // steps down to function 0
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}
