package wasi

import (
	"os"
	"path/filepath"
	"strings"
)

func (g *guest) mkdir(fd int32, name string) Errno {
	return g.path1(g.s.PathCreateDirectory, fd, name)
}

func (g *guest) rmdir(fd int32, name string) Errno {
	return g.path1(g.s.PathRemoveDirectory, fd, name)
}

func (g *guest) unlink(fd int32, name string) Errno {
	return g.path1(g.s.PathUnlinkFile, fd, name)
}

func (g *guest) setTimes(fd int32, name string, follow int32, a, m int64, flags int32) Errno {
	p, n := g.str(name)
	return Errno(g.s.PathFilestatSetTimes(g.in, fd, follow, p, n, a, m, flags))
}

func (g *guest) readlink(fd int32, name string, size int) (string, Errno) {
	p, n := g.str(name)
	buf, res := g.alloc(size), g.alloc(4)
	e := Errno(g.s.PathReadlink(g.in, fd, p, n, buf, int32(size), res))
	return string(g.bytes(buf, int(g.u32(res)))), e
}

func (g *guest) linkFollow(fd int32, from string, to int32, name string) Errno {
	op, on := g.str(from)
	p, n := g.str(name)
	return Errno(g.s.PathLink(g.in, fd, lookupSymlinkFollow, op, on, to, p, n))
}

// openNofollow opens without following a link in the last component, with no rights.
func (g *guest) openNofollow(name string, of oflags) Errno {
	p, n := g.str(name)
	return Errno(g.s.PathOpen(g.in, root, 0, p, n, int32(of), 0, 0, 0, g.alloc(4)))
}

// isHostDir checks that the host has a directory.
func (w *world) isHostDir(name string) {
	w.t.Helper()
	if info, err := os.Stat(filepath.Join(w.dir, name)); err != nil || !info.IsDir() {
		w.t.Errorf("%s is no directory: %v", name, err)
	}
}

// escapes are paths that lead out of root; the names behind them exist outside.
var outsideNames = []string{"../secret", "..", "/secret", "/", "up/secret", "outside", "absolute", "slash/", "slash/etc",
	"dir/../../secret", "dir/nested/../../../secret", "up/box/file", "dirlink/../../secret"}

// noEscape tries a function with paths that lead out, given to it as they are or with a name behind.
func noEscape(f func(w *world, name string) Errno, list ...string) func(w *world) Errno {
	return func(w *world) Errno {
		for _, name := range list {
			w.is(f(w, name), EPERM, name)
		}
		return f(w, "../x")
	}
}

// newNames are names of what does not exist outside.
var newNames = []string{"../x", "/x", "up/x", "slash/x", "dir/../../x", "up/box/../x"}

// pathRules are those that every function with a path has.
func pathRules(f func(g *guest, fd int32, p, n int32) int32) []rule {
	call := func(fd int32, name string) func(w *world) Errno {
		return func(w *world) Errno {
			p, n := w.str(name)
			return Errno(f(w.guest, fd, p, n))
		}
	}
	return []rule{
		{says: notOpen, do: call(noFd, "x"), want: EBADF},
		{says: "-1 is badf", do: call(-1, "x"), want: EBADF},
		{says: "a stream is notdir", do: call(stdin, "x"), want: ENOTDIR},
		{says: "a file is notdir", do: func(w *world) Errno { return call(w.opened(0), "x")(w) }, want: ENOTDIR},
		{says: "an empty path is noent", do: call(root, ""), want: ENOENT},
		{says: "an absolute path is perm", do: call(root, "/file"), want: EPERM},
		{says: "a path with a NUL is inval", do: call(root, "file\x00"), want: EINVAL},
		{says: "a path that is not UTF-8 is ilseq", do: call(root, "\xff"), want: EILSEQ},
		{says: "a path that is too long is nametoolong", do: call(root, strings.Repeat("a/", 3000)), want: ENAMETOOLONG},
		{says: "a component that is too long is nametoolong", do: call(root, strings.Repeat("a", 300)), want: ENAMETOOLONG},
		{says: "a path outside of memory is fault", do: func(w *world) Errno {
			return Errno(f(w.guest, root, -9, 100))
		}, want: EFAULT},
		{says: "a path that wraps around memory is fault", do: func(w *world) Errno {
			return Errno(f(w.guest, root, 64, -1))
		}, want: EFAULT},
		{says: "a file as directory is notdir", do: call(root, "file/x"), want: ENOTDIR},
		{says: "a missing directory is noent", do: call(root, "missing/x"), want: ENOENT},
		{says: "a loop of links on the way is loop", do: call(root, "loop/x"), want: ELOOP},
		{says: "a loop of two links on the way is loop", do: call(root, "ping/x"), want: ELOOP},
		{says: "a link on the way that leads out is perm", do: call(root, "up/x"), want: EPERM},
		{says: "an absolute link on the way is perm", do: call(root, "slash/x"), want: EPERM},
	}
}

// without makes a rule that a function needs its right.
func needs(r rights, f func(w *world) Errno) rule {
	return rule{says: "it needs its right", want: ENOTCAPABLE, do: func(w *world) Errno {
		w.narrow(root, directoryRights&^r, 0)
		return f(w)
	}}
}

var _ = addRules(map[string][]rule{
	"path_create_directory": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathCreateDirectory(g.in, fd, p, n)
	}), []rule{
		{says: "a directory is made", do: func(w *world) Errno {
			e := w.mkdir(root, "dir/new")
			w.isHostDir("dir/new")
			return e
		}},
		{says: "trailing slashes are allowed", do: func(w *world) Errno {
			w.is(w.mkdir(root, "new//"), Errno(0), "two")
			return w.mkdir(root, "new2/")
		}},
		{says: "through a link to a directory", do: func(w *world) Errno {
			e := w.mkdir(root, "dirlink/new")
			w.isHostDir("dir/new")
			return e
		}},
		{says: "what exists is exist", do: func(w *world) Errno {
			for _, name := range []string{"dir", "file", "link", "dangling", "loop", "outside"} {
				w.is(w.mkdir(root, name), EEXIST, name)
			}
			return w.mkdir(root, "dir/")
		}, want: EEXIST},
		{says: `"." is exist`, do: func(w *world) Errno { return w.mkdir(root, ".") }, want: EEXIST},
		{says: "a read-only preopen is rofs", do: func(w *world) Errno {
			return w.mkdir(readOnly, "new")
		}, want: EROFS},
		{says: "a mount is rofs", do: func(w *world) Errno { return w.mkdir(mount, "new") }, want: EROFS},
		{says: "nothing is made outside", do: noEscape(func(w *world, name string) Errno {
			return w.mkdir(root, name)
		}, newNames...), want: EPERM},
		needs(rightPathCreateDirectory, func(w *world) Errno { return w.mkdir(root, "new") }),
	}...),
	"path_filestat_get": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathFilestatGet(g.in, fd, 0, p, n, 64)
	}), []rule{
		{says: "a file, a directory, a link", do: func(w *world) Errno {
			for name, want := range map[string]filetype{"file": typeRegularFile, "dir": typeDirectory, "link": typeSymbolicLink,
				"dirlink": typeSymbolicLink, "dangling": typeSymbolicLink, "loop": typeSymbolicLink, "outside": typeSymbolicLink,
				".": typeDirectory, "dir/": typeDirectory, "dir/..": typeDirectory, "dir/nested/../nested/./inner": typeRegularFile} {
				st, e := w.stat(root, name, 0)
				w.is(e, Errno(0), name)
				w.is(st.filetype, want, name)
			}
			return 0
		}},
		{says: "with symlink_follow links are followed", do: func(w *world) Errno {
			for name, want := range map[string]filetype{"file": typeRegularFile, "link": typeRegularFile, "dirlink": typeDirectory,
				"dirlink/nested/inner": typeRegularFile} {
				st, e := w.stat(root, name, 1)
				w.is(e, Errno(0), name)
				w.is(st.filetype, want, name)
			}
			return 0
		}},
		{says: "a link with a slash behind is followed", do: func(w *world) Errno {
			st, e := w.stat(root, "dirlink/", 0)
			w.is(st.filetype, typeDirectory, "type")
			return e
		}},
		{says: "a file with a slash behind is notdir", do: func(w *world) Errno {
			return second(w.stat(root, "file/", 0))
		}, want: ENOTDIR},
		{says: "a missing file is noent", do: func(w *world) Errno {
			return second(w.stat(root, "missing", 0))
		}, want: ENOENT},
		{says: "following a dangling link is noent", do: func(w *world) Errno {
			return second(w.stat(root, "dangling", 1))
		}, want: ENOENT},
		{says: "following a loop is loop", do: func(w *world) Errno {
			w.is(second(w.stat(root, "ping", 1)), ELOOP, "of two")
			return second(w.stat(root, "loop", 1))
		}, want: ELOOP},
		{says: "hard links have the same number, and are counted", do: func(w *world) Errno {
			w.link(root, "file", root, "hard")
			a, _ := w.stat(root, "file", 0)
			b, e := w.stat(root, "hard", 0)
			w.is(a.ino, b.ino, "inode")
			w.is(b.nlink, uint64(2), "links")
			return e
		}},
		{says: "a mount", do: func(w *world) Errno {
			st, e := w.stat(mount, "file", 1)
			w.is(st.size, uint64(5), "size")
			w.is(st.filetype, typeRegularFile, "type")
			w.is(second(w.stat(mount, "../file", 0)), EPERM, "beyond it")
			return e
		}},
		{says: "unknown lookupflags are inval", do: func(w *world) Errno {
			return second(w.stat(root, "file", 2))
		}, want: EINVAL},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.str("file")
			return Errno(w.s.PathFilestatGet(w.in, root, 0, p, n, memoryEnd-63))
		}, want: EFAULT},
		{says: "nothing is told of what is outside", do: noEscape(func(w *world, name string) Errno {
			return second(w.stat(root, name, 1))
		}, outsideNames...), want: EPERM},
		needs(rightPathFilestatGet, func(w *world) Errno { return second(w.stat(root, "file", 0)) }),
	}...),
	"path_filestat_set_times": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathFilestatSetTimes(g.in, fd, 0, p, n, 0, 0, fstAtimNow)
	}), []rule{
		{says: "each time is set, set to now, or left", do: func(w *world) Errno {
			for follow := range int32(2) {
				w.is(w.setTimes(root, "file", follow, 100, 1234567891, fstAtim|fstMtim), Errno(0), "both")
				w.is(w.setTimes(root, "file", follow, 5, 7777, fstMtim), Errno(0), "mtim")
				st, _ := w.stat(root, "file", 0)
				w.is(st.mtim, uint64(7777), "mtim")
				w.is(st.atim, uint64(100), "atim")
				w.is(w.setTimes(root, "file", follow, 0, 0, fstMtimNow|fstAtimNow), Errno(0), "now")
				st, _ = w.stat(root, "file", 0)
				w.is(st.mtim, uint64(w.now.UnixNano()), "mtim now")
				w.is(st.atim, uint64(w.now.UnixNano()), "atim now")
			}
			return 0
		}},
		{says: "without symlink_follow a link's own times are set", do: func(w *world) Errno {
			before, _ := w.stat(root, "file", 0)
			e := w.setTimes(root, "link", 0, 0, 4000, fstMtim)
			if e == 0 {
				st, _ := w.stat(root, "link", 0)
				w.is(st.mtim, uint64(4000), "of the link")
			}
			st, _ := w.stat(root, "file", 0)
			w.is(st.mtim, before.mtim, "of the file")
			return e
		}, root: deviation{"without symlink_follow a symbolic link is notsup", ENOTSUP}},
		{says: "with symlink_follow those of the file", do: func(w *world) Errno {
			e := w.setTimes(root, "link", 1, 0, 4000, fstMtim)
			st, _ := w.stat(root, "file", 0)
			w.is(st.mtim, uint64(4000), "of the file")
			st, _ = w.stat(root, "link", 0)
			w.is(st.mtim == 4000, false, "of the link")
			return e
		}},
		{says: "a directory, and .", do: func(w *world) Errno {
			w.is(w.setTimes(root, "dir/", 0, 0, 5000, fstMtim), Errno(0), "dir/")
			w.is(w.setTimes(root, "dirlink/", 0, 0, 6000, fstMtim), Errno(0), "dirlink/")
			st, _ := w.stat(root, "dir", 0)
			w.is(st.mtim, uint64(6000), "mtim")
			return w.setTimes(root, ".", 0, 0, 6000, fstMtim)
		}},
		{says: "following a dangling link is noent", do: func(w *world) Errno {
			return w.setTimes(root, "dangling", 1, 1, 1, fstMtim)
		}, want: ENOENT},
		{says: "following a loop is loop", do: func(w *world) Errno {
			return w.setTimes(root, "ping", 1, 1, 1, fstMtim)
		}, want: ELOOP},
		{says: "a file with a slash behind is notdir", do: func(w *world) Errno {
			return w.setTimes(root, "file/", 0, 1, 1, fstMtim)
		}, want: ENOTDIR},
		{says: "mtim and mtim_now together are inval, with no effect", do: func(w *world) Errno {
			before, _ := w.stat(root, "file", 0)
			e := w.setTimes(root, "file", 0, 0, 1, fstMtim|fstMtimNow)
			after, _ := w.stat(root, "file", 0)
			w.is(after.mtim, before.mtim, "mtim")
			return e
		}, want: EINVAL},
		{says: "atim and atim_now together are inval", do: func(w *world) Errno {
			return w.setTimes(root, "file", 0, 0, 0, fstAtim|fstAtimNow)
		}, want: EINVAL},
		{says: "an unknown flag is inval", do: func(w *world) Errno {
			return w.setTimes(root, "file", 0, 0, 0, 16)
		}, want: EINVAL},
		{says: "unknown lookupflags are inval", do: func(w *world) Errno {
			return w.setTimes(root, "file", 2, 0, 0, 0)
		}, want: EINVAL},
		{says: "a time that the host does not have is inval", do: func(w *world) Errno {
			return w.setTimes(root, "file", 0, -1, 0, fstAtim)
		}, want: EINVAL},
		{says: "a read-only preopen is rofs", do: func(w *world) Errno {
			return w.setTimes(readOnly, "file", 0, 0, 0, fstMtimNow)
		}, want: EROFS},
		{says: "a mount is rofs", do: func(w *world) Errno {
			return w.setTimes(mount, "file", 0, 0, 0, fstMtimNow)
		}, want: EROFS},
		{says: "nothing outside is touched", do: noEscape(func(w *world, name string) Errno {
			return w.setTimes(root, name, 1, 0, 0, fstMtimNow)
		}, outsideNames...), want: EPERM},
		needs(rightPathFilestatSetTimes, func(w *world) Errno { return w.setTimes(root, "file", 0, 0, 0, fstMtimNow) }),
	}...),
	"path_link": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		q, m := g.str("new")
		return g.s.PathLink(g.in, fd, 0, p, n, root, q, m)
	}), []rule{
		{says: "a hard link is the same file, with the same rights when opened", do: func(w *world) Errno {
			w.is(w.link(root, "file", root, "hard"), Errno(0), "path_link")
			a, b := w.opened(0), w.opened(0, "hard")
			w.is(w.fstat(a), w.fstat(b), "filestat")
			_, _, ra, _ := w.fdstat(a)
			_, _, rb, _ := w.fdstat(b)
			w.is(ra, rb, "rights")
			return 0
		}},
		{says: "into another directory", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir", oDirectory, 0, directoryRights)
			e := w.link(root, "file", sub, "hard")
			w.hostFileIs("dir/hard", "hello")
			return e
		}},
		{says: "an existing name is exist, whatever it is", do: func(w *world) Errno {
			for _, name := range []string{"empty", "dir", "link", "dangling", "loop"} {
				w.is(w.link(root, "file", root, name), EEXIST, name)
			}
			return w.link(root, "file", root, "file")
		}, want: EEXIST},
		{says: "a directory is perm", do: func(w *world) Errno {
			return w.link(root, "dir", root, "new")
		}, want: EPERM},
		{says: "a new name with a slash behind is noent", do: func(w *world) Errno {
			return w.link(root, "file", root, "new/")
		}, want: ENOENT},
		{says: "an old name with a slash behind is notdir", do: func(w *world) Errno {
			return w.link(root, "file/", root, "new")
		}, want: ENOTDIR},
		{says: "a link is not followed: dangling, looping or leading out, it is linked itself", do: func(w *world) Errno {
			for _, name := range []string{"link", "dangling", "loop", "outside"} {
				w.is(w.link(root, name, root, name+"2"), Errno(0), name)
				st, _ := w.stat(root, name+"2", 0)
				w.is(st.filetype, typeSymbolicLink, name)
			}
			return 0
		}},
		{says: "with symlink_follow the file behind a link is linked", do: func(w *world) Errno {
			e := w.linkFollow(root, "link", root, "new")
			if e == 0 {
				st, _ := w.stat(root, "new", 0)
				w.is(st.filetype, typeRegularFile, "type")
			}
			return e
		}, root: deviation{"with symlink_follow a symbolic link is notsup", ENOTSUP}},
		{says: "with symlink_follow a dangling link is noent", do: func(w *world) Errno {
			return w.linkFollow(root, "dangling", root, "new")
		}, want: ENOENT, root: deviation{"with symlink_follow a symbolic link is notsup", ENOTSUP}},
		{says: "with symlink_follow a link that leads out is perm", do: func(w *world) Errno {
			return w.linkFollow(root, "outside", root, "new")
		}, want: EPERM, root: deviation{"with symlink_follow a symbolic link is notsup", ENOTSUP}},
		{says: "a missing file is noent", do: func(w *world) Errno {
			return w.link(root, "missing", root, "new")
		}, want: ENOENT},
		{says: "unknown lookupflags are inval", do: func(w *world) Errno {
			p, n := w.str("file")
			q, m := w.str("new")
			return Errno(w.s.PathLink(w.in, root, 8, p, n, root, q, m))
		}, want: EINVAL},
		{says: "between file systems is xdev", do: func(w *world) Errno {
			w.is(w.link(mount, "file", root, "new"), EXDEV, "from a mount")
			return w.link(root, "file", mount, "new")
		}, want: EXDEV},
		{says: "in a mount is rofs", do: func(w *world) Errno { return w.link(mount, "file", mount, "new") }, want: EROFS},
		{says: "a read-only preopen is rofs, as source and as target", do: func(w *world) Errno {
			w.is(w.link(readOnly, "file", root, "new"), EROFS, "source")
			return w.link(root, "file", readOnly, "new")
		}, want: EROFS},
		{says: "nothing is linked from outside", do: noEscape(func(w *world, name string) Errno {
			return w.link(root, name, root, "new")
		}, "../secret", "/secret", "up/secret", "dir/../../secret"), want: EPERM},
		{says: "nothing is linked to outside", do: noEscape(func(w *world, name string) Errno {
			return w.link(root, "file", root, name)
		}, newNames...), want: EPERM},
		needs(rightPathLinkSource, func(w *world) Errno { return w.link(root, "file", readOnly, "new") }),
		{says: "its target needs its right", do: func(w *world) Errno {
			w.narrow(readOnly, directoryRights&^rightPathLinkTarget, 0)
			return w.link(root, "file", readOnly, "new")
		}, want: ENOTCAPABLE},
		{says: "a target that is not open is badf", do: func(w *world) Errno {
			return w.link(root, "file", noFd, "new")
		}, want: EBADF},
	}...),
	"path_open": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathOpen(g.in, fd, 0, p, n, 0, 0, 0, 0, 64)
	}), openRules...),
	"path_readlink": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathReadlink(g.in, fd, p, n, 64, 64, 64)
	}), []rule{
		{says: "the target as it was written, without a NUL", do: func(w *world) Errno {
			for name, want := range map[string]string{"link": "file", "dangling": "missing", "loop": "loop", "outside": "../secret"} {
				got, e := w.readlink(root, name, 100)
				w.is(e, Errno(0), name)
				w.is(got, want, name)
			}
			return 0
		}},
		{says: "what does not fit into the buffer is cut off, which is no error", do: func(w *world) Errno {
			for _, size := range []int{4, 3, 1, 0} {
				got, e := w.readlink(root, "link", size)
				w.is(e, Errno(0), "path_readlink")
				w.is(got, "file"[:size], "target")
			}
			return 0
		}},
		{says: "a file is inval", do: func(w *world) Errno {
			return second(w.readlink(root, "file", 10))
		}, want: EINVAL},
		{says: "a directory is inval", do: func(w *world) Errno {
			return second(w.readlink(root, "dir", 10))
		}, want: EINVAL},
		{says: "a link to a directory with a slash behind is inval", do: func(w *world) Errno {
			return second(w.readlink(root, "dirlink/", 10))
		}, want: EINVAL},
		{says: "a missing file is noent", do: func(w *world) Errno {
			return second(w.readlink(root, "missing", 10))
		}, want: ENOENT},
		{says: "a mount's file is inval", do: func(w *world) Errno {
			return second(w.readlink(mount, "file", 10))
		}, want: EINVAL},
		{says: "a buffer outside of memory is fault", do: func(w *world) Errno {
			p, n := w.str("link")
			return Errno(w.s.PathReadlink(w.in, root, p, n, -4, 8, 64))
		}, want: EFAULT},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.str("link")
			return Errno(w.s.PathReadlink(w.in, root, p, n, 64, 8, memoryEnd-3))
		}, want: EFAULT},
		{says: "no link outside is read", do: noEscape(func(w *world, name string) Errno {
			return second(w.readlink(root, name, 10))
		}, newNames...), want: EPERM},
		needs(rightPathReadlink, func(w *world) Errno { return second(w.readlink(root, "link", 10)) }),
	}...),
	"path_remove_directory": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathRemoveDirectory(g.in, fd, p, n)
	}), []rule{
		{says: "an empty directory is removed", do: func(w *world) Errno {
			e := w.rmdir(root, "vacant")
			w.removed("vacant")
			return e
		}},
		{says: "trailing slashes are allowed", do: func(w *world) Errno { return w.rmdir(root, "vacant//") }},
		{says: "a directory that is not empty is notempty", do: func(w *world) Errno {
			return w.rmdir(root, "full")
		}, want: ENOTEMPTY},
		{says: "a file is notdir, also with a slash behind", do: func(w *world) Errno {
			w.is(w.rmdir(root, "file"), ENOTDIR, "file")
			return w.rmdir(root, "file/")
		}, want: ENOTDIR},
		{says: "a link to a directory is notdir", do: func(w *world) Errno {
			e := w.rmdir(root, "dirlink")
			w.isHostDir("dir")
			return e
		}, want: ENOTDIR},
		{says: "a dangling link is notdir", do: func(w *world) Errno {
			return w.rmdir(root, "dangling")
		}, want: ENOTDIR},
		{says: "a missing directory is noent", do: func(w *world) Errno {
			return w.rmdir(root, "missing")
		}, want: ENOENT},
		{says: `"." is inval`, do: func(w *world) Errno { return w.rmdir(root, ".") }, want: EINVAL},
		{says: "a directory can be removed while it is open", do: func(w *world) Errno {
			fd := w.mustOpen(root, "vacant", oDirectory, 0, directoryRights)
			w.is(w.rmdir(root, "vacant"), Errno(0), "path_remove_directory")
			return second(w.open(fd, "new", oCreat, 0, rightFdRead))
		}, want: ENOENT},
		{says: "a read-only preopen is rofs", do: func(w *world) Errno {
			return w.rmdir(readOnly, "vacant")
		}, want: EROFS},
		{says: "a mount is rofs", do: func(w *world) Errno { return w.rmdir(mount, "dir") }, want: EROFS},
		{says: "nothing outside is removed", do: noEscape(func(w *world, name string) Errno {
			return w.rmdir(root, name)
		}, newNames...), want: EPERM},
		needs(rightPathRemoveDirectory, func(w *world) Errno { return w.rmdir(root, "vacant") }),
	}...),
	"path_rename": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		q, m := g.str("new")
		return g.s.PathRename(g.in, fd, p, n, root, q, m)
	}), []rule{
		{says: "a file is moved", do: func(w *world) Errno {
			e := w.rename(root, "file", root, "dir/moved")
			w.removed("file")
			w.hostFileIs("dir/moved", "hello")
			return e
		}},
		{says: "between directories, both ways", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir", oDirectory, 0, directoryRights)
			w.is(w.rename(root, "file", sub, "moved"), Errno(0), "down")
			w.is(w.rename(sub, "moved", root, "file"), Errno(0), "up")
			w.hostFileIs("file", "hello")
			return 0
		}},
		{says: "over a file, which is replaced", do: func(w *world) Errno {
			e := w.rename(root, "file", root, "empty")
			w.hostFileIs("empty", "hello")
			w.removed("file")
			return e
		}},
		{says: "a directory, to a name that is free", do: func(w *world) Errno {
			e := w.rename(root, "dir", root, "moved")
			w.hostFileIs("moved/nested/inner", "inner")
			return e
		}},
		{says: "a directory over an empty directory", do: func(w *world) Errno {
			e := w.rename(root, "dir", root, "vacant")
			if e == 0 {
				w.hostFileIs("vacant/nested/inner", "inner")
			}
			return e
		}, root: deviation{"over an empty directory is exist", EEXIST}},
		{says: "a directory over one that is not empty is notempty", do: func(w *world) Errno {
			e := w.rename(root, "vacant", root, "full")
			w.hostFileIs("full/x", "")
			return e
		}, want: ENOTEMPTY, root: deviation{"over a directory that is not empty is exist", EEXIST}},
		{says: "a directory over a file is notdir", do: func(w *world) Errno {
			return w.rename(root, "vacant", root, "file")
		}, want: ENOTDIR},
		{says: "a file over a directory is isdir", do: func(w *world) Errno {
			return w.rename(root, "file", root, "vacant")
		}, want: EISDIR},
		{says: "a directory into itself is inval", do: func(w *world) Errno {
			return w.rename(root, "dir", root, "dir/nested/x")
		}, want: EINVAL},
		{says: "a link is moved itself: dangling, looping or leading out", do: func(w *world) Errno {
			for _, name := range []string{"link", "dangling", "loop", "outside"} {
				w.is(w.rename(root, name, root, name+"2"), Errno(0), name)
				st, _ := w.stat(root, name+"2", 0)
				w.is(st.filetype, typeSymbolicLink, name)
			}
			return 0
		}},
		{says: "over a link, which is replaced and not followed", do: func(w *world) Errno {
			e := w.rename(root, "empty", root, "link")
			w.hostFileIs("file", "hello")
			w.hostFileIs("link", "")
			return e
		}},
		{says: "to itself nothing happens", do: func(w *world) Errno {
			e := w.rename(root, "file", root, "file")
			w.hostFileIs("file", "hello")
			return e
		}},
		{says: "slashes behind names of directories", do: func(w *world) Errno {
			w.is(w.rename(root, "dir/", root, "a"), Errno(0), "source")
			w.is(w.rename(root, "a", root, "b/"), Errno(0), "target")
			w.is(w.rename(root, "b/", root, "c/"), Errno(0), "both")
			w.isHostDir("c")
			return 0
		}},
		{says: "slashes behind names of files are notdir", do: func(w *world) Errno {
			w.is(w.rename(root, "file/", root, "new"), ENOTDIR, "source")
			w.is(w.rename(root, "file", root, "new/"), ENOTDIR, "target")
			return w.rename(root, "file/", root, "new/")
		}, want: ENOTDIR},
		{says: "a missing file is noent", do: func(w *world) Errno {
			return w.rename(root, "missing", root, "new")
		}, want: ENOENT},
		{says: `"." is busy or inval`, do: func(w *world) Errno {
			e := w.rename(root, ".", root, "new")
			w.is(e == EBUSY || e == EINVAL || portable() && e != 0, true, e.Error())
			return 0
		}},
		{says: "between file systems is xdev", do: func(w *world) Errno {
			w.is(w.rename(mount, "file", root, "new"), EXDEV, "from a mount")
			return w.rename(root, "file", mount, "new")
		}, want: EXDEV},
		{says: "in a mount is rofs", do: func(w *world) Errno { return w.rename(mount, "file", mount, "new") }, want: EROFS},
		{says: "a read-only preopen is rofs, as source and as target", do: func(w *world) Errno {
			w.is(w.rename(readOnly, "file", root, "new"), EROFS, "source")
			return w.rename(root, "file", readOnly, "new")
		}, want: EROFS},
		{says: "nothing is moved from outside", do: noEscape(func(w *world, name string) Errno {
			return w.rename(root, name, root, "new")
		}, "../secret", "/secret", "up/secret", "dir/../../secret"), want: EPERM},
		{says: "nothing is moved to outside", do: noEscape(func(w *world, name string) Errno {
			return w.rename(root, "file", root, name)
		}, newNames...), want: EPERM},
		needs(rightPathRenameSource, func(w *world) Errno { return w.rename(root, "file", readOnly, "new") }),
		{says: "its target needs its right", do: func(w *world) Errno {
			w.narrow(readOnly, directoryRights&^rightPathRenameTarget, 0)
			return w.rename(root, "file", readOnly, "new")
		}, want: ENOTCAPABLE},
		{says: "a target that is not open is badf", do: func(w *world) Errno {
			return w.rename(root, "file", noFd, "new")
		}, want: EBADF},
	}...),
	"path_symlink": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		q, m := g.str("target")
		return g.s.PathSymlink(g.in, q, m, fd, p, n)
	}), []rule{
		{says: "a link to a file and to a directory, that can be opened through it", do: func(w *world) Errno {
			w.is(w.symlink("../file", root, "dir/a"), Errno(0), "to a file")
			w.is(w.symlink("dir", root, "b"), Errno(0), "to a directory")
			got, e := w.read(w.mustOpen(root, "b/a", 0, 0, rightFdRead), 10)
			w.is(got, "hello", "contents")
			w.mustOpen(root, "b", oDirectory, 0, 0)
			return e
		}},
		{says: "a dangling link", do: func(w *world) Errno { return w.symlink("nowhere", root, "new") }},
		{says: "an absolute target is perm, as guest and host would mean different files", do: func(w *world) Errno {
			e := w.symlink("/etc/passwd", root, "new")
			w.removed("new")
			return e
		}, want: EPERM},
		{says: "a target that leads out can be written, but not followed", do: func(w *world) Errno {
			w.is(w.symlink("../secret", root, "new"), Errno(0), "path_symlink")
			return second(w.open(root, "new", 0, 0, rightFdRead))
		}, want: EPERM},
		{says: "an existing name is exist, whatever it is", do: func(w *world) Errno {
			for _, name := range []string{"file", "dir", "link", "dangling", "dir/"} {
				w.is(w.symlink("x", root, name), EEXIST, name)
			}
			return w.symlink("x", root, "loop")
		}, want: EEXIST},
		{says: "a new name with a slash behind is noent", do: func(w *world) Errno {
			return w.symlink("x", root, "new/")
		}, want: ENOENT},
		{says: "a file's name with a slash behind is notdir", do: func(w *world) Errno {
			return w.symlink("x", root, "file/")
		}, want: ENOTDIR},
		{says: "an empty target is noent", do: func(w *world) Errno {
			return w.symlink("", root, "new")
		}, want: ENOENT},
		{says: "a target outside of memory is fault", do: func(w *world) Errno {
			p, n := w.str("new")
			return Errno(w.s.PathSymlink(w.in, -9, 20, root, p, n))
		}, want: EFAULT},
		{says: "a read-only preopen is rofs", do: func(w *world) Errno {
			return w.symlink("x", readOnly, "new")
		}, want: EROFS},
		{says: "a mount is rofs", do: func(w *world) Errno { return w.symlink("x", mount, "new") }, want: EROFS},
		{says: "no link is made outside", do: noEscape(func(w *world, name string) Errno {
			return w.symlink("x", root, name)
		}, newNames...), want: EPERM},
		needs(rightPathSymlink, func(w *world) Errno { return w.symlink("x", root, "new") }),
	}...),
	"path_unlink_file": append(pathRules(func(g *guest, fd, p, n int32) int32 {
		return g.s.PathUnlinkFile(g.in, fd, p, n)
	}), []rule{
		{says: "a file is removed", do: func(w *world) Errno {
			e := w.unlink(root, "file")
			w.removed("file")
			return e
		}},
		{says: "a link is removed itself: dangling, looping, leading out, or to a directory", do: func(w *world) Errno {
			for _, name := range []string{"link", "dangling", "loop", "outside", "dirlink", "up"} {
				w.is(w.unlink(root, name), Errno(0), name)
				w.removed(name)
			}
			w.hostFileIs("file", "hello")
			w.isHostDir("dir")
			return 0
		}},
		{says: "a directory is isdir, also with a slash behind", do: func(w *world) Errno {
			w.is(w.unlink(root, "vacant"), EISDIR, "vacant")
			return w.unlink(root, "vacant/")
		}, want: EISDIR},
		{says: "a file with a slash behind is notdir", do: func(w *world) Errno {
			return w.unlink(root, "file/")
		}, want: ENOTDIR},
		{says: "a missing file is noent", do: func(w *world) Errno { return w.unlink(root, "missing") }, want: ENOENT},
		{says: "an open file can be used on", do: func(w *world) Errno {
			fd := w.opened(0)
			w.unlink(root, "file")
			got, e := w.read(fd, 10)
			w.is(got, "hello", "contents")
			return e
		}},
		{says: "a read-only preopen is rofs", do: func(w *world) Errno {
			return w.unlink(readOnly, "file")
		}, want: EROFS},
		{says: "a mount is rofs", do: func(w *world) Errno { return w.unlink(mount, "file") }, want: EROFS},
		{says: "nothing outside is removed", do: noEscape(func(w *world, name string) Errno {
			return w.unlink(root, name)
		}, append(newNames, "../secret", "up/secret")...), want: EPERM},
		needs(rightPathUnlinkFile, func(w *world) Errno { return w.unlink(root, "file") }),
	}...),
})

const rw = rightFdRead | rightFdWrite

// openTable says what path_open does with a path, following links, when the world is new.
var openTable = []struct {
	says  string
	name  string
	of    oflags
	flags fdflags
	base  rights
	want  Errno
}{
	{"a file", "file", 0, 0, rightFdRead, 0},
	{"a file that exists, with creat", "file", oCreat, 0, rw, 0},
	{"a file that exists, with creat and excl, is exist", "file", oCreat | oExcl, 0, rw, EEXIST},
	{"excl without creat means nothing", "file", oExcl, 0, rightFdRead, 0},
	{"a directory that exists, with creat and excl, is exist", "dir", oCreat | oExcl, 0, rightFdRead, EEXIST},
	{"a dangling link, with creat and excl, is exist", "dangling", oCreat | oExcl, 0, rw, EEXIST},
	{"a file with directory is notdir", "file", oDirectory, 0, rightFdRead, ENOTDIR},
	{"a link to a file with directory is notdir", "link", oDirectory, 0, rightFdRead, ENOTDIR},
	{"a file with a slash behind is notdir", "file/", 0, 0, rightFdRead, ENOTDIR},
	{"a file with slashes behind is notdir", "file///", 0, 0, rightFdRead, ENOTDIR},
	{"a file with /. behind is notdir", "file/.", 0, 0, rightFdRead, ENOTDIR},
	{"a missing file is noent", "missing", 0, 0, rightFdRead, ENOENT},
	{"a missing file with directory is noent", "missing", oDirectory, 0, rightFdRead, ENOENT},
	{"a missing name with creat and a slash behind is isdir", "missing/", oCreat, 0, rw, EISDIR},
	{"a file in a missing directory, with creat, is noent", "missing/x", oCreat, 0, rw, ENOENT},
	{"a directory", "dir", 0, 0, rightFdReaddir, 0},
	{"a directory with directory", "dir", oDirectory, 0, rightFdReaddir, 0},
	{"a directory with a slash behind", "dir/nested/", 0, 0, 0, 0},
	{"a directory with slashes behind", "dir/nested///", oDirectory, 0, 0, 0},
	{"dots and slashes on the way", "dir/.//nested/../../dir/nested/../nested///./inner", 0, 0, rightFdRead, 0},
	{"a directory with rights of files, of which it gets none", "dir", oDirectory, 0, rightFdRead | rightFdSeek, 0},
	{"a directory for writing is isdir", "dir", 0, 0, rw, EISDIR},
	{"a directory with directory, for writing, is isdir", "dir", oDirectory, 0, rw, EISDIR},
	{"a directory with creat is isdir", "dir", oCreat, 0, rightFdRead, EISDIR},
	{"a directory with trunc is isdir", "dir", oTrunc, 0, rightFdRead, EISDIR},
	{"creat and directory together are inval", "dir", oCreat | oDirectory, 0, rightFdRead, EINVAL},
	{"a link is followed", "link", 0, 0, rightFdRead, 0},
	{"a link to a directory is followed", "dirlink", oDirectory, 0, 0, 0},
	{"a link on the way is followed", "dirlink/nested/inner", 0, 0, rightFdRead, 0},
	{"a dangling link is noent", "dangling", 0, 0, rightFdRead, ENOENT},
	{"a dangling link with creat makes its target", "dangling", oCreat, 0, rw, 0},
	{"a loop is loop", "loop", 0, 0, rightFdRead, ELOOP},
	{"a loop of two is loop", "ping", 0, 0, rightFdRead, ELOOP},
	{".", ".", oDirectory, 0, rightFdReaddir, 0},
	{"./.", "./.", 0, 0, 0, 0},
	{"unicode", "déjà vu ☃", oCreat, 0, rw, 0},
	{"flags", "new", oCreat | oExcl, flagAppend | flagSync | flagDsync | flagRsync | flagNonblock, rw, 0},
	{"an unknown oflag is inval", "file", oKnown + 1, 0, 0, EINVAL},
	{"an unknown fdflag is inval", "file", 0, flagsKnown + 1, 0, EINVAL},
	{"unknown rights are inval", "file", 0, 0, allRights + 1, EINVAL},
	{"rights that the directory does not let inherit are perm", "file", 0, 0, rightSockAccept, EPERM},
}

// openRules are those of path_open besides the table's.
var openRules = func() []rule {
	var list []rule
	for _, tt := range openTable {
		list = append(list, rule{says: tt.says, want: tt.want, do: func(w *world) Errno {
			fd, e := w.open(root, tt.name, tt.of, tt.flags, tt.base)
			if e == 0 {
				_, flags, base, _ := w.fdstat(fd)
				w.is(base&^tt.base, rights(0), "rights that were not asked for")
				w.is(flags, tt.flags, "flags")
			}
			return e
		}})
	}
	return append(list, []rule{
		{says: "without symlink_follow a link is loop", do: func(w *world) Errno {
			for _, name := range []string{"link", "dirlink", "dangling", "loop", "outside", "absolute"} {
				w.is(w.openNofollow(name, 0), ELOOP, name)
			}
			return w.openNofollow("dangling", oCreat)
		}, want: ELOOP},
		{says: "without symlink_follow a link with directory is notdir or loop", do: func(w *world) Errno {
			for _, name := range []string{"link", "dirlink", "dangling"} {
				e := w.openNofollow(name, oDirectory)
				w.is(e == ELOOP || e == ENOTDIR, true, name+" "+e.Error())
			}
			return 0
		}},
		{says: "without symlink_follow a link with a slash behind is followed", do: func(w *world) Errno {
			return w.openNofollow("dirlink/", oDirectory)
		}},
		{says: "without symlink_follow links on the way are followed", do: func(w *world) Errno {
			return w.openNofollow("dirlink/nested/inner", 0)
		}},
		{says: "trunc empties the file", do: func(w *world) Errno {
			_, e := w.open(root, "file", oTrunc, 0, rightFdRead)
			w.hostFileIs("file", "")
			return e
		}},
		{says: "trunc through a link empties the file", do: func(w *world) Errno {
			_, e := w.open(root, "link", oTrunc, 0, rw)
			w.hostFileIs("file", "")
			return e
		}},
		{says: "trunc with the right to set the size of paths, even if files do not inherit that", do: func(w *world) Errno {
			w.narrow(root, directoryRights, inheritRights&^rightFdFilestatSetSize)
			return second(w.open0(root, "file", oTrunc))
		}},
		{says: "trunc without both rights is perm, and the file stays", do: func(w *world) Errno {
			w.narrow(root, directoryRights&^rightPathFilestatSetSize, inheritRights&^rightFdFilestatSetSize)
			e := second(w.open0(root, "file", oTrunc))
			w.hostFileIs("file", "hello")
			return e
		}, want: EPERM},
		{says: "creat needs the right to create files", do: func(w *world) Errno {
			w.narrow(root, directoryRights&^rightPathCreateFile, inheritRights)
			e := second(w.open0(root, "new", oCreat))
			w.removed("new")
			return e
		}, want: EPERM},
		{says: "it needs its right", do: func(w *world) Errno {
			w.narrow(root, directoryRights&^rightPathOpen, inheritRights)
			return second(w.open0(root, "file", 0))
		}, want: EPERM},
		{says: "a descriptor without rights can do nothing but tell about itself", do: func(w *world) Errno {
			fd, e := w.open0(root, "file", 0)
			w.fdstat(fd)
			w.is(second(w.read(fd, 1)), EBADF, "fd_read")
			w.is(second(w.seek(fd, 0, 0)), ENOTCAPABLE, "fd_seek")
			w.is(w.filestatErr(fd), ENOTCAPABLE, "fd_filestat_get")
			return e
		}},
		{says: "a preopen can be opened again with the rights that it has", do: func(w *world) Errno {
			_, _, base, inheriting := w.fdstat(root)
			p, n := w.str(".")
			return Errno(w.s.PathOpen(w.in, root, 0, p, n, 0, int64(base), int64(inheriting), 0, w.alloc(4)))
		}},
		{says: "a file that is open for appending and reading", do: func(w *world) Errno {
			fd := w.mustOpen(root, "file", 0, flagAppend, rw)
			w.write(fd, "!")
			w.is(second(w.read(fd, 1)), Errno(0), "fd_read")
			w.hostFileIs("file", "hello!")
			return 0
		}},
		{says: "many files", do: func(w *world) Errno {
			for range 300 {
				w.opened(0)
			}
			return 0
		}},
		{says: "a read-only preopen is rofs for writing, creating and truncating", do: func(w *world) Errno {
			for _, fd := range []int32{readOnly, mount} {
				w.is(second(w.open(fd, "file", 0, 0, rightFdWrite)), EROFS, "writing")
				w.is(second(w.open(fd, "new", oCreat, 0, rightFdRead)), EROFS, "creating")
				w.is(second(w.open(fd, "file", oTrunc, 0, rightFdRead)), EROFS, "truncating")
				w.is(second(w.open(fd, "file", oCreat|oExcl, 0, rightFdRead)), EEXIST, "creating what exists")
				w.is(second(w.open(fd, "dir", 0, 0, rw)), EISDIR, "writing a directory")
				w.is(second(w.open(fd, "file", oCreat, 0, rightFdRead)), Errno(0), "reading")
			}
			w.hostFileIs("file", "hello")
			return 0
		}},
		{says: "a mount has its own names only", do: func(w *world) Errno {
			w.is(second(w.open(mount, "../file", 0, 0, rightFdRead)), EPERM, "beyond it")
			w.is(second(w.open(mount, "file/", 0, 0, rightFdRead)), ENOTDIR, "file/")
			w.is(second(w.open(mount, "dir/../dir/./x", 0, 0, rightFdRead)), Errno(0), "dots")
			return second(w.open(mount, "missing", 0, 0, rightFdRead))
		}, want: ENOENT},
		{says: "nothing outside is opened", do: noEscape(func(w *world, name string) Errno {
			for _, of := range []oflags{oTrunc, oDirectory} {
				if e := second(w.open(root, name, of, 0, rightFdRead)); e != EPERM {
					return e
				}
			}
			return second(w.open(root, name, 0, 0, rightFdRead))
		}, outsideNames...), want: EPERM},
		{says: "nothing is created outside", do: noEscape(func(w *world, name string) Errno {
			return second(w.open(root, name, oCreat, 0, rw))
		}, newNames...), want: EPERM},
		{says: "a directory opened below is a sandbox of its own", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir", oDirectory, 0, directoryRights)
			w.is(w.symlink("../file", root, "dir/out"), Errno(0), "path_symlink")
			w.is(second(w.open(sub, "out", 0, 0, rightFdRead)), EPERM, "by a link")
			return second(w.open(sub, "../file", 0, 0, rightFdRead))
		}, want: EPERM},
		{says: "a directory that was moved keeps its sandbox", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir/nested", oDirectory, 0, directoryRights)
			if err := os.Rename(filepath.Join(w.dir, "dir/nested"), filepath.Join(w.dir, "../moved")); err != nil {
				w.t.Fatal(err)
			}
			w.is(second(w.open(sub, "inner", 0, 0, rightFdRead)), Errno(0), "inside")
			return second(w.open(sub, "../secret", 0, 0, rightFdRead))
		}, want: EPERM},
		{says: "unknown lookupflags are inval", do: func(w *world) Errno {
			p, n := w.str("file")
			return Errno(w.s.PathOpen(w.in, root, 2, p, n, 0, 0, 0, 0, 64))
		}, want: EINVAL},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.str("new")
			e := Errno(w.s.PathOpen(w.in, root, 0, p, n, int32(oCreat), 0, 0, 0, memoryEnd-3))
			w.removed("new")
			return e
		}, want: EFAULT},
		{says: "descriptors exhausted are mfile", do: func(w *world) Errno {
			w.s.fds.max = 10
			for {
				if _, e := w.open(root, "file", 0, 0, 0); e != 0 {
					w.is(len(w.s.fds.fds), 10, "descriptors")
					w.is(second(w.open(root, "new", oCreat, 0, rw)), EMFILE, "creating")
					w.removed("new")
					return e
				}
			}
		}, want: EMFILE},
	}...)
}()

// open0 opens with no rights, and none to inherit.
func (g *guest) open0(fd int32, name string, of oflags) (int32, Errno) {
	p, n := g.str(name)
	res := g.alloc(4)
	e := Errno(g.s.PathOpen(g.in, fd, 0, p, n, int32(of), 0, 0, 0, res))
	return int32(g.u32(res)), e
}
