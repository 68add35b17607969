package rt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// PageSize is the size of a page of linear memory in bytes.
const PageSize = 65536

// maxMemory is the largest 32-bit memory in bytes.
const maxMemory = 1 << 32

// guardReservation is the address space behind a memory of the guard form: a 32-bit address plus a 32-bit offset plus
// the widest access can not leave it, so generated code needs no bounds checks. It is a reservation, not memory in use.
const guardReservation = 2*maxMemory + PageSize

// MemoryType is the type of a memory: sizes in pages.
type MemoryType struct {
	Min, Max uint64 // Max counts only if HasMax
	HasMax   bool
	Shared   bool
}

// HeapMemory says that memories of the checked form are on the Go heap here, where a stop can not take them away: every
// loop of guest code then looks at its instance's limit.
const HeapMemory = !canMap || raceBuild

// Memory is a linear memory. Its address never changes while it is mapped; only memories on the Go heap (no mmap, or a
// race build in the checked form) move when they grow.
type Memory struct {
	base  unsafe.Pointer
	size  atomic.Uint64 // bytes
	limit uint64        // bytes; growth stops here
	typ   MemoryType
	guard bool

	mu      sync.Mutex // growth, poisoning and the group
	waiters *waitTable // nil unless shared
	group   *Group     // of the first instance that uses the memory
	refs    atomic.Int32
	mapping *mapping // nil on the Go heap
	heap    []byte
}

// ErrNoGuard is why a package generated with -memory guard can not run here.
var ErrNoGuard = errors.New("this platform has no guarded memory: translate with -memory checked")

// NewMemory makes a memory of the given type. guard asks for the form in which the hardware checks bounds. maxBytes caps
// growth if it is not 0.
func NewMemory(t MemoryType, guard bool, maxBytes uint64) (*Memory, error) {
	m := &Memory{typ: t, guard: guard, limit: maxMemory}
	if t.HasMax {
		m.limit = min(m.limit, t.Max*PageSize)
	}
	if maxBytes > 0 {
		m.limit = min(m.limit, maxBytes/PageSize*PageSize)
	}
	size := t.Min * PageSize
	if size > m.limit {
		return nil, fmt.Errorf("memory of %d bytes is beyond the limit of %d", size, m.limit)
	}
	if guard && !canMap {
		return nil, ErrNoGuard
	}
	if err := m.allocate(size); err != nil {
		return nil, err
	}
	m.size.Store(size)
	m.refs.Store(1)
	if t.Shared {
		m.waiters = new(waitTable)
	}
	return m, nil
}

func (m *Memory) allocate(size uint64) error {
	if HeapMemory && !m.guard {
		n := size
		if m.typ.Shared {
			n = m.limit // other threads hold the address, so it must not move
		}
		m.heap = make([]byte, max(n, 1))
		m.base = unsafe.Pointer(unsafe.SliceData(m.heap))
		return nil
	}
	reserve := max(m.limit, PageSize)
	if m.guard {
		reserve = guardReservation
	}
	mp, err := reserveMapping(reserve)
	if err != nil {
		runtime.GC() // closed memories give their address space back when they are collected
		mp, err = reserveMapping(reserve)
	}
	if err != nil {
		return fmt.Errorf("can not reserve %d bytes of address space for a memory: %w", reserve, err)
	}
	if err := mp.commit(size); err != nil {
		mp.release()
		return fmt.Errorf("can not commit %d bytes of memory: %w", size, err)
	}
	m.mapping = mp
	m.base = mp.base()
	reservations.add(mp)
	runtime.AddCleanup(m, reservations.release, mp)
	return nil
}

// Type returns the memory's type with the present size as its minimum, as linking sees it.
func (m *Memory) Type() MemoryType {
	t := m.typ
	t.Min = m.size.Load() / PageSize
	return t
}

// Guarded reports whether the memory has the guard form's reservation behind it.
func (m *Memory) Guarded() bool { return m.guard }

// Base returns the address of the memory.
func (m *Memory) Base() unsafe.Pointer { return m.base }

// Bytes returns the memory as a slice. It is stale after the memory grew, and inaccessible, which is fatal outside a call
// into the guest, after the memory was closed or its threads stopped: see ReadAt.
func (m *Memory) Bytes() []byte { return unsafe.Slice((*byte)(m.base), m.size.Load()) }

// Size returns the size in bytes.
func (m *Memory) Size() uint64 { return m.size.Load() }

// Pages is memory.size (spec: 4.4.7).
func (m *Memory) Pages() int32 { return int32(m.size.Load() / PageSize) }

// Grow is memory.grow (spec: 4.4.7): it adds n pages and returns the former size in pages, or -1.
func (m *Memory) Grow(n int32) int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.size.Load()
	size := old + uint64(uint32(n))*PageSize
	if size > m.limit || !m.extend(old, size) {
		return -1
	}
	m.size.Store(size)
	return int32(old / PageSize)
}

func (m *Memory) extend(old, size uint64) bool {
	switch {
	case m.mapping != nil:
		return m.mapping.commit(size) == nil
	case size > uint64(len(m.heap)):
		heap := make([]byte, min(m.limit, max(size, old+old/2)))
		copy(heap, m.heap)
		m.heap = heap
		m.base = unsafe.Pointer(unsafe.SliceData(heap))
	}
	return true
}

// owns reports whether addr lies in the memory's reservation.
func (m *Memory) owns(addr uintptr) bool {
	return m.mapping != nil && addr-uintptr(m.base) < uintptr(m.mapping.size())
}

func (m *Memory) retain() { m.refs.Add(1) }

// join returns the group that the memory belongs to; that is g if it had none.
func (m *Memory) join(g *Group) *Group {
	m.mu.Lock()
	if m.group != nil {
		defer m.mu.Unlock()
		return m.group
	}
	m.group = g
	m.mu.Unlock() // adopt may poison the memory at once
	g.adopt(m)
	return g
}

// poison makes every access to the memory fault from now on, in all threads, and its size 0. Memories on the Go heap
// only get the size.
func (m *Memory) poison() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size.Store(0)
	m.limit = 0
	if m.mapping != nil {
		_ = m.mapping.protect() // fails only for what is no mapping
	}
}

// Close gives up one hold on the memory: that of its maker, or that of an instance. The last one gives the bytes back
// to the system and makes every later access trap. The address space stays reserved until the Memory is collected, so
// that a function that still holds its address can never touch what somebody else maps there.
func (m *Memory) Close() error {
	if m.refs.Add(-1) != 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size.Store(0)
	m.limit = 0
	if m.mapping != nil {
		return m.mapping.discard()
	}
	m.base, m.heap = nil, nil
	return nil
}

// Slice returns n bytes at addr, or false if they are not all inside the memory.
func (m *Memory) Slice(addr uint32, n uint64) ([]byte, bool) {
	b := m.Bytes()
	if n > uint64(len(b)) || uint64(addr) > uint64(len(b))-n {
		return nil, false
	}
	return b[addr : uint64(addr)+n : uint64(addr)+n], true
}

// span is Slice for bulk instructions: it traps.
func (m *Memory) span(addr, n int32) []byte {
	a, c := uint64(uint32(addr)), uint64(uint32(n))
	if a+c > m.size.Load() {
		panic(OutOfBoundsMemory)
	}
	if c == 0 {
		return nil // a pointer to the end would be one beyond the memory
	}
	return unsafe.Slice((*byte)(unsafe.Add(m.base, a)), c)
}

// Fill is memory.fill (spec: 4.4.7).
func (m *Memory) Fill(dst, val, n int32) {
	b := m.span(dst, n)
	if byte(val) == 0 {
		clear(b)
		return
	}
	fill(b, byte(val))
}

// Sizes of fill in bytes: what is stored word by word, and the largest piece that is copied on, which stays in the cache.
const (
	fillWords = 256
	fillPiece = 4096
)

// fill sets all bytes of b to v.
func fill(b []byte, v byte) {
	if len(b) < 8 {
		for i := range b {
			b[i] = v
		}
		return
	}
	w := uint64(v) * 0x0101010101010101
	words := b[:min(len(b), fillWords)]
	binary.LittleEndian.PutUint64(words[len(words)-8:], w)
	for ; len(words) >= 8; words = words[8:] {
		binary.LittleEndian.PutUint64(words, w)
	}
	for done := fillWords; done < len(b); {
		done += copy(b[done:], b[:min(done, fillPiece)])
	}
}

// Copy is memory.copy from memory src (spec: 4.4.7).
func (m *Memory) Copy(src *Memory, dst, from, n int32) {
	d, s, c := uint64(uint32(dst)), uint64(uint32(from)), uint64(uint32(n))
	if s+c > src.size.Load() || d+c > m.size.Load() {
		panic(OutOfBoundsMemory)
	}
	if c == 0 {
		return
	}
	p, q := unsafe.Add(m.base, d), unsafe.Add(src.base, s)
	if c < 8 || c > 16 {
		copy(unsafe.Slice((*byte)(p), c), unsafe.Slice((*byte)(q), c))
		return
	}
	// Many copies are of this size. Both ends are read before one is written.
	first, last := *(*uint64)(q), *(*uint64)(unsafe.Add(q, c-8))
	*(*uint64)(p), *(*uint64)(unsafe.Add(p, c-8)) = first, last
}

// InitAll initialises the memory by active data segments one after the other. segments has, for each, its address and
// its size, data their bytes.
func (m *Memory) InitAll(data string, segments []uint32) {
	for ; len(segments) >= 2; segments = segments[2:] {
		n := segments[1]
		m.Init(data, int32(segments[0]), 0, int32(n))
		data = data[n:]
	}
}

// Init is memory.init from a data segment; a dropped segment is empty (spec: 4.4.7).
func (m *Memory) Init(data string, dst, from, n int32) {
	if uint64(uint32(from))+uint64(uint32(n)) > uint64(len(data)) {
		panic(OutOfBoundsMemory)
	}
	copy(m.span(dst, n), data[uint32(from):uint64(uint32(from))+uint64(uint32(n))])
}
