package wasi

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/wasm2go/wasm2go/rt"
)

// hostIO reads or writes a file of the host without blocking first, because what must be stoppable costs more. Who has
// the turn uses its fields and waits.
type hostIO struct {
	s    *System
	f    *os.File
	conn syscall.RawConn
	turn turn
	call func(fd uintptr, p []byte) (int, error) // fails with EAGAIN instead of blocking
	p    []byte                                  // arguments and results of a call
	n    int
	err  error
	run  func(fd uintptr) bool
}

// newHostIO returns nil for a file that can not be used so.
func (s *System) newHostIO(f *os.File, call func(fd uintptr, p []byte) (int, error)) *hostIO {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil
	}
	h := &hostIO{s: s, f: f, conn: conn, turn: newTurn(), call: call}
	h.run = func(fd uintptr) bool {
		h.n, h.err = h.call(fd, h.p)
		return true
	}
	return h
}

// try is a call, rawIO being the conn's Read or Write.
func (h *hostIO) try(rawIO func(func(uintptr) bool) error, p []byte) (int, error) {
	h.p = p
	err := rawIO(h.run)
	h.p = nil
	switch {
	case err != nil:
		return 0, err
	case h.err != nil:
		return 0, h.err
	}
	return h.n, nil
}

// newFileSource leaves it to Go's poller to wait for a file with deadlines, which is in non-blocking mode.
func (s *System) newFileSource(f *os.File) source {
	timed := hasDeadline(f.SetReadDeadline)
	call := readNow
	if timed {
		call = readAgain
	}
	if h := s.newHostIO(f, call); h != nil {
		return &fileSource{h, timed}
	}
	return nil
}

// fileSource is a file that is no regular one.
type fileSource struct {
	*hostIO
	timed bool // deadlines work, as the file is in non-blocking mode
}

func (s *fileSource) read(in *rt.Instance, name string, p []byte) (int, error) {
	s.turn.take(&s.s.waits, in, name)
	defer s.turn.release()
	return s.wait(in, name, p)
}

// readv lets the kernel write to the guest's memory if that can be done at once. What it reads is bounded also because
// the scheduler waits for preadv2.
func (s *fileSource) readv(v vector, name string) (int, error) {
	s.turn.take(&s.s.waits, v.in, name)
	defer s.turn.release()
	if v.n == 1 && v.total > 0 {
		p, err := v.at(0)
		if err != nil {
			return 0, err
		}
		switch n, err := s.tryRead(p[:min(len(p), bounceSize)]); err {
		case syscall.EAGAIN:
		case io.EOF:
			return 0, nil
		default:
			return n, err
		}
	}
	return v.scatter(func(p []byte) (int, error) { return s.wait(v.in, name, p) })
}

func (s *fileSource) tryRead(p []byte) (int, error) {
	n, err := s.try(s.conn.Read, p)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

// wait is read for the thread that has the turn.
func (s *fileSource) wait(in *rt.Instance, name string, p []byte) (n int, err error) {
	if s.timed {
		s.s.waits.timed(in, name, s.f.SetReadDeadline, func() { n, err = s.f.Read(p) })
		return n, err
	}
	for {
		if n, err = s.tryRead(p); err != syscall.EAGAIN {
			return n, err
		}
		if err := s.await(in, name); err != nil {
			return 0, err
		}
	}
}

// await waits for a file in blocking mode.
func (s *fileSource) await(in *rt.Instance, name string) error {
	fd, ok := rawFd(s.conn)
	if !ok {
		return EBADF
	}
	_, err := s.s.await(in, name, []int{fd}, -1)
	return err
}

// newFileSink writes to a file in blocking mode directly: to ask first would cost too much.
func (s *System) newFileSink(f *os.File) sink {
	if hasDeadline(f.SetWriteDeadline) {
		if h := s.newHostIO(f, writeAgain); h != nil {
			return fileSink{h}
		}
	}
	return plainFileSink{f}
}

// fileSink is a file with deadlines. The guest's memory is only read by the kernel.
type fileSink struct{ *hostIO }

func (k fileSink) writev(v vector, name string) (int, error) {
	k.turn.take(&k.s.waits, v.in, name)
	defer k.turn.release()
	return v.gather(func(p []byte) (int, error) {
		n, err := k.try(k.conn.Write, p)
		if err != nil || n < len(p) {
			return k.wait(v.in, name, p, n)
		}
		return n, nil
	})
}

// wait writes the rest of p, after n bytes, with a deadline to be stopped by. It also leaves errors to package os, which
// knows what a broken pipe means.
func (k fileSink) wait(in *rt.Instance, name string, p []byte, n int) (int, error) {
	var rest int
	var err error
	k.s.waits.timed(in, name, k.f.SetWriteDeadline, func() { rest, err = k.f.Write(p[n:]) })
	return n + rest, err
}

// readAgain and writeAgain are for files in non-blocking mode.
func readAgain(fd uintptr, p []byte) (int, error) {
	for {
		if n, err := syscall.Read(int(fd), p); err != syscall.EINTR {
			return n, err
		}
	}
}

func writeAgain(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }

// sysPreadv2 is the number of a system call that package syscall lacks, 0 where it is not known.
var sysPreadv2 = map[string]uintptr{"amd64": 327, "arm64": 286, "riscv64": 286, "loong64": 286}[runtime.GOARCH]

// rwfNowait makes preadv2 fail with EAGAIN instead of blocking.
const rwfNowait = 8

// readNow is for files in blocking mode. Not all kinds can do without blocking: terminals, named pipes, and pipes before
// Linux 6.4. These are looked at before they are read, which then blocks only if another process takes what there was.
func readNow(fd uintptr, p []byte) (int, error) {
	n, err := preadv2(fd, p)
	if err != syscall.EOPNOTSUPP && err != syscall.ENOSYS && err != syscall.EINVAL {
		return n, err
	}
	if !pollNow(int(fd)) {
		return 0, syscall.EAGAIN
	}
	return readAgain(fd, p)
}

// preadv2 reads from the file's position, if it has one. It does not block, so the scheduler is not told.
func preadv2(fd uintptr, p []byte) (int, error) {
	iov := syscall.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	if sysPreadv2 == 0 {
		return 0, syscall.ENOSYS
	}
	n, _, e := syscall.RawSyscall6(sysPreadv2, fd, uintptr(unsafe.Pointer(&iov)), 1, ^uintptr(0), ^uintptr(0), rwfNowait)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}
