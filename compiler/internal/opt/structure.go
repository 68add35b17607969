package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Structure turns branches to the end of a block into conditional statements and the blocks around a branch table into
// the cases of a switch. Blocks and loops that nothing branches to dissolve.
//
//	block L1 { if p0 { br L1 } A }   =>   if i32.eqz(p0) { A }
//	block L1 { block L2 { switch p0 { case 0: br L2 default: br L1 } } A }   =>   switch p0 { case 0: A default: }
func Structure(f *ir.Func) {
	s := &structure{f: f, targets: make([]int, f.Labels+1)}
	ir.WalkStmts(f.Body, func(st *ir.Stmt) {
		if st.Kind == ir.Br {
			s.targets[st.Label]++
		}
	})
	f.Body = s.list(f.Body)
}

// maxGuards bounds how deep the bodies of skipped branches nest: a long row of early exits reads better flat.
const maxGuards = 4

// maxMoved bounds the cases of a switch that code is moved into: finding the case takes time for each block around it.
const maxMoved = 1024

type structure struct {
	f       *ir.Func
	targets []int // number of branches to each label
}

func (s *structure) list(list []*ir.Stmt) []*ir.Stmt {
	var out []*ir.Stmt
	for _, st := range list {
		st.Body, st.Else = s.list(st.Body), s.list(st.Else)
		for i := range st.Cases {
			c := &st.Cases[i]
			c.Body = s.list(c.Body)
			c.Fallthrough = c.Fallthrough && !ir.Ends(c.Body)
		}
		if st.Kind == ir.Block {
			s.switchCases(st)
			s.guards(st)
		}
		switch free := (st.Kind == ir.Block || st.Kind == ir.Loop) && s.targets[st.Label] == 0; {
		case free && len(out) == 0:
			out = st.Body // not copied, so that a deep nest takes linear time
		case free:
			out = append(out, st.Body...)
		default:
			out = append(out, st)
		}
		if ir.Ends(out) {
			break // control never reached what follows
		}
	}
	return out
}

// guards rewrites a block whose label is reached only by conditional branches in the block's own list.
func (s *structure) guards(b *ir.Stmt) {
	var at []int
	for i, st := range b.Body {
		if isGuard(st, b.Label) {
			at = append(at, i)
		}
	}
	if len(at) == 0 || len(at) > maxGuards || len(at) != s.targets[b.Label] {
		return
	}
	for i := len(at) - 1; i >= 0; i-- {
		g := b.Body[at[i]]
		rest := append([]*ir.Stmt(nil), b.Body[at[i]+1:]...)
		b.Body = append(b.Body[:at[i]], unless(g.Args[0], rest)...)
	}
	s.targets[b.Label] = 0
}

// unless runs body if the condition is zero.
func unless(cond *ir.Expr, body []*ir.Stmt) []*ir.Stmt {
	if len(body) == 0 {
		var roots []*ir.Expr
		cond.EffectRoots(func(e *ir.Expr) { roots = append(roots, e) })
		return evals(roots)
	}
	cond = condition(ir.NewExpr(op.I32Eqz, wasm.I32, 0, 0, cond))
	return []*ir.Stmt{{Kind: ir.If, Args: []*ir.Expr{cond}, Body: body}}
}

// isGuard reports whether st is "if c { br l }".
func isGuard(st *ir.Stmt, l ir.Label) bool {
	return st.Kind == ir.If && len(st.Else) == 0 && len(st.Body) == 1 && st.Body[0].Kind == ir.Br && st.Body[0].Label == l
}

// switchCases moves what follows a block that ends in a switch into the case that alone leads there: the case that
// branches to the inner block's label. The outer block's own body shrinks to the switch.
func (s *structure) switchCases(b *ir.Stmt) {
	if len(b.Body) == 0 || b.Body[0].Kind != ir.Block {
		return
	}
	inner := b.Body[0]
	if len(inner.Body) == 0 || s.targets[inner.Label] != 1 {
		return
	}
	sw := inner.Body[len(inner.Body)-1]
	if sw.Kind != ir.Switch || len(sw.Cases) > maxMoved {
		return
	}
	i := slices.IndexFunc(sw.Cases, func(c ir.Case) bool { return leadsTo(c, inner.Label) })
	if i < 0 || !followCase(sw, i) {
		return
	}
	i = slices.IndexFunc(sw.Cases, func(c ir.Case) bool { return leadsTo(c, inner.Label) })
	c := &sw.Cases[i]
	c.Body = append(c.Body[:len(c.Body)-1:len(c.Body)-1], b.Body[1:]...)
	b.Body = inner.Body
	s.targets[inner.Label] = 0
}

// leadsTo reports whether the case does nothing but branch to l.
func leadsTo(c ir.Case, l ir.Label) bool {
	n := len(c.Body)
	return n > 0 && c.Body[n-1].Kind == ir.Br && c.Body[n-1].Label == l
}

// followCase sees to it that a case which falls off the switch, and so runs into the code that case i is to hold, falls
// through to case i. It reports whether that can be done: only one case can stand before case i.
func followCase(sw *ir.Stmt, i int) bool {
	falls := -1
	for j, c := range sw.Cases {
		if j == i || c.Fallthrough || ir.Ends(c.Body) {
			continue
		}
		if falls >= 0 {
			return false
		}
		falls = j
	}
	if falls < 0 {
		return true
	}
	if i > 0 && sw.Cases[i-1].Fallthrough {
		return false
	}
	if len(sw.Cases[i].Body) > 1 {
		return false // what case i does in front of its branch is not for the case that would fall through
	}
	sw.Cases[falls].Fallthrough = true
	c := sw.Cases[i]
	at := falls + 1
	if falls > i {
		at--
	}
	sw.Cases = slices.Insert(slices.Delete(sw.Cases, i, i+1), at, c)
	return true
}
