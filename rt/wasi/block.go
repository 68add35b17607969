package wasi

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// caller is who calls a function that may block.
type caller struct {
	in       *rt.Instance
	name     string // of the function
	ws       *waits // of the descriptor
	nonblock bool   // the descriptor's flag
}

// waits is the calls that block, of a System or of a descriptor, so that closing it ends them.
type waits struct {
	up     *waits // the System's, for a descriptor
	mu     sync.Mutex
	closed bool
	calls  map[*rt.Instance]func()
}

// block calls op, which may block. If the instance is stopped or the System or the descriptor closed meanwhile, interrupt
// makes op return soon, called from another goroutine; then restore, which may be nil, takes that back. If it was the
// descriptor, the error is EBADF, else the guest's call is unwound. So who calls block holds locks by defer only.
func (c caller) block(interrupt, restore, op func()) (err error) {
	var interrupted atomic.Bool
	stop := func() {
		interrupted.Store(true)
		interrupt()
	}
	defer func() { // when stop can not be called any more
		if !interrupted.Load() {
			return
		}
		if restore != nil {
			restore()
		}
		err = c.ws.cause()
	}()
	c.in.Block(c.name, stop)
	defer c.in.Unblock()
	for ws := c.ws; ws != nil; ws = ws.up {
		ws.add(c.in, stop)
		defer ws.remove(c.in)
	}
	op()
	return nil
}

// cause is EBADF if the descriptor was closed. If the System was, it unwinds the guest's call, and if the instance was
// stopped too, whose cause comes first.
func (ws *waits) cause() error {
	closed := false
	for ; ws.up != nil; ws = ws.up {
		closed = closed || ws.isClosed()
	}
	if closed && !ws.isClosed() {
		return EBADF
	}
	rt.Fail(ErrClosed)
	return nil
}

func (ws *waits) isClosed() bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.closed
}

func (ws *waits) add(in *rt.Instance, stop func()) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		stop()
	}
	if ws.calls == nil {
		ws.calls = make(map[*rt.Instance]func())
	}
	ws.calls[in] = stop
}

func (ws *waits) remove(in *rt.Instance) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.calls, in)
}

// close ends all waits, present and future ones.
func (ws *waits) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, stop := range ws.calls {
		stop()
	}
}

// selects is block for an op that selects on the channel it is given besides what it waits for.
func (c caller) selects(op func(stop <-chan struct{})) error {
	stop := make(chan struct{}, 1)
	interrupt := func() {
		select {
		case stop <- struct{}{}:
		default:
		}
	}
	return c.block(interrupt, nil, func() { op(stop) })
}

// sleep waits for d, or until the call is to end.
func (c caller) sleep(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	return c.selects(func(stop <-chan struct{}) {
		select {
		case <-t.C:
		case <-stop:
		}
	})
}

// past is a deadline that ends an operation in progress.
var past = time.Unix(1, 0)

// timed is block for an op that a deadline interrupts. Afterwards there is none.
func (c caller) timed(setDeadline func(time.Time) error, op func()) error {
	set := func(t time.Time) func() {
		return func() { _ = setDeadline(t) } // fails for what is closed, where op fails too
	}
	return c.block(set(past), set(time.Time{}), op)
}

// hasDeadline reports whether deadlines work.
func hasDeadline(setDeadline func(time.Time) error) bool { return setDeadline(time.Time{}) == nil }

// blocked calls an op that may block and that nothing can interrupt: the group gives a stopped thread up that stays in
// it.
func (c caller) blocked(op func()) {
	c.in.Block(c.name, nil)
	defer c.in.Unblock()
	op()
}

// turn is a lock that a stopped thread does not wait for. It is a third of a channel's cost while nobody waits.
type turn struct {
	taken   atomic.Bool
	waiting atomic.Int32
	wake    chan struct{} // a token when the turn was given back and somebody waits
}

func newTurn() turn { return turn{wake: make(chan struct{}, 1)} }

// take waits for the turn, unless the descriptor has the flag nonblock. If there is no error, a deferred release follows.
func (t *turn) take(c caller) error {
	switch {
	case t.try():
		return nil
	case c.nonblock:
		return EAGAIN
	}
	return t.wait(c)
}

func (t *turn) try() bool { return t.taken.CompareAndSwap(false, true) }

// wait says that it waits before it tries, and release looks whether somebody waits after giving the turn back; so one
// of them sees the other.
func (t *turn) wait(c caller) (err error) {
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	taken, returned := false, false
	defer func() {
		if taken && (!returned || err != nil) { // the thread was stopped or the descriptor closed at this moment
			t.release()
		}
	}()
	err = c.selects(func(stop <-chan struct{}) {
		for taken = t.try(); !taken; taken = t.try() {
			select {
			case <-t.wake:
			case <-stop:
				return
			}
		}
	})
	returned = true
	return err
}

func (t *turn) release() {
	t.taken.Store(false)
	if t.waiting.Load() > 0 {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// helper does an operation that nothing can interrupt in a goroutine of its own, one at a time, so that a stopped thread
// leaves at once. What comes too late is there for the next caller.
type helper[T any] struct {
	busy bool // an operation is in progress, or its outcome in out
	out  chan outcome[T]
	// delivered, if not nil, is called when out has got an outcome.
	delivered func()
}

// outcome is what an operation returned, or the value that it panicked with.
type outcome[T any] struct {
	value    T
	panicked any
	ok       bool
}

func newHelper[T any]() helper[T] { return helper[T]{out: make(chan outcome[T], 1)} }

// do returns what op returns, or an earlier op that was left. The caller has the turn.
func (h *helper[T]) do(c caller, op func() T) (value T, err error) {
	if !h.busy {
		h.busy = true
		go h.run(op)
	}
	var o outcome[T]
	got, returned := false, false
	defer func() {
		if got && (!returned || err != nil) { // the thread was stopped or the descriptor closed at this moment
			h.busy = true
			h.deliver(o)
		}
	}()
	err = c.selects(func(stop <-chan struct{}) {
		select {
		case o = <-h.out:
			got, h.busy = true, false
		case <-stop:
		}
	})
	returned = true
	if err != nil {
		return value, err
	}
	if !o.ok {
		panic(o.panicked)
	}
	return o.value, nil
}

func (h *helper[T]) run(op func() T) {
	var o outcome[T]
	defer func() {
		if !o.ok {
			o.panicked = recover()
		}
		h.deliver(o)
	}()
	o.value = op()
	o.ok = true
}

func (h *helper[T]) deliver(o outcome[T]) {
	h.out <- o // never blocks: one outcome at a time
	if h.delivered != nil {
		h.delivered()
	}
}
