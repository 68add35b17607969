package wasi

import (
	"io"
	"net"
	"testing"
	"time"
)

// closing is a call that blocks on a descriptor until that is closed.
type closing struct {
	g    *guest
	fd   int32
	call func() int32
}

// closings are calls on each kind of descriptor.
var closings = map[string]func(t *testing.T) closing{
	"read pipe": func(t *testing.T) closing {
		r, _ := osPipe(t)
		g := newGuest(t, Config{Stdin: r})
		p, n := g.iovs(8)
		return closing{g, 0, func() int32 { return g.s.FdRead(g.in, 0, p, n, 64) }}
	},
	"read any reader": func(t *testing.T) closing {
		r, w := io.Pipe()
		t.Cleanup(func() { _ = w.Close() })
		g := newGuest(t, Config{Stdin: r})
		p, n := g.iovs(8)
		return closing{g, 0, func() int32 { return g.s.FdRead(g.in, 0, p, n, 64) }}
	},
	"read behind another reader": func(t *testing.T) closing {
		r, w := io.Pipe()
		t.Cleanup(func() { _ = w.Close() })
		g := newGuest(t, Config{Stdin: r})
		first := newThread(t, g.s)
		first.start(first.fdRead(0))
		p, n := g.iovs(8)
		return closing{g, 0, func() int32 { return g.s.FdRead(g.in, 0, p, n, 64) }}
	},
	"write pipe": func(t *testing.T) closing {
		_, w := osPipe(t)
		fill(t, w)
		g := newGuest(t, Config{Stdout: w})
		p, n := g.iovs(8)
		return closing{g, 1, func() int32 { return g.s.FdWrite(g.in, 1, p, n, 64) }}
	},
	"receive": func(t *testing.T) closing {
		g, _ := connected(t, nil)
		p, n := g.iovs(8)
		return closing{g, 4, func() int32 { return g.s.SockRecv(g.in, 4, p, n, 0, 64, 72) }}
	},
	"receive without deadline": func(t *testing.T) closing {
		g, _ := connected(t, func(c net.Conn) io.ReadWriteCloser {
			return struct {
				onlyReader
				onlyWriter
				io.Closer
			}{onlyReader{c}, onlyWriter{c}, c}
		})
		p, n := g.iovs(8)
		return closing{g, 4, func() int32 { return g.s.SockRecv(g.in, 4, p, n, 0, 64, 72) }}
	},
	"accept": func(t *testing.T) closing {
		g := newGuest(t, Config{Listeners: []Listener{ListenerOf(listen(t))}})
		return closing{g, 3, func() int32 { return g.s.SockAccept(g.in, 3, 0, 64) }}
	},
	"accept without deadline": func(t *testing.T) closing {
		ln := listen(t)
		g := newGuest(t, Config{Listeners: []Listener{{Accept: func() (io.ReadWriteCloser, error) { return ln.Accept() }}}})
		return closing{g, 3, func() int32 { return g.s.SockAccept(g.in, 3, 0, 64) }}
	},
}

// TestCloseEndsCalls closes a descriptor, or moves another one over it, while a thread blocks on it. The call ends with
// badf; where the host's read was left behind, what it delivers is for nobody.
func TestCloseEndsCalls(t *testing.T) {
	for name, make := range closings {
		for _, over := range []bool{false, true} {
			t.Run(name+map[bool]string{false: ", close", true: ", renumber"}[over], func(t *testing.T) {
				c := make(t)
				var e Errno
				ended := c.g.start(func() { e = Errno(c.call()) })
				other := newThread(t, c.g.s)
				if over {
					from := int32(2)
					other.want(0, other.s.FdRenumber(other.in, from, c.fd), "fd_renumber")
				} else {
					other.want(0, other.s.FdClose(other.in, c.fd), "fd_close")
				}
				wantEnd(t, ended, nil)
				if e != EBADF {
					t.Errorf("ended with %v", e)
				}
			})
		}
	}
}

// TestCloseEndsPoll closes a descriptor that poll_oneoff waits for: it is an event.
func TestCloseEndsPoll(t *testing.T) {
	if !canPoll {
		t.Skip("poll_oneoff does not wait for descriptors on this host")
	}
	r, _ := osPipe(t)
	g := newGuest(t, Config{Stdin: r, Listeners: []Listener{ListenerOf(listen(t))}})
	for _, fd := range []int32{0, 3} {
		p := g.alloc(2 * sizeSubscription)
		g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Hour), 0)
		g.subscribe(p, 1, eventFdRead, uint32(fd), 0, 0)
		var got []event
		ended := g.start(func() { got = g.poll(p, 2) })
		other := newThread(t, g.s)
		other.want(0, other.s.FdClose(other.in, fd), "fd_close")
		wantEnd(t, ended, nil)
		if len(got) != 1 || got[0].err != EBADF || got[0].userdata != 1 {
			t.Errorf("descriptor %d: events %+v", fd, got)
		}
	}
}

// TestPollWrite waits until a full pipe can be written, and sees when the reader is gone.
func TestPollWrite(t *testing.T) {
	if !canPoll {
		t.Skip("poll_oneoff does not wait for descriptors on this host")
	}
	r, w := osPipe(t)
	fill(t, w)
	g := newGuest(t, Config{Stdout: w})
	p := g.alloc(2 * sizeSubscription)
	g.subscribe(p, 0, eventClock, clockMonotonic, 2e6, 0)
	g.subscribe(p, 1, eventFdWrite, 1, 0, 0)
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventClock {
		t.Errorf("full pipe: %+v", got)
	}
	g.want(0, g.s.FdFdstatSetFlags(g.in, 1, int32(flagNonblock)), "nonblock")
	if _, e := g.write(1, "x"); e != EAGAIN {
		t.Errorf("write to a full pipe: %v", e)
	}
	g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Minute), 0)
	time.AfterFunc(5*time.Millisecond, func() { _, _ = io.ReadFull(r, make([]byte, 60000)) })
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventFdWrite {
		t.Errorf("pipe with room: %+v", got)
	}
	if n, e := g.write(1, string(make([]byte, 100000))); n == 0 || n == 100000 || e != 0 {
		t.Errorf("written %d in part, %v", n, e)
	}
}

// TestPollHangup tells how much there is to read, and that the other end is gone.
func TestPollHangup(t *testing.T) {
	if !canPoll {
		t.Skip("poll_oneoff does not wait for descriptors on this host")
	}
	r, w := osPipe(t)
	g := newGuest(t, Config{Stdin: r})
	_, _ = w.WriteString("hello")
	p := g.alloc(sizeSubscription)
	g.subscribe(p, 0, eventFdRead, 0, 0, 0)
	if got := g.poll(p, 1); len(got) != 1 || got[0].nbytes != 5 {
		t.Errorf("events %+v", got)
	}
	_ = w.Close()
	g.read(0, 10)
	ev, res := g.alloc(sizeEvent), g.alloc(4)
	g.want(0, g.s.PollOneoff(g.in, p, ev, 1, res), "poll_oneoff")
	if flags := le.Uint16(g.bytes(ev+24, 2)); flags != eventHangup || g.u64(ev+16) != 0 {
		t.Errorf("flags %d, %d bytes", flags, g.u64(ev+16))
	}
}

// TestListener accepts without blocking, and after waiting.
func TestListener(t *testing.T) {
	if !canPoll {
		t.Skip("poll_oneoff does not wait for descriptors on this host")
	}
	ln := listen(t)
	g := newGuest(t, Config{Listeners: []Listener{ListenerOf(ln)}})
	g.want(0, g.s.FdFdstatSetFlags(g.in, 3, int32(flagNonblock)), "nonblock")
	g.want(EAGAIN, g.s.SockAccept(g.in, 3, 0, 64), "sock_accept with nobody there")
	p := g.alloc(2 * sizeSubscription)
	g.subscribe(p, 0, eventClock, clockMonotonic, 2e6, 0)
	g.subscribe(p, 1, eventFdRead, 3, 0, 0)
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventClock {
		t.Errorf("nobody there: %+v", got)
	}
	g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Minute), 0)
	time.AfterFunc(5*time.Millisecond, func() {
		if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
			_ = c.Close()
		}
	})
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventFdRead {
		t.Errorf("somebody there: %+v", got)
	}
	g.want(0, g.s.SockAccept(g.in, 3, 0, 64), "sock_accept")
	if got, e := g.read(int32(g.u32(64)), 10); got != "" || e != 0 {
		t.Errorf("read %q %v", got, e)
	}
}

// TestNonblockingConnection receives without waiting, and shuts both directions down.
func TestNonblockingConnection(t *testing.T) {
	if !canPoll {
		t.Skip("poll_oneoff does not wait for descriptors on this host")
	}
	g, client := connected(t, nil)
	g.want(0, g.s.FdFdstatSetFlags(g.in, 4, int32(flagNonblock)), "nonblock")
	p, n := g.iovs(10)
	g.want(EAGAIN, g.s.SockRecv(g.in, 4, p, n, 0, 64, 72), "sock_recv of nothing")
	if _, e := g.read(4, 10); e != EAGAIN {
		t.Errorf("read of nothing: %v", e)
	}
	_, _ = io.WriteString(client, "hello")
	sub := g.alloc(sizeSubscription)
	g.subscribe(sub, 0, eventFdRead, 4, 0, 0)
	if got := g.poll(sub, 1); len(got) != 1 || got[0].nbytes != 5 {
		t.Errorf("events %+v", got)
	}
	if got, e := g.read(4, 10); got != "hello" || e != 0 {
		t.Errorf("read %q %v", got, e)
	}
	g.want(0, g.s.SockShutdown(g.in, 4, shutRead|shutWrite), "sock_shutdown")
	if b, err := io.ReadAll(client); len(b) != 0 || err != nil {
		t.Errorf("client got %q, %v", b, err)
	}
	if got, e := g.read(4, 10); got != "" || e != 0 {
		t.Errorf("read %q %v after sock_shutdown", got, e)
	}
	pipe, pipeLen := g.iovStrings("x")
	g.want(EPIPE, g.s.SockSend(g.in, 4, pipe, pipeLen, 0, 64), "sock_send after sock_shutdown")
}

// TestUnstable looks at what wasi_unstable differs in.
func TestUnstable(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "file", "hello")
	g := newGuest(t, Config{Dirs: []Dir{{Host: dir, Guest: "/"}}})
	u := Unstable{g.s}
	n := 0
	for name := range functions {
		if u.Export(name) != nil {
			n++
		}
	}
	if n != 45 || u.Export("sock_accept") != nil || u.Export("fd_dup") != nil {
		t.Errorf("%d functions", n)
	}
	fd := g.mustOpen(3, "file", 0, 0, fileRights)
	res := g.alloc(8)
	for _, tt := range []struct {
		offset int64
		whence int32
		want   uint64
	}{{-1, 1, 4}, {1, 0, 5}, {2, 2, 2}} { // end, cur, set
		g.want(0, u.FdSeek(g.in, fd, tt.offset, tt.whence, res), "fd_seek")
		if g.u64(res) != tt.want {
			t.Errorf("whence %d: at %d, want %d", tt.whence, g.u64(res), tt.want)
		}
	}
	g.want(EINVAL, u.FdSeek(g.in, fd, 0, 3, res), "whence")
	st := g.alloc(64)
	want := g.fstat(fd)
	path, pathLen := g.str("file")
	for what, call := range map[string]func() int32{
		"fd_filestat_get":   func() int32 { return u.FdFilestatGet(g.in, fd, st) },
		"path_filestat_get": func() int32 { return u.PathFilestatGet(g.in, 3, 0, path, pathLen, st) },
	} {
		g.bytes(st+56, 1)[0] = 0x55
		g.want(0, call(), what)
		got := filestat{dev: g.u64(st), ino: g.u64(st + 8), filetype: filetype(g.bytes(st+16, 1)[0]), nlink: uint64(g.u32(st + 20)),
			size: g.u64(st + 24), atim: g.u64(st + 32), mtim: g.u64(st + 40), ctim: g.u64(st + 48)}
		if got != want || g.bytes(st+56, 1)[0] != 0x55 {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	sub := g.alloc(2 * 56) // with an identifier before the clock's id
	le.PutUint64(g.bytes(sub, 8), 7)
	le.PutUint64(g.bytes(sub+16, 8), 0xffffffff)
	le.PutUint32(g.bytes(sub+24, 4), clockMonotonic)
	le.PutUint64(g.bytes(sub+32, 8), uint64(time.Hour))
	le.PutUint64(g.bytes(sub+56, 8), 8)
	g.bytes(sub+56+8, 1)[0] = eventFdRead
	le.PutUint32(g.bytes(sub+56+16, 4), uint32(fd))
	ev := g.alloc(2 * sizeEvent)
	g.want(0, u.PollOneoff(g.in, sub, ev, 2, res), "poll_oneoff")
	if got := g.eventList(ev, g.u32(res)); len(got) != 1 || got[0].userdata != 8 || got[0].nbytes != 3 {
		t.Errorf("events %+v", got)
	}
}
