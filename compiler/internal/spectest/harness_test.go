package spectest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// TestHarness: failures are noticed, in testdata/harness.wast.
func TestHarness(t *testing.T) {
	file := filepath.Join("testdata", "harness.wast")
	s, err := ReadWast("testdata", file)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := DefaultDir("harness")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run([]*Script{s}, Options{Dir: dir, Forms: []compiler.MemoryForm{compiler.Checked}, Vet: true})
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]string{}
	for _, f := range r.Failures {
		failed[f.Place] = f.Msg
	}
	skips := 0
	for i, line := range strings.Split(string(src), "\n") {
		place := s.where(i + 1)
		_, want, fails := strings.Cut(line, ";; FAIL ")
		if got, failed := failed[place]; failed != fails || !strings.Contains(got, want) {
			t.Errorf("%s: failure %q, want %q", place, got, want)
		}
		if strings.Contains(line, ";; SKIP simd") {
			skips++
		}
	}
	if total := r.Total(nil); total.Skipped["simd"] != skips || total.Skips() != skips {
		t.Errorf("%v (%s), want %d skipped for simd", total, total.Reasons(), skips)
	}
}

// TestMain lets the test binary stand in for the generated program: one that dies at every second command.
func TestMain(m *testing.M) {
	if os.Getenv("WASM2GO_SPEC_MORTAL") != "" {
		mortal()
	}
	os.Exit(m.Run())
}

func mortal() {
	var q runner.Request
	json.NewDecoder(os.Stdin).Decode(&q)
	out := json.NewEncoder(os.Stdout)
	for i := range 4 {
		switch {
		case slices.Contains(q.Without, i):
		case i%2 == 1:
			panic("at its end")
		default:
			out.Encode(runner.Response{Outcome: runner.Outcome{Index: i, Verdict: runner.Pass}})
		}
	}
	out.Encode(runner.Response{Done: true})
	os.Exit(0)
}

// TestDeaths: a command that kills the process fails, with what the process had to say, and the others are not lost.
func TestDeaths(t *testing.T) {
	t.Setenv("WASM2GO_SPEC_MORTAL", "1")
	s := &Script{}
	for i := range 4 {
		s.Commands = append(s.Commands, &Command{Command: runner.Command{Index: i}})
	}
	j := &job{script: s}
	(&worker{binary: os.Args[0]}).finish(j)
	for i := range 4 {
		o := j.outcomes[i]
		if died := i%2 == 1; died != (o.Verdict == runner.Fail) || died != strings.Contains(o.Msg, "at its end") {
			t.Errorf("command %d: %+v", i, o)
		}
	}
}
