//go:build !386 && !amd64 && !arm64 && !loong64 && !ppc64le

package rt

import "encoding/binary"

// See cells.go. Here numbers are big-endian, or the processor wants them aligned.

func Load16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }

func Load32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

func Load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func Store16(b []byte, v uint16) { binary.LittleEndian.PutUint16(b, v) }

func Store32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }

func Store64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }
