package wasi

import (
	"io"
	"io/fs"
	"sync/atomic"
	"syscall"

	"github.com/wasm2go/wasm2go/rt"
)

// listener is a socket for sock_accept.
type listener struct {
	ws     *waits
	l      Listener
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
	ln := &listener{ws: &s.waits, l: l, turn: newTurn(), helper: newHelper[accepted]()}
	ln.helper.delivered = ln.dropIfClosed
	return ln
}

func (*listener) filetype() filetype { return typeSocketStream }

func (*listener) filestat() (filestat, error) {
	return filestat{filetype: typeSocketStream, nlink: 1}, nil
}

func (l *listener) close() error {
	l.closed.Store(true)
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
func (l *listener) accept(in *rt.Instance) (a accepted) {
	l.turn.take(l.ws, in, "sock_accept")
	defer l.turn.release()
	op := func() accepted {
		c, err := l.l.Accept()
		return accepted{c, err}
	}
	if l.l.SetDeadline != nil {
		l.ws.timed(in, "sock_accept", l.l.SetDeadline, func() { a = op() })
		return a
	}
	return l.helper.do(l.ws, in, "sock_accept", op)
}

// newConnection makes the stream of an accepted connection.
func (s *System) newConnection(c io.ReadWriteCloser) *stream {
	st := &stream{typ: typeSocketStream, r: newBufferedSource(&s.waits, s.newSource(c)), w: s.newSink(c), own: c}
	if sc, ok := c.(syscall.Conn); ok {
		if conn, err := sc.SyscallConn(); err == nil {
			st.conn = conn
		}
	}
	return st
}

// SockAccept is sock_accept.
func (s *System) SockAccept(in *rt.Instance, fd, flags, result int32) int32 {
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
	a := l.accept(in)
	if a.err != nil {
		return 0, a.err
	}
	_, inheriting, _ := d.state()
	nd := &descriptor{obj: s.newConnection(a.c), base: socketRights & inheriting, flags: fdflags(flags)}
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
	if !ok || st.own == nil {
		return nil, nil, notSocket(d)
	}
	return d, st, d.need(r)
}

// The document's riflags.
const (
	recvPeek = 1 << iota
	recvWaitall
)

// SockRecv is sock_recv. The result flags are always 0: streams have no messages to cut.
func (s *System) SockRecv(in *rt.Instance, fd, data, dataLen, flags, nread, outFlags int32) int32 {
	d, st, err := s.connection(fd, rightFdRead)
	switch {
	case err != nil:
		return code(err)
	case flags&^(recvPeek|recvWaitall) != 0:
		return code(EINVAL)
	}
	o, err := span(in, outFlags, 2)
	if err != nil {
		return code(err)
	}
	le.PutUint16(o, 0)
	return code(transfer(in, data, dataLen, nread, func(v vector) (int, error) {
		_, _, fl := d.state()
		if fl&flagNonblock != 0 && v.total > 0 && !st.readable() {
			return 0, EAGAIN
		}
		return v.scatter(func(p []byte) (int, error) { return st.r.(*bufferedSource).recv(in, "sock_recv", p, flags) })
	}))
}

// SockSend is sock_send. There are no flags.
func (s *System) SockSend(in *rt.Instance, fd, data, dataLen, flags, nwritten int32) int32 {
	_, st, err := s.connection(fd, rightFdWrite)
	switch {
	case err != nil:
		return code(err)
	case flags != 0:
		return code(EINVAL)
	}
	return code(transfer(in, data, dataLen, nwritten, func(v vector) (int, error) {
		return st.write(v, "sock_send")
	}))
}

// The document's sdflags.
const (
	shutRead = 1 << iota
	shutWrite
)

// SockShutdown is sock_shutdown.
func (s *System) SockShutdown(in *rt.Instance, fd, how int32) int32 {
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
