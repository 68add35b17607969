package rt

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// blocking is the host call that a thread is blocked in.
type blocking struct {
	mu        sync.Mutex
	active    bool
	what      string
	interrupt func()
}

func (b *blocking) name() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.what
}

// Block is called by a host function, what being its name, before it blocks. If the instance is stopped meanwhile,
// interrupt is called, from another goroutine; it must make the operation return soon and not block itself. It may be
// nil where the host function watches Group().Ended(), which closing the instance alone does not close. Block unwinds the
// call if the instance has been stopped already. Unblock must follow, on a panic as well.
//
//	in.Block("accept", func() { ln.SetDeadline(past) })
//	conn, err := ln.Accept()
//	in.Unblock()
func (in *Instance) Block(what string, interrupt func()) {
	b := &in.blocking
	b.mu.Lock()
	b.active, b.what, b.interrupt = true, what, interrupt
	b.mu.Unlock()
	in.beats.Add(1)
	in.state.Store(uint64(Blocked))
	in.blocked.Store(true)
	if in.stopped() {
		in.Unblock()
	}
}

// Unblock ends what Block began. It unwinds the call if the instance has been stopped meanwhile.
func (in *Instance) Unblock() {
	in.unblock()
	in.CheckStopped()
}

func (in *Instance) unblock() {
	in.blocked.Store(false)
	in.state.Store(uint64(Running))
	b := &in.blocking
	b.mu.Lock() // an interrupt in progress ends before the operation's successor begins
	b.active, b.interrupt = false, nil
	b.mu.Unlock()
}

// interruptBlocked ends the blocking operation in progress, if any.
func (in *Instance) interruptBlocked() {
	b := &in.blocking
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.active && b.interrupt != nil {
		b.interrupt()
		b.interrupt = nil
	}
}

// Yield lets other goroutines run, as sched_yield does. It unwinds the call if the instance has been stopped.
func (in *Instance) Yield() {
	in.beats.Add(1)
	in.CheckStopped()
	runtime.Gosched()
}

// spinLimit is the number of rounds that a loop spins before it gives way: at some ns a round a fraction of the
// microsecond that a switch between goroutines costs.
const spinLimit = 64

// Spin is called by guest loops that wait for another thread's store. It gives way to other goroutines now and then if
// the group's running threads outnumber the processors, of which the one waited for may be.
func (in *Instance) Spin() {
	if in.spins++; in.spins%spinLimit == 0 {
		in.spun()
	}
}

func (in *Instance) spun() {
	if atomic.LoadUint32(&in.Limit) == 0 {
		in.CheckStopped()
	}
	if in.group.Running() > processors {
		runtime.Gosched()
	}
}

// processors is GOMAXPROCS when the program began; runtime.GOMAXPROCS stops the world in some versions of Go.
var processors = runtime.GOMAXPROCS(0)
