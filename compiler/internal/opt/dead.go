package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// Dead removes assignments to variables that are never read, and conditions that nothing depends on, keeping what
// evaluation does besides. Go rejects a variable that is assigned only.
//
//	t3 = i32.add(call 1, 1)   =>   call 1:i32
//	if i32.load(p0) { t3 = 1 }   =>   i32.load(p0)
func Dead(f *ir.Func) {
	d := &dead{reads: make([]int, len(f.Vars)), sets: make([][]*ir.Stmt, len(f.Vars)), arms: map[*ir.Stmt]*arms{}}
	ir.WalkStmts(f.Body, d.note)
	for _, s := range d.empty {
		d.evaluate(s)
	}
	for v := range f.Vars {
		d.kill(ir.Var(v))
	}
	for len(d.work) > 0 {
		v := d.work[len(d.work)-1]
		d.work = d.work[:len(d.work)-1]
		d.kill(v)
	}
	f.Body = sweep(f.Body)
}

type dead struct {
	reads []int
	sets  [][]*ir.Stmt
	work  []ir.Var // variables whose last read went away
	// arms holds, for a statement in an arm of an if, what is known of that if.
	arms  map[*ir.Stmt]*arms
	empty []*ir.Stmt // ifs without statements from the beginning
}

// arms counts the statements that are left in the arms of an if.
type arms struct {
	stmt *ir.Stmt
	left int
}

// note counts what a statement reads and assigns.
func (d *dead) note(s *ir.Stmt) {
	for _, a := range s.Args {
		d.count(a, 1)
	}
	for _, v := range s.Dst {
		if v != ir.Blank {
			d.sets[v] = append(d.sets[v], s)
		}
	}
	if s.Kind != ir.If {
		return
	}
	a := &arms{s, len(s.Body) + len(s.Else)}
	for _, list := range [][]*ir.Stmt{s.Body, s.Else} {
		for _, inner := range list {
			d.arms[inner] = a
		}
	}
	if a.left == 0 {
		d.empty = append(d.empty, s)
	}
}

func (d *dead) count(e *ir.Expr, n int) {
	e.Walk(func(e *ir.Expr) {
		if !e.IsVar() {
			return
		}
		if d.reads[e.Index] += n; d.reads[e.Index] == 0 {
			d.work = append(d.work, ir.Var(e.Index))
		}
	})
}

// kill drops the assignments to v if nothing reads it.
func (d *dead) kill(v ir.Var) {
	if d.reads[v] > 0 {
		return
	}
	for _, s := range d.sets[v] {
		if s.Kind == ir.Set {
			d.drop(s, slices.Index(s.Dst, v))
		}
	}
	d.sets[v] = nil
}

// drop removes destination i of s.
func (d *dead) drop(s *ir.Stmt, i int) {
	if i < 0 {
		return
	}
	s.Dst[i] = ir.Blank
	if oneEach := len(s.Args) == len(s.Dst); oneEach && s.Args[i].Effects.Pure() {
		d.count(s.Args[i], -1)
		s.Dst = slices.Delete(s.Dst, i, i+1)
		s.Args = slices.Delete(s.Args, i, i+1)
	}
	if !slices.ContainsFunc(s.Dst, func(v ir.Var) bool { return v != ir.Blank }) {
		d.evaluate(s)
	}
}

// evaluate leaves of s no more than the parts of its operands that have effects. If there are none and it was the last
// statement of an if, nothing depends on the condition of that.
func (d *dead) evaluate(s *ir.Stmt) {
	args := s.Args
	*s = ir.Stmt{Kind: ir.Eval}
	for _, e := range args {
		e.EffectRoots(func(root *ir.Expr) {
			d.count(root, 1)
			s.Args = append(s.Args, root)
		})
		d.count(e, -1)
	}
	if a := d.arms[s]; a != nil && len(s.Args) == 0 {
		if a.left--; a.left == 0 {
			d.evaluate(a.stmt)
		}
	}
}

// sweep removes statements that do nothing and splits evaluations with several roots.
func sweep(list []*ir.Stmt) []*ir.Stmt {
	out := list[:0:0]
	for _, s := range list {
		s.Body, s.Else = sweep(s.Body), sweep(s.Else)
		for i := range s.Cases {
			s.Cases[i].Body = sweep(s.Cases[i].Body)
		}
		if s.Kind != ir.Eval {
			out = append(out, s)
			continue
		}
		out = append(out, evals(s.Args)...)
	}
	return out
}

// evals makes a statement for each expression.
func evals(list []*ir.Expr) []*ir.Stmt {
	var out []*ir.Stmt
	for _, e := range list {
		out = append(out, &ir.Stmt{Kind: ir.Eval, Args: []*ir.Expr{e}})
	}
	return out
}
