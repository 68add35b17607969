package wat

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// suiteDir returns the folder of the official test suite, or skips.
func suiteDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WASM_TESTSUITE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "testsuite")
	}
	if _, err := os.Stat(filepath.Join(dir, "i32.wast")); err != nil {
		t.Skipf("no test suite: set WASM_TESTSUITE to a checkout of WebAssembly/testsuite (%v)", err)
	}
	return dir
}

// suiteFiles returns the scripts of WebAssembly 3.0 and of the threads proposal.
func suiteFiles(t *testing.T) []string {
	t.Helper()
	dir := suiteDir(t)
	core, _ := filepath.Glob(filepath.Join(dir, "*.wast"))
	threads, _ := filepath.Glob(filepath.Join(dir, "proposals", "threads", "*.wast"))
	return append(core, threads...)
}

func parseFile(t *testing.T, file string) *Script {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseScript(src)
	if err != nil {
		t.Errorf("%s:%v", file, err)
		return &Script{}
	}
	return s
}

// counts is a tally with words as keys.
type counts map[string]int

func (c counts) String() string {
	s := ""
	for _, k := range slices.Sorted(maps.Keys(c)) {
		s += fmt.Sprintf("\n  %6d %s", c[k], k)
	}
	return s
}

func TestSuiteAssembles(t *testing.T) {
	commands, modules := counts{}, counts{}
	for _, file := range suiteFiles(t) {
		for _, c := range parseFile(t, file).Commands {
			commands[string(c.Kind)]++
			if c.Kind == CmdUnknown {
				t.Errorf("%s:%d: unknown command %.40s", file, c.Line, c.Text)
			}
			if c.Module != nil && c.Kind != CmdAssertMalformed {
				modules[assembles(t, file, c.Module)]++
			}
		}
	}
	t.Logf("commands:%v\nmodules:%v", commands, modules)
}

// assembles assembles a module that is not malformed and names the outcome.
func assembles(t *testing.T, file string, m *Module) string {
	t.Helper()
	_, err := m.Binary()
	var e *Error
	switch {
	case err == nil:
		return "assembled"
	case errors.As(err, &e) && e.Unsupported():
		return "unsupported: " + e.Proposal.String()
	}
	t.Errorf("%s:%v", file, err)
	return "failed"
}

func TestSuiteMalformed(t *testing.T) {
	outcomes := counts{}
	for _, file := range suiteFiles(t) {
		for _, c := range parseFile(t, file).Commands {
			if c.Kind == CmdAssertMalformed && c.Module.Form != FormBinary {
				_, err := c.Module.Binary()
				outcomes[rejected(t, fmt.Sprintf("%s:%d", file, c.Line), err, c.Text)]++
			}
		}
	}
	t.Logf("malformed texts:%v", outcomes)
}

// rejected checks that a malformed text is rejected and names the outcome.
func rejected(t *testing.T, where string, err error, want string) string {
	t.Helper()
	var e *Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("%s: assembles; want error %q", where, want)
		return "accepted"
	case e.Unsupported():
		return "rejected: unsupported: " + e.Proposal.String()
	case strings.HasPrefix(e.Msg, want):
		return "rejected with the official message"
	}
	t.Logf("%s: message %q, official %q", where, e.Msg, want)
	return "rejected with another message"
}

// TestWazeroMalformed holds the texts that wazero carries of the suites of 1.0 and 2.0.
func TestWazeroMalformed(t *testing.T) {
	dir := wazeroTestdata(t)
	outcomes := counts{}
	for _, version := range []string{"v1", "v2"} {
		files, _ := filepath.Glob(filepath.Join(dir, version, "testdata", "*.json"))
		if len(files) == 0 {
			t.Errorf("%s: no scripts", version)
		}
		for _, file := range files {
			for _, c := range wast2jsonCommands(t, file) {
				if c.Type != "assert_malformed" || c.ModuleType != "text" {
					continue
				}
				src, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename))
				if err != nil {
					t.Fatal(err)
				}
				_, err = Assemble(src)
				outcomes[rejected(t, version+"/"+c.Filename, err, c.Text)]++
			}
		}
	}
	t.Logf("malformed texts:%v", outcomes)
}

// wazeroTestdata returns the folder of wazero's converted test suites.
func wazeroTestdata(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return filepath.Join(dir, "internal", "integration_test", "spectest")
	}
	t.Skipf("wazero's module is not in the module cache (%v)", err)
	return ""
}

// jsonCommand is what these tests need of a command converted by wast2json.
type jsonCommand struct {
	Type, Filename, Text string
	ModuleType           string `json:"module_type"`
	Line                 int
}

func wast2jsonCommands(t *testing.T, file string) []jsonCommand {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var script struct{ Commands []jsonCommand }
	if err := json.Unmarshal(b, &script); err != nil {
		t.Fatal(err)
	}
	return script.Commands
}
