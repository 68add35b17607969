//go:build 386 || amd64 || arm64 || loong64 || ppc64le

package rt

import "unsafe"

// Load16 and the others load and store numbers, little-endian, in the memory of the checked form: cells begin with b, which
// is long enough or the index panics. They do what package encoding/binary does, in fewer nodes: the Go compiler inlines
// nothing larger into functions of more than 5,000 nodes, and there a call for each access made QuickJS 1.5 times slower.
func Load16(b []byte) uint16 { return *(*uint16)(cell(b, 1)) }

func Load32(b []byte) uint32 { return *(*uint32)(cell(b, 3)) }

func Load64(b []byte) uint64 { return *(*uint64)(cell(b, 7)) }

func Store16(b []byte, v uint16) { *(*uint16)(cell(b, 1)) = v }

func Store32(b []byte, v uint32) { *(*uint32)(cell(b, 3)) = v }

func Store64(b []byte, v uint64) { *(*uint64)(cell(b, 7)) = v }

// cell is the address of b, whose element last exists. Pointer arithmetic is never nil to the Go compiler, which would look
// at unsafe.SliceData(b) and keep it in a register of its own: 6 % more instructions in the programs of bench.
func cell(b []byte, last int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(&b[last]), -last)
}
