package emit

import (
	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// A stopped instance's memory is poisoned: any store ends the thread, and any load that the Go compiler does not find
// useless and drop. So does the entry of a function on a cycle of calls, which finds its stack limit gone. What could run
// for ever after a stop is a loop with a way around that meets neither a store nor such a call, such as
//
//	(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
//
// and only these loops look at the limit themselves.

// loopNeed is what a loop needs at its head.
type loopNeed uint8

const (
	needsNothing loopNeed = iota
	needsPoll             // a way around touches nothing that a stop takes away
	needsSpin             // it waits for another thread's store
)

// polls finds what each loop of a function needs.
type polls struct {
	f     *fn
	depth int // of loops
	loops map[ir.Label]int
	// exits is the least touched of the branches to a label.
	exits map[ir.Label]int
	needs map[*ir.Stmt]loopNeed
	stmts map[ir.Label]*ir.Stmt
}

// loopNeeds analyses a function's body.
func (f *fn) loopNeeds(body []*ir.Stmt) map[*ir.Stmt]loopNeed {
	p := &polls{f: f, loops: map[ir.Label]int{}, exits: map[ir.Label]int{}, needs: map[*ir.Stmt]loopNeed{},
		stmts: map[ir.Label]*ir.Stmt{}}
	p.list(body, 0)
	return p.needs
}

// unreachable is the state behind a branch.
const unreachable = 1 << 30

// list follows the statements. touched, and the result, is the number of enclosing loops, from the outermost, on whose
// present way around something was touched on every path.
func (p *polls) list(stmts []*ir.Stmt, touched int) int {
	for _, s := range stmts {
		for _, a := range s.Args {
			if p.touches(a) {
				touched = max(touched, p.depth)
			}
		}
		touched = p.stmt(s, touched)
	}
	return touched
}

func (p *polls) stmt(s *ir.Stmt, touched int) int {
	switch s.Kind {
	case ir.Br:
		p.branch(s.Label, touched)
		return unreachable
	case ir.Return, ir.Trap:
		return unreachable
	case ir.Block:
		p.exits[s.Label] = unreachable
		end := p.list(s.Body, touched)
		return p.clamp(min(end, p.exits[s.Label]))
	case ir.Loop:
		return p.loop(s, touched)
	case ir.If:
		return min(p.list(s.Body, touched), p.list(s.Else, touched))
	case ir.Switch:
		return p.cases(s, touched)
	}
	return touched
}

// cases follows the arms of a switch. Without a default, control that matches none falls out at its end.
func (p *polls) cases(s *ir.Stmt, touched int) int {
	out, fall := touched, unreachable
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Default {
			out = unreachable
		}
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		end := p.list(c.Body, min(touched, fall))
		fall = unreachable
		if c.Fallthrough {
			fall = end
		} else {
			out = min(out, end)
		}
	}
	return min(out, fall)
}

func (p *polls) loop(s *ir.Stmt, touched int) int {
	p.depth++
	p.loops[s.Label], p.stmts[s.Label] = p.depth, s
	end := p.list(s.Body, min(touched, p.depth-1))
	p.depth--
	if p.needs[s] == needsNothing && !p.leaves(s.Body) {
		p.needs[s] = needsPoll
	}
	if p.spins(s.Body) {
		p.needs[s] = needsSpin
	}
	if p.needs[s] != needsNothing {
		end = max(end, p.depth)
	}
	return p.clamp(end)
}

// clamp forgets the loops that control has left.
func (p *polls) clamp(touched int) int {
	if touched == unreachable {
		return touched
	}
	return min(touched, p.depth)
}

// branch notes a jump: to a loop it must have touched something since the loop's head.
func (p *polls) branch(l ir.Label, touched int) {
	depth, isLoop := p.loops[l]
	switch {
	case !isLoop:
		p.exits[l] = min(p.exits[l], touched)
	case touched < depth:
		p.needs[p.stmts[l]] = needsPoll
	}
}

// touches reports whether evaluating e surely accesses memory, or enters a function that looks at its limit. Bulk
// instructions of length 0 access nothing.
func (p *polls) touches(e *ir.Expr) bool {
	if e.Effects.Pure() {
		return false
	}
	found := false
	e.Walk(func(e *ir.Expr) {
		if e.Op == op.Call {
			ff := &p.f.g.facts.Funcs[e.Index]
			found = found || ff.InCycle && ff.NeedsDepth && int(e.Index) >= p.f.g.m.ImportedFunc
			return
		}
		o := op.Lookup(e.Op)
		found = found || o.IsMemAccess() && (o.Has('S') || o.Has('A')) && e.Op != op.AtomicNotify
	})
	return found
}

// leaves reports whether the loop with this body can be left, or calls something. The Go compiler drops the stores of a
// loop that has no way out, since nothing would see them.
func (p *polls) leaves(body []*ir.Stmt) bool {
	inside := map[ir.Label]bool{}
	found := false
	ir.WalkStmts(body, func(s *ir.Stmt) {
		switch s.Kind {
		case ir.Block, ir.Loop:
			inside[s.Label] = true
		case ir.Return, ir.Trap:
			found = true
		case ir.Br:
			if depth, isLoop := p.loops[s.Label]; !inside[s.Label] && !(isLoop && depth == p.depth+1) {
				found = true
			}
		}
	})
	if found || !ir.Ends(body) {
		return true
	}
	ir.WalkExprs(body, func(root *ir.Expr) {
		if root.Effects&ir.Calls != 0 {
			root.Walk(func(e *ir.Expr) { found = found || e.Op == op.Call || e.Op == op.CallIndirect })
		}
	})
	return found
}

// spins reports whether a loop may wait for another thread's store: it loads or updates atomically, and does nothing
// else that another thread would see.
func (p *polls) spins(body []*ir.Stmt) bool {
	atomics, other := false, false
	ir.WalkStmts(body, func(s *ir.Stmt) { other = other || s.Kind == ir.Loop })
	ir.WalkExprs(body, func(root *ir.Expr) {
		if root.Effects.Pure() {
			return
		}
		root.Walk(func(e *ir.Expr) {
			o := op.Lookup(e.Op)
			switch {
			case e.Op >= op.AtomicNotify && e.Op <= op.AtomicWait64:
				other = true
			case o.Has('A') && o.Has('L'):
				atomics = true
			case o.Has('A') || o.IsMemAccess() && !o.Has('S'):
			case e.Op == op.Call || e.Op == op.CallIndirect || o.Has('S'):
				other = true
			}
		})
	})
	return atomics && !other
}

// pollStmts are the statements at the head of a loop. On platforms whose memories can not be poisoned, which
// rt.HeapMemory says, every loop of the checked form polls.
func (f *fn) pollStmts(s *ir.Stmt) []*gox.Stmt {
	cond := "atomic.LoadUint32(&m.Limit) == 0"
	switch f.needs[s] {
	case needsSpin:
		return []*gox.Stmt{f.line("m.Spin()")}
	case needsNothing:
		if f.g.guard() {
			return nil
		}
		cond = "rt.HeapMemory && " + cond
	}
	stop := f.Stmt(gox.Stmt{Text: "panic(rt.Stopped)", Ends: true})
	return []*gox.Stmt{{Kind: gox.If, Cond: f.Name(cond, gox.Bool), Body: []*gox.Stmt{stop}}}
}
