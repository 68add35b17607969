package ir

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Arena holds the statements and expressions of functions until Reset. A nil *Arena makes them on the heap.
type Arena struct {
	stmts slab.Slab[Stmt]
	exprs slab.Slab[Expr]
	args  slab.Lists[*Expr]
}

// Reset ends the life of all that the arena made.
func (ar *Arena) Reset() {
	ar.stmts.Reset()
	ar.exprs.Reset()
	ar.args.Reset()
}

// Stmt makes a copy of s.
func (ar *Arena) Stmt(s Stmt) *Stmt {
	if ar == nil {
		return (*slab.Slab[Stmt])(nil).New(s)
	}
	return ar.stmts.New(s)
}

// Expr makes a copy of e.
func (ar *Arena) Expr(e Expr) *Expr {
	if ar == nil {
		return (*slab.Slab[Expr])(nil).New(e)
	}
	return ar.exprs.New(e)
}

// Args makes a list of n expressions to be filled in.
func (ar *Arena) Args(n int) []*Expr {
	if ar == nil {
		return make([]*Expr, n)
	}
	return ar.args.Make(n)
}

// List makes a list of expressions.
func (ar *Arena) List(exprs ...*Expr) []*Expr {
	list := ar.Args(len(exprs))
	copy(list, exprs)
	return list
}

// NewExpr is the function NewExpr in the arena.
func (ar *Arena) NewExpr(code op.Code, t wasm.ValType, index uint32, imm uint64, args ...*Expr) *Expr {
	e := ar.Expr(Expr{Op: code, Type: t, Index: index, Imm: imm, Args: ar.List(args...)})
	e.Update()
	return e
}
