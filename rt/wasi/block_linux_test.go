package wasi

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// blockingPipe is a pipe in blocking mode, as programs get one for their standard input.
func blockingPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if r.SetReadDeadline(time.Time{}) == nil {
		t.Fatal("the pipe is not in blocking mode")
	}
	return r, w
}

// TestPollSignals polls while signals interrupt it, as those by which the Go runtime preempts goroutines do.
func TestPollSignals(t *testing.T) {
	r, _ := osPipe(t)
	conn, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	fd, _ := rawFd(conn)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, stop, ended := syscall.Gettid(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				_ = syscall.Tgkill(syscall.Getpid(), thread, syscall.SIGURG)
			}
		}
	}()
	for range 20000 {
		if ready, _ := pollNow(fd, false); ready {
			t.Error("an empty pipe is ready")
			break
		}
	}
	close(stop)
	<-ended
}

// fifo is a named pipe, for which the kernel has no reads that do not block.
func fifo(t testing.TB, flag int) *os.File {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC|flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), path)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// terminal returns both ends of a pseudo-terminal.
func terminal(t testing.TB) (master, slave *os.File) {
	m, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	var unlock int32
	const unlockTerminal, getPeer = 0x40045431, 0x5441
	conn, _ := m.SyscallConn()
	var peer uintptr
	var e syscall.Errno
	_ = conn.Control(func(fd uintptr) {
		if _, _, e = syscall.Syscall(syscall.SYS_IOCTL, fd, unlockTerminal, uintptr(unsafe.Pointer(&unlock))); e == 0 {
			peer, _, e = syscall.Syscall(syscall.SYS_IOCTL, fd, getPeer, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC)
		}
	})
	if e != 0 {
		t.Skip(e)
	}
	slave = os.NewFile(peer, "tty")
	t.Cleanup(func() { _ = slave.Close() })
	return m, slave
}

func init() {
	pipes["blocking"] = blockingPipe
	blockingCalls["read blocking pipe"] = func(t *testing.T) blockingCall {
		r, w := blockingPipe(t)
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.fdRead(0), func() { readSoon(t, r, w) }}
	}
	blockingCalls["poll blocking pipe"] = func(t *testing.T) blockingCall {
		r, w := blockingPipe(t)
		g := newGuest(t, Config{Stdin: r})
		return blockingCall{g, g.pollCall(eventFdRead, 2), func() { readSoon(t, r, w) }}
	}
	blockingCalls["read fifo"] = func(t *testing.T) blockingCall {
		f := fifo(t, 0)
		g := newGuest(t, Config{Stdin: f})
		return blockingCall{g, g.fdRead(0), func() { readSoon(t, f, f) }}
	}
	blockingCalls["write fifo"] = func(t *testing.T) blockingCall {
		f := fifo(t, syscall.O_NONBLOCK)
		g := newGuest(t, Config{Stdout: f})
		fill(t, f)
		return blockingCall{g: g, call: g.fdWrite(1, 16)}
	}
	blockingCalls["read socket"] = func(t *testing.T) blockingCall {
		p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		a, b := os.NewFile(uintptr(p[0]), "a"), os.NewFile(uintptr(p[1]), "b")
		t.Cleanup(func() { _, _ = a.Close(), b.Close() })
		g := newGuest(t, Config{Stdin: a})
		return blockingCall{g, g.fdRead(0), func() { readSoon(t, a, b) }}
	}
	blockingCalls["read terminal"] = func(t *testing.T) blockingCall {
		m, s := terminal(t)
		g := newGuest(t, Config{Stdin: s})
		if typ, _, _, _ := g.fdstat(0); typ != typeCharacterDevice {
			t.Errorf("type %d", typ)
		}
		return blockingCall{g, g.fdRead(0), func() {
			_, _ = m.Write([]byte("line\n"))
			if got, e := newThread(t, g.s).read(0, 10); got != "line\n" || e != 0 {
				t.Errorf("read %q %v", got, e)
			}
		}}
	}
}

// TestManyWaits shows that waits for descriptors take no threads of the kernel's, of which a process may have 10,000.
func TestManyWaits(t *testing.T) {
	watchLeaks(t)
	r, _ := blockingPipe(t)
	s, err := New(Config{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	before := kernelThreads()
	var ended []<-chan error
	var guests []*guest
	for range 100 {
		g := newThread(t, s)
		guests = append(guests, g)
		ended = append(ended, g.start(g.fdRead(0)))
	}
	if n := kernelThreads(); n > before+20 {
		t.Errorf("%d threads, were %d", n, before)
	}
	for i, g := range guests {
		g.in.Group().Stop(errStop)
		wantEnd(t, ended[i], errStop)
	}
	if n := len(s.gates.idle); n == 0 || n > maxIdleGates {
		t.Errorf("%d idle gates", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func kernelThreads() int {
	list, _ := os.ReadDir("/proc/self/task")
	return len(list)
}
