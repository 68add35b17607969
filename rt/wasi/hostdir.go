package wasi

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// hostDir is a directory of the host, a sandbox of its own.
type hostDir struct {
	root *os.Root
	top  *topDir
	name string // relative to the preopen, as it was opened; for hosts without operations on two directories
}

// topDir is what the directories opened below a preopen share.
type topDir struct {
	root     *os.Root
	readOnly bool
	dev      uint64 // device number where the host tells none
}

// treeOps are the operations that os.Root lacks or has in another form. Names have been checked by writing.
type treeOps struct {
	rename  func(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error
	link    func(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error
	unlink  func(d *hostDir, name string) error
	rmdir   func(d *hostDir, name string) error
	chtimes func(d *hostDir, name string, atim, mtim time.Time) error // of a symbolic link itself
}

// tree is the host's way. Tests put portableTree in its place.
var tree = hostTree

// portableTree uses os.Root alone.
var portableTree = treeOps{
	rename: func(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error {
		root, oldName, newName, err := common(oldDir, oldName, newDir, newName)
		if err != nil {
			return err
		}
		if !strings.HasSuffix(newName, "/") && !oldDir.isDir(oldName) && newDir.isDir(newName) {
			return EISDIR
		}
		return root.Rename(oldName, newName)
	},
	link: func(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error {
		root, oldName, newName, err := common(oldDir, oldName, newDir, newName)
		if err != nil {
			return err
		}
		return root.Link(oldName, newName)
	},
	unlink: func(d *hostDir, name string) error {
		info, err := d.root.Lstat(name)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			return EISDIR
		}
		return d.root.Remove(name)
	},
	rmdir: func(d *hostDir, name string) error {
		info, err := d.root.Lstat(name)
		switch {
		case err != nil:
			return err
		case !info.IsDir():
			return ENOTDIR
		}
		return d.root.Remove(name)
	},
	chtimes: func(d *hostDir, name string, atim, mtim time.Time) error {
		info, err := d.root.Lstat(name)
		switch {
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			return ENOTSUP
		}
		return d.root.Chtimes(name, atim, mtim)
	},
}

// common returns a root in which both names can be said.
func common(oldDir *hostDir, oldName string, newDir *hostDir, newName string) (root *os.Root, from, to string, err error) {
	if oldDir == newDir {
		return oldDir.root, oldName, newName, nil
	}
	if oldDir.top != newDir.top {
		return nil, "", "", EXDEV
	}
	// Within the directories first, as the preopen is wider than they are.
	for _, p := range []struct {
		d    *hostDir
		name string
	}{{oldDir, oldName}, {newDir, newName}} {
		if _, err := p.d.root.Lstat(p.name); err != nil && errnoOf(err) != ENOENT {
			return nil, "", "", err
		}
		if _, err := p.d.root.Stat(path.Dir(strings.TrimRight(p.name, "/"))); err != nil {
			return nil, "", "", err
		}
	}
	return oldDir.top.root, oldDir.name + "/" + oldName, newDir.name + "/" + newName, nil
}

func (d *hostDir) isDir(name string) bool {
	info, err := d.root.Lstat(name)
	return err == nil && info.IsDir()
}

func (d *hostDir) filetype() filetype { return typeDirectory }

func (d *hostDir) filestat() (filestat, error) { return d.stat(".", true) }

func (d *hostDir) close() error { return d.root.Close() }

func (d *hostDir) writable() error {
	if d.top.readOnly {
		return EROFS
	}
	return nil
}

func (d *hostDir) sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d *hostDir) setTimes(atim, mtim time.Time) error { return d.setTimesAt(".", true, atim, mtim) }

func (d *hostDir) info(name string, follow bool) (fs.FileInfo, error) {
	if follow {
		return d.root.Stat(name)
	}
	return d.root.Lstat(name)
}

func (d *hostDir) stat(name string, follow bool) (filestat, error) {
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

func (d *hostDir) setTimesAt(name string, follow bool, atim, mtim time.Time) error {
	if err := d.writable(); err != nil {
		return err
	}
	if follow {
		return d.root.Chtimes(name, atim, mtim)
	}
	return tree.chtimes(d, name, atim, mtim)
}

func (d *hostDir) mkdir(name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.root.Mkdir(name, 0o777)
}

func (d *hostDir) readlink(name string) (string, error) { return d.root.Readlink(name) }

func (d *hostDir) symlink(target, name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.root.Symlink(target, name)
}

func (d *hostDir) unlink(name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return tree.unlink(d, name)
}

func (d *hostDir) rmdir(name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	return tree.rmdir(d, name)
}

func (d *hostDir) readdir() ([]fs.DirEntry, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// open is the part of path_open that the host does. The file is looked at first: what is to be done depends on its
// type, and os.Root always follows links.
func (d *hostDir) open(name string, how openHow) (object, error) {
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
	f, err := d.root.OpenFile(name, how.hostFlags()|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	return d.newFile(f, how)
}

func (d *hostDir) openExisting(name string, how openHow, info fs.FileInfo) (object, error) {
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
	f, err := d.root.OpenFile(name, how.hostFlags(), 0)
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
	return d.newFile(f, how)
}

func (d *hostDir) openDir(name string, how openHow, info fs.FileInfo) (object, error) {
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if err := sameFile(info, func() (fs.FileInfo, error) { return root.Stat(".") }, how); err != nil {
		return nil, orClose(root, err)
	}
	return &hostDir{root: root, top: d.top, name: path.Join(d.name, name)}, nil
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

func (d *hostDir) newFile(f *os.File, how openHow) (object, error) {
	h := &hostFile{f: f, readOnly: d.top.readOnly}
	if how.flags&flagAppend != 0 {
		if err := h.setFlags(how.flags); err != nil {
			return nil, orClose(f, err)
		}
	}
	return h, nil
}
