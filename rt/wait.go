package rt

import (
	"sync/atomic"
	"time"
)

// waiter is a thread in memory.atomic.wait. It is woken by closing its channel, once, by whoever took it off its list.
type waiter struct {
	woken chan struct{}
}

// Results of memory.atomic.wait32 and wait64 (threads proposal).
const (
	waitOK       = 0
	waitNotEqual = 1
	waitTimedOut = 2
)

// cell checks an address of wait or notify: in bounds, aligned to n.
func (m *Memory) cell(ea, n uint64) []byte {
	b := m.Bytes()
	if ea > uint64(len(b)) || n > uint64(len(b))-ea {
		panic(OutOfBoundsMemory)
	}
	if ea&(n-1) != 0 {
		panic(UnalignedAtomic)
	}
	return b[ea : ea+n]
}

// Wait32 is memory.atomic.wait32: it blocks while nothing notifies the address, if the value there is expected. timeout
// is in nanoseconds, negative for none.
func Wait32(m *Memory, ea uint64, expected int32, timeout int64) int32 {
	p := (*int32)(At(m.cell(ea, 4), 0, 4))
	return m.wait(ea, timeout, func() bool { return atomic.LoadInt32(p) == expected })
}

// Wait64 is memory.atomic.wait64.
func Wait64(m *Memory, ea uint64, expected, timeout int64) int32 {
	p := (*int64)(At(m.cell(ea, 8), 0, 8))
	return m.wait(ea, timeout, func() bool { return atomic.LoadInt64(p) == expected })
}

// wait queues the caller under the lock that Notify takes, so that no notification between the comparison and the
// queueing is lost.
func (m *Memory) wait(ea uint64, timeout int64, equal func() bool) int32 {
	if !m.typ.Shared {
		panic(ExpectedSharedMemory)
	}
	m.waitMu.Lock()
	if !equal() {
		m.waitMu.Unlock()
		return waitNotEqual
	}
	w := &waiter{woken: make(chan struct{})}
	if m.waiters == nil {
		m.waiters = map[uint64][]*waiter{}
	}
	m.waiters[ea] = append(m.waiters[ea], w)
	m.waitMu.Unlock()
	if timeout < 0 {
		<-w.woken
		return waitOK
	}
	t := time.NewTimer(time.Duration(timeout))
	defer t.Stop()
	select {
	case <-w.woken:
		return waitOK
	case <-t.C:
		return m.giveUp(ea, w)
	}
}

// giveUp takes w off its list after a time-out. If it is gone already, a notification has counted it, and it was woken.
func (m *Memory) giveUp(ea uint64, w *waiter) int32 {
	m.waitMu.Lock()
	defer m.waitMu.Unlock()
	list := m.waiters[ea]
	for i, x := range list {
		if x == w {
			m.setWaiters(ea, append(list[:i:i], list[i+1:]...))
			return waitTimedOut
		}
	}
	return waitOK
}

func (m *Memory) setWaiters(ea uint64, list []*waiter) {
	if len(list) == 0 {
		delete(m.waiters, ea)
		return
	}
	m.waiters[ea] = list
}

// Notify is memory.atomic.notify: it wakes up to n waiters of the address, the longest waiting first, and returns how
// many it woke.
func Notify(m *Memory, ea uint64, n int32) int32 {
	m.cell(ea, 4)
	m.waitMu.Lock()
	defer m.waitMu.Unlock()
	list := m.waiters[ea]
	k := int(min(uint64(uint32(n)), uint64(len(list))))
	for _, w := range list[:k] {
		close(w.woken)
	}
	m.setWaiters(ea, list[k:])
	return int32(k)
}
