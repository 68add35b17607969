package build

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Const translates a constant expression.
func Const(m *wasm.Module, x wasm.ConstExpr) (*ir.Expr, error) {
	b := &builder{m: m, f: &ir.Func{}}
	b.r.Reset(m, x.Start, x.End)
	b.push(frame{code: op.Block})
	for {
		if err := b.r.Next(&b.in); err != nil {
			return nil, err
		}
		if b.in.Op.Code == op.End {
			return b.pop(), nil
		}
		if err := b.instr(); err != nil {
			return nil, err
		}
	}
}
