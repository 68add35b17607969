package compiler_test

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/wasm2go/wasm2go/compiler"
)

const internal = "github.com/wasm2go/wasm2go/compiler/internal/"

// pipeline lists, for each package of the pipeline, what it may import of the others: what comes before it.
var pipeline = map[string][]string{
	"op":       {},
	"op/eval":  {"op"},
	"wasm":     {"op"},
	"wat":      {"op", "wasm"},
	"validate": {"op", "wasm"},
	"slab":     {},
	"ir":       {"op", "wasm", "slab"},
	"build":    {"op", "wasm", "slab", "ir"},
	"opt":      {"op", "op/eval", "wasm", "slab", "ir"},
	"gox":      {"slab"},
	"emit":     {"op", "wasm", "slab", "ir", "build", "gox"},
}

// TestImportsPointOneWay holds the packages of the pipeline to the table above, and keeps the runtime out of the
// compiler and the compiler out of the runtime.
func TestImportsPointOneWay(t *testing.T) {
	for pkg, allowed := range pipeline {
		for _, imp := range imports(t, "internal/"+pkg) {
			if rest, ok := strings.CutPrefix(imp, internal); ok && !slices.Contains(allowed, rest) {
				t.Errorf("compiler/internal/%s imports %s, which does not come before it", pkg, rest)
			}
			if strings.HasPrefix(imp, compiler.DefaultRuntime) {
				t.Errorf("compiler/internal/%s imports the runtime", pkg)
			}
		}
	}
	for _, dir := range []string{"../rt", "../rt/wasi"} {
		for _, imp := range imports(t, dir) {
			if strings.Contains(strings.Split(imp, "/")[0], ".") && !strings.HasPrefix(imp, compiler.DefaultRuntime) {
				t.Errorf("%s imports %s: the runtime uses the standard library only", dir, imp)
			}
		}
	}
}

// imports returns what the package in dir imports, tests aside.
func imports(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no Go files, %v", dir, err)
	}
	var list []string
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			list = append(list, importsOf(t, f, nil)...)
		}
	}
	return list
}

func importsOf(t *testing.T, name string, src any) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// TestGeneratedImports: generated code imports the standard library and rt, no more.
func TestGeneratedImports(t *testing.T) {
	paths, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		ar, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := compiler.Compile(ar.Files[0].Data, compiler.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range pkg.Files {
			if path.Ext(f.Name) != ".go" {
				continue
			}
			for _, imp := range importsOf(t, f.Name, f.Content) {
				if strings.Contains(imp, ".") && imp != compiler.DefaultRuntime {
					t.Errorf("%s: %s imports %s", p, f.Name, imp)
				}
			}
		}
	}
}
