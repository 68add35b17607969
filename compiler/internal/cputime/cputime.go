// Package cputime measures processor time, for tests that hold code to a time on machines that do other things too.
package cputime

import "time"

// Since returns the processor time that this process has used since start, a result of Now. Where the system does not
// tell, it is elapsed time.
func Since(start time.Duration) time.Duration { return Now() - start }
