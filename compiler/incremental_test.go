//go:build unix

package compiler_test

import (
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// TestIncremental builds the module in WASM2GO_INCREMENTAL, changes a constant in one function, and wants the second
// build to take less than a fifth of the first one.
func TestIncremental(t *testing.T) {
	path := os.Getenv("WASM2GO_INCREMENTAL")
	if path == "" {
		t.Skip("skipped: WASM2GO_INCREMENTAL names no module; one of 10 MB takes minutes")
	}
	bin, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", t.TempDir())
	if _, err := p.Go(t.Context(), "build", "github.com/wasm2go/wasm2go/rt"); err != nil { // with the standard library
		t.Fatal(err)
	}
	files, full := buildSplit(t, p, bin, nil)
	changed := changeConstant(t, bin)
	_, again := buildSplit(t, p, changed, files)
	t.Logf("built in %.1f CPU s, after a change of one function in %.1f", full.Seconds(), again.Seconds())
	if again > full/5 {
		t.Error("that is more than a fifth")
	}
}

// buildSplit writes the files of a module that differ from those written before, and builds them.
func buildSplit(t *testing.T, p *gobuild.Program, bin []byte, before map[string]string) (map[string]string, time.Duration) {
	pkg, err := compiler.Compile(bin, compiler.Config{Package: "guest", ImportPath: gobuild.Module + "/guest"})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	var differ []string
	for _, f := range pkg.Files {
		files[f.Name] = string(f.Content)
		if before[f.Name] == files[f.Name] {
			continue
		}
		differ = append(differ, f.Name)
		if err := p.Write("guest/"+f.Name, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files, %d of them new: %v", len(files), len(differ), differ[:min(len(differ), 5)])
	start := childrenTime(t)
	if _, err := p.Go(t.Context(), "build", "./guest"); err != nil {
		t.Fatal(err)
	}
	return files, childrenTime(t) - start
}

// childrenTime is the processor time of all commands so far.
func childrenTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// changeConstant changes the first small i32.const of a function in the middle of the module.
func changeConstant(t *testing.T, bin []byte) []byte {
	m, err := wasm.Decode(bin)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Codes[len(m.Codes)/2:] {
		r := wasm.NewReader(m, c.Start, c.End)
		for in := (wasm.Instr{}); r.More(); {
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			if in.Op.Code == op.I32Const && in.Value > 0 && in.Value < 32 {
				changed := slices.Clone(bin)
				changed[in.Offset+1]++
				return changed
			}
		}
	}
	t.Fatal("no constant to change")
	return nil
}
