package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// maxThreaded is the number of statements of a function beyond which it keeps its switch: the Go compiler's time grows
// with the square of the jumps in a large function.
const maxThreaded = 5000

// Thread makes jumps of a state machine direct: what sets the variable of a switch at the head of a loop to a constant and
// goes around goes to the case at once. Go's compiler makes its WebAssembly such machines, one per function.
//
//	loop L1 { switch p0 { case 0: … p0 = 2; br L1 … case 2: … } }   =>   loop L1 { switch p0 { case 0: … br L2 … case 2 L2: … } }
func Thread(f *ir.Func) {
	if !f.Switches {
		return
	}
	list := machines(f.Body, false, nil)
	if len(list) == 0 || extends(f.Body, maxThreaded) > maxThreaded {
		return
	}
	for _, l := range list {
		t := &thread{f: f, loop: l.loop, sw: l.sw, v: ir.Var(l.sw.Args[0].Index)}
		// A loop inside another one is entered again, with the variable as it was left.
		t.drop = !l.nested && t.alone(f.Body)
		for i := range t.sw.Cases {
			t.sw.Cases[i].Body = t.list(t.sw.Cases[i].Body)
		}
	}
}

// extends counts the statements of a list, but not much further than enough.
func extends(list []*ir.Stmt, enough int) (n int) {
	for _, s := range list {
		if n++; n > enough {
			break
		}
		if !s.HasLists() {
			continue
		}
		n += extends(s.Body, enough) + extends(s.Else, enough)
		for i := range s.Cases {
			n += extends(s.Cases[i].Body, enough)
		}
	}
	return n
}

// machine is a loop that begins with a switch over a variable.
type machine struct {
	loop, sw *ir.Stmt
	nested   bool // inside another loop
}

// machines appends those of a list, which is inside a loop or not.
func machines(list []*ir.Stmt, inside bool, found []machine) []machine {
	for _, s := range list {
		if !s.HasLists() {
			continue
		}
		if s.Kind == ir.Loop {
			if sw := first(s.Body); sw != nil && sw.Kind == ir.Switch && sw.Args[0].IsVar() {
				found = append(found, machine{s, sw, inside})
			}
		}
		in := inside || s.Kind == ir.Loop
		found = machines(s.Else, in, machines(s.Body, in, found))
		for i := range s.Cases {
			found = machines(s.Cases[i].Body, in, found)
		}
	}
	return found
}

// first is the statement that a list begins with, inside its blocks.
func first(list []*ir.Stmt) *ir.Stmt {
	for len(list) > 0 {
		if list[0].Kind != ir.Block {
			return list[0]
		}
		list = list[0].Body
	}
	return nil
}

// thread is the work on one loop.
type thread struct {
	f    *ir.Func
	loop *ir.Stmt
	sw   *ir.Stmt
	v    ir.Var
	drop bool // nobody needs the variable after a jump that is direct now
	// cases are the cases that have values, by these; other is for all other values. Values beyond maxValue are looked for.
	cases []*ir.Case
	other *ir.Case
}

const maxValue = 1 << 12

// alone reports whether nothing but the switch reads the variable and what goes around always sets it just before.
func (t *thread) alone(list []*ir.Stmt) bool {
	for i, s := range list {
		for _, a := range s.Args {
			if s != t.sw && a.Reads(t.v) {
				return false
			}
		}
		if s.Kind == ir.Br && s.Label == t.loop.Label && (i == 0 || !t.sets(list[i-1])) {
			return false
		}
		if !s.HasLists() {
			continue
		}
		if !t.alone(s.Body) || !t.alone(s.Else) {
			return false
		}
		for j := range s.Cases {
			if !t.alone(s.Cases[j].Body) {
				return false
			}
		}
	}
	return true
}

// sets reports whether s does nothing but set the variable.
func (t *thread) sets(s *ir.Stmt) bool {
	return s.Kind == ir.Set && len(s.Dst) == 1 && s.Dst[0] == t.v && len(s.Args) == 1
}

func (t *thread) list(list []*ir.Stmt) []*ir.Stmt {
	for i, s := range list {
		if s.HasLists() {
			s.Body, s.Else = t.list(s.Body), t.list(s.Else)
			for j := range s.Cases {
				s.Cases[j].Body = t.list(s.Cases[j].Body)
			}
			continue
		}
		if s.Kind != ir.Br || s.Label != t.loop.Label || i == 0 || !t.sets(list[i-1]) || !list[i-1].Args[0].IsConst() {
			continue
		}
		c := t.target(uint32(list[i-1].Args[0].Imm))
		if c.Label == ir.NoLabel {
			c.Label = t.f.NewLabel()
		}
		s.Label = c.Label
		if t.drop {
			list[i-1] = s
			return list[:i]
		}
		return list
	}
	return list
}

// target is the case for a value.
func (t *thread) target(x uint32) *ir.Case {
	if t.other == nil {
		t.index()
	}
	if x < maxValue {
		if int64(x) < int64(len(t.cases)) && t.cases[x] != nil {
			return t.cases[x]
		}
		return t.other
	}
	for i := range t.sw.Cases {
		if c := &t.sw.Cases[i]; slices.Contains(c.Values, x) {
			return c
		}
	}
	return t.other
}

// index finds the cases by their values.
func (t *thread) index() {
	for i := range t.sw.Cases {
		c := &t.sw.Cases[i]
		for _, x := range c.Values {
			if x >= maxValue {
				continue
			}
			if n := int(x) + 1 - len(t.cases); n > 0 {
				t.cases = append(t.cases, make([]*ir.Case, n)...)
			}
			t.cases[x] = c
		}
		if c.Default {
			t.other = c
		}
	}
}
