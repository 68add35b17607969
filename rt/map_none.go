//go:build !((linux || darwin || freebsd || netbsd) && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le))

package rt

import (
	"errors"
	"unsafe"
)

// canMap: memories are slices of the Go heap here.
const canMap = false

type mapping struct{}

func reserveMapping(uint64) (*mapping, error) { return nil, errors.ErrUnsupported }
func (*mapping) base() unsafe.Pointer         { return nil }
func (*mapping) size() uint64                 { return 0 }
func (*mapping) commit(uint64) error          { return errors.ErrUnsupported }
func (*mapping) protect() error               { return nil }
func (*mapping) discard() error               { return nil }
func (*mapping) release()                     {}
