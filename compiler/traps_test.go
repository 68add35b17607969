package compiler_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// TestTraps builds testdata/traps/check.go, which makes the functions of traps.wat trap in every way and checks the
// errors, that the process lives on, and that other instances work.
func TestTraps(t *testing.T) {
	src, err := os.ReadFile("../testdata/traps/traps.wat")
	if err != nil {
		t.Fatal(err)
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []compiler.MemoryForm{compiler.Guard, compiler.Checked} {
		pkg, err := compiler.Compile(src, compiler.Config{Package: string(form), Memory: form, Source: "traps.wat"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range pkg.Files {
			if err := p.Write(string(form)+"/"+f.Name, f.Content); err != nil {
				t.Fatal(err)
			}
		}
	}
	check, err := os.ReadFile("../testdata/traps/check.go")
	if err != nil {
		t.Fatal(err)
	}
	check = bytes.ReplaceAll(check, []byte("MODULE"), []byte(gobuild.Module))
	check = bytes.Replace(check, []byte("//go:build ignore\n"), nil, 1)
	if err := p.Write("main.go", check); err != nil {
		t.Fatal(err)
	}
	bin, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var exports []string
	for _, m := range regexp.MustCompile(`\(export "((?:oob|far) [^"]*)"\)`).FindAllSubmatch(src, -1) {
		exports = append(exports, string(m[1]))
	}
	out, err := exec.CommandContext(t.Context(), bin, strings.Join(exports, ",")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d exports with accesses, %s", len(exports), out)
}
