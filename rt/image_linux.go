//go:build linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le)

package rt

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// imageFile is a file with the content of a memory from address 0 on, at an offset.
type imageFile struct {
	fd     int
	offset int64
}

// memfdCreate is the number of the system call memfd_create, which package syscall does not have everywhere.
var memfdCreate = map[string]uintptr{"amd64": 319, "arm64": 279, "riscv64": 279, "loong64": 279, "ppc64le": 360, "mips64le": 5314}

// Flags of memfd_create, and the sealing of its files (linux/memfd.h, linux/fcntl.h).
const (
	mfdCloexec      = 1
	mfdAllowSealing = 2
	fAddSeals       = 1033
	sealAll         = 1 | 2 | 4 | 8 // of seals, shrinking, growing, writing
)

// create makes a file in memory with the segments' content.
func (f *imageFile) create(data string, segments []Segment) error {
	name := []byte("wasm memory image\x00")
	fd, _, errno := syscall.Syscall(memfdCreate[runtime.GOARCH], uintptr(unsafe.Pointer(unsafe.SliceData(name))), mfdCloexec|mfdAllowSealing, 0)
	if errno != 0 {
		return errno
	}
	f.fd, f.offset = int(fd), 0
	for _, s := range segments {
		if err := f.writeAt(s.of(data), int64(s.addr())); err != nil {
			f.close()
			return err
		}
	}
	// The last page is whole.
	if size, err := syscall.Seek(f.fd, 0, io.SeekEnd); err != nil || syscall.Ftruncate(f.fd, (size+PageSize-1)/PageSize*PageSize) != nil {
		f.close()
		return err
	}
	// The file stays as it is, whatever else the process does with its descriptors.
	_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, uintptr(f.fd), fAddSeals, sealAll)
	return nil
}

// executable is the file of this process; a test has another.
var executable = "/proc/self/exe"

// openAttached opens the executable if it has the image attached.
func (f *imageFile) openAttached(id ImageID) error {
	exe, err := os.Open(executable)
	if err != nil {
		return err
	}
	defer exe.Close()
	if f.offset, err = findImage(exe, id); err != nil {
		return err
	}
	f.fd, err = syscall.Open(executable, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	return err
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

func (f *imageFile) close() { _ = syscall.Close(f.fd) }

// mapAt maps what lies at address offset over mem; writes stay private.
func (f *imageFile) mapAt(mem []byte, offset uint64) error {
	_, _, errno := syscall.Syscall6(syscall.SYS_MMAP, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), uintptr(len(mem)),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_FIXED, uintptr(f.fd), uintptr(f.offset)+uintptr(offset))
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
