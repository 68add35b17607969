package emit

import (
	"math"
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
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
	depth  int      // of loops
	labels []target // by label
	// guarded has the loops, as checked has in way, whose going around hangs on a condition of an if around this place.
	guarded uint64
	// loops are the labels of the loops around.
	loops []ir.Label
	// atomics says that what was seen of the innermost loop loads or updates atomically, other that it does something
	// that another thread would see, or has a loop inside.
	atomics, other bool
}

// target is what a branch can go to: a loop, a block or a case.
type target struct {
	loop  bool
	block bool
	need  loopNeed // of a loop
	depth int      // of loops around the place that a branch goes to, with the loop itself
	exit  way      // how branches reach the end of a block
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

// loopNeeds analyses a function's body: what its loops need.
func (f *flow) loopNeeds(body []*ir.Stmt) {
	if !f.loops {
		return
	}
	p := f.polls
	*p = polls{f: f.fn, labels: slab.Zeros(p.labels, int(f.f.Labels)+1), loops: p.loops[:0]}
	p.list(body, way{})
}

// list follows the statements. Outside of loops it does not matter what is evaluated.
func (p *polls) list(stmts []*ir.Stmt, w way) way {
	for _, s := range stmts {
		if p.depth > 0 {
			for _, a := range s.Args {
				if a.Effects.Writes() { // there are facts
					w = p.evaluated(a, w)
				}
			}
		}
		if s.Kind > ir.Eval {
			w = p.stmt(s, w)
		}
	}
	return w
}

// evaluated is the way behind an expression.
func (p *polls) evaluated(e *ir.Expr, w way) way {
	touched, kept := p.touches(e)
	if touched {
		w.touched = max(w.touched, p.depth)
	}
	if kept {
		w.checked |= p.all()
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
		p.labels[s.Label] = target{depth: p.depth, block: true, exit: unreachable}
		end := p.list(s.Body, w)
		return p.clamp(meet(end, p.labels[s.Label].exit))
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
// inside the first arm need not, and what comes after an arm that leaves loops has passed an exit of these. It is not asked
// where exits of all these loops have been passed.
func (p *polls) ifStmt(s *ir.Stmt, w way) way {
	if p.depth == 0 {
		return meet(p.list(s.Body, w), p.list(s.Else, w))
	}
	els, outer := w, p.guarded
	here, then, after := bit(p.depth)&^p.guarded, p.left(s.Body), p.left(s.Else)
	if (here|then|after)&^w.checked != 0 && p.opaque(s.Args[0]) {
		p.guarded |= here
		els.checked |= then
	} else {
		after = 0
	}
	end := p.list(s.Body, w)
	p.guarded = outer
	end.checked |= after
	return meet(end, p.list(s.Else, els))
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
	guarded, atomics := p.guarded, p.atomics
	p.depth++
	p.labels[s.Label] = target{loop: true, depth: p.depth}
	p.loops = append(p.loops, s.Label)
	p.atomics, p.other = false, false
	p.guarded &^= bit(p.depth)
	w.checked &^= bit(p.depth)
	w.touched = min(w.touched, p.depth-1)
	end := p.list(s.Body, w)
	p.depth--
	p.loops = p.loops[:p.depth]
	p.guarded = guarded
	need := &p.labels[s.Label].need
	if p.atomics && !p.other { // it may wait for another thread's store
		*need = needsSpin
	}
	p.atomics, p.other = atomics, true
	if *need != needsNothing {
		end.touched = max(end.touched, p.depth)
	}
	if *need > needsTouch {
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
	t := &p.labels[l]
	switch {
	case t.block:
		t.exit = meet(t.exit, w)
	case !t.loop: // to a case, where nothing is known but what was at the switch; back to one it polls
	case (w.checked|p.guarded)&bit(t.depth) == 0:
		t.need = needsExit
	case w.touched < t.depth:
		t.need = max(t.need, needsTouch)
	}
}

// steps are the assignments in the loops of a function, and these loops.
type steps struct {
	all    []step  // in the order of the text
	loops  []span  // by label
	n      int32   // statements so far
	first  []int32 // by variable, the index in list of its first one; that of the next variable ends them
	list   []step  // all, by variable
	sorted bool
	known  map[movingIn]bool // of variables with many steps
}

// movingIn asks whether a variable moves in a loop.
type movingIn struct {
	v    ir.Var
	loop ir.Label
}

// step is an assignment: of a variable plus a constant, or of something unknown.
type step struct {
	v, from ir.Var
	at      int32
	direct  ir.Label // the loop in whose own list it stands
	by      uint64
}

const unknown ir.Var = -2

// span is where the statements of a loop's body are. Behind those before around, control may have gone around.
type span struct{ begin, around, end int32 }

// note notes the assignments of a statement in a loop; direct is the loop in whose own list it stands.
func (st *steps) note(s *ir.Stmt, vars []variable, direct ir.Label) {
	for i, d := range s.Dst {
		if d == ir.Blank {
			continue
		}
		v, x := &vars[d], step{v: d, from: unknown, at: st.n, direct: direct}
		if len(s.Args) == len(s.Dst) {
			if y, by, ok := shifted(s.Args[i]); ok {
				v.stepped, x.from, x.by = true, y, by
			}
		}
		v.sets++
		st.all = append(st.all, x)
	}
}

// branch notes a branch, which may go around a loop.
func (st *steps) branch(to ir.Label) {
	if l := &st.loops[to]; l.around > 0 {
		l.around = min(l.around, st.n)
	}
}

// sort makes list.
func (st *steps) sort(vars []variable) {
	st.sorted = true
	st.first = slab.Zeros(st.first, len(vars)+2)
	for i := range vars {
		st.first[i+2] = st.first[i+1] + vars[i].sets
	}
	st.list = slices.Grow(st.list[:0], len(st.all))[:len(st.all)]
	for _, x := range st.all { // moves first[v+1] from where the steps of v begin to where they end
		end := &st.first[x.v+1]
		st.list[*end] = x
		*end++
	}
}

// in are the steps of a variable in a loop.
func (st *steps) in(v ir.Var, loop ir.Label) []step {
	if v < 0 {
		return nil
	}
	list, l := st.list[st.first[v]:st.first[v+1]], &st.loops[loop]
	list = list[stepsUntil(list, l.begin):]
	return list[:stepsUntil(list, l.end)]
}

// stepsUntil is the number of steps up to and with a statement.
func stepsUntil(list []step, at int32) int {
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].at <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// moves reports whether a variable changes by a constant wherever the loop assigns it, be it by way of another variable, and
// does so on every way around: before anything can go around the loop.
func (st *steps) moves(v ir.Var, loop ir.Label) bool {
	const few = 8
	list := st.in(v, loop)
	if len(list) <= few {
		return st.moving(v, loop, list)
	}
	m, known := st.known[movingIn{v, loop}]
	if !known {
		if m = st.moving(v, loop, list); st.known == nil {
			st.known = map[movingIn]bool{}
		}
		st.known[movingIn{v, loop}] = m
	}
	return m
}

// moving answers for the steps of the variable in the loop.
func (st *steps) moving(v ir.Var, loop ir.Label, list []step) bool {
	always := false
	for _, x := range list {
		always = always || x.direct == loop && x.at < st.loops[loop].around
		from, by := x.from, x.by
		if from != v {
			if via := st.in(from, loop); len(via) == 1 && via[0].from == v {
				from, by = v, by+via[0].by
			}
		}
		if from != v || uint32(by) == 0 {
			return false
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

// moves reports whether a variable moves in the innermost loop (see steps.moves).
func (p *polls) moves(v ir.Var) bool {
	if !p.f.vars[v].stepped {
		return false
	}
	st := p.f.steps
	if !st.sorted {
		st.sort(p.f.vars)
	}
	return st.moves(v, p.loops[p.depth-1])
}

// moved reports whether e is a variable that moves, plus a constant.
func (p *polls) moved(e *ir.Expr) bool {
	v, _, ok := shifted(e)
	return ok && p.moves(v)
}

// opaque reports whether the Go compiler can not know a condition: it compares a variable that moves with a constant or
// with one that the loop leaves alone.
func (p *polls) opaque(e *ir.Expr) bool {
	for e.Op == op.I32Eqz || e.Op == op.I64Eqz {
		e = e.Args[0]
	}
	if p.moved(e) {
		return true
	}
	if len(e.Args) != 2 || !comparisons.Get(e.Op) {
		return false
	}
	x, y := e.Args[0], e.Args[1]
	if !p.moved(x) {
		if x, y = y, x; !p.moved(x) {
			return false
		}
	}
	if y.IsConst() { // not the least or the greatest number, for which an order may say nothing
		return e.Op == op.I32Eq || e.Op == op.I32Ne || e.Op == op.I64Eq || e.Op == op.I64Ne || uint32(y.Imm+1)&math.MaxInt32 > 1
	}
	v, _, ok := shifted(y)
	return ok && len(p.f.steps.in(v, p.loops[p.depth-1])) == 0
}

// pollFacts is what evaluating an instruction means for polls.
type pollFacts uint8

const (
	touching pollFacts = 1 << iota // it surely accesses memory in a way that the Go compiler keeps
	keeping                        // the Go compiler keeps it, and the stores before it, even in an endless loop
	updating                       // it loads or updates atomically
	showing                        // another thread sees it
	direct                         // what it means depends on the function that it calls
)

// pollOps are the facts of instructions.
var pollOps = func() (t op.Table[pollFacts]) {
	for _, o := range op.All() {
		t.Set(o.Code, pollFactsOf(o))
	}
	return t
}()

func pollFactsOf(o *op.Op) (facts pollFacts) {
	stores, atomic := o.Has('S'), o.Has('A')
	switch {
	case o.Code == op.Call:
		return direct | showing
	case o.Code == op.CallIndirect:
		return keeping | showing
	case o.Code >= op.AtomicNotify && o.Code <= op.AtomicWait64:
		facts = showing
	case atomic && o.Has('L'):
		facts = updating
	case stores && !atomic:
		facts = showing
	}
	if !o.IsMemAccess() || o.Code == op.AtomicNotify {
		return facts
	}
	if stores || atomic {
		facts |= touching
	}
	if stores && atomic {
		facts |= keeping
	}
	return facts
}

// touches reports whether evaluating e surely accesses memory, or enters a function that looks at its limit, and whether
// the Go compiler keeps e and the stores before it even in an endless loop: it does so with calls that it does not
// inline and with atomic stores. Bulk instructions of length 0 access nothing.
func (p *polls) touches(e *ir.Expr) (touched, kept bool) {
	facts := p.facts(e)
	p.atomics = p.atomics || facts&updating != 0
	p.other = p.other || facts&showing != 0
	return facts&touching != 0, facts&keeping != 0
}

// facts are those of all instructions in e.
func (p *polls) facts(e *ir.Expr) pollFacts {
	facts := pollOps.Get(e.Op)
	if facts&direct != 0 {
		if ff := &p.f.g.facts.Funcs[e.Index]; ff.InCycle && ff.NeedsDepth && int(e.Index) >= p.f.g.m.ImportedFunc {
			facts |= touching | keeping
		}
	}
	for _, a := range e.Args {
		if a.Effects.Writes() {
			facts |= p.facts(a)
		}
	}
	return facts
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
func (f *flow) pollStmt(s *ir.Stmt) *gox.Stmt {
	cond := "atomic.LoadUint32(&m.Limit) == 0"
	switch f.polls.labels[s.Label].need {
	case needsSpin:
		return f.line("m.Spin()\n")
	case needsNothing:
		if f.g.guard() {
			return nil
		}
		cond = "rt.HeapMemory && " + cond
	case needsTouch:
		if f.g.pollsMemory() {
			return f.line("atomic.LoadUint32((*uint32)(" + f.memLocal(0) + "))\n")
		}
	}
	return f.pollIf(cond)
}

// pollLimit looks at the limit.
func (f *fn) pollLimit() *gox.Stmt { return f.pollIf("atomic.LoadUint32(&m.Limit) == 0") }

func (f *fn) pollIf(cond string) *gox.Stmt {
	return f.ifThen(f.Name(cond, gox.Bool), f.Stmts([]*gox.Stmt{f.last("panic(rt.Stopped)\n")}))
}
