package emit

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// maxIndent is the nesting of Go blocks beyond which control flow is written with labels and goto: indentation of deep
// code would otherwise outgrow the code.
const maxIndent = 12

// point is a place in a function that control can reach by falling through or by a jump. Labels whose places coincide
// share a point, so that a branch to what comes next anyway is written as nothing.
type point int

// construct is a Go statement that break or continue can refer to.
type construct struct {
	stmt        *gox.Stmt
	isFor       bool
	head, after point
}

// flow turns structured statements into Go statements.
type flow struct {
	*fn
	varTypes *varTypes
	polls    *polls
	out      []*gox.Stmt      // of the lists that are being made, the outermost first
	from     int              // where in out lines may be added to others
	points   []*gox.JumpLabel // by point; nil until a goto needs it
	labels   []label          // by label of the guest
	around   []construct
	nlabels  int
}

// label is what a branch goes to.
type label struct {
	point
	caseOf // if there are jumps between cases
}

func (f *flow) newPoint() point {
	f.points = append(f.points, nil)
	return point(len(f.points) - 1)
}

// emit appends a statement to the list that is being made.
func (f *flow) emit(s *gox.Stmt) {
	f.find()
	f.out = append(f.out, s)
}

// write emits simple statements that were appended to Begin, each with a newline.
func (f *flow) write(b []byte) {
	text := f.Keep(b)
	f.find()
	if n := len(f.out); n == f.from || !f.Extend(f.out[n-1], text) {
		f.out = append(f.out, f.line(text))
	}
}

// open begins a list, or another part of one, and returns its base.
func (f *flow) open() (base int) {
	f.from = len(f.out)
	return f.from
}

// take ends the list that begins at base of what is being made.
func (f *flow) take(base int) []*gox.Stmt {
	list := f.Stmts(f.out[base:])
	f.out, f.from = f.out[:base], base
	return list
}

// body translates statements to a list of their own.
func (f *flow) body(stmts []*ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	if len(stmts) == 0 && fall == next {
		return nil
	}
	base := f.open()
	f.list(stmts, fall, next, depth)
	return f.take(base)
}

// list translates statements. After them the program goes to fall; what follows in the Go text is next. Where the two
// differ, a jump is added.
func (f *flow) list(stmts []*ir.Stmt, fall, next point, depth int) {
	base := len(f.out)
	for i := 0; i < len(stmts); i++ {
		s := stmts[i]
		if s.Kind == ir.Set && i+1 < len(stmts) && stmts[i+1].Kind == ir.If && f.selection(s, stmts[i+1]) {
			i++
			continue
		}
		if s.Kind <= ir.Eval {
			i += f.simple(stmts[i:]) - 1
			continue
		}
		if i == len(stmts)-1 && (fall == next || f.inherits(s)) {
			f.stmt(s, fall, next, depth)
			return
		}
		after := f.newPoint()
		f.stmt(s, after, after, depth)
		f.place(after)
	}
	if fall != next && !ir.Ends(stmts) && !gox.Terminating(f.out[base:]) {
		f.jump(fall, next)
	}
}

// simple writes the simple statement that a list begins with, and those behind it that need nothing between them. It returns
// their number.
func (f *flow) simple(stmts []*ir.Stmt) int {
	b, m := f.Begin(), f.Mark()
	alone := f.held || !f.g.guard()
	for i, s := range stmts {
		if s.Kind == ir.Set {
			b = f.appendSet(b, s)
		} else {
			b = f.appendEffect(b, s.Args[0])
		}
		b = append(b, '\n')
		f.Release(m)
		if alone || !goesOn(stmts, i+1) {
			f.write(b)
			if !f.g.guard() {
				f.reload(s.Args)
			}
			return i + 1
		}
	}
	return 0
}

// goesOn reports whether a list has at an index a simple statement that is not one half of a selection.
func goesOn(list []*ir.Stmt, i int) bool {
	if i >= len(list) || list[i].Kind > ir.Eval {
		return false
	}
	return list[i].Kind == ir.Eval || i+1 >= len(list) || list[i+1].Kind != ir.If
}

// selection writes "v = y; if c { v = x }" without a branch if addresses are made of v: the Go compiler makes conditional
// moves of others.
func (f *flow) selection(set, cond *ir.Stmt) bool {
	if f.g.cfg.NoSelect || len(cond.Else) > 0 || len(cond.Body) != 1 || len(set.Dst) != 1 {
		return false
	}
	other, v := cond.Body[0], set.Dst[0]
	if other.Kind != ir.Set || len(other.Dst) != 1 || other.Dst[0] != v || v == ir.Blank || f.vars[v].Type != gox.Uint32 {
		return false
	}
	x, y, c := other.Args[0], set.Args[0], cond.Args[0]
	if !x.Effects.Pure() || x.Size > 3 || !y.Effects.Pure() || x.Reads(v) || c.Reads(v) || c.Effects&ir.Calls != 0 && !f.g.guard() {
		return false
	}
	sel := f.CallFunc("rt.Select32", gox.Uint32, f.cond(c), f.valueFor(x, v), f.valueFor(y, v))
	f.write(append(appendPlain(f.Begin(), f.vars[v].Text, sel), '\n'))
	return true
}

// inherits reports whether a last statement can itself see to it that control goes to a place that is not next in the
// text, without a jump being written twice.
func (f *flow) inherits(s *ir.Stmt) bool {
	switch s.Kind {
	case ir.Br, ir.Return, ir.Trap:
		return true
	case ir.If:
		return ir.Ends(s.Body) || ir.Ends(s.Else)
	}
	return false
}

// place puts the label of p here if anything jumps to it.
func (f *flow) place(p point) {
	if l := f.points[p]; l != nil {
		s := f.Stmt()
		s.Kind, s.Label = gox.LabelHere, l
		f.emit(s)
	}
}

// label returns the Go label of p for a goto.
func (f *flow) label(p point) *gox.JumpLabel {
	if f.points[p] == nil {
		f.points[p] = f.newLabel()
	}
	f.points[p].Used = true
	return f.points[p]
}

func (f *flow) newLabel() *gox.JumpLabel {
	f.nlabels++
	return f.Label(labelNames.name(f.nlabels))
}

// jump goes to p: by nothing, break, continue or goto, whichever reads best.
func (f *flow) jump(p, next point) {
	if p == next {
		return
	}
	s := f.Stmt()
	f.emit(s)
	inFor := false // an inner for takes a plain continue, any inner construct a plain break
	for i := len(f.around) - 1; i >= 0; i-- {
		c := &f.around[i]
		switch {
		case p == c.after:
			s.Kind = gox.Break
			c.stmt.Broken = true
			if i < len(f.around)-1 {
				s.Label = f.labelOf(c)
			}
			return
		case c.isFor && p == c.head:
			s.Kind = gox.Continue
			if inFor {
				s.Label = f.labelOf(c)
			}
			return
		}
		inFor = inFor || c.isFor
	}
	s.Kind, s.Label = gox.Goto, f.label(p)
}

// jumpList is a list that goes to p and nothing else.
func (f *flow) jumpList(p point) []*gox.Stmt {
	base := f.open()
	f.jump(p, -1)
	return f.take(base)
}

func (f *flow) labelOf(c *construct) *gox.JumpLabel {
	if c.stmt.Label == nil {
		c.stmt.Label = f.newLabel()
	}
	c.stmt.Label.Used = true
	return c.stmt.Label
}

// line makes a simple statement of its text, with its newline.
func (f *fn) line(text string) *gox.Stmt {
	s := f.Stmt()
	s.Text = text
	return s
}

// last makes a simple statement behind which control never comes.
func (f *fn) last(text string) *gox.Stmt {
	s := f.line(text)
	s.Ends = true
	return s
}

func (f *flow) stmt(s *ir.Stmt, fall, next point, depth int) {
	switch s.Kind {
	case ir.Trap:
		f.emit(f.last("panic(rt.Unreachable)\n"))
	case ir.Return:
		m := f.Mark()
		f.emit(f.last(f.Keep(f.appendReturn(f.Begin(), s.Args))))
		f.Release(m)
	case ir.Br:
		l := &f.labels[s.Label]
		if l.current != nil && l.index <= *l.current { // around a loop of the guest
			f.emit(f.pollLimit())
		}
		f.jump(l.point, next)
	case ir.Block:
		f.labels[s.Label].point = fall
		f.list(s.Body, fall, next, depth)
	case ir.Loop:
		f.loop(s, fall, next, depth)
	case ir.If:
		f.ifStmt(s, fall, next, depth)
	case ir.Switch:
		f.switchStmt(s, fall, next, depth)
	}
}

// appendSet writes an assignment. With several variables on both sides Go, like gofmt's spacing, treats the sides as lists.
func (f *flow) appendSet(b []byte, s *ir.Stmt) []byte {
	if len(s.Dst) != 1 {
		return f.appendSets(b, s)
	}
	v := s.Dst[0]
	x := f.valueFor(s.Args[0], v)
	if v == ir.Blank || x == &f.vars[v].Node { // a sum with 0 may be the only use of the variable
		return appendPlain(b, "_", x)
	}
	return appendAssign(b, &f.vars[v].Node, x)
}

func (f *flow) varName(v ir.Var) string {
	if v == ir.Blank {
		return "_"
	}
	return f.vars[v].Text
}

// appendSets writes an assignment to several variables.
func (f *flow) appendSets(b []byte, s *ir.Stmt) []byte {
	for i, v := range s.Dst {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, f.varName(v)...)
	}
	b = append(b, " = "...)
	if len(s.Args) == 1 {
		return f.node(s.Args[0]).Append(b)
	}
	for i, a := range s.Args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = f.valueFor(a, s.Dst[i]).AppendDepth(b, 2)
	}
	return b
}

// appendAssign writes "v = x", with an assignment operator or ++ where x begins with v.
func appendAssign(b []byte, v, x *gox.Node) []byte {
	if x.Kind != gox.Binary || x.X != v || x.Op.Prec() < 4 {
		return appendPlain(b, v.Text, x)
	}
	b, op := append(b, v.Text...), x.Op.String()
	if x.Y.Kind == gox.Literal && x.Y.Bits == 1 && (x.Op == gox.Add || x.Op == gox.Sub) && x.Type.IsInt() {
		return append(append(b, op...), op...)
	}
	return x.Y.Append(append(append(append(b, ' '), op...), "= "...))
}

// appendPlain writes "left = x".
func appendPlain(b []byte, left string, x *gox.Node) []byte {
	return x.Append(append(append(b, left...), " = "...))
}

// appendReturn writes a return with its newline.
func (f *flow) appendReturn(b []byte, args []*ir.Expr) []byte {
	b = append(b, "return"...)
	for i, a := range args {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.value(a).Append(append(b, ' '))
	}
	return append(b, '\n')
}

// loop writes a for, or, nested too deep, a label and jumps to it.
func (f *flow) loop(s *ir.Stmt, fall, next point, depth int) {
	head := f.newPoint()
	f.labels[s.Label].point = head
	if depth >= maxIndent {
		at := f.open()
		if poll := f.pollStmt(s); poll != nil {
			f.emit(poll)
		}
		f.list(s.Body, fall, next, depth)
		f.placeAt(at, head)
		return
	}
	loop := f.Stmt()
	loop.Kind = gox.For
	f.emit(loop)
	f.around = append(f.around, construct{stmt: loop, isFor: true, head: head, after: fall})
	base := f.open()
	f.emit(nil) // room for the poll
	f.from++
	f.list(s.Body, fall, head, depth+1)
	all := f.take(base)
	f.around = f.around[:len(f.around)-1]
	loop.Body = all[1:]
	f.WhileForm(loop)
	if poll := f.pollStmt(s); poll != nil {
		loop.Body = all[len(all)-len(loop.Body)-1:]
		loop.Body[0] = poll
	}
}

// placeAt puts the label of p before what stands at an index of the list that is being made.
func (f *flow) placeAt(at int, p point) {
	n := len(f.out)
	if f.place(p); len(f.out) > n {
		l := f.out[n]
		copy(f.out[at+1:], f.out[at:n])
		f.out[at] = l
	}
}

func (f *flow) ifStmt(s *ir.Stmt, fall, next point, depth int) {
	if depth >= maxIndent && !small(s) {
		f.flatIf(s, f.cond(s.Args[0]), fall, next, depth)
		return
	}
	then := f.body(s.Body, fall, next, depth+1)
	els := f.body(s.Else, fall, next, depth+1)
	if len(then)+len(els) == 0 {
		f.discard(s.Args[0])
		return
	}
	f.ifElse(f.cond(s.Args[0]), then, els)
}

// discard evaluates e for its effects and reads its variables, which Go wants to be used.
func (f *flow) discard(e *ir.Expr) {
	e.EffectRoots(func(root *ir.Expr) { f.write(append(f.appendEffect(f.Begin(), root), '\n')) })
	e.Walk(func(e *ir.Expr) {
		if e.IsVar() {
			f.write(append(append(append(f.Begin(), "_ = "...), f.vars[e.Index].Text...), '\n'))
		}
	})
}

// ifThen makes an if.
func (f *fn) ifThen(cond *gox.Node, then []*gox.Stmt) *gox.Stmt {
	s := f.Stmt()
	s.Kind, s.Cond, s.Body = gox.If, cond, then
	return s
}

// ifElse writes an if without an empty first arm, and without an else behind an arm that ends.
func (f *flow) ifElse(cond *gox.Node, then, els []*gox.Stmt) {
	if len(then) == 0 {
		cond, then, els = f.Not(cond), els, nil
	}
	ends := leaves(then)
	if !ends && leaves(els) {
		cond, then, els, ends = f.Not(cond), els, then, true
	}
	s := f.ifThen(cond, then)
	f.emit(s)
	if ends {
		f.out = append(f.out, els...)
	} else {
		s.Else = els
	}
}

// leaves reports whether control never falls off the end of the list.
func leaves(list []*gox.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch list[len(list)-1].Kind {
	case gox.Break, gox.Continue:
		return true
	}
	return gox.Terminating(list)
}

// small reports whether an if holds no more than a jump or an assignment, which no nesting can make unreadable.
func small(s *ir.Stmt) bool {
	simple := func(list []*ir.Stmt) bool {
		for _, s := range list {
			if s.Kind > ir.Eval && s.Kind < ir.Br {
				return false
			}
		}
		return len(list) <= 4
	}
	return simple(s.Body) && simple(s.Else)
}

// flatIf writes an if with jumps around its arms.
func (f *flow) flatIf(s *ir.Stmt, cond *gox.Node, fall, next point, depth int) {
	f.find()
	if len(s.Else) == 0 {
		f.emit(f.ifThen(f.Not(cond), f.jumpList(fall)))
		f.list(s.Body, fall, next, depth)
		return
	}
	other := f.newPoint()
	f.emit(f.ifThen(f.Not(cond), f.jumpList(other)))
	f.list(s.Body, fall, other, depth)
	f.place(other)
	f.list(s.Else, fall, next, depth)
}

// caseOf is a case of a switch.
type caseOf struct {
	current *int // the case of this switch that is being written
	index   int
}

// flatSwitch writes a switch between whose cases there are jumps: Go allows none into a block, so the cases follow a
// switch of jumps.
func (f *flow) flatSwitch(s *ir.Stmt, fall, next point, depth int) {
	sw := f.newSwitch(s)
	first := point(len(f.points)) // that of case i is first+i
	current := 0
	for i := range s.Cases {
		c := &s.Cases[i]
		p := f.newPoint()
		if c.Label != ir.NoLabel {
			f.labels[c.Label] = label{p, caseOf{&current, i}}
		}
		cl := sw.Body[i]
		cl.Body = f.jumpList(p)
		if !c.Default {
			cl.Text = f.caseValues(c.Values)
		}
	}
	f.emit(sw)
	for i := range s.Cases {
		after, to := next, fall
		if i+1 < len(s.Cases) {
			after = first + point(i+1)
		}
		if s.Cases[i].Fallthrough {
			to = after
		}
		current = i
		f.place(first + point(i))
		f.list(s.Cases[i].Body, to, after, depth)
	}
}

// newSwitch makes a switch with empty cases.
func (f *flow) newSwitch(s *ir.Stmt) *gox.Stmt {
	sw := f.Stmt()
	sw.Kind, sw.Text = gox.Switch, f.Print(f.Conv(gox.Uint32, f.value(s.Args[0])))
	sw.Body = f.Cases(len(s.Cases))
	f.find()
	return sw
}

func (f *flow) switchStmt(s *ir.Stmt, fall, next point, depth int) {
	if slices.ContainsFunc(s.Cases, func(c ir.Case) bool { return c.Label != ir.NoLabel }) {
		f.flatSwitch(s, fall, next, depth)
		return
	}
	sw := f.newSwitch(s)
	f.emit(sw)
	f.around = append(f.around, construct{stmt: sw, head: -1, after: fall})
	n := 0
	for i := range s.Cases {
		c, cl := &s.Cases[i], sw.Body[n]
		if c.Fallthrough {
			base := f.open()
			p := f.newPoint()
			f.list(c.Body, p, p, depth+1)
			f.place(p)
			cl.Body = f.take(base)
			cl.Fallthrough = !leaves(cl.Body)
		} else {
			cl.Body = f.body(c.Body, fall, next, depth+1)
		}
		if !c.Default {
			cl.Text = f.caseValues(c.Values)
		} else if len(cl.Body) == 0 && !cl.Fallthrough {
			if n > 0 {
				sw.Body[n-1].Fallthrough = false // into nothing
			}
			continue
		}
		n++
	}
	sw.Body = sw.Body[:n]
	f.around = f.around[:len(f.around)-1]
}

func (f *flow) caseValues(values []uint32) string {
	b := f.Begin()
	for i, v := range values {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = gox.AppendUint(b, uint64(v))
	}
	return f.Keep(b)
}

// reload renews the checked form's memory slices after a statement that may have grown a memory, or after which another
// thread's growth of a shared memory may be known: one with a call or an atomic operation.
func (f *flow) reload(es []*ir.Expr) {
	grows := false
	for _, e := range es {
		if e.Effects&ir.Calls != 0 {
			grows = grows || f.g.threaded()
			e.Walk(func(e *ir.Expr) { grows = grows || f.g.mayGrow(e) })
		}
	}
	if grows {
		s := f.Stmt()
		f.reloads = append(f.reloads, s)
		f.emit(s)
	}
}
