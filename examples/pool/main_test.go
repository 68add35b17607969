package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// checkGoroutines fails the test if it leaves goroutines behind.
func checkGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<16)
				t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
}

func TestPool(t *testing.T) {
	checkGoroutines(t)
	for _, c := range []struct{ threads, n int }{{1, 10}, {4, 200_000}, {16, 300_000}} {
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), []string{fmt.Sprint(c.threads), fmt.Sprint(c.n)}, &stdout, &stderr); err != nil {
			t.Fatalf("%+v: %v\n%s", c, err, &stderr)
		}
		n := uint64(c.n)
		want := fmt.Sprintf("squares below %d: %d, in %d chunks\nsorted %[1]d: true, least Some(0)\n",
			n, (n-1)*n*(2*n-1)/6, (n+9999)/10000)
		if got := stdout.String(); got != want {
			t.Errorf("%+v: got %q, want %q", c, got, want)
		}
		seen := map[string]bool{} // each worker is a thread of its own, which is not the main thread
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^\[thread ([1-9]\d*)\] worker \d+ of %d is here$`, c.threads))
		for _, m := range line.FindAllStringSubmatch(stderr.String(), -1) {
			seen[m[1]] = true
		}
		if len(seen) != c.threads {
			t.Errorf("%+v: %d threads wrote:\n%s", c, len(seen), &stderr)
		}
	}
}

// stamped is a buffer that knows when it got the text.
type stamped struct {
	bytes.Buffer
	text string
	at   time.Time
}

func (s *stamped) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(s.text)) {
		s.at = time.Now()
	}
	return s.Buffer.Write(p)
}

// TestPanic: a panic of a worker, which is a trap, ends the program.
func TestPanic(t *testing.T) {
	checkGoroutines(t)
	stderr := stamped{text: "job 617 failed"}
	err := run(t.Context(), []string{"panic"}, nil, &stderr)
	after := time.Since(stderr.at)
	var trap *rt.Trap
	if !errors.As(err, &trap) || trap.Thread <= 0 {
		t.Fatalf("err = %v, want a trap in a worker", err)
	}
	if stderr.at.IsZero() || after > 2*time.Second {
		t.Errorf("ended %v after the message\n%s", after, &stderr)
	}
	t.Logf("ended %v after the message", after)
	report := rt.Report(err)
	if code := rt.ExitCode(err); code != 134 {
		t.Errorf("exit code %d, want 134", code)
	}
	for _, want := range []string{fmt.Sprintf("trap: unreachable (thread %d)\n", trap.Thread), "rust_panic", "wasi_thread_start"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in the report:\n%s", want, report)
		}
	}
	if want := fmt.Sprintf("[thread %d] ", trap.Thread); !strings.Contains(stderr.String(), want) {
		t.Errorf("no %q before the message:\n%s", want, &stderr)
	}
}

func TestDeadline(t *testing.T) {
	checkGoroutines(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	deadline, _ := ctx.Deadline()
	var stderr bytes.Buffer
	err := run(ctx, []string{"4", "20000000"}, nil, &stderr) // seconds of work
	t.Logf("ended %v after the deadline", time.Since(deadline))
	if code := rt.ExitCode(err); !errors.Is(err, context.DeadlineExceeded) || code != 124 {
		t.Errorf("err = %v, exit code %d, want the deadline, 124", err, code)
	}
	if late := time.Since(deadline); late > 2*time.Second {
		t.Errorf("ended %v after the deadline", late)
	}
}
