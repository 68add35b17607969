package wasi

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// newFifoGuest has a directory with a named pipe "fifo" as descriptor 3.
func newFifoGuest(t *testing.T) (g *guest, path string) {
	if portable() {
		t.Skip("os.Root does not wait for the other end of a named pipe")
	}
	g, dir := newDirGuest(t)
	path = filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return g, path
}

// TestFifoRead opens a named pipe that nobody writes. That does not block as it does in C, but reading does.
func TestFifoRead(t *testing.T) {
	watchLeaks(t)
	g, path := newFifoGuest(t)
	fd := g.mustOpen(root, "fifo", 0, 0, rightFdRead)
	if typ, _, _, _ := g.fdstat(fd); typ != typeUnknown {
		t.Errorf("type %d", typ)
	}
	var got string
	var e Errno
	ended := g.start(func() { got, e = g.read(fd, 10) })
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.WriteString("hello")
	wantEnd(t, ended, nil)
	if got != "hello" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	_ = w.Close()
	if got, e := g.read(fd, 10); got != "" || e != 0 {
		t.Errorf("read %q, %v at the end", got, e)
	}
	if _, e := g.seek(fd, 0, 0); e != ESPIPE {
		t.Errorf("fd_seek: %v", e)
	}
	g.want(ENOTSOCK, g.s.SockShutdown(g.in, fd, 1), "sock_shutdown")
	g.want(0, g.s.FdClose(g.in, fd), "fd_close")
}

// TestFifoNonblock reads and writes without waiting.
func TestFifoNonblock(t *testing.T) {
	g, path := newFifoGuest(t)
	if _, e := g.open(root, "fifo", 0, flagNonblock, rightFdWrite); e != ENXIO {
		t.Errorf("open for writing that nobody reads: %v", e)
	}
	fd := g.mustOpen(root, "fifo", 0, flagNonblock, rightFdRead)
	if got, e := g.read(fd, 10); got != "" || e != 0 {
		t.Errorf("read %q, %v with nobody writing", got, e)
	}
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, e := g.read(fd, 10); e != EAGAIN {
		t.Errorf("read of nothing: %v", e)
	}
	out := g.mustOpen(root, "fifo", 0, flagNonblock, rightFdWrite)
	if n, e := g.write(out, string(make([]byte, 100000))); n == 0 || n == 100000 || e != 0 {
		t.Errorf("written %d in part, %v", n, e)
	}
	if _, e := g.write(out, "x"); e != EAGAIN {
		t.Errorf("write to a full pipe: %v", e)
	}
}

// TestFifoOpen waits in path_open for a reader, and ends when that comes, when the instance is stopped, and when the
// System is closed.
func TestFifoOpen(t *testing.T) {
	for name, end := range map[string]struct {
		by   func(t *testing.T, g *guest, path string)
		want error
	}{
		"reader": {func(t *testing.T, g *guest, path string) {
			r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = r.Close() })
		}, nil},
		"stop":  {func(_ *testing.T, g *guest, _ string) { g.in.Group().Stop(errStop) }, errStop},
		"close": {func(_ *testing.T, g *guest, _ string) { _ = g.s.Close() }, ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			watchLeaks(t)
			g, path := newFifoGuest(t)
			var e Errno
			ended := g.start(func() { _, e = g.open(root, "fifo", 0, 0, rightFdWrite) })
			time.Sleep(time.Millisecond)
			end.by(t, g, path)
			wantEnd(t, ended, end.want)
			if e != 0 {
				t.Error(e)
			}
		})
	}
}

// TestFifoStop stops a read and a write of a named pipe that the guest has opened.
func TestFifoStop(t *testing.T) {
	for _, base := range []rights{rightFdRead, rightFdRead | rightFdWrite} {
		watchLeaks(t)
		g, _ := newFifoGuest(t)
		fd := g.mustOpen(root, "fifo", 0, 0, base)
		call := g.fdRead(fd)
		if base&rightFdWrite != 0 {
			call = func() {
				for {
					g.write(fd, string(make([]byte, 60000)))
				}
			}
		}
		ended := g.start(call)
		g.in.Group().Stop(errStop)
		wantEnd(t, ended, errStop)
	}
}

// TestDevices opens what is neither file nor directory.
func TestDevices(t *testing.T) {
	g := newGuest(t, Config{Dirs: []Dir{{Host: "/dev", Guest: "/"}}})
	zero := g.mustOpen(root, "zero", 0, 0, rw)
	if got, e := g.read(zero, 3); got != "\x00\x00\x00" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	if typ, _, base, _ := g.fdstat(zero); typ != typeCharacterDevice || base != rw {
		t.Errorf("type %d, rights %x", typ, base)
	}
	null := g.mustOpen(root, "null", 0, 0, rw)
	if n, e := g.write(null, "x"); n != 1 || e != 0 {
		t.Errorf("written %d, %v", n, e)
	}
	if got, e := g.read(null, 3); got != "" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	full := g.mustOpen(root, "full", 0, 0, rw)
	if _, e := g.write(full, "x"); e != ENOSPC {
		t.Errorf("written to what is full: %v", e)
	}
}

// TestMagicLinks opens through links of /proc, which lead anywhere.
func TestMagicLinks(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		g := newGuest(t, Config{Dirs: []Dir{{Host: "/proc/self", Guest: "/"}}})
		for _, name := range []string{"cwd/x", "root/etc/passwd", "exe", "fd/0", "cwd"} {
			if fd, e := g.open(root, name, 0, 0, rightFdRead); e == 0 {
				t.Errorf("%s is open as %d", name, fd)
			}
		}
	})
}

// TestHostFiles exhausts the descriptors of the host: the error is mfile, and all are given back.
func TestHostFiles(t *testing.T) {
	watchLeaks(t)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	low := old
	low.Cur = uint64(openFds()) + 40
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Skip(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) }()
	g, dir := newDirGuest(t)
	writeFile(t, dir, "file", "x")
	for range 100 {
		if _, e := g.open(root, "file", 0, 0, rightFdRead); e != 0 {
			if e != EMFILE {
				t.Errorf("open: %v", e)
			}
			return
		}
	}
	t.Error("the host has no limit")
}

// TestPortableFifo opens and reads a named pipe by os.Root: that does not wait, and what waits can be stopped.
func TestPortableFifo(t *testing.T) {
	testBackend = backend{"os.Root", newRootDir}
	defer func() { testBackend = hostBackends()[0] }()
	g, dir := newDirGuest(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, e := g.open(root, "fifo", 0, 0, rightFdWrite); e != ENXIO {
		t.Errorf("open for writing that nobody reads: %v", e)
	}
	fd := g.mustOpen(root, "fifo", 0, 0, rightFdRead)
	out := g.mustOpen(root, "fifo", 0, 0, rightFdWrite)
	g.write(out, "hello")
	if got, e := g.read(fd, 10); got != "hello" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	ended := g.start(g.fdRead(fd))
	g.in.Group().Stop(errStop)
	wantEnd(t, ended, errStop)
}
