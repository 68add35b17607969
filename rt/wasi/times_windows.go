package wasi

import (
	"os"
	"syscall"
	"time"
)

// setFileTimes needs a handle with the right to write attributes, which one opened for writing has.
func setFileTimes(f *os.File, atim, mtim time.Time) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := conn.Control(func(fd uintptr) {
		err = syscall.SetFileTime(syscall.Handle(fd), nil, filetime(atim), filetime(mtim))
	})
	if err == nil {
		err = ctlErr
	}
	return err
}

// filetime is nil for a time that is to stay.
func filetime(t time.Time) *syscall.Filetime {
	if t.IsZero() {
		return nil
	}
	ft := syscall.NsecToFiletime(t.UnixNano())
	return &ft
}
