package threads

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// guest stands for a generated package: its functions are Go.
type guest struct {
	start  func(m *instance)                // _start
	thread func(m *instance, id, arg int32) // wasi_thread_start
}

// instance is an instance of it.
type instance struct {
	rt.Instance
	g     *guest
	spawn func(*rt.Instance, int32) int32
}

var module = rt.NewModule("guest", "", "guest")

func (g *guest) instantiate(cfg rt.Config, r rt.Resolver) (*instance, error) {
	m := &instance{g: g}
	m.Setup(module, cfg)
	var ref *rt.Func
	if err := rt.ImportFunc(r, "wasi", "thread-spawn", "i:i", &m.spawn, &ref); err != nil {
		return nil, err
	}
	mem, err := rt.ImportMemory(r, "env", "memory", rt.MemoryType{Min: 1, Max: 1, HasMax: true, Shared: true}, false)
	if err != nil {
		return nil, err
	}
	m.AddMemory(mem)
	return m, nil
}

func (m *instance) NewThread(id int32) (*instance, error) {
	t := &instance{g: m.g, spawn: m.spawn}
	t.SetupThread(&m.Instance, id)
	return t, t.call(func() {})
}

func (m *instance) call(f func()) (err error) {
	e, err := m.Enter()
	if err != nil {
		return err
	}
	defer m.Leave(e, &err)
	f()
	return nil
}

func (m *instance) WasiThreadStart(id, arg int32) error {
	return m.call(func() { m.g.thread(m, id, arg) })
}

func (m *instance) Export(name string) any {
	if name == "_start" && m.g.start != nil {
		return &rt.Func{Type: ":", Owner: &m.Instance, Fn: func(*rt.Instance) { m.g.start(m) }}
	}
	return nil
}

// wait waits for ever at an address nobody notifies.
func (m *instance) wait() { rt.Wait32(&m.Instance, m.Mem(), 8, 0, -1) }

// noneLeft checks that the test's goroutines end.
func noneLeft(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				buf := make([]byte, 1<<16)
				t.Fatalf("%d goroutines left:\n%s", runtime.NumGoroutine()-before, buf[:runtime.Stack(buf, true)])
			}
		}
	})
}

func TestIDs(t *testing.T) {
	s := ids{max: 3, last: maxID - 1}
	var got []int32
	for range 3 {
		id, ok := s.get()
		if !ok {
			t.Fatal("no id")
		}
		got = append(got, id)
	}
	if got[0] != maxID || got[1] != 1 || got[2] != 2 {
		t.Errorf("ids %v", got)
	}
	if _, ok := s.get(); ok {
		t.Error("an id beyond the limit")
	}
	s.put(1)
	s.last = maxID - 1
	if id, ok := s.get(); !ok || id != 1 {
		t.Errorf("id %d, want the only one free near by", id)
	}
}

func TestRun(t *testing.T) {
	boom := errors.New("boom")
	hour := func(m *instance) { // a host function that can be interrupted
		m.Block("sleep", nil)
		<-m.Group().Ended()
		m.Unblock()
	}
	for _, c := range []struct {
		name  string
		guest guest
		check func(err error) bool
	}{
		{"main returns", guest{
			start:  func(m *instance) { m.spawn(&m.Instance, 0) },
			thread: func(m *instance, _, _ int32) { m.wait() },
		}, func(err error) bool { return err == nil }},
		{"a thread's trap", guest{
			start:  func(m *instance) { m.spawn(&m.Instance, 0); m.wait() },
			thread: func(m *instance, _, _ int32) { panic(rt.Unreachable) },
		}, func(err error) bool {
			var trap *rt.Trap
			return errors.As(err, &trap) && trap.Thread == 1 && errors.Is(err, rt.Unreachable)
		}},
		{"a grandchild's exit", guest{
			start: func(m *instance) { m.spawn(&m.Instance, 1); hour(m) },
			thread: func(m *instance, _, arg int32) {
				if arg == 0 {
					rt.Exit(3)
				}
				m.spawn(&m.Instance, arg-1)
				hour(m)
			},
		}, func(err error) bool {
			var exit *rt.ExitError
			return errors.As(err, &exit) && exit.Code == 3
		}},
		{"a host function's panic", guest{
			start:  func(m *instance) { m.spawn(&m.Instance, 0); m.wait() },
			thread: func(m *instance, _, _ int32) { panic(boom) },
		}, func(err error) bool {
			var p *rt.PanicError
			return errors.As(err, &p) && p.Thread == 1 && errors.Is(err, boom)
		}},
		{"a host function's error", guest{
			start:  func(m *instance) { m.spawn(&m.Instance, 0); m.wait() },
			thread: func(m *instance, _, _ int32) { rt.Fail(boom) },
		}, func(err error) bool { return err == boom }},
		{"a deadlock", guest{
			start:  func(m *instance) { m.spawn(&m.Instance, 0); m.wait() },
			thread: func(m *instance, _, _ int32) { m.wait() },
		}, func(err error) bool {
			var d *rt.DeadlockError
			return errors.As(err, &d) && len(d.Waiting()) == 2
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			noneLeft(t)
			if err := Run(t.Context(), c.guest.instantiate, nil, Config{}); !c.check(err) {
				t.Errorf("Run = %v", err)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	noneLeft(t)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Millisecond, errors.New("impatience"))
	defer cancel()
	g := guest{
		start: func(m *instance) { m.spawn(&m.Instance, 0); m.wait() },
		thread: func(m *instance, _, _ int32) {
			for {
				m.Yield()
			}
		},
	}
	err := Run(ctx, g.instantiate, nil, Config{})
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "context deadline exceeded: impatience" {
		t.Errorf("Run = %v", err)
	}
}

// TestEndedBefore: a context that is done before there is anything to stop.
func TestEndedBefore(t *testing.T) {
	noneLeft(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := guest{start: func(m *instance) { m.wait() }}
	for range 100 {
		if err := Run(ctx, g.instantiate, nil, Config{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("Run = %v", err)
		}
	}
}

// TestGrace: a host function that nothing interrupts is left behind.
func TestGrace(t *testing.T) {
	noneLeft(t)
	release, started := make(chan struct{}), make(chan struct{})
	var memory *rt.Memory
	g := guest{
		start:  func(m *instance) { memory = m.Mem(); m.spawn(&m.Instance, 0); <-started; rt.Exit(1) },
		thread: func(*instance, int32, int32) { close(started); <-release },
	}
	start := time.Now()
	err := Run(t.Context(), g.instantiate, nil, Config{Grace: 20 * time.Millisecond})
	var exit *rt.ExitError
	if d := time.Since(start); !errors.As(err, &exit) || d < 20*time.Millisecond || d > 10*time.Second {
		t.Errorf("Run = %v after %v", err, d)
	}
	if _, ok := memory.Slice(0, 1); ok {
		t.Error("the memory can still be used")
	}
	close(release)
}

func TestLimit(t *testing.T) {
	noneLeft(t)
	var results []int32
	g := guest{
		start: func(m *instance) {
			for range 4 {
				results = append(results, m.spawn(&m.Instance, 0))
			}
		},
		thread: func(m *instance, _, _ int32) { m.wait() },
	}
	if err := Run(t.Context(), g.instantiate, nil, Config{MaxThreads: 2}); err != nil {
		t.Fatal(err)
	}
	if results[0] != 1 || results[1] != 2 || results[2] >= 0 || results[3] >= 0 {
		t.Errorf("thread-spawn gave %v", results)
	}
}

func newProgram(t *testing.T, g *guest, cfg Config) *Program[*instance] {
	t.Helper()
	noneLeft(t)
	p, err := New(t.Context(), g.instantiate, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestDo(t *testing.T) {
	p := newProgram(t, &guest{}, Config{IdleTime: 20 * time.Millisecond})
	var busy [200]atomic.Bool // by thread id
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 20 {
				err := p.Do(t.Context(), func(m *instance) error {
					return m.call(func() {
						if busy[m.Thread()].Swap(true) {
							t.Error("an instance is in use twice")
						}
						runtime.Gosched()
						busy[m.Thread()].Store(false)
					})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := p.Idle(); n == 0 || n > 100 {
		t.Errorf("%d idle instances", n)
	}
	for end := time.Now().Add(5 * time.Second); p.Idle() > 0 || len(p.Threads()) > 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d instances are still idle", p.Idle())
		}
	}
	p.Close()
	if err := p.Do(t.Context(), func(*instance) error { return nil }); !errors.Is(err, rt.ErrClosed) {
		t.Errorf("Do after Close = %v", err)
	}
}

// TestDoDeadline: a stuck call ends by its deadline, and with it all others.
func TestDoDeadline(t *testing.T) {
	p := newProgram(t, &guest{}, Config{})
	other := make(chan error)
	go func() {
		other <- p.Do(t.Context(), func(m *instance) error { return m.call(m.wait) })
	}()
	for len(p.Threads()) < 2 || p.Threads()[1].State != rt.Waiting {
		time.Sleep(time.Millisecond)
	}
	if s := p.Threads()[1]; s.Address != 8 || s.Beats == 0 {
		t.Errorf("status %+v", s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	err := p.Do(ctx, func(m *instance) error { return m.call(m.wait) })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the stuck call = %v", err)
	}
	if err := <-other; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the other call = %v", err)
	}
	if err := p.Wait(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait = %v", err)
	}
}

// TestSpawnByHost: threads that the host starts run beside its calls.
func TestSpawnByHost(t *testing.T) {
	done := make(chan int32)
	p := newProgram(t, &guest{thread: func(_ *instance, _, arg int32) { done <- arg }}, Config{})
	for i := range int32(3) {
		if id, err := p.Spawn(i); err != nil || id < 1 {
			t.Fatal(id, err)
		}
	}
	if sum := <-done + <-done + <-done; sum != 3 {
		t.Errorf("the threads got %d", sum)
	}
	p.Stop(errors.New("enough"))
	if _, err := p.Spawn(0); err == nil || err.Error() != "enough" {
		t.Errorf("Spawn after the end: %v", err)
	}
}
