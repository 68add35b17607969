package build

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// handlers translate the instructions that their rows do not describe.
var handlers op.Table[func(*builder) error]

func init() {
	for code, h := range map[op.Code]func(*builder) error{
		op.Unreachable: (*builder).unreachable, op.Nop: (*builder).nop, op.Block: (*builder).block,
		op.Loop: (*builder).loop, op.If: (*builder).ifStart, op.Else: (*builder).elseStart, op.End: (*builder).end,
		op.Br: (*builder).br, op.BrIf: (*builder).brIf, op.BrTable: (*builder).brTable, op.Return: (*builder).ret,
		op.Call: (*builder).call, op.CallIndirect: (*builder).callIndirect, op.Drop: (*builder).drop,
		op.Select: (*builder).selectOp, op.SelectT: (*builder).selectOp,
		op.LocalGet: (*builder).localGet, op.LocalSet: (*builder).localSet, op.LocalTee: (*builder).localTee,
		op.GlobalGet: (*builder).globalGet, op.GlobalSet: (*builder).globalSet,
		op.I32Const: (*builder).constant, op.I64Const: (*builder).constant, op.F32Const: (*builder).constant,
		op.F64Const: (*builder).constant, op.RefNull: (*builder).refNull, op.RefIsNull: (*builder).refIsNull,
		op.RefFunc: (*builder).refFunc, op.TableGet: (*builder).tableGet,
		op.AtomicFence: (*builder).fence,
	} {
		handlers.Set(code, h)
	}
	for code, sig := range bulkSigs {
		handlers.Set(code, func(b *builder) error { return b.bulk(sig) })
	}
}

// bulkSigs are the types of instructions whose row has no Sig because tables and memories may have other address types
// in later proposals; e is the element type of the table.
var bulkSigs = map[op.Code]string{
	op.MemorySize: ":i", op.MemoryGrow: "i:i", op.MemoryInit: "iii:", op.DataDrop: ":", op.MemoryCopy: "iii:",
	op.MemoryFill: "iii:", op.TableInit: "iii:", op.ElemDrop: ":", op.TableCopy: "iii:", op.TableGrow: "ei:i",
	op.TableSize: ":i", op.TableFill: "iei:", op.TableSet: "ie:",
}

// letterTypes are the value types of signature letters.
var letterTypes = [256]wasm.ValType{'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128}

// row is what the builder needs of an instruction that its row describes.
type row struct {
	code           op.Code
	operands       int
	result         wasm.ValType // Unknown for none
	access, atomic bool         // of memory
}

var rows = func() (t op.Table[*row]) {
	for _, o := range op.All() {
		r := &row{code: o.Code, operands: len(o.Params()), access: o.IsMemAccess(), atomic: o.Has('A')}
		if o.Results() != "" {
			r.result = letterTypes[o.Results()[0]]
		}
		t.Set(o.Code, r)
	}
	return t
}()

func (b *builder) instr() error {
	o := b.in.Op
	if h := handlers.Get(o.Code); h != nil {
		return h(b)
	}
	if o.Go == "" {
		return b.unsupported()
	}
	r := rows.Get(o.Code)
	if r.access {
		b.row(r, b.in.Index, b.in.MemOffset)
	} else {
		b.row(r, 0, 0)
	}
	return nil
}

// plain are the effects of operands that do not trap, loads also those of loads.
const (
	plain = ir.ReadsGlobal | ir.ReadsVariable
	loads = plain | ir.ReadsMemory | ir.TrapsMemory
)

// inline are the effects of operands that may stay in an expression although Go looks at something of it first. In the guard
// form loads may: Go does not keep their traps in order with others, see docs/generated-code.md.
func (b *builder) inline() ir.Effects {
	if b.opts.Checked {
		return plain
	}
	return loads
}

// row translates an instruction that its row describes; memory and offset are those of an access.
func (b *builder) row(r *row, memory uint32, offset uint64) {
	base := len(b.stack) - r.operands
	e := b.ar.NewExpr(r.code, r.result, memory, offset, b.stack[base:]...)
	b.cut(base)
	if r.access && (r.atomic || b.opts.Checked) {
		b.hoistOperands(r, e)
	}
	if r.result == wasm.Unknown {
		b.eval(e)
	} else {
		b.pushExpr(e)
	}
}

// hoistOperands takes out of an access what Go would evaluate in another order.
func (b *builder) hoistOperands(r *row, e *ir.Expr) {
	if b.opts.Checked {
		b.hoist(e.Args[:1], ^ir.Calls)
	}
	switch {
	case r.atomic: // Go looks at the alignment of the address, the first operand, as soon as it has that
		b.hoist(e.Args[1:], b.inline())
	case len(e.Args) > 1: // and here at its bounds; what the stored value loads traps in the same way
		b.hoist(e.Args[1:], loads)
	}
	e.Update()
}

// hoist takes operands with effects besides those that may stay out of an expression. Operands do not conflict with each other.
func (b *builder) hoist(args []*ir.Expr, stay ir.Effects) {
	for i, a := range args {
		if a.Effects&^stay != 0 {
			args[i] = b.temp(a)
		}
	}
}

func (b *builder) nop() error { return nil }

// fence emits nothing: Go's atomic operations are sequentially consistent. Nothing that waits moves behind it.
func (b *builder) fence() error {
	b.flush(ir.Calls)
	return nil
}

func (b *builder) constant() error {
	b.pushExpr(b.constExpr(rows.Get(b.in.Op.Code), b.in.Value))
	return nil
}

func (b *builder) constExpr(r *row, value uint64) *ir.Expr {
	e := b.ar.Expr(r.code, r.result)
	e.Imm = value
	return e
}

func (b *builder) drop() error {
	b.pop().EffectRoots(b.eval)
	return nil
}

// selectOp lowers select to a conditional assignment, which gc turns into a conditional move. Both values are
// evaluated, in order, before the condition.
func (b *builder) selectOp() error {
	cond := b.pop()
	y := b.pop()
	x := b.pop()
	if !x.Effects.Pure() {
		x = b.temp(x)
	}
	t := b.temp(y)
	cond = b.condExpr(cond)
	base := len(b.stmts)
	b.emit(b.ar.Set(ir.Var(t.Index), x))
	s := b.emitIf(cond, b.take(base), nil)
	s.Folds = s.Folds || x.Folds
	b.pushExpr(t)
	return nil
}

func (b *builder) localGet() error {
	b.getLocal(ir.Var(b.in.Index))
	return nil
}

func (b *builder) getLocal(v ir.Var) { b.pushExpr(b.get(v)) }

func (b *builder) localSet() error {
	b.assign(ir.Var(b.in.Index), b.pop())
	return nil
}

func (b *builder) localTee() error {
	b.teeLocal(ir.Var(b.in.Index))
	return nil
}

func (b *builder) teeLocal(v ir.Var) {
	b.assign(v, b.pop())
	b.getLocal(v)
}

func (b *builder) assign(v ir.Var, e *ir.Expr) {
	if e.IsVar() && ir.Var(e.Index) == v {
		return
	}
	b.flushReaders(v)
	b.flush(e.Effects)
	b.emit(b.ar.Set(v, e))
}

func (b *builder) globalGet() error {
	b.getGlobal(b.in.Index)
	return nil
}

func (b *builder) getGlobal(i uint32) {
	t := &b.m.GlobalTypes[i]
	if e := b.constGlobal(i); e != nil {
		b.pushExpr(e)
		return
	}
	e := b.ar.NewExpr(op.GlobalGet, t.Type, i, 0)
	if !t.Mutable {
		e.Effects = 0
	}
	b.pushExpr(e)
}

// constGlobal returns the value of an immutable global that the module itself sets to a constant, or nil.
func (b *builder) constGlobal(i uint32) *ir.Expr {
	if int(i) < b.m.ImportedGlob || b.m.GlobalTypes[i].Mutable {
		return nil
	}
	x := b.m.Globals[int(i)-b.m.ImportedGlob].Init
	r := wasm.NewReader(b.m, x.Start, x.End)
	var in wasm.Instr
	if r.Next(&in) != nil || in.Op.Code < op.I32Const || in.Op.Code > op.F64Const {
		return nil
	}
	e := b.constExpr(rows.Get(in.Op.Code), in.Value)
	if r.Next(&in) != nil || in.Op.Code != op.End {
		return nil
	}
	return e
}

func (b *builder) globalSet() error {
	b.setGlobal(b.in.Index)
	return nil
}

func (b *builder) setGlobal(i uint32) {
	v := b.pop()
	if v.Op == op.GlobalGet && v.Index == i {
		return // it holds the value already
	}
	b.eval(b.ar.NewExpr(op.GlobalSet, wasm.Unknown, i, 0, v))
}

func (b *builder) refNull() error {
	b.pushExpr(b.ar.NewExpr(op.RefNull, b.in.RefType, 0, 0))
	return nil
}

func (b *builder) refIsNull() error {
	b.pushExpr(b.ar.NewExpr(op.RefIsNull, wasm.I32, 0, 0, b.pop()))
	return nil
}

func (b *builder) refFunc() error {
	b.pushExpr(b.ar.NewExpr(op.RefFunc, wasm.FuncRef, b.m.StandsFor(b.in.Index), 0))
	return nil
}

func (b *builder) tableGet() error {
	t := b.m.TableTypes[b.in.Index].Elem
	b.pushExpr(b.ar.NewExpr(op.TableGet, t, b.in.Index, 0, b.pop()))
	return nil
}

func (b *builder) bulk(sig string) error {
	colon := 0
	for sig[colon] != ':' {
		colon++
	}
	second := uint64(0)
	if len(b.in.Op.Imm) == 2 {
		second = uint64(b.in.Index2)
	}
	e := b.ar.NewExpr(b.in.Op.Code, wasm.Unknown, b.in.Index, second, b.popN(colon)...)
	if colon+1 < len(sig) {
		e.Type = letterTypes[sig[colon+1]]
		b.pushExpr(e)
		return nil
	}
	b.eval(e)
	return nil
}

func (b *builder) call() error {
	t := b.m.FuncType(b.in.Index)
	e := b.ar.Expr(op.Call, wasm.Unknown)
	e.Index, e.Args = b.m.StandsFor(b.in.Index), b.popN(len(t.Params))
	b.finishCall(e, t)
	return nil
}

// callIndirect keeps the table index as the last operand. The emitted call looks the function up before it evaluates
// the other arguments, so those with effects of their own become temporaries.
func (b *builder) callIndirect() error {
	t := &b.m.Types[b.in.Index]
	n := len(t.Params)
	args := b.popN(n + 1)
	b.hoist(args[:n], b.inline())
	b.hoist(args[n:], loads)
	e := b.ar.Expr(op.CallIndirect, wasm.Unknown)
	e.Index, e.Imm, e.Args = b.in.Index2, uint64(b.in.Index), args
	b.finishCall(e, t)
	return nil
}

func (b *builder) finishCall(e *ir.Expr, t *wasm.FuncType) {
	if len(t.Results) == 1 {
		e.Type = t.Results[0]
	}
	e.Update()
	b.result(e, t.Results)
}
