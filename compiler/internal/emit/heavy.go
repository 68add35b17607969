package emit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// The Go compiler keeps, for each block of a function, what is known of each variable that lives there. For functions
// with very many of both that takes it minutes and gigabytes, growing with the square of the size. Such a function's
// variables are made fields of one struct, which the compiler leaves in memory: that costs the guest some time and the
// compiler none. Of functions with very many comparisons whose results are used as numbers it makes as many branches, and then
// again needs time that grows with the square; there the number is the result of a call.

// maxStates is the number of blocks, summed over the variables that live in them, from which on variables are fields of a
// struct. Below it the compiler takes a few seconds.
const maxStates = 250_000

// packed is the struct that holds the variables.
const packed = "v"

// For each call of what another call returns, as rt.Slot's, the Go compiler goes several times through the whole function, to
// find out whether it knows the callee (ir.StaticValue). It does not for variables that are declared without a value. So in
// functions with many such calls variables, one for each type, hold the callees:
//
//	c0 = rt.Slot(m.t0, uint32(t5)).(func(*Instance, uint32, int32))
//	c0(m, dp+112, l3)

// maxSearched is the number of indirect calls, times the instructions of the function, from which on variables hold the callees.
// The Go compiler takes 60 ms for so many.
const maxSearched = 100_000

// calleeLocals are the names of these variables.
var calleeLocals = newNames("c", 16)

// hold is a variable that gets callee, an assertion, before the next statement. What that evaluates before the call has no
// effects, and there is no other indirect call in it: calls conflict with each other.
func (f *fn) hold(callee *gox.Node) *gox.Node {
	i := slices.Index(f.callees, callee.Text)
	if i < 0 {
		i = len(f.callees)
		f.callees = append(f.callees, callee.Text)
	}
	local := f.Name(calleeLocals.name(i), gox.Other)
	f.found = append(f.found, found{local, callee})
	return local
}

// found is a variable and what it is to get.
type found struct{ local, callee *gox.Node }

// find sets the variables for the next statement.
func (f *flow) find() {
	if f.held {
		f.findAll()
	}
}

func (f *flow) findAll() {
	for _, c := range f.found {
		f.out = append(f.out, f.line(f.Keep(append(appendPlain(f.Begin(), c.local.Text, c.callee), '\n'))))
	}
	f.found = f.found[:0]
}

// appendCallees declares the variables.
func (f *fn) appendCallees(b []byte) []byte {
	for i, t := range f.callees {
		b = append(append(append(append(append(b, "\tvar "...), calleeLocals.name(i)...), ' '), t...), '\n')
	}
	return b
}

// spans estimates in how many blocks the variables live: from the first to the last that names them.
type spans struct {
	block   int32
	vars    []life
	numbers int // comparisons whose result is used as a number
}

// life is the first and the last block that names a variable, counted from 1, and how often it is set.
type life struct{ first, last, sets int32 }

// spans finds them. A variable that is set once is the same value in all blocks and does not count.
func (f *fn) spans() *spans {
	s := &spans{vars: make([]life, len(f.f.Vars))}
	for v := range f.f.Params {
		s.vars[v].sets = 1
	}
	ir.WalkStmts(f.f.Body, s.stmt)
	return s
}

// states is the sum of the spans.
func (s *spans) states() (sum int) {
	for _, v := range s.vars {
		if v.sets > 1 {
			sum += int(v.last - v.first)
		}
	}
	return sum
}

func (s *spans) stmt(st *ir.Stmt) {
	for _, a := range st.Args {
		s.expr(a)
	}
	for _, v := range st.Dst {
		if v != ir.Blank {
			s.note(v).sets++
		}
	}
	switch st.Kind {
	case ir.If:
		if comparisons.Get(st.Args[0].Op) {
			s.numbers-- // the one that decides
		}
		s.block++
	case ir.Loop:
		s.block++
	case ir.Switch:
		s.block += int32(len(st.Cases))
	}
}

func (s *spans) expr(e *ir.Expr) {
	for _, a := range e.Args {
		s.expr(a)
	}
	switch {
	case e.IsVar():
		s.note(ir.Var(e.Index))
	case comparisons.Get(e.Op): // makes a block until it is found to be a number
		s.block++
		s.numbers++
	}
}

// note notes that the block names a variable.
func (s *spans) note(v ir.Var) *life {
	l := &s.vars[v]
	if l.last = s.block + 1; l.first == 0 {
		l.first = l.last
	}
	return l
}

// comparisons has the instructions whose result is a bool in Go.
var comparisons = func() (t op.Table[bool]) {
	for _, o := range op.All() {
		t.Set(o.Code, o.IsComparison())
	}
	return t
}()

// pack gives a function that needs it the form that the Go compiler copes with, and warns if it is too large even so.
func (f *fn) pack() {
	f.held = f.facts.IndirectCalls*f.facts.Ops >= maxSearched
	if f.facts.Ops < minHeavy {
		return
	}
	s := f.spans()
	if s.states() >= maxStates {
		f.packed = true
		for i := f.f.Params; i < len(f.vars); i++ {
			v := &f.vars[i]
			v.Node = gox.Var(packed+"."+v.Text, v.Type)
		}
	}
	f.calls = s.numbers > maxNumbers
	if f.facts.Ops > maxUnpacked || f.packed && f.facts.Ops > maxPacked {
		f.warn("the Go compiler will take more than 1 GB of memory for it")
	}
}

const (
	// maxPacked and maxUnpacked are the numbers of instructions for which the Go compiler takes about 1 GB, with the
	// variables in a struct or not.
	maxPacked, maxUnpacked = 350_000, 600_000
	// maxNumbers is the number of comparisons that take it about a second longer than calls.
	maxNumbers = 3000
)

// maxCells is the number of instructions of a function up to which the checked form reads and writes memory by the functions
// of rt/cells.go, which the Go compiler inlines into functions of any size. Its time grows with the square of their number:
// beyond maxCells they are those of rt/cells_call.go.
const maxCells = 20_000

// access is the beginning of the name of a function that loads or stores a cell in the checked form.
func (f *fn) access(name string) string {
	if f.facts.Ops > maxCells {
		return "rt." + name + "ByCall"
	}
	return "rt." + name
}

// number is the value of a comparison as an i32.
func (f *fn) number(n *gox.Node) *gox.Node {
	if f.calls {
		return f.CallFunc("rt.Number", gox.Int32, n)
	}
	return f.CallFunc("rt.B2I", gox.Int32, n)
}

// warn notes what is to be said of the function.
func (f *fn) warn(problem string) {
	g := f.g
	c := &g.m.Codes[int(f.f.Index)-g.m.ImportedFunc]
	name := fmt.Sprintf("function %d", f.f.Index)
	if f.f.Name != "" {
		name += " (" + quoteName(f.f.Name) + ")"
	}
	text := fmt.Sprintf("%s, %d bytes: %s; make it smaller, by less inlining and unrolling (-Oz) or by dividing its source", name,
		c.End-c.Start, problem)
	g.warnings.mu.Lock()
	defer g.warnings.mu.Unlock()
	g.warnings.texts = append(g.warnings.texts, Warning{f.f.Index, text})
}

// Warning is about a function.
type Warning struct {
	Func uint32
	Text string
}

// Warnings are those of the functions emitted so far, in the order of the functions.
func (e *Emitter) Warnings() []Warning {
	w := e.g.warnings
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortFunc(w.texts, func(a, b Warning) int { return cmp.Compare(a.Func, b.Func) })
	return w.texts
}

// warnings collects from functions that are emitted at the same time.
type warnings struct {
	mu    sync.Mutex
	texts []Warning
}

// minHeavy is the number of instructions below which no function is heavy.
const minHeavy = 10_000

// appendPacked declares the struct, if it has fields.
func (f *fn) appendPacked(b []byte) []byte {
	var fields []string
	for t, names := range f.usedByType() {
		if len(names) > 0 {
			fields = append(fields, strings.ReplaceAll(strings.Join(names, ", "), packed+".", "")+" "+declared[t])
		}
	}
	if len(fields) == 0 {
		return b
	}
	return fmt.Appendf(b, "\tvar %s struct{ %s }\n", packed, strings.Join(fields, "; "))
}
