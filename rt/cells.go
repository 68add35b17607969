//go:build 386 || amd64 || arm64 || loong64 || ppc64le

package rt

import "unsafe"

// Load16 and the others load and store numbers, little-endian, in the memory of the checked form. They get the last byte of
// the cell, all of which is in memory if that byte is: code that takes its address by an index has checked the bounds.
// Small as they are, the Go compiler inlines them into functions of any size, and quickly: one call less in each took 5 to 10 %
// less time for libcre2.
func Load16(last *byte) uint16 { return *(*uint16)(unsafe.Add(unsafe.Pointer(last), -1)) }

func Load32(last *byte) uint32 { return *(*uint32)(unsafe.Add(unsafe.Pointer(last), -3)) }

func Load64(last *byte) uint64 { return *(*uint64)(unsafe.Add(unsafe.Pointer(last), -7)) }

func Store16(last *byte, v uint16) { *(*uint16)(unsafe.Add(unsafe.Pointer(last), -1)) = v }

func Store32(last *byte, v uint32) { *(*uint32)(unsafe.Add(unsafe.Pointer(last), -3)) = v }

func Store64(last *byte, v uint64) { *(*uint64)(unsafe.Add(unsafe.Pointer(last), -7)) = v }
