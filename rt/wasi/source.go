package wasi

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// source is what a stream reads from. A stopped thread does not stay in it, nor does it hold up others.
type source interface {
	// read is Read for the caller. It never returns 0 bytes without an error.
	read(c caller, p []byte) (int, error)
}

// directSource can do without a buffer while it does not block, and heeds the flag nonblock.
type directSource interface {
	readv(c caller, v vector) (int, error)
}

// newSource chooses the way to wait for r: the host's poll, deadlines, or another goroutine.
func (s *System) newSource(r io.Reader) source {
	switch r := r.(type) {
	case eof, *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return &readySource{r: r}
	case *os.File:
		if src := s.newFileSource(r); src != nil {
			return src
		}
	}
	if d, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok && hasDeadline(d.SetReadDeadline) {
		return &timedSource{turn: newTurn(), r: r, setDeadline: d.SetReadDeadline}
	}
	return &helpedSource{turn: newTurn(), helper: newHelper[chunk](), r: r}
}

// maxEmptyReads is how often a reader may return no bytes and no error, as in package bufio.
const maxEmptyReads = 100

// readSome is Read, but 0 bytes mean an end or an error, as they do for a guest.
func readSome(r io.Reader, p []byte) (int, error) {
	for range maxEmptyReads {
		if n, err := r.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// readySource is a reader that never blocks.
type readySource struct {
	mu sync.Mutex
	r  io.Reader
}

func (s *readySource) read(_ caller, p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return readSome(s.r, p)
}

// timedSource is a reader with deadlines.
type timedSource struct {
	turn        turn
	r           io.Reader
	setDeadline func(time.Time) error
}

func (s *timedSource) read(c caller, p []byte) (n int, err error) {
	if err := s.turn.take(c); err != nil {
		return 0, err
	}
	defer s.turn.release()
	if closed := c.timed(s.setDeadline, func() { n, err = readSome(s.r, p) }); closed != nil {
		return 0, closed
	}
	return n, err
}

// helpedSource is any other reader.
type helpedSource struct {
	turn   turn
	r      io.Reader
	helper helper[chunk]
	rest   []byte // what was read and nobody took yet
}

// chunk is what a Read delivered.
type chunk struct {
	b   []byte
	err error
}

func (s *helpedSource) read(c caller, p []byte) (int, error) {
	if err := s.turn.take(c); err != nil {
		return 0, err
	}
	defer s.turn.release()
	if len(s.rest) == 0 { // reads no more than a guest has asked for
		got, err := s.helper.do(c, func() chunk {
			b := make([]byte, len(p))
			n, err := readSome(s.r, b)
			return chunk{b[:n], err}
		})
		if err != nil {
			return 0, err
		}
		if len(got.b) == 0 {
			return 0, got.err
		}
		s.rest = got.b // an error that comes with bytes comes again with the next read
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// bufferedSource can be peeked at; it is that of a connection.
type bufferedSource struct {
	turn turn
	br   *bufio.Reader // of the source itself
	src  source
	c    caller // the one that has the turn
}

func newBufferedSource(src source) *bufferedSource {
	s := &bufferedSource{turn: newTurn(), src: src}
	s.br = bufio.NewReader(s)
	return s
}

// Read fills the buffer.
func (s *bufferedSource) Read(p []byte) (int, error) { return s.src.read(s.c, p) }

func (s *bufferedSource) read(c caller, p []byte) (int, error) { return s.recv(c, p, 0) }

// recv is read with the flags of sock_recv.
func (s *bufferedSource) recv(c caller, p []byte, flags int32) (int, error) {
	if err := s.turn.take(c); err != nil {
		return 0, err
	}
	defer s.turn.release()
	s.c = c
	defer func() { s.c = caller{} }()
	switch {
	case flags&recvPeek != 0:
		if _, err := s.br.Peek(1); err != nil {
			return 0, err
		}
		b, err := s.br.Peek(s.br.Buffered())
		return copy(p, b), err
	case flags&recvWaitall != 0:
		n, err := io.ReadFull(s.br, p)
		if n > 0 {
			err = nil
		}
		return n, err
	}
	return readSome(s.br, p)
}

// buffered is the number of bytes read ahead.
func (s *bufferedSource) buffered() int {
	if !s.turn.try() { // who has the turn is reading them
		return 0
	}
	defer s.turn.release()
	return s.br.Buffered()
}
