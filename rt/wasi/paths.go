package wasi

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// directory is an object that paths start from.
type directory interface {
	object
	open(name string, how openHow) (object, error)
	stat(name string, follow bool) (filestat, error)
	setTimes(atim, mtim time.Time) error
	setTimesAt(name string, follow bool, atim, mtim time.Time) error
	mkdir(name string) error
	readlink(name string) (string, error)
	symlink(target, name string) error
	unlink(name string) error
	rmdir(name string) error
	readdir() ([]fs.DirEntry, error)
}

// openHow is how path_open was called.
type openHow struct {
	follow bool
	oflags oflags
	flags  fdflags
	base   rights
}

// writes reports whether the file is opened for writing. The right to set the size alone does not count: Go guests ask
// for it also when they open for reading.
func (how openHow) writes() bool {
	return how.base&(rightFdWrite|rightFdAllocate) != 0 || how.oflags&oTrunc != 0
}

// checkExisting gives the errors that opening an existing file has on every file system.
func (how openHow) checkExisting(info fs.FileInfo) error {
	switch {
	case how.oflags&oCreat != 0 && how.oflags&oExcl != 0:
		return EEXIST
	case info.Mode()&fs.ModeSymlink != 0:
		return ELOOP
	case how.oflags&oDirectory != 0 && !info.IsDir():
		return ENOTDIR
	case !info.IsDir():
		return nil
	case how.oflags&(oTrunc|oCreat) != 0, how.oflags&oDirectory == 0 && how.base&rightFdWrite != 0:
		return EISDIR
	}
	return nil
}

// hostFlags are the flags of os.OpenFile. Append mode is set later, because it can be taken back; truncation too,
// when it is sure that the file is the right one.
func (how openHow) hostFlags() int {
	flags := os.O_RDONLY
	if how.writes() {
		flags = os.O_RDWR
		if how.base&rightFdRead == 0 {
			flags = os.O_WRONLY
		}
	}
	if how.oflags&oExcl != 0 && how.oflags&oCreat != 0 {
		flags |= os.O_EXCL
	}
	if how.flags&flagsSync != 0 {
		flags |= os.O_SYNC
	}
	return flags
}

// dir returns the descriptor fd as a directory with the rights r.
func (s *System) dir(fd int32, r rights) (directory, *descriptor, error) {
	d, err := s.fds.get(fd)
	if err != nil {
		return nil, nil, err
	}
	o, err := as[directory](d, r, ENOTDIR)
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

// PathCreateDirectory is path_create_directory.
func (s *System) PathCreateDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathCreateDirectory, path, pathLen, directory.mkdir)
}

// PathRemoveDirectory is path_remove_directory.
func (s *System) PathRemoveDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathRemoveDirectory, path, pathLen, directory.rmdir)
}

// PathUnlinkFile is path_unlink_file.
func (s *System) PathUnlinkFile(in *rt.Instance, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathUnlinkFile, path, pathLen, directory.unlink)
}

// PathFilestatGet is path_filestat_get.
func (s *System) PathFilestatGet(in *rt.Instance, fd, flags, path, pathLen, result int32) int32 {
	return s.at(in, fd, rightPathFilestatGet, path, pathLen, func(d directory, name string) error {
		follow, err := lookup(flags)
		if err != nil {
			return err
		}
		st, err := d.stat(name, follow)
		if err != nil {
			return err
		}
		return putFilestat(in, result, st)
	})
}

// PathFilestatSetTimes is path_filestat_set_times.
func (s *System) PathFilestatSetTimes(in *rt.Instance, fd, flags, path, pathLen int32, atim, mtim int64, fst int32) int32 {
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

// PathReadlink is path_readlink. What does not fit is cut off.
func (s *System) PathReadlink(in *rt.Instance, fd, path, pathLen, buf, bufLen, nread int32) int32 {
	return s.at(in, fd, rightPathReadlink, path, pathLen, func(d directory, name string) error {
		if err := check(in, nread, 4); err != nil {
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

// PathSymlink is path_symlink. Absolute targets are refused: they would mean different files to guest and host.
func (s *System) PathSymlink(in *rt.Instance, target, targetLen, fd, path, pathLen int32) int32 {
	return s.at(in, fd, rightPathSymlink, path, pathLen, func(d directory, name string) error {
		t, err := guestPath(in, target, targetLen)
		if err != nil {
			return err
		}
		return d.symlink(t, name)
	})
}

// PathLink is path_link.
func (s *System) PathLink(in *rt.Instance, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	return s.at(in, oldFd, rightPathLinkSource, oldPath, oldLen, func(from directory, oldName string) error {
		follow, err := lookup(oldFlags)
		if err != nil {
			return err
		}
		to, newName, err := s.target(in, newFd, rightPathLinkTarget, newPath, newLen)
		switch {
		case err != nil:
			return err
		case follow:
			return EINVAL
		}
		return between(from, oldName, to, newName, tree.link)
	})
}

// PathRename is path_rename.
func (s *System) PathRename(in *rt.Instance, fd, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	return s.at(in, fd, rightPathRenameSource, oldPath, oldLen, func(from directory, oldName string) error {
		to, newName, err := s.target(in, newFd, rightPathRenameTarget, newPath, newLen)
		if err != nil {
			return err
		}
		return between(from, oldName, to, newName, tree.rename)
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

// between does an operation on two directories, which must be of the host.
func between(from directory, oldName string, to directory, newName string,
	op func(*hostDir, string, *hostDir, string) error) error {
	oldDir, ok1 := from.(*hostDir)
	newDir, ok2 := to.(*hostDir)
	switch {
	case ok1 != ok2:
		return EXDEV
	case !ok1, oldDir.top.readOnly, newDir.top.readOnly:
		return EROFS
	}
	return op(oldDir, oldName, newDir, newName)
}

// PathOpen is path_open.
func (s *System) PathOpen(in *rt.Instance, dirfd, dirflags, path, pathLen, oflags int32, rightsBase, rightsInheriting int64,
	flags, result int32) int32 {
	return s.at(in, dirfd, rightPathOpen, path, pathLen, func(dir directory, name string) error {
		how, err := newOpenHow(dirflags, oflags, flags, rights(rightsBase), rights(rightsInheriting))
		if err != nil {
			return err
		}
		d, err := s.fds.get(dirfd)
		if err != nil {
			return err
		}
		if err := d.allows(how, rights(rightsInheriting)); err != nil {
			return err
		}
		if err := check(in, result, 4); err != nil {
			return err
		}
		obj, err := dir.open(name, how)
		if err != nil {
			return err
		}
		fd, err := s.fds.add(newDescriptor(obj, how, rights(rightsInheriting)))
		if err != nil {
			_ = obj.close() // the table's error is the one to tell
			return err
		}
		return putU32(in, result, uint32(fd))
	})
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

// allows checks what path_open asks for against the directory's rights.
func (d *descriptor) allows(how openHow, inheriting rights) error {
	need := rightPathOpen
	if how.oflags&oCreat != 0 {
		need |= rightPathCreateFile
	}
	base, inherits, _ := d.state()
	// Who may open the file with the right to set its size may truncate it too: Go guests open directories so.
	if how.oflags&oTrunc != 0 && inherits&rightFdFilestatSetSize == 0 {
		need |= rightPathFilestatSetSize
	}
	if need&^base != 0 || (how.base|inheriting)&^inherits != 0 {
		return ENOTCAPABLE
	}
	return nil
}

// newDescriptor drops the rights that do not apply to the object's type, as the document allows.
func newDescriptor(obj object, how openHow, inheriting rights) *descriptor {
	apply := fileRights
	switch obj.filetype() {
	case typeDirectory:
		apply, how.flags = directoryRights, how.flags&^flagAppend
	case typeCharacterDevice:
		apply &^= rightFdSeek | rightFdTell
	}
	return &descriptor{obj: obj, base: how.base & apply, inheriting: inheriting, flags: how.flags}
}

// FdReaddir is fd_readdir.
func (s *System) FdReaddir(in *rt.Instance, fd, buf, bufLen int32, cookie int64, nread int32) int32 {
	dir, d, err := s.dir(fd, rightFdReaddir)
	if err != nil {
		return code(err)
	}
	b, err := span(in, buf, uint64(uint32(bufLen)))
	if err != nil {
		return code(err)
	}
	if err := check(in, nread, 4); err != nil {
		return code(err)
	}
	list, err := d.entries(dir, cookie == 0)
	if err != nil {
		return code(err)
	}
	if cookie < 0 || uint64(cookie) > uint64(len(list))+dotEntries {
		return code(EINVAL)
	}
	return code(putU32(in, nread, uint32(fillDirents(b, dir, list, int(cookie)))))
}

// entries returns the list that cookies refer to.
func (d *descriptor) entries(dir directory, renew bool) ([]fs.DirEntry, error) {
	if list := d.list.Load(); list != nil && !renew {
		return *list, nil
	}
	list, err := dir.readdir()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	d.list.Store(&list)
	return list, nil
}

// dotEntries are "." and "..", which come first.
const dotEntries = 2

// fillDirents writes entries from number i on until b is full; the last one may be cut.
func fillDirents(b []byte, dir directory, list []fs.DirEntry, i int) int {
	var rec [sizeDirent]byte
	n := 0
	for ; n < len(b) && i < len(list)+dotEntries; i++ {
		name, ino, typ := dirent(dir, list, i)
		le.PutUint64(rec[0:], uint64(i+1))
		le.PutUint64(rec[8:], ino)
		le.PutUint32(rec[16:], uint32(len(name)))
		rec[20] = byte(typ)
		n += copy(b[n:], rec[:])
		n += copy(b[n:], name)
	}
	return n
}

// dirent describes entry i. That of ".." is the directory itself, beyond which nothing is known.
func dirent(dir directory, list []fs.DirEntry, i int) (name string, ino uint64, typ filetype) {
	if i < dotEntries {
		st, _ := dir.filestat() // without it, the number is unknown
		return [...]string{".", ".."}[i], st.ino, typeDirectory
	}
	e := list[i-dotEntries]
	st, err := dir.stat(e.Name(), false)
	if err != nil { // removed since the list was made
		return e.Name(), 0, typeOf(e.Type())
	}
	return e.Name(), st.ino, st.filetype
}

// splitLast cuts a path into the directory and the last component, and reports a slash behind it. "." and ".." are no
// names that an entry can be removed or renamed by.
func splitLast(name string) (dir, last string, slash bool, err error) {
	trimmed := strings.TrimRight(name, "/")
	dir, last = path.Split(trimmed)
	if dir == "" {
		dir = "."
	}
	if last == "." || last == ".." {
		return "", "", false, EINVAL
	}
	return dir, last, len(trimmed) < len(name), nil
}
