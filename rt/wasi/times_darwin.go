package wasi

import (
	"os"
	"syscall"
	"time"
)

// setFileTimes has microseconds only. A time that is to stay is read and written again.
func setFileTimes(f *os.File, atim, mtim time.Time) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st := statOf(info, "")
	tv := [2]syscall.Timeval{timeval(atim, st.atim), timeval(mtim, st.mtim)}
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := conn.Control(func(fd uintptr) { err = syscall.Futimes(int(fd), tv[:]) })
	if err == nil {
		err = ctlErr
	}
	return err
}

func timeval(t time.Time, old uint64) syscall.Timeval {
	if t.IsZero() {
		return syscall.NsecToTimeval(int64(old))
	}
	return syscall.NsecToTimeval(t.UnixNano())
}
