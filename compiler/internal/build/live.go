package build

import "github.com/wasm2go/wasm2go/compiler/internal/wasm"

// reach finds the live functions and forgets what was found in the others.
func (f *Facts) reach(m *wasm.Module, keep bool) {
	f.Live = make([]bool, len(f.Funcs))
	var work []uint32
	mark := func(fn uint32) {
		if !f.Live[fn] {
			f.Live[fn] = true
			work = append(work, fn)
		}
	}
	f.roots(m, mark)
	for fn := range f.Funcs {
		if keep {
			mark(uint32(fn))
		}
	}
	for len(work) > 0 {
		ff := &f.Funcs[work[len(work)-1]]
		work = work[:len(work)-1]
		for _, fn := range ff.Calls {
			mark(fn)
		}
		for _, fn := range ff.refs {
			f.AddressTaken[fn], f.RefFunc[fn] = true, true
			mark(fn)
		}
	}
	for fn, live := range f.Live {
		if !live {
			f.Funcs[fn], f.AddressTaken[fn] = FuncFacts{}, false
		}
	}
}

// roots marks the functions that the module's declarations name. A passive segment that no instruction uses, and a
// declarative one, can not put functions into a table.
func (f *Facts) roots(m *wasm.Module, mark func(uint32)) {
	for _, e := range m.Exports {
		if e.Kind == wasm.KindFunc {
			mark(e.Index)
		}
	}
	if m.Start != nil {
		mark(*m.Start)
	}
	for fn := range f.RefFunc { // so far those of global initialisers
		mark(fn)
	}
	for i := range m.Elems {
		e := &m.Elems[i]
		if e.Mode != wasm.Active && !f.ElemUsed[uint32(i)] {
			continue
		}
		for _, fn := range e.Funcs {
			mark(fn)
		}
		for _, x := range e.Exprs {
			if fn, null, ok := ConstRef(m, x); ok && !null {
				mark(fn)
			}
		}
	}
}
