// Package report is what the programs that run a module for the benchmark tell about themselves.
package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ProfileVariable names the file that a CPU profile of the measured part is written to, if it is set.
const ProfileVariable = "BENCH_CPUPROFILE"

// Prepared is the time that it took to make code of the module, for engines that do so when the program starts.
var Prepared time.Duration

// Run measures f and writes the line
//
//	bench CPU_NS WALL_NS PEAK_KB PREPARED_NS
//
// to the error output: processor time of the process, user and system, elapsed time, peak of resident memory, Prepared.
func Run(f func() error) {
	stop := profile()
	cpu, wall := processTime(), time.Now()
	err := f()
	cpu, elapsed := processTime()-cpu, time.Since(wall)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "bench %d %d %d %d\n", cpu, elapsed, peak(), Prepared)
}

func profile() (stop func()) {
	name := os.Getenv(ProfileVariable)
	if name == "" {
		return func() {}
	}
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }
}

// processTime is the processor time that the process has used, in nanoseconds.
func processTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// peak is the peak of resident memory in KB. Unlike that of getrusage it does not count what the parent had at fork.
func peak() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(v, "kB")), 10, 64)
			return kb
		}
	}
	return 0
}
