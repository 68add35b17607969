package threads

import (
	"context"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// stacked is an instance whose module keeps a shadow stack in linear memory.
type stacked interface {
	ShadowStackPointer() *int32
}

// attached is an instance that goroutines of the host use, one at a time. It is a thread of the guest with a shadow
// stack and thread-local storage of its own.
type attached[I Instance[I]] struct {
	in    I
	block int32 // address of its stack and thread-local storage
	used  time.Time

	labels context.Context
}

// pool holds the attached instances that are idle; the one used last is taken first, so that the others age.
type pool[I Instance[I]] struct {
	p      *Program[I]
	mu     sync.Mutex
	idle   []*attached[I]
	timer  *time.Timer
	closed bool
	mainMu sync.Mutex // one call of malloc or free at a time on the main instance
}

// Do calls f with an instance that is a thread of its own of the program: any number of goroutines may be in Do. The
// instance, whose thread-local variables keep their values between calls, is f's until it returns. When ctx is done
// before, the whole program is stopped: a thread that is cut off in the middle leaves locks held and data half written,
// so nothing of its memory can be used again. Do returns what f does, or why no instance could be had; when the program has
// ended and f failed, or touched the memory that was taken away, it returns the cause of that.
func (p *Program[I]) Do(ctx context.Context, f func(I) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.group.Begin(); err != nil {
		return err
	}
	defer p.group.End()
	a, err := p.pool.get()
	if err != nil {
		return err
	}
	defer p.pool.put(a)
	defer p.group.StopAfter(ctx)()
	pprof.SetGoroutineLabels(a.labels)
	defer pprof.SetGoroutineLabels(ctx)
	err = a.in.Core().Contain(func() error { return f(a.in) })
	if cause := p.group.Cause(); err != nil && cause != nil {
		return cause
	}
	return err
}

func (pl *pool[I]) get() (*attached[I], error) {
	pl.mu.Lock()
	if n := len(pl.idle); n > 0 {
		a := pl.idle[n-1]
		pl.idle = pl.idle[:n-1]
		pl.mu.Unlock()
		return a, nil
	}
	pl.mu.Unlock()
	return pl.p.attach()
}

// put gives an instance back; that of an ended program is closed.
func (pl *pool[I]) put(a *attached[I]) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.closed || pl.p.group.Cause() != nil {
		pl.p.drop(a)
		return
	}
	a.used = time.Now()
	pl.idle = append(pl.idle, a)
	if pl.timer == nil {
		pl.timer = time.AfterFunc(pl.p.cfg.IdleTime, pl.trim)
	}
}

// trim detaches what has been idle for too long.
func (pl *pool[I]) trim() {
	limit := pl.p.cfg.IdleTime
	now := time.Now()
	pl.mu.Lock()
	n := 0 // idle is in order of use
	for n < len(pl.idle) && now.Sub(pl.idle[n].used) >= limit {
		n++
	}
	old := pl.idle[:n]
	pl.idle = append([]*attached[I](nil), pl.idle[n:]...)
	pl.timer = nil
	if len(pl.idle) > 0 && !pl.closed {
		pl.timer = time.AfterFunc(limit-now.Sub(pl.idle[0].used), pl.trim)
	}
	pl.mu.Unlock()
	for _, a := range old {
		pl.p.detach(a)
	}
}

func (pl *pool[I]) close() {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.closed = true
	if pl.timer != nil {
		pl.timer.Stop()
		pl.timer = nil
	}
	for _, a := range pl.idle {
		pl.p.drop(a)
	}
	pl.idle = nil
}

// Idle returns the number of attached instances that wait for a Do.
func (p *Program[I]) Idle() int {
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	return len(p.pool.idle)
}

// attach makes an instance with a stack and thread-local storage.
func (p *Program[I]) attach() (*attached[I], error) {
	id, ok := p.ids.get()
	if !ok {
		return nil, errTooMany
	}
	in, err := p.main.NewThread(id)
	if err != nil {
		p.ids.put(id)
		return nil, err
	}
	a := &attached[I]{in: in, labels: p.threadLabels(id)}
	if a.block, err = p.setUp(in); err != nil {
		p.drop(a)
		return nil, err
	}
	return a, nil
}

// detach ends an instance and gives its stack back to the guest's allocator.
func (p *Program[I]) detach(a *attached[I]) {
	if a.block != 0 && p.group.Begin() == nil {
		p.free(a.block)
		p.group.End()
	}
	p.drop(a)
}

func (p *Program[I]) drop(a *attached[I]) {
	p.ids.put(a.in.Core().Thread())
	a.in.Close()
}

// linkFlags is how a module gets what attaching needs.
const linkFlags = "link it with -Wl,--export=__stack_pointer,--export=__wasm_init_tls,--export=__tls_size,--export=__tls_align"

// setUp gives an instance its stack and its thread-local storage, by the C ABI of the tool conventions
// (WebAssembly/tool-conventions, Linking.md): __stack_pointer is the end of a stack that grows down, __wasm_init_tls
// takes __tls_size bytes. It returns the address of the block that holds both, 0 for a module that has neither.
func (p *Program[I]) setUp(in I) (block int32, err error) {
	initTLS, hasTLS := in.Export("__wasm_init_tls").(*rt.Func)
	st, hasStack := any(in).(stacked)
	switch {
	case !hasTLS && !hasStack:
		return 0, nil
	case !hasTLS || initTLS.Type != "i:":
		return 0, errorf("the module does not export __wasm_init_tls(i32): %s", linkFlags)
	case !hasStack:
		return 0, errorf("the module has no known __stack_pointer: %s", linkFlags)
	}
	const stackAlign = 16
	size, ok := constant(in, "__tls_size")
	if !ok {
		size = p.cfg.TLSSize
	}
	if size <= 0 {
		return 0, errorf("the module does not export the constant __tls_size, and Config.TLSSize is not set: %s", linkFlags)
	}
	align, _ := constant(in, "__tls_align")
	align = max(align, stackAlign)
	stack := p.cfg.GuestStack &^ (stackAlign - 1)
	if block, err = p.alloc(stackAlign + stack + align + size); err != nil {
		return 0, err
	}
	top := roundUp(block, stackAlign) + stack
	if in.Core().StackChecked() {
		in.Core().SetStack(uint32(top-stack), uint32(top))
	}
	*st.ShadowStackPointer() = top
	tls := roundUp(top, align)
	if _, err = initTLS.Call(tls); err == nil && p.cfg.Attached != nil {
		err = p.cfg.Attached(p.Memory(), tls, in.Core().Thread())
	}
	return block, err
}

func roundUp(addr, align int32) int32 {
	return int32((uint32(addr) + uint32(align) - 1) &^ (uint32(align) - 1))
}

func constant[I Instance[I]](in I, name string) (int32, bool) {
	g, ok := in.Export(name).(*rt.Global[int32])
	if !ok {
		return 0, false
	}
	return g.V, true
}

// alloc gets linear memory from the host's allocator, or by malloc on the main instance, whose stack nobody else uses.
func (p *Program[I]) alloc(size int32) (int32, error) {
	if p.cfg.Alloc != nil {
		return p.cfg.Alloc(size)
	}
	addr, err := p.onMain("malloc", "i:i", size)
	switch {
	case err != nil:
		return 0, err
	case addr == 0:
		return 0, errorf("malloc has no %d bytes for a stack", size)
	}
	return addr, nil
}

func (p *Program[I]) free(addr int32) {
	if p.cfg.Alloc != nil {
		if p.cfg.Free != nil {
			p.cfg.Free(addr)
		}
		return
	}
	_, _ = p.onMain("free", "i:", addr) // a trap has ended the program, which is told elsewhere
}

// onMain calls an export with one argument on the main instance.
func (p *Program[I]) onMain(name, typ string, arg int32) (int32, error) {
	p.pool.mainMu.Lock()
	defer p.pool.mainMu.Unlock()
	f, ok := p.main.Export(name).(*rt.Func)
	if !ok || f.Type != typ {
		return 0, errorf("the module does not export %s of type %s: link it with -Wl,--export=%s, or set Config.Alloc", name, typ, name)
	}
	if p.running.Load() {
		return 0, errorf("the main thread runs: Do beside Run needs Config.Alloc")
	}
	results, err := f.Call(arg)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return results[0].(int32), nil
}
