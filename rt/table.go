package rt

import "fmt"

// Slot returns element i of a table whose elements are free functions of the generated package. The caller's type
// assertion on the result is the signature check of call_indirect.
func Slot(t []any, i uint32) any {
	if uint(i) >= uint(len(t)) {
		panic(UndefinedElement)
	}
	return t[i]
}

// TableType is the type of a table: sizes in elements, Elem 'r' for funcref and 'x' for externref.
type TableType struct {
	Elem     byte
	Min, Max uint64 // Max counts only if HasMax
	HasMax   bool
}

// maxTable is an implementation limit on the number of elements (spec: 7.2).
const maxTable = 10_000_000

// Table is a table that is imported, exported or written at run time. A null element is nil; a funcref table holds
// *Func, an externref table any host value.
type Table struct {
	elems []any
	typ   TableType
}

// NewTable makes a table of t.Min null elements.
func NewTable(t TableType) (*Table, error) {
	if t.Min > maxTable {
		return nil, fmt.Errorf("table of %d elements is beyond the limit of %d", t.Min, maxTable)
	}
	return &Table{elems: make([]any, t.Min), typ: t}, nil
}

// StaticTable makes a table for Slot from its first elements; the rest, up to n, is null.
func StaticTable(first []any, n int) []any {
	if len(first) == n {
		return first // shared by all instances: nothing writes to it
	}
	t := make([]any, n)
	copy(t, first)
	return t
}

// Type returns the table's type with the present size as its minimum, as linking sees it.
func (t *Table) Type() TableType {
	typ := t.typ
	typ.Min = uint64(len(t.elems))
	return typ
}

// Size is table.size (spec: 4.4.6).
func (t *Table) Size() int32 { return int32(len(t.elems)) }

// Get is table.get (spec: 4.4.6).
func (t *Table) Get(i int32) any {
	if uint(uint32(i)) >= uint(len(t.elems)) {
		panic(OutOfBoundsTable)
	}
	return t.elems[uint32(i)]
}

// GetFunc is table.get on a funcref table.
func (t *Table) GetFunc(i int32) *Func {
	f, _ := t.Get(i).(*Func)
	return f
}

// Set is table.set (spec: 4.4.6).
func (t *Table) Set(i int32, v any) {
	if uint(uint32(i)) >= uint(len(t.elems)) {
		panic(OutOfBoundsTable)
	}
	t.elems[uint32(i)] = v
}

// SetFunc is table.set on a funcref table.
func (t *Table) SetFunc(i int32, f *Func) { t.Set(i, f.any()) }

// Callee returns the Go function behind element i for call_indirect, a func(*Instance, params...) results.
func (t *Table) Callee(i int32) any {
	if uint(uint32(i)) >= uint(len(t.elems)) {
		panic(UndefinedElement)
	}
	f, ok := t.elems[uint32(i)].(*Func)
	if !ok {
		panic(UninitializedElement)
	}
	return f.Fn
}

// Grow is table.grow (spec: 4.4.6): it adds n elements of value v and returns the former size, or -1.
func (t *Table) Grow(v any, n int32) int32 {
	old := len(t.elems)
	size := uint64(old) + uint64(uint32(n))
	if size > maxTable || t.typ.HasMax && size > t.typ.Max {
		return -1
	}
	grown := make([]any, size)
	copy(grown, t.elems)
	for i := old; i < len(grown); i++ {
		grown[i] = v
	}
	t.elems = grown
	return int32(old)
}

// GrowFunc is table.grow on a funcref table.
func (t *Table) GrowFunc(f *Func, n int32) int32 { return t.Grow(f.any(), n) }

// Fill is table.fill (spec: 4.4.6).
func (t *Table) Fill(i int32, v any, n int32) {
	s := span(t.elems, i, n)
	for j := range s {
		s[j] = v
	}
}

// FillFunc is table.fill on a funcref table.
func (t *Table) FillFunc(i int32, f *Func, n int32) { t.Fill(i, f.any(), n) }

// Copy is table.copy from table src (spec: 4.4.6).
func (t *Table) Copy(src *Table, dst, from, n int32) {
	s := span(src.elems, from, n)
	copy(span(t.elems, dst, n), s)
}

// Init is table.init from an element segment; a dropped segment is empty (spec: 4.4.6).
func (t *Table) Init(seg []any, dst, from, n int32) {
	s := span(seg, from, n)
	copy(span(t.elems, dst, n), s)
}

func span(s []any, i, n int32) []any {
	end := uint64(uint32(i)) + uint64(uint32(n))
	if end > uint64(len(s)) {
		panic(OutOfBoundsTable)
	}
	return s[uint32(i):end]
}
