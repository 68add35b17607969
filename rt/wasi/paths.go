package wasi

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// directory is an object that paths start from. Paths are not empty, not absolute, and have no NUL.
type directory interface {
	object
	open(in *rt.Instance, name string, how openHow) (object, error)
	stat(name string, follow bool) (filestat, error)
	setTimes(atim, mtim time.Time) error
	setTimesAt(name string, follow bool, atim, mtim time.Time) error
	mkdir(name string) error
	readlink(name string) (string, error)
	symlink(target, name string) error
	unlink(name string) error
	rmdir(name string) error
	rename(from string, to directory, name string) error
	link(from string, follow bool, to directory, name string) error
	// entries returns all entries, first "." and "..". They may take limit bytes in memory (ENOMEM).
	entries(limit int64) ([]dirent, error)
}

// errEscape is the error for a path that leads out of a directory.
const errEscape = EPERM

// openHow is how path_open was called.
type openHow struct {
	follow bool
	oflags oflags
	flags  fdflags
	base   rights
}

func (how openHow) writes() bool { return how.base&writeRights != 0 || how.oflags&oTrunc != 0 }
func (how openHow) reads() bool  { return how.base&(rightFdRead|rightFdReaddir) != 0 }

// checkExisting gives the errors that opening an existing file has on every file system.
func (how openHow) checkExisting(info fs.FileInfo) error {
	switch {
	case how.oflags&oCreat != 0 && how.oflags&oExcl != 0:
		return EEXIST
	case info.Mode()&fs.ModeSymlink != 0:
		return ELOOP
	case how.oflags&oDirectory != 0 && !info.IsDir():
		return ENOTDIR
	case info.IsDir() && (how.oflags&oCreat != 0 || how.writes()):
		return EISDIR
	}
	return nil
}

// dir returns the descriptor fd as a directory with the rights r.
func (s *System) dir(fd int32, r rights) (directory, *descriptor, error) {
	d, err := s.fds.get(fd)
	if err != nil {
		return nil, nil, err
	}
	o, err := as[directory](d, ENOTDIR, ENOTDIR)
	if err == nil {
		err = d.need(r)
	}
	return o, d, err
}

// at is the frame of the functions that take a directory and a path.
func (s *System) at(in *rt.Instance, fd int32, r rights, p, n int32, f func(d directory, name string) error) int32 {
	d, _, err := s.dir(fd, r)
	if err != nil {
		return code(err)
	}
	name, err := guestPath(in, p, n)
	if err != nil {
		return code(err)
	}
	return code(f(d, name))
}

func lookup(flags int32) (follow bool, err error) {
	if flags&^lookupSymlinkFollow != 0 {
		return false, EINVAL
	}
	return flags != 0, nil
}

func (s *System) pathCreateDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathCreateDirectory, path, pathLen, directory.mkdir)
}

func (s *System) pathRemoveDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathRemoveDirectory, path, pathLen, directory.rmdir)
}

func (s *System) pathUnlinkFile(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathUnlinkFile, path, pathLen, directory.unlink)
}

func (s *System) pathFilestatGet(in *rt.Instance, l layout, fd, flags, path, pathLen, result int32) int32 {
	return s.at(in, fd, rightPathFilestatGet, path, pathLen, func(d directory, name string) error {
		follow, err := lookup(flags)
		if err == nil {
			err = check(in, result, uint64(l.filestat))
		}
		if err != nil {
			return err
		}
		st, err := d.stat(name, follow)
		if err != nil {
			return err
		}
		return putFilestat(in, l, result, st)
	})
}

func (s *System) pathFilestatSetTimes(in *rt.Instance, fd, flags, path, pathLen int32, atim, mtim int64, fst int32) int32 {
	return s.at(in, fd, rightPathFilestatSetTimes, path, pathLen, func(d directory, name string) error {
		follow, err := lookup(flags)
		if err != nil {
			return err
		}
		a, m, err := s.times(atim, mtim, fst)
		if err != nil {
			return err
		}
		return d.setTimesAt(name, follow, a, m)
	})
}

func (s *System) pathReadlink(in *rt.Instance, fd, path, pathLen, buf, bufLen, nread int32) int32 {
	return s.at(in, fd, rightPathReadlink, path, pathLen, func(d directory, name string) error {
		if err := check(in, nread, 4); err != nil {
			return err
		}
		if err := check(in, buf, uint64(uint32(bufLen))); err != nil {
			return err
		}
		target, err := d.readlink(name)
		if err != nil {
			return err
		}
		b, err := span(in, buf, uint64(uint32(bufLen)))
		if err != nil {
			return err
		}
		return putU32(in, nread, uint32(copy(b, target)))
	})
}

func (s *System) pathSymlink(in *rt.Instance, target, targetLen, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathSymlink, path, pathLen, func(d directory, name string) error {
		t, err := guestPath(in, target, targetLen)
		if err != nil {
			return err
		}
		return d.symlink(t, name)
	})
}

func (s *System) pathLink(in *rt.Instance, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	return s.at(in, oldFd, rightPathLinkSource, oldPath, oldLen, func(from directory, oldName string) error {
		follow, err := lookup(oldFlags)
		if err != nil {
			return err
		}
		to, newName, err := s.target(in, newFd, rightPathLinkTarget, newPath, newLen)
		if err != nil {
			return err
		}
		return from.link(oldName, follow, to, newName)
	})
}

func (s *System) pathRename(in *rt.Instance, fd, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	return s.at(in, fd, rightPathRenameSource, oldPath, oldLen, func(from directory, oldName string) error {
		to, newName, err := s.target(in, newFd, rightPathRenameTarget, newPath, newLen)
		if err != nil {
			return err
		}
		return from.rename(oldName, to, newName)
	})
}

// target is the second directory and path of a function.
func (s *System) target(in *rt.Instance, fd int32, r rights, p, n int32) (directory, string, error) {
	d, _, err := s.dir(fd, r)
	if err != nil {
		return nil, "", err
	}
	name, err := guestPath(in, p, n)
	return d, name, err
}

func (s *System) pathOpen(in *rt.Instance, dirfd, dirflags, path, pathLen, oflags int32, rightsBase, rightsInheriting int64,
	flags, result int32) int32 {
	dir, d, err := s.dir(dirfd, 0)
	if err != nil {
		return code(err)
	}
	how, err := newOpenHow(dirflags, oflags, flags, rights(rightsBase), rights(rightsInheriting))
	if err != nil {
		return code(err)
	}
	name, err := guestPath(in, path, pathLen)
	if err != nil {
		return code(err)
	}
	if err := d.allows(how, rights(rightsInheriting)); err != nil {
		return code(err)
	}
	if err := check(in, result, 4); err != nil {
		return code(err)
	}
	if err := s.fds.room(); err != nil {
		return code(err)
	}
	obj, err := dir.open(in, name, how)
	if err != nil {
		return code(err)
	}
	fd, err := s.fds.add(openedDescriptor(obj, how, rights(rightsInheriting)))
	if err != nil {
		_ = obj.close() // the table's error is the one to tell
		return code(err)
	}
	return code(putU32(in, result, uint32(fd)))
}

func newOpenHow(dirflags, of, flags int32, base, inheriting rights) (openHow, error) {
	follow, err := lookup(dirflags)
	switch {
	case err != nil:
		return openHow{}, err
	case of&^int32(oKnown) != 0, flags&^int32(flagsKnown) != 0, (base|inheriting)&^allRights != 0:
		return openHow{}, EINVAL
	case oflags(of)&(oCreat|oDirectory) == oCreat|oDirectory:
		return openHow{}, EINVAL
	}
	return openHow{follow: follow, oflags: oflags(of), flags: fdflags(flags), base: base}, nil
}

// allows checks what path_open asks for against the directory's rights. As for a path that leads out, the error is EPERM.
func (d *descriptor) allows(how openHow, inheriting rights) error {
	need := rightPathOpen
	if how.oflags&oCreat != 0 {
		need |= rightPathCreateFile
	}
	base, inherits := d.rights()
	// Who may open the file with the right to set its size may truncate it too: Go guests open directories so.
	if how.oflags&oTrunc != 0 && inherits&rightFdFilestatSetSize == 0 {
		need |= rightPathFilestatSetSize
	}
	if need&^base != 0 || (how.base|inheriting)&^inherits != 0 {
		return EPERM
	}
	return nil
}

// openedDescriptor drops the rights that do not apply to the object's type, as the document allows.
func openedDescriptor(obj object, how openHow, inheriting rights) *descriptor {
	apply := fileRights
	if _, ok := obj.(seekable); !ok {
		apply &^= rightFdSeek | rightFdTell
	}
	if _, ok := obj.(directory); ok {
		apply, how.flags = directoryRights, how.flags&^flagAppend
	}
	return newDescriptor(obj, how.base&apply, inheriting, how.flags)
}

// dirent is an entry of a directory.
type dirent struct {
	name string
	ino  uint64
	typ  filetype
}

// size is what the entry takes in memory, about.
func (e dirent) size() int64 { return 48 + int64(len(e.name)) }

// listing is the entries of a directory at some time.
type listing struct {
	entries []dirent
	size    int64
}

// maxHeld bounds what the descriptors of a System keep in memory, in bytes: the listings of directories, a million entries
// or so, and files of an fs.FS that can only be read from their start.
const maxHeld = 128 << 20

func (s *System) fdReaddir(in *rt.Instance, fd, buf, bufLen int32, cookie int64, nread int32) int32 {
	dir, d, err := s.dir(fd, rightFdReaddir)
	if err != nil {
		return code(err)
	}
	if err := check(in, buf, uint64(uint32(bufLen))); err != nil {
		return code(err)
	}
	if err := check(in, nread, 4); err != nil {
		return code(err)
	}
	list, err := s.listing(d, dir, cookie == 0)
	if err != nil {
		return code(err)
	}
	if cookie < 0 || cookie > int64(len(list)) {
		return code(EINVAL)
	}
	b, err := span(in, buf, uint64(uint32(bufLen)))
	if err != nil {
		return code(err)
	}
	return code(putU32(in, nread, uint32(fillDirents(b, list, int(cookie)))))
}

// listing returns the list that cookies refer to: that of the last call with cookie 0.
func (s *System) listing(d *descriptor, dir directory, renew bool) ([]dirent, error) {
	d.mu.Lock()
	list := d.list.entries
	d.mu.Unlock()
	if list != nil && !renew {
		return list, nil
	}
	list, err := dir.entries(maxHeld - s.held.Load())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list[dotEntries:], func(a, b dirent) int { return strings.Compare(a.name, b.name) })
	l := listing{entries: list}
	for i := range list {
		l.size += list[i].size()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.dead {
		s.held.Add(l.size - d.list.size)
		d.list = l
	}
	return list, nil
}

// dotEntries are "." and "..", which come first.
const dotEntries = 2

// fillDirents writes entries from number i on until b is full; the last one may be cut.
func fillDirents(b []byte, list []dirent, i int) int {
	var rec [sizeDirent]byte
	n := 0
	for ; n < len(b) && i < len(list); i++ {
		e := &list[i]
		le.PutUint64(rec[0:], uint64(i+1))
		le.PutUint64(rec[8:], e.ino)
		le.PutUint32(rec[16:], uint32(len(e.name)))
		rec[20] = byte(e.typ)
		n += copy(b[n:], rec[:])
		n += copy(b[n:], e.name)
	}
	return n
}
