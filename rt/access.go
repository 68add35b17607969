package rt

import (
	"io"
	"runtime/debug"
)

// ReadAt copies from the memory. Unlike the slices that Bytes and Slice return, it can be used at any time and on any
// goroutine: a memory that is poisoned meanwhile, because its threads were stopped, ends it with an error. It implements
// io.ReaderAt.
func (m *Memory) ReadAt(p []byte, off int64) (int, error) { return m.access(p, off, false) }

// WriteAt copies to the memory, like ReadAt. It implements io.WriterAt.
func (m *Memory) WriteAt(p []byte, off int64) (int, error) { return m.access(p, off, true) }

func (m *Memory) access(p []byte, off int64, write bool) (n int, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			if !faultIn(v, []*Memory{m}) {
				panic(v)
			}
			n, err = 0, m.cause(ErrClosed)
		}
	}()
	b := m.Bytes()
	if off < 0 || uint64(off) > uint64(len(b)) {
		return 0, m.cause(io.ErrUnexpectedEOF)
	}
	if write {
		n = copy(b[off:], p)
	} else {
		n = copy(p, b[off:])
	}
	if n < len(p) {
		err = io.EOF
		if write {
			err = io.ErrShortWrite
		}
	}
	return n, err
}

// cause is why the memory's group has ended; otherwise, if it has not.
func (m *Memory) cause(otherwise error) error {
	m.mu.Lock()
	g := m.group
	m.mu.Unlock()
	if g != nil && g.Cause() != nil {
		return g.Cause()
	}
	return otherwise
}

// Contain calls f, a host's code around calls into the guest, and makes an error of a fault in the instance's memories
// that f itself meets because they were taken away meanwhile.
func (in *Instance) Contain(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			if !faultIn(v, in.mems) || !in.stopped() {
				panic(v)
			}
			err = in.cause()
		}
	}()
	return f()
}
