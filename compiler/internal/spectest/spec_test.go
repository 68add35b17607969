package spectest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
)

// TestSpec runs the suites that need no download, and testdata/own, in both memory forms. WASM2GO_SPEC_O0=1 runs them unoptimized.
func TestSpec(t *testing.T) {
	noOpt := os.Getenv("WASM2GO_SPEC_O0") != ""
	name := "test"
	if noOpt {
		name = "test-O0"
	}
	dir, err := DefaultDir(name)
	if err != nil {
		t.Fatal(err)
	}
	var scripts []*Script
	for _, suite := range ConvertedSuites {
		list, err := ReadConverted(suite)
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, list...)
	}
	own, err := readFiles(filepath.Join("testdata", "own", "*.wast"), func(string) string { return "own" }, ReadWast)
	if err != nil || len(own) == 0 {
		t.Fatal(len(own), "scripts of our own", err)
	}
	scripts = append(scripts, own...)
	r, err := Run(scripts, Options{
		Dir: dir, Forms: []compiler.MemoryForm{compiler.Guard, compiler.Checked}, NoOpt: noOpt, Vet: true, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Error(f)
	}
	logTotals(t, r)
}

// logTotals prints the counts by suite and form; form "" is what the compiler rejects.
func logTotals(t *testing.T, r *Report) {
	for _, suite := range append(slices.Clone(ConvertedSuites), "own") {
		for _, form := range []string{"", "guard", "checked"} {
			c := r.Total(func(s *ScriptReport) bool { return s.Suite == suite && s.Form == form })
			t.Logf("%s %s: %s (%s)", suite, form, c, c.Reasons())
		}
	}
	t.Logf("spec: %s", r.Total(nil))
}
