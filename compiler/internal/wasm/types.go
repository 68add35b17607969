// Package wasm holds the model of a WebAssembly module and its binary decoder.
//
// Numeric codes are those of github.com/tetratelabs/wabin/wasm wherever that package has them.
package wasm

import (
	"fmt"

	wabin "github.com/tetratelabs/wabin/wasm"
)

// ValType is a value type. The low byte is the code of the binary format; bits above it leave room for what typed
// references add: NonNull, and a type index for concrete heap types (shifted by typeIndexShift).
type ValType uint32

// Value types of WebAssembly 2.0 (spec: 5.3.1-5.3.4). Unknown is the bottom type of validation.
const (
	Unknown   ValType = 0
	I32               = ValType(wabin.ValueTypeI32)
	I64               = ValType(wabin.ValueTypeI64)
	F32               = ValType(wabin.ValueTypeF32)
	F64               = ValType(wabin.ValueTypeF64)
	V128              = ValType(wabin.ValueTypeV128)
	FuncRef           = ValType(wabin.ValueTypeFuncref)
	ExternRef         = ValType(wabin.ValueTypeExternref)
)

// IsRef reports whether t is a reference type. Unknown is not.
func (t ValType) IsRef() bool { return t == FuncRef || t == ExternRef }

// IsNum reports whether t is a number type.
func (t ValType) IsNum() bool { return t == I32 || t == I64 || t == F32 || t == F64 }

// String returns the type's name in the text format.
func (t ValType) String() string {
	switch t {
	case Unknown:
		return "unknown"
	case I32, I64, F32, F64, V128, FuncRef, ExternRef:
		return wabin.ValueTypeName(byte(t))
	}
	return fmt.Sprintf("valtype(%#x)", uint32(t))
}

// Single returns a list of one type without an allocation. The list must not be changed.
func Single(t ValType) []ValType {
	if t < ValType(len(singles)) {
		return singles[t : t+1 : t+1]
	}
	return []ValType{t}
}

// singles[t] is type t.
var singles = func() (s [256]ValType) {
	for i := range s {
		s[i] = ValType(i)
	}
	return s
}()

// FuncType is a function type: parameters to results.
type FuncType struct {
	Params, Results []ValType
}

// Equal reports whether f and g are the same type.
func (f *FuncType) Equal(g *FuncType) bool {
	return equalTypes(f.Params, g.Params) && equalTypes(f.Results, g.Results)
}

func equalTypes(a, b []ValType) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// String writes f as the table of instructions writes signatures, with type names: "i32 i32 -> i64".
func (f *FuncType) String() string {
	s := ""
	for _, p := range f.Params {
		s += p.String() + " "
	}
	s += "->"
	for _, r := range f.Results {
		s += " " + r.String()
	}
	return s
}

// Limits are the bounds of a memory (in pages) or a table (in elements). Addr is the address type: I32, or I64 for
// memory64.
type Limits struct {
	Min    uint64
	Max    uint64
	HasMax bool
	Shared bool
	Addr   ValType
}

// Memory is a memory type. PageSize is in bytes: 65536 unless the custom-page-sizes proposal says otherwise.
type Memory struct {
	Limits
	PageSize uint32
}

// PageSize is the size of a page of linear memory in bytes.
const PageSize = 65536

// MaxPages is the largest size of a 32-bit memory in pages.
const MaxPages = 65536

// Table is a table type; Init is the initial value of every element (nil: null), of the function-references proposal.
type Table struct {
	Limits
	Elem ValType
	Init *ConstExpr
}

// GlobalType is the type of a global.
type GlobalType struct {
	Type    ValType
	Mutable bool
}

// Global is a global defined in the module.
type Global struct {
	GlobalType
	Init ConstExpr
}

// ConstExpr is a constant expression: the bytes between Start and End of Module.Bytes, the final end included.
type ConstExpr struct {
	Start, End int
	i32        uint32
	lone       bool // i32.const i32 is all there is
}

// I32 returns the value of an expression that is a lone i32.const.
func (x *ConstExpr) I32() (uint32, bool) { return x.i32, x.lone }

// ExternKind says what an import or export is.
type ExternKind = byte

// Kinds of imports and exports (spec: 5.5.5). KindTag belongs to the exception-handling proposal.
const (
	KindFunc   ExternKind = wabin.ExternTypeFunc
	KindTable  ExternKind = wabin.ExternTypeTable
	KindMemory ExternKind = wabin.ExternTypeMemory
	KindGlobal ExternKind = wabin.ExternTypeGlobal
	KindTag    ExternKind = 4
)

// KindName returns the text-format word of an ExternKind.
func KindName(k ExternKind) string {
	switch k {
	case KindFunc, KindTable, KindMemory, KindGlobal:
		return wabin.ExternTypeName(k)
	case KindTag:
		return "tag"
	}
	return fmt.Sprintf("kind(%#x)", k)
}

// Import is one import; the field that Kind names is set. Index is its index in the index space of its kind.
type Import struct {
	Module, Name string
	Kind         ExternKind
	Type         uint32 // KindFunc: type index
	Table        Table
	Memory       Memory
	Global       GlobalType
	Index        uint32
	Offset       int // in Module.Bytes
}

// Export is one export.
type Export struct {
	Name   string
	Kind   ExternKind
	Index  uint32
	Offset int
}

// SegmentMode says how a segment is used (spec: 2.5.7).
type SegmentMode uint8

// Segment modes; Declarative is for elements only.
const (
	Active SegmentMode = iota
	Passive
	Declarative
)

// Elem is an element segment. Either Funcs (function indices) or Exprs is set.
type Elem struct {
	Mode   SegmentMode
	Table  uint32
	Offset ConstExpr // Active only
	Type   ValType
	Funcs  []uint32
	Exprs  []ConstExpr
	Pos    int // offset in Module.Bytes
}

// Len returns the number of elements.
func (e *Elem) Len() int { return len(e.Funcs) + len(e.Exprs) }

// Data is a data segment; its bytes are Module.Bytes[Start:End].
type Data struct {
	Mode       SegmentMode
	Memory     uint32
	Offset     ConstExpr // Active only
	Start, End int
	Pos        int // offset of the segment in Module.Bytes
}

// LocalRun is a run of locals of one type in a function body.
type LocalRun struct {
	Count uint32
	Type  ValType
}

// Code is the body of a defined function: its instructions are Module.Bytes[Start:End], the final end included.
type Code struct {
	Locals     []LocalRun
	Start, End int
}

// NumLocals returns the number of declared locals (without parameters).
func (c *Code) NumLocals() int {
	n := 0
	for _, r := range c.Locals {
		n += int(r.Count)
	}
	return n
}

// Custom is a custom section: its payload is Module.Bytes[Start:End].
type Custom struct {
	Name       string
	Start, End int
}

// Section is the place of one section in the file; for the inspector.
type Section struct {
	ID         byte
	Name       string // of custom sections
	Start, End int    // payload
}

// Names is the content of the name section (spec: 7.4.1). Maps are nil where the subsection is missing. A malformed
// name section is ignored as the specification asks, as if it ended at the fault.
type Names struct {
	Module  string
	Funcs   map[uint32]string
	Locals  map[uint32]map[uint32]string
	Globals map[uint32]string
}

// Module is a decoded module. Everything that refers to the file does so by offsets into Bytes, which the module
// shares with the caller of Decode.
type Module struct {
	Bytes     []byte
	Types     []FuncType
	Imports   []Import
	Funcs     []uint32 // type index of each defined function
	Tables    []Table  // defined
	Memories  []Memory // defined
	Globals   []Global // defined
	Exports   []Export
	Start     *uint32
	Elems     []Elem
	Datas     []Data
	DataCount *uint32
	Codes     []Code
	Customs   []Custom
	Sections  []Section
	Names     Names

	// Index spaces, imports first; set by Decode.
	FuncTypes    []uint32
	TableTypes   []Table
	MemoryTypes  []Memory
	GlobalTypes  []GlobalType
	ImportedFunc int // number of imported functions; likewise below
	ImportedTab  int
	ImportedMem  int
	ImportedGlob int

	// Stands has for each function the one that stands for it, or is nil: see StandsFor.
	Stands []uint32
}

// StandsFor is the function that is meant where instructions name function i: another one if its code is the same.
func (m *Module) StandsFor(i uint32) uint32 {
	if m.Stands == nil {
		return i
	}
	return m.Stands[i]
}

// FuncType returns the type of function i of the index space.
func (m *Module) FuncType(i uint32) *FuncType { return &m.Types[m.FuncTypes[i]] }
