package wasi

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestPreopens(t *testing.T) {
	g := newGuest(t, Config{Dirs: []Dir{{Host: t.TempDir(), Guest: "/"}, {Host: t.TempDir(), Guest: "."}},
		Mounts: []Mount{{FS: fstest.MapFS{}, Guest: "/data"}}})
	var names []string
	fd := int32(3)
	for ; ; fd++ {
		p := g.alloc(sizePrestat)
		e := Errno(g.s.FdPrestatGet(g.in, fd, p))
		if e == EBADF {
			break
		}
		n := int32(g.u32(p + 4))
		if e != 0 || g.u32(p) != 0 {
			t.Fatalf("fd_prestat_get(%d): %v, tag %d", fd, e, g.u32(p))
		}
		buf := g.alloc(int(n) + 1)
		g.want(ENAMETOOLONG, g.s.FdPrestatDirName(g.in, fd, buf, n-1), "short name")
		g.want(0, g.s.FdPrestatDirName(g.in, fd, buf, n), "name")
		names = append(names, string(g.bytes(buf, int(n))))
	}
	if got := strings.Join(names, " "); got != "/ . /data" {
		t.Errorf("preopens are %q", got)
	}
	typ, _, base, inheriting := g.fdstat(3)
	if typ != typeDirectory || base != directoryRights || inheriting != inheritRights {
		t.Errorf("preopen: type %d rights %x %x", typ, base, inheriting)
	}
	g.want(EBADF, g.s.FdPrestatGet(g.in, 0, g.alloc(8)), "prestat of stdin")
	g.want(EFAULT, g.s.FdPrestatGet(g.in, 3, -4), "bad pointer")
}

func TestOpen(t *testing.T) {
	g, dir := newDirGuest(t)
	writeFile(t, dir, "file", "hello")
	if err := os.MkdirAll(filepath.Join(dir, "sub", "nested"), 0o777); err != nil {
		t.Fatal(err)
	}
	g.symlink("file", 3, "link")
	g.symlink("missing", 3, "dangling")
	g.symlink("sub", 3, "dirlink")
	g.symlink("loop", 3, "loop")
	const rw = rightFdRead | rightFdWrite
	for _, tt := range []struct {
		name  string
		of    oflags
		flags fdflags
		base  rights
		want  Errno
	}{
		{"file", 0, 0, rightFdRead, 0},
		{"file", oCreat, 0, rw, 0},
		{"file", oCreat | oExcl, 0, rw, EEXIST},
		{"file", oDirectory, 0, rightFdRead, ENOTDIR},
		{"file/", 0, 0, rightFdRead, ENOTDIR},
		{"file///", 0, 0, rightFdRead, ENOTDIR},
		{"file/x", 0, 0, rightFdRead, ENOTDIR},
		{"missing", 0, 0, rightFdRead, ENOENT},
		{"missing/x", oCreat, 0, rw, ENOENT},
		{"missing/", oCreat, 0, rw, EISDIR},
		{"new", oCreat | oExcl, flagAppend | flagSync, rw, 0},
		{"sub", 0, 0, rightFdReaddir, 0},
		{"sub", oDirectory, 0, inheritRights, 0},
		{"sub/", oDirectory, 0, rightFdReaddir, 0},
		{"sub/.//nested/../../sub/nested/../nested///.", oDirectory, 0, rightFdReaddir, 0},
		{"sub", 0, 0, rw, EISDIR},
		{"sub", oCreat, 0, rightFdRead, EISDIR},
		{"sub", oTrunc, 0, rightFdRead, EISDIR},
		{"sub", oCreat | oDirectory, 0, rightFdRead, EINVAL},
		{"link", 0, 0, rightFdRead, 0},
		{"dirlink/nested", oDirectory, 0, 0, 0},
		{"dangling", 0, 0, rightFdRead, ENOENT},
		{"loop", 0, 0, rightFdRead, ELOOP},
		{"", 0, 0, 0, ENOENT},
		{"/file", 0, 0, 0, ENOTCAPABLE},
		{"../x", 0, 0, 0, ENOTCAPABLE},
		{"sub/../../x", 0, 0, 0, ENOTCAPABLE},
		{"file\x00", 0, 0, 0, EINVAL},
		{"\xff", 0, 0, 0, EILSEQ},
		{strings.Repeat("a/", 3000), 0, 0, 0, ENAMETOOLONG},
		{"file", oKnown + 1, 0, 0, EINVAL},
		{"file", 0, flagsKnown + 1, 0, EINVAL},
		{"file", 0, 0, allRights + 1, EINVAL},
		{"file", 0, 0, rightSockAccept, ENOTCAPABLE},
		{".", oDirectory, 0, rightFdReaddir, 0},
	} {
		fd, e := g.open(3, tt.name, tt.of, tt.flags, tt.base)
		if e != tt.want {
			t.Errorf("path_open %.20q oflags %d: %v, want %v", tt.name, tt.of, e, tt.want)
		}
		if e == 0 {
			g.want(0, g.s.FdClose(g.in, fd), "fd_close")
		}
	}
	for _, tt := range []struct {
		name string
		of   oflags
		want Errno
	}{{"link", 0, ELOOP}, {"dirlink", oDirectory, ELOOP}, {"dangling", oCreat, ELOOP},
		{"dangling", oCreat | oExcl, EEXIST}, {"dirlink/", oDirectory, 0}, {"file", 0, 0}} {
		p, n := g.str(tt.name)
		g.want(tt.want, g.s.PathOpen(g.in, 3, 0, p, n, int32(tt.of), 0, 0, 0, g.alloc(4)), "nofollow "+tt.name)
	}
	p, n := g.str("file")
	g.want(EINVAL, g.s.PathOpen(g.in, 3, 2, p, n, 0, 0, 0, 0, g.alloc(4)), "lookupflags")
	g.want(EFAULT, g.s.PathOpen(g.in, 3, 0, p, n, 0, 0, 0, 0, -2), "result")
	g.want(EFAULT, g.s.PathOpen(g.in, 3, 0, -9, 100, 0, 0, 0, 0, g.alloc(4)), "path pointer")
	g.want(EFAULT, g.s.PathOpen(g.in, 3, 0, p, -1, 0, 0, 0, 0, g.alloc(4)), "path length")
	g.want(EBADF, g.s.PathOpen(g.in, 99, 0, p, n, 0, 0, 0, 0, g.alloc(4)), "descriptor")
	g.want(EBADF, g.s.PathOpen(g.in, -1, 0, p, n, 0, 0, 0, 0, g.alloc(4)), "descriptor")
	g.want(ENOTDIR, g.s.PathOpen(g.in, 0, 0, p, n, 0, 0, 0, 0, g.alloc(4)), "path from stdin")
	// Creating through a link that dangles makes its target.
	g.mustOpen(3, "dangling", oCreat, 0, rw)
	if _, err := os.Stat(filepath.Join(dir, "missing")); err != nil {
		t.Error(err)
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

func TestEscape(t *testing.T) {
	eachTree(t, testEscape)
}

func testEscape(t *testing.T) {
	outside := t.TempDir()
	writeFile(t, outside, "secret", "s")
	host := filepath.Join(outside, "box")
	if err := os.MkdirAll(filepath.Join(host, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"abs": outside, "rel": "..", "file": "../secret", "sub/up": "../../secret",
		"sub/inside": "../sub"} {
		if err := os.Symlink(target, filepath.Join(host, name)); err != nil {
			t.Skip(err)
		}
	}
	writeFile(t, host, "mine", "m")
	g := newGuest(t, Config{Dirs: []Dir{{Host: host, Guest: "/"}}})
	sub := g.mustOpen(3, "sub", oDirectory, 0, directoryRights)
	for _, tt := range []struct {
		fd   int32
		name string
	}{{3, "../secret"}, {3, "abs/secret"}, {3, "rel/secret"}, {3, "file"}, {3, "sub/up"}, {3, "sub/../../secret"},
		{sub, "../mine"}, {sub, "up"}, {sub, "inside/x"}, {3, "rel/box/mine"}, {3, "/etc/passwd"}, {3, "abs/"}} {
		for _, of := range []oflags{0, oCreat, oTrunc, oDirectory} {
			if _, e := g.open(tt.fd, tt.name, of, 0, rightFdRead); e != ENOTCAPABLE {
				t.Errorf("path_open %q oflags %d: %v", tt.name, of, e)
			}
		}
		if _, e := g.stat(tt.fd, tt.name, 1); e != ENOTCAPABLE {
			t.Errorf("path_filestat_get %q: %v", tt.name, e)
		}
		p, n := g.str(tt.name)
		g.want(ENOTCAPABLE, g.s.PathFilestatSetTimes(g.in, tt.fd, 1, p, n, 0, 0, fstAtimNow), "set_times "+tt.name)
	}
	for _, name := range []string{"../x", "abs/x", "rel/x", "sub/../../x", "/x"} {
		for what, e := range map[string]Errno{
			"mkdir":       g.path1(g.s.PathCreateDirectory, 3, name),
			"rmdir":       g.path1(g.s.PathRemoveDirectory, 3, name),
			"unlink":      g.path1(g.s.PathUnlinkFile, 3, name),
			"symlink":     g.symlink("mine", 3, name),
			"rename to":   g.rename(3, "mine", 3, name),
			"rename from": g.rename(3, name, 3, "y"),
			"across":      g.rename(sub, name, 3, "y"),
			"link to":     g.link(3, "mine", 3, name),
			"link from":   g.link(3, name, 3, "y"),
		} {
			if e != ENOTCAPABLE && !(what == "across" && e == ENOENT) { // abs and rel are not below sub
				t.Errorf("%s %q: %v", what, name, e)
			}
		}
	}
	if e := g.symlink("/etc", 3, "z"); e != ENOTCAPABLE {
		t.Errorf("absolute link: %v", e)
	}
	// A link that leads out is a name like any other.
	if e := g.rename(3, "file", 3, "renamed"); e != 0 {
		t.Errorf("rename a link: %v", e)
	}
	if e := g.path1(g.s.PathUnlinkFile, 3, "abs"); e != 0 {
		t.Errorf("unlink a link: %v", e)
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) != 2 {
		t.Errorf("outside: %v %v", list, err)
	}
}

func TestTree(t *testing.T) { eachTree(t, testTree) }

func testTree(t *testing.T) {
	g, dir := newDirGuest(t)
	type step struct {
		what string
		got  Errno
		want Errno
	}
	run := func(steps ...step) {
		t.Helper()
		for _, s := range steps {
			if s.got != s.want {
				t.Errorf("%s: %v, want %v", s.what, s.got, s.want)
			}
		}
	}
	mkdir := func(name string) Errno { return g.path1(g.s.PathCreateDirectory, 3, name) }
	rmdir := func(name string) Errno { return g.path1(g.s.PathRemoveDirectory, 3, name) }
	unlink := func(name string) Errno { return g.path1(g.s.PathUnlinkFile, 3, name) }
	writeFile(t, dir, "file", "x")
	run(
		step{"mkdir", mkdir("dir"), 0},
		step{"mkdir again", mkdir("dir"), EEXIST},
		step{"mkdir slash", mkdir("dir2/"), 0},
		step{"mkdir nowhere", mkdir("no/x"), ENOENT},
		step{"unlink dir", unlink("dir"), EISDIR},
		step{"unlink dir/", unlink("dir/"), EISDIR},
		step{"unlink file/", unlink("file/"), ENOTDIR},
		step{"unlink none", unlink("none"), ENOENT},
		step{"rmdir file", rmdir("file"), ENOTDIR},
		step{"rmdir file/", rmdir("file/"), ENOTDIR},
		step{"rmdir none", rmdir("none"), ENOENT},
		step{"rmdir dir2/", rmdir("dir2/"), 0},
		step{"link", g.link(3, "file", 3, "dir/hard"), 0},
		step{"link existing", g.link(3, "file", 3, "dir/hard"), EEXIST},
		step{"link slash", g.link(3, "file", 3, "l/"), ENOENT},
		step{"link dir", g.link(3, "dir", 3, "l"), EPERM},
		step{"rmdir full", rmdir("dir"), ENOTEMPTY},
		step{"symlink", g.symlink("file", 3, "sym"), 0},
		step{"symlink slash", g.symlink("file", 3, "sym2/"), ENOENT},
		step{"symlink existing", g.symlink("file", 3, "dir"), EEXIST},
		step{"symlink existing/", g.symlink("file", 3, "dir/"), EEXIST},
		step{"symlink file/", g.symlink("file", 3, "file/"), ENOTDIR},
		step{"rename file", g.rename(3, "file", 3, "file2"), 0},
		step{"rename none", g.rename(3, "file", 3, "file2"), ENOENT},
		step{"rename file/", g.rename(3, "file2/", 3, "file3"), ENOTDIR},
		step{"rename to slash", g.rename(3, "file2", 3, "file3/"), ENOTDIR},
		step{"rename on dir", g.rename(3, "file2", 3, "dir"), EISDIR},
		step{"rename dir", g.rename(3, "dir/", 3, "dir3/"), 0},
		step{"mkdir", mkdir("dir"), 0},
		step{"unlink link", unlink("sym"), 0},
	)
	if st, e := g.stat(3, "file2", 0); e != 0 || runtime.GOOS == "linux" && st.nlink != 2 {
		t.Errorf("stat: %v %+v", e, st)
	}
	sub := g.mustOpen(3, "dir", oDirectory, 0, directoryRights)
	run(
		step{"rename across", g.rename(3, "file2", sub, "moved"), 0},
		step{"rename back", g.rename(sub, "moved", 3, "file2"), 0},
		step{"link across", g.link(3, "file2", sub, "moved"), 0},
		step{"unlink below", g.path1(g.s.PathUnlinkFile, sub, "moved"), 0},
	)
	if usesHostTree() {
		mkdir("empty")
		run(step{"rename dot", g.rename(3, ".", 3, "x"), EINVAL},
			step{"rename on empty dir", g.rename(3, "dir3", 3, "empty"), 0},
			step{"rename on full dir", g.rename(3, "dir", 3, "empty"), ENOTEMPTY},
			step{"rename dir on file", g.rename(3, "dir", 3, "file2"), ENOTDIR})
	}
	p, n := g.str("file2")
	q, m := g.str("y")
	g.want(EINVAL, g.s.PathLink(g.in, 3, 1, p, n, 3, q, m), "link following links")
	g.want(EINVAL, g.s.PathLink(g.in, 3, 8, p, n, 3, q, m), "link with bad flags")
	g.want(EBADF, g.s.PathRename(g.in, 3, p, n, 77, q, m), "rename to bad descriptor")
}

func usesHostTree() bool { return runtime.GOOS == "linux" && !portableNow }

func TestReadlink(t *testing.T) {
	g, _ := newDirGuest(t)
	g.symlink("target", 3, "sym")
	p, n := g.str("sym")
	for _, size := range []int{10, 4, 0} {
		buf, res := g.alloc(size), g.alloc(4)
		g.want(0, g.s.PathReadlink(g.in, 3, p, n, buf, int32(size), res), "path_readlink")
		if got := string(g.bytes(buf, int(g.u32(res)))); got != "target"[:min(size, 6)] {
			t.Errorf("target %q", got)
		}
	}
	g.mustOpen(3, "file", oCreat, 0, 0)
	p, n = g.str("file")
	g.want(EINVAL, g.s.PathReadlink(g.in, 3, p, n, g.alloc(8), 8, g.alloc(4)), "readlink of a file")
}

func TestReaddir(t *testing.T) {
	g, dir := newDirGuest(t)
	list, end := g.readdir(3, 256, 0)
	if len(list) != 2 || !end || list[0].name != "." || list[1].name != ".." || list[0].ino != g.fstat(3).ino {
		t.Fatalf("empty directory: %+v", list)
	}
	const files = 1000
	for i := range files {
		writeFile(t, dir, fmt.Sprintf("file.%d", i), "")
	}
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o777); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]entry)
	cookie := uint64(0)
	for end := false; !end; {
		var list []entry
		list, end = g.readdir(3, 256, cookie)
		for _, e := range list {
			seen[e.name] = e
			cookie = e.next
		}
		if cookie == 500 { // entries that come and go do not move the others
			_ = os.Remove(filepath.Join(dir, "file.0"))
		}
	}
	if len(seen) != files+3 {
		t.Errorf("%d entries", len(seen))
	}
	st, _ := g.stat(3, "file.7", 0)
	if e := seen["file.7"]; e.ino != st.ino || e.typ != typeRegularFile || seen["dir"].typ != typeDirectory {
		t.Errorf("%+v, %+v, want inode %d", e, seen["dir"], st.ino)
	}
	if list, _ := g.readdir(3, 256, seen["file.7"].next); len(list) == 0 || list[0].name != "file.70" {
		t.Errorf("after file.7: %+v", list)
	}
	g.want(EINVAL, g.s.FdReaddir(g.in, 3, g.alloc(64), 64, 1<<40, g.alloc(4)), "cookie")
	g.want(EINVAL, g.s.FdReaddir(g.in, 3, g.alloc(64), 64, -1, g.alloc(4)), "cookie")
	g.want(EFAULT, g.s.FdReaddir(g.in, 3, 0, -1, 0, g.alloc(4)), "buffer")
	g.want(ENOTDIR, g.s.FdReaddir(g.in, 0, 0, 64, 0, g.alloc(4)), "stdin")
}

func TestPathTimes(t *testing.T) { eachTree(t, testPathTimes) }

func testPathTimes(t *testing.T) {
	now := time.Unix(1700000000, 42)
	dir := t.TempDir()
	writeFile(t, dir, "file", "x")
	g := newGuest(t, Config{Dirs: []Dir{{Host: dir, Guest: "/"}}, Now: func() time.Time { return now }})
	p, n := g.str("file")
	set := func(follow int32, a, m int64, flags int32) int32 {
		return g.s.PathFilestatSetTimes(g.in, 3, follow, p, n, a, m, flags)
	}
	for follow := range int32(2) {
		g.want(0, set(follow, 100, 1234567891, fstMtim|fstAtim), "both")
		g.want(0, set(follow, 5, 7777, fstMtim), "mtim")
		st, _ := g.stat(3, "file", 0)
		if st.mtim != 7777 || runtime.GOOS == "linux" && st.atim != 100 {
			t.Errorf("follow %d: %+v", follow, st)
		}
		g.want(0, set(follow, 0, 0, fstMtimNow), "now")
		if st, _ := g.stat(3, "file", 0); st.mtim != uint64(now.UnixNano()) {
			t.Errorf("now: %+v", st)
		}
		g.want(EINVAL, set(follow, 0, 0, fstMtim|fstMtimNow), "both kinds")
		g.want(EINVAL, set(follow, 0, 0, fstAtim|fstAtimNow), "both kinds")
		g.want(EINVAL, set(follow, 0, 0, 16), "flags")
		g.want(EINVAL, set(follow, -1, 0, fstAtim), "time")
	}
	g.symlink("nowhere", 3, "sym")
	p, n = g.str("sym")
	g.want(ENOENT, set(1, 1, 1, fstMtim), "through a link")
	want := ENOTSUP
	if usesHostTree() {
		want = 0
	}
	g.want(want, set(0, 1, 1, fstMtim), "of a link")
}

func TestRights(t *testing.T) {
	g, dir := newDirGuest(t)
	writeFile(t, dir, "file", "hello")
	fd := g.mustOpen(3, "file", 0, 0, rightFdRead|rightFdWrite|rightFdTell)
	if _, _, base, _ := g.fdstat(fd); base != rightFdRead|rightFdWrite|rightFdTell {
		t.Errorf("rights %x", base)
	}
	g.want(ENOTCAPABLE, g.s.FdSeek(g.in, fd, 0, 0, g.alloc(8)), "seek")
	g.want(0, g.s.FdSeek(g.in, fd, 0, 1, g.alloc(8)), "tell by seek")
	g.want(0, g.s.FdTell(g.in, fd, g.alloc(8)), "tell")
	g.want(ENOTCAPABLE, g.s.FdFilestatGet(g.in, fd, g.alloc(64)), "filestat")
	g.want(ENOTCAPABLE, g.s.FdSync(g.in, fd), "sync")
	g.want(ENOTCAPABLE, g.s.FdAdvise(g.in, fd, 0, 0, 0), "advise")
	g.want(0, g.s.FdFdstatSetRights(g.in, fd, int64(rightFdWrite), 0), "narrow")
	g.want(ENOTCAPABLE, g.s.FdFdstatSetRights(g.in, fd, int64(rightFdRead), 0), "widen")
	if _, e := g.read(fd, 1); e != ENOTCAPABLE {
		t.Errorf("read: %v", e)
	}
	g.want(0, g.s.FdFdstatSetRights(g.in, 3, int64(directoryRights&^(rightPathFilestatSetSize|rightPathCreateFile)),
		int64(rightFdRead)), "narrow a directory")
	p, n := g.str("file")
	open := func(of oflags, base rights) int32 {
		return g.s.PathOpen(g.in, 3, 0, p, n, int32(of), int64(base), 0, 0, g.alloc(4))
	}
	g.want(0, open(0, rightFdRead), "open")
	g.want(ENOTCAPABLE, open(0, rightFdWrite), "rights not inherited")
	g.want(ENOTCAPABLE, open(oTrunc, 0), "truncate")
	g.want(ENOTCAPABLE, open(oCreat, 0), "create")
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "file", "hello")
	g := newGuest(t, Config{
		Dirs:   []Dir{{Host: dir, Guest: "/", ReadOnly: true}},
		Mounts: []Mount{{FS: fstest.MapFS{"file": {Data: []byte("hello")}}, Guest: "/m"}},
	})
	for fd := int32(3); fd <= 4; fd++ {
		f := g.mustOpen(fd, "file", 0, 0, rightFdRead|rightFdSeek|rightFdFilestatSetSize|rightFdFilestatSetTimes|rightFdTell)
		if got, e := g.read(f, 2, 10); got != "hello" || e != 0 {
			t.Errorf("read %q %v", got, e)
		}
		g.want(EROFS, g.s.FdFilestatSetSize(g.in, f, 0), "set size")
		g.want(EROFS, g.s.FdFilestatSetTimes(g.in, f, 0, 0, fstAtimNow), "set times")
		_, create := g.open(fd, "new", oCreat, 0, rightFdRead)
		_, trunc := g.open(fd, "file", oTrunc, 0, rightFdRead)
		_, write := g.open(fd, "file", 0, 0, rightFdWrite)
		p, n := g.str("file")
		for what, e := range map[string]Errno{
			"create": create, "truncate": trunc, "write": write,
			"mkdir":   g.path1(g.s.PathCreateDirectory, fd, "d"),
			"rmdir":   g.path1(g.s.PathRemoveDirectory, fd, "d"),
			"unlink":  g.path1(g.s.PathUnlinkFile, fd, "file"),
			"rename":  g.rename(fd, "file", fd, "x"),
			"link":    g.link(fd, "file", fd, "x"),
			"symlink": g.symlink("file", fd, "x"),
			"times":   Errno(g.s.PathFilestatSetTimes(g.in, fd, 0, p, n, 0, 0, fstAtimNow)),
		} {
			if e != EROFS {
				t.Errorf("descriptor %d: %s: %v", fd, what, e)
			}
		}
	}
	if e := g.rename(3, "file", 4, "x"); e != EXDEV {
		t.Errorf("rename between file systems: %v", e)
	}
}

func TestMount(t *testing.T) {
	g := newGuest(t, Config{Mounts: []Mount{{FS: fstest.MapFS{"a/b/file": {Data: []byte("0123456789")}}, Guest: "/m"}}})
	fd := g.mustOpen(3, "a/./b/../b/file", 0, 0, fileRights&^(rightFdWrite|rightFdAllocate))
	res := g.alloc(8)
	g.want(0, g.s.FdSeek(g.in, fd, -3, whenceEnd, res), "seek")
	if got, _ := g.read(fd, 100); got != "789" || g.u64(res) != 7 {
		t.Errorf("read %q at %d", got, g.u64(res))
	}
	if got, e := g.read(fd, 100); got != "" || e != 0 {
		t.Errorf("read %q, %v at the end", got, e)
	}
	g.want(EINVAL, g.s.FdSeek(g.in, fd, -1, 0, res), "seek before the start")
	p, n := g.iovs(4)
	g.want(0, g.s.FdPread(g.in, fd, p, n, 2, res), "pread")
	if got := g.collect(p, n, g.u32(res)); got != "2345" {
		t.Errorf("pread %q", got)
	}
	sub := g.mustOpen(3, "a", oDirectory, 0, directoryRights)
	if list, _ := g.readdir(sub, 256, 0); len(list) != 3 || list[2].name != "b" || list[2].typ != typeDirectory {
		t.Errorf("entries %+v", list)
	}
	st, e := g.stat(sub, "b/file", 0)
	if e != 0 || st.size != 10 || st.filetype != typeRegularFile || st.ino == 0 || st.ino != g.fstat(fd).ino {
		t.Errorf("stat %+v %v", st, e)
	}
	for name, want := range map[string]Errno{"../a": ENOTCAPABLE, "x": ENOENT, "a/b/file/": ENOTDIR} {
		if _, e := g.open(3, name, 0, 0, 0); e != want {
			t.Errorf("open %q: %v, want %v", name, e, want)
		}
	}
}
