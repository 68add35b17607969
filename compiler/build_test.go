package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// buildWith builds the main package in the Go file main, beside packages "guard" and "checked" made from module.
func buildWith(t *testing.T, module, main string, flags ...string) string {
	t.Helper()
	src, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []compiler.MemoryForm{compiler.Guard, compiler.Checked} {
		pkg, err := compiler.Compile(src, compiler.Config{Package: string(form), Memory: form, Source: filepath.Base(module)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range pkg.Files {
			if err := p.Write(string(form)+"/"+f.Name, f.Content); err != nil {
				t.Fatal(err)
			}
		}
	}
	program, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	program = bytes.ReplaceAll(program, []byte("MODULE"), []byte(gobuild.Module))
	program = bytes.Replace(program, []byte("//go:build ignore\n"), nil, 1)
	if err := p.Write("main.go", program); err != nil {
		t.Fatal(err)
	}
	bin, err := p.Build(t.Context(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	return bin
}
