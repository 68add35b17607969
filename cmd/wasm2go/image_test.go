package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// imageProgram writes the bytes 100000 to 100009 of 300000 bytes of data.
const imageProgram = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 8)
  (data (i32.const 64) "%s")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 100000))
    (i32.store (i32.const 4) (i32.const 10))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`

// TestAttachedImage: a native program for Linux has large data attached, and runs with it and without.
func TestAttachedImage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("images are attached to programs for Linux only")
	}
	dir := t.TempDir()
	module, exe := filepath.Join(dir, "image.wat"), filepath.Join(dir, "image")
	data := strings.Repeat("0123456789", 30_000)
	if err := os.WriteFile(module, fmt.Appendf(nil, imageProgram, data), 0o644); err != nil {
		t.Fatal(err)
	}
	wasm2go, err := exec.LookPath("wasm2go") // which testscript.Main has put there
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(wasm2go, "build", "-o", exe, module).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(program, []byte("wasm image v1"))
	if len(program)-at > 100 || bytes.Count(program, []byte(data)) != 2 {
		t.Fatal("no image is attached")
	}
	for _, size := range []int{len(program), at} {
		if err := os.WriteFile(exe, program[:size], 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(exe).CombinedOutput(); err != nil || string(out) != "6789012345" {
			t.Errorf("%d of %d bytes: %v: %s", size, len(program), err, out)
		}
	}
}
