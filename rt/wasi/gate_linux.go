package wasi

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// gate is what a thread waits at for descriptors of the host: an epoll instance. That is a descriptor too, for which
// Go's own poller waits; so no thread of the kernel's is in use, the deadline is the time-out, and a deadline in the
// past the interruption. The host's files, whose modes and deadlines are not touched, may block.
type gate struct {
	f    *os.File
	conn syscall.RawConn
}

func newGate() (*gate, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // else package os leaves it to the kernel
		return nil, errors.Join(err, syscall.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "epoll")
	conn, err := f.SyscallConn()
	if err == nil {
		err = f.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, orClose(f, err)
	}
	return &gate{f: f, conn: conn}, nil
}

// add makes the gate wait for fd too. It reports false for a file that is always ready.
func (g *gate) add(fd int, events uint32) (bool, error) {
	ev := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	switch err := g.ctl(syscall.EPOLL_CTL_ADD, fd, &ev); err {
	case syscall.EPERM:
		return false, nil
	default:
		return err == nil, err
	}
}

func (g *gate) remove(fd int) error { return g.ctl(syscall.EPOLL_CTL_DEL, fd, &syscall.EpollEvent{}) }

func (g *gate) ctl(op, fd int, ev *syscall.EpollEvent) (err error) {
	ctlErr := g.conn.Control(func(epfd uintptr) { err = syscall.EpollCtl(int(epfd), op, fd, ev) })
	if err == nil {
		err = ctlErr
	}
	return err
}

// wait reports whether one of the descriptors is ready, none after the deadline.
func (g *gate) wait() (ready bool, err error) {
	var events [1]syscall.EpollEvent
	n := 0
	connErr := g.conn.Read(func(epfd uintptr) bool {
		for {
			if n, err = syscall.EpollWait(int(epfd), events[:], 0); err != syscall.EINTR {
				return n != 0
			}
		}
	})
	switch {
	case err != nil:
		return false, err
	case errors.Is(connErr, os.ErrDeadlineExceeded):
		return false, nil
	}
	return n > 0, connErr
}

// gates keeps some gates for later waits.
type gates struct {
	mu     sync.Mutex
	idle   []*gate
	closed bool
}

// maxIdleGates is how many descriptors of the host a System may hold for nothing.
const maxIdleGates = 8

func (gs *gates) get() (*gate, error) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if n := len(gs.idle); n > 0 {
		g := gs.idle[n-1]
		gs.idle = gs.idle[:n-1]
		return g, nil
	}
	return newGate()
}

// put keeps g, which has no descriptors any more.
func (gs *gates) put(g *gate) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.closed || len(gs.idle) >= maxIdleGates || g.f.SetReadDeadline(time.Time{}) != nil {
		_ = g.f.Close() // nothing is lost
		return
	}
	gs.idle = append(gs.idle, g)
}

func (gs *gates) close() {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	gs.closed = true
	for _, g := range gs.idle {
		_ = g.f.Close()
	}
	gs.idle = nil
}

// await waits until one of the wants is ready, or for limit unless it is negative. It reports whether one may be.
func (s *System) await(c caller, list []pollWant, limit time.Duration) (bool, error) {
	g, err := s.gates.get()
	if err != nil {
		return false, err
	}
	events := make(map[int]uint32, len(list))
	for _, w := range list {
		if w.write {
			events[w.fd] |= syscall.EPOLLOUT
		} else {
			events[w.fd] |= syscall.EPOLLIN
		}
	}
	defer s.leave(g, events)
	for fd, e := range events {
		if waiting, err := g.add(fd, e); err != nil || !waiting {
			return true, err
		}
	}
	if limit >= 0 {
		if err := g.f.SetReadDeadline(time.Now().Add(limit)); err != nil {
			return false, err
		}
	}
	ready := false
	closed := c.block(func() { _ = g.f.SetReadDeadline(past) }, nil, func() { ready, err = g.wait() })
	if closed != nil {
		err = closed
	}
	return ready, err
}

// leave gives g back. A descriptor that can not be removed was closed meanwhile, and what it stood for may still be in
// the gate; so that is closed then.
func (s *System) leave(g *gate, events map[int]uint32) {
	clean := true
	for fd := range events {
		clean = g.remove(fd) == nil && clean
	}
	if !clean {
		_ = g.f.Close()
		return
	}
	s.gates.put(g)
}
