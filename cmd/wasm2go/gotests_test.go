package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goPackages are packages of Go's standard library whose tests are about files.
var goPackages = []string{"io/fs", "path/filepath", "os"}

// TestGoPackages runs the tests of these packages as Go compiles them for WASI: each is translated, built and run in the
// package's folder, with all folders of the host. What they skip is listed with its reason; nothing may fail. The builds
// take minutes and 6 GB, so WASM2GO_GO_TESTS must be set (make gotests).
func TestGoPackages(t *testing.T) {
	if os.Getenv("WASM2GO_GO_TESTS") == "" {
		t.Skip("WASM2GO_GO_TESTS is not set: takes minutes")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range goPackages {
		t.Run(pkg, func(t *testing.T) { testGoPackage(t, filepath.Join(strings.TrimSpace(string(root)), "src"), pkg) })
	}
}

func testGoPackage(t *testing.T, src, pkg string) {
	dir, tmp := filepath.Join(src, filepath.FromSlash(pkg)), t.TempDir()
	wasm, exe := filepath.Join(tmp, path.Base(pkg)+".wasm"), filepath.Join(tmp, path.Base(pkg))
	compile := exec.Command("go", "test", "-c", "-o", wasm, ".")
	compile.Dir, compile.Env = dir, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var messages bytes.Buffer
	h := &host{stdout: &messages, stderr: &messages}
	if code := h.main([]string{"build", "-dir", "/", "-env", "PWD", "-env", "TMPDIR", "-o", exe, wasm}); code != 0 {
		t.Fatalf("wasm2go build: %d\n%s", code, &messages)
	}
	run := exec.Command(exe, "-test.v")
	run.Dir, run.Env = dir, append(os.Environ(), "PWD="+dir, "TMPDIR="+tmp)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	skipped := bytes.Count(out, []byte("--- SKIP"))
	t.Logf("%d tests pass, %d are skipped", bytes.Count(out, []byte("--- PASS")), skipped)
	reasons := skipReasons(string(out))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("skipped %d: %s", reasons[reason], reason)
		skipped -= reasons[reason]
	}
	t.Logf("skipped %d: parts of tests, for the same reasons", skipped)
}

// skipLine is what a test says right before it is skipped.
var skipLine = regexp.MustCompile(`(?m)^ +\w+\.go:\d+: (.*)\n *--- SKIP`)

// skipReasons counts the reasons for which tests are skipped. Names of temporary files are left out.
func skipReasons(out string) map[string]int {
	reasons := map[string]int{}
	for _, m := range skipLine.FindAllStringSubmatch(out, -1) {
		reason := regexp.MustCompile(`: symlink /\S+ /\S+`).ReplaceAllString(m[1], "")
		reasons[reason]++
	}
	return reasons
}
