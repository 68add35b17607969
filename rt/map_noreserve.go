//go:build linux || netbsd

package rt

import "syscall"

// mapNoReserve keeps a reservation out of the kernel's overcommit accounting.
const mapNoReserve = syscall.MAP_NORESERVE
