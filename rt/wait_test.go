package rt

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

func sharedMemory(t *testing.T) *Memory {
	return mustMemory(t, MemoryType{Min: 1, Max: 1, HasMax: true, Shared: true}, false, 0)
}

func TestWaitResults(t *testing.T) {
	m := sharedMemory(t)
	if r := Wait32(m, 0, 1, -1); r != waitNotEqual {
		t.Errorf("wait on another value = %d", r)
	}
	if r := Wait64(m, 8, 0, 1000); r != waitTimedOut {
		t.Errorf("wait with a time-out = %d", r)
	}
	if len(m.waiters) != 0 {
		t.Error("a time-out left a waiter behind")
	}
	if n := Notify(m, 0, -1); n != 0 {
		t.Errorf("notify woke %d of none", n)
	}
	plain := mustMemory(t, MemoryType{Min: 1}, false, 0)
	traps := []struct {
		want TrapKind
		f    func()
	}{
		{UnalignedAtomic, func() { Wait32(m, 2, 0, 0) }}, {UnalignedAtomic, func() { Wait64(m, 4, 0, 0) }},
		{UnalignedAtomic, func() { Notify(m, 1, 0) }}, {OutOfBoundsMemory, func() { Notify(m, PageSize, 0) }},
		{ExpectedSharedMemory, func() { Wait32(plain, 0, 0, 0) }},
	}
	for i, c := range traps {
		if k := trapOf(t, c.f); k != c.want {
			t.Errorf("case %d: trap %v, want %v", i, k, c.want)
		}
	}
}

// waiting waits until n threads wait at address ea.
func waiting(t *testing.T, m *Memory, ea uint64, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Microsecond) {
		m.waitMu.Lock()
		have := len(m.waiters[ea])
		m.waitMu.Unlock()
		if have == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d threads wait at %d, want %d", have, ea, n)
		}
	}
}

// TestNotifyOrder: the longest waiting is woken first, and no more than asked for.
func TestNotifyOrder(t *testing.T) {
	m := sharedMemory(t)
	woken := make(chan int, 3)
	for i := range 3 {
		go func() {
			Wait32(m, 4, 0, -1)
			woken <- i
		}()
		waiting(t, m, 4, i+1)
	}
	for i := range 3 {
		if n := Notify(m, 4, 1); n != 1 {
			t.Fatalf("Notify woke %d", n)
		}
		if got := <-woken; got != i {
			t.Fatalf("thread %d woke, want %d", got, i)
		}
	}
}

// TestPingPong hands a token to and fro; a lost wake-up hangs it, a stolen one breaks the count.
func TestPingPong(t *testing.T) {
	m := sharedMemory(t)
	const rounds = 20_000
	p := (*int32)(At(m.Bytes(), 0, 4))
	var wg sync.WaitGroup
	for side := range int32(2) {
		wg.Go(func() {
			for range rounds {
				for atomic.LoadInt32(p) != side {
					Wait32(m, 0, 1-side, -1)
				}
				atomic.StoreInt32(p, 1-side)
				Notify(m, 0, 1)
			}
		})
	}
	wg.Wait()
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
