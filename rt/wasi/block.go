package wasi

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// waits is the calls of a System that block, so that Close can end them.
type waits struct {
	mu     sync.Mutex
	closed bool
	calls  map[*rt.Instance]func()
}

// block calls op, which may block, on behalf of the host function called name. If the instance is stopped or the System
// closed meanwhile, interrupt makes op return soon, called from another goroutine; then restore, which may be nil, takes
// that back and the guest's call is unwound. So who calls block holds locks by defer only.
func (ws *waits) block(in *rt.Instance, name string, interrupt, restore, op func()) {
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
		rt.Fail(ErrClosed) // unless the instance was stopped, whose cause comes first
	}()
	in.Block(name, stop)
	defer in.Unblock()
	ws.add(in, stop)
	defer ws.remove(in)
	op()
}

func (ws *waits) add(in *rt.Instance, stop func()) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		rt.Fail(ErrClosed)
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
func (ws *waits) selects(in *rt.Instance, name string, op func(stop <-chan struct{})) {
	stop := make(chan struct{}, 1)
	interrupt := func() {
		select {
		case stop <- struct{}{}:
		default:
		}
	}
	ws.block(in, name, interrupt, nil, func() { op(stop) })
}

// past is a deadline that ends an operation in progress.
var past = time.Unix(1, 0)

// timed is block for an op that a deadline interrupts. Afterwards there is none.
func (ws *waits) timed(in *rt.Instance, name string, setDeadline func(time.Time) error, op func()) {
	set := func(t time.Time) func() {
		return func() { _ = setDeadline(t) } // fails for what is closed, where op fails too
	}
	ws.block(in, name, set(past), set(time.Time{}), op)
}

// hasDeadline reports whether deadlines work.
func hasDeadline(setDeadline func(time.Time) error) bool { return setDeadline(time.Time{}) == nil }

// blocked calls an op that may block and that nothing can interrupt: the group gives a stopped thread up that stays in
// it.
func blocked(in *rt.Instance, name string, op func()) {
	in.Block(name, nil)
	defer in.Unblock()
	op()
}

// turn is a lock that a stopped thread does not wait for. It is a third of a channel's cost while nobody waits.
type turn struct {
	taken   atomic.Bool
	waiting atomic.Int32
	wake    chan struct{} // a token when the turn was given back and somebody waits
}

func newTurn() turn { return turn{wake: make(chan struct{}, 1)} }

// take waits for the turn; it is followed by a deferred release.
func (t *turn) take(ws *waits, in *rt.Instance, name string) {
	if !t.try() {
		t.wait(ws, in, name)
	}
}

func (t *turn) try() bool { return t.taken.CompareAndSwap(false, true) }

// wait says that it waits before it tries, and release looks whether somebody waits after giving the turn back; so one
// of them sees the other.
func (t *turn) wait(ws *waits, in *rt.Instance, name string) {
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	taken, returned := false, false
	defer func() {
		if taken && !returned { // the thread was stopped at this moment
			t.release()
		}
	}()
	ws.selects(in, name, func(stop <-chan struct{}) {
		for taken = t.try(); !taken; taken = t.try() {
			select {
			case <-t.wake:
			case <-stop:
				return
			}
		}
	})
	returned = true
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
func (h *helper[T]) do(ws *waits, in *rt.Instance, name string, op func() T) T {
	if !h.busy {
		h.busy = true
		go h.run(op)
	}
	var o outcome[T]
	got, returned := false, false
	defer func() {
		if got && !returned { // the thread was stopped at this moment
			h.busy = true
			h.deliver(o)
		}
	}()
	ws.selects(in, name, func(stop <-chan struct{}) {
		select {
		case o = <-h.out:
			got, h.busy = true, false
		case <-stop:
		}
	})
	returned = true
	if !o.ok {
		panic(o.panicked)
	}
	return o.value
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
