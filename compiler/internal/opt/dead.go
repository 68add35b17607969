package opt

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// Dead removes assignments to variables that are never read, keeping what evaluation does besides. Go rejects a
// variable that is assigned only.
//
//	t3 = i32.add(call f1(), 1)   =>   call f1()
func Dead(f *ir.Func) {
	d := &dead{reads: make([]int, len(f.Vars)), sets: make([][]*ir.Stmt, len(f.Vars))}
	ir.WalkStmts(f.Body, func(s *ir.Stmt) {
		for _, a := range s.Args {
			d.count(a, 1)
		}
		for _, v := range s.Dst {
			if v != ir.Blank {
				d.sets[v] = append(d.sets[v], s)
			}
		}
	})
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

// drop removes destination i of s. A statement left without destinations evaluates what has effects.
func (d *dead) drop(s *ir.Stmt, i int) {
	if i < 0 {
		return
	}
	if len(s.Args) != len(s.Dst) { // the results of one call
		s.Dst[i] = ir.Blank
		if !slices.ContainsFunc(s.Dst, func(v ir.Var) bool { return v != ir.Blank }) {
			s.Kind, s.Dst = ir.Eval, nil
		}
		return
	}
	e := s.Args[i]
	if len(s.Dst) > 1 && !e.Effects.Pure() {
		s.Dst[i] = ir.Blank
		return
	}
	d.count(e, -1)
	s.Dst = slices.Delete(s.Dst, i, i+1)
	s.Args = slices.Delete(s.Args, i, i+1)
	if len(s.Dst) == 0 {
		s.Kind, s.Dst = ir.Eval, nil
		e.EffectRoots(func(root *ir.Expr) {
			d.count(root, 1)
			s.Args = append(s.Args, root)
		})
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
		if s.Kind != ir.Eval || len(s.Args) == 1 {
			out = append(out, s)
			continue
		}
		for _, a := range s.Args {
			out = append(out, &ir.Stmt{Kind: ir.Eval, Args: []*ir.Expr{a}})
		}
	}
	return out
}
