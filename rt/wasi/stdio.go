package wasi

import (
	"bufio"
	"io"
	"os"
	"sync"
	"syscall"
)

// stream is a descriptor without a position: standard input and output, pipes, terminals, connections.
type stream struct {
	typ filetype
	r   *source // nil if it can not be read
	w   *sink   // nil if it can not be written
	// file is the stream's *os.File, if it is one; conn gives access to the host's descriptor, for poll_oneoff.
	file *os.File
	conn syscall.RawConn
	own  io.Closer // what close closes, nil for what is the host's
}

// source is an io.Reader of which one call uses at a time.
type source struct {
	mu sync.Mutex
	r  io.Reader
	br *bufio.Reader // r if it can be peeked at
}

// sink is an io.Writer of which one call uses at a time, unless the host's kernel sees to that.
type sink struct {
	mu   sync.Mutex
	w    io.Writer
	free bool
}

// stdio makes descriptors 0 to 2. Output and error output to the same writer share one sink.
func stdio(stdin io.Reader, stdout, stderr io.Writer) []*descriptor {
	if stdin == nil {
		stdin = eof{}
	}
	out := newSink(stdout)
	errs := out
	if !sameWriter(stdout, stderr) {
		errs = newSink(stderr)
	}
	return []*descriptor{
		stdDescriptor(stdin, &stream{r: &source{r: stdin}}, rightFdRead),
		stdDescriptor(stdout, &stream{w: out}, rightFdWrite),
		stdDescriptor(stderr, &stream{w: errs}, rightFdWrite),
	}
}

// stdDescriptor makes the descriptor of one standard stream, f being what the host gave. A regular file is one for the
// guest too, and can be sought.
func stdDescriptor(f any, st *stream, r rights) *descriptor {
	file, ok := f.(*os.File)
	if !ok || file == nil {
		return &descriptor{obj: st, base: streamRights | r}
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return &descriptor{obj: &hostFile{f: file, borrowed: true}, base: streamRights | rightFdSeek | rightFdTell | r}
	}
	st.file = file
	if err == nil {
		st.typ = streamType(info)
	}
	if conn, err := file.SyscallConn(); err == nil {
		st.conn = conn
	}
	return &descriptor{obj: st, base: streamRights | r}
}

// streamType gives what the guest's isatty goes by: only a terminal is a character device.
func streamType(info os.FileInfo) filetype {
	switch mode := info.Mode(); {
	case mode&os.ModeSocket != 0:
		return typeSocketStream
	case mode&os.ModeCharDevice != 0:
		if null, err := os.Stat(os.DevNull); err != nil || !os.SameFile(null, info) {
			return typeCharacterDevice
		}
	}
	return typeUnknown
}

func newSink(w io.Writer) *sink {
	if w == nil {
		return &sink{w: io.Discard, free: true}
	}
	_, isFile := w.(*os.File)
	return &sink{w: w, free: isFile}
}

// sameWriter compares writers, of which some types can not be compared.
func sameWriter(a, b io.Writer) (same bool) {
	defer func() {
		if recover() != nil {
			same = false
		}
	}()
	return a != nil && a == b
}

// eof is an empty standard input.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (st *stream) filetype() filetype { return st.typ }

func (st *stream) filestat() (filestat, error) {
	if st.file != nil {
		if info, err := st.file.Stat(); err == nil {
			fstat := statOf(info, info.Name())
			fstat.filetype = st.typ
			return fstat, nil
		}
	}
	return filestat{filetype: st.typ, nlink: 1}, nil
}

func (st *stream) close() error {
	if st.own == nil {
		return nil
	}
	return st.own.Close()
}

func (st *stream) sync() error { return nil }

// readv reads what is there; it blocks if there is nothing.
func (st *stream) readv(v vector, flags fdflags) (int, error) {
	if st.r == nil {
		return 0, EBADF
	}
	if flags&flagNonblock != 0 && v.total > 0 && !st.readable() {
		return 0, EAGAIN
	}
	return v.scatter(st.r.read)
}

// maxEmptyReads is how often a reader may return no bytes and no error, as in package bufio.
const maxEmptyReads = 100

// read is Read, but 0 bytes mean an end or an error, as they do for a guest.
func (s *source) read(p []byte) (int, error) {
	if _, isFile := s.r.(*os.File); !isFile {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	for range maxEmptyReads {
		if n, err := s.r.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

func (st *stream) writev(v vector) (int, error) {
	if st.w == nil {
		return 0, EBADF
	}
	if !st.w.free {
		st.w.mu.Lock()
		defer st.w.mu.Unlock()
	}
	return v.gather(st.w.w.Write)
}

// readable reports whether a read would not block, as far as can be known.
func (st *stream) readable() bool {
	if st.r == nil || st.buffered() > 0 || st.conn == nil {
		return true
	}
	fd, ok := rawFd(st.conn)
	if !ok {
		return true
	}
	ready, err := pollRead([]int{fd}, 0)
	return err != nil || len(ready) > 0
}

// buffered is the number of bytes read ahead.
func (st *stream) buffered() int {
	if st.r == nil || st.r.br == nil || !st.r.mu.TryLock() { // who holds the lock is reading them
		return 0
	}
	defer st.r.mu.Unlock()
	return st.r.br.Buffered()
}

// rawFd returns the host's descriptor. It is used after the RawConn let go of it: if the guest closes the stream
// meanwhile, a poll may look at another file and wake up for nothing.
func rawFd(conn syscall.RawConn) (fd int, ok bool) {
	err := conn.Control(func(p uintptr) { fd, ok = int(p), true })
	return fd, ok && err == nil && canPoll
}
