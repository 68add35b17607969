package wasi

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// The kernel's constants that package syscall lacks.
const (
	atSymlinkNofollow = 0x100
	atRemovedir       = 0x200
	utimeOmit         = 1<<30 - 2
)

// hostTree works on the last component of a path relative to its parent, which os.Root resolves. The kernel gets no
// slashes, which would make it follow a link in the last component.
var hostTree = treeOps{rename: renameAt, link: linkAt, unlink: unlinkAt, rmdir: rmdirAt, chtimes: chtimesAt}

// inParent calls f with the parent of name and the last component.
func (d *hostDir) inParent(name string, f func(dirfd int, last string, slash bool) error) error {
	dir, last, slash, err := splitLast(name)
	if err != nil {
		return err
	}
	parent, err := d.root.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer parent.Close()
	conn, err := parent.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := conn.Control(func(fd uintptr) { err = f(int(fd), last, slash) })
	if err == nil {
		err = ctlErr
	}
	return err
}

// directoryIfSlash is ENOTDIR if a name that ends in a slash is no directory's.
func (d *hostDir) directoryIfSlash(name string) error {
	if !strings.HasSuffix(name, "/") {
		return nil
	}
	info, err := d.root.Lstat(strings.TrimRight(name, "/"))
	if err == nil && !info.IsDir() {
		err = ENOTDIR
	}
	return err
}

func renameAt(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error {
	if err := oldDir.directoryIfSlash(oldName); err != nil {
		return err
	}
	return oldDir.inParent(oldName, func(oldFd int, oldLast string, _ bool) error {
		return newDir.inParent(newName, func(newFd int, newLast string, slash bool) error {
			if slash && !oldDir.isDir(strings.TrimRight(oldName, "/")) {
				return ENOTDIR
			}
			return syscall.Renameat(oldFd, oldLast, newFd, newLast)
		})
	})
}

func linkAt(oldDir *hostDir, oldName string, newDir *hostDir, newName string) error {
	if err := oldDir.directoryIfSlash(oldName); err != nil {
		return err
	}
	if err := newDir.directoryIfSlash(newName); err != nil { // a link is no directory
		return err
	}
	return oldDir.inParent(oldName, func(oldFd int, oldLast string, _ bool) error {
		return newDir.inParent(newName, func(newFd int, newLast string, _ bool) error {
			return sysLinkat(oldFd, oldLast, newFd, newLast)
		})
	})
}

func sysLinkat(oldFd int, oldName string, newFd int, newName string) error {
	from, err := syscall.BytePtrFromString(oldName)
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(newName)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall6(syscall.SYS_LINKAT, uintptr(oldFd), uintptr(unsafe.Pointer(from)), uintptr(newFd),
		uintptr(unsafe.Pointer(to)), 0, 0))
}

// errnoErr drops the results of a system call that are of no interest.
func errnoErr(_, _ uintptr, e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

func unlinkAt(d *hostDir, name string) error {
	return d.inParent(name, func(fd int, last string, slash bool) error {
		if slash {
			if err := d.directoryIfSlash(name); err != nil {
				return err
			}
			return EISDIR
		}
		return sysUnlinkat(fd, last, 0)
	})
}

func rmdirAt(d *hostDir, name string) error {
	return d.inParent(name, func(fd int, last string, _ bool) error { return sysUnlinkat(fd, last, atRemovedir) })
}

func sysUnlinkat(fd int, name string, flags uintptr) error {
	p, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall(syscall.SYS_UNLINKAT, uintptr(fd), uintptr(unsafe.Pointer(p)), flags))
}

func chtimesAt(d *hostDir, name string, atim, mtim time.Time) error {
	if _, _, slash, err := splitLast(name); err != nil || slash {
		return d.root.Chtimes(name, atim, mtim) // a directory
	}
	return d.inParent(name, func(fd int, last string, _ bool) error {
		p, err := syscall.BytePtrFromString(last)
		if err != nil {
			return err
		}
		return sysUtimensat(fd, p, atim, mtim, atSymlinkNofollow)
	})
}

func sysUtimensat(fd int, name *byte, atim, mtim time.Time, flags uintptr) error {
	ts := [2]syscall.Timespec{timespec(atim), timespec(mtim)}
	return errnoErr(syscall.Syscall6(syscall.SYS_UTIMENSAT, uintptr(fd), uintptr(unsafe.Pointer(name)),
		uintptr(unsafe.Pointer(&ts)), flags, 0, 0))
}

// timespec turns the zero Time, which stands for no change, into the kernel's way to say so.
func timespec(t time.Time) syscall.Timespec {
	if t.IsZero() {
		return syscall.Timespec{Nsec: utimeOmit}
	}
	return syscall.NsecToTimespec(t.UnixNano())
}

// control calls f with the file's descriptor.
func control(f *os.File, call func(fd uintptr) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := conn.Control(func(fd uintptr) { err = call(fd) })
	runtime.KeepAlive(f)
	if err == nil {
		err = ctlErr
	}
	return err
}

func setFileTimes(f *os.File, atim, mtim time.Time) error {
	return control(f, func(fd uintptr) error { return sysUtimensat(int(fd), nil, atim, mtim, 0) })
}

func allocate(f *os.File, offset, n int64) error {
	err := control(f, func(fd uintptr) error { return syscall.Fallocate(int(fd), 0, offset, n) })
	if err == syscall.EOPNOTSUPP || err == syscall.ENOSYS {
		return extend(f, offset, n)
	}
	return err
}

// setKernelAppend switches O_APPEND behind package os's back, which would refuse WriteAt for ever after.
func setKernelAppend(f *os.File, on bool) error {
	return control(f, func(fd uintptr) error {
		flags, _, e := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
		if e != 0 {
			return e
		}
		flags &^= syscall.O_APPEND
		if on {
			flags |= syscall.O_APPEND
		}
		return errnoErr(syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_SETFL, flags))
	})
}

// canPoll says that pollNow works.
const canPoll = true

// pollFd is the kernel's struct pollfd.
type pollFd struct {
	fd              int32
	events, revents int16
}

const pollIn = 1

// pollNow reports whether a descriptor can be read or has an error, also if that is not known.
func pollNow(fd int) bool {
	p := pollFd{fd: int32(fd), events: pollIn}
	var zero syscall.Timespec
	n, _, e := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0, 0)
	return e != 0 || n > 0
}
