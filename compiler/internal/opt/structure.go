package opt

import (
	"slices"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Structure turns branches to the end of a block into conditional statements and the blocks around a branch table into
// the cases of a switch. Blocks and loops that nothing branches to dissolve.
//
//	block L1 { if p0 { br L1 } A }   =>   if i32.eqz(p0) { A }
//	block L1 { block L2 { switch p0 { case 0: br L2 default: br L1 } } A }   =>   switch p0 { case 0: A default: }
func Structure(f *ir.Func) {
	s := structures.Get().(*structure)
	defer structures.Put(s)
	*s = structure{lists: newLists(f), targets: slab.Zeros(s.targets, int(f.Labels)+1)}
	defer s.free()
	s.count(f.Body)
	f.Body = s.list(f.Body)
}

// structures are those of functions that are done.
var structures = sync.Pool{New: func() any { return new(structure) }}

// maxGuards bounds how deep the bodies of skipped branches nest: a long row of early exits reads better flat.
const maxGuards = 4

// maxMoved bounds the cases of a switch that code is moved into: finding the case takes time for each block around it.
const maxMoved = 1024

type structure struct {
	*lists
	targets []int32 // number of branches to each label
	// sw is the switch that switchCases had last, and falling the number of its cases that fall off it.
	sw      *ir.Stmt
	falling int
	// next is the case behind the one that switchCases had last, which is likely to be the next one.
	next int
}

// count counts the branches in a list.
func (s *structure) count(list []*ir.Stmt) {
	for _, st := range list {
		switch {
		case st.Kind == ir.Br:
			s.targets[st.Label]++
		case st.HasLists():
			s.count(st.Body)
			s.count(st.Else)
			for i := range st.Cases {
				s.count(st.Cases[i].Body)
			}
		}
	}
}

// list rewrites a list in place, up to the first block or loop; what may be left of that, and the rest, is put.
func (s *structure) list(list []*ir.Stmt) []*ir.Stmt {
	for i, st := range list {
		switch {
		case st.Kind <= ir.Eval:
			continue
		case st.Kind == ir.Block || st.Kind == ir.Loop:
			base := len(s.stmts)
			s.stmts = append(s.stmts, list[:i]...)
			s.putAll(list[i:])
			return s.take(base, list)
		case st.HasLists():
			s.nested(st)
		}
		if ir.Ends(list[:i+1]) {
			return list[:i+1] // control never reached what follows
		}
	}
	return list
}

// putAll puts a list, rewritten.
func (s *structure) putAll(list []*ir.Stmt) {
	base := len(s.stmts)
	for _, st := range list {
		switch {
		case st.Kind <= ir.Eval:
			s.put(st)
			continue
		case st.Kind == ir.Block:
			s.block(st)
		case st.Kind == ir.Loop:
			s.loop(st)
		case st.HasLists():
			s.nested(st)
			s.put(st)
		default:
			s.put(st)
		}
		if ir.Ends(s.stmts[base:]) {
			break // control never reached what follows
		}
	}
}

// nested rewrites the lists in an if or switch.
func (s *structure) nested(st *ir.Stmt) {
	st.Body, st.Else = s.list(st.Body), s.list(st.Else)
	for i := range st.Cases {
		c := &st.Cases[i]
		c.Body = s.list(c.Body)
		c.Fallthrough = c.Fallthrough && !ir.Ends(c.Body)
	}
}

// loop puts a loop, or what is in it.
func (s *structure) loop(l *ir.Stmt) {
	base := len(s.stmts)
	s.putAll(l.Body)
	if s.targets[l.Label] > 0 {
		l.Body = s.take(base, l.Body)
		s.put(l)
	}
}

// block puts a block, or what is in it. What stays in stmts is not copied, so that a deep nest takes linear time.
func (s *structure) block(b *ir.Stmt) {
	base := len(s.stmts)
	s.putAll(b.Body)
	inner := s.switchCases(s.stmts[base:])
	list := s.stmts[base:]
	if inner != nil {
		list, s.stmts = inner.Body, s.stmts[:base]
	}
	var at [maxGuards]int
	guards := s.guards(at[:0], b.Label, list)
	if s.targets[b.Label] > int32(len(guards)) { // others stay
		if inner == nil {
			list = s.take(base, b.Body)
		}
		b.Body = list
		s.put(b)
		return
	}
	if inner != nil {
		s.stmts = append(s.stmts, list...)
	}
	for _, i := range slices.Backward(guards) {
		s.unless(base + i)
	}
}

// guards appends to at where in a list the branches to l are that are conditional, if there are few branches to l.
func (s *structure) guards(at []int, l ir.Label, list []*ir.Stmt) []int {
	if n := s.targets[l]; n == 0 || n > maxGuards {
		return at
	}
	for i, st := range list {
		if isGuard(st, l) {
			at = append(at, i)
		}
	}
	return at
}

// unless makes of the branch at an index of stmts, and what follows it, a statement that runs what follows if the condition
// is zero.
func (s *structure) unless(at int) {
	g, rest := s.stmts[at], s.ar.Body(s.stmts[at+1:])
	if s.stmts = s.stmts[:at]; len(rest) == 0 {
		s.effects(g.Args[0])
		return
	}
	g.Args[0], g.Body = condition(s.ar, s.ar.NewExpr(op.I32Eqz, wasm.I32, 0, 0, g.Args[0])), rest
	s.put(g)
}

// isGuard reports whether st is "if c { br l }".
func isGuard(st *ir.Stmt, l ir.Label) bool {
	return st.Kind == ir.If && len(st.Else) == 0 && len(st.Body) == 1 && st.Body[0].Kind == ir.Br && st.Body[0].Label == l
}

// switchCases moves what follows a block that ends in a switch into the case that alone leads there: the case that
// branches to the block's label. It returns the block, whose body is left of the list, or nil.
func (s *structure) switchCases(list []*ir.Stmt) *ir.Stmt {
	if len(list) == 0 || list[0].Kind != ir.Block {
		return nil
	}
	inner := list[0]
	if len(inner.Body) == 0 || s.targets[inner.Label] != 1 {
		return nil
	}
	sw := inner.Body[len(inner.Body)-1]
	if sw.Kind != ir.Switch || len(sw.Cases) > maxMoved {
		return nil
	}
	if s.sw != sw {
		s.sw, s.falling, s.next = sw, falling(sw.Cases), 0
	}
	i := s.leading(inner.Label)
	if i < 0 {
		return nil
	}
	if i = s.followCase(sw, i); i < 0 {
		return nil
	}
	c := &sw.Cases[i]
	if n := len(c.Body) - 1; n == 0 {
		c.Body = s.ar.Body(list[1:])
	} else {
		c.Body = append(c.Body[:n:n], list[1:]...)
	}
	if falls(c) {
		s.falling++
	}
	s.targets[inner.Label] = 0
	return inner
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
