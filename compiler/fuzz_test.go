package compiler_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// handMade are small modules with one peculiarity each.
var handMade = []string{
	`(module)`,
	`(module (func (export "f") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))`,
	`(module (memory (export "memory") 1 2) (data (i32.const 3) "abc") (func (export "f") (param i32) (result i64) (i64.load offset=7 (local.get 0))))`,
	`(module (table 3 funcref) (elem (i32.const 1) $f) (func $f (export "f") (param i32) (call_indirect (type 0) (local.get 0) (local.get 0))))`,
	`(module (global $g (mut f64) (f64.const nan:0x123)) (func (export "f") (global.set $g (f64.neg (global.get $g)))))`,
	`(module (func (export "f") (param i32) (block (block (block (br_table 0 1 2 0 (local.get 0))) (return)) (unreachable))))`,
	`(module (func (export "f") (param i32) (result i32) (loop (result i32) (br_if 0 (i32.const 1)) (local.get 0))))`,
	`(module (import "a" "b" (func $i (param i64) (result f32 f64))) (func (export "f") (drop (drop (call $i (i64.const -1))))))`,
	`(module (memory 1 1 shared) (func (export "f") (param i32) (result i32) (i32.atomic.rmw8.cmpxchg_u (local.get 0) (i32.const 300) (i32.const 2))))`,
	`(module (table $t 1 9 externref) (func (export "f") (param externref) (result i32) (table.grow $t (local.get 0) (i32.const 2))))`,
	`(module (memory 1) (data $d "x") (func (export "f") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d) (memory.copy (i32.const 1) (i32.const 2) (i32.const 3))))`,
	`(module (func $f (export "f") (export "F") (export "") (export "func") (result i32 i64) (if (result i32 i64) (i32.const 0) (then (i32.const 1) (i64.const 2)) (else (call $f)))))`,
	`(module (start 0) (func $s (nop)))`,
}

func fuzzSeeds(f *testing.F) {
	for _, text := range handMade {
		bin, err := wat.Assemble([]byte(text))
		if err != nil {
			f.Fatalf("%s: %v", text, err)
		}
		f.Add(bin)
		f.Add([]byte(text))
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		f.Logf("no seeds from wazero: %v", err)
		return
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "internal/integration_test/*/testdata/*.wasm"))
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && len(b) < 4000 {
			f.Add(b)
		}
	}
}

// FuzzCompile: Compile never panics and ends soon, and what it accepts it turns into Go that is formatted and has the
// right types, in both memory forms.
func FuzzCompile(f *testing.F) {
	fuzzSeeds(f)
	checker := gobuild.NewChecker()
	f.Fuzz(func(t *testing.T, src []byte) {
		const enough = 5 * time.Second
		for _, cfg := range []compiler.Config{
			{Memory: compiler.Guard}, {Memory: compiler.Checked}, {Memory: compiler.Checked, NoOpt: true},
		} {
			start := time.Now()
			pkg, err := compiler.Compile(src, cfg)
			if took := time.Since(start); took > enough {
				t.Errorf("%s: took %v", cfg.Memory, took)
			}
			if err != nil {
				continue
			}
			if err := checker.Check(pkg.Name, goFiles(pkg)); err != nil {
				t.Errorf("%s: %v", cfg.Memory, err)
			}
		}
	})
}

func goFiles(pkg *compiler.Package) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range pkg.Files {
		if strings.HasSuffix(f.Name, ".go") {
			files[f.Name] = f.Content
		}
	}
	return files
}
