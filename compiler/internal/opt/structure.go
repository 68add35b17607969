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
	// sw is the switch that switchCases had last, and falling the number of its cases that fall off it.
	sw      *ir.Stmt
	falling int
	// next is the case behind the one that switchCases had last, which is likely to be the next one.
	next int
}

func (s *structure) list(list []*ir.Stmt) []*ir.Stmt {
	out := list[:0]
	for i, st := range list {
		if !st.HasLists() {
			if out = put(out, list, i+1, st); ir.Ends(out) {
				break // control never reached what follows
			}
			continue
		}
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
			out = put(out, list, i+1, st.Body...)
		default:
			out = put(out, list, i+1, st)
		}
		if ir.Ends(out) {
			break
		}
	}
	return out
}

// guards rewrites a block whose label is reached only by conditional branches in the block's own list.
func (s *structure) guards(b *ir.Stmt) {
	n := s.targets[b.Label]
	if n == 0 || n > maxGuards {
		return
	}
	at := make([]int, 0, maxGuards)
	for i, st := range b.Body {
		if isGuard(st, b.Label) {
			at = append(at, i)
		}
	}
	if len(at) != n {
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
	if s.sw != sw {
		s.sw, s.falling, s.next = sw, falling(sw.Cases), 0
	}
	i := s.leading(inner.Label)
	if i < 0 {
		return
	}
	if i = s.followCase(sw, i); i < 0 {
		return
	}
	c := &sw.Cases[i]
	if n := len(c.Body) - 1; n == 0 {
		c.Body = b.Body[1:]
	} else {
		c.Body = append(c.Body[:n:n], b.Body[1:]...)
	}
	if falls(c) {
		s.falling++
	}
	b.Body = inner.Body
	s.targets[inner.Label] = 0
}

// leading is the index of the case of sw that does nothing at its end but branch to l, the only branch there is to l, or -1.
func (s *structure) leading(l ir.Label) int {
	n := len(s.sw.Cases)
	for k := range n {
		i := s.next + k
		if i >= n {
			i -= n
		}
		body := s.sw.Cases[i].Body
		if n := len(body); n > 0 && body[n-1].Kind == ir.Br && body[n-1].Label == l {
			s.next = i + 1
			return i
		}
	}
	return -1
}

// falls reports whether the case falls off its switch.
func falls(c *ir.Case) bool { return !c.Fallthrough && !ir.Ends(c.Body) }

// falling counts the cases that do.
func falling(cases []ir.Case) (n int) {
	for i := range cases {
		if falls(&cases[i]) {
			n++
		}
	}
	return n
}

// followCase sees to it that a case which falls off the switch, and so runs into the code that case i is to hold, falls
// through to case i. It returns where case i is then, or -1 if that can not be done: only one case can stand before case i.
func (s *structure) followCase(sw *ir.Stmt, i int) int {
	switch {
	case s.falling == 0:
		return i
	case s.falling > 1:
		return -1
	case i > 0 && sw.Cases[i-1].Fallthrough:
		return -1
	case len(sw.Cases[i].Body) > 1:
		return -1 // what case i does in front of its branch is not for the case that would fall through
	}
	s.falling = 0
	if i > 0 && falls(&sw.Cases[i-1]) {
		sw.Cases[i-1].Fallthrough = true
		return i
	}
	j := 0
	for !falls(&sw.Cases[j]) {
		j++
	}
	sw.Cases[j].Fallthrough = true
	c := sw.Cases[i]
	at := j + 1
	if j > i {
		at--
	}
	sw.Cases = slices.Insert(slices.Delete(sw.Cases, i, i+1), at, c)
	return at
}
