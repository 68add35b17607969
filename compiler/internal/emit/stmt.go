package emit

import (
	"slices"
	"strconv"
	"strings"

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
	points  []*gox.JumpLabel // by point; nil until a goto needs it
	labels  map[ir.Label]point
	around  []construct
	cases   map[ir.Label]caseOf // that jumps between cases go to
	current map[*ir.Stmt]int    // case of a switch that is being written
	nlabels int
}

func (f *flow) newPoint() point {
	f.points = append(f.points, nil)
	return point(len(f.points) - 1)
}

// list translates statements. After them the program goes to fall; what follows in the Go text is next. Where the two
// differ, a jump is added.
func (f *flow) list(stmts []*ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	var out []*gox.Stmt
	for i := 0; i < len(stmts); i++ {
		s := stmts[i]
		if sel := f.selection(stmts[i:]); sel != nil {
			out = append(out, sel)
			i++
			continue
		}
		if i == len(stmts)-1 && (fall == next || f.inherits(s)) {
			return append(out, f.stmt(s, fall, next, depth)...)
		}
		after := f.newPoint()
		out = append(out, f.stmt(s, after, after, depth)...)
		out = f.place(out, after)
	}
	if !ir.Ends(stmts) && !gox.Terminating(out) {
		out = append(out, f.jump(fall, next)...)
	}
	return out
}

// selection writes "v = y; if c { v = x }" without a branch if addresses are made of v: the Go compiler makes conditional
// moves of others.
func (f *flow) selection(stmts []*ir.Stmt) *gox.Stmt {
	if len(stmts) < 2 || f.g.cfg.NoSelect {
		return nil
	}
	set, cond := stmts[0], stmts[1]
	if set.Kind != ir.Set || cond.Kind != ir.If || len(cond.Else) > 0 || len(cond.Body) != 1 || len(set.Dst) != 1 {
		return nil
	}
	other, v := cond.Body[0], set.Dst[0]
	if other.Kind != ir.Set || len(other.Dst) != 1 || other.Dst[0] != v || v == ir.Blank || f.types[v] != gox.Uint32 {
		return nil
	}
	x, y, c := other.Args[0], set.Args[0], cond.Args[0]
	if !x.Effects.Pure() || x.Size > 3 || !y.Effects.Pure() || x.Reads(v) || c.Reads(v) || c.Effects&ir.Calls != 0 && !f.g.guard() {
		return nil
	}
	return f.line(f.assign(f.vars[v], f.CallFunc("rt.Select32", gox.Uint32, f.cond(c), f.valueFor(x, v), f.valueFor(y, v))))
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
func (f *flow) place(out []*gox.Stmt, p point) []*gox.Stmt {
	if l := f.points[p]; l != nil {
		out = append(out, f.Stmt(gox.Stmt{Kind: gox.LabelHere, Label: l}))
	}
	return out
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
	return &gox.JumpLabel{Name: "L" + strconv.Itoa(f.nlabels)}
}

// jump goes to p: by nothing, break, continue or goto, whichever reads best.
func (f *flow) jump(p, next point) []*gox.Stmt {
	if p == next {
		return nil
	}
	inFor := false // an inner for takes a plain continue, any inner construct a plain break
	for i := len(f.around) - 1; i >= 0; i-- {
		c := &f.around[i]
		s := f.Stmt(gox.Stmt{})
		switch {
		case p == c.after:
			s.Kind = gox.Break
			c.stmt.Broken = true
			if i < len(f.around)-1 {
				s.Label = f.labelOf(c)
			}
			return []*gox.Stmt{s}
		case c.isFor && p == c.head:
			s.Kind = gox.Continue
			if inFor {
				s.Label = f.labelOf(c)
			}
			return []*gox.Stmt{s}
		}
		inFor = inFor || c.isFor
	}
	return []*gox.Stmt{{Kind: gox.Goto, Label: f.label(p)}}
}

func (f *flow) labelOf(c *construct) *gox.JumpLabel {
	if c.stmt.Label == nil {
		c.stmt.Label = f.newLabel()
	}
	c.stmt.Label.Used = true
	return c.stmt.Label
}

func (f *fn) line(text string) *gox.Stmt { return f.Stmt(gox.Stmt{Text: text}) }

func (f *flow) stmt(s *ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	switch s.Kind {
	case ir.Set:
		return f.reload(f.set(s), s.Args...)
	case ir.Eval:
		return f.reload([]*gox.Stmt{f.line(f.effect(s.Args[0]))}, s.Args...)
	case ir.Trap:
		return []*gox.Stmt{{Text: "panic(rt.Unreachable)", Ends: true}}
	case ir.Return:
		return []*gox.Stmt{{Text: f.returnText(s.Args), Ends: true}}
	case ir.Br:
		jump := f.jump(f.labels[s.Label], next)
		if c, ok := f.cases[s.Label]; ok && c.index <= f.current[c.sw] { // around a loop of the guest
			return append(f.pollLimit(), jump...)
		}
		return jump
	case ir.Block:
		f.labels[s.Label] = fall
		return f.list(s.Body, fall, next, depth)
	case ir.Loop:
		return f.loop(s, fall, next, depth)
	case ir.If:
		return f.ifStmt(s, fall, next, depth)
	}
	return f.switchStmt(s, fall, next, depth)
}

// set writes an assignment. With several variables on both sides Go, like gofmt's spacing, treats the sides as lists.
func (f *flow) set(s *ir.Stmt) []*gox.Stmt {
	names := make([]string, len(s.Dst))
	for i, v := range s.Dst {
		names[i] = "_"
		if v != ir.Blank {
			names[i] = f.vars[v]
		}
	}
	if len(s.Dst) == 1 {
		v := f.valueFor(s.Args[0], s.Dst[0])
		if v.Kind == gox.Atom && v.Text == names[0] { // of a sum with 0; it may be the only use of the variable
			return []*gox.Stmt{f.line("_ = " + names[0])}
		}
		return []*gox.Stmt{f.line(f.assign(names[0], v))}
	}
	depth := 1
	if len(s.Dst) > 1 && len(s.Args) > 1 {
		depth = 2
	}
	b := []byte(strings.Join(names, ", ") + " = ")
	if len(s.Args) == 1 && len(s.Dst) > 1 {
		return []*gox.Stmt{f.line(string(f.node(s.Args[0]).Append(b)))}
	}
	for i, a := range s.Args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = f.valueFor(a, s.Dst[i]).AppendDepth(b, depth)
	}
	return []*gox.Stmt{f.line(string(b))}
}

// assign writes "name = x", with an assignment operator or ++ where x begins with name.
func (f *fn) assign(name string, x *gox.Node) string {
	if x.Kind != gox.Binary || gox.Prec(x.Text) < 4 || x.X.Kind != gox.Atom || x.X.Text != name {
		return f.Text(func(b []byte) []byte { return x.Append(append(append(b, name...), " = "...)) })
	}
	if x.Y.Kind == gox.Literal && x.Y.Bits == 1 && (x.Text == "+" || x.Text == "-") && x.Type.IsInt() {
		return name + x.Text + x.Text
	}
	return f.Text(func(b []byte) []byte {
		b = append(append(append(b, name...), ' '), x.Text...)
		return x.Y.Append(append(b, "= "...))
	})
}

func (f *flow) returnText(args []*ir.Expr) string {
	return f.Text(func(b []byte) []byte { return f.appendReturn(b, args) })
}

func (f *flow) appendReturn(b []byte, args []*ir.Expr) []byte {
	b = append(b, "return"...)
	for i, a := range args {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.value(a).Append(append(b, ' '))
	}
	return b
}

// loop writes a for, or, nested too deep, a label and jumps to it.
func (f *flow) loop(s *ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	head := f.newPoint()
	f.labels[s.Label] = head
	if depth >= maxIndent {
		body := append(f.pollStmts(s), f.list(s.Body, fall, next, depth)...)
		return append(f.place(nil, head), body...)
	}
	loop := f.Stmt(gox.Stmt{Kind: gox.For})
	f.around = append(f.around, construct{stmt: loop, isFor: true, head: head, after: fall})
	loop.Body = f.list(s.Body, fall, head, depth+1)
	f.around = f.around[:len(f.around)-1]
	loop.WhileForm()
	loop.Body = append(f.pollStmts(s), loop.Body...)
	return []*gox.Stmt{loop}
}

func (f *flow) ifStmt(s *ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	if depth >= maxIndent && !small(s) {
		return f.flatIf(s, f.cond(s.Args[0]), fall, next, depth)
	}
	then := f.list(s.Body, fall, next, depth+1)
	els := f.list(s.Else, fall, next, depth+1)
	if len(then)+len(els) == 0 {
		return f.discard(s.Args[0])
	}
	return ifElse(f.cond(s.Args[0]), then, els)
}

// discard evaluates e for its effects and reads its variables, which Go wants to be used.
func (f *flow) discard(e *ir.Expr) []*gox.Stmt {
	var out []*gox.Stmt
	e.EffectRoots(func(root *ir.Expr) { out = append(out, f.line(f.effect(root))) })
	e.Walk(func(e *ir.Expr) {
		if e.IsVar() {
			out = append(out, f.line("_ = "+f.vars[e.Index]))
		}
	})
	return out
}

// ifElse writes an if without an empty first arm, and without an else behind an arm that ends.
func ifElse(cond *gox.Node, then, els []*gox.Stmt) []*gox.Stmt {
	if len(then) == 0 {
		cond, then, els = gox.Not(cond), els, nil
	}
	s := &gox.Stmt{Kind: gox.If, Cond: cond, Body: then}
	if leaves(then) {
		return append([]*gox.Stmt{s}, els...)
	}
	if leaves(els) {
		s.Cond, s.Body = gox.Not(cond), els
		return append([]*gox.Stmt{s}, then...)
	}
	s.Else = els
	return []*gox.Stmt{s}
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
func (f *flow) flatIf(s *ir.Stmt, cond *gox.Node, fall, next point, depth int) []*gox.Stmt {
	if len(s.Else) == 0 {
		out := []*gox.Stmt{{Kind: gox.If, Cond: f.Not(cond), Body: f.jump(fall, -1)}}
		return append(out, f.list(s.Body, fall, next, depth)...)
	}
	other := f.newPoint()
	out := []*gox.Stmt{{Kind: gox.If, Cond: f.Not(cond), Body: f.jump(other, -1)}}
	out = append(out, f.list(s.Body, fall, other, depth)...)
	out = f.place(out, other)
	return append(out, f.list(s.Else, fall, next, depth)...)
}

// caseOf is a case of a switch.
type caseOf struct {
	sw    *ir.Stmt
	index int
}

// flatSwitch writes a switch between whose cases there are jumps: Go allows none into a block, so the cases follow a
// switch of jumps.
func (f *flow) flatSwitch(s *ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	sw := f.Stmt(gox.Stmt{Kind: gox.Switch, Text: f.Print(f.Conv(gox.Uint32, f.value(s.Args[0])))})
	points := make([]point, len(s.Cases))
	for i := range s.Cases {
		c := &s.Cases[i]
		points[i] = f.newPoint()
		if c.Label != ir.NoLabel {
			f.labels[c.Label], f.cases[c.Label] = points[i], caseOf{s, i}
		}
		cl := gox.Clause{Body: f.jump(points[i], -1)}
		if !c.Default {
			cl.Values = caseValues(c.Values)
		}
		sw.Cases = append(sw.Cases, cl)
	}
	out := []*gox.Stmt{sw}
	for i := range s.Cases {
		after, to := next, fall
		if i+1 < len(s.Cases) {
			after = points[i+1]
		}
		if s.Cases[i].Fallthrough {
			to = after
		}
		f.current[s] = i
		out = append(f.place(out, points[i]), f.list(s.Cases[i].Body, to, after, depth)...)
	}
	return out
}

func (f *flow) switchStmt(s *ir.Stmt, fall, next point, depth int) []*gox.Stmt {
	if slices.ContainsFunc(s.Cases, func(c ir.Case) bool { return c.Label != ir.NoLabel }) {
		return f.flatSwitch(s, fall, next, depth)
	}
	sw := f.Stmt(gox.Stmt{Kind: gox.Switch, Text: f.Print(f.Conv(gox.Uint32, f.value(s.Args[0])))})
	f.around = append(f.around, construct{stmt: sw, head: -1, after: fall})
	for i := range s.Cases {
		c := &s.Cases[i]
		cl := gox.Clause{}
		if c.Fallthrough {
			p := f.newPoint()
			cl.Body = f.place(f.list(c.Body, p, p, depth+1), p)
			cl.Fallthrough = !leaves(cl.Body)
		} else {
			cl.Body = f.list(c.Body, fall, next, depth+1)
		}
		if !c.Default {
			cl.Values = caseValues(c.Values)
		} else if len(cl.Body) == 0 && !cl.Fallthrough {
			if n := len(sw.Cases); n > 0 {
				sw.Cases[n-1].Fallthrough = false // into nothing
			}
			continue
		}
		sw.Cases = append(sw.Cases, cl)
	}
	f.around = f.around[:len(f.around)-1]
	return []*gox.Stmt{sw}
}

func caseValues(values []uint32) string {
	var b []byte
	for i, v := range values {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendUint(b, uint64(v), 10)
	}
	return string(b)
}

// reload renews the checked form's memory slices after a statement that may have grown a memory, or after which another
// thread's growth of a shared memory may be known: one with a call or an atomic operation.
func (f *flow) reload(out []*gox.Stmt, es ...*ir.Expr) []*gox.Stmt {
	if f.g.guard() {
		return out
	}
	grows := false
	for _, e := range es {
		if e.Effects&ir.Calls != 0 {
			grows = grows || f.g.threaded()
			e.Walk(func(e *ir.Expr) { grows = grows || f.g.mayGrow(e) })
		}
	}
	if grows {
		f.reloads = append(f.reloads, f.Stmt(gox.Stmt{}))
		out = append(out, f.reloads[len(f.reloads)-1])
	}
	return out
}
