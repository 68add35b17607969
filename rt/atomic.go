package rt

import (
	"sync/atomic"
	"unsafe"
)

// Align4 returns ea, an effective address, and traps if it is not a multiple of 4; Align1, Align2 and Align8 likewise.
func Align4(ea uint64) uint64 {
	if ea&3 != 0 {
		panic(unaligned[ea>>32&1])
	}
	return ea
}

// Align1 is there for uniformity: every address is a multiple of 1.
func Align1(ea uint64) uint64 { return ea }

// Align2 is Align4 for 16-bit operations.
func Align2(ea uint64) uint64 {
	if ea&1 != 0 {
		panic(unaligned[ea>>32&1])
	}
	return ea
}

// Align8 is Align4 for 64-bit operations.
func Align8(ea uint64) uint64 {
	if ea&7 != 0 {
		panic(unaligned[ea>>32&1])
	}
	return ea
}

// unaligned is what an atomic access that is not aligned traps with, by bit 32 of its effective address. What a cell that is
// not in memory either reports is open (threads specification, memory instructions); engines with 32-bit addresses look at
// the alignment first, but at that of an address: an effective address of 33 bits is none.
var unaligned = [2]TrapKind{UnalignedAtomic, OutOfBoundsMemory}

// At returns the address of the n bytes at ea in the checked form; it traps if they are not all inside the memory.
func At(mem []byte, ea uint64, n uint64) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(mem[ea : ea+n]))
}

// AtomicAdd32 adds v and returns the former value; the functions below likewise.
func AtomicAdd32(p *uint32, v uint32) uint32 { return atomic.AddUint32(p, v) - v }

// AtomicSub32 subtracts.
func AtomicSub32(p *uint32, v uint32) uint32 { return atomic.AddUint32(p, -v) + v }

// AtomicXor32 is an exclusive or.
func AtomicXor32(p *uint32, v uint32) uint32 {
	for {
		if old := atomic.LoadUint32(p); atomic.CompareAndSwapUint32(p, old, old^v) {
			return old
		}
	}
}

// AtomicCmpxchg32 stores v if the value is expected, which is wrapped to the width first (threads issue 195).
func AtomicCmpxchg32(p *uint32, expected uint64, v uint32) uint32 {
	for {
		old := atomic.LoadUint32(p)
		if old != uint32(expected) || atomic.CompareAndSwapUint32(p, old, v) {
			return old
		}
	}
}

// AtomicAdd64 adds v and returns the former value; the functions below likewise.
func AtomicAdd64(p *uint64, v uint64) uint64 { return atomic.AddUint64(p, v) - v }

// AtomicSub64 subtracts.
func AtomicSub64(p *uint64, v uint64) uint64 { return atomic.AddUint64(p, -v) + v }

// AtomicXor64 is an exclusive or.
func AtomicXor64(p *uint64, v uint64) uint64 {
	for {
		if old := atomic.LoadUint64(p); atomic.CompareAndSwapUint64(p, old, old^v) {
			return old
		}
	}
}

// AtomicCmpxchg64 stores v if the value is expected.
func AtomicCmpxchg64(p *uint64, expected uint64, v uint64) uint64 {
	for {
		old := atomic.LoadUint64(p)
		if old != expected || atomic.CompareAndSwapUint64(p, old, v) {
			return old
		}
	}
}

// narrow is an 8- or 16-bit cell inside an aligned 32-bit word. Memories are little-endian; on a big-endian machine the
// bytes of the word are read in the other order.
type narrow struct {
	word  *uint32
	shift uint
	mask  uint32
}

func narrowOf(p unsafe.Pointer, bits uint) narrow {
	off := uintptr(p) & 3
	n := narrow{word: (*uint32)(unsafe.Add(p, -int(off))), shift: uint(off) * 8}
	if bigEndian {
		n.shift = 32 - bits - n.shift
	}
	n.mask = (1<<bits - 1) << n.shift
	return n
}

func (n narrow) load() uint32 { return atomic.LoadUint32(n.word) & n.mask >> n.shift }

// update replaces the cell by f of its value, atomically, and returns the former value.
func (n narrow) update(f func(uint32) uint32) uint32 {
	for {
		word := atomic.LoadUint32(n.word)
		old := word & n.mask >> n.shift
		if atomic.CompareAndSwapUint32(n.word, word, word&^n.mask|f(old)<<n.shift&n.mask) {
			return old
		}
	}
}

var bigEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 0
}()

// AtomicLoad8 loads.
func AtomicLoad8(p *uint8) uint8 { return uint8(narrowOf(unsafe.Pointer(p), 8).load()) }

// AtomicStore8 stores.
func AtomicStore8(p *uint8, v uint8) { AtomicSwap8(p, v) }

// AtomicAdd8 adds and returns the former value.
func AtomicAdd8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 { return old + uint32(v) }))
}

// AtomicSub8 subtracts and returns the former value.
func AtomicSub8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 { return old - uint32(v) }))
}

// AtomicAnd8 is a bitwise and and returns the former value.
func AtomicAnd8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 { return old & uint32(v) }))
}

// AtomicOr8 is a bitwise or and returns the former value.
func AtomicOr8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 { return old | uint32(v) }))
}

// AtomicXor8 is an exclusive or and returns the former value.
func AtomicXor8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 { return old ^ uint32(v) }))
}

// AtomicSwap8 exchanges and returns the former value.
func AtomicSwap8(p *uint8, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(uint32) uint32 { return uint32(v) }))
}

// AtomicCmpxchg8 stores v if the value is expected, wrapped, and returns the former value.
func AtomicCmpxchg8(p *uint8, expected uint64, v uint8) uint8 {
	return uint8(narrowOf(unsafe.Pointer(p), 8).update(func(old uint32) uint32 {
		if old == uint32(uint8(expected)) {
			return uint32(v)
		}
		return old
	}))
}

// AtomicLoad16 loads.
func AtomicLoad16(p *uint16) uint16 { return uint16(narrowOf(unsafe.Pointer(p), 16).load()) }

// AtomicStore16 stores.
func AtomicStore16(p *uint16, v uint16) { AtomicSwap16(p, v) }

// AtomicAdd16 adds and returns the former value.
func AtomicAdd16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 { return old + uint32(v) }))
}

// AtomicSub16 subtracts and returns the former value.
func AtomicSub16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 { return old - uint32(v) }))
}

// AtomicAnd16 is a bitwise and and returns the former value.
func AtomicAnd16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 { return old & uint32(v) }))
}

// AtomicOr16 is a bitwise or and returns the former value.
func AtomicOr16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 { return old | uint32(v) }))
}

// AtomicXor16 is an exclusive or and returns the former value.
func AtomicXor16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 { return old ^ uint32(v) }))
}

// AtomicSwap16 exchanges and returns the former value.
func AtomicSwap16(p *uint16, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(uint32) uint32 { return uint32(v) }))
}

// AtomicCmpxchg16 stores v if the value is expected, wrapped, and returns the former value.
func AtomicCmpxchg16(p *uint16, expected uint64, v uint16) uint16 {
	return uint16(narrowOf(unsafe.Pointer(p), 16).update(func(old uint32) uint32 {
		if old == uint32(uint16(expected)) {
			return uint32(v)
		}
		return old
	}))
}
