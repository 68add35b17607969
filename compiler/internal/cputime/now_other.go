//go:build !unix

package cputime

import "time"

var begin = time.Now()

// Now returns the time since the process began.
func Now() time.Duration { return time.Since(begin) }
