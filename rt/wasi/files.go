package wasi

import (
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// What objects other than directories can do.
type (
	readable interface {
		readv(v vector, flags fdflags) (int, error)
	}
	writable interface {
		writev(v vector, flags fdflags) (int, error)
	}
	seekable interface {
		seek(offset int64, whence int) (int64, error)
		preadv(v vector, offset int64) (int, error)
	}
	pwritable interface {
		pwritev(v vector, offset int64) (int, error)
	}
	resizable interface {
		resize(size int64) error
		allocate(offset, n int64) error
	}
	syncable interface{ sync(dataOnly bool) error }
	datable  interface {
		setTimes(atim, mtim time.Time) error
	}
)

// hostFile is a file of the host as package os has it: a standard stream, or one of the portable backend. The kernel keeps
// the position.
type hostFile struct {
	f        *os.File
	readOnly bool // of a read-only preopen
	borrowed bool // standard input or output: close leaves it open

	emulate atomic.Bool // append mode, where the kernel's can not be switched
	mu      sync.Mutex  // emulated appends
}

func (h *hostFile) filetype() filetype {
	info, err := h.f.Stat()
	if err != nil {
		return typeUnknown
	}
	return typeOf(info.Mode())
}

func (h *hostFile) filestat() (filestat, error) {
	info, err := h.f.Stat()
	if err != nil {
		return filestat{}, err
	}
	return statOf(info, h.f.Name()), nil
}

func (h *hostFile) close() error {
	if h.borrowed {
		return nil
	}
	return h.f.Close()
}

func (h *hostFile) readv(v vector, _ fdflags) (int, error) { return v.each(h.f.Read) }

func (h *hostFile) writev(v vector, _ fdflags) (int, error) {
	if !h.emulate.Load() {
		return v.gather(h.f.Write)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.f.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	return v.gather(h.f.Write)
}

func (h *hostFile) seek(offset int64, whence int) (int64, error) { return h.f.Seek(offset, whence) }

func (h *hostFile) preadv(v vector, offset int64) (int, error) {
	return v.each(func(p []byte) (int, error) {
		n, err := h.f.ReadAt(p, offset)
		offset += int64(n)
		return n, err
	})
}

func (h *hostFile) pwritev(v vector, offset int64) (int, error) {
	return v.gather(func(p []byte) (int, error) {
		n, err := h.f.WriteAt(p, offset)
		offset += int64(n)
		return n, err
	})
}

func (h *hostFile) resize(size int64) error {
	if h.readOnly {
		return EROFS
	}
	return h.f.Truncate(size)
}

func (h *hostFile) allocate(offset, n int64) error {
	if h.readOnly {
		return EROFS
	}
	return allocate(h.f, offset, n)
}

// extend is allocate where the host can not reserve space.
func extend(f *os.File, offset, n int64) error {
	info, err := f.Stat()
	if err != nil || info.Size() >= offset+n {
		return err
	}
	return f.Truncate(offset + n)
}

func (h *hostFile) sync(bool) error { return h.f.Sync() }

func (h *hostFile) setTimes(atim, mtim time.Time) error {
	if h.readOnly {
		return EROFS
	}
	return setFileTimes(h.f, atim, mtim)
}

func (h *hostFile) setFlags(flags fdflags) error {
	on := flags&flagAppend != 0
	if h.borrowed {
		return nil // the mode is the host's
	}
	err := setKernelAppend(h.f, on)
	if err == ENOTSUP {
		h.emulate.Store(on)
		return nil
	}
	return err
}

// transfer is the frame of the functions that read or write an array of buffers and store a size.
func transfer(in *rt.Instance, iovs, iovsLen, result int32, f func(v vector) (int, error)) error {
	v, err := newVector(in, iovs, iovsLen)
	if err != nil {
		return err
	}
	if err := check(in, result, 4); err != nil {
		return err
	}
	in.Beat()
	n, err := f(v)
	if err != nil {
		return err
	}
	return putU32(in, result, uint32(n))
}

func (s *System) fdRead(in *rt.Instance, fd, iovs, iovsLen, nread int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[readable](d, EISDIR, EBADF)
	if err == nil {
		err = d.needOpen(rightFdRead)
	}
	if err != nil {
		return code(err)
	}
	return code(transfer(in, iovs, iovsLen, nread, func(v vector) (int, error) {
		return o.readv(v, d.flags())
	}))
}

func (s *System) fdWrite(in *rt.Instance, fd, iovs, iovsLen, nwritten int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[writable](d, EISDIR, EBADF)
	if err == nil {
		err = d.needOpen(rightFdWrite)
	}
	if err != nil {
		return code(err)
	}
	return code(transfer(in, iovs, iovsLen, nwritten, func(v vector) (int, error) {
		return o.writev(v, d.flags())
	}))
}

func (s *System) fdPread(in *rt.Instance, fd, iovs, iovsLen int32, offset int64, nread int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[seekable](d, EISDIR, ESPIPE)
	if err == nil {
		err = d.needOpen(rightFdRead)
	}
	if err == nil {
		err = d.need(rightFdSeek)
	}
	switch {
	case err != nil:
		return code(err)
	case offset < 0:
		return code(EINVAL)
	}
	return code(transfer(in, iovs, iovsLen, nread, func(v vector) (int, error) { return o.preadv(v, offset) }))
}

func (s *System) fdPwrite(in *rt.Instance, fd, iovs, iovsLen int32, offset int64, nwritten int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	otherwise := ESPIPE
	if _, ok := d.obj.(seekable); ok {
		otherwise = EBADF // a file that can only be read
	}
	o, err := as[pwritable](d, EISDIR, otherwise)
	if err == nil {
		err = d.needOpen(rightFdWrite)
	}
	if err == nil {
		err = d.need(rightFdSeek)
	}
	switch {
	case err != nil:
		return code(err)
	case offset < 0:
		return code(EINVAL)
	}
	return code(transfer(in, iovs, iovsLen, nwritten, func(v vector) (int, error) { return o.pwritev(v, offset) }))
}

func (s *System) fdSeek(in *rt.Instance, fd int32, offset int64, whence, result int32) int32 {
	if offset == 0 && whence == io.SeekCurrent {
		return s.fdTell(in, fd, result)
	}
	return code(s.seek(in, fd, offset, whence, result, func(d *descriptor) error { return d.need(rightFdSeek) }))
}

func (s *System) fdTell(in *rt.Instance, fd, result int32) int32 {
	return code(s.seek(in, fd, 0, io.SeekCurrent, result, func(d *descriptor) error {
		if d.need(rightFdSeek) == nil { // implies fd_tell
			return nil
		}
		return d.need(rightFdTell)
	}))
}

func (s *System) seek(in *rt.Instance, fd int32, offset int64, whence, result int32, need func(*descriptor) error) error {
	d, err := s.fds.get(fd)
	if err != nil {
		return err
	}
	o, err := as[seekable](d, EBADF, ESPIPE)
	if err != nil {
		return err
	}
	if err := need(d); err != nil {
		return err
	}
	if whence < 0 || whence > whenceEnd {
		return EINVAL
	}
	if err := check(in, result, 8); err != nil {
		return err
	}
	pos, err := o.seek(offset, int(whence))
	if err != nil {
		return err
	}
	return putU64(in, result, uint64(pos))
}

func (s *System) fdSync(in *rt.Instance, fd int32) int32 { return code(s.sync(fd, rightFdSync, false)) }

func (s *System) fdDatasync(in *rt.Instance, fd int32) int32 {
	return code(s.sync(fd, rightFdDatasync, true))
}

func (s *System) sync(fd int32, r rights, dataOnly bool) error {
	d, err := s.fds.get(fd)
	if err != nil {
		return err
	}
	if err := d.need(r); err != nil {
		return err
	}
	if o, ok := d.obj.(syncable); ok {
		return o.sync(dataOnly)
	}
	return nil // what can not be written is always in sync
}

// advices is the number of the document's kinds of advice.
const advices = 6

func (s *System) fdAdvise(in *rt.Instance, fd int32, offset, n int64, advice int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	switch t := d.obj.filetype(); {
	case uint32(advice) >= advices, offset < 0, n < 0:
		return code(EINVAL)
	case t == typeDirectory:
		return code(EBADF)
	case t != typeRegularFile:
		return code(ESPIPE)
	}
	return code(d.need(rightFdAdvise))
}

func (s *System) fdAllocate(in *rt.Instance, fd int32, offset, n int64) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[resizable](d, EISDIR, ENODEV)
	if err == nil {
		err = d.need(rightFdAllocate)
	}
	switch {
	case err != nil:
		return code(err)
	case offset < 0, n <= 0:
		return code(EINVAL)
	case offset > math.MaxInt64-n:
		return code(EFBIG)
	}
	return code(o.allocate(offset, n))
}

func (s *System) fdFilestatGet(in *rt.Instance, l layout, fd, result int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	if err := d.need(rightFdFilestatGet); err != nil {
		return code(err)
	}
	if err := check(in, result, uint64(l.filestat)); err != nil {
		return code(err)
	}
	st, err := d.obj.filestat()
	if err != nil {
		return code(err)
	}
	return code(putFilestat(in, l, result, st))
}

func putFilestat(in *rt.Instance, l layout, result int32, st filestat) error {
	b, err := span(in, result, uint64(l.filestat))
	if err == nil {
		l.put(st, b)
	}
	return err
}

func (s *System) fdFilestatSetSize(in *rt.Instance, fd int32, size int64) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[resizable](d, EISDIR, EINVAL)
	if err == nil {
		err = d.need(rightFdFilestatSetSize)
	}
	switch {
	case err != nil:
		return code(err)
	case size < 0:
		return code(EINVAL)
	}
	return code(o.resize(size))
}

func (s *System) fdFilestatSetTimes(in *rt.Instance, fd int32, atim, mtim int64, flags int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	o, err := as[datable](d, EBADF, EBADF)
	if err == nil {
		err = d.need(rightFdFilestatSetTimes)
	}
	if err != nil {
		return code(err)
	}
	a, m, err := s.times(atim, mtim, flags)
	if err != nil {
		return code(err)
	}
	return code(o.setTimes(a, m))
}

// times decodes fstflags. The zero Time stands for a time that is to stay.
func (s *System) times(atim, mtim int64, flags int32) (a, m time.Time, err error) {
	if flags&^fstKnown != 0 {
		return a, m, EINVAL
	}
	now := s.cfg.Now()
	if a, err = oneTime(atim, flags&fstAtim != 0, flags&fstAtimNow != 0, now); err != nil {
		return a, m, err
	}
	m, err = oneTime(mtim, flags&fstMtim != 0, flags&fstMtimNow != 0, now)
	return a, m, err
}

func oneTime(t int64, set, setNow bool, now time.Time) (time.Time, error) {
	switch {
	case set && setNow, set && t < 0:
		return time.Time{}, EINVAL
	case set:
		return time.Unix(0, t), nil
	case setNow:
		return now, nil
	}
	return time.Time{}, nil
}
