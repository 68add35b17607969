//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Now returns the user time that this process has used.
func Now() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}
