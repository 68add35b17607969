package threads

import (
	"encoding/binary"

	"github.com/wasm2go/wasm2go/rt"
)

// checkStack tells an instance that checks its shadow stack where the stack of the thread lies that arg begins.
func checkStack(in *rt.Instance, arg int32) {
	if !in.StackChecked() {
		return
	}
	if low, high, ok := guestStack(in.Mem(), uint32(arg)); ok {
		in.SetStack(low, high)
		return
	}
	in.AnyStack()
}

// tlsSearched is how much of a thread's thread-local storage is searched for libc's record of the thread, in bytes.
const tlsSearched = 16 << 10

// guestStack finds the bounds of a thread's shadow stack. The thread's argument, of wasi-libc's wasi_thread_start, begins
// with the stack's end and the address of the thread-local storage. In there musl's struct pthread has four words in a row:
// the block of memory that it took for the thread (address, size), and the stack in it (end, size).
func guestStack(mem *rt.Memory, arg uint32) (low, high uint32, ok bool) {
	start := make([]byte, 8)
	if _, err := mem.ReadAt(start, int64(arg)); err != nil {
		return 0, 0, false
	}
	sp, tls := binary.LittleEndian.Uint32(start), binary.LittleEndian.Uint32(start[4:])
	b := make([]byte, tlsSearched)
	n, _ := mem.ReadAt(b, int64(tls)) // which the end of the memory may cut short
	for b = b[:n]; len(b) >= 16; b = b[4:] {
		block, blockSize := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		end, size := binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
		const above = 1024 // what libc may put above the first stack pointer
		if end-sp > above || size == 0 || size > end || end-size < block || uint64(end) > uint64(block)+uint64(blockSize) {
			continue
		}
		return end - size, end, true
	}
	return 0, 0, false
}
