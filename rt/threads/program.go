// Package threads runs modules with threads (wasi-threads): each thread of the guest is an instance of the module over
// one memory, on a goroutine of its own. A Program is such a module at work; the threads, and the goroutines of the host
// that call into it, are one rt.Group: the first of trap, exit, host panic, return of main, cancelled context and Close
// ends them all, and is what every caller gets.
//
//	err := threads.Run(ctx, app.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, threads.Config{})
package threads

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// Config is what a host decides about a Program. The zero value is a good default.
type Config struct {
	// MaxThreads limits the threads of the guest that live at the same time, besides the main thread, and those of the
	// host that are attached; 0 stands for 1024. Beyond it thread-spawn returns a negative number.
	MaxThreads int
	// MaxMemory caps the memory, in bytes, and MaxStack the stack of the main thread, as in rt.Config.
	MaxMemory uint64
	MaxStack  uint32
	// ThreadStack is MaxStack for other threads; 0 stands for 8 MiB.
	ThreadStack uint32
	// Grace is how long a caller waits for the other threads when the program has ended; 0 stands for one second. A host
	// function that blocks longer and can not be interrupted is abandoned: its goroutine ends when it returns.
	Grace time.Duration
	// GuestStack is the size of the shadow stack, in linear memory, of a host goroutine that is attached; 0 stands for
	// 64 KiB.
	GuestStack int32
	// TLSSize is the size of a thread's thread-local storage, for modules that do not export __tls_size.
	TLSSize int32
	// Attached, if set, is called with the address of the thread-local storage of each instance that is made for Do, and its
	// thread's id, so that the host can complete libc's record of the thread where the library needs it.
	Attached func(mem *rt.Memory, tls, id int32) error
	// Alloc and Free give linear memory for the shadow stacks and thread-local storage of attached goroutines. By
	// default they are the module's exports malloc and free.
	Alloc func(size int32) (addr int32, err error)
	Free  func(addr int32)
	// IdleTime is how long an attached instance is kept for the next Do; 0 stands for ten seconds.
	IdleTime time.Duration
	// HostNotifies says that the host may wake threads of the guest by rt.Notify, so that Run does not take it for a
	// deadlock when all of them wait.
	HostNotifies bool
}

const (
	defaultMaxThreads  = 1024
	defaultThreadStack = 8 << 20
	defaultGrace       = time.Second
	defaultGuestStack  = 64 << 10
	defaultIdleTime    = 10 * time.Second
)

// Instance is what an *Instance of a generated package is, I, if the module has a shared memory.
type Instance[I any] interface {
	rt.Exporter
	Core() *rt.Instance
	NewThread(id int32) (I, error)
	Close() error
}

// Program is a module with threads at work.
type Program[I Instance[I]] struct {
	cfg   Config
	group *rt.Group
	main  I
	mem   *rt.Memory // that the program has made for its import, or nil
	ids   ids
	pool  pool[I]
	once  sync.Once // of Close
	// running says that the main thread is in _start.
	running atomic.Bool
	// held is the main thread's place in the count of the group, from New to the return of _start, or to the end where
	// there is no Run: as long as the host can call in, no waiting is a deadlock.
	held sync.Once

	number string // the label of the program
}

// New makes a Program: it instantiates the module, with the start function, and calls the export _initialize if there
// is one, until ctx is done. instantiate is Instantiate of the generated package. The host resolves the imports; what
// it leaves are thread-spawn of module wasi and the memory, which the program provides.
func New[I Instance[I]](ctx context.Context, instantiate func(rt.Config, rt.Resolver) (I, error), host rt.Resolver, cfg Config) (*Program[I], error) {
	cfg.setDefaults()
	p := &Program[I]{cfg: cfg, number: strconv.FormatInt(programs.Add(1), 10)}
	p.group = &rt.Group{Fatal: true, DetectDeadlock: !cfg.HostNotifies, ThreadStack: cfg.ThreadStack}
	p.ids.max = cfg.MaxThreads
	p.pool.p = p
	_ = p.group.Begin() // the group is new
	defer p.group.StopAfter(ctx)()
	var err error
	p.main, err = instantiate(rt.Config{MaxMemory: cfg.MaxMemory, MaxStack: cfg.MaxStack, Group: p.group}, resolver[I]{p, host})
	if err == nil {
		err = p.initialize()
	}
	if err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

func (c *Config) setDefaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&c.Grace, defaultGrace}, {&c.IdleTime, defaultIdleTime}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxThreads == 0 {
		c.MaxThreads = defaultMaxThreads
	}
	if c.ThreadStack == 0 {
		c.ThreadStack = defaultThreadStack
	}
	if c.GuestStack == 0 {
		c.GuestStack = defaultGuestStack
	}
}

// resolver adds to the host's imports what the program provides.
type resolver[I Instance[I]] struct {
	p    *Program[I]
	host rt.Resolver
}

// Resolve implements rt.Resolver.
func (r resolver[I]) Resolve(module, name string) any {
	if r.host != nil {
		if v := r.host.Resolve(module, name); v != nil {
			return v
		}
	}
	if module == "wasi" && name == "thread-spawn" {
		return rt.MustFunc(r.p.ThreadSpawn)
	}
	return nil
}

// MakeMemory implements rt.MemoryMaker.
func (r resolver[I]) MakeMemory(_, _ string, t rt.MemoryType, guard bool) (*rt.Memory, error) {
	m, err := rt.NewMemory(t, guard, r.p.cfg.MaxMemory)
	r.p.mem = m
	return m, err
}

// initialize makes a reactor ready (WASI application ABI).
func (p *Program[I]) initialize() error {
	f, ok := p.main.Export("_initialize").(*rt.Func)
	if !ok || f.Type != ":" {
		return nil
	}
	_, err := f.Call()
	return err
}

// Run makes a Program of a command, runs it and closes it.
func Run[I Instance[I]](ctx context.Context, instantiate func(rt.Config, rt.Resolver) (I, error), host rt.Resolver, cfg Config) error {
	p, err := New(ctx, instantiate, host, cfg)
	if err != nil {
		return err
	}
	return p.Run(ctx)
}

// errReturned is the cause of a group whose main thread has returned.
var errReturned = errors.New("the main thread has returned")

// Run calls the export _start of a command as the main thread and closes the program when it has ended. The error is
// nil if _start returned, an *rt.ExitError if a thread called proc_exit, an *rt.Trap, *rt.PanicError or
// *rt.DeadlockError, or ctx's if it was done first.
func (p *Program[I]) Run(ctx context.Context) error {
	defer p.Close()
	start, ok := p.main.Export("_start").(*rt.Func)
	if !ok || start.Type != ":" {
		return errors.New("the module does not export a function _start without parameters")
	}
	defer p.group.StopAfter(ctx)()
	p.running.Store(true)
	go func() {
		defer p.unhold()
		pprof.SetGoroutineLabels(p.threadLabels(0))
		_, err := start.Call()
		if err == nil {
			err = errReturned
		}
		p.group.Stop(err)
	}()
	<-p.group.Ended()
	p.settle()
	return p.outcome()
}

// unhold ends the main thread's place in the count.
func (p *Program[I]) unhold() { p.held.Do(p.group.End) }

// outcome is the group's cause as callers see it.
func (p *Program[I]) outcome() error {
	if err := p.group.Cause(); err != errReturned {
		return err
	}
	return nil
}

// settle waits until the threads of the ended group are gone, for the time of grace at most.
func (p *Program[I]) settle() {
	quiet := p.group.Quiet()
	select {
	case <-quiet:
		return
	default:
	}
	t := time.NewTimer(p.cfg.Grace)
	defer t.Stop()
	select {
	case <-quiet:
	case <-t.C:
	}
}

// Wait blocks until the program has ended, of itself or by Close or Stop, and returns why; nil stands for the return of
// main.
func (p *Program[I]) Wait() error {
	<-p.group.Ended()
	if !p.running.Load() {
		p.unhold()
	}
	p.settle()
	return p.outcome()
}

// Stop ends the program with the given cause, which must not be nil. It does not wait.
func (p *Program[I]) Stop(cause error) { p.group.Stop(cause) }

// Close ends the program if it runs, waits for its threads, and releases its memory. Closing twice is allowed. A call
// from within the program, which is one of its threads, waits for itself in vain, for the time of grace.
func (p *Program[I]) Close() error {
	p.once.Do(func() {
		p.group.Stop(rt.ErrClosed)
		if !p.running.Load() {
			p.unhold()
		}
		p.settle()
		p.release()
	})
	return nil
}

// release gives up the program's holds on memory. An abandoned thread keeps its own.
func (p *Program[I]) release() {
	p.group.Stop(rt.ErrClosed)
	p.unhold()
	p.pool.close()
	var none I
	if any(p.main) != any(none) {
		p.main.Close()
	}
	if p.mem != nil {
		p.mem.Close()
	}
}

// Group returns the thread group, for its Ended, Cause and StopAfter.
func (p *Program[I]) Group() *rt.Group { return p.group }

// Main returns the instance of the main thread. Between calls of Do it must not be entered by more than one goroutine.
func (p *Program[I]) Main() I { return p.main }

// Memory returns memory 0, which all threads share.
func (p *Program[I]) Memory() *rt.Memory { return p.main.Core().Mem() }

// errorf adds what the program was doing to an error of its own.
func errorf(format string, args ...any) error { return fmt.Errorf("threads: "+format, args...) }
