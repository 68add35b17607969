package build

import (
	"encoding/binary"
	"unsafe"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// body is what a function does: two of one module whose bodies are equal can stand for each other.
type body struct {
	typ    uint32 // the first equal type
	locals string // their declarations, a run after the other
	code   string
}

// FoldIdentical makes the first of several functions with the same type and code stand for all of them, in the module's
// declarations and wherever its code names one: what linkers call identical code folding. No instruction can tell them apart,
// and each keeps its places in tables. The module is valid.
func FoldIdentical(m *wasm.Module) {
	types := canonicalTypes(m)
	first := make(map[body]uint32, len(m.Codes))
	stands := make([]uint32, len(m.FuncTypes))
	for i := range stands {
		fn := uint32(i)
		stands[i] = fn
		if i < m.ImportedFunc {
			continue
		}
		b := bodyOf(m, &m.Codes[i-m.ImportedFunc])
		b.typ = types[m.FuncTypes[i]]
		if same, ok := first[b]; ok {
			stands[i] = same
		} else {
			first[b] = fn
		}
	}
	m.Stands = stands
	rename(m)
}

// bodyOf is the body of a function whose type is to be filled in. Its code is in the memory of the module.
func bodyOf(m *wasm.Module, c *wasm.Code) body {
	var locals []byte
	for _, run := range c.Locals {
		locals = binary.AppendUvarint(binary.AppendUvarint(locals, uint64(run.Count)), uint64(run.Type))
	}
	code := m.Bytes[c.Start:c.End]
	return body{locals: string(locals), code: unsafe.String(unsafe.SliceData(code), len(code))}
}

// rename puts into the declarations what stands for the functions that they name. Constant expressions keep their code: who
// reads it asks Module.StandsFor.
func rename(m *wasm.Module) {
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Kind == wasm.KindFunc {
			e.Index = m.StandsFor(e.Index)
		}
	}
	if m.Start != nil {
		*m.Start = m.StandsFor(*m.Start)
	}
	for i := range m.Elems {
		standFor(m, m.Elems[i].Funcs)
	}
}

// standFor puts into a list of functions what stands for them.
func standFor(m *wasm.Module, list []uint32) {
	for i, fn := range list {
		list[i] = m.StandsFor(fn)
	}
}
