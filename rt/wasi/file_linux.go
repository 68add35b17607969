package wasi

import (
	"io"
	"os"
	"sync/atomic"
	"syscall"
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

func (s *fileSource) read(c caller, p []byte) (int, error) {
	if err := s.turn.take(c); err != nil {
		return 0, err
	}
	defer s.turn.release()
	return s.wait(c, p)
}

// readv lets the kernel write to the guest's memory if that can be done at once. What it reads is bounded also because
// the scheduler waits for preadv2.
func (s *fileSource) readv(c caller, v vector) (int, error) {
	if err := s.turn.take(c); err != nil {
		return 0, err
	}
	defer s.turn.release()
	if v.n == 1 && v.total > 0 {
		p, err := v.at(0)
		if err != nil {
			return 0, err
		}
		switch n, err := s.tryRead(p[:min(len(p), bounceSize)]); err {
		case syscall.EAGAIN:
			if c.nonblock {
				return 0, EAGAIN
			}
		case io.EOF:
			return 0, nil
		default:
			return n, err
		}
	}
	return v.scatter(func(p []byte) (int, error) { return s.wait(c, p) })
}

func (s *fileSource) tryRead(p []byte) (int, error) {
	n, err := s.try(s.conn.Read, p)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

// wait is read for the thread that has the turn. It waits unless the descriptor has the flag nonblock.
func (s *fileSource) wait(c caller, p []byte) (n int, err error) {
	if c.nonblock {
		return s.tryRead(p)
	}
	if s.timed {
		if closed := c.timed(s.f.SetReadDeadline, func() { n, err = s.f.Read(p) }); closed != nil {
			return 0, closed
		}
		return n, err
	}
	for {
		if n, err = s.tryRead(p); err != syscall.EAGAIN {
			return n, err
		}
		if err := s.s.awaitRead(c, s.conn); err != nil {
			return 0, err
		}
	}
}

// awaitRead waits until a file can be read.
func (s *System) awaitRead(c caller, conn syscall.RawConn) error {
	fd, ok := rawFd(conn)
	if !ok {
		return EBADF
	}
	_, err := s.await(c, []pollWant{{fd, false}}, -1)
	return err
}

// fifoSource is a named pipe opened by the guest. Until somebody has opened it for writing there is nothing to read, but
// no end either.
type fifoSource struct {
	*fileSource
	opened atomic.Bool
}

func (s *fifoSource) readv(c caller, v vector) (int, error) {
	if !s.opened.Load() && !c.nonblock {
		if err := s.s.awaitRead(c, s.conn); err != nil {
			return 0, err
		}
		s.opened.Store(true)
	}
	return s.fileSource.readv(c, v)
}

// openedFifo makes the source of a named pipe that the guest has opened only for reading.
func openedFifo(src source) source {
	if f, ok := src.(*fileSource); ok {
		return &fifoSource{fileSource: f}
	}
	return src
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

func (k fileSink) writev(c caller, v vector) (int, error) {
	if err := k.turn.take(c); err != nil {
		return 0, err
	}
	defer k.turn.release()
	return v.gather(func(p []byte) (int, error) {
		n, err := k.try(k.conn.Write, p)
		if c.nonblock && (n > 0 || err == syscall.EAGAIN) {
			return n, err
		}
		if err != nil || n < len(p) {
			return k.wait(c, p, n)
		}
		return n, nil
	})
}

// wait writes the rest of p, after n bytes, with a deadline to be stopped by. It also leaves errors to package os, which
// knows what a broken pipe means.
func (k fileSink) wait(c caller, p []byte, n int) (int, error) {
	var rest int
	var err error
	if closed := c.timed(k.f.SetWriteDeadline, func() { rest, err = k.f.Write(p[n:]) }); closed != nil {
		err = closed
	}
	return n + rest, err
}

// readAgain and writeAgain are for files in non-blocking mode.
func readAgain(fd uintptr, p []byte) (int, error) {
	return again(func() (int, error) { return syscall.Read(int(fd), p) })
}

func writeAgain(fd uintptr, p []byte) (int, error) {
	return again(func() (int, error) { return syscall.Write(int(fd), p) })
}

// readNow is for files in blocking mode. Not all kinds can do without blocking: terminals, named pipes, and pipes before
// Linux 6.4. These are looked at before they are read, which then blocks only if another process takes what there was.
func readNow(fd uintptr, p []byte) (int, error) {
	n, err := preadv2(fd, p)
	if err != syscall.EOPNOTSUPP && err != syscall.ENOSYS && err != syscall.EINVAL {
		return n, err
	}
	if ready, _ := pollNow(int(fd), false); !ready {
		return 0, syscall.EAGAIN
	}
	return readAgain(fd, p)
}
