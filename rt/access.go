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
			if _, ok := kindOf(v, []*Memory{m}); !ok {
				panic(v)
			}
			n, err = 0, ErrClosed
		}
	}()
	b := m.Bytes()
	if off < 0 || uint64(off) > uint64(len(b)) {
		return 0, io.ErrUnexpectedEOF
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
