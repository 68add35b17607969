package compiler

import (
	"fmt"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// externType writes the type of entry i of an index space as the text format does.
func externType(m *wasm.Module, kind wasm.ExternKind, i uint32) string {
	switch kind {
	case wasm.KindFunc:
		return m.FuncType(i).String()
	case wasm.KindTable:
		t := m.TableTypes[i]
		return limits(t.Limits) + " " + t.Elem.String()
	case wasm.KindMemory:
		return limits(m.MemoryTypes[i].Limits)
	case wasm.KindGlobal:
		t := m.GlobalTypes[i]
		if t.Mutable {
			return fmt.Sprintf("(mut %s)", t.Type)
		}
		return t.Type.String()
	}
	return wasm.KindName(kind)
}

// limits writes limits as the text format does.
func limits(l wasm.Limits) string {
	s := fmt.Sprint(l.Min)
	if l.Addr == wasm.I64 {
		s = "i64 " + s
	}
	if l.HasMax {
		s += fmt.Sprintf(" %d", l.Max)
	}
	if l.Shared {
		s += " shared"
	}
	return s
}
