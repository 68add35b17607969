package compiler

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/emit"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/validate"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// TextError is the reason for which a text is no module, with its line and column.
type TextError = wat.Error

// PackageName makes a name for a Go package from the name of a file, a folder or a module.
func PackageName(name string) string { return emit.PackageName(name) }

// Info is what Inspect finds in a module. Offsets and sizes are in bytes.
type Info struct {
	// Binary is the module in binary form.
	Binary []byte `json:"-"`

	Name      string        `json:"name,omitempty"`
	Size      int           `json:"size"`
	Sections  []SectionInfo `json:"sections"`
	Imports   []ExternInfo  `json:"imports"`
	Exports   []ExternInfo  `json:"exports"`
	Tables    []ExternInfo  `json:"tables"`
	Memories  []ExternInfo  `json:"memories"`
	Globals   []ExternInfo  `json:"globals"`
	Proposals []Use         `json:"proposals"`
	Funcs     FuncsInfo     `json:"functions"`
	Data      SegmentsInfo  `json:"data"`
	Elements  SegmentsInfo  `json:"elements"`
	Start     *FuncInfo     `json:"start,omitempty"`
	Names     NamesInfo     `json:"names"`
}

// SectionInfo is one section; Name is that of its kind, or a custom section's own.
type SectionInfo struct {
	Name   string `json:"name"`
	Custom bool   `json:"custom,omitempty"`
	Offset int    `json:"offset"`
	Size   int    `json:"size"`
}

// ExternInfo is an import, an export, or a table, memory or global that the module defines or imports.
type ExternInfo struct {
	Module string `json:"module,omitempty"`
	Name   string `json:"name,omitempty"`
	Kind   string `json:"kind"`
	Index  uint32 `json:"index"`
	Type   string `json:"type"`
	// Imported is set on tables, memories and globals that are imports.
	Imported bool `json:"imported,omitempty"`
}

// Use says how many instructions of a proposal a module has, and which constructs besides instructions.
type Use struct {
	Proposal     string   `json:"proposal"`
	Instructions int      `json:"instructions"`
	Constructs   []string `json:"constructs,omitempty"`
}

// FuncsInfo is about the defined functions. Size is that of their instructions.
type FuncsInfo struct {
	Imported     int        `json:"imported"`
	Defined      int        `json:"defined"`
	Size         int        `json:"size"`
	Instructions int        `json:"instructions"`
	Largest      []FuncInfo `json:"largest"`
}

// FuncInfo is one function.
type FuncInfo struct {
	Index  uint32 `json:"index"`
	Name   string `json:"name,omitempty"`
	Offset int    `json:"offset,omitempty"`
	Size   int    `json:"size,omitempty"`
}

// SegmentsInfo is about data or element segments; Size is the number of bytes or of elements.
type SegmentsInfo struct {
	Count   int `json:"count"`
	Passive int `json:"passive,omitempty"`
	Size    int `json:"size"`
}

// NamesInfo says how many names the name section has.
type NamesInfo struct {
	Functions int `json:"functions"`
	Locals    int `json:"locals"` // functions whose locals have names
	Globals   int `json:"globals"`
}

// Inspect describes a module, in binary or text form, without translating it. A module that does not validate is
// rejected as by Compile. Largest lists up to largest functions.
func Inspect(src []byte, largest int) (*Info, error) {
	m, err := load(src)
	if err != nil {
		return nil, err
	}
	if err := validate.Module(m); err != nil {
		return nil, err
	}
	info := &Info{
		Binary: m.Bytes, Name: m.Names.Module, Size: len(m.Bytes),
		Sections: sectionInfos(m), Imports: importInfos(m), Exports: exportInfos(m),
		Proposals: []Use{},
		Names:     NamesInfo{len(m.Names.Funcs), len(m.Names.Locals), len(m.Names.Globals)},
	}
	if m.Start != nil {
		f := funcInfo(m, *m.Start)
		info.Start = &f
	}
	info.spaces(m)
	info.segments(m)
	info.functions(m, largest)
	return info, info.proposals(m)
}

// sectionNames are the sections' names in the order of their ids (spec: 5.5.2).
var sectionNames = [...]string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start",
	"element", "code", "data", "data count", "tag"}

func sectionInfos(m *wasm.Module) []SectionInfo {
	list := make([]SectionInfo, len(m.Sections))
	for i, s := range m.Sections {
		list[i] = SectionInfo{Name: sectionNames[s.ID], Offset: s.Start, Size: s.End - s.Start}
		if s.ID == 0 {
			list[i].Name, list[i].Custom = s.Name, true
		}
	}
	return list
}

func importInfos(m *wasm.Module) []ExternInfo {
	list := make([]ExternInfo, len(m.Imports))
	for i, imp := range m.Imports {
		list[i] = ExternInfo{
			Module: imp.Module, Name: imp.Name, Kind: wasm.KindName(imp.Kind), Index: imp.Index,
			Type: externType(m, imp.Kind, imp.Index),
		}
	}
	return list
}

func exportInfos(m *wasm.Module) []ExternInfo {
	list := make([]ExternInfo, len(m.Exports))
	for i, e := range m.Exports {
		list[i] = ExternInfo{Name: e.Name, Kind: wasm.KindName(e.Kind), Index: e.Index, Type: externType(m, e.Kind, e.Index)}
	}
	return list
}

// spaces lists tables, memories and globals.
func (info *Info) spaces(m *wasm.Module) {
	list := func(kind wasm.ExternKind, n, imported int) []ExternInfo {
		list := make([]ExternInfo, n)
		for i := range list {
			list[i] = ExternInfo{
				Kind: wasm.KindName(kind), Index: uint32(i), Type: externType(m, kind, uint32(i)), Imported: i < imported,
			}
		}
		return list
	}
	info.Tables = list(wasm.KindTable, len(m.TableTypes), m.ImportedTab)
	info.Memories = list(wasm.KindMemory, len(m.MemoryTypes), m.ImportedMem)
	info.Globals = list(wasm.KindGlobal, len(m.GlobalTypes), m.ImportedGlob)
	for i := range info.Globals {
		info.Globals[i].Name = m.Names.Globals[uint32(i)]
	}
}

func (info *Info) segments(m *wasm.Module) {
	for i := range m.Datas {
		info.Data.add(m.Datas[i].Mode, m.Datas[i].End-m.Datas[i].Start)
	}
	for i := range m.Elems {
		info.Elements.add(m.Elems[i].Mode, m.Elems[i].Len())
	}
}

func (s *SegmentsInfo) add(mode wasm.SegmentMode, size int) {
	s.Count++
	s.Size += size
	if mode == wasm.Passive {
		s.Passive++
	}
}

func (info *Info) functions(m *wasm.Module, largest int) {
	info.Funcs = FuncsInfo{Imported: m.ImportedFunc, Defined: len(m.Codes)}
	all := make([]FuncInfo, len(m.Codes))
	for i := range m.Codes {
		all[i] = funcInfo(m, uint32(m.ImportedFunc+i))
		info.Funcs.Size += all[i].Size
	}
	slices.SortStableFunc(all, func(a, b FuncInfo) int { return b.Size - a.Size })
	info.Funcs.Largest = all[:min(largest, len(all))]
}

func funcInfo(m *wasm.Module, i uint32) FuncInfo {
	f := FuncInfo{Index: i, Name: m.FuncName(i)}
	if d := int(i) - m.ImportedFunc; d >= 0 {
		f.Offset, f.Size = m.Codes[d].Start, m.Codes[d].End-m.Codes[d].Start
	}
	return f
}

// uses collects what a module uses of each proposal.
type uses struct {
	instructions map[op.Proposal]int
	constructs   map[op.Proposal][]string
}

// note records a construct if it is there.
func (u *uses) note(p op.Proposal, construct string, there bool) {
	if there && !slices.Contains(u.constructs[p], construct) {
		u.constructs[p] = append(u.constructs[p], construct)
	}
}

// proposals counts the instructions by the proposal that brought them, and looks for constructs that are none.
func (info *Info) proposals(m *wasm.Module) error {
	u := &uses{map[op.Proposal]int{}, map[op.Proposal][]string{}}
	u.declarations(m)
	for i := range m.Codes {
		if err := u.body(m, i); err != nil {
			return err
		}
	}
	for p := op.Core1; p <= op.CustomDescriptors; p++ {
		n := u.instructions[p]
		info.Funcs.Instructions += n
		if n > 0 || len(u.constructs[p]) > 0 {
			info.Proposals = append(info.Proposals, Use{p.String(), n, u.constructs[p]})
		}
	}
	return nil
}

// body reads the instructions of defined function i.
func (u *uses) body(m *wasm.Module, i int) error {
	r := wasm.NewReader(m, m.Codes[i].Start, m.Codes[i].End)
	r.Func = m.ImportedFunc + i
	for in := (wasm.Instr{}); r.More(); {
		if err := r.Next(&in); err != nil {
			return err
		}
		u.instructions[in.Op.Proposal]++
		if len(in.Op.Imm) > 0 && in.Op.Imm[0] == op.ImmBlock && in.Block.Index >= 0 {
			u.note(op.MultiValue, "block type", true)
		}
		if in.Op.IsMemAccess() {
			u.note(op.MultiMemory, "memory index", in.Index > 0)
		}
	}
	return nil
}

// declarations looks at everything but function bodies.
func (u *uses) declarations(m *wasm.Module) {
	for _, t := range m.Types {
		u.note(op.MultiValue, "function type", len(t.Results) > 1)
		for _, v := range slices.Concat(t.Params, t.Results) {
			u.note(op.ReferenceTypes, "value type", v.IsRef())
			u.note(op.SIMD, "value type", v == wasm.V128)
		}
	}
	u.note(op.ReferenceTypes, "several tables", len(m.TableTypes) > 1)
	u.note(op.MultiMemory, "several memories", len(m.MemoryTypes) > 1)
	u.note(op.BulkMemory, "data count section", m.DataCount != nil)
	for _, mem := range m.MemoryTypes {
		u.note(op.Threads, "shared memory", mem.Shared)
		u.note(op.Memory64, "64-bit memory", mem.Addr == wasm.I64)
		u.note(op.CustomPageSizes, "page size", mem.PageSize != wasm.PageSize)
	}
	for _, imp := range m.Imports {
		u.note(op.MutableGlobal, "import", imp.Kind == wasm.KindGlobal && imp.Global.Mutable)
	}
	for _, e := range m.Exports {
		u.note(op.MutableGlobal, "export", e.Kind == wasm.KindGlobal && m.GlobalTypes[e.Index].Mutable)
	}
	for _, g := range m.GlobalTypes {
		u.note(op.ReferenceTypes, "global", g.Type.IsRef())
		u.note(op.SIMD, "global", g.Type == wasm.V128)
	}
	for i := range m.Elems {
		u.note(op.ReferenceTypes, "element expressions", m.Elems[i].Exprs != nil)
		u.note(op.BulkMemory, "passive element segment", m.Elems[i].Mode == wasm.Passive)
	}
	for i := range m.Datas {
		u.note(op.BulkMemory, "passive data segment", m.Datas[i].Mode == wasm.Passive)
	}
}
