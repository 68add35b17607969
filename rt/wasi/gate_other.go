//go:build !linux

package wasi

import (
	"os"
	"time"

	"github.com/wasm2go/wasm2go/rt"
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

func (*System) await(*rt.Instance, string, []int, time.Duration) (map[int]bool, error) {
	return nil, ENOTSUP
}
