package op

// Codes of the instructions that other packages handle by code, not from the row.
const (
	Unreachable        Code = 0x00
	Nop                Code = 0x01
	Block              Code = 0x02
	Loop               Code = 0x03
	If                 Code = 0x04
	Else               Code = 0x05
	End                Code = 0x0b
	Br                 Code = 0x0c
	BrIf               Code = 0x0d
	BrTable            Code = 0x0e
	Return             Code = 0x0f
	Call               Code = 0x10
	CallIndirect       Code = 0x11
	Drop               Code = 0x1a
	Select             Code = 0x1b
	SelectT            Code = 0x1c
	LocalGet           Code = 0x20
	LocalSet           Code = 0x21
	LocalTee           Code = 0x22
	GlobalGet          Code = 0x23
	GlobalSet          Code = 0x24
	TableGet           Code = 0x25
	TableSet           Code = 0x26
	I32Load            Code = 0x28
	I32Load8U          Code = 0x2d
	I32Load16U         Code = 0x2f
	MemorySize         Code = 0x3f
	MemoryGrow         Code = 0x40
	I32Const           Code = 0x41
	I64Const           Code = 0x42
	F32Const           Code = 0x43
	F64Const           Code = 0x44
	I32Eqz             Code = 0x45
	I32Eq              Code = 0x46
	I32Ne              Code = 0x47
	I64Eqz             Code = 0x50
	I64Eq              Code = 0x51
	I64Ne              Code = 0x52
	I32Add             Code = 0x6a
	I32Sub             Code = 0x6b
	I32Mul             Code = 0x6c
	I32RemU            Code = 0x70
	I32And             Code = 0x71
	I32Or              Code = 0x72
	I32Xor             Code = 0x73
	I32Shl             Code = 0x74
	I32ShrU            Code = 0x76
	F32Mul             Code = 0x94
	F32Div             Code = 0x95
	F64Mul             Code = 0xa2
	F64Div             Code = 0xa3
	I64Add             Code = 0x7c
	I64Sub             Code = 0x7d
	I64Mul             Code = 0x7e
	I32WrapI64         Code = 0xa7
	I64ExtendI32S      Code = 0xac
	I64ExtendI32U      Code = 0xad
	RefNull            Code = 0xd0
	RefIsNull          Code = 0xd1
	RefFunc            Code = 0xd2
	MemoryInit         Code = 0xfc08
	DataDrop           Code = 0xfc09
	MemoryCopy         Code = 0xfc0a
	MemoryFill         Code = 0xfc0b
	TableInit          Code = 0xfc0c
	ElemDrop           Code = 0xfc0d
	TableCopy          Code = 0xfc0e
	TableGrow          Code = 0xfc0f
	TableSize          Code = 0xfc10
	TableFill          Code = 0xfc11
	V128Const          Code = 0xfd0c
	AtomicNotify       Code = 0xfe00
	AtomicWait32       Code = 0xfe01
	AtomicWait64       Code = 0xfe02
	AtomicFence        Code = 0xfe03
	ReturnCall         Code = 0x12
	ReturnCallIndirect Code = 0x13
)

// Control and parametric instructions (spec: 5.4.1, 5.4.3).
var control = []Row{
	{Unreachable, "unreachable", "", "", "CT", ""},
	{Nop, "nop", "", "", "C", ""},
	{Block, "block", "", "b", "C", ""},
	{Loop, "loop", "", "b", "C", ""},
	{If, "if", "", "b", "C", ""},
	{Else, "else", "", "", "C", ""},
	{End, "end", "", "", "C", ""},
	{Br, "br", "", "l", "C", ""},
	{BrIf, "br_if", "", "l", "C", ""},
	{BrTable, "br_table", "", "B", "C", ""},
	{Return, "return", "", "", "C", ""},
	{Call, "call", "", "f", "C", ""},
	{CallIndirect, "call_indirect", "", "tT", "CT", ""},
	{Drop, "drop", "", "", "", ""},
	{Select, "select", "", "", "", ""},
}

// Variable instructions (spec: 5.4.4).
var variables = []Row{
	{LocalGet, "local.get", "", "x", "", ""},
	{LocalSet, "local.set", "", "x", "", ""},
	{LocalTee, "local.tee", "", "x", "", ""},
	{GlobalGet, "global.get", "", "g", "", ""},
	{GlobalSet, "global.set", "", "g", "", ""},
}

// Memory instructions (spec: 5.4.6). Operand 0 is the address, operand 1 of a store the value.
var memory = []Row{
	{I32Load, "i32.load", "a:i", "m", "LT4", "@int32"},
	{0x29, "i64.load", "a:I", "m", "LT8", "@int64"},
	{0x2a, "f32.load", "a:f", "m", "LT4", "@float32"},
	{0x2b, "f64.load", "a:F", "m", "LT8", "@float64"},
	{0x2c, "i32.load8_s", "a:i", "m", "LT1", "int32(@int8)"},
	{0x2d, "i32.load8_u", "a:i", "m", "LT1", "int32(@uint8)"},
	{0x2e, "i32.load16_s", "a:i", "m", "LT2", "int32(@int16)"},
	{0x2f, "i32.load16_u", "a:i", "m", "LT2", "int32(@uint16)"},
	{0x30, "i64.load8_s", "a:I", "m", "LT1", "int64(@int8)"},
	{0x31, "i64.load8_u", "a:I", "m", "LT1", "int64(@uint8)"},
	{0x32, "i64.load16_s", "a:I", "m", "LT2", "int64(@int16)"},
	{0x33, "i64.load16_u", "a:I", "m", "LT2", "int64(@uint16)"},
	{0x34, "i64.load32_s", "a:I", "m", "LT4", "int64(@int32)"},
	{0x35, "i64.load32_u", "a:I", "m", "LT4", "int64(@uint32)"},
	{0x36, "i32.store", "ai:", "m", "ST4", "@int32 = $1"},
	{0x37, "i64.store", "aI:", "m", "ST8", "@int64 = $1"},
	{0x38, "f32.store", "af:", "m", "ST4", "@float32 = $1"},
	{0x39, "f64.store", "aF:", "m", "ST8", "@float64 = $1"},
	{0x3a, "i32.store8", "ai:", "m", "ST1", "@uint8 = uint8($1)"},
	{0x3b, "i32.store16", "ai:", "m", "ST2", "@uint16 = uint16($1)"},
	{0x3c, "i64.store8", "aI:", "m", "ST1", "@uint8 = uint8($1)"},
	{0x3d, "i64.store16", "aI:", "m", "ST2", "@uint16 = uint16($1)"},
	{0x3e, "i64.store32", "aI:", "m", "ST4", "@uint32 = uint32($1)"},
	{MemorySize, "memory.size", "", "M", "L", ""},
	{MemoryGrow, "memory.grow", "", "M", "C", ""},
}
