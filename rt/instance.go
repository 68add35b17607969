package rt

import (
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
}

// Module is what is the same for all instances of a generated package.
type Module struct {
	// Name is the module's name.
	Name string
	// FuncNames holds the function names of the name section, a line per function index.
	FuncNames string

	pkg   string // import path of the generated package
	names func() []string
}

// NewModule makes the Module of a generated package. pkgPath is the package's import path.
func NewModule(name, funcNames, pkgPath string) *Module {
	mod := &Module{Name: name, FuncNames: funcNames, pkg: pkgPath}
	mod.names = sync.OnceValue(func() []string { return strings.Split(mod.FuncNames, "\n") })
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
	// Depth is the guest stack in use, in estimated bytes, when the instance last called out. Generated code passes
	// the depth in a register and stores it here only around calls that may come back in.
	Depth uint32

	mod    *Module
	mems   []*Memory
	active atomic.Int32 // calls in progress; those of a closed instance keep its memory
	closed atomic.Bool
}

// Setup is called once by generated code before anything else.
func (in *Instance) Setup(mod *Module) { in.mod = mod }

// Module returns what the instance was made from.
func (in *Instance) Module() *Module { return in.mod }

// AddMemory registers memory m with the instance, in index order. Memory 0 is what Mem returns. The instance holds m
// until it is closed.
func (in *Instance) AddMemory(m *Memory) {
	m.retain()
	in.mems = append(in.mems, m)
}

// NewMemory makes a memory that the module defines and registers it.
func (in *Instance) NewMemory(t MemoryType, guard bool, cfg Config) (*Memory, error) {
	m, err := NewMemory(t, guard, cfg.MaxMemory)
	if err == nil {
		in.mems = append(in.mems, m)
	}
	return m, err
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
	if in.closed.Load() {
		in.leave()
		return Entry{}, ErrClosed
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

// outcome makes the error for a recovered panic value. It runs on the panicking stack.
func (in *Instance) outcome(v any) error {
	switch v := v.(type) {
	case *ExitError:
		return v
	case failure:
		return v.err
	case *Trap: // of an instance further down, passed on
		return v
	}
	stack, inGuest := in.mod.guestStack()
	if kind, ok := v.(TrapKind); ok { // also from a host function that found the guest's arguments out of bounds
		return &Trap{Kind: kind, Stack: stack}
	}
	if inGuest {
		if kind, ok := kindOf(v, in.mems); ok {
			return &Trap{Kind: kind, Stack: stack}
		}
	}
	return &PanicError{Value: v, Stack: stack, GoStack: debug.Stack()}
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

// Close releases the instance's memory. Calls in progress end first; later ones return ErrClosed. Closing twice is
// allowed.
func (in *Instance) Close() error {
	in.active.Add(1)
	in.closed.Store(true)
	in.leave()
	return nil
}
