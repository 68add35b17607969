// Package slab hands out small values and lists from large chunks that are used again. The translator makes several for
// each instruction and drops all of them after each function: one by one on the heap they took half its time.
package slab

const (
	chunkSize = 256
	// maxChunks is the number of chunks that are kept for the next function.
	maxChunks = 64
)

// Slab makes values of type T. A nil *Slab makes them on the heap.
type Slab[T any] struct {
	chunks [][]T
	chunk  int // in use
	used   int // of it
}

// New returns a copy of x that lives until Reset.
func (s *Slab[T]) New(x T) *T {
	if s == nil {
		return onHeap(x)
	}
	if s.used == chunkSize {
		s.chunk, s.used = s.chunk+1, 0
	}
	if s.chunk == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, chunkSize))
	}
	p := &s.chunks[s.chunk][s.used]
	s.used++
	*p = x
	return p
}

// onHeap is a function of its own so that its parameter is the only copy that escapes.
func onHeap[T any](x T) *T { return &x }

// Reset ends the life of all values. What they point to must not live on with the chunks, so these are cleared.
func (s *Slab[T]) Reset() {
	if len(s.chunks) > maxChunks {
		clear(s.chunks[maxChunks:])
		s.chunks = s.chunks[:maxChunks]
	}
	for i := range min(s.chunk, len(s.chunks)) {
		clear(s.chunks[i])
	}
	if s.chunk < len(s.chunks) {
		clear(s.chunks[s.chunk][:s.used])
	}
	s.chunk, s.used = 0, 0
}

// Lists makes lists of T. A nil *Lists makes them on the heap.
type Lists[T any] struct{ free []T }

const listSize = 1024

// Make returns a list of n elements, whose values are to be set, that lives until Reset. Appending to it copies it.
func (l *Lists[T]) Make(n int) []T {
	if l == nil || n > listSize {
		return make([]T, n)
	}
	if cap(l.free)-len(l.free) < n {
		l.free = make([]T, 0, listSize) // the old one lives as long as its users
	}
	at := len(l.free)
	l.free = l.free[:at+n]
	return l.free[at : at+n : at+n]
}

// Reset ends the life of all lists.
func (l *Lists[T]) Reset() {
	clear(l.free)
	l.free = l.free[:0]
}
