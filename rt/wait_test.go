package rt

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

func sharedMemory(t *testing.T) *Memory {
	return mustMemory(t, MemoryType{Min: 1, Max: 1, HasMax: true, Shared: true}, false, 0)
}

// thread makes an instance that runs on m.
func thread(m *Memory, g *Group) *Instance {
	in := &Instance{}
	in.Setup(NewModule("test", "", "test"), Config{Group: g})
	in.AddMemory(m)
	return in
}

// call runs f in the instance as an exported function would.
func call(in *Instance, f func()) (err error) {
	e, err := in.Enter()
	if err != nil {
		return err
	}
	defer in.Leave(e, &err)
	f()
	return nil
}

func TestWaitResults(t *testing.T) {
	m := sharedMemory(t)
	in := thread(m, nil)
	if r := Wait32(in, m, 0, 1, -1); r != waitNotEqual {
		t.Errorf("wait on another value = %d", r)
	}
	for _, timeout := range []int64{0, 1, 1000, 1_000_000} {
		start := time.Now()
		if r := Wait64(in, m, 8, 0, timeout); r != waitTimedOut {
			t.Errorf("wait with a time-out = %d", r)
		}
		if d := time.Since(start); d < time.Duration(timeout) {
			t.Errorf("a time-out of %d ns took %v", timeout, d)
		}
	}
	if n := waitersLeft(m); n != 0 {
		t.Errorf("time-outs left %d waiters behind", n)
	}
	if n := Notify(m, 0, -1); n != 0 {
		t.Errorf("notify woke %d of none", n)
	}
	plain := mustMemory(t, MemoryType{Min: 1}, false, 0)
	traps := []struct {
		want TrapKind
		f    func()
	}{
		{UnalignedAtomic, func() { Wait32(in, m, 2, 0, 0) }}, {UnalignedAtomic, func() { Wait64(in, m, 4, 0, 0) }},
		{UnalignedAtomic, func() { Notify(m, 1, 0) }}, {OutOfBoundsMemory, func() { Notify(m, PageSize, 0) }},
		{UnalignedAtomic, func() { Wait32(in, m, PageSize+2, 0, 0) }}, {UnalignedAtomic, func() { Align2(1<<32 - 1) }},
		{OutOfBoundsMemory, func() { Notify(m, 1<<32|1, 0) }}, {OutOfBoundsMemory, func() { Align8(1<<32 | 4) }},
		{ExpectedSharedMemory, func() { Wait32(in, plain, 0, 0, 0) }},
	}
	for i, c := range traps {
		if k := trapOf(t, c.f); k != c.want {
			t.Errorf("case %d: trap %v, want %v", i, k, c.want)
		}
	}
}

// waitersLeft counts what stands in the table.
func waitersLeft(m *Memory) (n int) {
	for i := range m.waiters {
		s := &m.waiters[i]
		s.mu.Lock()
		for q := s.queues; q != nil; q = q.next {
			for w := q.first; w != nil; w = w.next {
				n++
			}
		}
		s.mu.Unlock()
	}
	return n
}

// waiting waits until n threads wait.
func waiting(t *testing.T, m *Memory, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); waitersLeft(m) != n; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d threads wait, want %d", waitersLeft(m), n)
		}
	}
}

// TestNotifyOrder: the longest waiting is woken first, no more than asked for, and none at another address.
func TestNotifyOrder(t *testing.T) {
	m := sharedMemory(t)
	woken := make(chan int, 3)
	other := thread(m, nil)
	go call(other, func() { Wait32(other, m, 8, 0, -1) })
	waiting(t, m, 1)
	for i := range 3 {
		go func() {
			Wait32(thread(m, nil), m, 4, 0, -1)
			woken <- i
		}()
		waiting(t, m, i+2)
	}
	for i := range 3 {
		if n := Notify(m, 4, 1); n != 1 {
			t.Fatalf("Notify woke %d", n)
		}
		if got := <-woken; got != i {
			t.Fatalf("thread %d woke, want %d", got, i)
		}
	}
	if n := Notify(m, 8, -1); n != 1 {
		t.Errorf("Notify woke %d at the other address", n)
	}
}

// TestPingPong hands a token to and fro; a lost wake-up hangs it, a stolen one breaks the count.
func TestPingPong(t *testing.T) {
	m := sharedMemory(t)
	const rounds = 20_000
	p := (*int32)(At(m.Bytes(), 0, 4))
	var wg sync.WaitGroup
	for side := range int32(2) {
		in := thread(m, nil)
		wg.Go(func() {
			for range rounds {
				for atomic.LoadInt32(p) != side {
					Wait32(in, m, 0, 1-side, -1)
				}
				atomic.StoreInt32(p, 1-side)
				Notify(m, 0, 1)
			}
		})
	}
	wg.Wait()
}

// TestTimeoutNeverSwallowsNotify races time-outs with notifications: each counted wake-up must arrive.
func TestTimeoutNeverSwallowsNotify(t *testing.T) {
	m := sharedMemory(t)
	const rounds = 5000
	var woken, timedOut, notified atomic.Int64
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		in := thread(m, nil)
		wg.Go(func() {
			for i := range rounds {
				switch Wait32(in, m, 0, 0, int64(i%7)*1000) {
				case waitOK:
					woken.Add(1)
				case waitTimedOut:
					timedOut.Add(1)
				}
			}
		})
	}
	var notifier sync.WaitGroup
	notifier.Go(func() {
		for !done.Load() {
			notified.Add(int64(Notify(m, 0, 2)))
		}
	})
	wg.Wait()
	done.Store(true)
	notifier.Wait()
	if woken.Load() != notified.Load() {
		t.Errorf("%d notified, %d woke, %d timed out", notified.Load(), woken.Load(), timedOut.Load())
	}
	if n := waitersLeft(m); n != 0 {
		t.Errorf("%d waiters left", n)
	}
}

// TestStopWakes: all kinds of waits end with the group's cause.
func TestStopWakes(t *testing.T) {
	m := sharedMemory(t)
	g := &Group{Fatal: true}
	cause := errors.New("enough")
	errs := make(chan error)
	for i := range 3 {
		in := thread(m, g)
		go func() {
			errs <- call(in, func() {
				switch i {
				case 0:
					Wait32(in, m, 0, 0, -1)
				case 1:
					Wait64(in, m, 8, 0, int64(time.Hour))
				default:
					in.Block("test", nil)
					<-g.Ended()
					in.Unblock()
				}
			})
		}()
	}
	waiting(t, m, 2)
	g.Stop(cause)
	for range 3 {
		if err := <-errs; err != cause {
			t.Errorf("a thread ended with %v", err)
		}
	}
	if g.Stop(errors.New("later")) || g.Cause() != cause {
		t.Error("the first cause did not decide")
	}
	if err := call(thread(m, g), func() {}); err != cause {
		t.Errorf("a call after the end = %v", err)
	}
}

func TestDeadlock(t *testing.T) {
	m := sharedMemory(t)
	g := &Group{Fatal: true, DetectDeadlock: true}
	errs := make(chan error)
	for range 3 { // all before the first waits: one that waits alone is a deadlock already
		if err := g.Begin(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		in := thread(m, g)
		go func() {
			err := call(in, func() { Wait32(in, m, 4, 0, -1) })
			g.End()
			errs <- err
		}()
	}
	var d *DeadlockError
	for range 3 {
		if err := <-errs; !errors.As(err, &d) {
			t.Fatalf("a thread ended with %v", err)
		}
	}
	<-g.Quiet()
	if w := d.Waiting(); len(w) != 3 || w[0].Address != 4 {
		t.Errorf("waiting: %+v", w)
	}
}

// TestDeadlockByExit: the last thread awake ends.
func TestDeadlockByExit(t *testing.T) {
	m := sharedMemory(t)
	g := &Group{Fatal: true, DetectDeadlock: true}
	in := thread(m, g)
	_ = g.Begin()
	_ = g.Begin()
	errs := make(chan error)
	go func() {
		err := call(in, func() { Wait32(in, m, 4, 0, -1) })
		g.End()
		errs <- err
	}()
	waiting(t, m, 1)
	g.End()
	var d *DeadlockError
	if err := <-errs; !errors.As(err, &d) {
		t.Errorf("the waiting thread ended with %v", err)
	}
}

func TestStopAfter(t *testing.T) {
	m := sharedMemory(t)
	in := thread(m, nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	defer in.StopAfter(ctx)()
	if err := call(in, func() { Wait32(in, m, 0, 0, -1) }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call ended with %v", err)
	}
}

// TestCloseEndsCalls: Close stops what runs in the instance and nothing else.
func TestCloseEndsCalls(t *testing.T) {
	m := sharedMemory(t)
	a, b := thread(m, nil), thread(m, nil)
	errs := make(chan error)
	go func() { errs <- call(a, func() { Wait32(a, m, 0, 0, -1) }) }()
	waiting(t, m, 1)
	a.Close()
	if err := <-errs; err != ErrClosed {
		t.Errorf("the call ended with %v", err)
	}
	if err := call(b, func() { Notify(m, 0, 1) }); err != nil || m.Size() == 0 {
		t.Errorf("the other instance: %v", err)
	}
	b.Close()
}

// TestCloseUnshared: the same where nothing can wait.
func TestCloseUnshared(t *testing.T) {
	m := mustMemory(t, MemoryType{Min: 1}, false, 0)
	in := thread(m, nil)
	interrupted, errs := make(chan struct{}), make(chan error)
	blocked := make(chan struct{})
	go func() {
		errs <- call(in, func() {
			in.Block("test", func() { close(interrupted) })
			close(blocked)
			<-interrupted
			in.Unblock()
		})
	}()
	<-blocked
	in.Close()
	if err := <-errs; err != ErrClosed {
		t.Errorf("the call ended with %v", err)
	}
}

// TestNarrowAtomics: 8- and 16-bit operations leave their neighbours alone under contention.
func TestNarrowAtomics(t *testing.T) {
	var word [2]uint32
	bytes := (*[8]uint8)(unsafe.Pointer(&word))
	halves := (*[4]uint16)(unsafe.Pointer(&word))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10_000 {
				AtomicAdd8(&bytes[i], 1)
				AtomicAdd16(&halves[2+i%2], 1)
			}
		})
	}
	wg.Wait()
	for i := range 4 {
		if AtomicLoad8(&bytes[i]) != uint8(10_000%256) {
			t.Errorf("byte %d is %d", i, bytes[i])
		}
	}
	if AtomicLoad16(&halves[2]) != 20_000 || AtomicLoad16(&halves[3]) != 20_000 {
		t.Errorf("halves are %v", halves[2:])
	}
	steps := []struct {
		name      string
		got, want uint8
	}{
		{"sub", AtomicSub8(&bytes[0], 0x20), 0x10}, {"or", AtomicOr8(&bytes[0], 1), 0xf0},
		{"and", AtomicAnd8(&bytes[0], 0x0f), 0xf1}, {"xor", AtomicXor8(&bytes[0], 3), 1}, {"swap", AtomicSwap8(&bytes[0], 9), 2},
		{"cmpxchg equal", AtomicCmpxchg8(&bytes[0], 9, 10), 9}, {"cmpxchg wraps", AtomicCmpxchg8(&bytes[0], 0x10a, 11), 10},
		{"load", AtomicLoad8(&bytes[0]), 11},
	}
	for _, s := range steps {
		if s.got != s.want {
			t.Errorf("%s gave %#x, want %#x", s.name, s.got, s.want)
		}
	}
}

func BenchmarkHandOff(b *testing.B) {
	m, err := NewMemory(MemoryType{Min: 1, Max: 1, HasMax: true, Shared: true}, false, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	p := (*int32)(At(m.Bytes(), 0, 4))
	var wg sync.WaitGroup
	for side := range int32(2) {
		in := thread(m, nil)
		wg.Go(func() {
			for range b.N / 2 {
				for atomic.LoadInt32(p) != side {
					Wait32(in, m, 0, 1-side, -1)
				}
				atomic.StoreInt32(p, 1-side)
				Notify(m, 0, 1)
			}
		})
	}
	wg.Wait()
}
