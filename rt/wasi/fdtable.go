package wasi

import (
	"sync"
	"sync/atomic"

	"github.com/wasm2go/wasm2go/rt"
)

// object is what a descriptor refers to. What else it can do is said by further interfaces: readable, writable,
// seekable, resizable, directory and so on. Objects are safe for concurrent use, also of close with any other method.
type object interface {
	filetype() filetype
	filestat() (filestat, error)
	close() error
}

// descriptor is an entry of the table.
type descriptor struct {
	obj     object
	preopen bool
	name    string // of a preopen

	base, inheriting atomic.Uint64 // rights
	flag             atomic.Uint32 // fdflags

	mu   sync.Mutex // changes of the fields above, and the fields below
	list listing    // what fd_readdir's cookies refer to
	dead bool       // closed: no list is kept
}

func newDescriptor(obj object, base, inheriting rights, flags fdflags) *descriptor {
	d := &descriptor{obj: obj}
	d.base.Store(uint64(base))
	d.inheriting.Store(uint64(inheriting))
	d.flag.Store(uint32(flags))
	return d
}

func (d *descriptor) flags() fdflags { return fdflags(d.flag.Load()) }

// rights returns those of the descriptor and those that what is opened through it inherits.
func (d *descriptor) rights() (base, inheriting rights) {
	return rights(d.base.Load()), rights(d.inheriting.Load())
}

// need says whether the descriptor has the rights r.
func (d *descriptor) need(r rights) error {
	if r&^rights(d.base.Load()) != 0 {
		return ENOTCAPABLE
	}
	return nil
}

// has reports whether the descriptor has one of the rights r.
func (d *descriptor) has(r rights) bool { return r&rights(d.base.Load()) != 0 }

// needOpen is need for reading and writing. Without the right a descriptor is as if it were not open for that.
func (d *descriptor) needOpen(r rights) error {
	if !d.has(r) {
		return EBADF
	}
	return nil
}

// narrow is fd_fdstat_set_rights.
func (d *descriptor) narrow(base, inheriting rights) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b, i := d.rights(); base&^b != 0 || inheriting&^i != 0 {
		return ENOTCAPABLE
	}
	d.base.Store(uint64(base))
	d.inheriting.Store(uint64(inheriting))
	return nil
}

// as returns the descriptor's object as a T. Other objects answer with an error: directories with dir, any other with
// otherwise. The type is looked at before the rights.
func as[T any](d *descriptor, dir, otherwise Errno) (T, error) {
	o, ok := d.obj.(T)
	switch {
	case ok:
		return o, nil
	case d.obj.filetype() == typeDirectory:
		return o, dir
	}
	return o, otherwise
}

// defaultMaxOpen is Config.MaxOpen's default. The host's own limit is usually lower.
const defaultMaxOpen = 1 << 16

// fdTable holds the descriptors by number. Its lock is held only for look-ups and changes.
type fdTable struct {
	mu     sync.RWMutex
	fds    []*descriptor
	open   int // those that are not nil
	lowest int // no number below is free
	max    int
	closed bool
}

func (t *fdTable) get(fd int32) (*descriptor, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if fd < 0 || int(fd) >= len(t.fds) || t.fds[fd] == nil {
		return nil, EBADF
	}
	return t.fds[fd], nil
}

// add gives d the lowest free number. On failure the object is the caller's to close.
func (t *fdTable) add(d *descriptor) (int32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, EBADF
	}
	i := t.lowest
	for i < len(t.fds) && t.fds[i] != nil {
		i++
	}
	if i >= t.max {
		return 0, EMFILE
	}
	if i == len(t.fds) {
		t.fds = append(t.fds, nil)
	}
	t.fds[i] = d
	t.open++
	t.lowest = i + 1
	return int32(i), nil
}

// room reports that the table is full, before there are effects. If another thread is quicker then, add fails.
func (t *fdTable) room() error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.open >= t.max {
		return EMFILE
	}
	return nil
}

func (t *fdTable) remove(fd int32) (*descriptor, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if fd < 0 || int(fd) >= len(t.fds) || t.fds[fd] == nil {
		return nil, EBADF
	}
	return t.take(fd), nil
}

func (t *fdTable) take(fd int32) *descriptor {
	d := t.fds[fd]
	t.fds[fd] = nil
	t.open--
	t.lowest = min(t.lowest, int(fd))
	return d
}

// renumber moves fd over to and returns the descriptor that was there, nil if they are the same.
func (t *fdTable) renumber(fd, to int32) (*descriptor, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range [...]int32{fd, to} {
		if i < 0 || int(i) >= len(t.fds) || t.fds[i] == nil {
			return nil, EBADF
		}
	}
	if fd == to {
		return nil, nil
	}
	old := t.take(to)
	t.fds[to] = t.take(fd)
	t.open++
	return old, nil
}

// closeAll empties the table for good and returns what was in it.
func (t *fdTable) closeAll() []*descriptor {
	t.mu.Lock()
	defer t.mu.Unlock()
	fds := t.fds
	t.fds, t.closed = nil, true
	return fds
}

// release ends the life of a descriptor that is not in the table any more.
func (s *System) release(d *descriptor) error {
	d.mu.Lock()
	d.dead = true
	s.held.Add(-d.list.size)
	d.list = listing{}
	d.mu.Unlock()
	return d.obj.close()
}

func (s *System) fdClose(_ *rt.Instance, fd int32) int32 {
	d, err := s.fds.remove(fd)
	if err == nil {
		err = s.release(d)
	}
	return code(err)
}

// fdRenumber: both descriptors must be open.
func (s *System) fdRenumber(_ *rt.Instance, fd, to int32) int32 {
	old, err := s.fds.renumber(fd, to)
	if err == nil && old != nil {
		_ = s.release(old) // as with dup2, nobody is told
	}
	return code(err)
}

func (s *System) fdFdstatGet(in *rt.Instance, fd, result int32) int32 {
	d, err := s.fds.get(fd)
	if err != nil {
		return code(err)
	}
	b, err := span(in, result, sizeFdstat)
	if err != nil {
		return code(err)
	}
	base, inheriting := d.rights()
	clear(b)
	b[0] = byte(d.obj.filetype())
	le.PutUint16(b[2:], uint16(d.flags()))
	le.PutUint64(b[8:], uint64(base))
	le.PutUint64(b[16:], uint64(inheriting))
	return 0
}

// flagSetter is an object that must know its flags.
type flagSetter interface {
	setFlags(fdflags) error
}

func (s *System) fdFdstatSetFlags(in *rt.Instance, fd, flags int32) int32 {
	d, err := s.fds.get(fd)
	switch {
	case err != nil:
		return code(err)
	case flags&^int32(flagsKnown) != 0:
		return code(EINVAL)
	}
	if err := d.need(rightFdFdstatSetFlags); err != nil {
		return code(err)
	}
	return code(d.setFlags(fdflags(flags)))
}

func (d *descriptor) setFlags(flags fdflags) error {
	d.mu.Lock() // over a system call that does not block
	defer d.mu.Unlock()
	if (flags^d.flags())&flagsSync != 0 {
		return ENOTSUP
	}
	if o, ok := d.obj.(flagSetter); ok {
		if err := o.setFlags(flags); err != nil {
			return err
		}
	}
	d.flag.Store(uint32(flags))
	return nil
}

func (s *System) fdFdstatSetRights(in *rt.Instance, fd int32, base, inheriting int64) int32 {
	d, err := s.fds.get(fd)
	if err == nil {
		err = d.narrow(rights(base), rights(inheriting))
	}
	return code(err)
}

func (s *System) fdPrestatGet(in *rt.Instance, fd, result int32) int32 {
	d, err := s.preopen(fd)
	if err != nil {
		return code(err)
	}
	b, err := span(in, result, sizePrestat)
	if err != nil {
		return code(err)
	}
	clear(b) // tag 0: dir
	le.PutUint32(b[4:], uint32(len(d.name)))
	return 0
}

func (s *System) fdPrestatDirName(in *rt.Instance, fd, path, pathLen int32) int32 {
	d, err := s.preopen(fd)
	if err != nil {
		return code(err)
	}
	b, err := span(in, path, uint64(uint32(pathLen)))
	if err != nil {
		return code(err)
	}
	if len(b) < len(d.name) {
		return code(ENAMETOOLONG)
	}
	copy(b, d.name)
	return 0
}

func (s *System) preopen(fd int32) (*descriptor, error) {
	d, err := s.fds.get(fd)
	if err == nil && !d.preopen {
		err = EBADF
	}
	return d, err
}
