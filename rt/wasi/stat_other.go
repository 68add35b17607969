//go:build !linux && !darwin

package wasi

import "io/fs"

// statOf is portableStat: package syscall tells no more in a uniform way.
func statOf(info fs.FileInfo, key string) filestat { return portableStat(info, key) }
