package rt

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// imageCase is an image, with the content of a memory of 32 pages that it makes.
func imageCase(seed uint64) (*Image, []byte) {
	const size = 32 * PageSize
	r := rand.New(rand.NewPCG(seed, 1))
	data := make([]byte, 3*PageSize)
	for i := range data {
		data[i] = byte(r.Uint32() | 1)
	}
	want := make([]byte, size)
	var segments []Segment
	for range 1 + r.IntN(12) {
		from := r.IntN(len(data))
		n := r.IntN(min(len(data)-from, 1<<r.IntN(18)) + 1)
		addr := r.IntN(size - n + 1)
		if r.IntN(4) == 0 {
			addr = size - n // up to the end
		}
		segments = append(segments, Segment{uint32(addr), uint32(from), uint32(from + n)})
		copy(want[addr:], data[from:from+n])
	}
	return NewImage(ImageID{byte(seed)}, string(data), segments...), want
}

// TestImage: memories of both forms have the image's content, and do not see each other's writes.
func TestImage(t *testing.T) {
	for seed := range uint64(40) {
		im, want := imageCase(seed)
		for _, guard := range []bool{true, false, true, false} {
			m, err := NewMemory(MemoryType{Min: 32}, guard && canMap, 0)
			if err != nil {
				t.Fatal(err)
			}
			m.InitImage(im)
			if !bytes.Equal(m.Bytes(), want) {
				t.Fatalf("seed %d, guard %v: the content differs", seed, guard)
			}
			m.Fill(0, -1, 32*PageSize)
			if m.Grow(1) != 32 || m.Bytes()[32*PageSize] != 0 {
				t.Fatalf("seed %d, guard %v: grow", seed, guard)
			}
			m.Close()
		}
	}
}

// TestImageUnavailable: without a file the image is copied.
func TestImageUnavailable(t *testing.T) {
	im, want := imageCase(3)
	im.once.Do(func() {})
	m, err := NewMemory(MemoryType{Min: 32}, canMap, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.InitImage(im)
	if !bytes.Equal(m.Bytes(), want) {
		t.Error("the content differs")
	}
}

// TestImageMapFails: what can not be mapped is copied, into memory that is as good as before.
func TestImageMapFails(t *testing.T) {
	im, want := imageCase(3)
	im.once.Do(im.makeFile)
	if len(im.runs) == 0 {
		t.Skip("no images on this platform: they are copied")
	}
	im.file.close() // behind its back
	m, err := NewMemory(MemoryType{Min: 32}, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.InitImage(im)
	if !bytes.Equal(m.Bytes(), want) {
		t.Error("the content differs")
	}
}

// TestFill: all sizes and values.
func TestFill(t *testing.T) {
	m, err := NewMemory(MemoryType{Min: 1}, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for n := int32(0); n < 20000; n += 1 + n/8 {
		m.Fill(0, 0x55, 32768)
		m.Fill(9, n|0x101, n)
		for i, b := range m.Bytes()[:32768] {
			want := byte(0x55)
			if i >= 9 && i < 9+int(n) {
				want = byte(n | 1)
			}
			if b != want {
				t.Fatalf("fill of %d bytes: byte %d is %#x, want %#x", n, i, b, want)
			}
		}
	}
}

// TestCopy: all small sizes and overlaps.
func TestCopy(t *testing.T) {
	m, err := NewMemory(MemoryType{Min: 1}, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for n := range int32(40) {
		for dst := range int32(60) {
			want := make([]byte, 128)
			for i := range want {
				want[i] = byte(i * 37)
			}
			copy(m.Bytes(), want)
			copy(want[dst:], want[30:30+n])
			m.Copy(m, dst, 30, n)
			if !bytes.Equal(m.Bytes()[:128], want) {
				t.Fatalf("copy of %d bytes from 30 to %d", n, dst)
			}
		}
	}
	m.Copy(m, PageSize, PageSize, 0)
	for _, args := range [][3]int32{{0, PageSize - 7, 8}, {PageSize - 7, 0, 8}, {-1, 0, 1}, {0, -1, 0}, {PageSize + 1, 0, 0}} {
		func() {
			defer func() {
				if v := recover(); v != OutOfBoundsMemory {
					t.Errorf("copy%v: %v", args, v)
				}
			}()
			m.Copy(m, args[0], args[1], args[2])
		}()
	}
}

func BenchmarkInitImage(b *testing.B) {
	data := string(bytes.Repeat([]byte("data"), 10<<18))
	im := NewImage(ImageID{}, data, Segment{1024, 0, uint32(len(data))})
	for b.Loop() {
		m, err := NewMemory(MemoryType{Min: 200}, canMap, 0)
		if err != nil {
			b.Fatal(err)
		}
		m.InitImage(im)
		m.Close()
	}
}
