package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/examples/manycalls/words"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
)

// start makes a library that the test closes, after which no goroutine may be left.
func start(t *testing.T, cfg threads.Config) *library {
	before := runtime.NumGoroutine()
	l, err := open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
		waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	})
	return l
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

// TestCount: every call gets its own result, and the table is exact.
func TestCount(t *testing.T) {
	l := start(t, threads.Config{})
	const goroutines, calls, vocabulary = 64, 100, 1000
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			for i := range calls {
				var text bytes.Buffer
				want := r.Int32N(50)
				for k := range want {
					word := r.IntN(vocabulary)
					if k < vocabulary/calls && g == 0 {
						word = i*vocabulary/calls + int(k) // with the last loop: every word occurs
					}
					fmt.Fprintf(&text, "%s, ", name(word))
				}
				if n, err := l.count(t.Context(), text.Bytes()); err != nil || n != want {
					t.Errorf("count = %d, %v, want %d", n, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
	for i := range vocabulary {
		if n, err := l.count(t.Context(), []byte(name(i))); err != nil || n != 1 {
			t.Fatalf("count = %d, %v, want 1", n, err)
		}
	}
	if n, err := l.distinct(t.Context()); err != nil || n != vocabulary {
		t.Errorf("distinct = %d, %v, want %d", n, err, vocabulary)
	}
}

// name writes i in letters.
func name(i int) string {
	s := ""
	for _, digit := range fmt.Sprint(i) {
		s += string('a' + digit - '0')
	}
	return s
}

// TestThreadLocal: an instance keeps its thread-local variables from call to call, and no two share them.
func TestThreadLocal(t *testing.T) {
	l := start(t, threads.Config{})
	var mu sync.Mutex
	calls := map[*words.Instance]int32{}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 100 {
				err := l.Do(t.Context(), func(in *words.Instance) error {
					if _, err := in.Distinct(); err != nil {
						return err
					}
					n, err := in.CallsInThisThread()
					mu.Lock()
					defer mu.Unlock()
					if calls[in]++; err == nil && n != calls[in] {
						err = fmt.Errorf("thread %d has counted %d calls, want %d", in.Thread(), n, calls[in])
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d instances", len(calls))
}

// busy starts goroutines that count until the library has ended; what they got comes on the channel.
func busy(ctx context.Context, l *library, n int) <-chan error {
	errs := make(chan error, n)
	text := bytes.Repeat([]byte("all the words of a text that is not so short "), 500)
	for range n {
		go func() {
			for {
				if _, err := l.count(ctx, text); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return errs
}

// checkEnded: the others get cause as well, later calls too, and a new library works.
func checkEnded(t *testing.T, l *library, others <-chan error, cause error) {
	t.Helper()
	for range cap(others) {
		if err := <-others; err != cause {
			t.Errorf("another call: %v, want %v", err, cause)
		}
	}
	if _, err := l.distinct(t.Context()); err != cause {
		t.Errorf("a later call: %v, want %v", err, cause)
	}
	if n, err := start(t, threads.Config{}).count(t.Context(), []byte("as good as new")); err != nil || n != 4 {
		t.Errorf("new library: %d, %v", n, err)
	}
}

// TestStuck: a call that does not return is ended by its deadline, and everybody's calls with it: the thread may have
// held a lock, or left the table half changed.
func TestStuck(t *testing.T) {
	l := start(t, threads.Config{})
	others := busy(t.Context(), l, 8)
	waitFor(t, "work", func() bool { return len(l.Threads()) > 2 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := l.Do(ctx, (*words.Instance).SpinForever)
	deadline, _ := ctx.Deadline()
	late := time.Since(deadline)
	t.Logf("ended %v after its deadline", late)
	if !errors.Is(err, context.DeadlineExceeded) || late > 2*time.Second { // 2 s for busy machines; 1 ms is usual
		t.Errorf("err = %v, %v after the deadline", err, late)
	}
	checkEnded(t, l, others, err)
}

// TestStacks: a call that takes too long can be seen at work, in the right function.
func TestStacks(t *testing.T) {
	l := start(t, threads.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var thread atomic.Int32
	ended := make(chan error)
	go func() {
		ended <- l.Do(ctx, func(in *words.Instance) error {
			thread.Store(in.Thread())
			return in.SpinForever()
		})
	}()
	waitFor(t, "the guest's stack", func() bool {
		stack := l.Stacks()[thread.Load()]
		return len(stack) > 0 && stack[0].Name == "spin_forever" && stack[0].Line > 0
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

// TestCrash: a trap is told to its caller, and to everybody.
func TestCrash(t *testing.T) {
	l := start(t, threads.Config{})
	others := busy(t.Context(), l, 8)
	waitFor(t, "work", func() bool { return len(l.Threads()) > 2 })
	var thread int32
	err := l.Do(t.Context(), func(in *words.Instance) error {
		thread = in.Thread()
		return in.Crash()
	})
	trap, ok := err.(*rt.Trap)
	if !ok || trap.Kind != rt.Unreachable || trap.Thread != thread || trap.Stack[0].Name != "crash" {
		t.Fatalf("err = %v, want the trap in crash of thread %d", err, thread)
	}
	checkEnded(t, l, others, err)
}

// TestIdle: instances that nobody needs go away.
func TestIdle(t *testing.T) {
	l := start(t, threads.Config{IdleTime: 100 * time.Millisecond})
	const n = 32
	var all, wg sync.WaitGroup
	all.Add(n)
	for range n {
		wg.Go(func() {
			err := l.Do(t.Context(), func(*words.Instance) error {
				all.Done()
				all.Wait()
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if idle, all := l.Idle(), len(l.Threads()); idle != n || all != n+1 {
		t.Errorf("%d idle instances and %d threads, want %d and the main thread", idle, all, n)
	}
	waitFor(t, "the pool to empty", func() bool { return l.Idle() == 0 && len(l.Threads()) == 1 })
	if n, err := l.count(t.Context(), []byte("once more")); err != nil || n != 2 {
		t.Errorf("count = %d, %v", n, err)
	}
}

// TestAttach: what a thread takes of the guest's memory it gives back.
func TestAttach(t *testing.T) {
	l := start(t, threads.Config{IdleTime: time.Nanosecond})
	var thread int32 // ids are given out in order: the number of attached instances so far
	attach := func(n int32) int32 {
		for thread < n {
			err := l.Do(t.Context(), func(in *words.Instance) error {
				thread = in.Thread()
				_, err := in.Distinct()
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for len(l.Threads()) > 1 { // else two stacks may be there at once
				runtime.Gosched()
			}
		}
		return l.Memory().Pages()
	}
	before := attach(10)
	if after := attach(10_000); after != before {
		t.Errorf("the memory grew from %d to %d pages", before, after)
	}
}

func TestClose(t *testing.T) {
	l := start(t, threads.Config{})
	others := busy(t.Context(), l, 8)
	waitFor(t, "work", func() bool { return len(l.Threads()) > 2 })
	if err := l.close(); err != nil {
		t.Error(err)
	}
	for range cap(others) {
		if err := <-others; err != rt.ErrClosed {
			t.Errorf("err = %v, want %v", err, rt.ErrClosed)
		}
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), 4, []string{"guest/words.c"}, &out); err != nil || !strings.Contains(out.String(), "of them distinct\nthread 0: ") {
		t.Errorf("%v, %q", err, &out)
	}
}
