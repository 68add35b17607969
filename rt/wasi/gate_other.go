//go:build !linux

package wasi

import (
	"os"
	"time"
)

// gates are not needed where nothing is polled.
type gates struct{}

func (gates) close() {}

// newFileSource leaves files to deadlines, or to another goroutine if they block.
func (*System) newFileSource(*os.File) source { return nil }

// newFileSink uses deadlines if there are any. A file without them is written to directly.
func (s *System) newFileSink(f *os.File) sink {
	if f != nil && hasDeadline(f.SetWriteDeadline) {
		return s.newAnySink(f)
	}
	return plainFileSink{f}
}

// openedFifo can not tell whether somebody has opened the named pipe for writing: until then it is at its end.
func openedFifo(src source) source { return src }

func (*System) await(caller, []pollWant, time.Duration) (bool, error) { return false, ENOTSUP }
