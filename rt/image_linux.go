//go:build linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le)

package rt

import (
	"io"
	"runtime"
	"syscall"
	"unsafe"
)

// imageFile is a file in memory (memfd_create).
type imageFile struct{ fd int }

// memfdCreate is the number of the system call memfd_create, which package syscall does not have everywhere.
var memfdCreate = map[string]uintptr{"amd64": 319, "arm64": 279, "riscv64": 279, "loong64": 279, "ppc64le": 360, "mips64le": 5314}

// Flags of memfd_create, and the sealing of its files (linux/memfd.h, linux/fcntl.h).
const (
	mfdCloexec      = 1
	mfdAllowSealing = 2
	fAddSeals       = 1033
	sealAll         = 1 | 2 | 4 | 8 // of seals, shrinking, growing, writing
)

// create makes the file, of size bytes.
func (f *imageFile) create(size uint64) error {
	name := []byte("wasm memory image\x00")
	fd, _, errno := syscall.Syscall(memfdCreate[runtime.GOARCH], uintptr(unsafe.Pointer(unsafe.SliceData(name))), mfdCloexec|mfdAllowSealing, 0)
	if errno != 0 {
		return errno
	}
	f.fd = int(fd)
	if err := syscall.Ftruncate(f.fd, int64(size)); err != nil {
		f.close()
		return err
	}
	return nil
}

func (f *imageFile) writeAt(data string, offset int64) error {
	b := unsafe.Slice(unsafe.StringData(data), len(data))
	for len(b) > 0 {
		n, err := syscall.Pwrite(f.fd, b, offset)
		if err == syscall.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
		b, offset = b[n:], offset+int64(n)
	}
	return nil
}

// seal keeps the file as it is, whatever else the process does with its descriptors.
func (f *imageFile) seal() {
	_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, uintptr(f.fd), fAddSeals, sealAll)
}

func (f *imageFile) close() { _ = syscall.Close(f.fd) }

// mapAt maps the bytes from offset over mem; writes stay private.
func (f *imageFile) mapAt(mem []byte, offset uint64) error {
	_, _, errno := syscall.Syscall6(syscall.SYS_MMAP, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), uintptr(len(mem)),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_FIXED, uintptr(f.fd), uintptr(offset))
	if errno != 0 {
		return errno
	}
	return nil
}

// recommit makes bytes from start to end fresh memory again.
func (mp *mapping) recommit(start, end uint64) error {
	_, _, errno := syscall.Syscall6(syscall.SYS_MMAP, uintptr(unsafe.Add(mp.base(), start)), uintptr(end-start),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_FIXED, ^uintptr(0), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
