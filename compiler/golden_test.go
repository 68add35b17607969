package compiler_test

import (
	"bytes"
	"flag"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/wasm2go/wasm2go/compiler"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden translates in.wat of each archive in testdata/golden and compares the files that the archive names. The
// comment of an archive holds options: "memory: checked", "opt: none", "split: tiny".
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg := compiler.Config{Package: "golden", Source: "in.wat", Keep: true}
	if bytes.Contains(ar.Comment, []byte("memory: checked")) {
		cfg.Memory = compiler.Checked
	}
	if bytes.Contains(ar.Comment, []byte("split: tiny")) {
		cfg.Split, cfg.ImportPath = 1, "example.com/golden"
	}
	cfg.NoOpt = bytes.Contains(ar.Comment, []byte("opt: none"))
	pkg, err := compiler.Compile(ar.Files[0].Data, cfg)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range pkg.Files {
		files[f.Name] = f.Content
		if strings.HasSuffix(f.Name, ".go") {
			checkFormat(t, f)
		}
	}
	for i := range ar.Files[1:] {
		f := &ar.Files[1+i]
		got := files[f.Name]
		if *update {
			f.Data = got
		} else if !bytes.Equal(got, f.Data) {
			t.Errorf("%s differs from %s; run go test ./compiler -update and read the diff. Got:\n%s", f.Name, path, got)
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func checkFormat(t *testing.T, f compiler.File) {
	t.Helper()
	want, err := format.Source(f.Content)
	if err != nil {
		t.Fatalf("%s: %v\n%s", f.Name, err, f.Content)
	}
	if !bytes.Equal(want, f.Content) {
		t.Errorf("%s is not gofmt-clean:\n%s\nwant:\n%s", f.Name, f.Content, want)
	}
}

// TestDeterministic translates with different numbers of jobs.
func TestDeterministic(t *testing.T) {
	for _, file := range []string{"../examples/library/guest/distance.wasm", "../testdata/guests/files-rust.wasm", "../examples/pool/guest/pool.wasm"} {
		t.Run(filepath.Base(file), func(t *testing.T) { deterministic(t, file) })
	}
}

func deterministic(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var first *compiler.Package
	for _, jobs := range []int{1, 4, 2} {
		pkg, err := compiler.Compile(src, compiler.Config{Source: file, Jobs: jobs, Split: 16 << 10, ImportPath: "example.com/m"})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = pkg
			continue
		}
		for i, f := range pkg.Files {
			if f.Name != first.Files[i].Name || !bytes.Equal(f.Content, first.Files[i].Content) {
				t.Errorf("%s differs between runs", f.Name)
			}
		}
	}
}

// TestCheckedImportsNoUnsafe: generated code of the checked form has no unsafe as long as the module has no atomics.
func TestCheckedImportsNoUnsafe(t *testing.T) {
	paths, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := compiler.Compile(ar.Files[0].Data, compiler.Config{Memory: compiler.Checked, Source: "in.wat"})
		if err != nil {
			t.Fatal(err)
		}
		atomics := bytes.Contains(ar.Files[0].Data, []byte(".atomic."))
		for _, f := range pkg.Files {
			if !atomics && bytes.Contains(f.Content, []byte(`"unsafe"`)) {
				t.Errorf("%s: %s imports unsafe", path, f.Name)
			}
		}
	}
}
