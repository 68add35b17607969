package compiler_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestThreadStarvation: guest threads that spin or yield leave goroutines of the host their turn, although they outnumber
// the processors; see testdata/threads/starve.go. The limit on the median is far above what idle processors need (some
// microseconds) and below what preemption alone gives (20 ms).
func TestThreadStarvation(t *testing.T) {
	bin := buildWith(t, "../testdata/threads/matrix.wat", "../testdata/threads/starve.go")
	for _, c := range []struct{ procs, activity string }{{"1", "11"}, {"2", "11"}, {"2", "13"}} {
		cmd := exec.CommandContext(t.Context(), bin, "-activity", c.activity, "-limit", "10ms", "-sleeps", "100")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+c.procs)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("GOMAXPROCS=%s, activity %s: %v\n%s", c.procs, c.activity, err, out)
			continue
		}
		t.Logf("activity %s\n%s", c.activity, out)
	}
}
