// Package op is the table of WebAssembly instructions: one row each, one file per proposal.
//
// Decoding, validation, the text format, the facts the optimiser asks for, the emitted Go and the differential tests
// all derive from the rows. A new instruction is a new row; only control, call, variable and bulk instructions (those
// with no Sig) need code of their own elsewhere.
package op

import (
	"fmt"
	"strings"
)

// Code identifies an instruction. One-byte opcodes stand for themselves; a prefixed opcode is written prefix then
// subopcode: 0xfe10, or 0xfd105 where the subopcode takes three hexadecimal digits.
type Code uint32

// MakeCode returns the Code of the subopcode sub behind prefix (0xfc, 0xfd, 0xfe, 0xfb).
func MakeCode(prefix byte, sub uint32) Code {
	if sub < 0x100 {
		return Code(prefix)<<8 | Code(sub)
	}
	return Code(prefix)<<12 | Code(sub)
}

// Prefix splits c into its prefix byte (0 for a one-byte opcode) and subopcode.
func (c Code) Prefix() (prefix byte, sub uint32) {
	switch {
	case c < 0x100:
		return 0, uint32(c)
	case c < 0x10000:
		return byte(c >> 8), uint32(c & 0xff)
	default:
		return byte(c >> 12), uint32(c & 0xfff)
	}
}

// Row is what the table says of one instruction.
type Row struct {
	Code Code
	// Name is the instruction's name in the text format.
	Name string
	// Sig is "operands:results", a letter a value: i i32, I i64, f f32, F f64, v v128, a the address type of the
	// memory named by the immediate. It is empty where the type depends on immediates or on the stack.
	Sig string
	// Imm lists the immediates in binary order, a letter each; see the Imm constants.
	Imm string
	// Facts holds letters: L reads memory, S writes memory, A atomic, T may trap, C control, and for memory accesses
	// the width in bytes as a digit (1, 2, 4, 8, or G for 16).
	Facts string
	// Go is the expression to emit. $n is operand n as a signed integer (or float), %n its unsigned view; @T is the
	// memory cell of Go type T at the address operand, &T the aligned pointer to it, # the memory and the effective address
	// as two arguments. A leading "u " says that the result is
	// the unsigned view, "b " that it is a bool. An empty Go on a row with a Sig means that emission of the
	// instruction is not supported yet.
	Go string
}

// Op is a row with what derives from it.
type Op struct {
	Row
	// Proposal is the proposal that brought the instruction; set from the group the row stands in.
	Proposal Proposal

	params, results string
	width           uint8
	facts           uint64 // a bit for each of Facts, that of '0' first
}

// Letters of Op.Imm.
const (
	ImmBlock    = 'b' // block type
	ImmLabel    = 'l' // label index
	ImmTable    = 'B' // vector of label indices and the default one
	ImmFunc     = 'f' // function index
	ImmType     = 't' // type index
	ImmLocal    = 'x' // local index
	ImmGlobal   = 'g' // global index
	ImmTab      = 'T' // table index
	ImmMem      = 'M' // memory index
	ImmMemarg   = 'm' // memarg
	ImmData     = 'd' // data segment index
	ImmElem     = 'e' // element segment index
	ImmLane     = 'L' // lane index byte
	ImmShuffle  = 's' // 16 lane indices
	ImmRefType  = 'r' // heap type of ref.null
	ImmSelect   = 'S' // vector of value types
	ImmI32      = 'i' // signed LEB128, 32 bits
	ImmI64      = 'I' // signed LEB128, 64 bits
	ImmF32      = '4' // 4 bytes, little-endian
	ImmF64      = '8' // 8 bytes, little-endian
	ImmV128     = 'v' // 16 bytes
	ImmZeroByte = '0' // one zero byte (atomic.fence)
)

// Params returns the operand letters of o.Sig, bottom of the stack first.
func (o *Op) Params() string { return o.params }

// Results returns the result letters of o.Sig.
func (o *Op) Results() string { return o.results }

// Has reports whether o.Facts holds the letter.
func (o *Op) Has(fact byte) bool { return o.facts>>(fact-'0')&1 != 0 }

// Width returns the number of bytes a memory access touches, 0 for any other instruction.
func (o *Op) Width() uint32 { return uint32(o.width) }

// IsMemAccess reports whether o has a memarg.
func (o *Op) IsMemAccess() bool { return o.Imm != "" && o.Imm[0] == ImmMemarg }

// IsComparison reports whether o yields a truth value.
func (o *Op) IsComparison() bool { return strings.HasPrefix(o.Go, "b ") }

// Proposal names the specification text that an instruction or a construct comes from.
type Proposal uint8

// The proposals, named as in the WebAssembly/proposals repository. Core1 is version 1.0 (MVP).
const (
	Core1 Proposal = iota
	MutableGlobal
	SignExtension
	SaturatingFloatToInt
	MultiValue
	BulkMemory
	ReferenceTypes
	SIMD
	ExtendedConst
	Threads
	TailCall
	ExceptionHandling
	LegacyExceptionHandling
	Memory64
	MultiMemory
	FunctionReferences
	GC
	RelaxedSIMD
	WideArithmetic
	CustomPageSizes
	CustomDescriptors
	numProposals
)

var proposalNames = [numProposals]string{
	Core1: "WebAssembly 1.0", MutableGlobal: "mutable-global", SignExtension: "sign-extension-ops",
	SaturatingFloatToInt: "nontrapping-float-to-int-conversions", MultiValue: "multi-value",
	BulkMemory: "bulk-memory-operations", ReferenceTypes: "reference-types", SIMD: "simd",
	ExtendedConst: "extended-const", Threads: "threads", TailCall: "tail-call",
	ExceptionHandling: "exception-handling", LegacyExceptionHandling: "exception-handling (legacy)",
	Memory64: "memory64", MultiMemory: "multi-memory", FunctionReferences: "function-references", GC: "gc",
	RelaxedSIMD: "relaxed-simd", WideArithmetic: "wide-arithmetic", CustomPageSizes: "custom-page-sizes",
	CustomDescriptors: "custom-descriptors",
}

// String returns the proposal's name in the WebAssembly/proposals repository.
func (p Proposal) String() string { return proposalNames[p] }

// groups is the whole table, in the order of the documentation. later holds rows of proposals that the decoder knows
// by name only, so that an error can say what is missing.
var groups = []struct {
	proposal Proposal
	rows     []Row
}{
	{Core1, control}, {Core1, variables}, {Core1, memory}, {Core1, numeric},
	{SignExtension, signExtension}, {SaturatingFloatToInt, saturating}, {BulkMemory, bulk},
	{ReferenceTypes, reference}, {SIMD, simd}, {Threads, threads},
	{TailCall, tailCall}, {ExceptionHandling, exceptions}, {LegacyExceptionHandling, legacyExceptions},
	{FunctionReferences, functionReferences}, {WideArithmetic, wideArithmetic},
}

var (
	all    []*Op
	byCode Table[*Op]
	byName = map[string]*Op{}
)

func init() {
	for _, g := range groups {
		for i := range g.rows {
			add(g.rows[i], g.proposal)
		}
	}
	setAlgebras()
}

func add(r Row, p Proposal) {
	o := &Op{Row: r, Proposal: p}
	if o.Sig != "" {
		var ok bool
		if o.params, o.results, ok = strings.Cut(o.Sig, ":"); !ok {
			panic(fmt.Sprintf("op: %s: signature %q has no colon", o.Name, o.Sig))
		}
	}
	for i := 0; i < len(o.Facts); i++ {
		o.facts |= 1 << (o.Facts[i] - '0')
		switch c := o.Facts[i]; {
		case c == 'G':
			o.width = 16
		case c >= '1' && c <= '8':
			o.width = c - '0'
		}
	}
	if byCode.Get(o.Code) != nil || byName[o.Name] != nil {
		panic(fmt.Sprintf("op: %s (%#x) stands twice in the table", o.Name, uint32(o.Code)))
	}
	all = append(all, o)
	byCode.Set(o.Code, o)
	byName[o.Name] = o
	if o.Code < Code(len(Forms)) && p.Supported() {
		Forms[o.Code] = formOf(o)
	}
}

// All returns every row in table order. The slice is shared: read it only.
func All() []*Op { return all }

// Lookup returns the row of code c, or nil.
func Lookup(c Code) *Op { return byCode.Get(c) }

// ByName returns the row of an instruction by its text-format name, or nil.
func ByName(name string) *Op { return byName[name] }

// PrefixProposal returns the proposal that a prefix byte or an unknown one-byte opcode belongs to.
func PrefixProposal(b byte) (Proposal, bool) {
	switch b {
	case 0xfb:
		return GC, true
	case 0xfc:
		return BulkMemory, true
	case 0xfd:
		return RelaxedSIMD, true
	case 0xfe:
		return Threads, true
	}
	return 0, false
}
