package wasi

import (
	"io/fs"
	"syscall"
)

// statOf takes numbers and times from the kernel.
func statOf(info fs.FileInfo, key string) filestat {
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		return filestatOf(sys)
	}
	return portableStat(info, key)
}

func filestatOf(st *syscall.Stat_t) filestat {
	return filestat{dev: uint64(st.Dev), ino: uint64(st.Ino), filetype: modeType(st.Mode), nlink: uint64(st.Nlink),
		size: uint64(max(st.Size, 0)), atim: nanoseconds(st.Atim), mtim: nanoseconds(st.Mtim), ctim: nanoseconds(st.Ctim)}
}

func nanoseconds(t syscall.Timespec) uint64 { return uint64(max(t.Nano(), 0)) }
