package wasi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

var errStop = errors.New("stop")

// soon is how long a stopped call may take on processors that do much else; a hundredth of it is usual.
const soon = 2 * time.Second

// start calls f as a guest does, in a goroutine, and waits until it blocks.
func (g *guest) start(f func()) <-chan error {
	g.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- g.enter(f) }()
	deadline := time.Now().Add(5 * time.Second)
	for g.in.Status().State != rt.Blocked {
		if time.Now().After(deadline) {
			g.t.Fatal("does not block")
		}
		select {
		case err := <-ended:
			g.t.Fatalf("ended with %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(time.Millisecond) // Block comes right before the operation
	return ended
}

func (g *guest) enter(f func()) (err error) {
	e, err := g.in.Enter()
	if err != nil {
		return err
	}
	defer g.in.Leave(e, &err)
	f()
	return nil
}

func wantEnd(t *testing.T, ended <-chan error, want error) {
	t.Helper()
	begin := time.Now()
	select {
	case err := <-ended:
		if !errors.Is(err, want) {
			t.Errorf("ended with %v, want %v", err, want)
		}
		if d := time.Since(begin); d > soon {
			t.Errorf("ended after %v", d)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still blocked")
	}
}

// watchLeaks fails the test if goroutines or descriptors of the host are left at its end, when its other cleanups are
// done.
func watchLeaks(t *testing.T) {
	goroutines, fds := runtime.NumGoroutine(), openFds()
	t.Cleanup(func() {
		for range 500 {
			if runtime.NumGoroutine() <= goroutines && openFds() <= fds {
				return
			}
			time.Sleep(time.Millisecond)
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, were %d; %d descriptors, were %d\n%s", runtime.NumGoroutine(), goroutines, openFds(), fds,
			stacks[:runtime.Stack(stacks, true)])
	})
}

func openFds() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

// onlyReader and onlyWriter hide the deadlines of a connection.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

func osPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// fill makes a pipe full.
func fill(t testing.TB, w *os.File) {
	t.Helper()
	if err := w.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	if err := w.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
}

// readSoon shows that the host can still read what comes.
func readSoon(t *testing.T, r io.Reader, w io.Writer) {
	t.Helper()
	got := make(chan error, 1)
	go func() {
		b := make([]byte, 4)
		_, err := io.ReadFull(r, b)
		if err == nil && string(b) != "host" {
			err = fmt.Errorf("read %q", b)
		}
		got <- err
	}()
	time.Sleep(2 * time.Millisecond)
	if _, err := io.WriteString(w, "host"); err != nil {
		t.Error(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// blockingCall is a call that blocks, and what is to be looked at after it has been stopped.
type blockingCall struct {
	g     *guest
	call  func()
	after func()
}

func (g *guest) fdRead(fd int32) func() {
	p, n := g.iovs(16)
	res := g.alloc(4)
	return func() { g.s.FdRead(g.in, fd, p, n, res) }
}

func (g *guest) fdWrite(fd int32, size int) func() {
	p, n := g.iovs(size)
	res := g.alloc(4)
	return func() { g.s.FdWrite(g.in, fd, p, n, res) }
}

func (g *guest) pollCall(typ uint8, n int) func() {
	p := g.alloc(n * sizeSubscription)
	for i := range n {
		g.subscribe(p, uint64(i), typ, 0, uint64(time.Hour), 0)
		typ = eventClock
	}
	ev, res := g.alloc(n*sizeEvent), g.alloc(4)
	return func() { g.s.PollOneoff(g.in, p, ev, int32(n), res) }
}

// connected is a guest with an accepted connection as descriptor 4, and the other end.
func connected(t *testing.T, wrap func(net.Conn) io.ReadWriteCloser) (*guest, net.Conn) {
	ours, theirs := net.Pipe()
	if wrap == nil {
		ours, theirs = tcpPair(t)
		wrap = func(c net.Conn) io.ReadWriteCloser { return c }
	}
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	g := newGuest(t, Config{Listeners: []Listener{{Accept: func() (io.ReadWriteCloser, error) { return wrap(ours), nil }}}})
	g.want(0, g.s.SockAccept(g.in, 3, 0, 64), "sock_accept")
	return g, theirs
}

func listen(t testing.TB) *net.TCPListener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.(*net.TCPListener)
}

func tcpPair(t testing.TB) (a, b net.Conn) {
	ln := listen(t)
	a, err := net.Dial("tcp", ln.Addr().String())
	if err == nil {
		b, err = ln.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func (g *guest) sockRecv(flags int32) func() {
	p, n := g.iovs(16)
	res := g.alloc(8)
	return func() { g.s.SockRecv(g.in, 4, p, n, flags, res, res+4) }
}

func (g *guest) sockSend() func() {
	p, n := g.iovs(200000)
	res := g.alloc(4)
	return func() {
		for range 1000 {
			g.s.SockSend(g.in, 4, p, n, 0, res)
		}
	}
}

var blockingCalls = map[string]func(t *testing.T) blockingCall{
	"poll clock": func(t *testing.T) blockingCall {
		g := newGuest(t, Config{})
		return blockingCall{g: g, call: g.pollCall(eventClock, 1)}
	},
	"poll fd": func(t *testing.T) blockingCall {
		if !canPoll {
			t.Skip("no poll")
		}
		r, w := osPipe(t)
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.pollCall(eventFdRead, 1), func() { readSoon(t, r, w) }}
	},
	"poll fd and clock": func(t *testing.T) blockingCall {
		r, w := osPipe(t)
		g := newGuest(t, Config{Stdin: r})
		if !canPoll {
			t.Skip("no poll")
		}
		return blockingCall{g, g.pollCall(eventFdRead, 2), func() { readSoon(t, r, w) }}
	},
	"read pipe": func(t *testing.T) blockingCall {
		r, w := osPipe(t)
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.fdRead(0), func() { readSoon(t, r, w) }}
	},
	"read with deadline": func(t *testing.T) blockingCall {
		r, w := net.Pipe()
		t.Cleanup(func() { _, _ = r.Close(), w.Close() })
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.fdRead(0), func() { readSoon(t, r, w) }}
	},
	"read any": func(t *testing.T) blockingCall {
		r, w := io.Pipe()
		t.Cleanup(func() { _, _ = r.Close(), w.Close() })
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.fdRead(0), func() {
			go func() { _, _ = w.Write([]byte("late")) }()
			other := newThread(t, g.s)
			if got, e := other.read(0, 2); got != "la" || e != 0 {
				t.Errorf("read %q %v", got, e)
			}
			if got, e := other.read(0, 10); got != "te" || e != 0 {
				t.Errorf("read %q %v", got, e)
			}
		}}
	},
	"write pipe": func(t *testing.T) blockingCall {
		r, w := osPipe(t)
		g := newGuest(t, Config{Stdout: w})
		fill(t, w)
		return blockingCall{g, g.fdWrite(1, 16), func() {
			if _, err := io.ReadFull(r, make([]byte, 65536)); err != nil {
				t.Error(err)
			}
			readSoon(t, r, w)
		}}
	},
	"write with deadline": func(t *testing.T) blockingCall {
		r, w := net.Pipe()
		t.Cleanup(func() { _, _ = r.Close(), w.Close() })
		g := newGuest(t, Config{Stdout: w})
		return blockingCall{g, g.fdWrite(1, 16), func() { readSoon(t, r, w) }}
	},
	"write behind a blocked writer": func(t *testing.T) blockingCall {
		r, w := io.Pipe()
		g := newGuest(t, Config{Stdout: w})
		first := newThread(t, g.s)
		ended := first.start(first.fdWrite(1, 16))
		return blockingCall{g, g.fdWrite(1, 16), func() {
			_ = r.Close()
			wantEnd(t, ended, nil)
		}}
	},
	"accept": func(t *testing.T) blockingCall {
		ln := listen(t)
		g := newGuest(t, Config{Listeners: []Listener{{SetDeadline: ln.SetDeadline,
			Accept: func() (io.ReadWriteCloser, error) { return ln.Accept() }}}})
		return blockingCall{g, func() { g.s.SockAccept(g.in, 3, 0, 64) }, func() {
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
			if c, err = ln.Accept(); err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
		}}
	},
	"accept without deadline": func(t *testing.T) blockingCall {
		ln := listen(t)
		g := newGuest(t, Config{Listeners: []Listener{{Close: ln.Close,
			Accept: func() (io.ReadWriteCloser, error) { return ln.Accept() }}}})
		return blockingCall{g, func() { g.s.SockAccept(g.in, 3, 0, 64) }, func() {
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
			other := newThread(t, g.s)
			other.want(0, other.s.SockAccept(other.in, 3, 0, 64), "accept what came late")
		}}
	},
	"recv": func(t *testing.T) blockingCall {
		g, c := connected(t, nil)
		return blockingCall{g, g.sockRecv(0), func() {
			if _, err := c.Write([]byte("more")); err != nil {
				t.Error(err)
			}
			other := newThread(t, g.s)
			if got, e := other.read(4, 10); got != "more" || e != 0 {
				t.Errorf("read %q %v", got, e)
			}
		}}
	},
	"recv waitall": func(t *testing.T) blockingCall {
		g, c := connected(t, nil)
		_, _ = c.Write([]byte("some"))
		return blockingCall{g: g, call: g.sockRecv(recvWaitall)}
	},
	"recv peek": func(t *testing.T) blockingCall {
		g, _ := connected(t, nil)
		return blockingCall{g: g, call: g.sockRecv(recvPeek)}
	},
	"recv without deadline": func(t *testing.T) blockingCall {
		g, _ := connected(t, func(c net.Conn) io.ReadWriteCloser {
			return struct {
				onlyReader
				onlyWriter
				io.Closer
			}{onlyReader{c}, onlyWriter{c}, c}
		})
		return blockingCall{g: g, call: g.sockRecv(0)}
	},
	"read connection": func(t *testing.T) blockingCall {
		g, _ := connected(t, nil)
		return blockingCall{g: g, call: g.fdRead(4)}
	},
	"send": func(t *testing.T) blockingCall {
		g, _ := connected(t, nil)
		return blockingCall{g: g, call: g.sockSend()}
	},
}

func TestStop(t *testing.T) {
	for name, prepare := range blockingCalls {
		t.Run(name, func(t *testing.T) {
			watchLeaks(t)
			c := prepare(t)
			ended := c.g.start(c.call)
			c.g.in.Group().Stop(errStop)
			wantEnd(t, ended, errStop)
			if c.after != nil {
				c.after()
			}
		})
	}
}

func TestCloseInstance(t *testing.T) {
	for name, prepare := range blockingCalls {
		t.Run(name, func(t *testing.T) {
			watchLeaks(t)
			c := prepare(t)
			ended := c.g.start(c.call)
			_ = c.g.in.Close()
			wantEnd(t, ended, rt.ErrClosed)
			if c.after != nil {
				c.after()
			}
		})
	}
}

func TestCloseSystem(t *testing.T) {
	for name, prepare := range blockingCalls {
		if strings.HasPrefix(name, "write behind") {
			continue // the first writer is blocked for good
		}
		t.Run(name, func(t *testing.T) {
			watchLeaks(t)
			c := prepare(t)
			ended := c.g.start(c.call)
			if err := c.g.s.Close(); err != nil {
				t.Error(err)
			}
			wantEnd(t, ended, ErrClosed)
		})
	}
}

// TestCancel is a context that ends sleeping threads of one group, and of no other.
func TestCancel(t *testing.T) {
	watchLeaks(t)
	g := newGuest(t, Config{})
	other := newThread(t, g.s)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer g.in.StopAfter(ctx)()
	ended, sleeps := g.start(g.pollCall(eventClock, 1)), other.start(other.pollCall(eventClock, 1))
	cancel(errStop)
	wantEnd(t, ended, errStop)
	select {
	case err := <-sleeps:
		t.Errorf("the other group ended with %v", err)
	case <-time.After(5 * time.Millisecond):
	}
	other.in.Group().Stop(errStop)
	wantEnd(t, sleeps, errStop)
}

// TestSharedSource lets two groups wait for one reader. One of them is stopped, the other gets what comes.
func TestSharedSource(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (io.Reader, io.WriteCloser){
		"pipe":     func(t *testing.T) (io.Reader, io.WriteCloser) { r, w := osPipe(t); return r, w },
		"deadline": func(*testing.T) (io.Reader, io.WriteCloser) { r, w := net.Pipe(); return r, w },
		"any":      func(*testing.T) (io.Reader, io.WriteCloser) { r, w := io.Pipe(); return r, w },
	} {
		for first := range 2 { // stopped is the one that waits first, or last
			t.Run(fmt.Sprint(name, first), func(t *testing.T) {
				watchLeaks(t)
				r, w := open(t)
				a := newGuest(t, Config{Stdin: r})
				guests := [2]*guest{a, newThread(t, a.s)}
				var ended [2]<-chan error
				for i, g := range guests {
					ended[i] = g.start(g.fdRead(0))
				}
				guests[first].in.Group().Stop(errStop)
				wantEnd(t, ended[first], errStop)
				_, _ = io.WriteString(w, "data")
				wantEnd(t, ended[1-first], nil)
				_ = w.Close()
			})
		}
	}
}

// TestManyReaders stops threads that wait for input while others come; the race detector watches.
func TestManyReaders(t *testing.T) {
	watchLeaks(t)
	r, w := osPipe(t)
	s, err := New(Config{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				g := newThread(t, s)
				read := g.fdRead(0)
				release := time.AfterFunc(time.Duration(i)*20*time.Microsecond, func() { g.in.Group().Stop(errStop) })
				err := g.enter(read)
				release.Stop()
				if err != nil && err != errStop {
					t.Error(err)
				}
				_ = g.in.Close()
			}
		})
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = w.Write([]byte("x"))
				time.Sleep(100 * time.Microsecond)
			}
		}
	}()
	wg.Wait()
	close(stop)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestLateAccept is a connection that comes when the listener is closed already.
func TestLateAccept(t *testing.T) {
	watchLeaks(t)
	come, closed := make(chan struct{}), make(chan struct{})
	g := newGuest(t, Config{Listeners: []Listener{{Accept: func() (io.ReadWriteCloser, error) {
		<-come
		return struct {
			io.ReadWriter
			io.Closer
		}{&bytes.Buffer{}, closer(func() { close(closed) })}, nil
	}}}})
	ended := g.start(func() { g.s.SockAccept(g.in, 3, 0, 64) })
	g.in.Group().Stop(errStop)
	wantEnd(t, ended, errStop)
	if err := g.s.Close(); err != nil {
		t.Error(err)
	}
	close(come)
	<-closed
}

type closer func()

func (f closer) Close() error {
	f()
	return nil
}

// TestPanics shows that what a reader panics with in another goroutine reaches the guest's call.
func TestPanics(t *testing.T) {
	watchLeaks(t)
	g := newGuest(t, Config{Stdin: panicky{}})
	for range 2 {
		err := g.enter(g.fdRead(0))
		if p, ok := err.(*rt.PanicError); !ok || p.Value != "no input" {
			t.Errorf("ended with %v", err)
		}
	}
}

type panicky struct{}

func (panicky) Read([]byte) (int, error) { panic("no input") }

// TestPoisoned takes the memory away from calls that copy; the locks of what they use stay usable.
func TestPoisoned(t *testing.T) {
	if rt.HeapMemory {
		t.Skip("the memory can not be taken away")
	}
	for range 50 {
		var out bytes.Buffer
		r, w := io.Pipe()
		go func() { _, _ = io.Copy(io.Discard, r) }()
		g := newGuest(t, Config{Stdout: &out, Stderr: w})
		write, errs, random := g.fdWrite(1, 100000), g.fdWrite(2, 100000), g.alloc(1<<16)
		ended := make(chan error, 1)
		go func() {
			ended <- g.enter(func() {
				for {
					write()
					errs()
					g.s.RandomGet(g.in, random, 1<<16)
					g.in.CheckStopped()
				}
			})
		}()
		time.Sleep(time.Millisecond)
		g.in.Group().Stop(errStop)
		wantEnd(t, ended, errStop)
		other := newThread(t, g.s)
		if n, e := other.write(1, "ok"); n != 2 || e != 0 {
			t.Errorf("write %d %v", n, e)
		}
		if n, e := other.write(2, "ok"); n != 2 || e != 0 {
			t.Errorf("write %d %v", n, e)
		}
		_ = w.Close()
	}
}

// threadLog notes who wrote what.
type threadLog struct{ strings.Builder }

func (l *threadLog) WriteThread(thread int32, p []byte) (int, error) {
	return fmt.Fprintf(l, "[%d]%s", thread, p)
}

func TestThreadWriter(t *testing.T) {
	var out threadLog
	g := newGuest(t, Config{Stdout: &out, Stderr: &out})
	child := &guest{t: t, s: g.s, in: new(rt.Instance), at: 4096}
	child.in.SetupThread(g.in, 7)
	g.write(1, "main", "\n")
	child.write(2, "thread", "\n")
	if got := out.String(); got != "[0]main\n[7]thread\n" {
		t.Errorf("log is %q", got)
	}
}

// TestPollTimeout waits for a descriptor and a clock.
func TestPollTimeout(t *testing.T) {
	r, w := osPipe(t)
	g := newGuest(t, Config{Stdin: r})
	p := g.alloc(2 * sizeSubscription)
	g.subscribe(p, 0, eventFdRead, 0, 0, 0)
	g.subscribe(p, 1, eventClock, clockMonotonic, uint64(3*time.Millisecond), 0)
	for range 20 {
		begin := time.Now()
		if got := g.poll(p, 2); canPoll && (len(got) != 1 || got[0].userdata != 1) {
			t.Errorf("poll %+v", got)
		}
		if d := time.Since(begin); canPoll && (d < 3*time.Millisecond || d > soon) {
			t.Errorf("waited %v", d)
		}
	}
	_, _ = w.Write([]byte("x"))
	if got := g.poll(p, 2); len(got) == 0 || got[0].userdata != 0 {
		t.Errorf("poll %+v", got)
	}
}
