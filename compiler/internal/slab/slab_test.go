package slab

import (
	"slices"
	"testing"
)

// Many more than a chunk of values and lists keep what was written to them until Reset, and are zero after it.
func TestValuesAreTheirOwn(t *testing.T) {
	const n = 3*chunkSize + 7
	s := new(Slab[int])
	for round := range 3 {
		var values []*int
		var lists [][]int
		for i := range n {
			v, list := s.New(), s.Make(i%5)
			if *v != 0 || slices.ContainsFunc(list, func(x int) bool { return x != 0 }) {
				t.Fatalf("round %d: value %d is %d, its list %v; want zeros", round, i, *v, list)
			}
			*v = i + 1
			for k := range list {
				list[k] = -i
			}
			values, lists = append(values, v), append(lists, list)
		}
		for i, v := range values {
			if *v != i+1 || slices.ContainsFunc(lists[i], func(x int) bool { return x != -i }) {
				t.Fatalf("round %d: value %d became %d, its list %v", round, i, *v, lists[i])
			}
		}
		s.Reset()
	}
}

// What is made after Release takes the place of what was made since the Mark, and that of nothing else.
func TestRelease(t *testing.T) {
	s := new(Slab[int])
	before := s.New()
	*before = 1
	m := s.Mark()
	first := s.New()
	for range 2 * chunkSize { // on to other chunks
		*s.New() = 2
	}
	s.Release(m)
	if again := s.New(); again != first {
		t.Error("the memory after the mark is not used again")
	}
	if *before != 1 {
		t.Errorf("the value before the mark is %d, not 1", *before)
	}
}

// Lists end where the next one begins: appending moves them. Lists larger than a chunk, and those of a nil Slab, are on the
// heap.
func TestLists(t *testing.T) {
	s := new(Slab[int])
	a, b := s.Copy([]int{1, 2}), s.Copy([]int{3})
	if a = append(a, 9); !slices.Equal(a, []int{1, 2, 9}) || b[0] != 3 {
		t.Errorf("after appending: %v and %v", a, b)
	}
	if large := s.Make(chunkSize + 1); len(large) != chunkSize+1 {
		t.Errorf("a list of %d", len(large))
	}
	if list := (*Slab[int])(nil).Copy([]int{4, 5}); !slices.Equal(list, []int{4, 5}) {
		t.Errorf("nil Slab: %v", list)
	}
	if s.Make(0) != nil {
		t.Error("an empty list is not nil")
	}
}

// Memory beyond maxChunks is given back at Reset.
func TestResetGivesBack(t *testing.T) {
	s := new(Slab[int])
	for range (maxChunks + 5) * chunkSize {
		*s.New() = 1
	}
	if s.Reset(); len(s.chunks) != maxChunks {
		t.Errorf("%d chunks are kept, want %d", len(s.chunks), maxChunks)
	}
	for i := range (maxChunks + 1) * chunkSize {
		if v := s.New(); *v != 0 {
			t.Fatalf("value %d is %d", i, *v)
		}
	}
}

func TestZeros(t *testing.T) {
	list := []int{1, 2, 3, 4}
	if z := Zeros(list, 3); !slices.Equal(z, []int{0, 0, 0}) || &z[0] != &list[0] {
		t.Errorf("Zeros in place gives %v", z)
	}
	if z := Zeros(list, 9); len(z) != 9 || slices.Max(z) != 0 {
		t.Errorf("Zeros beyond the list gives %v", z)
	}
}
