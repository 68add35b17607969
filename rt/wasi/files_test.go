package wasi

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/rt"
)

func TestFile(t *testing.T) {
	g, dir := newDirGuest(t)
	fd := g.mustOpen(3, "file", oCreat, 0, fileRights)
	if n, e := g.write(fd, "hello ", "", "world"); n != 11 || e != 0 {
		t.Fatalf("fd_write: %d %v", n, e)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "file")); string(b) != "hello world" {
		t.Fatalf("file is %q, %v", b, err)
	}
	res := g.alloc(8)
	for _, tt := range []struct {
		offset int64
		whence int32
		want   Errno
		pos    uint64
	}{{0, 1, 0, 11}, {-5, 2, 0, 6}, {2, 1, 0, 8}, {0, 0, 0, 0}, {-1, 0, EINVAL, 0}, {0, 3, EINVAL, 0}, {0, -1, EINVAL, 0}} {
		g.want(tt.want, g.s.FdSeek(g.in, fd, tt.offset, tt.whence, res), "fd_seek")
		if tt.want == 0 && g.u64(res) != tt.pos {
			t.Errorf("fd_seek(%d, %d): at %d", tt.offset, tt.whence, g.u64(res))
		}
	}
	if got, e := g.read(fd, 3, 0, 100); got != "hello world" || e != 0 {
		t.Errorf("fd_read: %q %v", got, e)
	}
	if got, e := g.read(fd, 3); got != "" || e != 0 {
		t.Errorf("fd_read at the end: %q %v", got, e)
	}
	g.want(0, g.s.FdTell(g.in, fd, res), "fd_tell")
	if g.u64(res) != 11 {
		t.Errorf("fd_tell: %d", g.u64(res))
	}
	p, n := g.iovStrings("HE", "LLO")
	g.want(0, g.s.FdPwrite(g.in, fd, p, n, 0, res), "fd_pwrite")
	p, n = g.iovs(2, 30)
	g.want(0, g.s.FdPread(g.in, fd, p, n, 3, res), "fd_pread")
	if got := g.collect(p, n, g.u32(res)); got != "LO world" {
		t.Errorf("fd_pread: %q", got)
	}
	g.want(EINVAL, g.s.FdPread(g.in, fd, p, n, -1, res), "fd_pread offset")
	g.want(EINVAL, g.s.FdPwrite(g.in, fd, p, n, -1, res), "fd_pwrite offset")
	g.want(0, g.s.FdSync(g.in, fd), "fd_sync")
	g.want(0, g.s.FdDatasync(g.in, fd), "fd_datasync")
	g.want(0, g.s.FdAdvise(g.in, fd, 0, 10, 5), "fd_advise")
	g.want(EINVAL, g.s.FdAdvise(g.in, fd, 0, 10, 6), "fd_advise")
	g.want(EBADF, g.s.FdAdvise(g.in, 3, 0, 10, 0), "fd_advise of a directory")
	g.want(0, g.s.FdFilestatSetSize(g.in, fd, 100), "fd_filestat_set_size")
	g.want(0, g.s.FdAllocate(g.in, fd, 100, 100), "fd_allocate")
	g.want(0, g.s.FdAllocate(g.in, fd, 0, 10), "fd_allocate")
	if st := g.fstat(fd); st.size != 200 || st.filetype != typeRegularFile || st.ino == 0 {
		t.Errorf("filestat %+v", st)
	}
	g.want(EINVAL, g.s.FdAllocate(g.in, fd, 0, 0), "fd_allocate nothing")
	g.want(EFBIG, g.s.FdAllocate(g.in, fd, math.MaxInt64, 1), "fd_allocate too much")
	g.want(EINVAL, g.s.FdFilestatSetSize(g.in, fd, -1), "negative size")
	g.want(0, g.s.FdFilestatSetTimes(g.in, fd, 1000, 5000, fstMtim|fstAtim), "times")
	g.want(0, g.s.FdFilestatSetTimes(g.in, fd, 9, 6000, fstMtim), "times")
	if st := g.fstat(fd); st.mtim != 6000 || runtime.GOOS == "linux" && st.atim != 1000 {
		t.Errorf("times %+v", st)
	}
	g.want(EINVAL, g.s.FdFilestatSetTimes(g.in, fd, 0, 0, fstMtim|fstMtimNow), "times")
	g.want(0, g.s.FdFilestatSetTimes(g.in, 3, 0, 6000, fstMtim), "times of a directory")
	if st := g.fstat(3); st.mtim != 6000 {
		t.Errorf("times of the directory %+v", st)
	}
	g.want(0, g.s.FdSync(g.in, 3), "fd_sync of a directory")
	g.want(0, g.s.FdClose(g.in, fd), "fd_close")
	g.want(EBADF, g.s.FdClose(g.in, fd), "fd_close again")
}

// TestAppend is the course of the official test fd_flags_set.
func TestAppend(t *testing.T) {
	g, dir := newDirGuest(t)
	fd := g.mustOpen(3, "file", oCreat, flagAppend, fileRights)
	res := g.alloc(8)
	rewind := func() { g.want(0, g.s.FdSeek(g.in, fd, 0, 0, res), "rewind") }
	g.write(fd, "aaa")
	rewind()
	g.write(fd, "bbb")
	if _, flags, _, _ := g.fdstat(fd); flags != flagAppend {
		t.Errorf("flags %x", flags)
	}
	g.want(0, g.s.FdFdstatSetFlags(g.in, fd, 0), "set flags")
	rewind()
	g.write(fd, "cc")
	g.want(0, g.s.FdFdstatSetFlags(g.in, fd, int32(flagAppend|flagNonblock)), "set flags")
	rewind()
	g.write(fd, "ddd")
	if b, _ := os.ReadFile(filepath.Join(dir, "file")); string(b) != "ccabbbddd" {
		t.Errorf("file is %q", b)
	}
	g.want(ENOTSUP, g.s.FdFdstatSetFlags(g.in, fd, int32(flagSync)), "set sync")
	g.want(EINVAL, g.s.FdFdstatSetFlags(g.in, fd, 32), "bad flags")
	g.want(EINVAL, g.s.FdFdstatSetFlags(g.in, fd, -1), "bad flags")
	fd = g.mustOpen(3, "file", oTrunc, 0, rightFdRead)
	if st := g.fstat(g.mustOpen(3, "file", 0, 0, rightFdFilestatGet)); st.size != 0 {
		t.Errorf("truncated to %d", st.size)
	}
}

func TestEmulatedAppend(t *testing.T) {
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

func TestDirectoryAsFile(t *testing.T) {
	g, _ := newDirGuest(t)
	p, n := g.iovs(8)
	res := g.alloc(8)
	for what, e := range map[string]int32{
		"read":     g.s.FdRead(g.in, 3, p, n, res),
		"write":    g.s.FdWrite(g.in, 3, p, n, res),
		"pread":    g.s.FdPread(g.in, 3, p, n, 0, res),
		"pwrite":   g.s.FdPwrite(g.in, 3, p, n, 0, res),
		"seek":     g.s.FdSeek(g.in, 3, 0, 0, res),
		"seek cur": g.s.FdSeek(g.in, 3, 0, 1, res),
		"tell":     g.s.FdTell(g.in, 3, res),
		"allocate": g.s.FdAllocate(g.in, 3, 0, 1),
		"set size": g.s.FdFilestatSetSize(g.in, 3, 0),
	} {
		g.want(EISDIR, e, what)
	}
}

func TestBadMemory(t *testing.T) {
	g, _ := newDirGuest(t)
	fd := g.mustOpen(3, "file", oCreat, 0, fileRights)
	res := g.alloc(8)
	p, n := g.iovStrings("x")
	const end = guestPages * 65536
	g.want(EFAULT, g.s.FdWrite(g.in, fd, -8, 1, res), "iovs")
	g.want(EFAULT, g.s.FdWrite(g.in, fd, end-8, 2, res), "iovs over the end")
	g.want(EFAULT, g.s.FdWrite(g.in, fd, p, -1, res), "iovs length")
	g.want(EFAULT, g.s.FdWrite(g.in, fd, p, n, end-3), "result")
	g.want(EFAULT, g.s.FdRead(g.in, fd, p, n, -1), "result")
	le.PutUint32(g.bytes(p+4, 4), math.MaxUint32)
	g.want(EFAULT, g.s.FdWrite(g.in, fd, p, n, res), "buffer")
	if st := g.fstat(fd); st.size != 0 {
		t.Errorf("written: %+v", st)
	}
	g.want(EFAULT, g.s.FdFdstatGet(g.in, fd, end-23), "fdstat")
	g.want(EFAULT, g.s.FdFilestatGet(g.in, fd, end-63), "filestat")
	g.want(EFAULT, g.s.FdSeek(g.in, fd, 0, 0, end-7), "seek")
	g.want(EFAULT, g.s.ClockTimeGet(g.in, 0, 0, end-7), "clock")
	g.want(EFAULT, g.s.RandomGet(g.in, 0, -1), "random")
	g.want(EFAULT, g.s.PollOneoff(g.in, end-47, 0, 1, res), "subscriptions")
	g.want(EFAULT, g.s.PollOneoff(g.in, 0, end-31, 1, res), "events")
	g.want(EINVAL, g.s.PollOneoff(g.in, 0, 0, 0, res), "no subscriptions")
	g.want(EINVAL, g.s.PollOneoff(g.in, 0, 0, -1, res), "too many subscriptions")
	// More buffers than are served in one call: the rest is for the next.
	const many = 3000
	iovs := g.alloc(many * sizeIovec)
	for i := range int32(many) {
		le.PutUint32(g.bytes(iovs+i*sizeIovec+4, 4), 1)
	}
	g.want(0, g.s.FdWrite(g.in, fd, iovs, many, res), "many buffers")
	if g.u32(res) != iovMax {
		t.Errorf("written %d of %d", g.u32(res), many)
	}
	g.want(EFAULT, g.s.FdWrite(new(rt.Instance), fd, 0, 0, 0), "no memory")
}

func TestRenumber(t *testing.T) {
	g, dir := newDirGuest(t)
	a := g.mustOpen(3, "a", oCreat, 0, fileRights)
	b := g.mustOpen(3, "b", oCreat, 0, fileRights)
	g.want(0, g.s.FdRenumber(g.in, a, b), "renumber")
	g.want(EBADF, g.s.FdClose(g.in, a), "close the old number")
	g.want(EBADF, g.s.FdRenumber(g.in, b, a), "renumber to a closed one")
	g.want(EBADF, g.s.FdRenumber(g.in, 99, b), "renumber from a closed one")
	g.want(EBADF, g.s.FdRenumber(g.in, -1, b), "renumber from a bad one")
	g.want(0, g.s.FdRenumber(g.in, b, b), "renumber to itself")
	g.write(b, "x")
	if got, _ := os.ReadFile(filepath.Join(dir, "a")); string(got) != "x" {
		t.Errorf("a is %q", got)
	}
	if c := g.mustOpen(3, "c", oCreat, 0, 0); c != a {
		t.Errorf("%d is not the lowest number", c)
	}
	g.want(0, g.s.FdRenumber(g.in, 3, a), "renumber a preopen")
	if n := g.alloc(8); Errno(g.s.FdPrestatGet(g.in, a, n)) != 0 {
		t.Error("the preopen lost its name")
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

func TestArgs(t *testing.T) {
	g := newGuest(t, Config{Args: []string{"prog", "", "ü x"}, Env: []string{"A=1"}})
	for _, tt := range []struct {
		want  []string
		sizes func() int32
		get   func(p, b int32) int32
	}{
		{[]string{"prog", "", "ü x"}, func() int32 { return g.s.ArgsSizesGet(g.in, 8, 12) },
			func(p, b int32) int32 { return g.s.ArgsGet(g.in, p, b) }},
		{[]string{"A=1"}, func() int32 { return g.s.EnvironSizesGet(g.in, 8, 12) },
			func(p, b int32) int32 { return g.s.EnvironGet(g.in, p, b) }},
	} {
		g.want(0, tt.sizes(), "sizes")
		joined := strings.Join(tt.want, "\x00") + "\x00"
		if g.u32(8) != uint32(len(tt.want)) || g.u32(12) != uint32(len(joined)) {
			t.Errorf("sizes %d %d", g.u32(8), g.u32(12))
		}
		p, b := g.alloc(4*len(tt.want)), g.alloc(len(joined))
		g.want(0, tt.get(p, b), "get")
		if got := string(g.bytes(b, len(joined))); got != joined {
			t.Errorf("strings %q", got)
		}
		for i, s := range tt.want {
			if at := int32(g.u32(p + int32(4*i))); string(g.bytes(at, len(s)+1)) != s+"\x00" {
				t.Errorf("string %d at %d", i, at)
			}
		}
		g.want(EFAULT, tt.get(p, guestPages*65536-1), "buffer")
		g.want(EFAULT, tt.get(-1, b), "pointers")
	}
}

func TestErrno(t *testing.T) {
	if len(errnoNames) != int(ENOTCAPABLE)+1 || errnoNames[ENOTDIR] != "notdir" || errnoNames[EINVAL] != "inval" ||
		ENOTCAPABLE != 76 || EBADF != 8 || ENOENT != 44 {
		t.Error("codes and names do not match")
	}
	_, err := os.OpenInRoot(t.TempDir(), "../x")
	if errnoOf(err) != ENOTCAPABLE {
		t.Errorf("the error of os.Root has another text: %v", err)
	}
	if errnoOf(errors.New("new")) != EIO {
		t.Error("unknown errors are EIO")
	}
}
