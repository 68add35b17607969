package validate

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// wazeroDir is the folder of the wazero module, whose tests carry the official suites in binary form.
var wazeroDir = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	return strings.TrimSpace(string(out)), err
})

func suiteDir(t testing.TB, suite string) string {
	dir, err := wazeroDir()
	if err != nil || dir == "" {
		t.Skipf("no wazero module: %v", err)
	}
	return filepath.Join(dir, "internal", "integration_test", "spectest", suite, "testdata")
}

type command struct {
	Type       string `json:"type"`
	Line       int    `json:"line"`
	Filename   string `json:"filename"`
	Text       string `json:"text"`
	ModuleType string `json:"module_type"`
}

func script(t testing.TB, file string) []command {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s struct{ Commands []command }
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s.Commands
}

func validate(bin []byte) error {
	m, err := wasm.Decode(bin)
	if err != nil {
		return err
	}
	return Module(m)
}

// later lists, by script and reason, the lines of assertions that do not hold because a later version lifted them.
var later = []struct {
	script string
	reason string
	lines  []int
}{
	{"v1 binary", "2.0: call_indirect has a table index", []int{50}},
	{"v1 func", "2.0: multi-value", []int{493, 497}},
	{"v1 type", "2.0: multi-value", []int{53, 57}},
	{"v1 imports", "2.0: several tables", []int{310, 314, 318}},
	{"v1 unreached-invalid", "2.0: operands of br_table may be of unknown type", []int{539}},
	{"v1 binary-leb128", "3.0: limits have 64 bits in the binary format", []int{217, 225, 525, 533, 541, 550}},
	{"v1 binary-leb128", "3.0: memarg offsets have 64 bits in the binary format", []int{404, 461, 730, 749, 843, 862}},
	{"v2 align", "3.0: the alignment exponent has six bits", []int{892, 911, 930}},
	{"v2 align", "3.0: a memory index may follow", []int{949, 968}},
	{"v2 data", "3.0: constant expressions may name any previous global", []int{89, 93}},
	{"v2 elem", "3.0: constant expressions may name any previous global", []int{171, 175}},
	{"v2 global", "3.0: constant expressions may name any previous global", []int{352, 356}},
	{"v2 binary-leb128", "3.0: limits have 64 bits in the binary format", []int{218, 226, 526, 534, 542, 551}},
}

func isLater(script string, line int) bool {
	for _, l := range later {
		if l.script == script && slices.Contains(l.lines, line) {
			return true
		}
	}
	return false
}

func TestSpec(t *testing.T) {
	for _, suite := range []string{"v1", "v2", "threads", "extended-const"} {
		t.Run(suite, func(t *testing.T) { testSuite(t, suite) })
	}
}

func testSuite(t *testing.T, suite string) {
	dir := suiteDir(t, suite)
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) == 0 {
		t.Fatalf("no scripts in %s", dir)
	}
	counts := map[string]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, c := range script(t, file) {
			if filepath.Ext(c.Filename) != ".wasm" || c.ModuleType == "text" {
				continue
			}
			bin, err := os.ReadFile(filepath.Join(dir, c.Filename))
			if err != nil {
				t.Fatal(err)
			}
			counts[c.Type]++
			checkCommand(t, counts, suite, name, c, validate(bin))
		}
	}
	t.Logf("%d scripts: %v", len(files), counts)
}

func checkCommand(t *testing.T, counts map[string]int, suite, name string, c command, err error) {
	where := suite + " " + name
	var e *wasm.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%s:%d: %T is not a *wasm.Error", where, c.Line, err)
	}
	want := wasm.Malformed
	switch c.Type {
	case "assert_invalid":
		want = wasm.Invalid
	case "assert_malformed":
	default:
		if err != nil {
			t.Errorf("%s:%d: %s: %v", where, c.Line, c.Type, err)
		}
		return
	}
	if isLater(where, c.Line) {
		if counts["lifted later"]++; err != nil && e.Kind == want {
			t.Errorf("%s:%d: holds, though listed as lifted", where, c.Line)
		}
		return
	}
	switch {
	case err == nil:
		t.Errorf("%s:%d: accepted, expected %s: %s", where, c.Line, want, c.Text)
	case c.Text == "multiple memories" && e.Kind == wasm.Unsupported && e.Proposal == op.MultiMemory:
		counts["unsupported"]++
	case e.Kind != want:
		t.Errorf("%s:%d: %v, expected %s: %s", where, c.Line, err, want, c.Text)
	case !strings.HasPrefix(e.Msg, c.Text):
		counts["other text"]++
		t.Logf("%s:%d: %q, expected %q", where, c.Line, e.Msg, c.Text)
	}
}
