package compiler_test

import (
	"os"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
)

// BenchmarkTranslate translates a module, WASM2GO_MODULE or a small one, with one job:
//
//	WASM2GO_MODULE=app.wasm go test ./compiler -run=^$ -bench=Translate -cpuprofile=cpu.out
func BenchmarkTranslate(b *testing.B) {
	path := os.Getenv("WASM2GO_MODULE")
	if path == "" {
		path = "../examples/library/guest/distance.wasm"
	}
	src, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		t, err := compiler.Prepare(src, compiler.Config{Source: "bench.wasm", ImportPath: "example.com/bench", Jobs: 1})
		if err != nil {
			b.Fatal(err)
		}
		size = 0
		err = t.Files(func(f compiler.File) error {
			size += len(f.Content)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)/float64(len(src)), "B-Go/B")
}
