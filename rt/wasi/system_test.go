package wasi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// signatures are the core types of the functions of wasi_snapshot_preview1.
var signatures = map[string]string{
	"args_get": "ii:i", "args_sizes_get": "ii:i", "clock_res_get": "ii:i", "clock_time_get": "iIi:i",
	"environ_get": "ii:i", "environ_sizes_get": "ii:i", "fd_advise": "iIIi:i", "fd_allocate": "iII:i",
	"fd_close": "i:i", "fd_datasync": "i:i", "fd_fdstat_get": "ii:i", "fd_fdstat_set_flags": "ii:i",
	"fd_fdstat_set_rights": "iII:i", "fd_filestat_get": "ii:i", "fd_filestat_set_size": "iI:i",
	"fd_filestat_set_times": "iIIi:i", "fd_pread": "iiiIi:i", "fd_prestat_dir_name": "iii:i",
	"fd_prestat_get": "ii:i", "fd_pwrite": "iiiIi:i", "fd_read": "iiii:i", "fd_readdir": "iiiIi:i",
	"fd_renumber": "ii:i", "fd_seek": "iIii:i", "fd_sync": "i:i", "fd_tell": "ii:i", "fd_write": "iiii:i",
	"path_create_directory": "iii:i", "path_filestat_get": "iiiii:i", "path_filestat_set_times": "iiiiIIi:i",
	"path_link": "iiiiiii:i", "path_open": "iiiiiIIii:i", "path_readlink": "iiiiii:i",
	"path_remove_directory": "iii:i", "path_rename": "iiiiii:i", "path_symlink": "iiiii:i",
	"path_unlink_file": "iii:i", "poll_oneoff": "iiii:i", "proc_exit": "i:", "proc_raise": "i:i",
	"random_get": "ii:i", "sched_yield": ":i", "sock_accept": "iii:i", "sock_recv": "iiiiii:i",
	"sock_send": "iiiii:i", "sock_shutdown": "ii:i",
}

func TestExport(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(signatures) != 46 || len(functions) != 46 {
		t.Errorf("%d signatures, %d functions, want 46", len(signatures), len(functions))
	}
	for name, want := range signatures {
		f, ok := s.Export(name).(*rt.Func)
		if !ok || f.Type != want {
			t.Errorf("%s: %+v, want %s", name, f, want)
			continue
		}
		camel := strings.ReplaceAll(strings.Title(strings.ReplaceAll(name, "_", " ")), " ", "")
		if goName := runtime.FuncForPC(pcOf(f.Fn)).Name(); !strings.HasSuffix(goName, "."+camel+"-fm") {
			t.Errorf("%s is %s", name, goName)
		}
	}
	if s.Export("fd_dup") != nil {
		t.Error("fd_dup is no function of WASI")
	}
	var _ rt.Exporter = s
}

func TestClocks(t *testing.T) {
	now, mono := time.Unix(12, 34), 5*time.Second
	g := newGuest(t, Config{Now: func() time.Time { return now }, Monotonic: func() time.Duration { return mono }})
	for id, want := range []uint64{12000000034, 5000000000, 5000000000, 5000000000} {
		g.want(0, g.s.ClockTimeGet(g.in, int32(id), 0, 8), "time")
		g.want(0, g.s.ClockResGet(g.in, int32(id), 16), "resolution")
		if g.u64(8) != want || g.u64(16) == 0 {
			t.Errorf("clock %d: %d, resolution %d", id, g.u64(8), g.u64(16))
		}
	}
	for _, id := range []int32{4, -1} {
		g.want(EINVAL, g.s.ClockTimeGet(g.in, id, 0, 8), "time")
		g.want(EINVAL, g.s.ClockResGet(g.in, id, 8), "resolution")
	}
	real := newGuest(t, Config{})
	real.s.ClockTimeGet(real.in, clockThreadCputime, 0, 8)
	time.Sleep(time.Millisecond)
	real.s.ClockTimeGet(real.in, clockThreadCputime, 0, 16)
	if real.u64(16) <= real.u64(8) {
		t.Error("the clock stands still")
	}
}

func TestStdio(t *testing.T) {
	var out bytes.Buffer
	g := newGuest(t, Config{Stdin: strings.NewReader("input"), Stdout: &out, Stderr: &out})
	if got, e := g.read(0, 2, 100); got != "input" || e != 0 {
		t.Errorf("read %q %v", got, e)
	}
	if got, e := g.read(0, 100); got != "" || e != 0 {
		t.Errorf("read %q %v at the end", got, e)
	}
	g.write(1, "out\n")
	g.write(2, "err", "\n")
	if n, _ := g.write(1, strings.Repeat("x", 50000), strings.Repeat("y", 50000)); n != 100000 || out.Len() != 100008 {
		t.Errorf("written %d", n)
	}
	if out.String()[:8] != "out\nerr\n" {
		t.Errorf("output %q", out.String()[:8])
	}
	res := g.alloc(8)
	p, n := g.iovs(1)
	for fd := range int32(3) {
		g.want(ESPIPE, g.s.FdSeek(g.in, fd, 0, 0, res), "seek")
		g.want(ESPIPE, g.s.FdTell(g.in, fd, res), "tell")
		g.want(ESPIPE, g.s.FdPread(g.in, fd, p, n, 0, res), "pread")
		g.want(ESPIPE, g.s.FdPwrite(g.in, fd, p, n, 0, res), "pwrite")
		g.want(0, g.s.FdFdstatSetFlags(g.in, fd, int32(flagNonblock)), "set flags")
		if typ, flags, base, _ := g.fdstat(fd); typ != typeUnknown || flags != flagNonblock ||
			base&(rightFdSeek|rightFdTell) != 0 || g.fstat(fd).filetype != typeUnknown {
			t.Errorf("fdstat of %d: %d %x %x", fd, typ, flags, base)
		}
	}
	if _, e := g.write(0, "x"); e == 0 {
		t.Error("standard input written")
	}
	if _, e := g.read(1, 1); e == 0 {
		t.Error("standard output read")
	}
	g.want(0, g.s.FdClose(g.in, 1), "close stdout")
	zero := newGuest(t, Config{})
	if got, e := zero.read(0, 10); got != "" || e != 0 {
		t.Errorf("empty input: %q %v", got, e)
	}
	if n, e := zero.write(1, "gone"); n != 4 || e != 0 {
		t.Errorf("discarded output: %d %v", n, e)
	}
}

// emptyReader returns nothing before each byte.
type emptyReader struct{ n int }

func (r *emptyReader) Read(p []byte) (int, error) {
	r.n++
	if r.n%5 != 0 {
		return 0, nil
	}
	return copy(p, "x"), nil
}

func TestReaders(t *testing.T) {
	if got, e := newGuest(t, Config{Stdin: &emptyReader{}}).read(0, 10); got != "x" || e != 0 {
		t.Errorf("read %q %v", got, e)
	}
	pr, pw := io.Pipe()
	g := newGuest(t, Config{Stdin: pr, Stdout: pw})
	_ = pr.CloseWithError(errors.New("broken"))
	if _, e := g.write(1, "x"); e != EIO {
		t.Errorf("write to a broken pipe: %v", e)
	}
}

func TestStdioFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g := newGuest(t, Config{Stdout: f, Stderr: f})
	g.write(1, "one ")
	g.write(2, "two")
	if b, _ := os.ReadFile(path); string(b) != "one two" {
		t.Errorf("file is %q", b)
	}
	if typ, _, _, _ := g.fdstat(1); typ != typeRegularFile {
		t.Errorf("type %d", typ)
	}
	g.want(0, g.s.FdSeek(g.in, 1, 0, 0, g.alloc(8)), "seek")
	g.want(0, g.s.FdClose(g.in, 1), "close")
	if _, err := f.Stat(); err != nil {
		t.Errorf("the host's file was closed: %v", err)
	}
}

// subscription adds a record to an array of them.
func (g *guest) subscribe(p int32, userdata uint64, typ uint8, id uint32, timeout uint64, flags uint16) {
	b := g.bytes(p+int32(userdata)*sizeSubscription, sizeSubscription)
	le.PutUint64(b, userdata)
	b[8] = typ
	le.PutUint32(b[16:], id)
	if typ == eventClock {
		le.PutUint64(b[24:], timeout)
		le.PutUint16(b[40:], flags)
	}
}

type event struct {
	userdata uint64
	err      Errno
	typ      uint8
	nbytes   uint64
}

func (g *guest) poll(p int32, n int) (list []event) {
	g.t.Helper()
	ev, res := g.alloc(n*sizeEvent), g.alloc(4)
	g.want(0, g.s.PollOneoff(g.in, p, ev, int32(n), res), "poll_oneoff")
	return g.eventList(ev, g.u32(res))
}

func (g *guest) eventList(p int32, n uint32) (list []event) {
	for i := range int32(n) {
		b := g.bytes(p+i*sizeEvent, sizeEvent)
		list = append(list, event{le.Uint64(b), Errno(le.Uint16(b[8:])), b[10], le.Uint64(b[16:])})
	}
	return list
}

func TestPollFakeClock(t *testing.T) {
	var mono time.Duration
	g := newGuest(t, Config{Monotonic: func() time.Duration { return mono }, Sleep: func(d time.Duration) { mono += d }})
	p := g.alloc(sizeSubscription)
	g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Hour), 0)
	if got := g.poll(p, 1); len(got) != 1 || mono != time.Hour {
		t.Errorf("%+v at %v", got, mono)
	}
}

func TestPollPipe(t *testing.T) {
	if !canPoll {
		t.Skip("no poll on this host")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	g := newGuest(t, Config{Stdin: r})
	p := g.alloc(2 * sizeSubscription)
	g.subscribe(p, 0, eventClock, clockMonotonic, 2e6, 0)
	g.subscribe(p, 1, eventFdRead, 0, 0, 0)
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventClock {
		t.Errorf("empty pipe: %+v", got)
	}
	g.want(0, g.s.FdFdstatSetFlags(g.in, 0, int32(flagNonblock)), "nonblock")
	if _, e := g.read(0, 10); e != EAGAIN {
		t.Errorf("read of an empty pipe: %v", e)
	}
	g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Minute), 0)
	time.AfterFunc(5*time.Millisecond, func() { _, _ = w.WriteString("x") })
	if got := g.poll(p, 2); len(got) != 1 || got[0].typ != eventFdRead {
		t.Errorf("pipe with a byte: %+v", got)
	}
	if got, e := g.read(0, 10); got != "x" || e != 0 {
		t.Errorf("read %q %v", got, e)
	}
}

func TestCloseEndsWaits(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	s, err := New(Config{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	for typ := range uint8(2) {
		g := newThread(t, s)
		p := g.alloc(sizeSubscription)
		if typ == eventClock || !canPoll {
			g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Hour), 0)
		} else {
			g.subscribe(p, 0, eventFdRead, 0, 0, 0)
		}
		go func() {
			e, err := g.in.Enter()
			defer func() { ended <- err }()
			if err == nil {
				defer g.in.Leave(e, &err)
				g.s.PollOneoff(g.in, p, g.at, 1, 8)
			}
		}()
	}
	time.Sleep(5 * time.Millisecond)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	for range 2 {
		select {
		case err := <-ended:
			if err != ErrClosed {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("still waiting")
		}
	}
}

func TestSockets(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	g := newGuest(t, Config{Listeners: []Listener{{
		Accept: func() (io.ReadWriteCloser, error) { return ln.Accept() }, Close: ln.Close}}})
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	res := g.alloc(8)
	g.want(EINVAL, g.s.SockAccept(g.in, 3, 64, res), "flags")
	g.want(ENOTSOCK, g.s.SockAccept(g.in, 0, 0, res), "accept from stdin")
	g.want(0, g.s.SockAccept(g.in, 3, 0, res), "sock_accept")
	fd := int32(g.u32(res))
	if typ, _, base, _ := g.fdstat(fd); typ != typeSocketStream || base&rightSockShutdown == 0 {
		t.Errorf("type %d rights %x", typ, base)
	}
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	recv := func(flags int32, size int) string {
		p, n := g.iovs(size)
		g.want(0, g.s.SockRecv(g.in, fd, p, n, flags, res, res+4), "sock_recv")
		return g.collect(p, n, g.u32(res))
	}
	if got := recv(recvPeek, 2); got != "he" {
		t.Errorf("peek %q", got)
	}
	if got := recv(recvWaitall, 4); got != "hell" {
		t.Errorf("wait all %q", got)
	}
	sub := g.alloc(sizeSubscription)
	g.subscribe(sub, 0, eventFdRead, uint32(fd), 0, 0)
	if got := g.poll(sub, 1); len(got) != 1 {
		t.Errorf("poll %+v", got)
	}
	if got, _ := g.read(fd, 10); got != "o" {
		t.Errorf("read %q", got)
	}
	p, n := g.iovStrings("bye")
	g.want(0, g.s.SockSend(g.in, fd, p, n, 0, res), "sock_send")
	g.want(EINVAL, g.s.SockSend(g.in, fd, p, n, 1, res), "sock_send flags")
	g.want(EINVAL, g.s.SockRecv(g.in, fd, p, n, 4, res, res), "sock_recv flags")
	g.want(EINVAL, g.s.SockShutdown(g.in, fd, 0), "sock_shutdown nothing")
	g.want(0, g.s.SockShutdown(g.in, fd, shutWrite), "sock_shutdown")
	if b, err := io.ReadAll(client); string(b) != "bye" || err != nil {
		t.Errorf("client got %q, %v", b, err)
	}
	g.want(ENOTSOCK, g.s.SockShutdown(g.in, 1, 1), "shutdown of stdout")
	g.want(ENOTSOCK, g.s.SockSend(g.in, 1, p, n, 0, res), "send to stdout")
	g.want(EBADF, g.s.SockRecv(g.in, 99, p, n, 0, res, res), "recv from nothing")
}

// TestConcurrent lets threads use one System at once; the race detector watches.
func TestConcurrent(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	s, err := New(Config{Stdout: &out, Stderr: &out, Dirs: []Dir{{Host: dir, Guest: "/"}}, Rand: rand.NewChaCha8([32]byte{})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const threads, rounds = 8, 40
	var wg sync.WaitGroup
	for i := range threads {
		g := newThread(t, s)
		wg.Go(func() {
			mine := fmt.Sprintf("file.%d", i)
			for range rounds {
				fd, e := g.open(3, mine, oCreat, 0, fileRights)
				if e != 0 {
					t.Errorf("open: %v", e)
					return
				}
				log, e := g.open(3, "log", oCreat, flagAppend, fileRights)
				if e != 0 {
					t.Errorf("open: %v", e)
					return
				}
				g.write(log, "li", "ne\n")
				g.write(1, "li", "ne\n")
				g.readdir(3, 200, 0)
				g.s.RandomGet(g.in, 64, 100)
				g.s.FdFdstatSetFlags(g.in, 3, 0)
				g.s.FdRenumber(g.in, log, fd)
				g.s.FdClose(g.in, fd)
				if e := g.rename(3, mine, 3, mine+"x"); e != 0 {
					t.Errorf("rename: %v", e)
				}
			}
		})
	}
	wg.Wait()
	if want := strings.Repeat("line\n", threads*rounds); out.String() != want {
		t.Errorf("output is interleaved: %q", out.String())
	} else if b, _ := os.ReadFile(filepath.Join(dir, "log")); string(b) != want && canPoll {
		t.Errorf("log has %d bytes, want %d", len(b), len(want))
	}
	if n := len(s.fds.fds); n > 4+2*threads {
		t.Errorf("%d descriptors", n)
	}
}

// TestBlockedRead shows that a blocked read holds up nothing else, and that closing its descriptor ends it.
func TestBlockedRead(t *testing.T) {
	r, w := io.Pipe()
	g := newGuest(t, Config{Stdin: r, Dirs: []Dir{{Host: t.TempDir(), Guest: "/"}}})
	other := newThread(t, g.s)
	done := make(chan Errno)
	go func() {
		_, e := g.read(0, 10)
		done <- e
	}()
	time.Sleep(2 * time.Millisecond)
	fd := other.mustOpen(3, "file", oCreat, 0, fileRights)
	other.write(fd, "x")
	other.want(0, other.s.FdClose(other.in, fd), "close")
	other.want(0, other.s.FdClose(other.in, 0), "close what is being read")
	if e := <-done; e != EBADF {
		t.Errorf("the read ended with %v", e)
	}
	_ = w.Close()
}
