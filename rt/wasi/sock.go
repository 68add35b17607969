package wasi

import (
	"io"
	"io/fs"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// ListenerOf makes a Listener of a listening socket, such as a *net.TCPListener or *net.UnixListener.
func ListenerOf[C io.ReadWriteCloser](ln interface {
	Accept() (C, error)
	Close() error
}) Listener {
	l := Listener{Close: ln.Close, Accept: func() (io.ReadWriteCloser, error) {
		c, err := ln.Accept()
		if err != nil { // C may be an interface that is nil
			return nil, err
		}
		return c, nil
	}}
	if d, ok := ln.(interface{ SetDeadline(time.Time) error }); ok {
		l.SetDeadline = d.SetDeadline
	}
	if c, ok := ln.(syscall.Conn); ok {
		l.SyscallConn = c.SyscallConn
	}
	return l
}

// listener is a socket for sock_accept.
type listener struct {
	waits  waits // the calls that close ends
	l      Listener
	conn   syscall.RawConn // nil if not known
	turn   turn
	helper helper[accepted] // without SetDeadline
	closed atomic.Bool
}

// accepted is what an Accept returned.
type accepted struct {
	c   io.ReadWriteCloser
	err error
}

func (s *System) newListener(l Listener) *listener {
	ln := &listener{waits: waits{up: &s.waits}, l: l, turn: newTurn(), helper: newHelper[accepted]()}
	ln.helper.delivered = ln.dropIfClosed
	if l.SyscallConn != nil {
		if conn, err := l.SyscallConn(); err == nil {
			ln.conn = conn
		}
	}
	return ln
}

func (l *listener) poll(write bool) (blocks bool, n uint64, hangup bool) {
	ready, hangup := pollConn(l.conn, write)
	return !ready, 1, hangup
}

func (l *listener) pollable() (syscall.RawConn, *waits) { return l.conn, &l.waits }

func (*listener) filetype() filetype { return typeSocketStream }

func (*listener) filestat() (filestat, error) {
	return filestat{filetype: typeSocketStream, nlink: 1}, nil
}

func (l *listener) close() error {
	l.closed.Store(true)
	l.waits.close()
	var err error
	if l.l.Close != nil {
		err = l.l.Close()
	}
	l.dropIfClosed()
	return err
}

// dropIfClosed closes a connection that came after the listener was closed.
func (l *listener) dropIfClosed() {
	if !l.closed.Load() {
		return
	}
	select {
	case o := <-l.helper.out:
		if o.value.c != nil {
			_ = o.value.c.Close() // nobody is there to be told
			o.value = accepted{err: fs.ErrClosed}
		}
		l.helper.out <- o
	default:
	}
}

// accept lets one thread at a time wait for a connection.
func (l *listener) accept(c caller) (io.ReadWriteCloser, error) {
	if ready, _ := pollConn(l.conn, false); c.nonblock && !ready {
		return nil, EAGAIN
	}
	if err := l.turn.take(c); err != nil {
		return nil, err
	}
	defer l.turn.release()
	var a accepted
	op := func() accepted {
		conn, err := l.l.Accept()
		return accepted{conn, err}
	}
	if l.l.SetDeadline == nil {
		a, err := l.helper.do(c, op)
		if err != nil {
			return nil, err
		}
		return a.c, a.err
	}
	if closed := c.timed(l.l.SetDeadline, func() { a = op() }); closed != nil {
		if a.c != nil {
			_ = a.c.Close() // nobody is there to be told
		}
		return nil, closed
	}
	return a.c, a.err
}

// newConnection makes the stream of an accepted connection.
func (s *System) newConnection(c io.ReadWriteCloser) *stream {
	st := s.newStream(typeSocketStream)
	st.r, st.w, st.own = newBufferedSource(s.newSource(c)), s.newSink(c), c
	if sc, ok := c.(syscall.Conn); ok {
		if conn, err := sc.SyscallConn(); err == nil {
			st.conn = conn
		}
	}
	return st
}

func (s *System) sockAccept(in *rt.Instance, fd, flags, result int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	n, err := s.accept(in, d, flags, result)
	if err == nil {
		err = putU32(in, result, uint32(n))
	}
	return code(err)
}

func (s *System) accept(in *rt.Instance, d *descriptor, flags, result int32) (int32, error) {
	l, ok := d.obj.(*listener)
	switch {
	case !ok:
		return 0, notSocket(d)
	case flags&^int32(flagsKnown) != 0:
		return 0, EINVAL
	case flags&^int32(flagNonblock) != 0:
		return 0, ENOTSUP
	}
	if err := d.need(rightSockAccept); err != nil {
		return 0, err
	}
	if err := check(in, result, 4); err != nil {
		return 0, err
	}
	if err := s.fds.room(); err != nil {
		return 0, err
	}
	_, inheriting := d.rights()
	conn, err := l.accept(caller{in: in, name: "sock_accept", ws: &l.waits, nonblock: d.flags()&flagNonblock != 0})
	if err != nil {
		return 0, err
	}
	nd := newDescriptor(s.newConnection(conn), socketRights&inheriting, 0, fdflags(flags))
	n, err := s.fds.add(nd)
	if err != nil {
		_ = nd.obj.close() // the table's error is the one to tell
	}
	return n, err
}

// notSocket is the error for a descriptor that is no socket of the kind needed.
func notSocket(d *descriptor) error {
	if d.obj.filetype() == typeSocketStream {
		return ENOTSUP
	}
	return ENOTSOCK
}

// connection returns the descriptor fd as a connection.
func (s *System) connection(fd int32, r rights) (*descriptor, *stream, error) {
	d, err := s.fds.get(fd)
	if err != nil {
		return nil, nil, err
	}
	st, ok := d.obj.(*stream)
	if !ok || st.own == nil || st.typ != typeSocketStream {
		return nil, nil, notSocket(d)
	}
	return d, st, d.need(r)
}

// The document's riflags.
const (
	recvPeek = 1 << iota
	recvWaitall
)

func (s *System) sockRecv(in *rt.Instance, fd, data, dataLen, flags, nread, outFlags int32) int32 {
	d, st, err := s.connection(fd, rightFdRead)
	switch {
	case err != nil:
		return code(err)
	case flags&^(recvPeek|recvWaitall) != 0:
		return code(EINVAL)
	}
	if err := check(in, outFlags, 2); err != nil {
		return code(err)
	}
	err = transfer(in, data, dataLen, nread, func(v vector) (int, error) {
		return st.read(st.caller(in, "sock_recv", d.flags()), v, flags)
	})
	if err != nil {
		return code(err)
	}
	o, err := span(in, outFlags, 2)
	if err == nil {
		le.PutUint16(o, 0)
	}
	return code(err)
}

func (s *System) sockSend(in *rt.Instance, fd, data, dataLen, flags, nwritten int32) int32 {
	d, st, err := s.connection(fd, rightFdWrite)
	switch {
	case err != nil:
		return code(err)
	case flags != 0:
		return code(EINVAL)
	}
	return code(transfer(in, data, dataLen, nwritten, func(v vector) (int, error) {
		return st.write(st.caller(in, "sock_send", d.flags()), v)
	}))
}

// The document's sdflags.
const (
	shutRead = 1 << iota
	shutWrite
)

func (s *System) sockShutdown(in *rt.Instance, fd, how int32) int32 {
	_, st, err := s.connection(fd, rightSockShutdown)
	switch {
	case err != nil:
		return code(err)
	case how == 0 || how&^(shutRead|shutWrite) != 0:
		return code(EINVAL)
	}
	return code(st.shutdown(how))
}

func (st *stream) shutdown(how int32) error {
	if how&shutRead != 0 {
		c, ok := st.own.(interface{ CloseRead() error })
		if !ok {
			return ENOTSUP
		}
		if err := c.CloseRead(); err != nil {
			return err
		}
	}
	if how&shutWrite != 0 {
		c, ok := st.own.(interface{ CloseWrite() error })
		if !ok {
			return ENOTSUP
		}
		return c.CloseWrite()
	}
	return nil
}
