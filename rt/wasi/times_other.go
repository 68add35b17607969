//go:build !linux && !darwin && !windows

package wasi

import (
	"os"
	"time"
)

// setFileTimes is not possible with package os alone.
func setFileTimes(*os.File, time.Time, time.Time) error { return ENOTSUP }
