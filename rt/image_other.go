//go:build !(linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le))

package rt

import "errors"

// imageFile does not exist here: images are copied.
type imageFile struct{}

func (*imageFile) create(string, []Segment) error { return errors.ErrUnsupported }
func (*imageFile) openAttached(ImageID) error     { return errors.ErrUnsupported }
func (*imageFile) close()                         {}
func (*imageFile) mapAt([]byte, uint64) error     { return errors.ErrUnsupported }

func (*mapping) recommit(uint64, uint64) error { return errors.ErrUnsupported }
