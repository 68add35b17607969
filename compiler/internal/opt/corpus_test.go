package opt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/opt"
	"github.com/wasm2go/wasm2go/compiler/internal/validate"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

func init() { opt.Verify = true }

// suites are the official tests in binary form that wazero carries.
var suites = []string{"v1", "v2", "threads", "extended-const"}

// optionSets are the ways the compiler builds functions. NoFold, that of -O0, goes with the needed passes only.
var optionSets = []build.Options{{}, {NoFold: true}, {Checked: true}}

// TestCorpus takes each function of the suites through build, verify, print, parse and the passes.
func TestCorpus(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Skipf("no wazero module: %v", err)
	}
	root := filepath.Join(strings.TrimSpace(string(dir)), "internal", "integration_test", "spectest")
	c := &corpus{T: t}
	for _, suite := range suites {
		files, _ := filepath.Glob(filepath.Join(root, suite, "testdata", "*.wasm"))
		for _, file := range files {
			c.module(file)
		}
	}
	if c.functions == 0 {
		t.Fatalf("no functions in %s", root)
	}
	t.Logf("%d modules, %d functions, each %d times; %d not supported yet", c.modules, c.functions, len(optionSets), c.unsupported)
}

type corpus struct {
	*testing.T
	modules, functions, unsupported int
}

// module checks the functions of a valid module; the suites have invalid ones too.
func (c *corpus) module(file string) {
	bin, err := os.ReadFile(file)
	if err != nil {
		c.Fatal(err)
	}
	m, err := wasm.Decode(bin)
	if err != nil || validate.Module(m) != nil {
		return
	}
	c.modules++
	for i := range m.Codes {
		c.functions++
		for _, o := range optionSets {
			c.function(filepath.Base(file), m, uint32(m.ImportedFunc+i), o)
		}
	}
}

func (c *corpus) function(file string, m *wasm.Module, fn uint32, o build.Options) {
	f, err := build.Func(m, fn, o)
	if err != nil {
		c.unsupported++
		return
	}
	if err := f.Verify(); err != nil {
		c.Errorf("%s: function %d: build %+v: %v\n%.2000s", file, fn, o, err, f)
		return
	}
	c.roundTrip(file, "build", f)
	c.marks(file, fn, f.Body)
	if n, switches := counted(f); f.Nodes != n || f.Switches != switches {
		c.Errorf("%s: function %d: %d nodes, switches: %v; counted %d, %v", file, fn, f.Nodes, f.Switches, n, switches)
	}
	before := f.String()
	callees := opt.NewCallees(len(m.FuncTypes), func(fn uint32, _ *ir.Arena) *ir.Func {
		if int(fn) < m.ImportedFunc {
			return nil
		}
		f, _ := build.Func(m, fn, o) // that is tested in its turn
		return f
	})
	if err := opt.Run(f, callees, func(string) bool { return o.NoFold }, func(string, *ir.Func) {}); err != nil {
		c.Errorf("%s: %v\nbuilt:\n%.2000s\nbroken:\n%.2000s", file, err, before, f)
		return
	}
	c.roundTrip(file, "passes", f)
}

// marks checks what build says of the statements of a list, and that none stands behind one that control does not pass.
func (c *corpus) marks(file string, fn uint32, list []*ir.Stmt) {
	ir.WalkStmts(list, func(s *ir.Stmt) {
		calls, folds := false, false
		ir.WalkStmts([]*ir.Stmt{s}, func(s *ir.Stmt) {
			for _, e := range s.Args {
				calls = calls || e.Effects&ir.Calls != 0
				folds = folds || e.Folds || s.HasLists() && e.FoldsCondition()
			}
		})
		if s.Calls != calls || s.Folds != folds {
			c.Errorf("%s: function %d: statement of kind %d marked %v, %v; found %v, %v", file, fn, s.Kind, s.Calls, s.Folds, calls, folds)
		}
		if !s.HasLists() {
			return
		}
		bodies := [][]*ir.Stmt{s.Body, s.Else}
		for i := range s.Cases {
			bodies = append(bodies, s.Cases[i].Body)
		}
		for _, body := range bodies {
			for i := range body {
				if i+1 < len(body) && ir.Ends(body[:i+1]) {
					c.Errorf("%s: function %d: a statement behind one that control does not pass", file, fn)
				}
			}
		}
	})
}

// counted says what build should say of f.
func counted(f *ir.Func) (nodes int, switches bool) {
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		nodes++
		for _, e := range s.Args {
			e.Walk(func(*ir.Expr) { nodes++ })
		}
		switches = switches || s.Kind == ir.Switch
	})
	return nodes, switches
}

func (c *corpus) roundTrip(file, after string, f *ir.Func) {
	text := f.String()
	g, err := ir.Parse(text)
	if err != nil {
		c.Errorf("%s: after %s: %v\n%.2000s", file, after, err, text)
		return
	}
	if again := g.String(); again != text {
		c.Errorf("%s: after %s: printed\n%.2000s\nparsed\n%.2000s", file, after, text, again)
	}
	var stmts []*ir.Stmt
	ir.WalkStmts(f.Body, func(s *ir.Stmt) { stmts = append(stmts, s) })
	ir.WalkStmts(g.Body, func(s *ir.Stmt) { s.Calls, s.Folds, stmts = stmts[0].Calls, stmts[0].Folds, stmts[1:] })
	g.Labels, g.Nodes, g.Switches = f.Labels, f.Nodes, f.Switches // not written
	if !same(reflect.ValueOf(f), reflect.ValueOf(g)) {
		c.Errorf("%s: after %s: parsed function differs\n%.2000s", file, after, text)
	}
}

// same is reflect.DeepEqual, but for nil and empty slices.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		return same(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}
