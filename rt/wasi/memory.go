package wasi

import (
	"errors"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wasm2go/wasm2go/rt"
)

// span returns n bytes of memory 0 at addr. The slice is used at once: it is stale when the memory has grown. The memory
// of a stopped instance has no bytes; the guest's call is unwound then, as it is by a fault when that happens later.
func span(in *rt.Instance, addr int32, n uint64) ([]byte, error) {
	m := in.Mem()
	if m == nil {
		return nil, EFAULT
	}
	b, ok := m.Slice(uint32(addr), n)
	if !ok {
		in.CheckStopped()
		return nil, EFAULT
	}
	return b, nil
}

// check reports whether n bytes at addr can be written, so that a bad pointer for a result is found before an effect.
func check(in *rt.Instance, addr int32, n uint64) error {
	_, err := span(in, addr, n)
	return err
}

func putU32(in *rt.Instance, addr int32, v uint32) error {
	b, err := span(in, addr, 4)
	if err == nil {
		le.PutUint32(b, v)
	}
	return err
}

func putU64(in *rt.Instance, addr int32, v uint64) error {
	b, err := span(in, addr, 8)
	if err == nil {
		le.PutUint64(b, v)
	}
	return err
}

// pathMax bounds what is copied for a path.
const pathMax = 4096

// guestString reads a string: UTF-8 without NUL.
func guestString(in *rt.Instance, addr, n int32) (string, error) {
	b, err := span(in, addr, uint64(uint32(n)))
	if err != nil {
		return "", err
	}
	if len(b) > pathMax {
		return "", ENAMETOOLONG
	}
	switch s := string(b); { // one copy, as other threads may write to the memory
	case !utf8.ValidString(s):
		return "", EILSEQ
	case strings.IndexByte(s, 0) >= 0:
		return "", EINVAL
	default:
		return s, nil
	}
}

// guestPath reads a path, which is relative to a directory descriptor.
func guestPath(in *rt.Instance, addr, n int32) (string, error) {
	s, err := guestString(in, addr, n)
	switch {
	case err != nil:
		return "", err
	case s == "":
		return "", ENOENT
	case s[0] == '/':
		return "", errEscape
	}
	return s, nil
}

// iovMax is the number of buffers that one call serves; with more of them the call transfers less than asked for.
const iovMax = 1024

// vector is an iovec_array or ciovec_array. Buffers are looked up when they are used, never kept.
type vector struct {
	in    *rt.Instance
	addr  int32
	n     int
	total uint64
}

// newVector checks the array and each buffer.
func newVector(in *rt.Instance, addr, n int32) (vector, error) {
	if err := check(in, addr, uint64(uint32(n))*sizeIovec); err != nil {
		return vector{}, err
	}
	v := vector{in: in, addr: addr, n: int(min(uint32(n), iovMax))}
	for i := range v.n {
		b, err := v.at(i)
		if err != nil {
			return vector{}, err
		}
		v.total += uint64(len(b))
	}
	if v.total > 1<<31-1 {
		return vector{}, EINVAL
	}
	return v, nil
}

// at returns buffer i.
func (v vector) at(i int) ([]byte, error) {
	b, err := span(v.in, v.addr+int32(i*sizeIovec), sizeIovec)
	if err != nil {
		return nil, err
	}
	return span(v.in, int32(le.Uint32(b)), uint64(le.Uint32(b[4:])))
}

// each calls f for the buffers that are not empty until one is not transferred whole. What was transferred before an
// error counts and hides it; the end of a file is no error.
func (v vector) each(f func(p []byte) (int, error)) (total int, err error) {
	for i := range v.n {
		p, err := v.at(i)
		if err != nil {
			return total, err
		}
		if len(p) == 0 {
			continue
		}
		n, err := f(p)
		total += n
		if err != nil && total == 0 && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if err != nil || n < len(p) {
			return total, nil
		}
	}
	return total, nil
}

// gather calls write once with all bytes, if they are not too many, so that threads do not interleave a line.
func (v vector) gather(write func(p []byte) (int, error)) (int, error) {
	if v.n == 1 || v.total > bounceSize {
		return v.each(write)
	}
	return v.copyOut(write)
}

// maxWrite bounds the memory that copyOut takes.
const maxWrite = 1 << 20

// copyOut calls write once with a copy of the first maxWrite bytes.
func (v vector) copyOut(write func(p []byte) (int, error)) (int, error) {
	if v.total == 0 {
		return 0, nil
	}
	buf := bounce.Get().(*[bounceSize]byte)
	defer bounce.Put(buf)
	all := buf[:0]
	if v.total > bounceSize {
		all = make([]byte, 0, min(v.total, maxWrite))
	}
	for i := range v.n {
		p, err := v.at(i)
		if err != nil {
			return 0, err
		}
		all = append(all, p[:min(len(p), cap(all)-len(all))]...)
	}
	n, err := write(all)
	if n > 0 {
		err = nil
	}
	return n, err
}

// scatter calls read once with a buffer of the host and copies what came into the guest's buffers. The read may block,
// and the guest's memory must not be held meanwhile.
func (v vector) scatter(read func(p []byte) (int, error)) (int, error) {
	if v.total == 0 {
		return 0, nil
	}
	buf := bounce.Get().(*[bounceSize]byte)
	defer bounce.Put(buf)
	n, err := read(buf[:min(v.total, bounceSize)])
	if n == 0 && err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return 0, err
	}
	rest := buf[:n]
	return v.each(func(p []byte) (int, error) {
		k := copy(p, rest)
		rest = rest[k:]
		return k, nil
	})
}

const bounceSize = 64 << 10

var bounce = sync.Pool{New: func() any { return new([bounceSize]byte) }}
