package ir

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Arena holds functions, their statements and expressions until Reset. A nil *Arena makes them on the heap.
type Arena struct {
	funcs  slab.Slab[Func]
	first  *Func // since the last Reset; the memory of its Vars is used again
	spare  []VarInfo
	stmts  slab.Slab[Stmt]
	lists  slab.Slab[Lists]
	bodies slab.Slab[*Stmt]
	cases  slab.Slab[Case]
	values slab.Slab[uint32]
	vars   slab.Slab[Var]
	leaves slab.Slab[Expr]
	nodes  slab.Slab[node]
	args   slab.Slab[*Expr]
}

// Reset ends the life of all that the arena made.
func (ar *Arena) Reset() {
	if ar.first != nil {
		ar.first, ar.spare = nil, ar.first.Vars[:0]
	}
	ar.funcs.Reset()
	ar.stmts.Drop()
	ar.lists.Drop()
	ar.bodies.Drop()
	ar.cases.Drop()
	ar.values.Drop()
	ar.vars.Drop()
	ar.leaves.Drop()
	ar.nodes.Drop()
	ar.args.Drop()
}

// Func makes an empty function.
func (ar *Arena) Func() *Func {
	if ar == nil {
		return new(Func)
	}
	f := ar.funcs.New()
	f.Arena = ar
	if ar.first == nil {
		ar.first = f
		f.Vars = ar.spare
	}
	return f
}

// Stmt makes a statement to be filled in.
func (ar *Arena) Stmt(kind StmtKind) *Stmt {
	var s *Stmt
	if ar == nil {
		s = new(Stmt)
	} else {
		s = ar.stmts.New()
	}
	*s = Stmt{Kind: kind}
	if kind.hasLists() {
		s.Lists = ar.newLists()
	}
	return s
}

func (ar *Arena) newLists() *Lists {
	if ar == nil {
		return new(Lists)
	}
	l := ar.lists.New()
	*l = Lists{}
	return l
}

// Set makes the statement that assigns e to v.
func (ar *Arena) Set(v Var, e *Expr) *Stmt {
	s := ar.Stmt(Set)
	s.Args = ar.One(e)
	if ar == nil {
		s.Dst = []Var{v}
	} else {
		s.Dst = ar.vars.One(v)
	}
	return s
}

// Body makes a copy of a list of statements.
func (ar *Arena) Body(list []*Stmt) []*Stmt {
	if ar == nil {
		return (*slab.Slab[*Stmt])(nil).Copy(list)
	}
	return ar.bodies.Copy(list)
}

// Cases makes a list of n cases to be filled in.
func (ar *Arena) Cases(n int) []Case {
	if ar == nil {
		return make([]Case, n)
	}
	return ar.cases.Make(n)
}

// Values makes a list of n values of a selector to be filled in.
func (ar *Arena) Values(n int) []uint32 {
	if ar == nil {
		return make([]uint32, n)
	}
	return ar.values.Make(n)
}

// Vars makes a list of n variables to be filled in.
func (ar *Arena) Vars(n int) []Var {
	if ar == nil {
		return make([]Var, n)
	}
	return ar.vars.Make(n)
}

// node is an expression with room for one or two operands. It fills a cache line.
type node struct {
	Expr
	operands [2]*Expr
}

func (ar *Arena) node() *node {
	if ar == nil {
		return new(node)
	}
	return ar.nodes.New()
}

// Expr makes a pure expression of one node to be filled in.
func (ar *Arena) Expr(code op.Code, t wasm.ValType) *Expr {
	var e *Expr
	if ar == nil {
		e = new(Expr)
	} else {
		e = ar.leaves.New()
	}
	*e = Expr{Op: code, Type: t, Size: 1}
	return e
}

// Args makes a list of n expressions to be filled in.
func (ar *Arena) Args(n int) []*Expr {
	if ar == nil {
		return make([]*Expr, n)
	}
	return ar.args.Make(n)
}

// List makes a copy of a list of expressions.
func (ar *Arena) List(exprs []*Expr) []*Expr {
	if ar == nil {
		return (*slab.Slab[*Expr])(nil).Copy(exprs)
	}
	return ar.args.Copy(exprs)
}

// One makes a list of one expression.
func (ar *Arena) One(e *Expr) []*Expr {
	if ar == nil {
		return []*Expr{e}
	}
	return ar.args.One(e)
}

// NewExpr is the function NewExpr in the arena. It copies args.
func (ar *Arena) NewExpr(code op.Code, t wasm.ValType, index uint32, imm uint64, args ...*Expr) *Expr {
	var e *Expr
	switch len(args) {
	case 1:
		n := ar.node()
		e, n.operands[0] = &n.Expr, args[0]
		e.Args = n.operands[:1:1]
	case 2:
		n := ar.node()
		e, n.operands = &n.Expr, [2]*Expr(args)
		e.Args = n.operands[:]
	default:
		e = ar.Expr(code, t)
		e.Args = ar.List(args)
	}
	e.Op, e.Type, e.Index, e.Imm = code, t, index, imm
	e.Update()
	return e
}

// Const is the function Const in the arena.
func (ar *Arena) Const(t wasm.ValType, bits uint64) *Expr {
	if t == wasm.I32 {
		bits = uint64(int64(int32(bits)))
	}
	e := ar.Expr(constOps[t], t)
	e.Imm = bits
	return e
}
