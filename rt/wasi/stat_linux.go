package wasi

import (
	"io/fs"
	"syscall"
)

// statOf takes numbers and times from the kernel.
func statOf(info fs.FileInfo, key string) filestat {
	st := portableStat(info, key)
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		st.dev, st.ino, st.nlink = uint64(sys.Dev), uint64(sys.Ino), uint64(sys.Nlink)
		st.atim, st.mtim, st.ctim = nanoseconds(sys.Atim), nanoseconds(sys.Mtim), nanoseconds(sys.Ctim)
	}
	return st
}

func nanoseconds(t syscall.Timespec) uint64 { return uint64(max(t.Nano(), 0)) }
