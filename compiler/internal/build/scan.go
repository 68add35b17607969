// Package build turns validated WebAssembly functions into IR.
//
// The operand stack is kept as expressions that wait for their use, so a value that is used once ends up inside the
// expression that uses it. A waiting expression becomes a temporary as soon as something that must not be reordered
// with it is emitted.
package build

import (
	"maps"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Facts is what a first pass over the code of a module says of it.
type Facts struct {
	Funcs []FuncFacts // by function index; imports too
	// AddressTaken marks functions that can be called indirectly or by reference.
	AddressTaken []bool
	// ImageTable marks the function tables whose content after instantiation is known now. Of these StaticTable marks
	// those that nothing writes later, that no other module sees, and that are read by call_indirect only.
	ImageTable, StaticTable []bool
	// RefFunc holds the functions named by ref.func in code and global initialisers, DataUsed and ElemUsed the segments
	// named by instructions.
	RefFunc, DataUsed, ElemUsed map[uint32]bool
	// Proposals counts instructions by proposal, for the inspector.
	Proposals map[op.Proposal]int
	// Live marks the functions that can be reached from exports, the start function, element segments and ref.func. The
	// facts of all others are empty.
	Live []bool
}

// FuncFacts are the facts of one function.
type FuncFacts struct {
	// Calls are the functions called directly.
	Calls []uint32
	// Indirect are the type indices of indirect calls, each once; IndirectCalls is the number of these calls.
	Indirect      []uint32
	IndirectCalls int
	// Generic is set if an indirect call goes through a table that is not static.
	Generic bool
	// Grows is set if the function itself grows a memory.
	Grows bool
	// InCycle: the function lies on a cycle of the call graph. NeedsDepth: it counts the stack it uses.
	InCycle, NeedsDepth bool
	// MayGrow: the function or one it calls may grow a memory.
	MayGrow bool
	// Reenters marks an imported function that may call back into the module. WASI functions do not.
	Reenters bool
	// Ops is the number of instructions.
	Ops int
	// refs are the functions named by ref.func.
	refs []uint32
	// problem is the first thing in the code that can not be translated.
	problem *wasm.Error
}

// Scan puts together what scanners have seen of all bodies of the module, which is valid. With keep, functions that nothing
// reaches count as live.
func Scan(m *wasm.Module, scanners []*Scanner, keep bool) (*Facts, error) {
	f := &Facts{
		AddressTaken: make([]bool, len(m.FuncTypes)),
		ImageTable:   make([]bool, len(m.TableTypes)),
		StaticTable:  make([]bool, len(m.TableTypes)),
		Proposals:    map[op.Proposal]int{},
		RefFunc:      map[uint32]bool{},
		DataUsed:     map[uint32]bool{},
		ElemUsed:     map[uint32]bool{},
	}
	used := make([]bool, len(m.TableTypes))
	for _, s := range scanners {
		f.Funcs = s.funcs // the same of all
		f.add(s, used)
	}
	for i := range f.Funcs {
		standFor(m, f.Funcs[i].Calls)
		standFor(m, f.Funcs[i].refs)
	}
	f.tables(m, used)
	f.imports(m)
	for i := range m.Globals {
		if err := f.constExpr(m, m.Globals[i].Init); err != nil {
			return nil, err
		}
	}
	f.reach(m, keep)
	if err := f.limits(m); err != nil {
		return nil, err
	}
	f.callGraph(m)
	return f, nil
}

// add adds what one scanner has seen; used is as for tables.
func (f *Facts) add(s *Scanner, used []bool) {
	for p, n := range s.proposals {
		f.Proposals[p] += n
	}
	maps.Copy(f.DataUsed, s.dataUsed)
	maps.Copy(f.ElemUsed, s.elemUsed)
	for i, u := range s.used {
		used[i] = used[i] || u
	}
}

func (f *Facts) imports(m *wasm.Module) {
	for i := range m.Imports {
		if imp := &m.Imports[i]; imp.Kind == wasm.KindFunc {
			f.Funcs[imp.Index].Reenters = !strings.HasPrefix(imp.Module, "wasi")
		}
	}
}

// tables finds the tables that are known; used are those that instructions use in a way that a static table does not allow.
func (f *Facts) tables(m *wasm.Module, used []bool) {
	for i := range f.ImageTable {
		f.ImageTable[i] = i >= m.ImportedTab && m.TableTypes[i].Elem == wasm.FuncRef && m.TableTypes[i].Init == nil
	}
	for i := range m.Elems {
		if e := &m.Elems[i]; e.Mode == wasm.Active && !staticElem(m, e) {
			f.ImageTable[e.Table] = false
		}
	}
	for i := range f.StaticTable {
		f.StaticTable[i] = f.ImageTable[i] && !used[i]
	}
	for _, e := range m.Exports {
		switch e.Kind {
		case wasm.KindTable:
			f.StaticTable[e.Index] = false
		case wasm.KindFunc:
			f.AddressTaken[e.Index] = true
		}
	}
	for i := range m.Elems {
		e := &m.Elems[i]
		for _, fn := range e.Funcs {
			f.AddressTaken[fn] = true
		}
		for _, x := range e.Exprs {
			f.constRefs(m, x)
		}
	}
}

// staticElem reports whether what an active segment writes is known now and in bounds.
func staticElem(m *wasm.Module, e *wasm.Elem) bool {
	off, ok := e.Offset.I32()
	if !ok || uint64(off)+uint64(e.Len()) > m.TableTypes[e.Table].Min {
		return false
	}
	for _, x := range e.Exprs {
		if _, _, ok := ConstRef(m, x); !ok {
			return false
		}
	}
	return true
}

// ConstRef evaluates a constant expression that is a lone ref.func (fn, false) or ref.null (0, true).
func ConstRef(m *wasm.Module, x wasm.ConstExpr) (fn uint32, null, ok bool) {
	r := wasm.NewReader(m, x.Start, x.End)
	var in wasm.Instr
	if r.Next(&in) != nil {
		return 0, false, false
	}
	switch in.Op.Code {
	case op.RefFunc:
		return m.StandsFor(in.Index), false, true
	case op.RefNull:
		return 0, true, true
	}
	return 0, false, false
}

func (f *Facts) constRefs(m *wasm.Module, x wasm.ConstExpr) {
	if fn, null, ok := ConstRef(m, x); ok && !null {
		f.AddressTaken[fn] = true
	}
}

func (f *Facts) constExpr(m *wasm.Module, x wasm.ConstExpr) error {
	r := wasm.NewReader(m, x.Start, x.End)
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return err
		}
		if in.Op.Code == op.RefFunc {
			fn := m.StandsFor(in.Index)
			f.AddressTaken[fn], f.RefFunc[fn] = true, true
		}
	}
	return nil
}

// Plain are the one-byte opcodes that only count: a Scanner need not see them.
var Plain = func() (t [256]bool) {
	for _, o := range op.All() {
		if o.Code < op.Code(len(t)) {
			t[o.Code] = o.Proposal == op.Core1 && o.Go != ""
		}
	}
	for _, c := range []op.Code{op.LocalGet, op.LocalSet, op.LocalTee, op.GlobalGet, op.GlobalSet, op.I32Const, op.I64Const,
		op.Br, op.BrIf, op.Return, op.Drop, op.Select, op.Else, op.End, op.Nop, op.Unreachable} {
		t[c] = true
	}
	return t
}()

// Scanner notes what there is in the bodies that one goroutine validates.
type Scanner struct {
	m     *wasm.Module
	funcs []FuncFacts // of all; it writes those of its functions
	// called and calledType hold, by function and by type, the last function that was seen to call it.
	called, calledType []int32
	used               []bool // see Facts.tables
	proposals          map[op.Proposal]int
	dataUsed, elemUsed map[uint32]bool
}

// NewScanners makes n of them for the bodies of one module.
func NewScanners(m *wasm.Module, n int) []*Scanner {
	funcs, list := make([]FuncFacts, len(m.FuncTypes)), make([]*Scanner, n)
	never := []int32{-1}
	for i := range list {
		list[i] = &Scanner{
			m: m, funcs: funcs, used: make([]bool, len(m.TableTypes)), proposals: map[op.Proposal]int{},
			called: slices.Repeat(never, len(m.FuncTypes)), calledType: slices.Repeat(never, len(m.Types)),
			dataUsed: map[uint32]bool{}, elemUsed: map[uint32]bool{},
		}
	}
	return list
}

// Instr notes an instruction of function fn, which is valid; depth is the number of blocks around what follows it.
func (s *Scanner) Instr(fn int, in *wasm.Instr, depth int) {
	ff := &s.funcs[fn]
	if ff.problem == nil {
		ff.problem = unsupported(s.m, in, depth)
	}
	if in.Op.Proposal != op.Core1 {
		s.proposals[in.Op.Proposal]++
	}
	s.note(fn, ff, in)
}

// Body notes that function fn, of so many instructions, has been seen.
func (s *Scanner) Body(fn, instrs int) { s.funcs[fn].Ops = instrs }

// note notes what an instruction of function fn refers to.
func (s *Scanner) note(fn int, ff *FuncFacts, in *wasm.Instr) {
	switch in.Op.Code {
	case op.Call:
		if s.called[in.Index] != int32(fn) {
			s.called[in.Index] = int32(fn)
			ff.Calls = append(ff.Calls, in.Index)
		}
	case op.CallIndirect:
		ff.IndirectCalls++
		if s.calledType[in.Index] != int32(fn) {
			s.calledType[in.Index] = int32(fn)
			ff.Indirect = append(ff.Indirect, in.Index)
		}
	case op.MemoryGrow:
		ff.Grows = true
	case op.RefFunc:
		ff.refs = append(ff.refs, in.Index)
	case op.MemoryInit, op.DataDrop:
		s.dataUsed[in.Index] = true
	case op.TableGet, op.TableSet, op.TableGrow, op.TableFill, op.TableSize:
		s.used[in.Index] = true
	case op.TableCopy:
		s.used[in.Index], s.used[in.Index2] = true, true
	case op.TableInit:
		s.used[in.Index2] = true
		s.elemUsed[in.Index] = true
	case op.ElemDrop:
		s.elemUsed[in.Index] = true
	}
}
