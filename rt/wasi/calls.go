package wasi

import "github.com/wasm2go/wasm2go/rt"

// The functions of wasi_snapshot_preview1, each of which returns an errno. With a Config.Hook they go through hooked.

// ArgsGet is args_get: it writes the arguments.
func (s *System) ArgsGet(in *rt.Instance, argv, argvBuf int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "args_get", func() int32 { return s.argsGet(in, argv, argvBuf) }, argv, argvBuf)
	}
	return s.argsGet(in, argv, argvBuf)
}

// ArgsSizesGet is args_sizes_get: it says how much room args_get needs.
func (s *System) ArgsSizesGet(in *rt.Instance, count, size int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "args_sizes_get", func() int32 {
			return s.argsSizesGet(in, count, size)
		}, count, size)
	}
	return s.argsSizesGet(in, count, size)
}

// ClockResGet is clock_res_get: it tells a clock's resolution.
func (s *System) ClockResGet(in *rt.Instance, id, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "clock_res_get", func() int32 { return s.clockResGet(in, id, result) }, id, result)
	}
	return s.clockResGet(in, id, result)
}

// ClockTimeGet is clock_time_get: it reads a clock; precision asks for nothing that is not given anyway.
func (s *System) ClockTimeGet(in *rt.Instance, id int32, precision int64, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "clock_time_get", func() int32 {
			return s.clockTimeGet(in, id, precision, result)
		}, id, precision, result)
	}
	return s.clockTimeGet(in, id, precision, result)
}

// EnvironGet is environ_get: it writes the environment.
func (s *System) EnvironGet(in *rt.Instance, environ, environBuf int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "environ_get", func() int32 {
			return s.environGet(in, environ, environBuf)
		}, environ, environBuf)
	}
	return s.environGet(in, environ, environBuf)
}

// EnvironSizesGet is environ_sizes_get: it says how much room environ_get needs.
func (s *System) EnvironSizesGet(in *rt.Instance, count, size int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "environ_sizes_get", func() int32 {
			return s.environSizesGet(in, count, size)
		}, count, size)
	}
	return s.environSizesGet(in, count, size)
}

// FdAdvise is fd_advise: it announces how a file will be used; the advice is checked and not taken.
func (s *System) FdAdvise(in *rt.Instance, fd int32, offset, n int64, advice int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_advise", func() int32 {
			return s.fdAdvise(in, fd, offset, n, advice)
		}, fd, offset, n, advice)
	}
	return s.fdAdvise(in, fd, offset, n, advice)
}

// FdAllocate is fd_allocate: it sees that a part of a file has space.
func (s *System) FdAllocate(in *rt.Instance, fd int32, offset, n int64) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_allocate", func() int32 {
			return s.fdAllocate(in, fd, offset, n)
		}, fd, offset, n)
	}
	return s.fdAllocate(in, fd, offset, n)
}

// FdClose is fd_close: it closes a descriptor; calls that block on it end with EBADF.
func (s *System) FdClose(in *rt.Instance, fd int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_close", func() int32 { return s.fdClose(in, fd) }, fd)
	}
	return s.fdClose(in, fd)
}

// FdDatasync is fd_datasync: it waits until a file's data are on its medium.
func (s *System) FdDatasync(in *rt.Instance, fd int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_datasync", func() int32 { return s.fdDatasync(in, fd) }, fd)
	}
	return s.fdDatasync(in, fd)
}

// FdFdstatGet is fd_fdstat_get: it tells type, flags and rights of a descriptor.
func (s *System) FdFdstatGet(in *rt.Instance, fd, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_fdstat_get", func() int32 { return s.fdFdstatGet(in, fd, result) }, fd, result)
	}
	return s.fdFdstatGet(in, fd, result)
}

// FdFdstatSetFlags is fd_fdstat_set_flags: it sets a descriptor's flags.
func (s *System) FdFdstatSetFlags(in *rt.Instance, fd, flags int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_fdstat_set_flags", func() int32 {
			return s.fdFdstatSetFlags(in, fd, flags)
		}, fd, flags)
	}
	return s.fdFdstatSetFlags(in, fd, flags)
}

// FdFdstatSetRights is fd_fdstat_set_rights: it takes rights away from a descriptor.
func (s *System) FdFdstatSetRights(in *rt.Instance, fd int32, base, inheriting int64) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_fdstat_set_rights", func() int32 {
			return s.fdFdstatSetRights(in, fd, base, inheriting)
		}, fd, base, inheriting)
	}
	return s.fdFdstatSetRights(in, fd, base, inheriting)
}

// FdFilestatGet is fd_filestat_get: it tells the attributes of a file.
func (s *System) FdFilestatGet(in *rt.Instance, fd, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_filestat_get", func() int32 {
			return s.fdFilestatGet(in, preview1, fd, result)
		}, fd, result)
	}
	return s.fdFilestatGet(in, preview1, fd, result)
}

// FdFilestatSetSize is fd_filestat_set_size: it sets a file's size.
func (s *System) FdFilestatSetSize(in *rt.Instance, fd int32, size int64) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_filestat_set_size", func() int32 {
			return s.fdFilestatSetSize(in, fd, size)
		}, fd, size)
	}
	return s.fdFilestatSetSize(in, fd, size)
}

// FdFilestatSetTimes is fd_filestat_set_times: it sets a file's times.
func (s *System) FdFilestatSetTimes(in *rt.Instance, fd int32, atim, mtim int64, flags int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_filestat_set_times", func() int32 {
			return s.fdFilestatSetTimes(in, fd, atim, mtim, flags)
		}, fd, atim, mtim, flags)
	}
	return s.fdFilestatSetTimes(in, fd, atim, mtim, flags)
}

// FdPread is fd_pread: it reads at an offset.
func (s *System) FdPread(in *rt.Instance, fd, iovs, iovsLen int32, offset int64, nread int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_pread", func() int32 {
			return s.fdPread(in, fd, iovs, iovsLen, offset, nread)
		}, fd, iovs, iovsLen, offset, nread)
	}
	return s.fdPread(in, fd, iovs, iovsLen, offset, nread)
}

// FdPrestatDirName is fd_prestat_dir_name: it writes a preopen's name.
func (s *System) FdPrestatDirName(in *rt.Instance, fd, path, pathLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_prestat_dir_name", func() int32 {
			return s.fdPrestatDirName(in, fd, path, pathLen)
		}, fd, path, pathLen)
	}
	return s.fdPrestatDirName(in, fd, path, pathLen)
}

// FdPrestatGet is fd_prestat_get: it tells whether a descriptor is a preopen; programs count from 3 until this is EBADF.
func (s *System) FdPrestatGet(in *rt.Instance, fd, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_prestat_get", func() int32 {
			return s.fdPrestatGet(in, fd, result)
		}, fd, result)
	}
	return s.fdPrestatGet(in, fd, result)
}

// FdPwrite is fd_pwrite: it writes at an offset, or at the end in append mode.
func (s *System) FdPwrite(in *rt.Instance, fd, iovs, iovsLen int32, offset int64, nwritten int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_pwrite", func() int32 {
			return s.fdPwrite(in, fd, iovs, iovsLen, offset, nwritten)
		}, fd, iovs, iovsLen, offset, nwritten)
	}
	return s.fdPwrite(in, fd, iovs, iovsLen, offset, nwritten)
}

// FdRead is fd_read: it reads.
func (s *System) FdRead(in *rt.Instance, fd, iovs, iovsLen, nread int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_read", func() int32 {
			return s.fdRead(in, fd, iovs, iovsLen, nread)
		}, fd, iovs, iovsLen, nread)
	}
	return s.fdRead(in, fd, iovs, iovsLen, nread)
}

// FdReaddir is fd_readdir: it reads entries of a directory.
func (s *System) FdReaddir(in *rt.Instance, fd, buf, bufLen int32, cookie int64, nread int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_readdir", func() int32 {
			return s.fdReaddir(in, fd, buf, bufLen, cookie, nread)
		}, fd, buf, bufLen, cookie, nread)
	}
	return s.fdReaddir(in, fd, buf, bufLen, cookie, nread)
}

// FdRenumber is fd_renumber: it moves a descriptor over another one, which is closed.
func (s *System) FdRenumber(in *rt.Instance, fd, to int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_renumber", func() int32 { return s.fdRenumber(in, fd, to) }, fd, to)
	}
	return s.fdRenumber(in, fd, to)
}

// FdSeek is fd_seek: it moves the position; asking for it needs only the right to that.
func (s *System) FdSeek(in *rt.Instance, fd int32, offset int64, whence, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_seek", func() int32 {
			return s.fdSeek(in, fd, offset, whence, result)
		}, fd, offset, whence, result)
	}
	return s.fdSeek(in, fd, offset, whence, result)
}

// FdSync is fd_sync: it waits until a file is on its medium.
func (s *System) FdSync(in *rt.Instance, fd int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_sync", func() int32 { return s.fdSync(in, fd) }, fd)
	}
	return s.fdSync(in, fd)
}

// FdTell is fd_tell: it tells the position.
func (s *System) FdTell(in *rt.Instance, fd, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_tell", func() int32 { return s.fdTell(in, fd, result) }, fd, result)
	}
	return s.fdTell(in, fd, result)
}

// FdWrite is fd_write: it writes.
func (s *System) FdWrite(in *rt.Instance, fd, iovs, iovsLen, nwritten int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "fd_write", func() int32 {
			return s.fdWrite(in, fd, iovs, iovsLen, nwritten)
		}, fd, iovs, iovsLen, nwritten)
	}
	return s.fdWrite(in, fd, iovs, iovsLen, nwritten)
}

// PathCreateDirectory is path_create_directory: it makes a directory.
func (s *System) PathCreateDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_create_directory", func() int32 {
			return s.pathCreateDirectory(in, fd, path, pathLen)
		}, fd, path, pathLen)
	}
	return s.pathCreateDirectory(in, fd, path, pathLen)
}

// PathFilestatGet is path_filestat_get: it tells the attributes of a file.
func (s *System) PathFilestatGet(in *rt.Instance, fd, flags, path, pathLen, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_filestat_get", func() int32 {
			return s.pathFilestatGet(in, preview1, fd, flags, path, pathLen, result)
		}, fd, flags, path, pathLen, result)
	}
	return s.pathFilestatGet(in, preview1, fd, flags, path, pathLen, result)
}

// PathFilestatSetTimes is path_filestat_set_times: it sets a file's times.
func (s *System) PathFilestatSetTimes(in *rt.Instance, fd, flags, path, pathLen int32, atim,
	mtim int64, fst int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_filestat_set_times", func() int32 {
			return s.pathFilestatSetTimes(in, fd, flags, path, pathLen, atim, mtim, fst)
		}, fd, flags, path, pathLen, atim, mtim, fst)
	}
	return s.pathFilestatSetTimes(in, fd, flags, path, pathLen, atim, mtim, fst)
}

// PathLink is path_link: it makes a hard link.
func (s *System) PathLink(in *rt.Instance, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_link", func() int32 {
			return s.pathLink(in, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen)
		}, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen)
	}
	return s.pathLink(in, oldFd, oldFlags, oldPath, oldLen, newFd, newPath, newLen)
}

// PathOpen is path_open: it opens or creates a file.
func (s *System) PathOpen(in *rt.Instance, dirfd, dirflags, path, pathLen, oflags int32,
	rightsBase, rightsInheriting int64, flags, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_open", func() int32 {
			return s.pathOpen(in, dirfd, dirflags, path, pathLen, oflags, rightsBase, rightsInheriting, flags, result)
		}, dirfd, dirflags, path, pathLen, oflags, rightsBase, rightsInheriting, flags, result)
	}
	return s.pathOpen(in, dirfd, dirflags, path, pathLen, oflags, rightsBase, rightsInheriting, flags, result)
}

// PathReadlink is path_readlink: it tells the target of a link; what does not fit is cut off.
func (s *System) PathReadlink(in *rt.Instance, fd, path, pathLen, buf, bufLen, nread int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_readlink", func() int32 {
			return s.pathReadlink(in, fd, path, pathLen, buf, bufLen, nread)
		}, fd, path, pathLen, buf, bufLen, nread)
	}
	return s.pathReadlink(in, fd, path, pathLen, buf, bufLen, nread)
}

// PathRemoveDirectory is path_remove_directory: it removes an empty directory.
func (s *System) PathRemoveDirectory(in *rt.Instance, fd, path, pathLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_remove_directory", func() int32 {
			return s.pathRemoveDirectory(in, fd, path, pathLen)
		}, fd, path, pathLen)
	}
	return s.pathRemoveDirectory(in, fd, path, pathLen)
}

// PathRename is path_rename: it renames.
func (s *System) PathRename(in *rt.Instance, fd, oldPath, oldLen, newFd, newPath, newLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_rename", func() int32 {
			return s.pathRename(in, fd, oldPath, oldLen, newFd, newPath, newLen)
		}, fd, oldPath, oldLen, newFd, newPath, newLen)
	}
	return s.pathRename(in, fd, oldPath, oldLen, newFd, newPath, newLen)
}

// PathSymlink is path_symlink: it makes a link. Absolute targets are refused, as they would mean different files to guest
// and host.
func (s *System) PathSymlink(in *rt.Instance, target, targetLen, fd, path, pathLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_symlink", func() int32 {
			return s.pathSymlink(in, target, targetLen, fd, path, pathLen)
		}, target, targetLen, fd, path, pathLen)
	}
	return s.pathSymlink(in, target, targetLen, fd, path, pathLen)
}

// PathUnlinkFile is path_unlink_file: it removes a file that is no directory.
func (s *System) PathUnlinkFile(in *rt.Instance, fd, path, pathLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "path_unlink_file", func() int32 {
			return s.pathUnlinkFile(in, fd, path, pathLen)
		}, fd, path, pathLen)
	}
	return s.pathUnlinkFile(in, fd, path, pathLen)
}

// PollOneoff is poll_oneoff: it waits for clocks and descriptors.
func (s *System) PollOneoff(in *rt.Instance, subs, events, n, nevents int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "poll_oneoff", func() int32 {
			return code(s.poll(in, preview1, subs, events, uint32(n), nevents))
		}, subs, events, n, nevents)
	}
	return code(s.poll(in, preview1, subs, events, uint32(n), nevents))
}

// ProcExit is proc_exit: it ends the program: the call into the guest returns an *rt.ExitError.
func (s *System) ProcExit(in *rt.Instance, status int32) {
	if s.cfg.Hook != nil {
		s.hooked(in, &preview1, "proc_exit", nil, status)
	}
	rt.Exit(uint32(status))
}

// ProcRaise is proc_raise: the signal does what it does to a program that handles none.
func (s *System) ProcRaise(in *rt.Instance, sig int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "proc_raise", func() int32 { return s.procRaise(in, sig) }, sig)
	}
	return s.procRaise(in, sig)
}

// RandomGet is random_get: it fills a buffer with random bytes.
func (s *System) RandomGet(in *rt.Instance, buf, bufLen int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "random_get", func() int32 { return s.randomGet(in, buf, bufLen) }, buf, bufLen)
	}
	return s.randomGet(in, buf, bufLen)
}

// SchedYield is sched_yield: it lets other threads run.
func (s *System) SchedYield(in *rt.Instance) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "sched_yield", func() int32 { return s.schedYield(in) })
	}
	return s.schedYield(in)
}

// SockAccept is sock_accept: it accepts a connection.
func (s *System) SockAccept(in *rt.Instance, fd, flags, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "sock_accept", func() int32 {
			return s.sockAccept(in, fd, flags, result)
		}, fd, flags, result)
	}
	return s.sockAccept(in, fd, flags, result)
}

// SockRecv is sock_recv: it receives; the result flags are always 0, as streams have no messages to cut.
func (s *System) SockRecv(in *rt.Instance, fd, data, dataLen, flags, nread, outFlags int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "sock_recv", func() int32 {
			return s.sockRecv(in, fd, data, dataLen, flags, nread, outFlags)
		}, fd, data, dataLen, flags, nread, outFlags)
	}
	return s.sockRecv(in, fd, data, dataLen, flags, nread, outFlags)
}

// SockSend is sock_send: it sends; there are no flags.
func (s *System) SockSend(in *rt.Instance, fd, data, dataLen, flags, nwritten int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "sock_send", func() int32 {
			return s.sockSend(in, fd, data, dataLen, flags, nwritten)
		}, fd, data, dataLen, flags, nwritten)
	}
	return s.sockSend(in, fd, data, dataLen, flags, nwritten)
}

// SockShutdown is sock_shutdown: it shuts down a direction of a connection.
func (s *System) SockShutdown(in *rt.Instance, fd, how int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &preview1, "sock_shutdown", func() int32 { return s.sockShutdown(in, fd, how) }, fd, how)
	}
	return s.sockShutdown(in, fd, how)
}
