package emit

import (
	"math"

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
// and a loop that the Go compiler finds to be endless: it drops the stores in it, since nothing could see them, as in
//
//	(loop $l (i32.store (local.get $p) (i32.const 5)) (br_if $l (i32.eq (i32.load (local.get $p)) (i32.const 5))))
//
// The first touch the memory for this reason alone, the second look at the limit, which is a way out.

// loopNeed is what a loop needs at its head.
type loopNeed uint8

const (
	needsNothing loopNeed = iota
	needsTouch            // a way around touches nothing that a stop takes away
	needsExit             // a way around has no exit of which it is certain that the Go compiler keeps it
	needsSpin             // it waits for another thread's store
)

// polls finds what each loop of a function needs.
type polls struct {
	f      *fn
	depth  int // of loops
	labels map[ir.Label]target
	needs  map[*ir.Stmt]loopNeed
	// guarded has the loops, as checked has in way, whose going around hangs on a condition of an if around this place.
	guarded uint64
	// moves are the variables that move in the loops around.
	moves []map[ir.Var]bool
}

// target is a block or loop.
type target struct {
	loop  *ir.Stmt // nil for a block
	depth int      // of loops around the place that a branch goes to, with the loop itself
	exit  *way     // how branches reach the end of a block
}

// way is what happened on every path from the heads of the loops to a place.
type way struct {
	// touched is the number of loops, from the outermost, on whose present way around something was touched.
	touched int
	// checked has a bit for each loop, by depth, in which an exit was passed, up to maxLoops.
	checked uint64
}

const maxLoops = 62

// unreachable is the state behind a branch.
var unreachable = way{touched: 1 << 30, checked: ^uint64(0)}

func meet(a, b way) way { return way{min(a.touched, b.touched), a.checked & b.checked} }

// bit is the bit of the loop of a depth.
func bit(depth int) uint64 {
	if depth > maxLoops {
		return 0
	}
	return 1 << depth
}

// loopNeeds analyses a function's body.
func (f *fn) loopNeeds(body []*ir.Stmt) map[*ir.Stmt]loopNeed {
	p := &polls{f: f, labels: map[ir.Label]target{}, needs: map[*ir.Stmt]loopNeed{}}
	p.list(body, way{})
	return p.needs
}

// list follows the statements.
func (p *polls) list(stmts []*ir.Stmt, w way) way {
	for _, s := range stmts {
		for _, a := range s.Args {
			touched, kept := p.touches(a)
			if touched {
				w.touched = max(w.touched, p.depth)
			}
			if kept {
				w.checked |= p.all()
			}
		}
		w = p.stmt(s, w)
	}
	return w
}

func (p *polls) stmt(s *ir.Stmt, w way) way {
	switch s.Kind {
	case ir.Br:
		p.branch(s.Label, w)
		return unreachable
	case ir.Return, ir.Trap:
		return unreachable
	case ir.Block:
		exit := unreachable
		p.labels[s.Label] = target{depth: p.depth, exit: &exit}
		end := p.list(s.Body, w)
		return p.clamp(meet(end, exit))
	case ir.Loop:
		return p.loop(s, w)
	case ir.If:
		return p.ifStmt(s, w)
	case ir.Switch:
		return p.cases(s, w)
	}
	return w
}

// ifStmt follows the arms of an if. If the Go compiler can not know the condition, then what goes around the loop from
// inside the first arm need not, and what comes after an arm that leaves loops has passed an exit of these.
func (p *polls) ifStmt(s *ir.Stmt, w way) way {
	els, after, outer := w, uint64(0), p.guarded
	if p.depth > 0 && opaque(s.Args[0], p.moves[p.depth-1]) {
		p.guarded |= bit(p.depth)
		els.checked |= p.left(s.Body)
		after = p.left(s.Else)
	}
	then := p.list(s.Body, w)
	p.guarded = outer
	then.checked |= after
	return meet(then, p.list(s.Else, els))
}

// left has the loops that control leaves for certain at the end of the list.
func (p *polls) left(list []*ir.Stmt) uint64 {
	if len(list) == 0 {
		return 0
	}
	to := 0
	switch s := list[len(list)-1]; s.Kind {
	case ir.Return, ir.Trap:
	case ir.Br:
		to = p.labels[s.Label].depth
	default:
		return 0
	}
	loops := uint64(0)
	for d := to + 1; d <= p.depth; d++ {
		loops |= bit(d)
	}
	return loops
}

// cases follows the arms of a switch. Without a default, control that matches none falls out at its end.
func (p *polls) cases(s *ir.Stmt, w way) way {
	out, fall := w, unreachable
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Default {
			out = unreachable
		}
		if c.Label != ir.NoLabel {
			p.labels[c.Label] = target{depth: p.depth}
		}
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		end := p.list(c.Body, meet(w, fall)) // w is what was at a jump to the case at least
		fall = unreachable
		if c.Fallthrough {
			fall = end
		} else {
			out = meet(out, end)
		}
	}
	return meet(out, fall)
}

func (p *polls) loop(s *ir.Stmt, w way) way {
	outer := p.guarded
	p.depth++
	p.labels[s.Label] = target{loop: s, depth: p.depth}
	p.moves = append(p.moves, moving(s))
	p.guarded &^= bit(p.depth)
	w.checked &^= bit(p.depth)
	w.touched = min(w.touched, p.depth-1)
	end := p.list(s.Body, w)
	p.depth--
	p.moves = p.moves[:p.depth]
	p.guarded = outer
	if p.spins(s.Body) {
		p.needs[s] = needsSpin
	}
	if p.needs[s] != needsNothing {
		end.touched = max(end.touched, p.depth)
	}
	if p.needs[s] > needsTouch {
		end.checked |= p.all()
	}
	return p.clamp(end)
}

// all has the loops around.
func (p *polls) all() uint64 { return 1<<(min(p.depth, maxLoops)+1) - 1 }

// clamp forgets the loops that control has left.
func (p *polls) clamp(w way) way {
	if w.touched == unreachable.touched {
		return w
	}
	return way{min(w.touched, p.depth), w.checked & p.all()}
}

// branch notes a jump. One to a loop's head goes around: it must have touched something and passed an exit.
func (p *polls) branch(l ir.Label, w way) {
	t := p.labels[l]
	switch {
	case t.exit != nil:
		*t.exit = meet(*t.exit, w)
	case t.loop == nil: // to a case, where nothing is known but what was at the switch; back to one it polls
	case (w.checked|p.guarded)&bit(t.depth) == 0:
		p.needs[t.loop] = needsExit
	case w.touched < t.depth:
		p.needs[t.loop] = max(p.needs[t.loop], needsTouch)
	}
}

// moving finds the variables that a loop assigns: true for those that change by a constant wherever it does, be it by way
// of another variable, and that do so on every way around.
func moving(loop *ir.Stmt) map[ir.Var]bool {
	body, always := loop.Body, alwaysSet(loop)
	type step struct {
		from ir.Var
		by   uint64
	}
	const unknown ir.Var = -2
	steps := map[ir.Var][]step{}
	ir.WalkStmts(body, func(s *ir.Stmt) {
		for i, v := range s.Dst {
			if v == ir.Blank {
				continue
			}
			x := step{from: unknown}
			if len(s.Args) == len(s.Dst) {
				if y, by, ok := shifted(s.Args[i]); ok {
					x = step{y, by}
				}
			}
			steps[v] = append(steps[v], x)
		}
	})
	moves := map[ir.Var]bool{}
	for v, list := range steps {
		moves[v] = always[v]
		for _, x := range list {
			by := x.by
			if via := steps[x.from]; x.from != v && len(via) == 1 && via[0].from == v {
				x.from, by = v, by+via[0].by
			}
			if x.from != v || uint32(by) == 0 {
				moves[v] = false
				break
			}
		}
	}
	return moves
}

// alwaysSet has the variables that are set in the body's own list before anything can go around the loop.
func alwaysSet(loop *ir.Stmt) map[ir.Var]bool {
	always, around := map[ir.Var]bool{}, false
	for _, s := range loop.Body {
		ir.WalkStmts([]*ir.Stmt{s}, func(s *ir.Stmt) { around = around || s.Kind == ir.Br && s.Label == loop.Label })
		if around {
			break
		}
		for _, v := range s.Dst {
			always[v] = true
		}
	}
	return always
}

// shifted splits e into a variable and a constant added to it.
func shifted(e *ir.Expr) (v ir.Var, by uint64, ok bool) {
	switch e.Op {
	case op.LocalGet:
		return ir.Var(e.Index), 0, true
	case op.I32Add, op.I64Add, op.I32Sub, op.I64Sub:
		if x, c := e.Args[0], e.Args[1]; x.IsVar() && c.IsConst() {
			by = c.Imm
			if e.Op == op.I32Sub || e.Op == op.I64Sub {
				by = -by
			}
			return ir.Var(x.Index), by, true
		}
	}
	return 0, 0, false
}

// opaque reports whether the Go compiler can not know a condition: it compares a variable that moves with a constant or
// with one that the loop leaves alone.
func opaque(e *ir.Expr, moves map[ir.Var]bool) bool {
	for e.Op == op.I32Eqz || e.Op == op.I64Eqz {
		e = e.Args[0]
	}
	moved := func(e *ir.Expr) bool {
		v, _, ok := shifted(e)
		return ok && moves[v]
	}
	if moved(e) {
		return true
	}
	if len(e.Args) != 2 || !op.Lookup(e.Op).IsComparison() {
		return false
	}
	x, y := e.Args[0], e.Args[1]
	if !moved(x) {
		x, y = y, x
	}
	switch {
	case !moved(x):
		return false
	case y.IsConst(): // not the least or the greatest number, for which an order may say nothing
		return e.Op == op.I32Eq || e.Op == op.I32Ne || e.Op == op.I64Eq || e.Op == op.I64Ne || uint32(y.Imm+1)&math.MaxInt32 > 1
	}
	v, _, ok := shifted(y)
	_, assigned := moves[v]
	return ok && !assigned
}

// touches reports whether evaluating e surely accesses memory, or enters a function that looks at its limit, and whether
// the Go compiler keeps e and the stores before it even in an endless loop: it does so with calls that it does not
// inline and with atomic stores. Bulk instructions of length 0 access nothing.
func (p *polls) touches(e *ir.Expr) (touched, kept bool) {
	if e.Effects.Pure() {
		return false, false
	}
	e.Walk(func(e *ir.Expr) {
		o := op.Lookup(e.Op)
		switch {
		case e.Op == op.Call:
			if ff := &p.f.g.facts.Funcs[e.Index]; ff.InCycle && ff.NeedsDepth && int(e.Index) >= p.f.g.m.ImportedFunc {
				touched, kept = true, true
			}
		case e.Op == op.CallIndirect:
			kept = true
		case o.IsMemAccess() && e.Op != op.AtomicNotify:
			touched = touched || o.Has('S') || o.Has('A')
			kept = kept || o.Has('S') && o.Has('A')
		}
	})
	return touched, kept
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

// pollsMemory reports whether touching memory 0 ends a stopped thread: there is a first page, and nobody else holds a
// memory that is not shared.
func (g *module) pollsMemory() bool {
	if !g.guard() || len(g.m.MemoryTypes) == 0 {
		return false
	}
	t := g.m.MemoryTypes[0]
	return t.Min > 0 && (t.Shared || g.m.ImportedMem == 0)
}

// pollStmt is the statement at the head of a loop, or nil. On platforms whose memories can not be poisoned, which
// rt.HeapMemory says, every loop of the checked form polls.
func (f *fn) pollStmt(s *ir.Stmt) *gox.Stmt {
	cond := "atomic.LoadUint32(&m.Limit) == 0"
	switch f.needs[s] {
	case needsSpin:
		return f.line("m.Spin()")
	case needsNothing:
		if f.g.guard() {
			return nil
		}
		cond = "rt.HeapMemory && " + cond
	case needsTouch:
		if f.g.pollsMemory() {
			return f.line("atomic.LoadUint32((*uint32)(" + f.memLocal(0) + "))")
		}
	}
	return f.pollIf(cond)
}

// pollLimit looks at the limit.
func (f *fn) pollLimit() *gox.Stmt { return f.pollIf("atomic.LoadUint32(&m.Limit) == 0") }

func (f *fn) pollIf(cond string) *gox.Stmt {
	return f.ifThen(f.Name(cond, gox.Bool), []*gox.Stmt{f.last("panic(rt.Stopped)")})
}
