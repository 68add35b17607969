//go:build !linux

package wasi

import "os"

var hostTree = portableTree

func allocate(f *os.File, offset, n int64) error { return extend(f, offset, n) }

// setKernelAppend is not possible without more than package syscall; appends are emulated.
func setKernelAppend(*os.File, bool) error { return ENOTSUP }

// canPoll: every descriptor counts as ready.
const canPoll = false

func pollNow(int) bool { return true }
