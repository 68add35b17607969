package spectest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
)

// TestSpec runs the suites that need no download, and testdata/own, in both memory forms. WASM2GO_SPEC_O0=1 runs them
// unoptimized.
func TestSpec(t *testing.T) {
	opt := Options{Forms: []compiler.MemoryForm{compiler.Guard, compiler.Checked}, Vet: true}
	name := "test"
	if os.Getenv("WASM2GO_SPEC_O0") != "" {
		opt.NoOpt, name = true, "test-O0"
	}
	runSuites(t, name, opt, nil)
}

// splitScripts are scripts in which functions refer to each other most: through calls, tables, imports, references and
// the start function.
var splitScripts = []string{"atomics", "call_indirect", "func_ptrs", "linking", "ref_func", "start", "tables"}

// TestSpecSplit runs scripts with every module split into packages of one or two functions, and wants the results of
// TestSpec. WASM2GO_SPEC_SPLIT=1 runs all scripts, in both memory forms, which takes thousands of packages.
func TestSpecSplit(t *testing.T) {
	opt := Options{Forms: []compiler.MemoryForm{compiler.Guard}, Split: 16}
	match := func(s *Script) bool {
		return (s.Suite == "v2" || s.Suite == "own") && slices.Contains(splitScripts, s.Name)
	}
	if os.Getenv("WASM2GO_SPEC_SPLIT") != "" {
		opt.Forms, match = append(opt.Forms, compiler.Checked), nil
	}
	runSuites(t, "test-split", opt, match)
}

// runSuites runs the scripts that match.
func runSuites(t *testing.T, name string, opt Options, match func(*Script) bool) {
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
	if match != nil {
		scripts = slices.DeleteFunc(scripts, func(s *Script) bool { return !match(s) })
	}
	opt.Dir, opt.Log = dir, t.Logf
	r, err := Run(scripts, opt)
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
			if c.Passed+c.Failed+c.Skips() > 0 {
				t.Logf("%s %s: %s (%s)", suite, form, c, c.Reasons())
			}
		}
	}
	t.Logf("spec: %s", r.Total(nil))
}
