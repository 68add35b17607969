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

// Slab makes values and lists of type T. A nil *Slab makes lists on the heap. What is not in use is zero, but in a Slab with
// Drop or Release.
type Slab[T any] struct {
	chunks []*[chunkSize]T
	now    *[chunkSize]T // the chunk in use, from its end on, or nil
	left   uint          // how many of it are not in use
	next   int           // the index of the chunk after it
}

// New returns a value that lives until Reset or Drop: zero, or to be overwritten as a whole if Drop or Release is ever called.
func (s *Slab[T]) New() *T {
	if s.left == 0 {
		s.grow()
	}
	s.left--
	return &s.now[s.left]
}

// Make returns a list of n values, like those of New, that lives until Reset. Appending to it copies it.
func (s *Slab[T]) Make(n int) []T {
	switch {
	case n == 0:
		return nil
	case s == nil || n > chunkSize:
		return make([]T, n)
	case uint(n) > s.left:
		s.grow()
	}
	end := s.left
	s.left -= uint(n)
	return s.now[s.left:end:end]
}

// Copy returns a copy of list that lives until Reset.
func (s *Slab[T]) Copy(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	c := s.Make(len(list))
	for i, x := range list { // most are too short for copy to be worth it
		c[i] = x
	}
	return c
}

// One returns a list of x alone that lives until Reset.
func (s *Slab[T]) One(x T) []T {
	c := s.Make(1)
	c[0] = x
	return c
}

// Mark is a moment in the life of a Slab.
type Mark struct {
	chunk int
	left  uint
}

// Mark returns the present moment.
func (s *Slab[T]) Mark() Mark { return Mark{s.next, s.left} }

// Release ends the life of all values made since m, and leaves them as they are.
func (s *Slab[T]) Release(m Mark) {
	if s.next != m.chunk {
		s.enter(m.chunk)
	}
	s.left = m.left
}

// enter makes the chunk before index next the one in use.
func (s *Slab[T]) enter(next int) {
	s.next, s.now = next, nil
	if next > 0 {
		s.now = s.chunks[next-1]
	}
}

// grow goes on to the next chunk. It is rare, and New without it is small enough to be inlined.
//
//go:noinline
func (s *Slab[T]) grow() {
	if s.next == len(s.chunks) {
		s.chunks = append(s.chunks, new([chunkSize]T))
	}
	s.enter(s.next + 1)
	s.left = chunkSize
}

// Reset ends the life of all values. What they point to must not live on with the chunks, so these are cleared, but for what
// Release ended: that is little.
func (s *Slab[T]) Reset() {
	last := s.next - 1
	for i := 0; i < min(last, maxChunks); i++ {
		clear(s.chunks[i][:])
	}
	if last >= 0 && last < maxChunks {
		clear(s.chunks[last][s.left:])
	}
	s.Drop()
}

// Drop is Reset that leaves the values as they are: what New and Make return from now on is to be overwritten as a whole, and
// what the values point to lives on with the chunks. Clearing took 2 % of the time.
func (s *Slab[T]) Drop() {
	if len(s.chunks) > maxChunks {
		clear(s.chunks[maxChunks:])
		s.chunks = s.chunks[:maxChunks]
	}
	*s = Slab[T]{chunks: s.chunks}
}
