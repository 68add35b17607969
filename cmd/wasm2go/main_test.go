package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wasm2go/wasm2go/compiler"
)

var update = flag.Bool("update", false, "renew expected output in testdata/cli and the modules in examples")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wasm2go": main})
}

// TestScripts runs testdata/cli/*.txtar. The scripts share one cache of programs, which is empty at first.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	self, err := exec.LookPath("wasm2go") // which testscript.Main has put there
	if err != nil {
		t.Fatal(err)
	}
	programs := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join(root, "testdata/cli"),
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("WASM2GO", self)
			env.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOTOOLCHAIN", "local")
			env.Setenv(cacheVariable, programs)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "stress" {
				return false, fmt.Errorf("no condition %q", cond)
			}
			return os.Getenv("WASM2GO_STRESS") != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exit": exitIs, "truncate": truncate},
	})
}

// exitIs is the script command "exit code command...": the command must end with the code.
func exitIs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit code command [argument...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code, _ = strings.CutPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// truncate is the script command "truncate size file".
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate size file")
	}
	path := ts.MkAbs(args[1])
	b, err := os.ReadFile(path)
	ts.Check(err)
	n := 0
	for _, c := range args[0] {
		n = 10*n + int(c-'0')
	}
	ts.Check(os.WriteFile(path, b[:n], 0o666))
}

// TestExampleModules holds the modules of examples to their texts.
func TestExampleModules(t *testing.T) {
	texts, err := filepath.Glob("../../examples/*/*.wat")
	if err != nil || len(texts) == 0 {
		t.Fatal("no texts found", err)
	}
	for _, text := range texts {
		src, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		info, err := compiler.Inspect(src, 0)
		if err != nil {
			t.Errorf("%s:%v", text, err)
			continue
		}
		path := strings.TrimSuffix(text, ".wat") + ".wasm"
		if *update {
			if err := os.WriteFile(path, info.Binary, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, info.Binary) {
			t.Errorf("%s is not the binary form of %s (%v): go test ./cmd/wasm2go -run ExampleModules -update", path, text, err)
		}
	}
}
