package wasi

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
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
