package wasi

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/wasm2go/wasm2go/rt"
)

// fdTop is what the directories opened below a preopen share.
type fdTop struct {
	s        *System
	open     opener
	readOnly bool
	dev, ino uint64
}

// fdDir is a directory of a Linux host, a sandbox of its own.
//
// All its functions but open work on the last component of a path relative to its parent, which is looked up by top.open.
// The kernel gets that component alone and is told not to follow it.
type fdDir struct {
	*fdRef
	top  *fdTop
	list sync.Mutex // of who reads entries, from the position that is the descriptor's
}

// newFdDir opens a preopen.
func newFdDir(open opener) func(s *System, host string, readOnly bool, dev uint64) (directory, error) {
	return func(s *System, host string, readOnly bool, _ uint64) (directory, error) {
		fd, err := sysOpenat(atFdcwd, host, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: host, Err: err}
		}
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil {
			_ = syscall.Close(fd)
			return nil, &fs.PathError{Op: "stat", Path: host, Err: err}
		}
		top := &fdTop{s: s, open: open, readOnly: readOnly, dev: uint64(st.Dev), ino: st.Ino}
		return &fdDir{fdRef: newFdRef(fd), top: top}, nil
	}
}

// place is an entry of a directory; the directory itself has the name ".".
type place struct {
	dir   int
	name  string
	slash bool // the path said that it is a directory
	own   bool // dir is to be closed
}

func (p place) close() {
	if p.own {
		_ = syscall.Close(p.dir)
	}
}

// locate finds the place that a path names, without looking at it.
func (d *fdDir) locate(path string) (place, error) {
	trimmed := strings.TrimRight(path, "/")
	slash := len(trimmed) < len(path)
	i := strings.LastIndexByte(trimmed, '/')
	dir, last := trimmed[:i+1], trimmed[i+1:]
	switch {
	case last == "." || last == "..":
		dir, last = trimmed, "."
	case dir == "":
		return place{dir: d.fd, name: last, slash: slash}, nil
	}
	fd, err := d.top.open(d.fd, dir, oPath|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	return place{dir: fd, name: last, slash: slash, own: true}, err
}

// at calls f for the place that a path names.
func (d *fdDir) at(path string, f func(p place) error) error {
	if err := d.use(); err != nil {
		return err
	}
	defer d.done()
	p, err := d.locate(path)
	if err != nil {
		return err
	}
	defer p.close()
	return f(p)
}

// follow calls f for the place that a path names when a link there has been followed, if it is to be. It tells f what
// is there. A link with a slash behind it is always followed.
func (d *fdDir) follow(path string, follow bool, f func(p place, st *syscall.Stat_t) error) error {
	for range maxLinks {
		target := ""
		err := d.at(path, func(p place) error {
			var st syscall.Stat_t
			err := sysStatat(p.dir, p.name, &st)
			switch typ := st.Mode & syscall.S_IFMT; {
			case err != nil:
				return err
			case typ == syscall.S_IFLNK && (follow || p.slash):
				target, err = sysReadlinkat(p.dir, p.name)
				return err
			case typ != syscall.S_IFDIR && p.slash:
				return ENOTDIR
			}
			return f(p, &st)
		})
		switch {
		case err != nil || target == "":
			return err
		case target[0] == '/':
			return errEscape
		}
		trimmed := strings.TrimRight(path, "/")
		path = trimmed[:strings.LastIndexByte(trimmed, '/')+1] + target + path[len(trimmed):]
		if len(path) > pathMax {
			return ENAMETOOLONG
		}
	}
	return ELOOP
}

// change is at for functions that change the directory.
func (d *fdDir) change(path string, f func(p place) error) error {
	if d.top.readOnly {
		return EROFS
	}
	return d.at(path, f)
}

// slashError is why the name of a new entry that is no directory can not end in a slash.
func (p place) slashError() error {
	var st syscall.Stat_t
	switch err := sysStatat(p.dir, p.name, &st); {
	case err != nil:
		return err
	case st.Mode&syscall.S_IFMT == syscall.S_IFDIR:
		return EEXIST
	}
	return ENOTDIR
}

func (d *fdDir) filetype() filetype { return typeDirectory }

func (d *fdDir) filestat() (filestat, error) {
	if err := d.use(); err != nil {
		return filestat{}, err
	}
	defer d.done()
	var st syscall.Stat_t
	err := syscall.Fstat(d.fd, &st)
	return filestatOf(&st), err
}

func (d *fdDir) stat(path string, follow bool) (fst filestat, err error) {
	err = d.follow(path, follow, func(_ place, st *syscall.Stat_t) error {
		fst = filestatOf(st)
		return nil
	})
	return fst, err
}

func (d *fdDir) sync(bool) error {
	if err := d.use(); err != nil {
		return err
	}
	defer d.done()
	return sysFsync(d.fd)
}

func (d *fdDir) setTimes(atim, mtim time.Time) error { return d.setTimesAt(".", false, atim, mtim) }

func (d *fdDir) setTimesAt(path string, follow bool, atim, mtim time.Time) error {
	if d.top.readOnly {
		return EROFS
	}
	return d.follow(path, follow, func(p place, _ *syscall.Stat_t) error {
		return sysUtimensat(p.dir, p.name, atim, mtim)
	})
}

func (d *fdDir) mkdir(path string) error {
	return d.change(path, func(p place) error { return syscall.Mkdirat(p.dir, p.name, 0o777) })
}

func (d *fdDir) readlink(path string) (target string, err error) {
	err = d.follow(path, false, func(p place, st *syscall.Stat_t) error {
		if st.Mode&syscall.S_IFMT != syscall.S_IFLNK {
			return EINVAL
		}
		target, err = sysReadlinkat(p.dir, p.name)
		return err
	})
	return target, err
}

func (d *fdDir) symlink(target, path string) error {
	return d.change(path, func(p place) error {
		if p.slash {
			return p.slashError()
		}
		return sysSymlinkat(target, p.dir, p.name)
	})
}

func (d *fdDir) unlink(path string) error {
	return d.change(path, func(p place) error {
		if !p.slash {
			return sysUnlinkat(p.dir, p.name, 0)
		}
		if err := p.slashError(); err != EEXIST {
			return err
		}
		return EISDIR
	})
}

func (d *fdDir) rmdir(path string) error {
	return d.change(path, func(p place) error { return sysUnlinkat(p.dir, p.name, atRemovedir) })
}

func (d *fdDir) rename(from string, to directory, name string) error {
	return d.between(from, to, name, func(old, p place) error {
		if old.slash || p.slash {
			var st syscall.Stat_t
			if err := sysStatat(old.dir, old.name, &st); err != nil {
				return err
			}
			if st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
				return ENOTDIR
			}
		}
		return syscall.Renameat(old.dir, old.name, p.dir, p.name)
	})
}

func (d *fdDir) link(from string, follow bool, to directory, name string) error {
	return d.between("", to, name, func(_, p place) error {
		return d.follow(from, follow, func(old place, _ *syscall.Stat_t) error {
			if p.slash {
				return p.slashError()
			}
			return sysLinkat(old.dir, old.name, p.dir, p.name)
		})
	})
}

// between calls f for a place in d, unless from is "", and one in another directory.
func (d *fdDir) between(from string, to directory, name string, f func(old, p place) error) error {
	dir, ok := to.(*fdDir)
	switch {
	case !ok:
		return EXDEV
	case d.top.readOnly, dir.top.readOnly:
		return EROFS
	}
	return dir.at(name, func(p place) error {
		if from == "" {
			return f(place{}, p)
		}
		return d.at(from, func(old place) error { return f(old, p) })
	})
}

// open is one system call. That does not block, so named pipes are taken care of later.
func (d *fdDir) open(in *rt.Instance, path string, how openHow) (object, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	defer d.done()
	if d.top.readOnly {
		return d.openReadOnly(path, how)
	}
	for {
		fd, err := d.top.open(d.fd, path, how.kernelFlags(), 0o666)
		if err == nil {
			return d.opened(fd, how)
		}
		if err != syscall.ENXIO || how.flags&flagNonblock != 0 || !d.isFifo(path) {
			return nil, err
		}
		d.top.s.pause(in, "path_open") // until somebody reads the named pipe
	}
}

// openReadOnly opens for reading and then sees whether that was all that was wanted.
func (d *fdDir) openReadOnly(path string, how openHow) (object, error) {
	reading := how
	reading.base &^= writeRights
	reading.oflags &= oDirectory
	fd, err := d.top.open(d.fd, path, reading.kernelFlags(), 0)
	if err == syscall.ENOENT && how.oflags&oCreat != 0 {
		return nil, EROFS
	}
	if err != nil {
		return nil, err
	}
	obj, err := d.opened(fd, reading)
	if err != nil {
		return nil, err
	}
	dir := obj.filetype() == typeDirectory
	switch {
	case how.oflags&oCreat != 0 && how.oflags&oExcl != 0:
		err = EEXIST
	case dir && (how.oflags&(oTrunc|oCreat) != 0 || how.writes()):
		err = EISDIR
	case !dir && how.writes():
		err = EROFS
	default:
		return obj, nil
	}
	_ = obj.close() // nothing was written
	return nil, err
}

func (d *fdDir) isFifo(path string) bool {
	fifo := false
	_ = d.follow(path, true, func(_ place, st *syscall.Stat_t) error { // open has told the error
		fifo = st.Mode&syscall.S_IFMT == syscall.S_IFIFO
		return nil
	})
	return fifo
}

// kernelFlags are the flags of open.
func (how openHow) kernelFlags() int {
	flags := syscall.O_CLOEXEC | syscall.O_NOCTTY | syscall.O_NONBLOCK
	switch read := how.base&(rightFdRead|rightFdReaddir) != 0; {
	case how.writes() && read:
		flags |= syscall.O_RDWR
	case how.writes():
		flags |= syscall.O_WRONLY
	}
	for _, f := range [...]struct {
		on   bool
		flag int
	}{
		{!how.follow, syscall.O_NOFOLLOW},
		{how.oflags&oCreat != 0, syscall.O_CREAT},
		{how.oflags&oExcl != 0 && how.oflags&oCreat != 0, syscall.O_EXCL},
		{how.oflags&oTrunc != 0, syscall.O_TRUNC},
		{how.oflags&oDirectory != 0, syscall.O_DIRECTORY},
		{how.flags&flagAppend != 0, syscall.O_APPEND},
		{how.flags&flagDsync != 0, syscall.O_DSYNC},
		{how.flags&(flagSync|flagRsync) != 0, syscall.O_SYNC},
	} {
		if f.on {
			flags |= f.flag
		}
	}
	return flags
}

// opened makes the object of a descriptor.
func (d *fdDir) opened(fd int, how openHow) (object, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		_ = syscall.Close(fd)
		return nil, err
	}
	switch typ := modeType(st.Mode); typ {
	case typeDirectory:
		return &fdDir{fdRef: newFdRef(fd), top: d.top}, nil
	case typeRegularFile, typeBlockDevice:
		return &fdFile{fdRef: newFdRef(fd), typ: typ, readOnly: d.top.readOnly}, nil
	default:
		fifo := st.Mode&syscall.S_IFMT == syscall.S_IFIFO
		return d.top.s.newOpenedStream(os.NewFile(uintptr(fd), ""), typ, fifo, how), nil
	}
}

// entries reads the directory. That of ".." in a preopen is the preopen, beyond which nothing is known.
func (d *fdDir) entries(limit int64) ([]dirent, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	defer d.done()
	list := []dirent{{name: ".", typ: typeDirectory}, {name: "..", typ: typeDirectory}}
	var st syscall.Stat_t
	if err := syscall.Fstat(d.fd, &st); err != nil {
		return nil, err
	}
	list[0].ino, list[1].ino = st.Ino, st.Ino
	if uint64(st.Dev) != d.top.dev || st.Ino != d.top.ino {
		if err := sysStatat(d.fd, "..", &st); err == nil {
			list[1].ino = st.Ino
		}
	}
	d.list.Lock() // over system calls that do not block
	defer d.list.Unlock()
	if _, err := syscall.Seek(d.fd, 0, 0); err != nil {
		return nil, err
	}
	buf := bounce.Get().(*[bounceSize]byte)
	defer bounce.Put(buf)
	for {
		n, err := again(func() (int, error) { return syscall.ReadDirent(d.fd, buf[:]) })
		if err != nil || n <= 0 {
			return list, err
		}
		if list, limit = d.parse(list, buf[:n], limit); limit < 0 {
			return nil, ENOMEM
		}
	}
}

// direntName is the offset of the name in the kernel's struct linux_dirent64.
const direntName = 19

func (d *fdDir) parse(list []dirent, b []byte, limit int64) ([]dirent, int64) {
	for len(b) > direntName {
		rec := (*syscall.Dirent)(unsafe.Pointer(unsafe.SliceData(b)))
		name := b[direntName:rec.Reclen]
		name = name[:max(bytes.IndexByte(name, 0), 0)]
		b = b[rec.Reclen:]
		if s := string(name); s != "." && s != ".." {
			e := dirent{name: s, ino: rec.Ino, typ: kernelTypes[rec.Type&15]}
			if rec.Type == syscall.DT_UNKNOWN { // some file systems tell none
				e.typ = d.typeOf(s)
			}
			limit -= e.size()
			list = append(list, e)
		}
	}
	return list, limit
}

func (d *fdDir) typeOf(name string) filetype {
	var st syscall.Stat_t
	if err := sysStatat(d.fd, name, &st); err != nil {
		return typeUnknown
	}
	return modeType(st.Mode)
}

// kernelTypes are the types of files as the kernel numbers them, in modes and in directories. The document has none for
// named pipes (1).
var kernelTypes = [16]filetype{syscall.DT_REG: typeRegularFile, syscall.DT_DIR: typeDirectory,
	syscall.DT_LNK: typeSymbolicLink, syscall.DT_CHR: typeCharacterDevice, syscall.DT_BLK: typeBlockDevice,
	syscall.DT_SOCK: typeSocketStream}

func modeType(mode uint32) filetype { return kernelTypes[mode&syscall.S_IFMT>>12] }
