package compiler_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
)

// TestImage: a module with much data has it as an image that instances share.
func TestImage(t *testing.T) {
	want := make([]byte, 10<<16)
	var text strings.Builder
	text.WriteString(`(module (memory (export "memory") 10)
	(func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))`)
	for i, s := range []struct{ addr, size int }{{5, 200_000}, {150_000, 200_000}, {100_001, 3}, {640_000, 15_360}, {0, 0}} {
		fmt.Fprintf(&text, "\n(data (i32.const %d) \"", s.addr)
		for j := range s.size {
			b := byte('a' + (i*7+j)%26)
			text.WriteByte(b)
			want[s.addr+j] = b
		}
		text.WriteString("\")")
	}
	text.WriteString(")")
	module := filepath.Join(t.TempDir(), "image.wat")
	if err := os.WriteFile(module, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	pkg, err := compiler.Compile([]byte(text.String()), compiler.Config{Package: "image"})
	if err != nil {
		t.Fatal(err)
	}
	if !containsText(pkg, "InitImage(image0)") {
		t.Fatal("the package has no image")
	}
	out, err := exec.Command(buildWith(t, module, "../testdata/startup/image.go")).CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != fmt.Sprintf("%08x", crc32.ChecksumIEEE(want)) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestNoImage: what may trap half way, or belongs to others, is copied segment by segment.
func TestNoImage(t *testing.T) {
	big := strings.Repeat("x", 300_000)
	for _, module := range []string{
		`(module (memory 1) (data (i32.const 0) "` + big + `"))`,
		`(module (import "a" "m" (memory 10)) (data (i32.const 0) "` + big + `"))`,
		`(module (import "a" "g" (global i32)) (memory 10) (data (global.get 0) "` + big + `"))`,
		`(module (memory 10) (data (i32.const 0) "small"))`,
		`(module (memory 65536) (data (i32.const 4000000000) "` + big + `"))`,
	} {
		pkg, err := compiler.Compile([]byte(module), compiler.Config{Package: "image"})
		if err != nil {
			t.Fatal(err)
		}
		if containsText(pkg, "InitImage") {
			t.Errorf("%.80s… has an image", module)
		}
	}
}

func containsText(pkg *compiler.Package, text string) bool {
	for _, f := range pkg.Files {
		if bytes.Contains(f.Content, []byte(text)) {
			return true
		}
	}
	return false
}
