package wasi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stressTime is how long the tests of threads that work on files take: short, or WASM2GO_STRESS_TIME.
func stressTime(t *testing.T) time.Duration {
	s := os.Getenv("WASM2GO_STRESS_TIME")
	if s == "" {
		return 300 * time.Millisecond
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAttack swaps directories, links and files on the host while guests open, create, rename and remove through them.
// Whatever the order, nothing outside is read or changed.
func TestAttack(t *testing.T) { eachBackend(t, testAttack) }

func testAttack(t *testing.T) {
	watchLeaks(t)
	base := t.TempDir()
	inside, out := filepath.Join(base, "box"), filepath.Join(base, "out")
	for _, dir := range []string{"box/a/b/c", "box/spare/b/c", "out/b/c"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, inside, "a/b/c/file", "inside")
	writeFile(t, inside, "spare/b/c/file", "inside")
	writeFile(t, out, "b/c/file", secret)
	writeFile(t, out, "file", secret)
	if err := os.Symlink("../out", filepath.Join(inside, "link")); err != nil {
		t.Skip(err)
	}
	outside := box{base: out}
	outside.print = outside.fingerprint(t)
	end := time.Now().Add(stressTime(t))
	var wg sync.WaitGroup
	var swaps, calls, found atomic.Int64
	wg.Go(func() {
		for time.Now().Before(end) {
			swap(inside, out)
			swaps.Add(1)
		}
	})
	for i := range 3 {
		wg.Go(func() {
			s, err := newSystem(Config{Dirs: []Dir{{Host: inside, Guest: "/"}}}, testBackend)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			a := attacker{guest: newThread(t, s), rnd: rand.New(rand.NewPCG(1, uint64(i))), found: &found}
			for time.Now().Before(end) {
				a.call()
				calls.Add(1)
			}
		})
	}
	wg.Wait()
	if found.Load() == 0 {
		t.Error("no call has found anything")
	}
	t.Logf("%d swaps, %d calls, %d reads inside", swaps.Load(), calls.Load(), found.Load())
	if got := outside.fingerprint(t); got != outside.print {
		t.Errorf("outside:\n%s\nwas:\n%s", got, outside.print)
	}
	if list, err := os.ReadDir(base); err != nil || len(list) != 2 {
		t.Errorf("%v beside the sandbox, %v", list, err)
	}
}

// swap puts links in the place of directories and files, and back. It fails when guests have been quicker.
func swap(box, out string) {
	in := func(elem ...string) string { return filepath.Join(append([]string{box}, elem...)...) }
	_ = os.Rename(in("a", "b"), in("moved"))
	_ = os.Symlink("../../out/b", in("a", "b"))
	_ = os.Remove(in("a", "b"))
	_ = os.Symlink(filepath.Join(out, "b"), in("a", "b"))
	_ = os.Remove(in("a", "b"))
	_ = os.Rename(in("moved"), in("a", "b"))
	_ = os.Rename(in("a"), in("spare", "deep")) // so that ".." means another directory
	_ = os.Rename(in("spare", "deep"), in("a"))
	_ = os.Remove(in("a", "b", "c", "file"))
	_ = os.Symlink("../../../../out/file", in("a", "b", "c", "file"))
	_ = os.Remove(in("a", "b", "c", "file"))
	_ = os.MkdirAll(in("a", "b", "c"), 0o777)
	_ = os.WriteFile(in("a", "b", "c", "file"), []byte("inside"), 0o666)
	_ = os.Remove(in("new"))
}

// attacker is a guest that calls functions with paths that lead out if they are taken at the wrong moment.
type attacker struct {
	*guest
	rnd   *rand.Rand
	found *atomic.Int64
}

func (a *attacker) path() string {
	parts := []string{"a", "b", "c", "..", "link", ".", "spare", "deep", "file", "moved"}
	switch a.rnd.IntN(3) {
	case 0:
		return "a/b/c/file"
	case 1:
		return "a/b/../../a/b/c/../../../file"
	}
	var list []string
	for range 1 + a.rnd.IntN(6) {
		list = append(list, parts[a.rnd.IntN(len(parts))])
	}
	return strings.Join(list, "/")
}

// call makes one call. What it can read is from inside, what it writes must not arrive outside.
func (a *attacker) call() {
	path := a.path()
	switch a.rnd.IntN(9) {
	case 0:
		a.mkdir(root, path)
	case 1:
		_, _ = a.stat(root, path, int32(a.rnd.IntN(2)))
	case 2:
		a.setTimes(root, path, int32(a.rnd.IntN(2)), 0, 1, fstMtim)
	case 3:
		a.rename(root, path, root, "new")
	case 4:
		if fd, e := a.open(root, path, oCreat, 0, fileRights); e == 0 {
			a.write(fd, "inside")
			a.close(fd)
		}
	case 5:
		a.unlink(root, "a/b/c/file")
	default:
		fd, e := a.open(root, path, 0, 0, fileRights&^writeRights)
		if e != 0 {
			return
		}
		if got, e := a.read(fd, 100); e == 0 {
			if strings.Contains(got, secret) {
				a.t.Errorf("%q gave %q", path, got)
			}
			a.found.Add(1)
		}
		a.close(fd)
	}
}

// TestManyThreads lets 100 threads work on files, each on its own and all on common ones, for WASM2GO_STRESS_TIME.
func TestManyThreads(t *testing.T) {
	watchLeaks(t)
	dir := t.TempDir()
	s, err := newSystem(Config{Dirs: []Dir{{Host: dir, Guest: "/"}}}, testBackend)
	if err != nil {
		t.Fatal(err)
	}
	threads, end := 100, time.Now().Add(stressTime(t))
	shared := newThread(t, s)
	log := shared.mustOpen(root, "log", oCreat, flagAppend, fileRights)
	var wg sync.WaitGroup
	var rounds atomic.Int64
	for i := range threads {
		g := newThread(t, s)
		wg.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				if err := work(g, i, log); err != nil {
					t.Errorf("thread %d, round %d: %v", i, n, err)
					return
				}
				rounds.Add(1)
			}
		})
	}
	wg.Wait()
	if st := shared.fstat(log); st.size != uint64(rounds.Load())*10 {
		t.Errorf("the log has %d bytes after %d rounds", st.size, rounds.Load())
	}
	if n := len(s.fds.fds); n > 4+4*threads {
		t.Errorf("descriptors up to %d were used", n)
	}
	if n := s.held.Load(); n != 0 {
		t.Errorf("listings of %d bytes are left", n)
	}
	t.Logf("%d rounds", rounds.Load())
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// work is a round of a thread: it makes, fills, reads, lists, renames and removes.
func work(g *guest, i int, log int32) error {
	name := fmt.Sprint("d", i)
	check := func(what string, e Errno) error {
		if e != 0 {
			return fmt.Errorf("%s: %w", what, e)
		}
		return nil
	}
	text := strings.Repeat(name, 100)
	if err := check("mkdir", g.mkdir(root, name)); err != nil {
		return err
	}
	sub, e := g.open(root, name, oDirectory, 0, directoryRights)
	if e != 0 {
		return check("open directory", e)
	}
	fd, e := g.open(sub, "file", oCreat|oExcl, 0, fileRights)
	if e != 0 {
		return check("open", e)
	}
	_, e1 := g.write(fd, text[:50], text[50:])
	_, e2 := g.seek(fd, 0, 0)
	got, e3 := g.read(fd, len(text))
	list, _ := g.readdir(sub, 4096, 0)
	if got != text || len(list) != 3 {
		return fmt.Errorf("read %d bytes of %d, %d entries", len(got), len(text), len(list))
	}
	_, e4 := g.write(log, "0123", "45678\n")
	return errors.Join(check("write", e1), check("seek", e2), check("read", e3), check("append", e4),
		check("rename", g.rename(sub, "file", root, name+".moved")), check("unlink", g.unlink(root, name+".moved")),
		check("close", g.close(fd)), check("close directory", g.close(sub)), check("rmdir", g.rmdir(root, name)))
}

// TestCloseAndRead closes descriptors while other threads use them: each call ends, with a result or badf, and a number
// that was given anew is never taken for the old one.
func TestCloseAndRead(t *testing.T) {
	watchLeaks(t)
	dir := t.TempDir()
	writeFile(t, dir, "a", strings.Repeat("a", 1000))
	writeFile(t, dir, "b", strings.Repeat("b", 1000))
	s, err := newSystem(Config{Dirs: []Dir{{Host: dir, Guest: "/"}}}, testBackend)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(stressTime(t))
	var fd atomic.Int32
	var wg sync.WaitGroup
	opener := newThread(t, s)
	wg.Go(func() {
		for i := 0; time.Now().Before(end); i++ {
			n, e := opener.open(root, string(rune('a'+i%2)), 0, 0, rightFdRead|rightFdSeek)
			if e != 0 {
				t.Errorf("open: %v", e)
				return
			}
			fd.Store(n)
			opener.close(n)
		}
	})
	for range 4 {
		g := newThread(t, s)
		wg.Go(func() {
			for time.Now().Before(end) {
				got, e := g.pread(fd.Load(), 0, 100, 100)
				if e != 0 && e != EBADF && e != ESPIPE && e != EISDIR || e == 0 && strings.Trim(got, got[:1]) != "" {
					t.Errorf("%v, %q", e, got)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestNoAllocations sees that calls which are made all the time allocate nothing.
func TestNoAllocations(t *testing.T) {
	if testBackend.name == "os.Root" {
		t.Skip("package os is not asked for that")
	}
	g, _ := newDirGuest(t)
	fd := g.mustOpen(root, "file", oCreat, 0, fileRights)
	g.write(fd, strings.Repeat("x", 10000))
	p1, n1 := g.iovs(16)
	p8, n8 := g.iovs(16, 16, 16, 16, 16, 16, 16, 16)
	res, st := g.alloc(8), g.alloc(sizeFilestat)
	for what, call := range map[string]func() int32{
		"fd_write":             func() int32 { return g.s.FdWrite(g.in, fd, p1, n1, res) },
		"fd_write, buffers":    func() int32 { return g.s.FdWrite(g.in, fd, p8, n8, res) },
		"fd_read":              func() int32 { return g.s.FdRead(g.in, fd, p1, n1, res) },
		"fd_read, buffers":     func() int32 { return g.s.FdRead(g.in, fd, p8, n8, res) },
		"fd_pread":             func() int32 { return g.s.FdPread(g.in, fd, p1, n1, 0, res) },
		"fd_pwrite":            func() int32 { return g.s.FdPwrite(g.in, fd, p1, n1, 0, res) },
		"fd_seek":              func() int32 { return g.s.FdSeek(g.in, fd, 0, 0, res) },
		"clock_time_get":       func() int32 { return g.s.ClockTimeGet(g.in, 1, 0, res) },
		"random_get":           func() int32 { return g.s.RandomGet(g.in, st, 8) },
		"fd_fdstat_get":        func() int32 { return g.s.FdFdstatGet(g.in, fd, st) },
		"sched_yield":          func() int32 { return g.s.SchedYield(g.in) },
		"fd_write, discard":    func() int32 { return g.s.FdWrite(g.in, 1, p1, n1, res) },
		"fd_read, no stdin":    func() int32 { return g.s.FdRead(g.in, 0, p1, n1, res) },
		"fd_filestat_set_size": func() int32 { return g.s.FdFilestatSetSize(g.in, fd, 10000) },
	} {
		if n := testing.AllocsPerRun(100, func() {
			if e := Errno(call()); e != 0 {
				t.Fatalf("%s: %v", what, e)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
