package wasi

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// TestTrace compares lines of a trace. A line of the list is a regular expression.
func TestTrace(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "in.txt", "hello\n")
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o777); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	g := newGuest(t, Config{Dirs: []Dir{{Host: dir, Guest: "/"}}, Hook: Trace(&out)})
	fd := g.mustOpen(3, "in.txt", 0, 0, rightFdRead|rightFdSeek|rightFdTell|rightFdFilestatGet)
	g.read(fd, 4, 100)
	g.write(1, "some text that is longer than what a line of a trace shows", "x")
	g.seek(fd, -2, 2)
	g.fstat(fd)
	g.fdstat(fd)
	g.close(9)
	g.rename(3, "in.txt", 3, "d")
	g.s.FdFdstatSetFlags(g.in, fd, int32(flagAppend|flagNonblock))
	g.s.ClockTimeGet(g.in, 1, 0, 64)
	g.poll(g.subscriptions(), 2)
	g.fdstat(3)
	g.narrow(3, directoryRights&^rightPathOpen, 0)
	g.s.FdRead(g.in, fd, -8, 1, -1)
	g.s.FdWrite(g.in, 1, -8, 5, 64)
	g.s.SchedYield(g.in)
	u := Unstable{g.s}
	u.FdFilestatGet(g.in, fd, 64)
	_ = g.enter(func() { g.s.ProcExit(g.in, 3) })
	want := []string{
		`\[0\] path_open\(3, symlink_follow, "in.txt", 0, fd_read\|fd_seek\|fd_tell\|fd_filestat_get, all, 0\) = 0, fd 4`,
		`\[0\] fd_read\(4, \[4, 100\]\) = 0, nread 6 "hell"\.\.\.`,
		`\[0\] fd_write\(1, \["some text that is longer than wh"\.\.\., "x"\]\) = 0, nwritten 59`,
		`\[0\] fd_seek\(4, -2, end\) = 0, newoffset 4`,
		`\[0\] fd_filestat_get\(4\) = 0, filestat \{regular_file, dev \d+, ino \d+, nlink 1, size 6\}`,
		`\[0\] fd_fdstat_get\(4\) = 0, fdstat \{regular_file, flags 0, base fd_read\|fd_seek\|fd_tell\|fd_filestat_get, inheriting all\}`,
		`\[0\] fd_close\(9\) = EBADF`,
		`\[0\] path_rename\(3, "in.txt", 3, "d"\) = EISDIR`,
		`\[0\] fd_fdstat_set_flags\(4, append\|nonblock\) = ENOTCAPABLE`,
		`\[0\] clock_time_get\(monotonic, 0\) = 0, time \d+`,
		`\[0\] poll_oneoff\(\[\{0 clock monotonic 3600000000000\}, \{1 fd_read 77\}\]\) = 0, events \[\{1 fd_read EBADF\}\]`,
		`\[0\] fd_fdstat_get\(3\) = 0, fdstat \{directory, flags 0, base directory, inheriting all\}`,
		`\[0\] fd_fdstat_set_rights\(3, directory but path_open, 0\) = 0`,
		`\[0\] fd_read\(4, \[0\]\) = EFAULT`,
		`\[0\] fd_write\(1, \["", "", "", "", ""\]\) = EFAULT`,
		`\[0\] sched_yield\(\) = 0`,
		`\[0\] fd_filestat_get\(4\) = 0, filestat \{regular_file, dev \d+, ino \d+, nlink 1, size 6\}`,
		`\[0\] proc_exit\(3\) = \?`,
	}
	got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), out.String())
		}
		if !regexp.MustCompile("^" + want[i] + "$").MatchString(got[i]) {
			t.Errorf("line %d is %s, want %s", i, got[i], want[i])
		}
	}
}

// subscriptions makes two: an hour, and a descriptor that is not open.
func (g *guest) subscriptions() int32 {
	p := g.alloc(2 * sizeSubscription)
	g.subscribe(p, 0, eventClock, clockMonotonic, uint64(time.Hour), 0)
	g.subscribe(p, 1, eventFdRead, 77, 0, 0)
	return p
}

// TestParams compares the parameters of a trace with those of the functions.
func TestParams(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		n := 0
		for _, p := range params[name] {
			n += p.n
		}
		if want := strings.IndexByte(signatures[name], ':'); params[name] == nil || n != want {
			t.Errorf("%s has %d parameters, want %d", name, n, want)
		}
	}
}

// TestTraceAny shows calls with any arguments: none is a panic.
func TestTraceAny(t *testing.T) {
	var out bytes.Buffer
	hook := Trace(&out)
	in := newGuest(t, Config{}).in
	for name := range functions {
		for _, v := range []uint64{0, 1, 64, 1 << 17, 1<<18 - 1, 1 << 31, 1<<32 - 1, 1 << 63} {
			for _, in := range []*rt.Instance{in, new(rt.Instance)} {
				c := &Call{Name: name, Instance: in, Args: make([]uint64, len(signatures[name])), layout: &preview1}
				for i := range c.Args {
					c.Args[i] = v
				}
				after := hook(c)
				c.Returned = true
				after()
				c.Errno = Errno(v)
				after()
			}
		}
	}
	if out.Len() == 0 {
		t.Error("nothing was printed")
	}
}
