//go:build !386 && !amd64 && !arm64 && !loong64 && !ppc64le

package rt

import (
	"encoding/binary"
	"unsafe"
)

// See cells.go. Here numbers are big-endian, or the processor wants them aligned.

func Load16(last *byte) uint16 { return binary.LittleEndian.Uint16(cell(last, 2)) }

func Load32(last *byte) uint32 { return binary.LittleEndian.Uint32(cell(last, 4)) }

func Load64(last *byte) uint64 { return binary.LittleEndian.Uint64(cell(last, 8)) }

func Store16(last *byte, v uint16) { binary.LittleEndian.PutUint16(cell(last, 2), v) }

func Store32(last *byte, v uint32) { binary.LittleEndian.PutUint32(cell(last, 4), v) }

func Store64(last *byte, v uint64) { binary.LittleEndian.PutUint64(cell(last, 8), v) }

// cell is the cell of size bytes that ends with last.
func cell(last *byte, size int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(last), 1-size)), size)
}
