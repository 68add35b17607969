package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

// BlockType is the type of a block, loop or if: an index of a function type, or at most one result.
type BlockType struct {
	// Index is the type index, or -1.
	Index int64
	// Result is the only result when Index is -1; Unknown for none.
	Result ValType
}

// Instr is one decoded instruction. Which fields mean something follows from Op.Imm.
type Instr struct {
	Op     *op.Op
	Offset int // of the opcode in Module.Bytes

	// Index and Index2 are the indices among the immediates in binary order (label, function, type and table, local,
	// global, memory or memories, segment and memory or table).
	Index, Index2 uint32
	// Value is a constant: the value of i32.const sign-extended, the bits of f32.const and f64.const.
	Value uint64
	// Align (exponent), MemOffset and Index (memory) are the memarg.
	Align     uint32
	MemOffset uint64
	Block     BlockType
	// Labels are the targets of br_table, the default one last. The slice is reused by the next Reader.Next.
	Labels []uint32
	// Types are those of select with a type. The slice is reused by the next Reader.Next.
	Types []ValType
	// RefType is the type of ref.null.
	RefType ValType
	Lane    byte
	// Bytes are the 16 bytes of v128.const or of a shuffle.
	Bytes [16]byte
}
