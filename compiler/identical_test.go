package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// identical has functions with the same code wherever a module can name one: by export, start, call, table, ref.func in code
// and in an initialiser; and such that only look alike.
const identical = `(module
  (type $t (func (param i32) (result i32)))
  (func $a (export "a") (type $t) (i32.add (local.get 0) (i32.const 7)))
  (func $b (export "b") (type $t) (i32.add (local.get 0) (i32.const 7)))
  (func $c (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))
  (func $eight (export "eight") (type $t) (i32.add (local.get 0) (i32.const 8)))
  (func $narrow (export "narrow") (param i32) (result i32) (local.get 0))
  (func $wide (export "wide") (param i64) (result i64) (local.get 0))
  (func $zero32 (export "zero32") (local i32) (drop (local.get 0)) (global.set $starts (global.get $starts)))
  (func $zero64 (export "zero64") (local i64) (drop (local.get 0)) (global.set $starts (global.get $starts)))
  (func $once (export "once") (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (func $begin (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (start $begin)
  (global $starts (mut i32) (i32.const 0))
  (global $ref funcref (ref.func $c))
  (table $direct 4 funcref)
  (elem (table $direct) (i32.const 0) func $a $b $c $eight)
  (table $moved 4 funcref)
  (elem $segment func $eight $c)
  (elem declare func $b)
  (func (export "calls") (param i32) (result i32)
    (call $a (call $b (call $c (local.get 0)))))
  (func (export "tables") (param i32) (result i32)
    (table.init $moved $segment (i32.const 0) (i32.const 0) (i32.const 2))
    (table.set $moved (i32.const 2) (ref.func $b))
    (table.set $moved (i32.const 3) (global.get $ref))
    (call_indirect $direct (type $t)
      (call_indirect $moved (type $t) (i32.const 0) (local.get 0))
      (local.get 0)))
  (func (export "started") (result i32) (call $once) (global.get $starts))
)`

// TestIdentical: one function stands for all that have its type, locals and code, and the module does what it did.
func TestIdentical(t *testing.T) {
	main := "package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/wasm2go/wasm2go/rt\"\n\n\t\"" + gobuild.Module + "/same\"\n)\n\n" +
		"func main() {\n\tm, err := same.New(rt.Config{}, same.Imports{})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n" +
		"\tfmt.Println(m.A(1))\n\tfmt.Println(m.B(1))\n\tfmt.Println(m.Calls(1))\n\tfmt.Println(m.Wide(1 << 40))\n\tfmt.Println(m.Narrow(5))\n" +
		"\tfor i := range int32(4) {\n\t\tfmt.Println(m.Tables(i))\n\t}\n\tfmt.Println(m.Started())\n\tfmt.Println(m.Once())\n\tfmt.Println(m.Started())\n}\n"
	const want = "8 <nil>\n8 <nil>\n22 <nil>\n1099511627776 <nil>\n5 <nil>\n15 <nil>\n14 <nil>\n14 <nil>\n15 <nil>\n2 <nil>\n<nil>\n4 <nil>\n"
	for _, c := range []struct {
		name   string
		cfg    compiler.Config
		bodies int // that add 7; three of them if inlined
		stand  int // for others
	}{
		{"one package", compiler.Config{Disable: []string{"inline"}}, 1, 2},
		{"split", compiler.Config{Split: 1, Disable: []string{"inline"}}, 1, 2},
		{"inlined", compiler.Config{Split: 1, Memory: compiler.Checked}, 4, 2},
		{"apart", compiler.Config{Disable: []string{"inline", "identical"}}, 3, 0},
		{"all kept", compiler.Config{Keep: true, Disable: []string{"inline"}}, 3, 0},
		{"unoptimised", compiler.Config{NoOpt: true}, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Package, c.cfg.ImportPath = "same", gobuild.Module+"/same"
			pkg, err := compiler.Compile([]byte(identical), c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			p, err := gobuild.New(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, f := range append(pkg.Files, compiler.File{Name: "../main.go", Content: []byte(main)}) {
				if err := p.Write("same/"+f.Name, f.Content); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(f.Name, ".go") {
					checkFormat(t, f)
					text += string(f.Content)
				}
			}
			if n := strings.Count(text, " + 7\n"); n != c.bodies {
				t.Errorf("%d functions add 7, want %d", n, c.bodies)
			}
			if n := strings.Count(text, "their code is the same"); n != c.stand {
				t.Errorf("%d functions stand for others, want %d", n, c.stand)
			}
			if out, err := p.Go(t.Context(), "vet", "./..."); err != nil || out != "" {
				t.Errorf("vet: %v\n%s", err, out)
			}
			if out, err := p.Go(t.Context(), "run", "."); err != nil || out != want {
				t.Errorf("%v, %q, want %q", err, out, want)
			}
		})
	}
	if pkg, err := compiler.Compile([]byte(identical), compiler.Config{Disable: []string{"inline"}}); err != nil {
		t.Error(err)
	} else if got := string(goFiles(pkg)["code000.go"]); strings.Contains(got, fmt.Sprintf("func f%d_", 1)) {
		t.Error("a function for which another one stands is there")
	}
}
