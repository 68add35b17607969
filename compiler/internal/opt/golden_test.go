package opt_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/opt"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the passes yield to testdata")

// TestGolden runs each pass on the functions of testdata/<pass>.txtar: the file <name>/before must become <name>/after. The
// files callee/<name> are other functions of the module.
func TestGolden(t *testing.T) {
	for _, p := range opt.Passes {
		t.Run(p.Name, func(t *testing.T) { golden(t, p) })
	}
}

func golden(t *testing.T, p opt.Pass) {
	file := filepath.Join("testdata", p.Name+".txtar")
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range a.Files {
		want[f.Name] = string(f.Data)
	}
	callees := map[uint32]string{}
	renewed := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "callee/") {
			callees[parse(t, f.Name, string(f.Data)).Index] = string(f.Data)
			renewed.Files = append(renewed.Files, f)
		}
		name, isBefore := strings.CutSuffix(f.Name, "/before")
		if !isBefore {
			continue
		}
		got := after(t, p, name, string(f.Data), callees)
		if got != want[name+"/after"] && !*update {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want[name+"/after"])
		}
		renewed.Files = append(renewed.Files, f, txtar.File{Name: name + "/after", Data: []byte(got)})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(renewed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t *testing.T, name, text string) *ir.Func {
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if f.String() != text {
		t.Errorf("%s is written\n%s", name, f)
	}
	return f
}

func after(t *testing.T, p opt.Pass, name, before string, callees map[uint32]string) string {
	f := parse(t, name, before)
	if err := f.Verify(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	const functions = 100
	p.Run(f, opt.NewCallees(functions, func(index uint32, _ *ir.Arena) *ir.Func {
		if text, ok := callees[index]; ok {
			return parse(t, fmt.Sprint("callee ", index), text)
		}
		return nil
	}))
	if err := f.Verify(); err != nil {
		t.Errorf("%s: pass %s broke it: %v", name, p.Name, err)
	}
	return f.String()
}
