package wasi

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// fsDir is a directory of an fs.FS, which can only be read. ".." is taken off by writing.
type fsDir struct {
	s    *System
	fsys fs.FS
	name string // a valid path of fsys
	dev  uint64
}

// resolve makes the name in fsys; dirOnly says that the guest's name can only be a directory's.
func (d *fsDir) resolve(name string) (full string, dirOnly bool, err error) {
	clean := path.Clean(name)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", false, errEscape
	}
	last := name[strings.LastIndexByte(name, '/')+1:]
	return path.Join(d.name, clean), last == "" || last == "." || last == "..", nil
}

func (d *fsDir) lookup(name string, follow bool) (string, fs.FileInfo, error) {
	full, dirOnly, err := d.resolve(name)
	if err != nil {
		return "", nil, err
	}
	stat := fs.Stat
	if !follow && !dirOnly {
		stat = fs.Lstat
	}
	info, err := stat(d.fsys, full)
	if err == nil && dirOnly && !info.IsDir() {
		err = ENOTDIR
	}
	return full, info, err
}

func (d *fsDir) filetype() filetype { return typeDirectory }

func (d *fsDir) filestat() (filestat, error) { return d.stat(".", true) }

func (d *fsDir) close() error { return nil }

func (d *fsDir) stat(name string, follow bool) (filestat, error) {
	full, info, err := d.lookup(name, follow)
	if err != nil {
		return filestat{}, err
	}
	return d.statInfo(info, full), nil
}

// statInfo does without what the host's file may tell: it is no file of the guest's.
func (d *fsDir) statInfo(info fs.FileInfo, full string) filestat {
	st := portableStat(info, full)
	st.dev = d.dev
	return st
}

func (d *fsDir) open(_ *rt.Instance, name string, how openHow) (object, error) {
	full, info, err := d.lookup(name, how.follow)
	switch {
	case err != nil && how.oflags&oCreat != 0 && errnoOf(err) == ENOENT:
		return nil, EROFS
	case err != nil:
		return nil, err
	}
	if err := how.checkExisting(info); err != nil {
		return nil, err
	}
	if info.IsDir() {
		return &fsDir{s: d.s, fsys: d.fsys, name: full, dev: d.dev}, nil
	}
	if how.writes() {
		return nil, EROFS
	}
	return d.openFile(full)
}

func (d *fsDir) openFile(full string) (object, error) {
	f, err := d.fsys.Open(full)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, orClose(f, err)
	}
	file := &fsFile{st: d.statInfo(info, full), c: f}
	if r, ok := f.(io.ReaderAt); ok {
		file.r = r
		return file, nil
	}
	limit := maxHeld - d.s.held.Load()
	b, err := io.ReadAll(io.LimitReader(f, limit+1)) // a file without positions, as in a compressed archive
	if err == nil && int64(len(b)) > limit {
		err = ENOMEM
	}
	if err != nil {
		return nil, orClose(f, err)
	}
	file.r, file.st.size, file.held = bytes.NewReader(b), uint64(len(b)), &d.s.held
	file.held.Add(int64(len(b)))
	return file, nil
}

// entries does without inode numbers of the host as well. That of ".." is the directory, beyond which nothing is known.
func (d *fsDir) entries(limit int64) ([]dirent, error) {
	entries, err := fs.ReadDir(d.fsys, d.name)
	if err != nil {
		return nil, err
	}
	self := inodeOf(d.name)
	list := []dirent{{".", self, typeDirectory}, {"..", self, typeDirectory}}
	for _, e := range entries {
		list = append(list, dirent{e.Name(), inodeOf(path.Join(d.name, e.Name())), typeOf(e.Type())})
		if limit -= list[len(list)-1].size(); limit < 0 {
			return nil, ENOMEM
		}
	}
	return list, nil
}

func (d *fsDir) readlink(name string) (string, error) {
	full, info, err := d.lookup(name, false)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return "", EINVAL
	}
	return fs.ReadLink(d.fsys, full)
}

func (d *fsDir) setTimes(_, _ time.Time) error                     { return EROFS }
func (d *fsDir) setTimesAt(_ string, _ bool, _, _ time.Time) error { return EROFS }
func (d *fsDir) mkdir(string) error                                { return EROFS }
func (d *fsDir) symlink(_, _ string) error                         { return EROFS }
func (d *fsDir) unlink(string) error                               { return EROFS }
func (d *fsDir) rmdir(string) error                                { return EROFS }

func (d *fsDir) rename(_ string, to directory, _ string) error       { return d.between(to) }
func (d *fsDir) link(_ string, _ bool, to directory, _ string) error { return d.between(to) }

func (d *fsDir) between(to directory) error {
	if _, ok := to.(*fsDir); !ok {
		return EXDEV
	}
	return EROFS
}

// fsFile is a file of an fs.FS.
type fsFile struct {
	st   filestat
	c    io.Closer
	r    io.ReaderAt
	held *atomic.Int64 // the System's, if the file is in memory

	mu  sync.Mutex // files of an fs.FS need not be safe for concurrent use
	off int64
}

func (f *fsFile) filetype() filetype { return f.st.filetype }

func (f *fsFile) filestat() (filestat, error) { return f.st, nil }

func (f *fsFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held != nil {
		f.held.Add(-int64(f.st.size))
	}
	return f.c.Close()
}

func (f *fsFile) readv(v vector, _ fdflags) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.readAt(v, f.off)
	f.off += int64(n)
	return n, err
}

func (f *fsFile) preadv(v vector, offset int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.readAt(v, offset)
}

func (f *fsFile) readAt(v vector, offset int64) (int, error) {
	return v.each(func(p []byte) (int, error) {
		if uint64(offset) >= f.st.size {
			return 0, io.EOF // some files refuse offsets behind their end
		}
		n, err := f.r.ReadAt(p, offset)
		offset += int64(n)
		return n, err
	})
}

func (f *fsFile) seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pos := offset + [...]int64{0, f.off, int64(f.st.size)}[whence]
	if pos < 0 { // also by overflow
		return 0, EINVAL
	}
	f.off = pos
	return pos, nil
}

func (f *fsFile) resize(int64) error            { return EROFS }
func (f *fsFile) allocate(_, _ int64) error     { return EROFS }
func (f *fsFile) setTimes(_, _ time.Time) error { return EROFS }
