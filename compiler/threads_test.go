package compiler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// procs are the values of GOMAXPROCS that tests of threads run with: no two threads at once, some, more than processors.
var procs = []string{"1", "2", "8"}

// full gives large if the variable WASM2GO_STRESS is set, else small.
func full(small, large string) string {
	if os.Getenv("WASM2GO_STRESS") != "" {
		return large
	}
	return small
}

// result is how a program ended.
type result struct {
	stdout, stderr string
	code           int
	took, after    time.Duration // in all, and since the mark stood on stderr
}

// markedBuffer keeps what is written to it and notes when mark came.
type markedBuffer struct {
	text []byte
	mark string
	at   time.Time
}

func (b *markedBuffer) Write(p []byte) (int, error) {
	b.text = append(b.text, p...)
	if b.at.IsZero() && b.mark != "" && bytes.Contains(b.text, []byte(b.mark)) {
		b.at = time.Now()
	}
	return len(p), nil
}

// stuck is how long a program may run. It then gets SIGQUIT, so that Go shows what its goroutines do.
const stuck = 5 * time.Minute

// runProgram runs a program made by buildWith; env is its environment besides ours, mark something on stderr or "".
func runProgram(t *testing.T, env []string, mark, bin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stuck)
	defer cancel()
	var stdout bytes.Buffer
	stderr := &markedBuffer{mark: mark}
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 5 * time.Second
	start := time.Now()
	err := cmd.Run()
	r := result{stdout: stdout.String(), stderr: string(stderr.text), took: time.Since(start)}
	if !stderr.at.IsZero() {
		r.after = time.Since(stderr.at)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Errorf("%s %s runs for more than %v", filepath.Base(bin), strings.Join(args, " "), stuck)
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	return r
}

// guestOK reports whether a guest of testdata/threads says that all went well.
func guestOK(r result) bool { return r.code == 0 && strings.Contains(r.stdout, "ok") }

// TestThreadMatrix runs testdata/threads/matrix.go. The limit on the time to stop is far above what idle processors need
// (see docs/threads.md), for the sake of busy ones.
func TestThreadMatrix(t *testing.T) {
	bin := buildWith(t, "../testdata/threads/matrix.wat", "../testdata/threads/matrix.go")
	for _, n := range procs {
		r := runProgram(t, []string{"GOMAXPROCS=" + n}, "", bin, "-limit", "5s")
		if r.code != 0 {
			t.Errorf("GOMAXPROCS=%s: exit code %d\n%s%s", n, r.code, r.stdout, r.stderr)
		}
		t.Logf("%s", r.stdout)
	}
}

// TestThreadGuests runs C programs that count what threads do to each other.
func TestThreadGuests(t *testing.T) {
	for _, g := range []struct{ module, rounds, threads string }{
		{"pingpong", full("20000", "1000000"), "8"},
		{"mutexcond", full("300", "10000"), "64"},
		{"narrow", full("20000", "500000"), "8"},
	} {
		t.Run(g.module, func(t *testing.T) {
			bin := buildWith(t, "../testdata/threads/"+g.module+".wasm", "../testdata/threads/command.go")
			for _, form := range []string{"guard", "checked"} {
				for _, n := range procs {
					r := runProgram(t, []string{"GOMAXPROCS=" + n}, "", bin, form, "--", g.rounds, g.threads)
					if !guestOK(r) {
						t.Errorf("%s, GOMAXPROCS=%s: exit code %d\n%s%s", form, n, r.code, r.stdout, r.stderr)
					}
					t.Logf("%s, GOMAXPROCS=%s: %v: %s", form, n, r.took, r.stdout)
				}
			}
		})
	}
}

// TestThreadsMany runs threads that live at the same time, and threads that live one after the other.
func TestThreadsMany(t *testing.T) {
	for _, g := range []struct {
		module string
		args   []string
	}{
		{"parked", []string{"-parked", "-n", full("10000", "100000"), "-max", full("10001", "100001")}},
		// A thread counts until it has ended, which may be some time after its last notification; so 1 is too low a limit,
		// and 2 and 3 are on busy processors.
		{"spawnjoin", []string{"-n", full("50000", "1000000"), "-max", "64"}},
		{"spawntable", []string{"-n", full("5000", "100000"), "-max", "64"}},
	} {
		t.Run(g.module, func(t *testing.T) {
			module := "../testdata/threads/" + g.module + ".wat"
			if g.module == "spawntable" {
				module = withTable(t, "../testdata/threads/spawnjoin.wat")
			}
			bin := buildWith(t, module, "../testdata/threads/many.go")
			for _, n := range procs {
				r := runProgram(t, []string{"GOMAXPROCS=" + n}, "", bin, g.args...)
				if r.code != 0 {
					t.Errorf("exit code %d: %s", r.code, r.stderr)
				}
				t.Logf("%s", r.stdout)
			}
		})
	}
}

// withTable writes the module again with an exported table of 10,000 functions, which threads must not pay for.
func withTable(t *testing.T, module string) string {
	src, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	table := "\n  (table (export \"table\") 10000 funcref)\n  (elem (i32.const 0) func" + strings.Repeat(" $spawn_join", 10000) + ")\n"
	end := bytes.LastIndexByte(src, ')')
	file := filepath.Join(t.TempDir(), "spawntable.wat")
	if err := os.WriteFile(file, append(append(src[:end:end], table...), ')'), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestThreadStarvation: guest threads that spin or yield leave goroutines of the host their turn, although they outnumber
// the processors; see testdata/threads/starve.go. The limit on the median is far above what idle processors need (some
// microseconds) and below what preemption alone gives (20 ms).
func TestThreadStarvation(t *testing.T) {
	bin := buildWith(t, "../testdata/threads/matrix.wat", "../testdata/threads/starve.go")
	for _, c := range []struct{ procs, activity string }{{"1", "11"}, {"2", "11"}, {"2", "13"}} {
		r := runProgram(t, []string{"GOMAXPROCS=" + c.procs}, "", bin, "-activity", c.activity, "-limit", "10ms", "-sleeps", "100")
		if r.code != 0 {
			t.Errorf("GOMAXPROCS=%s, activity %s: exit code %d\n%s%s", c.procs, c.activity, r.code, r.stdout, r.stderr)
		}
		t.Logf("activity %s\n%s", c.activity, r.stdout)
	}
}

// raceAddress is how a report of the race detector names an access.
var raceAddress = regexp.MustCompile(`(?i)(?:read|write) at (0x[0-9a-f]+) by `)

// runtimeRaces returns the reports of the race detector about data that are not in the guest's memory, which command.go
// tells of. Programs that do not tell run guests without races.
func runtimeRaces(stderr string) (races []string) {
	var base, size uint64
	_, _ = fmt.Sscanf(stderr, "memory %v %v", &base, &size)
	for report := range strings.SplitSeq(stderr, "==================\n") {
		if !strings.HasPrefix(report, "WARNING: DATA RACE\n") {
			continue
		}
		m := raceAddress.FindStringSubmatch(report)
		if m == nil {
			races = append(races, report)
			continue
		}
		if addr, err := strconv.ParseUint(m[1], 0, 64); err != nil || addr-base >= size {
			races = append(races, report)
		}
	}
	return races
}

// TestThreadRaces runs small programs under the race detector, with memories on the Go heap. The guests' libc has races by
// Go's rules, such as plain loads beside atomic stores; the runtime must have none.
func TestThreadRaces(t *testing.T) {
	if out, _ := exec.Command("go", "env", "CGO_ENABLED").Output(); strings.TrimSpace(string(out)) != "1" {
		t.Skip("the race detector needs cgo")
	}
	for _, g := range []struct {
		module, main string
		args         []string
	}{
		{"pingpong.wasm", "command", []string{"checked", "--", full("500", "20000"), "8"}},
		{"mutexcond.wasm", "command", []string{"checked", "--", full("100", "2000"), "8"}},
		{"narrow.wasm", "command", []string{"checked", "--", full("200", "20000"), "8"}},
		{"spawnjoin.wat", "many", []string{"-n", full("1000", "20000"), "-max", "64"}},
		{"matrix.wat", "matrix", []string{"-limit", "20s", "-only", full("checked/grandchild/trap", "checked")}},
	} {
		t.Run(g.module, func(t *testing.T) {
			bin := buildWith(t, "../testdata/threads/"+g.module, "../testdata/threads/"+g.main+".go", "-race")
			r := runProgram(t, []string{"GORACE=exitcode=0", "TELL=1"}, "", bin, g.args...)
			if r.code != 0 && !guestOK(r) {
				t.Errorf("exit code %d\n%s", r.code, r.stdout)
			}
			for _, report := range runtimeRaces(r.stderr) {
				t.Errorf("a race of the runtime:\n%s", report)
			}
			t.Logf("%d races in all: %s", strings.Count(r.stderr, "WARNING: DATA RACE"), r.stdout)
		})
	}
}

// readyModules are commands built elsewhere, with what must come out: the lines of stdout in order of the alphabet, and
// what must stand on stderr.
var readyModules = []struct {
	module string
	args   []string
	code   int
	stdout string
	stderr []string
}{
	{module: "free-threads", stdout: "main tl_counter 100\nsum 2886581259624448384\n" +
		"thread tl_counter 100\nthread tl_counter 100\nthread tl_counter 100\nthread tl_counter 162\n"},
	{module: "c-threads", stdout: cThreads + "total 4645938003282035456 joined 60 dtors 404 tls 7 timedwait ETIMEDOUT args 1\n"},
	{module: "c-threads", args: []string{"exit"}, code: 3,
		stdout: cThreads + "total 4645938003282035456 joined 60 dtors 404 tls 7 timedwait ETIMEDOUT args 2\n"},
	{module: "c-sleep", stdout: "end\nslept 0 in 0\nslept 0 in 1\nslept 0 in 9\n"},
	{module: "pool-sum", stdout: "333338333350000\n"},
	{module: "pool-log", stdout: "total 120\n", stderr: logLines()},
	{module: "pool-panic", code: 134, stderr: panicLines},
	{module: "pool-panic-dwarf", code: 134, stderr: panicLines},
	{module: "rayon-big", args: []string{"2", "20000"}, stdout: "primes<20000: 2262 sort 14d555f1ef39f19c threads 2\n"},
	{module: "std-threads", stdout: "sum 333332833333500000 joined 12 atomic 40000 rw [0, 1, 2, 3] timeout true " +
		`[(0, 1, Some("w0")), (1, 2, Some("w1")), (2, 3, Some("w2")), (3, 4, Some("w3"))]` + "\n"},
}

const cThreads = "once\nthread 0: tls 7 errno 0 sum 5773146519252896768\nthread 1: tls 8 errno 1 sum 5773162519246896768\n" +
	"thread 2: tls 9 errno 2 sum 5773178519244896768\nthread 3: tls 10 errno 3 sum 5773194519246896768\n"

// panicMessage is the guest's last word before it traps.
const panicMessage = "job 617 failed"

var panicLines = []string{panicMessage, ": trap: unreachable (thread ", "\n\tat abort[", "\n\tat wasi_thread_start["}

func logLines() (lines []string) {
	for i := range 16 {
		lines = append(lines, fmt.Sprintf("] n = %d\n", i))
	}
	return lines
}

// sortLines puts lines, which threads write in any order, in that of the alphabet.
func sortLines(s string) string {
	return strings.Join(slices.Sorted(strings.Lines(s)), "")
}

// spread gives the middle and the worst of some times.
func spread(times []time.Duration) string {
	slices.Sort(times)
	return fmt.Sprintf("median %.1f ms, worst %.1f ms", times[len(times)/2].Seconds()*1e3, times[len(times)-1].Seconds()*1e3)
}

// TestThreadModules runs modules that the variable WASM2GO_MODULES names the folder of, WASM2GO_RUNS times each. From the
// message of a panic to the end of the process it may take 100 ms.
func TestThreadModules(t *testing.T) {
	dir := os.Getenv("WASM2GO_MODULES")
	if dir == "" {
		t.Skip("WASM2GO_MODULES is not set: no folder of threaded modules (make threads)")
	}
	runs := 3
	if v := os.Getenv("WASM2GO_RUNS"); v != "" {
		var err error
		if runs, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	const limit = 100 * time.Millisecond
	for _, g := range readyModules {
		t.Run(g.module+strings.Join(g.args, " "), func(t *testing.T) {
			bin := buildWith(t, filepath.Join(dir, g.module+".wasm"), "../testdata/threads/command.go")
			for _, form := range []string{"guard", "checked"} {
				for _, n := range procs {
					var took, after []time.Duration
					failed := 0
					for range runs {
						r := runProgram(t, []string{"GOMAXPROCS=" + n}, panicMessage, bin, append([]string{form, "--"}, g.args...)...)
						right := r.code == g.code && sortLines(r.stdout) == g.stdout
						for _, s := range g.stderr {
							right = right && strings.Contains(r.stderr, s)
						}
						if !right {
							t.Errorf("%s, GOMAXPROCS=%s: exit code %d\n%s\n%s", form, n, r.code, r.stdout, r.stderr)
						} else if r.after > limit {
							t.Errorf("%s, GOMAXPROCS=%s: ended %v after the panic", form, n, r.after)
						}
						if !right || r.after > limit {
							failed++
						}
						took, after = append(took, r.took), append(after, r.after)
					}
					line := fmt.Sprintf("%s, GOMAXPROCS=%s: %d runs, %d failed; %s", form, n, runs, failed, spread(took))
					if g.code == 134 {
						line += "; from the message to the end " + spread(after)
					}
					t.Log(line)
				}
			}
		})
	}
}
