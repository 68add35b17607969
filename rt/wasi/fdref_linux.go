package wasi

import (
	"sync/atomic"
	"syscall"
)

// fdRef is a descriptor of the host. It is closed when it is not in use any more.
type fdRef struct {
	fd   int
	uses atomic.Int64 // calls in progress, one more while it is open, and fdClosed
}

const fdClosed = 1 << 62

func newFdRef(fd int) *fdRef {
	r := &fdRef{fd: fd}
	r.uses.Store(1)
	return r
}

// use keeps the descriptor open until done is called. It fails with EBADF if it was closed.
func (r *fdRef) use() error {
	for {
		n := r.uses.Load()
		if n&fdClosed != 0 {
			return EBADF
		}
		if r.uses.CompareAndSwap(n, n+1) {
			return nil
		}
	}
}

func (r *fdRef) done() {
	if r.uses.Add(-1) == fdClosed {
		_ = syscall.Close(r.fd) // who closed it has been told that it is
	}
}

// close fails with EBADF if it was closed before. The kernel's error is told if the descriptor is not in use.
func (r *fdRef) close() error {
	for {
		n := r.uses.Load()
		if n&fdClosed != 0 {
			return EBADF
		}
		if !r.uses.CompareAndSwap(n, (n-1)|fdClosed) {
			continue
		}
		if n == 1 {
			return syscall.Close(r.fd)
		}
		return nil
	}
}
