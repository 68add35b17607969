package validate

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// constOps are the instructions of constant expressions (spec: 3.3.7.2, with the proposal extended-const).
var constOps = map[op.Code]bool{
	op.I32Const: true, op.I64Const: true, op.F32Const: true, op.F64Const: true, op.V128Const: true,
	op.RefNull: true, op.RefFunc: true, op.GlobalGet: true, op.End: true,
	op.I32Add: true, op.I32Sub: true, op.I32Mul: true, op.I64Add: true, op.I64Sub: true, op.I64Mul: true,
}

// constExpr checks that x is constant and has type want; it may name the globals below globals. The functions it names
// are declared by that.
//
// Globals need not be imported: version 3.0 lifted that restriction of 2.0.
func (c *Checker) constExpr(x wasm.ConstExpr, want wasm.ValType, globals int) *wasm.Error {
	if _, ok := x.I32(); ok && want == wasm.I32 {
		return nil
	}
	r, in, stack := wasm.NewReader(c.m, x.Start, x.End), &c.in, c.stack[:0]
	for r.More() {
		if err := r.Next(in); err != nil {
			return err.(*wasm.Error)
		}
		if !constOps[in.Op.Code] {
			return invalid(in.Offset, "constant expression required, found %s", in.Op.Name)
		}
		var err *wasm.Error
		if stack, err = c.constInstr(in, stack, globals); err != nil {
			return err
		}
	}
	c.stack = stack
	if len(stack) != 1 || stack[0] != want {
		return invalid(x.Start, "type mismatch: constant expression gives %v, expected [%s]", stack, want)
	}
	return nil
}

// constInstr returns the operand stack after one constant instruction.
func (c *Checker) constInstr(in *wasm.Instr, stack []wasm.ValType, globals int) ([]wasm.ValType, *wasm.Error) {
	switch in.Op.Code {
	case op.End:
		return stack, nil
	case op.RefNull:
		return append(stack, in.RefType), nil
	case op.RefFunc:
		if int64(in.Index) >= int64(len(c.refs)) {
			return nil, invalid(in.Offset, "unknown function %d", in.Index)
		}
		c.refs[in.Index] = true
		return append(stack, wasm.FuncRef), nil
	case op.GlobalGet:
		if int64(in.Index) >= int64(globals) {
			return nil, invalid(in.Offset, "unknown global %d", in.Index)
		}
		g := c.m.GlobalTypes[in.Index]
		if g.Mutable {
			return nil, invalid(in.Offset, "constant expression required, found mutable global %d", in.Index)
		}
		return append(stack, g.Type), nil
	}
	e := entryOf(in.Op.Code)
	base := len(stack) - len(e.params)
	if base < 0 || !equal(stack[base:], e.params) {
		return nil, invalid(in.Offset, "type mismatch: %s expects %v, found %v", in.Op.Name, e.params, stack)
	}
	return append(stack[:base], e.results...), nil
}
