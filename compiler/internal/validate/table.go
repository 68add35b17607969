package validate

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// entry is what validation needs of one instruction, from its row.
type entry struct {
	// check validates an instruction of this row.
	check func(*Body)
	// params and results are those of Sig. The address of a memory access, always params[0], stands as Unknown there.
	params, results []wasm.ValType
	// align is the exponent of the natural alignment of a memory access; atomic ones must have exactly that.
	align  uint32
	atomic bool
	// lanes bounds the lane index, 0 without one.
	lanes byte
}

// entries is indexed by slot.
var entries [5 << 8]entry

// slot maps the codes of supported instructions to indices of entries: one-byte opcodes, then the prefixes 0xfc to 0xff.
// Subopcodes beyond 0xff would need a page of their own; newEntry's caller panics on them at init.
func slot(c op.Code) int {
	if c < 0x100 {
		return int(c)
	}
	return int(c - 0xfb00)
}

func entryOf(c op.Code) *entry { return &entries[slot(c)] }

func init() {
	for _, o := range op.All() {
		if o.Proposal.Supported() {
			entries[slot(o.Code)] = newEntry(o)
		}
	}
}

func newEntry(o *op.Op) entry {
	e := entry{check: handlers[o.Code], params: letters(o.Params()), results: letters(o.Results())}
	if e.check == nil {
		if o.Sig == "" {
			panic(fmt.Sprintf("validate: %s has neither a signature nor a method", o.Name))
		}
		e.check = (*Body).simple
	}
	if o.IsMemAccess() {
		e.check = (*Body).memAccess
		e.align = uint32(bits.TrailingZeros32(o.Width()))
		e.atomic = o.Has('A')
	}
	switch o.Imm {
	case string(op.ImmLane):
		e.check = (*Body).laneAccess
		e.lanes = lanesOf(o.Name)
	case string(op.ImmMemarg) + string(op.ImmLane):
		e.check = (*Body).memLane
		e.lanes = byte(16 / o.Width())
	case string(op.ImmShuffle):
		e.check = (*Body).shuffle
	}
	return e
}

func letters(s string) []wasm.ValType {
	types := map[rune]wasm.ValType{
		'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128, 'a': wasm.Unknown,
	}
	var v []wasm.ValType
	for i, l := range s {
		t, ok := types[l]
		if !ok || l == 'a' && i > 0 {
			panic(fmt.Sprintf("validate: signature letter %q at %d of %q", l, i, s))
		}
		v = append(v, t)
	}
	return v
}

// lanesOf returns the number of lanes of a shape: 16 for i8x16.replace_lane.
func lanesOf(name string) byte {
	var bits, n byte
	if _, err := fmt.Sscanf(strings.TrimLeft(name, "if"), "%dx%d", &bits, &n); err != nil {
		panic("validate: no shape in " + name)
	}
	return n
}

// handlers names a method for each instruction whose type is not in its row.
var handlers = map[op.Code]func(*Body){
	op.Unreachable: (*Body).unreachable, op.Nop: (*Body).nop, op.Block: (*Body).block, op.Loop: (*Body).block,
	op.If: (*Body).ifOp, op.Else: (*Body).elseOp, op.End: (*Body).end, op.Br: (*Body).br, op.BrIf: (*Body).brIf,
	op.BrTable: (*Body).brTable, op.Return: (*Body).returnOp, op.Call: (*Body).call,
	op.CallIndirect: (*Body).callIndirect, op.Drop: (*Body).drop, op.Select: (*Body).selectOp,
	op.SelectT: (*Body).selectT,

	op.LocalGet: (*Body).localGet, op.LocalSet: (*Body).localSet, op.LocalTee: (*Body).localTee,
	op.GlobalGet: (*Body).globalGet, op.GlobalSet: (*Body).globalSet,

	op.MemorySize: (*Body).memorySize, op.MemoryGrow: (*Body).memoryGrow, op.MemoryInit: (*Body).memoryInit,
	op.MemoryCopy: (*Body).memoryCopy, op.MemoryFill: (*Body).memoryFill, op.DataDrop: (*Body).dataDrop,

	op.TableGet: (*Body).tableGet, op.TableSet: (*Body).tableSet, op.TableSize: (*Body).tableSize,
	op.TableGrow: (*Body).tableGrow, op.TableFill: (*Body).tableFill, op.TableCopy: (*Body).tableCopy,
	op.TableInit: (*Body).tableInit, op.ElemDrop: (*Body).elemDrop,

	op.RefNull: (*Body).refNull, op.RefIsNull: (*Body).refIsNull, op.RefFunc: (*Body).refFunc,
}
