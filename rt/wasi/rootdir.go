package wasi

import (
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// backend is a way to serve a directory of the host. dev is the device number where the host tells none.
type backend struct {
	name string
	open func(s *System, host string, readOnly bool, dev uint64) (directory, error)
}

// rootDir is a directory of the host by os.Root, on any host. See docs/wasi.md for what that can not do.
type rootDir struct {
	root *os.Root
	top  *rootTop
	name string // relative to the preopen, as it was opened; for operations on two directories
}

// rootTop is what the directories opened below a preopen share.
type rootTop struct {
	s        *System
	root     *os.Root
	readOnly bool
	dev      uint64
}

func newRootDir(s *System, host string, readOnly bool, dev uint64) (directory, error) {
	root, err := os.OpenRoot(host)
	if err != nil {
		return nil, err
	}
	return &rootDir{root: root, top: &rootTop{s: s, root: root, readOnly: readOnly, dev: dev}, name: "."}, nil
}

func (d *rootDir) filetype() filetype { return typeDirectory }

func (d *rootDir) filestat() (filestat, error) { return d.stat(".", true) }

func (d *rootDir) close() error { return d.root.Close() }

func (d *rootDir) writable() error {
	if d.top.readOnly {
		return EROFS
	}
	return nil
}

func (d *rootDir) sync(bool) error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d *rootDir) setTimes(atim, mtim time.Time) error { return d.setTimesAt(".", true, atim, mtim) }

func (d *rootDir) info(name string, follow bool) (fs.FileInfo, error) {
	if follow {
		return d.root.Stat(name)
	}
	return d.root.Lstat(name)
}

func (d *rootDir) stat(name string, follow bool) (filestat, error) {
	info, err := d.info(name, follow)
	if err != nil {
		return filestat{}, err
	}
	st := statOf(info, path.Join(d.name, name))
	if st.dev == 0 {
		st.dev = d.top.dev
	}
	return st, nil
}

func (d *rootDir) setTimesAt(name string, follow bool, atim, mtim time.Time) error {
	if err := d.writable(); err != nil {
		return err
	}
	if info, err := d.root.Lstat(name); err == nil && !follow && info.Mode()&fs.ModeSymlink != 0 {
		return ENOTSUP
	}
	return d.root.Chtimes(name, atim, mtim)
}

func (d *rootDir) mkdir(name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.root.Mkdir(name, 0o777)
}

func (d *rootDir) readlink(name string) (string, error) { return d.root.Readlink(name) }

func (d *rootDir) symlink(target, name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.root.Symlink(target, name)
}

// remove removes what is no directory, or what is one.
func (d *rootDir) remove(name string, dir bool, otherwise Errno) error {
	if err := d.writable(); err != nil {
		return err
	}
	info, err := d.root.Lstat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir() != dir:
		return otherwise
	}
	return d.root.Remove(name)
}

func (d *rootDir) unlink(name string) error { return d.remove(name, false, EISDIR) }
func (d *rootDir) rmdir(name string) error  { return d.remove(name, true, ENOTDIR) }

func (d *rootDir) rename(from string, to directory, name string) error {
	return d.between(from, to, name, func(root *os.Root, dir *rootDir, oldName, newName string) error {
		if !strings.HasSuffix(name, "/") && !d.isDir(from) && dir.isDir(name) {
			return EISDIR
		}
		return root.Rename(oldName, newName)
	})
}

func (d *rootDir) link(from string, follow bool, to directory, name string) error {
	if info, err := d.root.Lstat(from); err == nil && follow && info.Mode()&fs.ModeSymlink != 0 {
		return ENOTSUP
	}
	return d.between(from, to, name, func(root *os.Root, _ *rootDir, oldName, newName string) error {
		return root.Link(oldName, newName)
	})
}

func (d *rootDir) isDir(name string) bool {
	info, err := d.root.Lstat(name)
	return err == nil && info.IsDir()
}

// between calls f with a root in which both names can be said, and them.
func (d *rootDir) between(from string, to directory, name string,
	f func(root *os.Root, dir *rootDir, oldName, newName string) error) error {
	dir, ok := to.(*rootDir)
	switch {
	case !ok:
		return EXDEV
	case d.top.readOnly, dir.top.readOnly:
		return EROFS
	case d == dir:
		return f(d.root, dir, from, name)
	case d.top != dir.top:
		return EXDEV
	}
	// Within the directories first, as the preopen is wider than they are.
	for _, p := range []struct {
		d    *rootDir
		name string
	}{{d, from}, {dir, name}} {
		if _, err := p.d.root.Lstat(p.name); err != nil && errnoOf(err) != ENOENT {
			return err
		}
		if _, err := p.d.root.Stat(path.Dir(strings.TrimRight(p.name, "/"))); err != nil {
			return err
		}
	}
	return f(d.top.root, dir, d.name+"/"+from, dir.name+"/"+name)
}

// entries looks at each file, as the host's directory may not tell inode numbers.
func (d *rootDir) entries(limit int64) ([]dirent, error) {
	self, err := d.filestat()
	if err != nil {
		return nil, err
	}
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list := []dirent{{".", self.ino, typeDirectory}, {"..", self.ino, typeDirectory}}
	for {
		const some = 1000
		entries, err := f.ReadDir(some)
		for _, e := range entries {
			st, err := d.stat(e.Name(), false)
			if err != nil { // removed since
				st.filetype = typeOf(e.Type())
			}
			list = append(list, dirent{e.Name(), st.ino, st.filetype})
			if limit -= list[len(list)-1].size(); limit < 0 {
				return nil, ENOMEM
			}
		}
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// open is the part of path_open that the host does. The file is looked at first: what is to be done depends on its
// type, and os.Root always follows links.
func (d *rootDir) open(_ *rt.Instance, name string, how openHow) (object, error) {
	info, err := d.info(name, how.follow)
	switch {
	case err == nil:
		return d.openExisting(name, how, info)
	case how.oflags&oCreat == 0 || errnoOf(err) != ENOENT:
		return nil, err
	case strings.HasSuffix(name, "/"):
		return nil, EISDIR
	}
	if err := d.writable(); err != nil {
		return nil, err
	}
	f, err := d.root.OpenFile(name, how.goFlags()|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	return d.newFile(f, how)
}

// goFlags are the flags of os.OpenFile. Append mode is set later, because it can be taken back; truncation too, when it
// is sure that the file is the right one.
func (how openHow) goFlags() int {
	flags := largeFile
	switch {
	case how.writes() && how.reads():
		flags |= os.O_RDWR
	case how.writes():
		flags |= os.O_WRONLY
	}
	if how.oflags&oExcl != 0 && how.oflags&oCreat != 0 {
		flags |= os.O_EXCL
	}
	if how.flags&flagsSync != 0 {
		flags |= os.O_SYNC
	}
	return flags
}

func (d *rootDir) openExisting(name string, how openHow, info fs.FileInfo) (object, error) {
	switch err := how.checkExisting(info); {
	case err != nil:
		return nil, err
	case info.IsDir():
		return d.openDir(name, how, info)
	case how.writes():
		if err := d.writable(); err != nil {
			return nil, err
		}
	}
	flags := how.goFlags()
	if !info.Mode().IsRegular() {
		flags |= syscall.O_NONBLOCK // a named pipe would wait for its other end, and nothing could end that
	}
	f, err := d.root.OpenFile(name, flags, 0)
	if err != nil {
		return nil, err
	}
	if err := sameFile(info, f.Stat, how); err != nil {
		return nil, orClose(f, err)
	}
	if how.oflags&oTrunc != 0 {
		if err := f.Truncate(0); err != nil {
			return nil, orClose(f, err)
		}
	}
	if mode := info.Mode(); mode&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0 {
		return d.top.s.newOpenedStream(f, typeOf(mode), mode&fs.ModeNamedPipe != 0, how), nil
	}
	return d.newFile(f, how)
}

func (d *rootDir) openDir(name string, how openHow, info fs.FileInfo) (object, error) {
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if err := sameFile(info, func() (fs.FileInfo, error) { return root.Stat(".") }, how); err != nil {
		return nil, orClose(root, err)
	}
	return &rootDir{root: root, top: d.top, name: path.Join(d.name, name)}, nil
}

// sameFile sees that what was opened without following links is what was looked at.
func sameFile(before fs.FileInfo, stat func() (fs.FileInfo, error), how openHow) error {
	if how.follow {
		return nil
	}
	after, err := stat()
	if err == nil && !os.SameFile(before, after) {
		err = ELOOP
	}
	return err
}

// orClose closes what an operation that failed with err leaves behind; err is the one to tell.
func orClose(c interface{ Close() error }, err error) error {
	_ = c.Close()
	return err
}

func (d *rootDir) newFile(f *os.File, how openHow) (object, error) {
	h := &hostFile{f: f, readOnly: d.top.readOnly}
	if how.flags&flagAppend != 0 {
		if err := h.setFlags(how.flags); err != nil {
			return nil, orClose(f, err)
		}
	}
	return h, nil
}
