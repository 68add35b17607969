package rt

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Group is a thread group: what stops together, which is a memory with every instance that runs on it. An instance
// without a group in its Config joins that of its first memory. Groups of more than one thread are package threads'.
type Group struct {
	// Fatal says that a trap, an exit or a host function's panic in one instance ends the whole group. Without it, as
	// the specification has it, the call fails and the instance lives on.
	Fatal bool
	// DetectDeadlock ends the group when all its threads wait without a time-out. It is for groups whose memory the
	// host does not notify itself.
	DetectDeadlock bool
	// ThreadStack is Config.MaxStack for the instances that threads get.
	ThreadStack uint32

	count threadCount
	ended atomic.Bool
	cause error // set once, before ended

	mu       sync.Mutex    // the fields below, and the end
	done     chan struct{} // made when first asked for, closed by Stop
	quiet    chan struct{} // made when first asked for, closed when the last thread ends
	first    *Instance     // the list of instances
	memories []*Memory
}

// threadCount is the number of threads of a group (upper half) and of those that wait without a time-out (lower half),
// in one word so that they can be compared.
type threadCount struct{ n atomic.Uint64 }

const oneThread = 1 << 32

func (c *threadCount) add(threads, waiting int64) (allWait bool) {
	n := c.n.Add(uint64(threads*oneThread + waiting))
	return n>>32 > 0 && n>>32 == n&(oneThread-1)
}

func (c *threadCount) threads() int { return int(c.n.Load() >> 32) }

// Begin counts a thread that runs on the group's memory. It fails with the group's cause once that has ended.
func (g *Group) Begin() error {
	g.count.add(1, 0)
	if err := g.Cause(); err != nil {
		g.End()
		return err
	}
	return nil
}

// End is the end of a thread that Begin counted.
func (g *Group) End() {
	if g.count.add(-1, 0) && g.DetectDeadlock {
		g.Stop(&DeadlockError{})
	}
	if g.ended.Load() && g.count.threads() == 0 { // a thousand threads may end at once, so they do not all take the lock
		g.mu.Lock()
		g.closeIfQuiet()
		g.mu.Unlock()
	}
}

// closeIfQuiet closes g.quiet once the group has ended and has no threads.
func (g *Group) closeIfQuiet() {
	if g.quiet == nil || g.cause == nil || g.count.threads() > 0 {
		return
	}
	select {
	case <-g.quiet:
	default:
		close(g.quiet)
	}
}

// Threads returns the number of threads between Begin and End.
func (g *Group) Threads() int { return g.count.threads() }

// Running returns the number of threads that do not wait for a notification without a time-out.
func (g *Group) Running() int {
	n := g.count.n.Load()
	return int(n>>32) - int(n&(oneThread-1))
}

// Stop ends the group with the given cause, unless it has ended already, and reports whether it did. Nothing runs in
// the guest afterwards: its memory is poisoned, so that every access faults; waiting threads wake; blocked host calls
// are interrupted; loops without memory accesses find their stack limit gone. Stop does not wait for that.
func (g *Group) Stop(cause error) bool {
	g.mu.Lock()
	if g.cause != nil {
		g.mu.Unlock()
		return false
	}
	g.cause = cause
	g.ended.Store(true)
	if g.done != nil {
		close(g.done)
	}
	g.closeIfQuiet()
	var blocked []*Instance
	for in := g.first; in != nil; in = in.next {
		atomic.StoreUint32(&in.Limit, 0)
		if in.blocked.Load() {
			blocked = append(blocked, in)
		}
	}
	memories := g.memories
	g.mu.Unlock()
	for _, m := range memories {
		m.poison()
	}
	for _, m := range memories {
		m.wakeIf(func(in *Instance) bool { return in.group == g })
	}
	for _, in := range blocked {
		in.interruptBlocked()
	}
	return true
}

// Cause is why the group has ended, nil while it lives.
func (g *Group) Cause() error {
	if !g.ended.Load() {
		return nil
	}
	return g.cause
}

// Ended is closed when the group ends.
func (g *Group) Ended() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done == nil {
		g.done = make(chan struct{})
		if g.cause != nil {
			close(g.done)
		}
	}
	return g.done
}

// Quiet is closed when the group has ended and its last thread too.
func (g *Group) Quiet() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.quiet == nil {
		g.quiet = make(chan struct{})
		g.closeIfQuiet()
	}
	return g.quiet
}

// StopAfter ends the group when ctx is done, with an error that is ctx.Err() and its cause. The function returned
// gives up on that.
func (g *Group) StopAfter(ctx context.Context) (release func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	if ctx.Err() != nil { // AfterFunc would do it in its own time
		g.Stop(contextError(ctx))
	}
	return context.AfterFunc(ctx, func() { g.Stop(contextError(ctx)) })
}

func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Instances returns the instances of the group at the moment.
func (g *Group) Instances() []*Instance {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []*Instance
	for in := g.first; in != nil; in = in.next {
		list = append(list, in)
	}
	return list
}

// add makes in a member.
func (g *Group) add(in *Instance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	in.group, in.prev, in.next = g, nil, g.first
	if g.first != nil {
		g.first.prev = in
	}
	g.first = in
	if g.cause != nil {
		atomic.StoreUint32(&in.Limit, 0)
	}
}

// remove ends in's membership and reports whether it was the last one.
func (g *Group) remove(in *Instance) (last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case in.prev != nil:
		in.prev.next = in.next
	case g.first == in:
		g.first = in.next
	}
	if in.next != nil {
		in.next.prev = in.prev
	}
	in.prev, in.next = nil, nil
	return g.first == nil
}

// adopt makes m one of the memories that Stop poisons.
func (g *Group) adopt(m *Memory) {
	g.mu.Lock()
	g.memories = append(g.memories, m)
	ended := g.cause != nil
	g.mu.Unlock()
	if ended {
		m.poison()
	}
}

// DeadlockError is why a group has ended all of whose threads waited for a notification without a time-out.
type DeadlockError struct {
	mu      sync.Mutex
	waiting []WaitingThread
}

// WaitingThread is a thread in memory.atomic.wait.
type WaitingThread struct {
	Thread  int32
	Address uint64
	Stack   []Frame
}

// maxWaiting bounds the list of a DeadlockError.
const maxWaiting = 100

// Waiting lists who waited where, 100 threads at most. It is complete when the group's threads have ended.
func (e *DeadlockError) Waiting() []WaitingThread {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]WaitingThread(nil), e.waiting...)
}

// Error lists the threads and the addresses, 8 at most.
func (e *DeadlockError) Error() string {
	var b strings.Builder
	b.WriteString("deadlock: all threads wait")
	for i, w := range e.Waiting() {
		if i == 8 {
			b.WriteString(", and so on")
			break
		}
		fmt.Fprintf(&b, "%s %s at address %#x", [...]string{":", ","}[min(i, 1)], threadName(w.Thread), w.Address)
		if len(w.Stack) > 0 {
			fmt.Fprintf(&b, " in %s", w.Stack[0].function())
		}
	}
	return b.String()
}

// Report lists the threads with their stacks.
func (e *DeadlockError) Report() string {
	var b strings.Builder
	b.WriteString("deadlock: all threads wait for a notification\n")
	for _, w := range e.Waiting() {
		fmt.Fprintf(&b, "%s waits at address %#x\n", threadName(w.Thread), w.Address)
		writeStack(&b, w.Stack)
	}
	return b.String()
}

// threadName is how messages name a thread.
func threadName(id int32) string {
	if id == 0 {
		return "main thread"
	}
	return "thread " + strconv.Itoa(int(id))
}

func (e *DeadlockError) full() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.waiting) >= maxWaiting
}

func (e *DeadlockError) note(w WaitingThread) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) < maxWaiting {
		e.waiting = append(e.waiting, w)
	}
}
