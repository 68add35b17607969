package compiler_test

import (
	"fmt"
	"maps"
	"math/bits"
	"path"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// manyFunctions is a module of n+1 functions, each of which calls one of half its index. No two have the same code.
func manyFunctions(n int) []byte {
	var b strings.Builder
	b.WriteString("(module (func $f0 (param i32) (result i32) (local.get 0))\n")
	for i := 1; i <= n; i++ {
		next := []string{"(i32.add (local.get 0) (i32.const 1))", "(i32.sub (local.get 0) (i32.const -1))"}[i%2]
		fmt.Fprintf(&b, "(func $f%d (param i32) (result i32) (call $f%d %s))\n", i, (i-1)/2, next)
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
	return []byte(b.String())
}

// TestManyFunctions: functions call each other across packages.
func TestManyFunctions(t *testing.T) {
	const n = 9000
	pkg, err := compiler.Compile(manyFunctions(n), compiler.Config{
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
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".go") && len(f.Content) < 100<<10 {
			checkFormat(t, f)
		}
		if err := p.Write("many/"+f.Name, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := p.Go(t.Context(), "vet", "./..."); err != nil || out != "" {
		t.Errorf("vet: %v\n%s", err, out)
	}
	out, err := p.Go(t.Context(), "run", ".")
	if want := fmt.Sprintln(bits.Len(n+1)-1+bits.Len(101)-1, error(nil)); err != nil || out != want { // steps down to function 0
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}

// TestManyPackages: the variables of hundreds of packages are set by several, and every one of them once.
func TestManyPackages(t *testing.T) {
	pkg, err := compiler.Compile(manyFunctions(2000), compiler.Config{Package: "many", Split: 64, ImportPath: "example.com/many"})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	declared, set := map[string]int{}, map[string]int{}
	for _, f := range pkg.Files {
		dir, base := path.Split(f.Name)
		name, isLink := strings.CutPrefix(path.Base(dir), "l")
		isLink = isLink && name != "ink"
		if isLink {
			links++
		}
		for _, line := range strings.Split(string(f.Content), "\n") {
			if left, _, ok := strings.Cut(line, " = "); ok && isLink {
				set[strings.TrimSpace(left)]++
			}
			if name, ok := strings.CutPrefix(line, "var F"); ok && base == "code.go" {
				name, _, _ = strings.Cut(name, " ")
				declared[path.Base(dir)+".F"+name]++
			}
		}
		checkFormat(t, f)
	}
	if links < 2 || len(declared) < 500 || !maps.Equal(declared, set) {
		t.Errorf("%d packages set %d of %d variables, want several that set all", links, len(set), len(declared))
	}
}
