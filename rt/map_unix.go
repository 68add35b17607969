//go:build (linux || darwin || freebsd || netbsd) && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le)

package rt

import (
	"syscall"
	"unsafe"
)

// canMap says that memories can be address space reserved by mmap on a 64-bit little-endian machine.
const canMap = true

// mapping is a reservation of address space whose first bytes are committed.
type mapping struct {
	mem       []byte
	committed uint64
}

func reserveMapping(size uint64) (*mapping, error) {
	mem, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE|mapNoReserve)
	if err != nil {
		return nil, err
	}
	return &mapping{mem: mem}, nil
}

func (mp *mapping) base() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(mp.mem)) }

func (mp *mapping) size() uint64 { return uint64(len(mp.mem)) }

// commit makes the first size bytes readable and writable.
func (mp *mapping) commit(size uint64) error {
	if size <= mp.committed {
		return nil
	}
	err := advise(syscall.SYS_MPROTECT, mp.mem[mp.committed:size], syscall.PROT_READ|syscall.PROT_WRITE)
	if err == nil {
		mp.committed = size
	}
	return err
}

// advise calls mprotect or madvise, which package syscall does not have on every platform.
func advise(call uintptr, mem []byte, how uintptr) error {
	if _, _, errno := syscall.Syscall(call, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), uintptr(len(mem)), how); errno != 0 {
		return errno
	}
	return nil
}

// protect makes every access fault; the pages stay.
func (mp *mapping) protect() error {
	if mp.committed == 0 {
		return nil
	}
	return advise(syscall.SYS_MPROTECT, mp.mem[:mp.committed], syscall.PROT_NONE)
}

// discard frees the pages and makes every access fault; the reservation stays.
func (mp *mapping) discard() error {
	if mp.committed == 0 {
		return nil
	}
	const dontneed = 4 // MADV_DONTNEED, the same everywhere
	if err := mp.protect(); err != nil {
		return err
	}
	return advise(syscall.SYS_MADVISE, mp.mem[:mp.committed], dontneed)
}

func (mp *mapping) release() {
	if mp.mem != nil {
		_ = syscall.Munmap(mp.mem) // fails only for what is no mapping
		mp.mem = nil
	}
}
