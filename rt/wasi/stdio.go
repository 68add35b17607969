package wasi

import (
	"io"
	"os"
	"syscall"

	"github.com/wasm2go/wasm2go/rt"
)

// stream is a descriptor without a position: standard input and output, pipes, terminals, connections.
type stream struct {
	waits waits // the calls that close ends
	typ   filetype
	r     source // nil if it can not be read
	w     sink   // nil if it can not be written
	// file is the stream's *os.File, if it is one; conn gives access to the host's descriptor, for poll_oneoff.
	file *os.File
	conn syscall.RawConn
	own  io.Closer // what close closes, nil for what is the host's
}

func (s *System) newStream(typ filetype) *stream {
	return &stream{typ: typ, waits: waits{up: &s.waits}}
}

// caller is who calls the function called name for the stream.
func (st *stream) caller(in *rt.Instance, name string, flags fdflags) caller {
	return caller{in: in, name: name, ws: &st.waits, nonblock: flags&flagNonblock != 0}
}

// newOpenedStream makes the stream of a file without a position that the guest has opened, in non-blocking mode.
func (s *System) newOpenedStream(f *os.File, typ filetype, isFifo bool, how openHow) *stream {
	st := s.newStream(typ)
	st.own, st.file = f, f
	if conn, err := f.SyscallConn(); err == nil {
		st.conn = conn
	}
	if how.writes() {
		st.w = s.newSink(f)
		if !how.reads() {
			return st
		}
	}
	st.r = s.newSource(f)
	if isFifo && !how.writes() {
		st.r = openedFifo(st.r)
	}
	return st
}

// stdio makes descriptors 0 to 2. Output and error output to the same writer share one sink.
func (s *System) stdio(stdin io.Reader, stdout, stderr io.Writer) []*descriptor {
	if stdin == nil {
		stdin = eof{}
	}
	out := s.newSink(stdout)
	errs := out
	if !sameWriter(stdout, stderr) {
		errs = s.newSink(stderr)
	}
	streams := [...]*stream{s.newStream(typeUnknown), s.newStream(typeUnknown), s.newStream(typeUnknown)}
	streams[0].r, streams[1].w, streams[2].w = s.newSource(stdin), out, errs
	return []*descriptor{
		stdDescriptor(stdin, streams[0], rightFdRead),
		stdDescriptor(stdout, streams[1], rightFdWrite),
		stdDescriptor(stderr, streams[2], rightFdWrite),
	}
}

// stdDescriptor makes the descriptor of one standard stream, f being what the host gave. A regular file is one for the
// guest too, and can be sought.
func stdDescriptor(f any, st *stream, r rights) *descriptor {
	file, ok := f.(*os.File)
	if !ok || file == nil {
		return newDescriptor(st, streamRights|r, 0, 0)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return newDescriptor(&hostFile{f: file, borrowed: true}, streamRights|rightFdSeek|rightFdTell|r, 0, 0)
	}
	st.file = file
	if err == nil {
		st.typ = streamType(info)
	}
	if conn, err := file.SyscallConn(); err == nil {
		st.conn = conn
	}
	return newDescriptor(st, streamRights|r, 0, 0)
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
	st.waits.close()
	if st.own == nil {
		return nil
	}
	return st.own.Close()
}

func (st *stream) sync(bool) error { return nil }

func (st *stream) readv(v vector, flags fdflags) (int, error) {
	return st.read(st.caller(v.in, "fd_read", flags), v, 0)
}

// read reads what is there; it blocks if there is nothing. The flags are those of sock_recv.
func (st *stream) read(c caller, v vector, flags int32) (int, error) {
	if st.r == nil {
		return 0, EBADF
	}
	if r, ok := st.r.(directSource); ok {
		return r.readv(c, v)
	}
	if c.nonblock && v.total > 0 && !st.readable() {
		return 0, EAGAIN
	}
	switch r := st.r.(type) {
	case *bufferedSource:
		return v.scatter(func(p []byte) (int, error) { return r.recv(c, p, flags) })
	default:
		return v.scatter(func(p []byte) (int, error) { return r.read(c, p) })
	}
}

func (st *stream) writev(v vector, flags fdflags) (int, error) {
	return st.write(st.caller(v.in, "fd_write", flags), v)
}

func (st *stream) write(c caller, v vector) (int, error) {
	if st.w == nil {
		return 0, EBADF
	}
	if c.nonblock && v.total > 0 && !st.writable() {
		return 0, EAGAIN
	}
	return st.w.writev(c, v)
}

// readable and writable report whether a call would not block, as far as can be known.
func (st *stream) readable() bool {
	if st.r == nil || st.buffered() > 0 {
		return true
	}
	ready, _ := pollConn(st.conn, false)
	return ready
}

func (st *stream) writable() bool {
	ready, _ := pollConn(st.conn, true)
	return ready
}

// pollConn is pollNow. What has no descriptor of the host is ready.
func pollConn(conn syscall.RawConn, write bool) (ready, hangup bool) {
	if conn == nil {
		return true, false
	}
	fd, ok := rawFd(conn)
	if !ok {
		return true, false
	}
	return pollNow(fd, write)
}

// buffered is the number of bytes read ahead.
func (st *stream) buffered() int {
	b, ok := st.r.(*bufferedSource)
	if !ok {
		return 0
	}
	return b.buffered()
}

// rawFd returns the host's descriptor. It is used after the RawConn let go of it: if the guest closes the stream
// meanwhile, a poll may look at another file and wake up for nothing.
func rawFd(conn syscall.RawConn) (fd int, ok bool) {
	err := conn.Control(func(p uintptr) { fd, ok = int(p), true })
	return fd, ok && err == nil && canPoll
}
