package wasi

import (
	"os"
	"syscall"
	"time"
)

// hostBackends are the ways to serve a directory of the host, the best first.
func hostBackends() []backend {
	portable := backend{"os.Root", newRootDir}
	switch {
	case sysFstatat == 0:
		return []backend{portable}
	case !hasOpenat2():
		return []backend{{"walk", newFdDir(openWalk)}, portable}
	}
	return []backend{{"openat2", newFdDir(openKernel)}, {"walk", newFdDir(openWalk)}, portable}
}

// largeFile is the flag for files beyond 2 GiB on machines of 32 bits, which os.Root leaves out.
const largeFile = syscall.O_LARGEFILE

// control calls f with the file's descriptor.
func control(f *os.File, call func(fd uintptr) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := conn.Control(func(fd uintptr) { err = call(fd) })
	if err == nil {
		err = ctlErr
	}
	return err
}

func setFileTimes(f *os.File, atim, mtim time.Time) error {
	return control(f, func(fd uintptr) error { return sysUtimensat(int(fd), "", atim, mtim) })
}

func allocate(f *os.File, offset, n int64) error {
	err := control(f, func(fd uintptr) error { return sysFallocate(int(fd), offset, n) })
	if err == syscall.EOPNOTSUPP || err == syscall.ENOSYS {
		return extend(f, offset, n)
	}
	return err
}

func setKernelAppend(f *os.File, on bool) error {
	return control(f, func(fd uintptr) error { return setAppend(fd, on) })
}

// canPoll says that pollNow works.
const canPoll = true

// pollNow reports whether a descriptor can be read or written or has an error, also if that is not known, and whether
// the other end is gone.
func pollNow(fd int, write bool) (ready, hangup bool) {
	events := int16(pollIn)
	if write {
		events = pollOut
	}
	got, err := sysPoll(fd, events)
	return err != nil || got != 0, got&pollHup != 0
}

// available is the number of bytes that can be read.
func available(fd int) int { return sysAvailable(fd) }
