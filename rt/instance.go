package rt

import (
	"context"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
)

// Config holds what a host decides about an instance. The zero value is a good default.
type Config struct {
	// MaxMemory caps the size of each memory the instance defines, in bytes; 0 leaves the module's own limit. A
	// memory.grow beyond it fails with -1; a module whose initial size is beyond it is not instantiated.
	MaxMemory uint64
	// MaxStack is the Go stack that guest code may use, in bytes as estimated by the compiler, before it traps with
	// StackExhausted; 0 stands for 64 MiB. Go's own limit, which is fatal, is 1 GB.
	MaxStack uint32
	// Group is the thread group to join; nil stands for that of the instance's first memory, or a new one.
	Group *Group
}

// defaultMaxStack is Config.MaxStack's default.
const defaultMaxStack = 64 << 20

// Module is what is the same for all instances of a generated package.
type Module struct {
	// Name is the module's name.
	Name string
	// FuncNames holds the function names of the name section, a line per function index.
	FuncNames string

	names func() []string
}

// modules are those of the generated packages, by import path.
var modules sync.Map

// NewModule makes the Module of a generated package. pkgPath is the package's import path.
func NewModule(name, funcNames, pkgPath string) *Module {
	mod := &Module{Name: name, FuncNames: funcNames}
	mod.names = sync.OnceValue(func() []string { return strings.Split(mod.FuncNames, "\n") })
	modules.Store(pkgPath, mod)
	return mod
}

// FuncName returns the name of function i, or "".
func (mod *Module) FuncName(i int) string {
	if names := mod.names(); i >= 0 && i < len(names) {
		return names[i]
	}
	return ""
}

// Instance is the part of a module instance that is the same in every generated package; generated Instance types
// embed it. Host functions get a pointer to it. An instance serves one goroutine at a time.
type Instance struct {
	// Limit is the stack that guest code may use before it traps, in estimated bytes; 0 once the instance is stopped.
	// Functions on a cycle of calls compare it with their depth, and loops that touch no memory look at it. It is
	// accessed atomically.
	Limit uint32
	// Depth is the guest stack in use, in estimated bytes, when the instance last called out. Generated code passes
	// the depth in a register and stores it here only around calls that may come back in.
	Depth uint32

	mod    *Module
	mems   []*Memory
	active atomic.Int32 // calls in progress; those of a closed instance keep its memory
	closed atomic.Bool

	thread     int32
	group      *Group
	prev, next *Instance // in the group's list
	waiter     waiter
	blocking   blocking
	blocked    atomic.Bool
	stackLow   uint32 // of the shadow stack
	stackSize  uint32
	state      atomic.Uint64
	beats      atomic.Uint64
	spins      uint32
}

// Setup is called once by generated code before anything else.
func (in *Instance) Setup(mod *Module, cfg Config) {
	in.mod, in.Limit = mod, cfg.MaxStack
	if in.Limit == 0 {
		in.Limit = defaultMaxStack
	}
	g := cfg.Group
	if g == nil {
		g = &Group{}
	}
	g.add(in)
}

// SetupThread makes in an instance like parent over the same memories, for thread id of its group.
func (in *Instance) SetupThread(parent *Instance, id int32) {
	in.mod, in.Limit, in.thread = parent.mod, parent.group.ThreadStack, id
	if in.Limit == 0 {
		in.Limit = defaultMaxStack
	}
	in.mems = parent.mems // never appended to again
	for _, m := range in.mems {
		m.retain()
	}
	parent.group.add(in)
}

// Core returns the instance itself, also from the generated types that embed it.
func (in *Instance) Core() *Instance { return in }

// Module returns what the instance was made from.
func (in *Instance) Module() *Module { return in.mod }

// Group returns the instance's thread group.
func (in *Instance) Group() *Group { return in.group }

// Thread returns the id of the thread that the instance belongs to: 0 for a main thread, else from 1 to 2^29-1.
func (in *Instance) Thread() int32 { return in.thread }

// AddMemory registers memory m with the instance, in index order. Memory 0 is what Mem returns. The instance holds m
// until it is closed.
func (in *Instance) AddMemory(m *Memory) {
	m.retain()
	in.addMemory(m)
}

// NewMemory makes a memory that the module defines and registers it.
func (in *Instance) NewMemory(t MemoryType, guard bool, cfg Config) (*Memory, error) {
	m, err := NewMemory(t, guard, cfg.MaxMemory)
	if err == nil {
		in.addMemory(m)
	}
	return m, err
}

// addMemory registers m and unites the groups: an instance without a group of its own joins that of its first memory.
func (in *Instance) addMemory(m *Memory) {
	in.mems = append(in.mems, m)
	if g := m.join(in.group); g != in.group && len(in.mems) == 1 && !in.group.Fatal {
		in.group.remove(in)
		g.add(in)
	}
}

// Mem returns memory 0 of the instance, nil if it has none.
func (in *Instance) Mem() *Memory {
	if len(in.mems) == 0 {
		return nil
	}
	return in.mems[0]
}

// At records the depth at which the instance calls out and returns the instance, for the callee.
func (in *Instance) At(depth uint32) *Instance {
	in.Depth = depth
	return in
}

// Entry is the state that Enter saves for Leave.
type Entry struct {
	depth        uint32
	panicOnFault bool
}

// Enter begins a call from the host into guest code. Each successful Enter is followed by a deferred Leave.
func (in *Instance) Enter() (Entry, error) {
	nested := in.active.Add(1) > 1
	if in.stopped() {
		in.leave()
		return Entry{}, in.cause()
	}
	e := Entry{depth: in.Depth, panicOnFault: debug.SetPanicOnFault(true)}
	if nested {
		in.Depth += hostFrames
	}
	return e, nil
}

// hostFrames is what a call back into the guest adds to the depth, in bytes, for the host's frames in between: the
// stack that a guest may use through the host is bounded as well. 4096 nested calls back fit into the limit of 64 MiB,
// and at Go's limit of 1 GB each may have 256 KiB.
const hostFrames = 16 << 10

// Leave ends a call from the host into guest code; it must be deferred. It turns a trap, an exit or a panic of a host
// function into *err.
func (in *Instance) Leave(e Entry, err *error) {
	if v := recover(); v != nil {
		*err = in.outcome(v)
	}
	in.Depth = e.depth
	debug.SetPanicOnFault(e.panicOnFault)
	in.leave()
}

// outcome makes the error for a recovered panic value. It runs on the panicking stack. In a stopped instance every panic
// is a consequence of the stop.
func (in *Instance) outcome(v any) error {
	in.unblock()
	if in.stopped() {
		return in.stoppedAt()
	}
	err := in.errorOf(v)
	if in.group.Fatal {
		in.group.Stop(err)
		return in.group.Cause()
	}
	return err
}

func (in *Instance) errorOf(v any) error {
	switch v := v.(type) {
	case *ExitError:
		return v
	case failure:
		return v.err
	case *Trap: // of an instance further down, passed on
		return v
	}
	stack, inGuest := guestStack()
	if kind, ok := v.(TrapKind); ok { // also from a host function that found the guest's arguments out of bounds
		return &Trap{Kind: kind, Thread: in.thread, Stack: stack}
	}
	if inGuest {
		if kind, ok := kindOf(v); ok {
			return &Trap{Kind: kind, Thread: in.thread, Stack: stack}
		}
	}
	return &PanicError{Value: v, Thread: in.thread, Stack: stack, GoStack: debug.Stack()}
}

// stoppedAt returns the cause of the stop. In a deadlock it notes where the thread waited.
func (in *Instance) stoppedAt() error {
	cause := in.cause()
	if d, ok := cause.(*DeadlockError); ok && in.waiter.stopped && !d.full() {
		stack, _ := guestStack()
		d.note(WaitingThread{Thread: in.thread, Address: in.waiter.addr, Stack: stack})
	}
	return cause
}

// stopped reports whether the instance or its group has ended.
func (in *Instance) stopped() bool { return in.closed.Load() || in.group.ended.Load() }

// cause is why the instance is stopped.
func (in *Instance) cause() error {
	if err := in.group.Cause(); err != nil {
		return err
	}
	return ErrClosed
}

// Stopped is what guest code panics with to unwind a thread of a stopped instance.
var Stopped any = stopped{}

type stopped struct{}

// CheckStopped unwinds the guest's call if the instance has been stopped.
func (in *Instance) CheckStopped() {
	if in.stopped() {
		panic(Stopped)
	}
}

// Exhausted is what a function panics with that finds no stack left: a trap, or the end of a stopped instance.
func (in *Instance) Exhausted() any {
	if in.stopped() {
		return Stopped
	}
	return StackExhausted
}

// StopAfter stops the instance, with its thread group, when ctx is done; calls then return an error that is ctx.Err().
// The function returned gives up on that and reports whether it was in time, like that of context.AfterFunc.
//
//	defer m.StopAfter(ctx)()
func (in *Instance) StopAfter(ctx context.Context) (release func() bool) {
	return in.group.StopAfter(ctx)
}

func (in *Instance) leave() {
	if in.active.Add(-1) == 0 && in.closed.Load() {
		in.release()
	}
}

// release gives the memories back, once.
func (in *Instance) release() {
	if in.active.CompareAndSwap(0, -1<<30) {
		for _, m := range in.mems {
			m.Close()
		}
	}
}

// Close stops the instance and releases its memory. Calls in progress end with ErrClosed; a loop in guest code that
// does nothing but access a memory that other instances hold as well can not be stopped. Closing twice is allowed.
func (in *Instance) Close() error {
	in.active.Add(1)
	if in.closed.CompareAndSwap(false, true) {
		in.group.remove(in)
		if in.active.Load() > 1 {
			in.stopCalls()
		}
	}
	in.leave()
	return nil
}

// stopCalls ends the calls in progress of a closed instance.
func (in *Instance) stopCalls() {
	atomic.StoreUint32(&in.Limit, 0)
	for _, m := range in.mems {
		if m.refs.Load() == 1 {
			m.poison()
		}
	}
	in.wake()
	in.interruptBlocked()
}

// State is what a thread does.
type State uint8

// The states of a thread.
const (
	Running State = iota // in guest code, or in a host function that does not block
	Waiting              // in memory.atomic.wait
	Blocked              // in a host function that may block
	Idle                 // in no call
)

// String returns the state as one word.
func (s State) String() string { return [...]string{"running", "waiting", "blocked", "idle"}[s] }

// Status is a snapshot of a thread.
type Status struct {
	Thread  int32
	State   State
	Address uint64 // that it waits for
	Host    string // the host function it is blocked in
	// Beats counts the times that the thread has waited, blocked, yielded, or called a host function that counts, such as
	// those that read and write: a thread that is stuck has no more of them.
	Beats uint64
}

// Status returns what the instance's thread does. It may be called from any goroutine.
func (in *Instance) Status() Status {
	v := in.state.Load()
	s := Status{Thread: in.thread, State: State(v & 3), Beats: in.beats.Load()}
	switch {
	case in.active.Load() <= 0:
		s.State = Idle
	case s.State == Waiting:
		s.Address = v >> 2
	case s.State == Blocked:
		s.Host = in.blocking.name()
	}
	return s
}

// Beat counts a sign of life for Status.
func (in *Instance) Beat() { in.beats.Add(1) }
