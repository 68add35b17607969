package wasi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEmulatedAppend(t *testing.T) {
	testBackend = backend{"os.Root", newRootDir}
	defer func() { testBackend = hostBackends()[0] }()
	g, dir := newDirGuest(t)
	fd := g.mustOpen(3, "file", oCreat, 0, fileRights)
	d, _ := g.s.fds.get(fd)
	d.obj.(*hostFile).emulate.Store(true)
	g.write(fd, "aaa")
	g.s.FdSeek(g.in, fd, 0, 0, g.alloc(8))
	g.write(fd, "bbb")
	if b, _ := os.ReadFile(filepath.Join(dir, "file")); string(b) != "aaabbb" {
		t.Errorf("file is %q", b)
	}
}

func TestMaxOpen(t *testing.T) {
	g := newGuest(t, Config{Dirs: []Dir{{Host: t.TempDir(), Guest: "/"}}, MaxOpen: 6})
	g.mustOpen(3, "a", oCreat, 0, 0)
	fd := g.mustOpen(3, "a", 0, 0, 0)
	if _, e := g.open(3, "a", 0, 0, 0); e != EMFILE {
		t.Errorf("open too many: %v", e)
	}
	g.s.FdClose(g.in, fd)
	g.mustOpen(3, "a", 0, 0, 0)
	if _, err := New(Config{MaxOpen: 2}); err == nil {
		t.Error("a table without room for stdio")
	}
}

func TestNewErrors(t *testing.T) {
	for _, cfg := range []Config{
		{Dirs: []Dir{{Host: filepath.Join(t.TempDir(), "missing"), Guest: "/"}}},
		{Args: []string{"a\x00b"}}, {Env: []string{"a\x00b"}}, {Mounts: []Mount{{Guest: "/"}}},
	} {
		if s, err := New(cfg); err == nil {
			_ = s.Close()
			t.Errorf("%+v accepted", cfg)
		}
	}
}

func TestErrno(t *testing.T) {
	if len(errnoNames) != int(ENOTCAPABLE)+1 || errnoNames[ENOTDIR] != "notdir" || errnoNames[EINVAL] != "inval" ||
		ENOTCAPABLE != 76 || EBADF != 8 || ENOENT != 44 {
		t.Error("codes and names do not match")
	}
	_, err := os.OpenInRoot(t.TempDir(), "../x")
	if errnoOf(err) != errEscape {
		t.Errorf("the error of os.Root has another text: %v", err)
	}
	if errnoOf(errors.New("new")) != EIO {
		t.Error("unknown errors are EIO")
	}
}

// TestGoOpen opens as Go's package syscall does.
func TestGoOpen(t *testing.T) {
	g, dir := newDirGuest(t)
	writeFile(t, dir, "file", "hello")
	if err := os.Chmod(filepath.Join(dir, "file"), 0o444); err != nil {
		t.Fatal(err)
	}
	const goFile = rights(1<<28 - 1)
	const readOnly = goFile &^ (rightFdDatasync | rightFdWrite | rightFdAllocate | rightPathFilestatSetSize)
	p, n := g.str("file")
	res := g.alloc(4)
	g.want(0, g.s.PathOpen(g.in, 3, 1, p, n, 0, int64(readOnly), int64(goFile), 0, res), "open a file that is read-only")
	if got, e := g.read(int32(g.u32(res)), 100); got != "hello" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	p, n = g.str(".")
	g.want(0, g.s.PathOpen(g.in, 3, 1, p, n, int32(oDirectory), int64(readOnly), int64(goFile), 0, res), "open a directory")
	sub := int32(g.u32(res))
	p, n = g.str("file")
	g.want(0, g.s.PathOpen(g.in, sub, 1, p, n, 0, int64(readOnly), int64(goFile), 0, res), "open below a directory")
	p, n = g.str("new")
	g.want(0, g.s.PathOpen(g.in, sub, 1, p, n, int32(oCreat|oTrunc), int64(goFile), int64(goFile), 0, res), "create below it")
}

// streams is a file system whose files have no positions.
type streams struct{ fs.FS }

func (s streams) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	return struct{ fs.File }{f}, err
}

// TestMountMemory opens a file that must be kept in memory as often as that is allowed.
func TestMountMemory(t *testing.T) {
	const size = 1000
	g := newGuest(t, Config{Mounts: []Mount{{FS: streams{fstest.MapFS{"file": {Data: make([]byte, size)}}}, Guest: "/"}}})
	g.s.held.Store(maxHeld - 2*size)
	a, _ := g.mustOpen(root, "file", 0, 0, rightFdRead|rightFdSeek), g.mustOpen(root, "file", 0, 0, rightFdRead)
	if _, e := g.open(root, "file", 0, 0, rightFdRead); e != ENOMEM {
		t.Errorf("one more: %v", e)
	}
	if got, e := g.pread(a, size-2, 10); got != "\x00\x00" || e != 0 {
		t.Errorf("read %q, %v", got, e)
	}
	g.close(a)
	g.mustOpen(root, "file", 0, 0, rightFdRead)
}

// TestListingMemory fails for a directory that is too big for a listing, and gives back what listings took.
func TestListingMemory(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		g, dir := newDirGuest(t)
		for i := range 50 {
			writeFile(t, dir, strings.Repeat("x", 200)+fmt.Sprint(i), "")
		}
		g.s.held.Store(maxHeld - 5000)
		g.want(ENOMEM, g.s.FdReaddir(g.in, root, 64, 64, 0, 64), "fd_readdir")
		g.s.held.Store(0)
		fd := g.mustOpen(root, ".", oDirectory, 0, directoryRights)
		g.readdir(fd, 256, 0)
		g.readdir(fd, 256, 0)
		if n := g.s.held.Load(); n < 50*200 || n > 50*300 {
			t.Errorf("%d bytes", n)
		}
		g.close(fd)
		if n := g.s.held.Load(); n != 0 {
			t.Errorf("%d bytes are left", n)
		}
	})
}
