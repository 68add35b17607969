package opt

import (
	"slices"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
)

// Dead removes assignments to variables that are never read, and conditions that nothing depends on, keeping what
// evaluation does besides. Go rejects a variable that is assigned only. In LLVM's code there is nothing dead in 99 of 100
// functions, in Go's state machines in nine of ten.
//
//	t3 = i32.add(call 1, 1)   =>   call 1:i32
//	if i32.load(p0) { t3 = 1 }   =>   i32.load(p0)
func Dead(f *ir.Func) {
	d := deads.Get().(*dead)
	defer d.end()
	d.ar = f.Arena
	d.reads, d.last = slab.Zeros(d.reads, len(f.Vars)), slab.Zeros(d.last, len(f.Vars))
	d.note(f.Body, 0)
	for i := range d.ifs[1:] {
		if d.ifs[i+1].left == 0 {
			d.evaluate(d.ifs[i+1].stmt, d.ifs[i+1].in)
		}
	}
	for v := range f.Vars {
		d.kill(ir.Var(v))
	}
	for len(d.work) > 0 {
		v := d.work[len(d.work)-1]
		d.work = d.work[:len(d.work)-1]
		d.kill(v)
	}
	if d.changed {
		s := sweeper{newLists(f)}
		defer s.free()
		f.Body = s.list(f.Body)
	}
}

// deads are those of functions that are done.
var deads = sync.Pool{New: func() any { return &dead{sets: make([]setOf, 1), ifs: make([]arms, 1)} }}

// end makes d ready for another function.
func (d *dead) end() {
	clear(d.sets)
	clear(d.ifs)
	d.ar, d.sets, d.ifs, d.work, d.changed = nil, d.sets[:1], d.ifs[:1], d.work[:0], false
	deads.Put(d)
}

// dead finds what is dead. Index 0 of its lists stands for nothing.
type dead struct {
	ar      *ir.Arena
	reads   []int32
	last    []int32 // by variable, its last assignment in sets
	sets    []setOf
	ifs     []arms
	work    []ir.Var // variables whose last read went away
	roots   []*ir.Expr
	changed bool
}

// setOf is an assignment to a variable.
type setOf struct {
	stmt     *ir.Stmt
	in       int32 // the if in whose arm it stands
	previous int32 // assignment to the variable
}

// arms counts the statements that are left in the arms of an if.
type arms struct {
	stmt *ir.Stmt
	in   int32 // the if in whose arm it stands itself
	left int
}

// note counts what the statements of a list read and assign; it is an arm of an if, or not.
func (d *dead) note(list []*ir.Stmt, in int32) {
	for _, s := range list {
		for _, a := range s.Args {
			d.read(a)
		}
		for _, v := range s.Dst {
			if v != ir.Blank {
				d.sets = append(d.sets, setOf{s, in, d.last[v]})
				d.last[v] = int32(len(d.sets) - 1)
			}
		}
		switch s.Kind {
		case ir.Block, ir.Loop:
			d.note(s.Body, 0)
		case ir.If:
			n := int32(len(d.ifs))
			d.ifs = append(d.ifs, arms{s, in, len(s.Body) + len(s.Else)})
			d.note(s.Body, n)
			d.note(s.Else, n)
		case ir.Switch:
			for i := range s.Cases {
				d.note(s.Cases[i].Body, 0)
			}
		}
	}
}

// read counts the reads of an expression.
func (d *dead) read(e *ir.Expr) {
	switch {
	case e.IsVar():
		d.reads[e.Index]++
	case e.Effects&ir.ReadsVariable != 0:
		for _, a := range e.Args {
			d.read(a)
		}
	}
}

// unread takes away the reads of an expression.
func (d *dead) unread(e *ir.Expr) {
	switch {
	case e.IsVar():
		if d.reads[e.Index]--; d.reads[e.Index] == 0 {
			d.work = append(d.work, ir.Var(e.Index))
		}
	case e.Effects&ir.ReadsVariable != 0:
		for _, a := range e.Args {
			d.unread(a)
		}
	}
}

// kill drops the assignments to v if nothing reads it.
func (d *dead) kill(v ir.Var) {
	if d.reads[v] > 0 {
		return
	}
	for i := d.last[v]; i != 0; i = d.sets[i].previous {
		if s := d.sets[i].stmt; s.Kind == ir.Set {
			d.drop(s, slices.Index(s.Dst, v), d.sets[i].in)
		}
	}
	d.last[v] = 0
}

// drop removes destination i of s, which stands in an arm of an if, or not.
func (d *dead) drop(s *ir.Stmt, i int, in int32) {
	if i < 0 {
		return
	}
	s.Dst[i] = ir.Blank
	if oneEach := len(s.Args) == len(s.Dst); oneEach && s.Args[i].Effects.Pure() {
		d.unread(s.Args[i])
		s.Dst = slices.Delete(s.Dst, i, i+1)
		s.Args = slices.Delete(s.Args, i, i+1)
	}
	if !slices.ContainsFunc(s.Dst, func(v ir.Var) bool { return v != ir.Blank }) {
		d.evaluate(s, in)
	}
}

// evaluate leaves of s no more than the parts of its operands that have effects. If there are none and it was the last
// statement of an if, nothing depends on the condition of that.
func (d *dead) evaluate(s *ir.Stmt, in int32) {
	d.changed = true
	d.roots = d.roots[:0]
	for _, e := range s.Args {
		e.EffectRoots(func(root *ir.Expr) {
			d.read(root)
			d.roots = append(d.roots, root)
		})
		d.unread(e)
	}
	*s = ir.Stmt{Kind: ir.Eval, Args: d.ar.List(d.roots)}
	if in != 0 && len(s.Args) == 0 {
		a := &d.ifs[in]
		if a.left--; a.left == 0 {
			d.evaluate(a.stmt, a.in)
		}
	}
}

// sweeper removes statements that do nothing and splits evaluations with several roots.
type sweeper struct{ *lists }

// list sweeps a list in place, up to the first such statement.
func (w *sweeper) list(list []*ir.Stmt) []*ir.Stmt {
	for i, s := range list {
		if !w.stays(s) {
			base := len(w.stmts)
			w.stmts = append(w.stmts, list[:i]...)
			w.putAll(list[i:])
			return w.take(base, list)
		}
	}
	return list
}

func (w *sweeper) putAll(list []*ir.Stmt) {
	for _, s := range list {
		if w.stays(s) {
			w.put(s)
			continue
		}
		for _, e := range s.Args {
			w.eval(e)
		}
	}
}

// stays sweeps the lists in s, if it reports that s stays.
func (w *sweeper) stays(s *ir.Stmt) bool {
	if s.HasLists() {
		s.Body, s.Else = w.list(s.Body), w.list(s.Else)
		for i := range s.Cases {
			s.Cases[i].Body = w.list(s.Cases[i].Body)
		}
	}
	return s.Kind != ir.Eval || len(s.Args) == 1
}
