//go:build ignore

// Command matrix runs matrix.wat, in both memory forms, in every combination of who ends the program, how, and what the
// other threads are busy with. It checks the outcome, the time to stop, and that nothing is left. TestThreadMatrix
// builds it together with the packages made from matrix.wat.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"

	"MODULE/checked"
	"MODULE/guard"
)

var (
	others = flag.Int("others", 2, "threads besides the actor")
	rounds = flag.Int("rounds", 1, "rounds of the whole matrix")
	limit  = flag.Duration("limit", 50*time.Millisecond, "the worst time to stop that passes")
	only   = flag.String("only", "", "run the combinations whose name contains this")
)

var (
	actors     = []string{"main", "child", "grandchild"}
	causes     = []string{"trap", "exit", "return", "panic", "cancel", "fault"}
	activities = []string{"stores", "loads", "arithmetic", "recursion", "wait32", "wait64", "wait-timeout", "poll_oneoff",
		"fd_read", "spawn", "call_indirect", "spin", "bulk", "sched_yield", "dead-stores", "dead-steps"}
)

// combination is one run.
type combination struct {
	form                   string
	actor, cause, activity int
}

func (c combination) String() string {
	return strings.Join([]string{c.form, actors[c.actor], causes[c.cause], activities[c.activity]}, "/")
}

// readies is the number of calls of test.ready.
func (c combination) readies() int {
	n := *others
	if c.actor != 0 && c.cause != 2 {
		n++
	}
	if c.actor == 2 {
		n++
	}
	return n
}

// host is the module "test".
type host struct {
	combination
	ready chan int32
	goNow chan struct{}
	asked chan struct{}
}

func (h *host) exports() rt.Host {
	config := []int32{int32(h.actor), int32(h.cause), int32(h.activity), int32(*others)}
	return rt.Host{
		"config": rt.MustFunc(func(_ *rt.Instance, i int32) int32 { return config[i] }),
		"ready":  rt.MustFunc(func(_ *rt.Instance, code int32) { h.ready <- code }),
		"panic":  rt.MustFunc(func(*rt.Instance) { panic("the host's own") }),
		"go":     rt.MustFunc(func(*rt.Instance) { close(h.asked); <-h.goNow }),
	}
}

// run does one combination and returns how long the program lived after its cause.
func run(c combination) (time.Duration, error) {
	h := &host{combination: c, ready: make(chan int32, c.readies()+8), goNow: make(chan struct{}), asked: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	defer w.Close()
	sys, err := wasi.New(wasi.Config{Stdin: r})
	if err != nil {
		return 0, err
	}
	defer sys.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	imports := rt.Linker{"wasi_snapshot_preview1": sys, "test": h.exports()}
	ended := make(chan error, 1)
	go func() {
		if c.form == "guard" {
			ended <- threads.Run(ctx, guard.Instantiate, imports, threads.Config{})
		} else {
			ended <- threads.Run(ctx, checked.Instantiate, imports, threads.Config{})
		}
	}()
	for range c.readies() {
		select {
		case <-h.ready:
		case err := <-ended:
			return 0, fmt.Errorf("ended early: %v", err)
		case <-time.After(10 * time.Second):
			return 0, errors.New("the threads do not get ready")
		}
	}
	<-h.asked
	time.Sleep(2 * time.Millisecond) // from ready to the activity
	start := time.Now()
	close(h.goNow)
	if c.cause == 4 {
		cancel()
	}
	select {
	case err = <-ended:
	case <-time.After(20 * time.Second):
		debug.SetTraceback("all")
		panic(c.String() + " does not stop")
	}
	return time.Since(start), c.check(err)
}

// check compares the outcome.
func (c combination) check(err error) error {
	var trap *rt.Trap
	var exit *rt.ExitError
	var panicked *rt.PanicError
	var deadlock *rt.DeadlockError
	thread := int32(-1)
	ok := false
	switch c.cause {
	case 0, 5:
		kind := rt.Unreachable
		if c.cause == 5 {
			kind = rt.OutOfBoundsMemory
		}
		if ok = errors.As(err, &trap) && trap.Kind == kind && len(trap.Stack) > 0; ok {
			thread = trap.Thread
		}
	case 1:
		ok = errors.As(err, &exit) && exit.Code == 7
	case 2:
		ok = err == nil
	case 3:
		if ok = errors.As(err, &panicked); ok {
			thread = panicked.Thread
		}
	case 4:
		ok = errors.Is(err, context.Canceled)
		if c.activity == 4 || c.activity == 5 { // everybody waits
			ok = ok || errors.As(err, &deadlock) && len(deadlock.Waiting()) > 0
		}
	}
	if !ok {
		return fmt.Errorf("ended with %v", err)
	}
	if thread >= 0 && (thread == 0) != (c.actor == 0) {
		return fmt.Errorf("thread %d is named, %s it was", thread, actors[c.actor])
	}
	return nil
}

// settled waits a moment for the goroutines that are about to end.
func settled(before int) error {
	for end := time.Now().Add(time.Second); runtime.NumGoroutine() > before; time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			return fmt.Errorf("%d goroutines left:\n%s", runtime.NumGoroutine()-before, buf[:runtime.Stack(buf, true)])
		}
	}
	return nil
}

// reservations counts the mappings that are memories.
func reservations() int {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0
	}
	n := 0
	for _, line := range strings.Split(string(maps), "\n") {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && to-from >= 4<<30-1<<20 {
			n++
		}
	}
	return n
}

func combinations() (list []combination) {
	for _, form := range []string{"guard", "checked"} {
		for actor := range actors {
			for cause := range causes {
				for activity := range activities {
					if c := (combination{form, actor, cause, activity}); strings.Contains(c.String(), *only) {
						list = append(list, c)
					}
				}
			}
		}
	}
	return list
}

func main() {
	flag.Parse()
	before, failed := runtime.NumGoroutine(), 0
	memories := reservations()
	var times []time.Duration
	var worst combination
	var most time.Duration
	for range *rounds {
		for _, c := range combinations() {
			d, err := run(c)
			if err == nil {
				err = settled(before)
			}
			if err == nil && d > *limit {
				err = fmt.Errorf("took %v to stop", d)
			}
			if err != nil {
				failed++
				fmt.Printf("%v: %v\n", c, err)
			}
			if d > most {
				most, worst = d, c
			}
			times = append(times, d)
		}
	}
	for range 3 {
		runtime.GC() // closed memories are unmapped when they are collected
		time.Sleep(10 * time.Millisecond)
	}
	if n := reservations() - memories; n > 0 {
		failed++
		fmt.Printf("%d memories are still mapped\n", n)
	}
	slices.Sort(times)
	fmt.Printf("%d runs, %d failed, GOMAXPROCS %d; time to stop: median %v, worst %v (%v)\n",
		len(times), failed, runtime.GOMAXPROCS(0), times[len(times)/2], most, worst)
	if failed > 0 {
		os.Exit(1)
	}
}
