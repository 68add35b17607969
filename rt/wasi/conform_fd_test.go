package wasi

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Calls with good memory for their results.

func (g *guest) pread(fd int32, offset int64, sizes ...int) (string, Errno) {
	p, n := g.iovs(sizes...)
	res := g.alloc(4)
	e := Errno(g.s.FdPread(g.in, fd, p, n, offset, res))
	return g.collect(p, n, g.u32(res)), e
}

func (g *guest) pwrite(fd int32, offset int64, list ...string) (int, Errno) {
	p, n := g.iovStrings(list...)
	res := g.alloc(4)
	e := Errno(g.s.FdPwrite(g.in, fd, p, n, offset, res))
	return int(g.u32(res)), e
}

func (g *guest) seek(fd int32, offset int64, whence int32) (uint64, Errno) {
	res := g.alloc(8)
	e := Errno(g.s.FdSeek(g.in, fd, offset, whence, res))
	return g.u64(res), e
}

func (g *guest) tell(fd int32) (uint64, Errno) {
	res := g.alloc(8)
	e := Errno(g.s.FdTell(g.in, fd, res))
	return g.u64(res), e
}

func (g *guest) close(fd int32) Errno { return Errno(g.s.FdClose(g.in, fd)) }

func (g *guest) narrow(fd int32, base, inheriting rights) Errno {
	return Errno(g.s.FdFdstatSetRights(g.in, fd, int64(base), int64(inheriting)))
}

func (g *guest) filestatErr(fd int32) Errno {
	return Errno(g.s.FdFilestatGet(g.in, fd, g.alloc(sizeFilestat)))
}

func second[T any](_ T, e Errno) Errno { return e }

// without opens "file" without a right.
func (w *world) without(r rights) int32 {
	fd := w.opened(0)
	w.is(w.narrow(fd, fileRights&^r, 0), Errno(0), "fd_fdstat_set_rights")
	return fd
}

const memoryEnd = int32(guestPages * 65536)

var (
	notOpen   = "a descriptor that is not open is badf"
	badResult = "a result outside of memory is fault, with no effect"
)

var _ = addRules(map[string][]rule{
	"fd_advise": {
		{says: "all six kinds of advice are taken", do: func(w *world) Errno {
			fd := w.opened(0)
			for advice := range int32(6) {
				w.is(Errno(w.s.FdAdvise(w.in, fd, 10, 50, advice)), Errno(0), "advice")
			}
			w.is(w.fstat(fd).size, uint64(5), "size")
			return 0
		}},
		{says: "an unknown advice is inval", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, w.opened(0), 0, 0, 6))
		}, want: EINVAL},
		{says: "a negative offset is inval", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, w.opened(0), -1, 0, 0))
		}, want: EINVAL},
		{says: "a negative length is inval", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, w.opened(0), 0, -1, 0))
		}, want: EINVAL},
		{says: "a directory is badf", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, root, 0, 0, 0))
		}, want: EBADF},
		{says: "a stream is spipe", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, stdin, 0, 0, 0))
		}, want: ESPIPE},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdAdvise(w.in, w.without(rightFdAdvise), 0, 0, 0))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdAdvise(w.in, noFd, 0, 0, 0)) }, want: EBADF},
	},
	"fd_allocate": {
		{says: "the file grows to offset + len, and never shrinks", do: func(w *world) Errno {
			fd := w.opened(0)
			for _, tt := range []struct{ off, n, size int64 }{{0, 100, 100}, {10, 10, 100}, {90, 20, 110}} {
				w.is(Errno(w.s.FdAllocate(w.in, fd, tt.off, tt.n)), Errno(0), "fd_allocate")
				w.is(w.fstat(fd).size, uint64(tt.size), "size")
			}
			return 0
		}},
		{says: "a length of 0 is inval", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, w.opened(0), 0, 0))
		}, want: EINVAL},
		{says: "a negative offset is inval", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, w.opened(0), -1, 1))
		}, want: EINVAL},
		{says: "an end beyond the largest file is fbig", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, w.opened(0), math.MaxInt64, 1))
		}, want: EFBIG},
		{says: "a directory is isdir", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, root, 0, 0))
		}, want: EISDIR},
		{says: "a stream is nodev", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, stdin, 0, 1))
		}, want: ENODEV},
		{says: "a read-only file system is rofs", do: func(w *world) Errno {
			fd := w.mustOpen(mount, "file", 0, 0, rightFdRead)
			d, _ := w.s.fds.get(fd)
			d.base.Store(uint64(rightFdRead | rightFdAllocate))
			return Errno(w.s.FdAllocate(w.in, fd, 0, 1))
		}, want: EROFS},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdAllocate(w.in, w.without(rightFdAllocate), 0, 1))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdAllocate(w.in, noFd, 0, 1)) }, want: EBADF},
	},
	"fd_close": {
		{says: "a closed descriptor is badf for every function", do: func(w *world) Errno {
			fd := w.opened(0)
			w.is(w.close(fd), Errno(0), "fd_close")
			w.is(second(w.read(fd, 1)), EBADF, "fd_read")
			return w.close(fd)
		}, want: EBADF},
		{says: "a preopen can be closed, and is gone then", do: func(w *world) Errno {
			w.is(w.close(root), Errno(0), "fd_close")
			w.is(Errno(w.s.FdPrestatGet(w.in, root, 64)), EBADF, "fd_prestat_get")
			return second(w.open(root, "file", 0, 0, 0))
		}, want: EBADF},
		{says: "standard streams can be closed; the host's remain open", do: func(w *world) Errno {
			for fd := range int32(3) {
				w.is(w.close(fd), Errno(0), "fd_close")
			}
			w.out.WriteString("host")
			return second(w.write(stdout, "x"))
		}, want: EBADF},
		{says: "the lowest free number is used again", do: func(w *world) Errno {
			a, _ := w.opened(0), w.opened(0)
			w.close(a)
			w.is(w.opened(0), a, "number")
			return 0
		}},
		{says: "descriptors opened below a directory outlive it", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir", oDirectory, 0, directoryRights)
			fd := w.mustOpen(sub, "nested/inner", 0, 0, rightFdRead)
			w.close(sub)
			got, e := w.read(fd, 10)
			w.is(got, "inner", "contents")
			return e
		}},
		{says: "-1 is badf", do: func(w *world) Errno { return w.close(-1) }, want: EBADF},
		{says: "the largest number is badf", do: func(w *world) Errno { return w.close(math.MaxInt32) }, want: EBADF},
	},
	"fd_datasync": {
		{says: "data of a file are synchronised", do: func(w *world) Errno {
			return Errno(w.s.FdDatasync(w.in, w.opened(0)))
		}},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdDatasync(w.in, w.without(rightFdDatasync)))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdDatasync(w.in, noFd)) }, want: EBADF},
	},
	"fd_fdstat_get": {
		{says: "a file has the type, flags and rights that it was opened with", do: func(w *world) Errno {
			const flags = flagAppend | flagSync | flagDsync | flagRsync | flagNonblock
			fd, e := w.open(root, "file", 0, flags, rightFdRead|rightFdWrite|rightPathFilestatGet)
			w.is(e, Errno(0), "path_open")
			typ, got, base, _ := w.fdstat(fd)
			w.is(typ, typeRegularFile, "type")
			w.is(got, flags, "flags")
			w.is(base, rightFdRead|rightFdWrite, "rights: none of path_* for a file, even if asked for")
			return 0
		}},
		{says: "a preopen has rights for directories, and lets files inherit all", do: func(w *world) Errno {
			typ, flags, base, inheriting := w.fdstat(root)
			w.is(typ, typeDirectory, "type")
			w.is(flags, fdflags(0), "flags")
			w.is(base, directoryRights, "base")
			w.is(base&(rightFdRead|rightFdWrite|rightFdSeek|rightFdFilestatSetSize), rights(0), "base of files")
			w.is(inheriting, inheritRights, "inheriting")
			return 0
		}},
		{says: "a standard stream has no rights to seek", do: func(w *world) Errno {
			for fd := range int32(3) {
				_, _, base, _ := w.fdstat(fd)
				w.is(base&(rightFdSeek|rightFdTell), rights(0), "rights")
			}
			return 0
		}},
		{says: "a listener is a stream socket", do: func(w *world) Errno {
			typ, _, base, _ := w.fdstat(socket)
			w.is(typ, typeSocketStream, "type")
			w.is(base&rightSockAccept, rightSockAccept, "rights")
			return 0
		}},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.FdFdstatGet(w.in, root, memoryEnd-23))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdFdstatGet(w.in, noFd, 64)) }, want: EBADF},
	},
	"fd_fdstat_set_flags": {
		{says: "append mode can be switched on and off", do: func(w *world) Errno {
			fd := w.mustOpen(root, "empty", 0, flagAppend, fileRights)
			for _, step := range []struct {
				flags fdflags
				text  string
			}{{flagAppend, "aaa"}, {flagAppend, "bbb"}, {0, "cc"}, {flagAppend | flagNonblock, "ddd"}} {
				w.is(Errno(w.s.FdFdstatSetFlags(w.in, fd, int32(step.flags))), Errno(0), "flags")
				_, flags, _, _ := w.fdstat(fd)
				w.is(flags, step.flags, "flags reported")
				w.seek(fd, 0, 0)
				w.write(fd, step.text)
			}
			w.hostFileIs("empty", "ccabbbddd")
			return 0
		}},
		{says: "sync can not be changed after opening", do: func(w *world) Errno {
			return Errno(w.s.FdFdstatSetFlags(w.in, w.opened(0), int32(flagSync)))
		}, want: ENOTSUP},
		{says: "an unknown flag is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFdstatSetFlags(w.in, w.opened(0), 32))
		}, want: EINVAL},
		{says: "a flag beyond 16 bits is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFdstatSetFlags(w.in, w.opened(0), 1<<16))
		}, want: EINVAL},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdFdstatSetFlags(w.in, w.without(rightFdFdstatSetFlags), 0))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdFdstatSetFlags(w.in, noFd, 0)) }, want: EBADF},
	},
	"fd_fdstat_set_rights": {
		{says: "rights are taken away, reported and enforced", do: func(w *world) Errno {
			fd := w.opened(0)
			w.is(w.narrow(fd, rightFdSeek|rightFdTell, 0), Errno(0), "fd_fdstat_set_rights")
			_, _, base, _ := w.fdstat(fd)
			w.is(base, rightFdSeek|rightFdTell, "base")
			w.is(second(w.write(fd, "x")), EBADF, "fd_write")
			w.is(second(w.seek(fd, 1, 0)), Errno(0), "fd_seek")
			return second(w.read(fd, 1))
		}, want: EBADF},
		{says: "rights can only be removed", do: func(w *world) Errno {
			fd := w.without(rightFdRead)
			return w.narrow(fd, fileRights, 0)
		}, want: ENOTCAPABLE},
		{says: "inheriting rights can only be removed", do: func(w *world) Errno {
			w.is(w.narrow(root, directoryRights, rightFdRead), Errno(0), "removal")
			return w.narrow(root, directoryRights, rightFdRead|rightFdWrite)
		}, want: ENOTCAPABLE},
		{says: "a refused change changes nothing", do: func(w *world) Errno {
			e := w.narrow(root, 0, allRights)
			_, _, base, _ := w.fdstat(root)
			w.is(base, directoryRights, "base")
			return e
		}, want: ENOTCAPABLE},
		{says: "files opened below inherit no more", do: func(w *world) Errno {
			w.narrow(root, directoryRights, inheritRights&^rightFdWrite)
			return second(w.open(root, "file", 0, 0, rightFdWrite))
		}, want: EPERM},
		{says: "unknown rights can not be had", do: func(w *world) Errno {
			return w.narrow(root, 1<<63, 0)
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return w.narrow(noFd, 0, 0) }, want: EBADF},
	},
	"fd_filestat_get": {
		{says: "a file's attributes", do: func(w *world) Errno {
			st := w.fstat(w.opened(0))
			w.is(st.size, uint64(5), "size")
			w.is(st.filetype, typeRegularFile, "type")
			w.is(st.nlink, uint64(1), "links")
			same, _ := w.stat(root, "file", 0)
			w.is(st, same, "that of the path")
			return 0
		}},
		{says: "different files have different numbers, of the same device", do: func(w *world) Errno {
			a, b := w.fstat(w.opened(0)), w.fstat(w.opened(0, "empty"))
			w.is(a.ino == b.ino, false, "same inode")
			w.is(a.dev, b.dev, "device")
			return 0
		}},
		{says: "a standard stream has size 0 and a type that isatty takes for no terminal", do: func(w *world) Errno {
			st := w.fstat(stdout)
			w.is(st.size, uint64(0), "size")
			w.is(st.filetype == typeCharacterDevice, false, "terminal")
			return 0
		}},
		{says: "a mount's file and directory, as by path", do: func(w *world) Errno {
			for _, name := range []string{"file", "dir"} {
				want, _ := w.stat(mount, name, 0)
				w.is(w.fstat(w.mustOpen(mount, name, 0, 0, rightFdFilestatGet)), want, name)
			}
			return 0
		}},
		{says: "a listener", do: func(w *world) Errno {
			w.is(w.fstat(socket).filetype, typeSocketStream, "type")
			return 0
		}},
		{says: "a directory", do: func(w *world) Errno {
			w.is(w.fstat(root).filetype, typeDirectory, "type")
			return 0
		}},
		{says: "it needs its right", do: func(w *world) Errno {
			return w.filestatErr(w.without(rightFdFilestatGet))
		}, want: ENOTCAPABLE},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.FdFilestatGet(w.in, root, memoryEnd-63))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return w.filestatErr(noFd) }, want: EBADF},
	},
	"fd_filestat_set_size": {
		{says: "a file grows with zeros and shrinks", do: func(w *world) Errno {
			fd := w.opened(0)
			for _, want := range []string{"hello\x00\x00", "he", ""} {
				w.is(Errno(w.s.FdFilestatSetSize(w.in, fd, int64(len(want)))), Errno(0), "size")
				w.hostFileIs("file", want)
			}
			return 0
		}},
		{says: "the position stays", do: func(w *world) Errno {
			fd := w.opened(0)
			w.seek(fd, 3, 0)
			w.s.FdFilestatSetSize(w.in, fd, 100)
			pos, e := w.tell(fd)
			w.is(pos, uint64(3), "position")
			return e
		}},
		{says: "a negative size is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetSize(w.in, w.opened(0), -1))
		}, want: EINVAL},
		{says: "a directory is isdir", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetSize(w.in, root, 0))
		}, want: EISDIR},
		{says: "a stream is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetSize(w.in, stdout, 0))
		}, want: EINVAL},
		{says: "a read-only preopen or mount is rofs", do: func(w *world) Errno {
			fd := w.mustOpen(mount, "file", 0, 0, rightFdRead|rightFdFilestatSetSize)
			w.is(Errno(w.s.FdFilestatSetSize(w.in, fd, 0)), EROFS, "mount")
			fd = w.mustOpen(readOnly, "file", 0, 0, rightFdRead|rightFdFilestatSetSize)
			return Errno(w.s.FdFilestatSetSize(w.in, fd, 0))
		}, want: EROFS},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetSize(w.in, w.without(rightFdFilestatSetSize), 0))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdFilestatSetSize(w.in, noFd, 0)) }, want: EBADF},
	},
	"fd_filestat_set_times": {
		{says: "each time is set, set to now, or left", do: func(w *world) Errno {
			fd := w.opened(0)
			set := func(a, m int64, flags int32) {
				w.is(Errno(w.s.FdFilestatSetTimes(w.in, fd, a, m, flags)), Errno(0), "fd_filestat_set_times")
			}
			set(1000, 5000, fstAtim|fstMtim)
			set(1, 6000, fstMtim)
			w.is(w.fstat(fd).mtim, uint64(6000), "mtim")
			if runtime.GOOS == "linux" {
				w.is(w.fstat(fd).atim, uint64(1000), "atim")
			}
			set(0, 0, fstMtimNow)
			w.is(w.fstat(fd).mtim, uint64(w.now.UnixNano()), "mtim now")
			set(7, 8, 0)
			w.is(w.fstat(fd).mtim, uint64(w.now.UnixNano()), "mtim untouched")
			return 0
		}},
		{says: "atim and atim_now together are inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, w.opened(0), 100, 200, fstAtim|fstAtimNow))
		}, want: EINVAL},
		{says: "mtim and mtim_now together are inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, w.opened(0), 100, 200, fstMtim|fstMtimNow))
		}, want: EINVAL},
		{says: "an unknown flag is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, w.opened(0), 0, 0, 16))
		}, want: EINVAL},
		{says: "a time that the host does not have is inval", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, w.opened(0), 0, -1, fstMtim))
		}, want: EINVAL},
		{says: "a directory has times", do: func(w *world) Errno {
			w.is(Errno(w.s.FdFilestatSetTimes(w.in, root, 0, 6000, fstMtim)), Errno(0), "fd_filestat_set_times")
			w.is(w.fstat(root).mtim, uint64(6000), "mtim")
			return 0
		}},
		{says: "a stream is badf", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, stdin, 0, 0, 0))
		}, want: EBADF},
		{says: "a read-only preopen or mount is rofs", do: func(w *world) Errno {
			file := w.mustOpen(mount, "file", 0, 0, rightFdRead|rightFdFilestatSetTimes)
			w.is(Errno(w.s.FdFilestatSetTimes(w.in, file, 0, 0, fstAtimNow)), EROFS, "file of a mount")
			w.is(Errno(w.s.FdFilestatSetTimes(w.in, mount, 0, 0, fstAtimNow)), EROFS, "mount")
			fd := w.mustOpen(readOnly, "file", 0, 0, rightFdRead|rightFdFilestatSetTimes)
			return Errno(w.s.FdFilestatSetTimes(w.in, fd, 0, 0, fstAtimNow))
		}, want: EROFS},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, w.without(rightFdFilestatSetTimes), 0, 0, fstAtimNow))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno {
			return Errno(w.s.FdFilestatSetTimes(w.in, noFd, 0, 0, 0))
		}, want: EBADF},
	},
	"fd_pread": {
		{says: "reads at the offset into all buffers and leaves the position", do: func(w *world) Errno {
			fd := w.opened(0)
			got, e := w.pread(fd, 1, 2, 0, 10)
			w.is(got, "ello", "bytes")
			pos, _ := w.tell(fd)
			w.is(pos, uint64(0), "position")
			return e
		}},
		{says: "behind the end there is nothing", do: func(w *world) Errno {
			got, e := w.pread(w.opened(0), 1<<40, 10)
			w.is(got, "", "bytes")
			return e
		}},
		{says: "a negative offset is inval", do: func(w *world) Errno {
			return second(w.pread(w.opened(0), -1, 1))
		}, want: EINVAL},
		{says: "a file of a mount", do: func(w *world) Errno {
			got, e := w.pread(w.mustOpen(mount, "file", 0, 0, rightFdRead|rightFdSeek), 3, 10)
			w.is(got, "lo", "bytes")
			return e
		}},
		{says: "a stream is spipe", do: func(w *world) Errno { return second(w.pread(stdin, 0, 1)) }, want: ESPIPE},
		{says: "a directory is isdir", do: func(w *world) Errno { return second(w.pread(root, 0, 1)) }, want: EISDIR},
		{says: "without fd_read it is badf", do: func(w *world) Errno {
			return second(w.pread(w.without(rightFdRead), 0, 1))
		}, want: EBADF},
		{says: "without fd_seek it is notcapable", do: func(w *world) Errno {
			return second(w.pread(w.without(rightFdSeek), 0, 1))
		}, want: ENOTCAPABLE},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.iovs(4)
			return Errno(w.s.FdPread(w.in, w.opened(0), p, n, 0, memoryEnd-3))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return second(w.pread(noFd, 0, 1)) }, want: EBADF},
	},
	"fd_prestat_dir_name": {
		{says: "the name, without a NUL", do: func(w *world) Errno {
			p := w.alloc(8)
			copy(w.bytes(p, 8), "????????")
			e := Errno(w.s.FdPrestatDirName(w.in, readOnly, p, 3))
			w.is(string(w.bytes(p, 8)), "/ro?????", "name")
			return e
		}},
		{says: "a longer buffer is fine", do: func(w *world) Errno {
			return Errno(w.s.FdPrestatDirName(w.in, readOnly, w.alloc(4), 4))
		}},
		{says: "a shorter buffer is nametoolong", do: func(w *world) Errno {
			return Errno(w.s.FdPrestatDirName(w.in, readOnly, w.alloc(4), 2))
		}, want: ENAMETOOLONG},
		{says: "what is no preopen is badf", do: func(w *world) Errno {
			w.is(Errno(w.s.FdPrestatDirName(w.in, stdin, 64, 8)), EBADF, "stream")
			w.is(Errno(w.s.FdPrestatDirName(w.in, w.opened(0), 64, 8)), EBADF, "file")
			return Errno(w.s.FdPrestatDirName(w.in, w.mustOpen(root, "dir", 0, 0, 0), 64, 8))
		}, want: EBADF},
		{says: "a buffer outside of memory is fault", do: func(w *world) Errno {
			return Errno(w.s.FdPrestatDirName(w.in, root, -1, 8))
		}, want: EFAULT},
	},
	"fd_prestat_get": {
		{says: "preopens follow the standard streams, until badf", do: func(w *world) Errno {
			var names []string
			for fd := root; ; fd++ {
				p := w.alloc(sizePrestat)
				if e := Errno(w.s.FdPrestatGet(w.in, fd, p)); e != 0 {
					w.is(strings.Join(names, " "), "/ /ro /fs", "names")
					return e
				}
				w.is(w.u32(p), uint32(0), "tag: dir")
				n := int32(w.u32(p + 4))
				buf := w.alloc(int(n))
				w.s.FdPrestatDirName(w.in, fd, buf, n)
				names = append(names, string(w.bytes(buf, int(n))))
			}
		}, want: EBADF},
		{says: "a standard stream is badf", do: func(w *world) Errno {
			return Errno(w.s.FdPrestatGet(w.in, stdin, 64))
		}, want: EBADF},
		{says: "a directory opened below is badf", do: func(w *world) Errno {
			return Errno(w.s.FdPrestatGet(w.in, w.mustOpen(root, ".", 0, 0, 0), 64))
		}, want: EBADF},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.FdPrestatGet(w.in, root, memoryEnd-7))
		}, want: EFAULT},
	},
	"fd_pwrite": {
		{says: "writes at the offset and leaves the position", do: func(w *world) Errno {
			fd := w.opened(0)
			n, e := w.pwrite(fd, 3, "L", "", "O!")
			w.is(n, 3, "written")
			w.hostFileIs("file", "helLO!")
			pos, _ := w.tell(fd)
			w.is(pos, uint64(0), "position")
			return e
		}},
		{says: "a gap is zeros", do: func(w *world) Errno {
			_, e := w.pwrite(w.opened(0), 7, "x")
			w.hostFileIs("file", "hello\x00\x00x")
			return e
		}},
		{says: "offsets beyond 4 GiB make sparse files", do: func(w *world) Errno {
			fd := w.opened(0)
			_, e := w.pwrite(fd, 5<<32, "far")
			w.is(w.fstat(fd).size, uint64(5<<32+3), "size")
			got, _ := w.pread(fd, 5<<32-1, 10)
			w.is(got, "\x00far", "bytes")
			return e
		}},
		{says: "in append mode it writes at the end, as pwritev of Linux, and leaves the position", do: func(w *world) Errno {
			fd := w.opened(flagAppend)
			w.write(fd, "12")
			w.is(second(w.pwrite(fd, 0, "34")), Errno(0), "fd_pwrite")
			pos, e := w.tell(fd)
			w.is(pos, uint64(7), "position")
			if !portable() {
				w.hostFileIs("file", "hello1234")
			}
			return e
		}},
		{says: "a negative offset is inval", do: func(w *world) Errno {
			return second(w.pwrite(w.opened(0), -1, "x"))
		}, want: EINVAL},
		{says: "an end beyond the largest file is fbig or inval", do: func(w *world) Errno {
			e := second(w.pwrite(w.opened(0), math.MaxInt64, "x"))
			w.is(e == EFBIG || e == EINVAL, true, e.Error())
			return 0
		}},
		{says: "a stream is spipe", do: func(w *world) Errno { return second(w.pwrite(stdout, 0, "x")) }, want: ESPIPE},
		{says: "a file of a mount is badf", do: func(w *world) Errno {
			return second(w.pwrite(w.mustOpen(mount, "file", 0, 0, rightFdRead|rightFdSeek), 0, "x"))
		}, want: EBADF},
		{says: "a directory is isdir", do: func(w *world) Errno {
			return second(w.pwrite(root, 0, "x"))
		}, want: EISDIR},
		{says: "without fd_write it is badf", do: func(w *world) Errno {
			return second(w.pwrite(w.without(rightFdWrite), 0, "x"))
		}, want: EBADF},
		{says: "without fd_seek it is notcapable", do: func(w *world) Errno {
			return second(w.pwrite(w.without(rightFdSeek), 0, "x"))
		}, want: ENOTCAPABLE},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.iovStrings("x")
			e := Errno(w.s.FdPwrite(w.in, w.opened(0), p, n, 0, memoryEnd-3))
			w.hostFileIs("file", "hello")
			return e
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return second(w.pwrite(noFd, 0, "x")) }, want: EBADF},
	},
	"fd_read": {
		{says: "fills the buffers in order and moves the position", do: func(w *world) Errno {
			fd := w.opened(0)
			got, e := w.read(fd, 2, 0, 1)
			w.is(got, "hel", "bytes")
			pos, _ := w.tell(fd)
			w.is(pos, uint64(3), "position")
			return e
		}},
		{says: "at the end there is nothing", do: func(w *world) Errno {
			fd := w.opened(0)
			w.read(fd, 10)
			got, e := w.read(fd, 10)
			w.is(got, "", "bytes")
			return e
		}},
		{says: "no buffers are no error", do: func(w *world) Errno { return second(w.read(w.opened(0))) }},
		{says: "standard input", do: func(w *world) Errno {
			got, e := w.read(stdin, 3, 10)
			w.is(got, "input", "bytes")
			return e
		}},
		{says: "a file of a mount", do: func(w *world) Errno {
			fd := w.mustOpen(mount, "file", 0, 0, rightFdRead)
			got, e := w.read(fd, 4)
			w.is(got, "hell", "bytes")
			got, _ = w.read(fd, 4)
			w.is(got, "o", "bytes")
			return e
		}},
		{says: "overlapping buffers are filled one after the other", do: func(w *world) Errno {
			p, n := w.iovs(4, 4)
			first := w.u32(p)
			le.PutUint32(w.bytes(p+8, 4), first+2)
			res := w.alloc(4)
			e := Errno(w.s.FdRead(w.in, w.opened(0), p, n, res))
			w.is(w.u32(res), uint32(5), "read")
			w.is(string(w.bytes(int32(first), 4)), "heol"[:2]+"ol", "bytes")
			return e
		}},
		{says: "a huge array of huge, overlapping buffers", do: func(w *world) Errno {
			const many = 4096 // 1 GiB in all
			iovs, res := w.alloc(many*sizeIovec), w.alloc(4)
			for i := range int32(many) {
				le.PutUint32(w.bytes(iovs+i*sizeIovec, 4), uint32(memoryEnd/2))
				le.PutUint32(w.bytes(iovs+i*sizeIovec+4, 4), uint32(memoryEnd/2))
			}
			e := Errno(w.s.FdRead(w.in, w.opened(0), iovs, many, res))
			w.is(w.u32(res), uint32(5), "read")
			return e
		}},
		{says: "a buffer outside of memory is fault, and nothing is read", do: func(w *world) Errno {
			fd := w.opened(0)
			p, n := w.iovs(2, 2)
			le.PutUint32(w.bytes(p+12, 4), math.MaxUint32)
			e := Errno(w.s.FdRead(w.in, fd, p, n, w.alloc(4)))
			pos, _ := w.tell(fd)
			w.is(pos, uint64(0), "position")
			return e
		}, want: EFAULT},
		{says: "an array outside of memory is fault", do: func(w *world) Errno {
			return Errno(w.s.FdRead(w.in, w.opened(0), -8, 1, 64))
		}, want: EFAULT},
		{says: "an array that wraps around memory is fault", do: func(w *world) Errno {
			return Errno(w.s.FdRead(w.in, w.opened(0), 64, -1, 64))
		}, want: EFAULT},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.iovs(4)
			return Errno(w.s.FdRead(w.in, w.opened(0), p, n, -1))
		}, want: EFAULT},
		{says: "a directory is isdir", do: func(w *world) Errno { return second(w.read(root, 1)) }, want: EISDIR},
		{says: "standard output is badf", do: func(w *world) Errno { return second(w.read(stdout, 1)) }, want: EBADF},
		{says: "a listener is badf", do: func(w *world) Errno { return second(w.read(socket, 1)) }, want: EBADF},
		{says: "without its right a file is as if not open for reading: badf", do: func(w *world) Errno {
			return second(w.read(w.mustOpen(root, "file", 0, 0, rightFdWrite), 1))
		}, want: EBADF},
		{says: notOpen, do: func(w *world) Errno { return second(w.read(noFd, 1)) }, want: EBADF},
	},
	"fd_readdir": {
		{says: `an empty directory has "." and ".."`, do: func(w *world) Errno {
			fd := w.mustOpen(root, "vacant", oDirectory, 0, directoryRights)
			list, end := w.readdir(fd, 256, 0)
			w.is(end, true, "end")
			w.is(len(list), 2, "entries")
			w.is(list[0].name+" "+list[1].name, ". ..", "names")
			w.is(list[0].ino, w.fstat(fd).ino, "inode of .")
			w.is(list[1].typ, typeDirectory, "type of ..")
			if !portable() {
				w.is(list[1].ino, w.fstat(root).ino, "inode of ..")
			}
			return 0
		}},
		{says: `".." of a preopen is the preopen`, do: func(w *world) Errno {
			list, _ := w.readdir(root, 4096, 0)
			w.is(list[1].ino, w.fstat(root).ino, "inode")
			return 0
		}},
		{says: "entries have type and inode number of the file, links their own", do: func(w *world) Errno {
			list, _ := w.readdir(root, 4096, 0)
			for _, e := range list[2:] {
				st, errno := w.stat(root, e.name, 0)
				w.is(errno, Errno(0), e.name)
				w.is(e.ino, st.ino, e.name)
				w.is(e.typ, st.filetype, e.name)
			}
			w.is(len(list), 17, "entries")
			return 0
		}},
		{says: "a cookie continues behind its entry, whatever comes and goes", do: func(w *world) Errno {
			for i := range 300 {
				writeFile(w.t, w.dir, "vacant", "f"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26), "")
			}
			fd := w.mustOpen(root, "vacant", oDirectory, 0, directoryRights)
			seen := map[string]int{}
			var cookie uint64
			for end := false; !end; {
				var list []entry
				list, end = w.readdir(fd, 512, cookie)
				for _, e := range list {
					seen[e.name]++
					cookie = e.next
				}
				w.path1(w.s.PathUnlinkFile, fd, list[0].name) // those seen
				writeFile(w.t, w.dir, "vacant", "a"+list[0].name, "")
			}
			w.is(len(seen), 302, "names")
			for name, n := range seen {
				w.is(n, 1, name)
			}
			return 0
		}},
		{says: "cookie 0 begins anew", do: func(w *world) Errno {
			fd := w.mustOpen(root, "vacant", oDirectory, 0, directoryRights)
			w.readdir(fd, 4096, 0)
			writeFile(w.t, w.dir, "vacant", "new", "")
			list, _ := w.readdir(fd, 4096, 0)
			w.is(len(list), 3, "entries")
			return 0
		}},
		{says: "an entry that does not fit is cut, and the buffer full", do: func(w *world) Errno {
			buf, res := w.alloc(30), w.alloc(4)
			e := Errno(w.s.FdReaddir(w.in, root, buf, 30, 0, res))
			w.is(w.u32(res), uint32(30), "used")
			return e
		}},
		{says: "a cookie that was not given is inval", do: func(w *world) Errno {
			return Errno(w.s.FdReaddir(w.in, root, w.alloc(64), 64, 1<<40, w.alloc(4)))
		}, want: EINVAL},
		{says: "a mount", do: func(w *world) Errno {
			list, _ := w.readdir(mount, 4096, 0)
			w.is(len(list), 4, "entries")
			w.is(list[2].name, "dir", "name")
			w.is(list[2].typ, typeDirectory, "type")
			st, _ := w.stat(mount, "file", 0)
			w.is(list[3].ino, st.ino, "inode")
			return 0
		}},
		{says: "a file is notdir", do: func(w *world) Errno {
			return Errno(w.s.FdReaddir(w.in, w.opened(0), 64, 64, 0, w.alloc(4)))
		}, want: ENOTDIR},
		{says: "it needs its right", do: func(w *world) Errno {
			w.narrow(root, directoryRights&^rightFdReaddir, 0)
			return Errno(w.s.FdReaddir(w.in, root, 64, 64, 0, w.alloc(4)))
		}, want: ENOTCAPABLE},
		{says: "a buffer outside of memory is fault", do: func(w *world) Errno {
			return Errno(w.s.FdReaddir(w.in, root, 64, -1, 0, 64))
		}, want: EFAULT},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.FdReaddir(w.in, root, 64, 64, 0, memoryEnd-3))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno {
			return Errno(w.s.FdReaddir(w.in, noFd, 64, 64, 0, 64))
		}, want: EBADF},
	},
	"fd_renumber": {
		{says: "the descriptor moves with all its state, and its old number is closed", do: func(w *world) Errno {
			a, b := w.opened(flagAppend), w.opened(0, "empty")
			w.is(Errno(w.s.FdRenumber(w.in, a, b)), Errno(0), "fd_renumber")
			_, flags, base, _ := w.fdstat(b)
			w.is(flags, flagAppend, "flags")
			w.is(base, fileRights, "rights")
			w.write(b, "!")
			w.hostFileIs("file", "hello!")
			return w.close(a)
		}, want: EBADF},
		{says: "over a preopen", do: func(w *world) Errno {
			sub := w.mustOpen(root, "dir", oDirectory, 0, directoryRights)
			st := w.fstat(sub)
			w.is(Errno(w.s.FdRenumber(w.in, sub, root)), Errno(0), "fd_renumber")
			w.is(w.fstat(root).ino, st.ino, "inode")
			return w.filestatErr(sub)
		}, want: EBADF},
		{says: "a preopen, which stays one", do: func(w *world) Errno {
			fd := w.opened(0)
			w.is(Errno(w.s.FdRenumber(w.in, root, fd)), Errno(0), "fd_renumber")
			return Errno(w.s.FdPrestatGet(w.in, fd, 64))
		}},
		{says: "standard streams, both ways", do: func(w *world) Errno {
			for fd := range int32(3) {
				to := w.opened(0)
				w.is(Errno(w.s.FdRenumber(w.in, fd, to)), Errno(0), "from")
				w.is(w.filestatErr(fd), EBADF, "closed")
				w.is(w.filestatErr(to), Errno(0), "moved")
				w.is(Errno(w.s.FdRenumber(w.in, w.opened(0, "empty"), to)), Errno(0), "over")
			}
			return 0
		}},
		{says: "to itself nothing happens", do: func(w *world) Errno {
			fd := w.opened(0)
			w.is(Errno(w.s.FdRenumber(w.in, fd, fd)), Errno(0), "fd_renumber")
			return second(w.read(fd, 1))
		}},
		{says: "a target that is not open is badf, and the source stays", do: func(w *world) Errno {
			fd := w.opened(0)
			w.is(Errno(w.s.FdRenumber(w.in, fd, noFd)), EBADF, "to a free number")
			w.is(Errno(w.s.FdRenumber(w.in, fd, -1)), EBADF, "to -1")
			w.is(Errno(w.s.FdRenumber(w.in, fd, math.MaxInt32)), EBADF, "to the largest")
			return second(w.read(fd, 1))
		}},
		{says: "a source that is not open is badf", do: func(w *world) Errno {
			return Errno(w.s.FdRenumber(w.in, noFd, root))
		}, want: EBADF},
	},
	"fd_seek": {
		{says: "from the start, the position, and the end", do: func(w *world) Errno {
			fd := w.opened(0)
			for _, tt := range []struct {
				offset int64
				whence int32
				want   uint64
			}{{2, 0, 2}, {2, 1, 4}, {-1, 1, 3}, {-5, 2, 0}, {100, 2, 105}, {1 << 40, 0, 1 << 40}} {
				got, e := w.seek(fd, tt.offset, tt.whence)
				w.is(e, Errno(0), "fd_seek")
				w.is(got, tt.want, "position")
			}
			return 0
		}},
		{says: "before the start is inval, and the position stays", do: func(w *world) Errno {
			fd := w.opened(0)
			w.seek(fd, 3, 0)
			w.is(second(w.seek(fd, -1, 0)), EINVAL, "set")
			w.is(second(w.seek(fd, -4, 1)), EINVAL, "cur")
			e := second(w.seek(fd, -6, 2))
			pos, _ := w.tell(fd)
			w.is(pos, uint64(3), "position")
			return e
		}, want: EINVAL},
		{says: "before the start of a mount's file is inval", do: func(w *world) Errno {
			return second(w.seek(w.mustOpen(mount, "file", 0, 0, fileRights&^writeRights), -6, 2))
		}, want: EINVAL},
		{says: "an unknown whence is inval", do: func(w *world) Errno {
			w.is(second(w.seek(w.opened(0), 0, -1)), EINVAL, "-1")
			return second(w.seek(w.opened(0), 0, 3))
		}, want: EINVAL},
		{says: "a stream is spipe", do: func(w *world) Errno { return second(w.seek(stdin, 0, 0)) }, want: ESPIPE},
		{says: "a socket is spipe", do: func(w *world) Errno { return second(w.seek(socket, 0, 0)) }, want: ESPIPE},
		{says: "a directory is badf", do: func(w *world) Errno { return second(w.seek(root, 0, 1)) }, want: EBADF},
		{says: "it needs its right", do: func(w *world) Errno {
			return second(w.seek(w.without(rightFdSeek), 0, 0))
		}, want: ENOTCAPABLE},
		{says: "asking for the position needs only fd_tell", do: func(w *world) Errno {
			return second(w.seek(w.without(rightFdSeek), 0, 1))
		}},
		{says: badResult, do: func(w *world) Errno {
			fd := w.opened(0)
			e := Errno(w.s.FdSeek(w.in, fd, 3, 0, memoryEnd-7))
			pos, _ := w.tell(fd)
			w.is(pos, uint64(0), "position")
			return e
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return second(w.seek(noFd, 0, 0)) }, want: EBADF},
	},
	"fd_sync": {
		{says: "a file is synchronised", do: func(w *world) Errno { return Errno(w.s.FdSync(w.in, w.opened(0))) }},
		{says: "a directory is synchronised", do: func(w *world) Errno { return Errno(w.s.FdSync(w.in, root)) }},
		{says: "standard output has nothing to wait for", do: func(w *world) Errno {
			return Errno(w.s.FdSync(w.in, stdout))
		}},
		{says: "it needs its right", do: func(w *world) Errno {
			return Errno(w.s.FdSync(w.in, w.without(rightFdSync)))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.FdSync(w.in, noFd)) }, want: EBADF},
	},
	"fd_tell": {
		{says: "the position", do: func(w *world) Errno {
			fd := w.opened(0)
			w.read(fd, 2)
			pos, e := w.tell(fd)
			w.is(pos, uint64(2), "position")
			return e
		}},
		{says: "fd_seek implies its right", do: func(w *world) Errno { return second(w.tell(w.without(rightFdTell))) }},
		{says: "without both rights it is notcapable", do: func(w *world) Errno {
			return second(w.tell(w.without(rightFdTell | rightFdSeek)))
		}, want: ENOTCAPABLE},
		{says: "a stream is spipe", do: func(w *world) Errno { return second(w.tell(stdout)) }, want: ESPIPE},
		{says: "a directory is badf", do: func(w *world) Errno { return second(w.tell(root)) }, want: EBADF},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.FdTell(w.in, w.opened(0), memoryEnd-7))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return second(w.tell(noFd)) }, want: EBADF},
	},
	"fd_write": {
		{says: "writes the buffers in order and moves the position", do: func(w *world) Errno {
			fd := w.opened(0)
			n, e := w.write(fd, "H", "", "EY")
			w.is(n, 3, "written")
			w.hostFileIs("file", "HEYlo")
			pos, _ := w.tell(fd)
			w.is(pos, uint64(3), "position")
			return e
		}},
		{says: "what is written can be read at once by another descriptor", do: func(w *world) Errno {
			a, b := w.opened(0, "empty"), w.opened(0, "empty")
			w.write(a, "x")
			got, e := w.read(b, 10)
			w.is(got, "x", "bytes")
			return e
		}},
		{says: "in append mode data go to the end", do: func(w *world) Errno {
			fd := w.opened(flagAppend)
			w.write(fd, "1")
			w.seek(fd, 0, 0)
			_, e := w.write(fd, "2", "3")
			w.hostFileIs("file", "hello123")
			return e
		}},
		{says: "standard output and error output", do: func(w *world) Errno {
			w.write(stdout, "out ", "put")
			_, e := w.write(stderr, "!")
			w.is(w.out.String(), "out put!", "output")
			return e
		}},
		{says: "more than 1024 buffers are written in part", do: func(w *world) Errno {
			const many = 3000
			iovs, res := w.alloc(many*sizeIovec), w.alloc(4)
			for i := range int32(many) {
				le.PutUint32(w.bytes(iovs+i*sizeIovec+4, 4), 1)
			}
			e := Errno(w.s.FdWrite(w.in, w.opened(0, "empty"), iovs, many, res))
			w.is(w.u32(res), uint32(iovMax), "written")
			return e
		}},
		{says: "a buffer outside of memory is fault, and nothing is written", do: func(w *world) Errno {
			p, n := w.iovStrings("abc", "def")
			le.PutUint32(w.bytes(p+12, 4), math.MaxUint32)
			e := Errno(w.s.FdWrite(w.in, w.opened(0), p, n, w.alloc(4)))
			w.hostFileIs("file", "hello")
			return e
		}, want: EFAULT},
		{says: "an array that ends outside of memory is fault", do: func(w *world) Errno {
			return Errno(w.s.FdWrite(w.in, w.opened(0), memoryEnd-8, 2, 64))
		}, want: EFAULT},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.iovStrings("x")
			e := Errno(w.s.FdWrite(w.in, w.opened(0), p, n, memoryEnd-3))
			w.hostFileIs("file", "hello")
			return e
		}, want: EFAULT},
		{says: "a directory is isdir", do: func(w *world) Errno { return second(w.write(root, "x")) }, want: EISDIR},
		{says: "standard input is badf", do: func(w *world) Errno { return second(w.write(stdin, "x")) }, want: EBADF},
		{says: "a file of a mount is badf", do: func(w *world) Errno {
			return second(w.write(w.mustOpen(mount, "file", 0, 0, rightFdRead), "x"))
		}, want: EBADF},
		{says: "without its right a file is as if not open for writing: badf", do: func(w *world) Errno {
			return second(w.write(w.mustOpen(root, "file", 0, 0, rightFdRead), "x"))
		}, want: EBADF},
		{says: notOpen, do: func(w *world) Errno { return second(w.write(noFd, "x")) }, want: EBADF},
	},
})

// removed is a rule's check that the host has no file.
func (w *world) removed(name string) {
	w.t.Helper()
	if _, err := os.Lstat(filepath.Join(w.dir, name)); !os.IsNotExist(err) {
		w.t.Errorf("%s is there: %v", name, err)
	}
}
