package build

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Stack is the shadow stack of C-like languages: what they take the address of lives in linear memory, on a stack that
// grows down (WebAssembly/tool-conventions, BasicCABI.md).
type Stack struct {
	// Global is the index of the global __stack_pointer.
	Global uint32
	// Low and High are the bounds of the main thread's stack, as far as the module shows them.
	Low, High uint32
}

const stackPointer = "__stack_pointer"

// ShadowStack finds the shadow stack: by the global's export, its name, or, in a module without names, as LLVM makes it:
// the first global, mutable, and set to the end of the stack.
func ShadowStack(m *wasm.Module) (Stack, bool) {
	for _, e := range m.Exports {
		if e.Kind == wasm.KindGlobal && e.Name == stackPointer {
			return stackAt(m, e.Index)
		}
	}
	for i, name := range m.Names.Globals {
		if name == stackPointer {
			return stackAt(m, i)
		}
	}
	if len(m.Names.Globals) > 0 || m.ImportedGlob > 0 || len(m.Globals) == 0 {
		return Stack{}, false
	}
	s, ok := stackAt(m, 0)
	const leastStack, align = 1024, 16
	return s, ok && s.High >= leastStack && s.High%align == 0
}

func stackAt(m *wasm.Module, global uint32) (Stack, bool) {
	t := m.GlobalTypes[global]
	if int(global) < m.ImportedGlob || !t.Mutable || t.Type != wasm.I32 {
		return Stack{}, false
	}
	s := Stack{Global: global}
	var ok bool
	s.High, ok = m.Globals[int(global)-m.ImportedGlob].Init.I32()
	s.Low = dataBelow(m, s.High)
	return s, ok
}

// dataBelow is the end of the static data below the stack, 0 if the stack comes first: of active segments, and of what
// the start function, which linkers make for shared memories, initialises.
func dataBelow(m *wasm.Module, high uint32) (low uint32) {
	note := func(start, size uint32) {
		if end := start + size; end <= high && end > low {
			low = end
		}
	}
	for i := range m.Datas {
		d := &m.Datas[i]
		if d.Mode != wasm.Active {
			continue
		}
		if off, ok := d.Offset.I32(); ok {
			note(off, uint32(d.End-d.Start))
		}
	}
	if m.Start == nil || int(*m.Start) < m.ImportedFunc {
		return low
	}
	c := &m.Codes[int(*m.Start)-m.ImportedFunc]
	r := wasm.NewReader(m, c.Start, c.End)
	var in wasm.Instr
	var args [3]uint32 // the last three constants: destination, source or value, size
	for r.More() && r.Next(&in) == nil {
		switch in.Op.Code {
		case op.I32Const:
			args = [3]uint32{args[1], args[2], uint32(in.Value)}
		case op.MemoryInit, op.MemoryFill:
			note(args[0], args[2])
		}
	}
	return low
}
