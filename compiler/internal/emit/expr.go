package emit

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// valueType is the Go type of a value type, in expressions.
func valueType(t wasm.ValType) gox.Type { return valueTypes[byte(t)] }

// valueTypes are these types, by the low bytes of value types.
var valueTypes = [256]gox.Type{wasm.I32: gox.Int32, wasm.I64: gox.Int64, wasm.F32: gox.Float32, wasm.F64: gox.Float64}

// exprs make the expressions that the rows do not describe.
var exprs op.Table[maker]

func init() {
	for code, h := range map[op.Code]maker{
		op.I32Const: (*fn).constant, op.I64Const: (*fn).constant,
		op.F32Const: (*fn).constant, op.F64Const: (*fn).constant, op.GlobalGet: (*fn).globalGet,
		op.Call: (*fn).call, op.CallIndirect: (*fn).callIndirect, op.I32Eqz: (*fn).eqz,
		op.RefNull: (*fn).refNull, op.RefIsNull: (*fn).refIsNull, op.RefFunc: (*fn).refFunc,
		op.MemorySize: (*fn).memorySize, op.MemoryGrow: (*fn).memoryGrow, op.MemoryInit: (*fn).memoryInit,
		op.MemoryCopy: (*fn).memoryCopy, op.MemoryFill: (*fn).memoryFill,
		op.TableGet: (*fn).tableGet, op.TableSet: (*fn).tableSet, op.TableSize: (*fn).tableSize,
		op.TableGrow: (*fn).tableGrow, op.TableFill: (*fn).tableFill, op.TableCopy: (*fn).tableCopy,
		op.TableInit: (*fn).tableInit,
	} {
		exprs.Set(code, h)
	}
	for _, c := range []op.Code{0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82} {
		exprs.Set(c, (*fn).division)
	}
	for _, c := range []op.Code{op.F32Mul, op.F32Div, op.F64Mul, op.F64Div} {
		exprs.Set(c, (*fn).product)
	}
}

// node makes the Go expression of e in its natural form: a bool for comparisons, unsigned where the operation is.
// A variable is read by the same node each time.
func (f *fn) node(e *ir.Expr) *gox.Node {
	if e.IsVar() {
		return &f.vars[e.Index].Node
	}
	return templateOf(e.Op).make(f, e)
}

// row makes the Go expression of e's row.
func (f *fn) row(e *ir.Expr) *gox.Node { return templateOf(e.Op).row(f, e) }

// cellPointer is the aligned pointer to the cell of type t.
func (f *fn) cellPointer(e *ir.Expr, t gox.Type) *gox.Node {
	width := strconv.Itoa(t.Bits() / 8)
	ea := f.CallFunc("rt.Align"+width, gox.Uint64, f.address(e))
	p := f.pointer(e.Index, ea)
	if !f.g.guard() {
		mem := f.Name(f.memLocal(e.Index), gox.Other)
		p = f.CallFunc("rt.At", gox.Other, mem, ea, f.Lit(gox.Uint64, uint64(t.Bits()/8)))
	}
	return f.CallFunc("(*"+t.String()+")", gox.Other, p)
}

// place is the memory (what is empty), the effective address ("ea") or the instance ("in").
func (f *fn) place(e *ir.Expr, what string) *gox.Node {
	switch what {
	case "ea":
		return f.address(e)
	case "in":
		return f.Name("&m.Instance", gox.Other)
	}
	return f.Name("m."+f.g.memName(e.Index), gox.Other)
}

// value makes e in the form in which it is passed: signed, 0 or 1 for a bool.
func (f *fn) value(e *ir.Expr) *gox.Node { return f.valueAs(e, valueType(e.Type)) }

// valueFor makes e in the form in which variable v holds it.
func (f *fn) valueFor(e *ir.Expr, v ir.Var) *gox.Node {
	if v == ir.Blank {
		return f.value(e)
	}
	t := f.vars[v].Type
	n := f.valueAs(e, t)
	if t.IsFloat() && !e.IsVar() {
		return f.hidden(n, e, v)
	}
	return n
}

func (f *fn) valueAs(e *ir.Expr, t gox.Type) *gox.Node {
	if e.Op == op.I32Const || e.Op == op.I64Const {
		return f.Lit(t, e.Imm)
	}
	n := f.node(e)
	switch {
	case n.Type == gox.Bool && n.Kind == gox.Literal:
		return f.Lit(t, n.Bits)
	case n.Type == gox.Bool:
		return f.Conv(t, f.number(n))
	case n.Type.IsInt():
		return f.Conv(t, n)
	}
	return n
}

// cond makes e as a bool.
func (f *fn) cond(e *ir.Expr) *gox.Node {
	n := f.node(e)
	if n.Type == gox.Bool {
		return n
	}
	return f.Bin(gox.Ne, n, f.Lit(n.Type, 0))
}

func (f *fn) eqz(e *ir.Expr) *gox.Node {
	n := f.node(e.Args[0])
	if n.Type == gox.Bool {
		return f.Not(n)
	}
	return f.Bin(gox.Eq, n, f.Lit(n.Type, 0))
}

func (f *fn) constant(e *ir.Expr) *gox.Node { return f.Lit(valueType(e.Type), e.Imm) }

// division leaves out the overflow check where the divisor is a harmless constant, and keeps a division by a constant
// zero from the Go compiler, which rejects it.
func (f *fn) division(e *ir.Expr) *gox.Node {
	d := e.Args[1]
	if !d.IsConst() {
		return f.row(e)
	}
	t := valueType(e.Type)
	signed := e.Op == 0x6d || e.Op == 0x7f
	switch {
	case d.Imm == 0:
		return f.CallFunc(fmt.Sprintf("rt.I%dDivS", t.Bits()), t, f.value(e.Args[0]), f.Lit(t, 0))
	case signed && int64(d.Imm) != -1:
		return f.Bin(gox.Div, f.value(e.Args[0]), f.Lit(t, d.Imm))
	}
	return f.row(e)
}

// product makes f32.mul, f32.div and those of f64; see ones. x - 0 is x, but a quiet NaN.
func (f *fn) product(e *ir.Expr) *gox.Node {
	n := f.row(e)
	for i, a := range e.Args {
		if matters(e, i) && !a.IsVar() && f.onesOf().mayBeOne(a) {
			return f.Bin(gox.Sub, n, f.Lit(n.Type, 0))
		}
	}
	return n
}

// address is the effective address of a memory access as a 64-bit number: it does not wrap around.
func (f *fn) address(e *ir.Expr) *gox.Node {
	a := f.extended(e.Args[0])
	if e.Imm == 0 {
		return a
	}
	return f.offset(a, e.Imm)
}

// extended is the i32 e as an unsigned 64-bit number. What does not wrap around is computed in 64 bits, where it becomes
// part of an address: uint64(uint32(x)&255)<<2 is a scaled index, uint64(uint32(x)&255<<2) is a shift.
func (f *fn) extended(e *ir.Expr) *gox.Node {
	switch {
	case e.IsVar() && f.vars[e.Index].wide != nil:
		return f.vars[e.Index].wide
	case e.Op == op.I32Shl && bound(e) < math.MaxUint32:
		return f.Bin(gox.Shl, f.extended(e.Args[0]), f.Lit(gox.Uint64, e.Args[1].Imm))
	case e.Op == op.I32Add && bound(e) < math.MaxUint32:
		return f.Bin(gox.Add, f.extended(e.Args[0]), f.extended(e.Args[1]))
	}
	return f.Conv(gox.Uint64, f.valueAs(e, gox.Uint32))
}

// bound is a number that the i32 e, as an unsigned number, does not exceed. Below MaxUint32 the operation of e does not
// wrap around. Only the topmost operations of e are looked at.
func bound(e *ir.Expr) uint64 { return boundWithin(e, 4) }

func boundWithin(e *ir.Expr, depth int) uint64 {
	const any = math.MaxUint32
	switch {
	case e.Op == op.I32Const:
		return uint64(uint32(e.Imm))
	case e.Op == op.I32Load8U:
		return math.MaxUint8
	case e.Op == op.I32Load16U:
		return math.MaxUint16
	case len(e.Args) != 2 || depth == 0:
		return any
	}
	a, b := boundWithin(e.Args[0], depth-1), boundWithin(e.Args[1], depth-1)
	constant := e.Args[1].Op == op.I32Const
	switch e.Op {
	case op.I32And:
		return min(a, b)
	case op.I32Add:
		return min(a+b, any)
	case op.I32Shl:
		if constant && b < 32 {
			return min(a<<b, any)
		}
	case op.I32ShrU:
		if constant && b < 32 {
			return a >> b
		}
	case op.I32RemU:
		if constant && b > 0 {
			return b - 1
		}
	}
	return any
}

// pointer is the address as an unsafe.Pointer into the guard form's reservation.
func (f *fn) pointer(mem uint32, ea *gox.Node) *gox.Node {
	return f.CallFunc("unsafe.Add", gox.Other, f.Name(f.memLocal(mem), gox.Other), anyUnsigned(ea))
}

// cell is the memory cell of type t there.
func (f *fn) cell(t gox.Type, mem uint32, ea *gox.Node) *gox.Node {
	f.memLocal(mem)
	return f.Cell(t, f.g.cells[mem], anyUnsigned(ea))
}

// anyUnsigned is an effective address without its conversion to 64 bits: unsafe.Add takes any integer.
func anyUnsigned(ea *gox.Node) *gox.Node {
	if ea.Kind == gox.Convert && ea.X.Type.IsInt() && !ea.X.Type.IsSigned() {
		return ea.X
	}
	return ea
}

// load is the memory cell of type t that e reads.
func (f *fn) load(e *ir.Expr, t gox.Type) *gox.Node {
	ea := f.address(e)
	if f.g.guard() {
		return f.cell(t, e.Index, ea)
	}
	mem := f.Name(f.memLocal(e.Index), gox.Other)
	if t.Bits() == 8 {
		return f.Conv(t, f.index(mem, ea))
	}
	bits := strconv.Itoa(t.Bits())
	raw, _ := gox.TypeByName("uint" + bits)
	n := f.CallFunc(f.access("Load")+bits, raw, f.lastByte(mem, ea, t))
	if t.IsFloat() {
		return f.CallFunc("math.Float"+bits+"frombits", t, n)
	}
	return f.Conv(t, n)
}

// index is a byte of memory.
func (f *fn) index(mem, ea *gox.Node) *gox.Node {
	n := f.Node(gox.Index, gox.Uint8)
	n.X, n.Args = mem, f.List(ea)
	return n
}

// lastByte is the address of the last byte of the cell of type t at ea. All of the cell is in memory if that byte is, so
// that Go checks bounds once.
func (f *fn) lastByte(mem, ea *gox.Node, t gox.Type) *gox.Node {
	n := f.index(mem, f.offset(ea, uint64(t.Bits()/8-1)))
	n.Kind, n.Type = gox.Address, gox.Other
	return n
}

// appendStore writes a store instruction.
func (f *fn) appendStore(b []byte, e *ir.Expr) []byte {
	t := templateOf(e.Op)
	val := t.row(f, e)
	if val.Type == gox.Bool {
		val = f.value(e.Args[1])
	}
	ea := f.address(e)
	if f.g.guard() {
		cell := t.cell
		if val = f.Conv(cell, val); val.Kind == gox.Convert && val.X.Type == cell.Unsigned() {
			cell, val = val.X.Type, val.X
		}
		b = f.cell(cell, e.Index, ea).Append(b)
		return val.Append(append(b, " = "...))
	}
	mem := f.Name(f.memLocal(e.Index), gox.Other)
	if t.cell.Bits() == 8 {
		return appendByte(b, f.index(mem, ea), f.Conv(gox.Uint8, val))
	}
	bits := strconv.Itoa(t.cell.Bits())
	raw, _ := gox.TypeByName("uint" + bits)
	if t.cell.IsFloat() {
		val = f.CallFunc("math.Float"+bits+"bits", raw, val)
	}
	return f.CallFunc(f.access("Store")+bits, gox.Other, f.lastByte(mem, ea, t.cell), f.Conv(raw, val)).Append(b)
}

// appendByte writes an assignment to a byte of memory. One to itself, which vet takes for a mistake, becomes "_ = x": the
// bounds check is all there is to it.
func appendByte(b []byte, cell, val *gox.Node) []byte {
	left := len(b)
	b = append(cell.Append(b), " = "...)
	right := len(b)
	b = val.Append(b)
	if bytes.Equal(b[left:right-len(" = ")], b[right:]) {
		return slices.Replace(b, left, right, []byte("_ = ")...)
	}
	return b
}

// appendTouch writes a load whose value is not used but whose trap is. Go drops dead loads; it keeps atomic ones, so the
// aligned word that holds the last byte is loaded atomically.
func (f *fn) appendTouch(b []byte, e *ir.Expr) []byte {
	if !f.g.guard() {
		return appendPlain(b, "_", f.node(e))
	}
	ea := f.address(e)
	last := ea
	if width := uint64(op.Lookup(e.Op).Width()); width > 1 {
		last = f.offset(ea, width-1)
	}
	word := f.Bin(gox.AndNot, last, f.Lit(gox.Uint64, 3))
	p := f.CallFunc("(*uint32)", gox.Other, f.pointer(e.Index, word))
	return f.CallFunc("atomic.LoadUint32", gox.Other, p).Append(b)
}

// offset adds n to an effective address, into the constant it ends in if there is one.
func (f *fn) offset(ea *gox.Node, n uint64) *gox.Node {
	if ea.Kind == gox.Binary && ea.Op == gox.Add && ea.Y.Kind == gox.Literal {
		return f.Bin(gox.Add, ea.X, f.Lit(gox.Uint64, ea.Y.Bits+n))
	}
	if ea.Kind == gox.Literal {
		return f.Lit(gox.Uint64, ea.Bits+n)
	}
	return f.Bin(gox.Add, ea, f.Lit(gox.Uint64, n))
}

func (f *fn) globalGet(e *ir.Expr) *gox.Node {
	return &f.g.places[e.Index]
}

// globalValue is what a global.set stores; a new stack pointer is checked if that was asked for.
func (f *fn) globalValue(e *ir.Expr) *gox.Node {
	v := f.value(e.Args[0])
	if f.g.cfg.StackCheck && f.g.stack != nil && f.g.stack.Global == e.Index {
		return f.CallFunc("m.CheckStack", gox.Int32, v)
	}
	return v
}

// call is a direct call of a function of the module.
func (f *fn) call(e *ir.Expr) *gox.Node {
	first := f.callers[:1]
	if f.g.funcs[e.Index].depth {
		first = f.callers[:]
	}
	return f.CallList(f.callee(e.Index), valueType(e.Type), f.values(e.Args, first...))
}

func (f *fn) values(es []*ir.Expr, first ...*gox.Node) []*gox.Node {
	ns := f.Nodes(len(first) + len(es))
	for i, n := range first {
		ns[i] = n
	}
	for i, e := range es {
		ns[len(first)+i] = f.value(e)
	}
	return ns
}

// depth is the stack in use for a callee: a function that does not count its own is on no cycle, and neither is what
// called it.
func (f *fn) depth() *gox.Node {
	if !f.facts.NeedsDepth {
		return f.Lit(gox.Uint32, uint64(f.frameSize()))
	}
	return f.Bin(gox.Add, f.Name("dp", gox.Uint32), f.Lit(gox.Uint32, uint64(f.frameSize())))
}

// callIndirect calls through a table; the type assertion is the signature check. A table of this module holds free
// functions of this package for it, elements of others know their instance.
func (f *fn) callIndirect(e *ir.Expr) *gox.Node {
	n := len(e.Args) - 1
	args := f.callers[:]
	var callee *gox.Node
	if int(e.Index) >= f.g.m.ImportedTab {
		index := f.Conv(gox.Uint32, f.value(e.Args[n]))
		callee = f.CallFunc("rt.Slot", gox.Other, f.Name(f.g.slots[e.Index], gox.Other), index)
		callee = f.assert(callee, f.g.codeTypes[e.Imm])
	} else {
		args = []*gox.Node{f.self()}
		callee = f.CallFunc("m."+f.g.tableRef(e.Index)+".Callee", gox.Other, f.value(e.Args[n]))
		callee = f.assert(callee, funcTypeOf("*rt.Instance", false, &f.g.m.Types[e.Imm]))
	}
	if f.held {
		callee = f.hold(callee)
	}
	call := f.Node(gox.CallOf, valueType(e.Type))
	call.X, call.Args = callee, f.values(e.Args[:n], args...)
	return call
}

// assert is x.(t).
func (f *fn) assert(x *gox.Node, t string) *gox.Node {
	n := f.Node(gox.Assert, gox.Other)
	n.X, n.Text = x, t
	return n
}

// self is the instance as a caller for functions that may belong to other instances: it carries the depth.
func (f *fn) self() *gox.Node {
	return f.CallFunc("m.At", gox.Other, f.depth())
}

func (f *fn) refNull(e *ir.Expr) *gox.Node { return f.Name("nil", gox.Other) }

func (f *fn) refIsNull(e *ir.Expr) *gox.Node {
	x := f.node(e.Args[0])
	if x.Kind == gox.Atom && x.Text == "nil" {
		return f.Lit(gox.Bool, 1)
	}
	return f.Bin(gox.Eq, x, f.Name("nil", gox.Other))
}

func (f *fn) refFunc(e *ir.Expr) *gox.Node {
	return f.CallFunc("m."+f.g.vis("ref"), gox.Other, f.Lit(gox.Int, uint64(e.Index)))
}

// method is a call of a method of a field of the instance.
func (f *fn) method(field, name string, t gox.Type, args ...*gox.Node) *gox.Node {
	return f.CallFunc("m."+field+"."+name, t, args...)
}

func (f *fn) memorySize(e *ir.Expr) *gox.Node {
	return f.method(f.g.memName(e.Index), "Pages", gox.Int32)
}

func (f *fn) memoryGrow(e *ir.Expr) *gox.Node {
	return f.method(f.g.memName(e.Index), "Grow", gox.Int32, f.values(e.Args)...)
}

func (f *fn) memoryFill(e *ir.Expr) *gox.Node {
	return f.method(f.g.memName(e.Index), "Fill", gox.Other, f.values(e.Args)...)
}

func (f *fn) memoryCopy(e *ir.Expr) *gox.Node {
	src := f.Name("m."+f.g.memName(uint32(e.Imm)), gox.Other)
	return f.method(f.g.memName(e.Index), "Copy", gox.Other, f.values(e.Args, src)...)
}

func (f *fn) memoryInit(e *ir.Expr) *gox.Node {
	seg := f.Name("m."+f.g.dataName(e.Index), gox.Other)
	return f.method(f.g.memName(uint32(e.Imm)), "Init", gox.Other, f.values(e.Args, seg)...)
}

// tableCall is a call of a table's method; the form for functions has a name of its own.
func (f *fn) tableCall(table uint32, name string, t gox.Type, args ...*gox.Node) *gox.Node {
	if f.g.m.TableTypes[table].Elem == wasm.FuncRef {
		name += "Func"
	}
	return f.method(f.g.tableRef(table), name, t, args...)
}

func (f *fn) tableGet(e *ir.Expr) *gox.Node {
	return f.tableCall(e.Index, "Get", gox.Other, f.values(e.Args)...)
}
func (f *fn) tableSet(e *ir.Expr) *gox.Node {
	return f.tableCall(e.Index, "Set", gox.Other, f.values(e.Args)...)
}
func (f *fn) tableGrow(e *ir.Expr) *gox.Node {
	return f.tableCall(e.Index, "Grow", gox.Int32, f.values(e.Args)...)
}
func (f *fn) tableFill(e *ir.Expr) *gox.Node {
	return f.tableCall(e.Index, "Fill", gox.Other, f.values(e.Args)...)
}

func (f *fn) tableSize(e *ir.Expr) *gox.Node {
	return f.method(f.g.tableRef(e.Index), "Size", gox.Int32)
}

func (f *fn) tableCopy(e *ir.Expr) *gox.Node {
	src := f.Name("m."+f.g.tableRef(uint32(e.Imm)), gox.Other)
	return f.method(f.g.tableRef(e.Index), "Copy", gox.Other, f.values(e.Args, src)...)
}

func (f *fn) tableInit(e *ir.Expr) *gox.Node {
	seg := f.Name("m."+f.g.elemName(e.Index), gox.Other)
	name, args := "Init", f.List(seg)
	if _, ok := f.g.elemIndices(&f.g.m.Elems[e.Index]); ok {
		name, args = "InitFuncs", f.List(f.Name(f.g.tableOwner("m"), gox.Other), seg)
	}
	return f.method(f.g.tableRef(uint32(e.Imm)), name, gox.Other, f.values(e.Args, args...)...)
}

// appendEffect writes the statement that evaluates e for its effects.
func (f *fn) appendEffect(b []byte, e *ir.Expr) []byte { return effects.Get(e.Op)(f, b, e) }

// effects write these statements, by instruction.
var effects op.Table[func(*fn, []byte, *ir.Expr) []byte]

func init() {
	for _, o := range op.All() {
		h := (*fn).appendUnused
		switch {
		case o.Has('A'):
			h = (*fn).appendAtomic
		case o.IsMemAccess() && o.Has('S'):
			h = (*fn).appendStore
		case o.IsMemAccess() && o.Has('L'):
			h = (*fn).appendTouch
		}
		effects.Set(o.Code, h)
	}
	for _, c := range []op.Code{
		op.Call, op.CallIndirect, op.MemoryGrow, op.MemoryFill, op.MemoryCopy, op.MemoryInit, op.TableGet, op.TableSet, op.TableSize,
		op.TableGrow, op.TableFill, op.TableCopy, op.TableInit,
	} {
		effects.Set(c, (*fn).appendCall)
	}
	effects.Set(op.GlobalSet, (*fn).appendGlobalSet)
	effects.Set(op.DataDrop, (*fn).appendDataDrop)
	effects.Set(op.ElemDrop, (*fn).appendElemDrop)
}

// appendUnused writes what Go does not allow as a statement.
func (f *fn) appendUnused(b []byte, e *ir.Expr) []byte { return appendPlain(b, "_", f.node(e)) }

// appendCall writes what is a call in Go.
func (f *fn) appendCall(b []byte, e *ir.Expr) []byte { return f.node(e).Append(b) }

// appendAtomic writes an atomic instruction: a call, but for the narrow ones, whose result is converted.
func (f *fn) appendAtomic(b []byte, e *ir.Expr) []byte {
	n := f.node(e)
	if n.Kind == gox.Convert {
		n = n.X
	}
	return n.Append(b)
}

func (f *fn) appendGlobalSet(b []byte, e *ir.Expr) []byte {
	return appendPlain(b, f.g.places[e.Index].Text, f.globalValue(e))
}

func (f *fn) appendDataDrop(b []byte, e *ir.Expr) []byte {
	return append(append(append(b, "m."...), f.g.dataName(e.Index)...), ` = ""`...)
}

func (f *fn) appendElemDrop(b []byte, e *ir.Expr) []byte {
	return append(append(append(b, "m."...), f.g.elemName(e.Index)...), " = nil"...)
}
