package wasi

import (
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// fdFile is a regular file or block device of a Linux host. The kernel keeps the position and the append mode, and reads
// and writes the guest's memory: if that is taken away meanwhile, the call is short or fails with EFAULT.
type fdFile struct {
	*fdRef
	typ      filetype
	readOnly bool // of a read-only preopen
}

func (h *fdFile) filetype() filetype { return h.typ }

func (h *fdFile) filestat() (filestat, error) {
	var st syscall.Stat_t
	err := h.with(func(fd int) error { return syscall.Fstat(fd, &st) })
	return filestatOf(&st), err
}

// with calls f with the descriptor, which stays open meanwhile.
func (h *fdFile) with(f func(fd int) error) error {
	if err := h.use(); err != nil {
		return err
	}
	defer h.done()
	return f(h.fd)
}

// write is with for functions that change the file.
func (h *fdFile) write(f func(fd int) error) error {
	if h.readOnly {
		return EROFS
	}
	return h.with(f)
}

func (h *fdFile) readv(v vector, _ fdflags) (int, error) {
	return h.transfer(v, syscall.SYS_READ, syscall.SYS_READV, 0)
}

func (h *fdFile) writev(v vector, _ fdflags) (int, error) {
	return h.transfer(v, syscall.SYS_WRITE, syscall.SYS_WRITEV, 0)
}

func (h *fdFile) preadv(v vector, offset int64) (int, error) {
	return h.transfer(v, syscall.SYS_PREAD64, syscall.SYS_PREADV, offset)
}

func (h *fdFile) pwritev(v vector, offset int64) (int, error) {
	return h.transfer(v, syscall.SYS_PWRITE64, syscall.SYS_PWRITEV, offset)
}

// kernelVectors are arrays of buffers for calls with more than one.
var kernelVectors = sync.Pool{New: func() any { return new([iovMax]syscall.Iovec) }}

// transfer is one system call, so that what threads write is not mixed: trap for one buffer, trapv for more.
func (h *fdFile) transfer(v vector, trap, trapv uintptr, offset int64) (int, error) {
	if err := h.use(); err != nil {
		return 0, err
	}
	defer h.done()
	if v.n == 1 {
		p, err := v.at(0)
		if err != nil {
			return 0, err
		}
		return sysTransfer(trap, h.fd, unsafe.Pointer(unsafe.SliceData(p)), len(p), offset)
	}
	buf := kernelVectors.Get().(*[iovMax]syscall.Iovec)
	defer kernelVectors.Put(buf)
	defer clear(buf[:v.n])
	if err := v.fill(buf[:v.n]); err != nil {
		return 0, err
	}
	return sysTransfer(trapv, h.fd, unsafe.Pointer(buf), v.n, offset)
}

func (v vector) fill(iovs []syscall.Iovec) error {
	for i := range iovs {
		p, err := v.at(i)
		if err != nil {
			return err
		}
		iovs[i].Base = unsafe.SliceData(p)
		iovs[i].SetLen(len(p))
	}
	return nil
}

func (h *fdFile) seek(offset int64, whence int) (pos int64, err error) {
	if err := h.use(); err != nil {
		return 0, err
	}
	defer h.done()
	return syscall.Seek(h.fd, offset, whence)
}

func (h *fdFile) resize(size int64) error {
	return h.write(func(fd int) error { return syscall.Ftruncate(fd, size) })
}

func (h *fdFile) allocate(offset, n int64) error {
	return h.write(func(fd int) error {
		err := sysFallocate(fd, offset, n)
		if err != syscall.EOPNOTSUPP && err != syscall.ENOSYS {
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil || st.Size >= offset+n {
			return err
		}
		return syscall.Ftruncate(fd, offset+n)
	})
}

func (h *fdFile) sync(dataOnly bool) error {
	if dataOnly {
		return h.with(syscall.Fdatasync)
	}
	return h.with(sysFsync)
}

func (h *fdFile) setTimes(atim, mtim time.Time) error {
	return h.write(func(fd int) error { return sysUtimensat(fd, "", atim, mtim) })
}

func (h *fdFile) setFlags(flags fdflags) error {
	return h.with(func(fd int) error { return setAppend(uintptr(fd), flags&flagAppend != 0) })
}
