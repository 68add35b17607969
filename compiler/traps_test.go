package compiler_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTraps builds testdata/traps/check.go, which makes the functions of traps.wat trap in every way and checks the
// errors, that the process lives on, and that other instances work.
func TestTraps(t *testing.T) {
	const module = "../testdata/traps/traps.wat"
	src, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	bin := buildWith(t, module, "../testdata/traps/check.go")
	var exports []string
	for _, m := range regexp.MustCompile(`\(export "((?:oob|far) [^"]*)"\)`).FindAllSubmatch(src, -1) {
		exports = append(exports, string(m[1]))
	}
	out, err := exec.CommandContext(t.Context(), bin, strings.Join(exports, ",")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d exports with accesses, %s", len(exports), out)
}
