package rt

import (
	"fmt"
	"slices"
)

// Slot returns element i of a table whose elements are free functions of the generated package. The caller's type
// assertion on the result is the signature check of call_indirect.
func Slot(t []any, i uint32) any {
	j := uint(i) // with i itself gc checks the bounds twice
	if j >= uint(len(t)) {
		panic(UndefinedElement)
	}
	return t[j]
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
// *Func, an externref table any host value. Until something writes to it, a table that element segments fill shares
// what they say with all instances of the module, and function references are made when they are asked for.
type Table struct {
	// Code holds what call_indirect in the code of the table's owner calls, for each element: a free function of the
	// generated package, for Slot. It is nil in tables without an owner.
	Code []any

	refs   []any   // the elements, but for those that funcs names; nil before the first write
	funcs  []int32 // functions of the owner by element, -1 where refs holds it; elements beyond the list are in refs
	shared bool    // Code and funcs are the module's: to be copied before a write
	owner  TableOwner
	size   int
	typ    TableType
}

// TableOwner is the instance that defines a funcref table.
type TableOwner interface {
	// Ref returns the reference of function fn of the instance, always the same one.
	Ref(fn int32) *Func
	// Free returns function fn of the instance as its package has it.
	Free(fn int32) any
	// Callable returns the function that the package's code calls for f, or something of no function type that occurs
	// in an indirect call of that package if there is none.
	Callable(f *Func) any
}

// NewTable makes a table of t.Min null elements without an owner.
func NewTable(t TableType) (*Table, error) {
	if t.Min > maxTable {
		return nil, fmt.Errorf("table of %d elements is beyond the limit of %d", t.Min, maxTable)
	}
	return &Table{refs: make([]any, t.Min), size: int(t.Min), typ: t}, nil
}

// OwnedTable makes a funcref table of t.Min elements, the first of which are the owner's functions funcs, -1 being null;
// code holds them as the package has them. The rest is null. The lists belong to the module and are never written.
func OwnedTable(t TableType, o TableOwner, code []any, funcs []int32) (*Table, error) {
	if t.Min > maxTable {
		return nil, fmt.Errorf("table of %d elements is beyond the limit of %d", t.Min, maxTable)
	}
	return &Table{
		Code: StaticTable(code, int(t.Min)), funcs: funcs, shared: true, owner: o, size: int(t.Min), typ: t,
	}, nil
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

// own makes the lists the table's own, before a write.
func (t *Table) own() {
	if t.shared {
		funcs := slices.Repeat([]int32{-1}, t.size)
		copy(funcs, t.funcs)
		t.Code, t.funcs, t.shared = slices.Clone(t.Code), funcs, false
	}
	if t.refs == nil {
		t.refs = make([]any, t.size)
	}
}

// Type returns the table's type with the present size as its minimum, as linking sees it.
func (t *Table) Type() TableType {
	typ := t.typ
	typ.Min = uint64(t.size)
	return typ
}

// Size is table.size (spec: 4.4.6).
func (t *Table) Size() int32 { return int32(t.size) }

// Get is table.get (spec: 4.4.6).
func (t *Table) Get(i int32) any {
	j := uint(uint32(i))
	switch {
	case j >= uint(t.size):
		panic(OutOfBoundsTable)
	case j < uint(len(t.funcs)) && t.funcs[j] >= 0:
		return t.owner.Ref(t.funcs[j]).any()
	case t.refs == nil:
		return nil
	}
	return t.refs[j]
}

// GetFunc is table.get on a funcref table.
func (t *Table) GetFunc(i int32) *Func {
	f, _ := t.Get(i).(*Func)
	return f
}

// Set is table.set (spec: 4.4.6).
func (t *Table) Set(i int32, v any) {
	if uint(uint32(i)) >= uint(t.size) {
		panic(OutOfBoundsTable)
	}
	t.own()
	t.set(int(uint32(i)), v)
}

// set sets an element of a table that owns its lists.
func (t *Table) set(i int, v any) {
	t.refs[i] = v
	if i < len(t.funcs) {
		t.funcs[i] = -1
	}
	if t.Code != nil {
		t.Code[i] = t.callable(v)
	}
}

// callable is what Code holds for the element v.
func (t *Table) callable(v any) any {
	if f, ok := v.(*Func); ok {
		return t.owner.Callable(f)
	}
	return nil
}

// SetFunc is table.set on a funcref table.
func (t *Table) SetFunc(i int32, f *Func) { t.Set(i, f.any()) }

// Callee returns the Go function behind element i for call_indirect in code that does not own the table, a
// func(*Instance, params...) results.
func (t *Table) Callee(i int32) any {
	if uint(uint32(i)) >= uint(t.size) {
		panic(UndefinedElement)
	}
	f := t.GetFunc(i)
	if f == nil {
		panic(UninitializedElement)
	}
	return f.Fn
}

// Grow is table.grow (spec: 4.4.6): it adds n elements of value v and returns the former size, or -1.
func (t *Table) Grow(v any, n int32) int32 {
	old := t.size
	size := uint64(old) + uint64(uint32(n))
	if size > maxTable || t.typ.HasMax && size > t.typ.Max {
		return -1
	}
	t.own()
	t.size = int(size)
	t.refs = grown(t.refs, t.size, v)
	if t.Code != nil {
		t.Code = grown(t.Code, t.size, t.callable(v))
	}
	return int32(old)
}

// grown returns s with elements v added up to n in all.
func grown(s []any, n int, v any) []any {
	t := make([]any, n)
	copy(t, s)
	for i := len(s); i < n; i++ {
		t[i] = v
	}
	return t
}

// GrowFunc is table.grow on a funcref table.
func (t *Table) GrowFunc(f *Func, n int32) int32 { return t.Grow(f.any(), n) }

// Fill is table.fill (spec: 4.4.6).
func (t *Table) Fill(i int32, v any, n int32) {
	at, end := span(t.size, i, n)
	t.own()
	for ; at < end; at++ {
		t.set(at, v)
	}
}

// FillFunc is table.fill on a funcref table.
func (t *Table) FillFunc(i int32, f *Func, n int32) { t.Fill(i, f.any(), n) }

// Copy is table.copy from table src (spec: 4.4.6).
func (t *Table) Copy(src *Table, dst, from, n int32) {
	s, end := span(src.size, from, n)
	d, _ := span(t.size, dst, n)
	t.own()
	if d <= s {
		for ; s < end; s, d = s+1, d+1 {
			t.set(d, src.Get(int32(s)))
		}
		return
	}
	for i := end - s - 1; i >= 0; i-- {
		t.set(d+i, src.Get(int32(s+i)))
	}
}

// Init is table.init from an element segment; a dropped segment is empty (spec: 4.4.6).
func (t *Table) Init(seg []any, dst, from, n int32) {
	s, end := span(len(seg), from, n)
	d, _ := span(t.size, dst, n)
	t.own()
	for ; s < end; s, d = s+1, d+1 {
		t.set(d, seg[s])
	}
}

// InitFuncs is Init from a segment of functions of o, -1 being null.
func (t *Table) InitFuncs(o TableOwner, seg []int32, dst, from, n int32) {
	s, end := span(len(seg), from, n)
	d, _ := span(t.size, dst, n)
	t.own()
	for ; s < end; s, d = s+1, d+1 {
		switch fn := seg[s]; {
		case fn < 0:
			t.set(d, nil)
		case t.owner == o && d < len(t.funcs): // the reference is made when it is asked for
			t.funcs[d], t.Code[d], t.refs[d] = fn, o.Free(fn), nil
		default:
			t.set(d, o.Ref(fn).any())
		}
	}
}

// span returns the bounds of n elements from i on in a list of the given size.
func span(size int, i, n int32) (from, end int) {
	e := uint64(uint32(i)) + uint64(uint32(n))
	if e > uint64(size) {
		panic(OutOfBoundsTable)
	}
	return int(uint32(i)), int(e)
}
