package wasi

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// The kernel's constants that package syscall lacks.
const (
	atSymlinkNofollow = 0x100
	atRemovedir       = 0x200
	utimeOmit         = 1<<30 - 2
	oPath             = 0x200000

	resolveNoMagiclinks = 0x02
	resolveBeneath      = 0x08

	fionread = 0x541b
)

// sysOpenat2 is the system call's number on all architectures that this package uses it on.
const sysOpenat2 = 437

// sysFstatat is the number of fstatat or newfstatat, by which architectures that are not in the list are told. They have
// the portable backend.
var sysFstatat = map[string]uintptr{"amd64": 262, "arm64": 79, "riscv64": 79, "ppc64": 291, "ppc64le": 291,
	"s390x": 293}[runtime.GOARCH]

// errnoErr drops the results of a system call that are of no interest.
func errnoErr(_, _ uintptr, e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// path0 is a path for the kernel. Names from guests have no NUL.
func path0(name string) (unsafe.Pointer, error) {
	p, err := syscall.BytePtrFromString(name)
	return unsafe.Pointer(p), err
}

// again makes a system call anew as long as a signal interrupts it. The Go runtime sends signals to its own threads, and
// calls that do not wait are interrupted too.
func again[T any](call func() (T, error)) (T, error) {
	for {
		if v, err := call(); err != syscall.EINTR {
			return v, err
		}
	}
}

// againErr is again for calls that have no result.
func againErr(call func() error) error {
	_, err := again(func() (struct{}, error) { return struct{}{}, call() })
	return err
}

func sysFsync(fd int) error { return againErr(func() error { return syscall.Fsync(fd) }) }

func sysFallocate(fd int, offset, n int64) error {
	return againErr(func() error { return syscall.Fallocate(fd, 0, offset, n) })
}

// openHow2 is the kernel's struct open_how.
type openHow2 struct{ flags, mode, resolve uint64 }

func sysOpenat2Call(dirfd int, name string, how openHow2) (int, error) {
	p, err := path0(name)
	if err != nil {
		return -1, err
	}
	return again(func() (int, error) {
		fd, _, e := syscall.Syscall6(sysOpenat2, uintptr(dirfd), uintptr(p), uintptr(unsafe.Pointer(&how)),
			unsafe.Sizeof(how), 0, 0)
		return int(fd), errnoErr(fd, 0, e)
	})
}

func sysOpenat(dirfd int, name string, flags int, mode uint32) (int, error) {
	return again(func() (int, error) { return syscall.Openat(dirfd, name, flags, mode) })
}

func sysStatat(dirfd int, name string, st *syscall.Stat_t) error {
	p, err := path0(name)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall6(sysFstatat, uintptr(dirfd), uintptr(p), uintptr(unsafe.Pointer(st)),
		atSymlinkNofollow, 0, 0))
}

// linkMax is more than the kernel lets the target of a link be.
const linkMax = 4096

func sysReadlinkat(dirfd int, name string) (string, error) {
	p, err := path0(name)
	if err != nil {
		return "", err
	}
	var buf [linkMax]byte
	n, _, e := syscall.Syscall6(syscall.SYS_READLINKAT, uintptr(dirfd), uintptr(p), uintptr(unsafe.Pointer(&buf)),
		uintptr(len(buf)), 0, 0)
	if e != 0 {
		return "", e
	}
	return string(buf[:n]), nil
}

func sysSymlinkat(target string, dirfd int, name string) error {
	t, err := path0(target)
	if err != nil {
		return err
	}
	p, err := path0(name)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall(syscall.SYS_SYMLINKAT, uintptr(t), uintptr(dirfd), uintptr(p)))
}

func sysLinkat(oldFd int, oldName string, newFd int, newName string) error {
	from, err := path0(oldName)
	if err != nil {
		return err
	}
	to, err := path0(newName)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall6(syscall.SYS_LINKAT, uintptr(oldFd), uintptr(from), uintptr(newFd), uintptr(to), 0, 0))
}

func sysUnlinkat(dirfd int, name string, flags uintptr) error {
	p, err := path0(name)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall(syscall.SYS_UNLINKAT, uintptr(dirfd), uintptr(p), flags))
}

// sysUtimensat sets the times of a link itself; without a name, those of fd.
func sysUtimensat(fd int, name string, atim, mtim time.Time) error {
	ts := [2]syscall.Timespec{timespec(atim), timespec(mtim)}
	if name == "" {
		return errnoErr(syscall.Syscall6(syscall.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&ts)), 0, 0, 0))
	}
	p, err := path0(name)
	if err != nil {
		return err
	}
	return errnoErr(syscall.Syscall6(syscall.SYS_UTIMENSAT, uintptr(fd), uintptr(p), uintptr(unsafe.Pointer(&ts)),
		atSymlinkNofollow, 0, 0))
}

// timespec turns the zero Time, which stands for no change, into the kernel's way to say so.
func timespec(t time.Time) syscall.Timespec {
	if t.IsZero() {
		return syscall.Timespec{Nsec: utimeOmit}
	}
	return syscall.NsecToTimespec(t.UnixNano())
}

// setAppend switches O_APPEND, behind package os's back if the descriptor is a file's, which would refuse WriteAt for
// ever after.
func setAppend(fd uintptr, on bool) error {
	flags, _, e := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
	if e != 0 {
		return e
	}
	flags &^= syscall.O_APPEND
	if on {
		flags |= syscall.O_APPEND
	}
	return errnoErr(syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_SETFL, flags))
}

// sysTransfer is read, write, readv, writev, or one of them with an offset, on a machine of 64 bits. The memory at p, of n
// bytes or n Iovecs, may be that of a guest.
func sysTransfer(trap uintptr, fd int, p unsafe.Pointer, n int, offset int64) (int, error) {
	return again(func() (int, error) {
		done, _, e := syscall.Syscall6(trap, uintptr(fd), uintptr(p), uintptr(n), uintptr(offset), 0, 0)
		if e != 0 {
			return 0, e
		}
		return int(done), nil
	})
}

// pollFd is the kernel's struct pollfd.
type pollFd struct {
	fd              int32
	events, revents int16
}

const (
	pollIn  = 1
	pollOut = 4
	pollHup = 16
)

// sysPoll reports what of events a descriptor is ready for, or that it has an error.
func sysPoll(fd int, events int16) (int16, error) {
	return again(func() (int16, error) {
		p := pollFd{fd: int32(fd), events: events}
		var zero syscall.Timespec
		r, _, e := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0, 0)
		return p.revents, errnoErr(r, 0, e)
	})
}

// sysAvailable is the number of bytes in a pipe, terminal or socket.
func sysAvailable(fd int) int {
	var n int32
	_, _, e := syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(fd), fionread, uintptr(unsafe.Pointer(&n)))
	if e != 0 || n < 0 {
		return 0
	}
	return int(n)
}

// sysPreadv2 is the number of a system call that package syscall lacks, 0 where it is not known.
var sysPreadv2 = map[string]uintptr{"amd64": 327, "arm64": 286, "riscv64": 286, "loong64": 286}[runtime.GOARCH]

// rwfNowait makes preadv2 fail with EAGAIN instead of blocking.
const rwfNowait = 8

// preadv2 reads from the file's position, if it has one. It does not block, so the scheduler is not told.
func preadv2(fd uintptr, p []byte) (int, error) {
	iov := syscall.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	if sysPreadv2 == 0 {
		return 0, syscall.ENOSYS
	}
	return again(func() (int, error) {
		n, _, e := syscall.RawSyscall6(sysPreadv2, fd, uintptr(unsafe.Pointer(&iov)), 1, ^uintptr(0), ^uintptr(0), rwfNowait)
		if e != 0 {
			return 0, e
		}
		return int(n), nil
	})
}
