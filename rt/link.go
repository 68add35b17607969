package rt

import "fmt"

// Global is a global that is imported or exported. T is int32, int64, float32, float64, *Func or any.
type Global[T any] struct {
	V       T
	Mutable bool
}

// Resolver finds imports: it returns a *Func, *Memory, *Table or *Global, or nil if there is none of the name.
type Resolver interface {
	Resolve(module, name string) any
}

// Exporter is anything with exports by name, such as every generated instance.
type Exporter interface {
	// Export returns a *Func, *Memory, *Table or *Global, or nil.
	Export(name string) any
}

// Linker resolves imports from modules registered by name.
type Linker map[string]Exporter

// Resolve implements Resolver.
func (l Linker) Resolve(module, name string) any {
	if e := l[module]; e != nil {
		return e.Export(name)
	}
	return nil
}

// Host is a set of host-defined exports by name.
type Host map[string]any

// Export implements Exporter.
func (h Host) Export(name string) any { return h[name] }

// LinkError says why an import can not be satisfied (spec: 4.5.4).
type LinkError struct {
	Module, Name string
	Msg          string
}

// Error names the import.
func (e *LinkError) Error() string { return fmt.Sprintf("import %q %q: %s", e.Module, e.Name, e.Msg) }

const (
	unknownImport = "unknown import"
	incompatible  = "incompatible import type"
)

func linkErrorf(module, name, format string, args ...any) error {
	return &LinkError{Module: module, Name: name, Msg: fmt.Sprintf(format, args...)}
}

// ImportFunc finds a function import of type sig (as Func.Type) and sets *fn and *ref; F is the type of its Func.Fn.
func ImportFunc[F any](r Resolver, module, name, sig string, fn *F, ref **Func) error {
	v := r.Resolve(module, name)
	f, ok := v.(*Func)
	switch {
	case v == nil || ok && f == nil:
		return linkErrorf(module, name, unknownImport)
	case !ok:
		return linkErrorf(module, name, "%s: have a %T, want a function", incompatible, v)
	}
	if *fn, ok = f.Fn.(F); !ok || f.Type != sig {
		return linkErrorf(module, name, "%s: have %s, want %s", incompatible, f.Type, sig)
	}
	*ref = f
	return nil
}

// MemoryMaker is a Resolver that makes the memories it is asked for, such as the host of commands with threads: their
// memory is an import only so that all threads have the same.
type MemoryMaker interface {
	// MakeMemory makes a memory for an import of type want; guard is the form of the importing code.
	MakeMemory(module, name string, want MemoryType, guard bool) (*Memory, error)
}

// ImportMemory finds a memory import of at least type want, or has it made. guard is the form of the importing code.
func ImportMemory(r Resolver, module, name string, want MemoryType, guard bool) (*Memory, error) {
	v := r.Resolve(module, name)
	if maker, ok := r.(MemoryMaker); ok && v == nil {
		return maker.MakeMemory(module, name, want, guard)
	}
	if v == nil {
		return nil, linkErrorf(module, name, unknownImport)
	}
	m, ok := v.(*Memory)
	if !ok || m == nil {
		return nil, linkErrorf(module, name, "%s: have a %T, want a memory", incompatible, v)
	}
	return m, CheckMemory(m, module, name, want, guard)
}

// CheckMemory checks m against the type want of an import (spec: 4.5.3).
func CheckMemory(m *Memory, module, name string, want MemoryType, guard bool) error {
	if m == nil {
		return linkErrorf(module, name, unknownImport)
	}
	have := m.Type()
	if !limitsMatch(have.Min, have.Max, have.HasMax, want.Min, want.Max, want.HasMax) || have.Shared != want.Shared {
		return linkErrorf(module, name, "%s: have %+v, want %+v", incompatible, have, want)
	}
	if guard && !m.guard {
		return linkErrorf(module, name, "the memory is of the checked form, the importing code of the guard form")
	}
	return nil
}

// ImportTable finds a table import of at least type want.
func ImportTable(r Resolver, module, name string, want TableType) (*Table, error) {
	v := r.Resolve(module, name)
	if v == nil {
		return nil, linkErrorf(module, name, unknownImport)
	}
	t, ok := v.(*Table)
	if !ok || t == nil {
		return nil, linkErrorf(module, name, "%s: have a %T, want a table", incompatible, v)
	}
	return t, CheckTable(t, module, name, want)
}

// CheckTable checks t against the type want of an import (spec: 4.5.3).
func CheckTable(t *Table, module, name string, want TableType) error {
	if t == nil {
		return linkErrorf(module, name, unknownImport)
	}
	have := t.Type()
	if !limitsMatch(have.Min, have.Max, have.HasMax, want.Min, want.Max, want.HasMax) || have.Elem != want.Elem {
		return linkErrorf(module, name, "%s: have %+v, want %+v", incompatible, have, want)
	}
	return nil
}

// ImportGlobal finds a global import of value type T.
func ImportGlobal[T any](r Resolver, module, name string, mutable bool) (*Global[T], error) {
	v := r.Resolve(module, name)
	if v == nil {
		return nil, linkErrorf(module, name, unknownImport)
	}
	g, ok := v.(*Global[T])
	if !ok {
		return nil, linkErrorf(module, name, "%s: have a %T, want a %T", incompatible, v, g)
	}
	return g, CheckGlobal(g, module, name, mutable)
}

// CheckGlobal checks g against the mutability of an import (spec: 4.5.3).
func CheckGlobal[T any](g *Global[T], module, name string, mutable bool) error {
	if g == nil {
		return linkErrorf(module, name, unknownImport)
	}
	if g.Mutable != mutable {
		return linkErrorf(module, name, "%s: mutability differs", incompatible)
	}
	return nil
}

func limitsMatch(min, max uint64, hasMax bool, wantMin, wantMax uint64, wantHasMax bool) bool {
	return min >= wantMin && (!wantHasMax || hasMax && max <= wantMax)
}
