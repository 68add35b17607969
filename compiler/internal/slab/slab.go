// Package slab hands out small values and lists from large chunks that are used again. The translator makes several for
// each instruction and drops all of them after each function: one by one on the heap they took half its time.
package slab

import "slices"

// Zeros returns n zero values, in the memory of list, which is not used any more, if there is enough.
func Zeros[T any](list []T, n int) []T {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}

const (
	chunkSize = 512
	// maxChunks is the number of chunks that are kept for the next function.
	maxChunks = 32
)

// Slab makes values and lists of type T. A nil *Slab makes them on the heap. What is not in use is zero.
type Slab[T any] struct {
	chunks []*[chunkSize]T
	chunk  int // in use
	used   int // of it
}

// New returns a zero value that lives until Reset.
func (s *Slab[T]) New() *T {
	if s == nil {
		return new(T)
	}
	if s.used == chunkSize || s.chunk == len(s.chunks) {
		s.grow()
	}
	p := &s.chunks[s.chunk][s.used]
	s.used++
	return p
}

// Make returns a list of n zero values that lives until Reset. Appending to it copies it.
func (s *Slab[T]) Make(n int) []T {
	switch {
	case n == 0:
		return nil
	case s == nil || n > chunkSize:
		return make([]T, n)
	case s.used+n > chunkSize || s.chunk == len(s.chunks):
		s.grow()
	}
	at := s.used
	s.used += n
	return s.chunks[s.chunk][at:s.used:s.used]
}

// Copy returns a copy of list that lives until Reset.
func (s *Slab[T]) Copy(list []T) []T {
	c := s.Make(len(list))
	for i, x := range list { // most are too short for copy to be worth it
		c[i] = x
	}
	return c
}

// Mark is a moment in the life of a Slab.
type Mark struct{ chunk, used int }

// Mark returns the present moment.
func (s *Slab[T]) Mark() Mark { return Mark{s.chunk, s.used} }

// Release ends the life of all values made since m.
func (s *Slab[T]) Release(m Mark) {
	for ; s.chunk > m.chunk; s.chunk-- {
		if s.chunk < len(s.chunks) {
			clear(s.chunks[s.chunk][:s.used])
		}
		s.used = chunkSize
	}
	if s.chunk < len(s.chunks) {
		clear(s.chunks[s.chunk][m.used:s.used])
	}
	s.used = m.used
}

// grow goes on to the next chunk.
func (s *Slab[T]) grow() {
	if s.chunk < len(s.chunks) {
		s.chunk, s.used = s.chunk+1, 0
	}
	if s.chunk == len(s.chunks) {
		s.chunks = append(s.chunks, new([chunkSize]T))
	}
}

// Reset ends the life of all values. What they point to must not live on with the chunks, so these are cleared.
func (s *Slab[T]) Reset() {
	if len(s.chunks) > maxChunks {
		clear(s.chunks[maxChunks:])
		s.chunks = s.chunks[:maxChunks]
	}
	for i := range min(s.chunk, len(s.chunks)) {
		clear(s.chunks[i][:])
	}
	if s.chunk < len(s.chunks) {
		clear(s.chunks[s.chunk][:s.used])
	}
	s.chunk, s.used = 0, 0
}
