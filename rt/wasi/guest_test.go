package wasi

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/wasm2go/wasm2go/rt"
)

// guest is a program without code: an instance with a memory, from which tests call functions.
type guest struct {
	t  testing.TB
	s  *System
	in *rt.Instance
	at int32 // memory below is in use
}

const guestPages = 4

func newThread(t testing.TB, s *System) *guest {
	mem, err := rt.NewMemory(rt.MemoryType{Min: guestPages, Max: guestPages, HasMax: true, Shared: true}, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := new(rt.Instance)
	in.Setup(rt.NewModule("test", "", "test"), rt.Config{})
	in.AddMemory(mem)
	return &guest{t: t, s: s, in: in, at: 64}
}

func newGuest(t testing.TB, cfg Config) *guest {
	t.Helper()
	s, err := newSystem(cfg, testBackend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return newThread(t, s)
}

// newDirGuest has a new directory as descriptor 3.
func newDirGuest(t testing.TB) (*guest, string) {
	dir := t.TempDir()
	return newGuest(t, Config{Dirs: []Dir{{Host: dir, Guest: "/"}}}), dir
}

// testBackend serves the directories of guests.
var testBackend = hostBackends()[0]

// eachBackend runs a test with every way that this host has to serve directories.
func eachBackend(t *testing.T, f func(t *testing.T)) {
	for _, b := range hostBackends() {
		t.Run(b.name, func(t *testing.T) {
			testBackend = b
			defer func() { testBackend = hostBackends()[0] }()
			f(t)
		})
	}
}

// portable says that the backend is the one with deviations.
func portable() bool { return testBackend.name == "os.Root" }

// alloc returns n bytes of zeros.
func (g *guest) alloc(n int) int32 {
	p := g.at
	g.at += int32(n+7) &^ 7
	if g.at > guestPages*rt.PageSize {
		p, g.at = 64, 64+int32(n+7)&^7
	}
	clear(g.bytes(p, n))
	return p
}

func (g *guest) bytes(p int32, n int) []byte {
	b, ok := g.in.Mem().Slice(uint32(p), uint64(n))
	if !ok {
		g.t.Fatalf("no memory at %d for %d bytes", p, n)
	}
	return b
}

func (g *guest) u32(p int32) uint32 { return le.Uint32(g.bytes(p, 4)) }
func (g *guest) u64(p int32) uint64 { return le.Uint64(g.bytes(p, 8)) }

func (g *guest) str(s string) (p, n int32) {
	p = g.alloc(len(s))
	copy(g.bytes(p, len(s)), s)
	return p, int32(len(s))
}

// iovs makes an array of buffers of the sizes given.
func (g *guest) iovs(sizes ...int) (p, n int32) {
	p = g.alloc(len(sizes) * sizeIovec)
	for i, size := range sizes {
		le.PutUint32(g.bytes(p+int32(i)*sizeIovec, 4), uint32(g.alloc(size)))
		le.PutUint32(g.bytes(p+int32(i)*sizeIovec+4, 4), uint32(size))
	}
	return p, int32(len(sizes))
}

func (g *guest) iovStrings(list ...string) (p, n int32) {
	sizes := make([]int, len(list))
	for i, s := range list {
		sizes[i] = len(s)
	}
	p, n = g.iovs(sizes...)
	for i, s := range list {
		copy(g.bytes(int32(g.u32(p+int32(i)*sizeIovec)), len(s)), s)
	}
	return p, n
}

func (g *guest) want(e Errno, got int32, what string) {
	g.t.Helper()
	if Errno(got) != e {
		g.t.Errorf("%s: %v, want %v", what, Errno(got), e)
	}
}

// open opens below descriptor dir with all rights; it returns -1 on failure.
func (g *guest) open(dir int32, name string, of oflags, flags fdflags, base rights) (int32, Errno) {
	p, n := g.str(name)
	res := g.alloc(4)
	e := g.s.PathOpen(g.in, dir, lookupSymlinkFollow, p, n, int32(of), int64(base), int64(inheritRights), int32(flags), res)
	if e != 0 {
		return -1, Errno(e)
	}
	return int32(g.u32(res)), 0
}

func (g *guest) mustOpen(dir int32, name string, of oflags, flags fdflags, base rights) int32 {
	g.t.Helper()
	fd, e := g.open(dir, name, of, flags, base)
	if e != 0 {
		g.t.Fatalf("path_open %q: %v", name, e)
	}
	return fd
}

func (g *guest) write(fd int32, list ...string) (int, Errno) {
	p, n := g.iovStrings(list...)
	res := g.alloc(4)
	e := g.s.FdWrite(g.in, fd, p, n, res)
	return int(g.u32(res)), Errno(e)
}

func (g *guest) read(fd int32, sizes ...int) (string, Errno) {
	p, n := g.iovs(sizes...)
	res := g.alloc(4)
	e := g.s.FdRead(g.in, fd, p, n, res)
	return g.collect(p, n, g.u32(res)), Errno(e)
}

// collect returns the first bytes of an array of buffers.
func (g *guest) collect(p, n int32, total uint32) string {
	var b []byte
	for i := range n {
		rec := g.bytes(p+i*sizeIovec, sizeIovec)
		b = append(b, g.bytes(int32(le.Uint32(rec)), int(le.Uint32(rec[4:])))...)
	}
	return string(b[:total])
}

// path1 calls a function of a descriptor and a path.
func (g *guest) path1(f func(*rt.Instance, int32, int32, int32) int32, fd int32, name string) Errno {
	p, n := g.str(name)
	return Errno(f(g.in, fd, p, n))
}

func (g *guest) symlink(target string, fd int32, name string) Errno {
	tp, tn := g.str(target)
	p, n := g.str(name)
	return Errno(g.s.PathSymlink(g.in, tp, tn, fd, p, n))
}

func (g *guest) rename(fd int32, from string, to int32, name string) Errno {
	op, on := g.str(from)
	p, n := g.str(name)
	return Errno(g.s.PathRename(g.in, fd, op, on, to, p, n))
}

func (g *guest) link(fd int32, from string, to int32, name string) Errno {
	op, on := g.str(from)
	p, n := g.str(name)
	return Errno(g.s.PathLink(g.in, fd, 0, op, on, to, p, n))
}

func (g *guest) stat(fd int32, name string, follow int32) (filestat, Errno) {
	p, n := g.str(name)
	res := g.alloc(sizeFilestat)
	e := g.s.PathFilestatGet(g.in, fd, follow, p, n, res)
	return g.filestat(res), Errno(e)
}

func (g *guest) fstat(fd int32) filestat {
	g.t.Helper()
	res := g.alloc(sizeFilestat)
	g.want(0, g.s.FdFilestatGet(g.in, fd, res), "fd_filestat_get")
	return g.filestat(res)
}

func (g *guest) filestat(p int32) filestat {
	return filestat{dev: g.u64(p), ino: g.u64(p + 8), filetype: filetype(g.bytes(p+16, 1)[0]), nlink: g.u64(p + 24),
		size: g.u64(p + 32), atim: g.u64(p + 40), mtim: g.u64(p + 48), ctim: g.u64(p + 56)}
}

func (g *guest) fdstat(fd int32) (typ filetype, flags fdflags, base, inheriting rights) {
	g.t.Helper()
	res := g.alloc(sizeFdstat)
	g.want(0, g.s.FdFdstatGet(g.in, fd, res), "fd_fdstat_get")
	b := g.bytes(res, sizeFdstat)
	return filetype(b[0]), fdflags(le.Uint16(b[2:])), rights(le.Uint64(b[8:])), rights(le.Uint64(b[16:]))
}

type entry struct {
	next, ino uint64
	typ       filetype
	name      string
}

// readdir calls fd_readdir once.
func (g *guest) readdir(fd int32, size int, cookie uint64) (list []entry, end bool) {
	g.t.Helper()
	buf, res := g.alloc(size), g.alloc(4)
	g.want(0, g.s.FdReaddir(g.in, fd, buf, int32(size), int64(cookie), res), "fd_readdir")
	n := int(g.u32(res))
	for b := g.bytes(buf, n); len(b) >= sizeDirent; {
		k := sizeDirent + int(le.Uint32(b[16:]))
		if k > len(b) {
			break
		}
		list = append(list, entry{le.Uint64(b), le.Uint64(b[8:]), filetype(b[20]), string(b[sizeDirent:k])})
		b = b[k:]
	}
	return list, n < size
}

func writeFile(t testing.TB, elem ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(elem[:len(elem)-1]...), []byte(elem[len(elem)-1]), 0o666); err != nil {
		t.Fatal(err)
	}
}

func pcOf(fn any) uintptr { return reflect.ValueOf(fn).Pointer() }

func callFunc(fn any, args []any) int32 {
	vals := make([]reflect.Value, len(args))
	for i, a := range args {
		vals[i] = reflect.ValueOf(a)
	}
	results := reflect.ValueOf(fn).Call(vals)
	if len(results) == 0 {
		return 0
	}
	return int32(results[0].Int())
}
