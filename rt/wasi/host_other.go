//go:build !linux

package wasi

import "os"

// hostBackends are the ways to serve a directory of the host, the best first.
func hostBackends() []backend { return []backend{{"os.Root", newRootDir}} }

// largeFile: other hosts need no flag for files beyond 2 GiB.
const largeFile = 0

func allocate(f *os.File, offset, n int64) error { return extend(f, offset, n) }

// setKernelAppend is not possible without more than package syscall; appends are emulated.
func setKernelAppend(*os.File, bool) error { return ENOTSUP }

// canPoll: every descriptor counts as ready.
const canPoll = false

func pollNow(int, bool) (ready, hangup bool) { return true, false }

func available(int) int { return 0 }
