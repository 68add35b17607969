package rt

import (
	"sync"
	"sync/atomic"
	"time"
)

// waiter is a thread in memory.atomic.wait. Each instance has one; between waits only ch and timer keep their values.
type waiter struct {
	ch    chan struct{} // of one token, which who takes the waiter off its queue sends; made by the first wait
	timer *time.Timer   // made by the first wait with a time-out

	in         *Instance
	addr       uint64
	queue      *waitQueue // it stands in, guarded by the shard's lock
	prev, next *waiter
	counted    bool // as waiting without a time-out, in the group
	lastAwake  bool // all other threads of the group waited already
	stopped    bool // what woke it was the end of its group
}

// waitQueue is the waiters of one address, the longest waiting first.
type waitQueue struct {
	addr        uint64
	first, last *waiter
	next        *waitQueue
}

// waitShard is the waiters of the addresses with one hash. Nothing stays in it when nobody waits, but for a spare queue.
type waitShard struct {
	mu     sync.Mutex
	queues *waitQueue
	spare  *waitQueue
}

// waitShards is their number: with 100,000 threads at as many addresses a shard has 400.
const waitShards = 256

// waitTable is the waiters of a shared memory.
type waitTable [waitShards]waitShard

func (t *waitTable) shard(addr uint64) *waitShard {
	return &t[addr>>2*0x9e3779b97f4a7c15>>56]
}

// Results of memory.atomic.wait32 and wait64 (threads proposal).
const (
	waitOK       = 0
	waitNotEqual = 1
	waitTimedOut = 2
)

// cell checks an address of wait or notify: aligned to n, in bounds, in the order of Align4.
func (m *Memory) cell(ea, n uint64) []byte {
	if ea&(n-1) != 0 {
		panic(unaligned[ea>>32&1])
	}
	b := m.Bytes()
	if ea > uint64(len(b)) || n > uint64(len(b))-ea {
		panic(OutOfBoundsMemory)
	}
	return b[ea : ea+n]
}

// Wait32 is memory.atomic.wait32: it blocks while nothing notifies the address, if the value there is expected. timeout
// is in nanoseconds, negative for none.
func Wait32(in *Instance, m *Memory, ea uint64, expected int32, timeout int64) int32 {
	p := (*int32)(At(m.cell(ea, 4), 0, 4))
	s := m.waitShard(ea)
	if !s.enqueue32(in, ea, p, expected, timeout) {
		return waitNotEqual
	}
	return in.park(s, timeout)
}

// Wait64 is memory.atomic.wait64.
func Wait64(in *Instance, m *Memory, ea uint64, expected, timeout int64) int32 {
	p := (*int64)(At(m.cell(ea, 8), 0, 8))
	s := m.waitShard(ea)
	if !s.enqueue64(in, ea, p, expected, timeout) {
		return waitNotEqual
	}
	return in.park(s, timeout)
}

func (m *Memory) waitShard(ea uint64) *waitShard {
	if m.waiters == nil {
		panic(ExpectedSharedMemory)
	}
	return m.waiters.shard(ea)
}

// enqueue32 compares and queues under the lock that Notify takes, so that no notification between the two is lost. The
// load may fault, in a memory that is poisoned at this moment; so the lock is given up by defer.
func (s *waitShard) enqueue32(in *Instance, ea uint64, p *int32, expected int32, timeout int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if atomic.LoadInt32(p) != expected {
		return false
	}
	s.push(in, ea, timeout)
	return true
}

func (s *waitShard) enqueue64(in *Instance, ea uint64, p *int64, expected int64, timeout int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if atomic.LoadInt64(p) != expected {
		return false
	}
	s.push(in, ea, timeout)
	return true
}

// push queues in's waiter. A group that ends sets its flag before it empties the shards, so a waiter that does not see
// the flag here is woken.
func (s *waitShard) push(in *Instance, ea uint64, timeout int64) {
	w := &in.waiter
	in.CheckStopped()
	if w.queue != nil {
		panic("rt: an instance is in use by two goroutines")
	}
	if w.ch == nil {
		w.ch = make(chan struct{}, 1)
	}
	w.addr, w.stopped, w.counted = ea, false, timeout < 0
	w.in = in
	w.lastAwake = w.counted && in.group.count.add(0, 1)
	q := s.find(ea)
	w.queue, w.prev, w.next = q, q.last, nil
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
}

// find returns the queue of an address, a new one if there is none.
func (s *waitShard) find(ea uint64) *waitQueue {
	for q := s.queues; q != nil; q = q.next {
		if q.addr == ea {
			return q
		}
	}
	q := s.spare
	if q == nil {
		q = &waitQueue{}
	}
	s.spare = nil
	q.addr, q.next = ea, s.queues
	s.queues = q
	return q
}

// remove takes w off its queue, and the queue off the shard if it is empty.
func (s *waitShard) remove(w *waiter) {
	q := w.queue
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.queue, w.prev, w.next = nil, nil, nil
	if q.first != nil {
		return
	}
	for p := &s.queues; ; p = &(*p).next {
		if *p == q {
			*p = q.next
			break
		}
	}
	q.next = nil
	s.spare = q
}

// take removes w to wake it, and counts it as running from now on, so that a woken thread never looks like a waiting
// one. The caller sends the token.
func (s *waitShard) take(w *waiter) {
	s.remove(w)
	if w.counted {
		w.in.group.count.add(0, -1)
	}
}

// park waits for the token of the queued waiter.
func (in *Instance) park(s *waitShard, timeout int64) int32 {
	w := &in.waiter
	in.beats.Add(1)
	in.state.Store(w.addr<<2 | uint64(Waiting))
	if timeout < 0 {
		if w.lastAwake && in.group.DetectDeadlock {
			in.group.Stop(&DeadlockError{})
		}
		keepAlive()
		<-w.ch
	} else if !w.within(time.Duration(timeout)) && s.giveUp(w) {
		in.state.Store(uint64(Running))
		return waitTimedOut
	}
	if w.stopped {
		panic(Stopped)
	}
	in.state.Store(uint64(Running))
	return waitOK
}

// within waits for the token, for d at most.
func (w *waiter) within(d time.Duration) bool {
	if w.timer == nil {
		w.timer = time.NewTimer(d)
	} else {
		w.timer.Reset(d)
	}
	select {
	case <-w.ch:
		w.timer.Stop()
		return true
	case <-w.timer.C:
		return false
	}
}

// giveUp takes w off its queue after a time-out. If it is gone already, a notification has counted it: it was woken, and
// the token is on its way.
func (s *waitShard) giveUp(w *waiter) bool {
	s.mu.Lock()
	queued := w.queue != nil
	if queued {
		s.remove(w)
	}
	s.mu.Unlock()
	if !queued {
		<-w.ch
	}
	return queued
}

// Notify is memory.atomic.notify: it wakes up to n waiters of the address, the longest waiting first, and returns how
// many it woke. A host may call it too.
func Notify(m *Memory, ea uint64, n int32) int32 {
	m.cell(ea, 4)
	if m.waiters == nil {
		return 0
	}
	s := m.waiters.shard(ea)
	first, k := s.takeFirst(ea, uint32(n))
	for w := first; w != nil; {
		next := w.next // read before the token, after which w waits again
		w.next = nil
		w.ch <- struct{}{}
		w = next
	}
	return int32(k)
}

// takeFirst takes up to n waiters of an address off their queue and returns them as a list.
func (s *waitShard) takeFirst(ea uint64, n uint32) (first *waiter, k uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues
	for q != nil && q.addr != ea {
		q = q.next
	}
	if q == nil {
		return nil, 0
	}
	last := &first
	for ; k < n && q.first != nil; k++ {
		w := q.first
		s.take(w)
		*last, last = w, &w.next
	}
	return first, k
}

// wakeIf ends the waits of some instances.
func (m *Memory) wakeIf(which func(*Instance) bool) {
	if m.waiters == nil {
		return
	}
	for i := range m.waiters {
		m.waiters[i].wakeIf(which)
	}
}

// wake ends the wait of the instance's thread.
func (in *Instance) wake() {
	for _, m := range in.mems {
		m.wakeIf(func(x *Instance) bool { return x == in })
	}
}

// wakeIf ends the waits of some instances, as stopped.
func (s *waitShard) wakeIf(which func(*Instance) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := s.queues; q != nil; {
		nextQueue := q.next
		for w := q.first; w != nil; {
			next := w.next
			if which(w.in) {
				s.take(w)
				w.stopped = true
				w.ch <- struct{}{} // never blocks: one token per waiter
			}
			w = next
		}
		q = nextQueue
	}
}

var alive sync.Once

// keepAlive sees to it that the process has a timer from the first wait without a time-out on. Go would end a process
// all of whose goroutines wait, and no host can recover from that; a guest must not be able to do it.
func keepAlive() {
	alive.Do(func() { time.AfterFunc(1<<62, func() {}) })
}
