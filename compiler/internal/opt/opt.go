// Package opt holds the passes over IR functions: one pass per file, in the order of the list in this file.
package opt

import (
	"fmt"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// Pass is a transformation of one function.
type Pass struct {
	Name string
	// Always: the pass is needed for Go that compiles, so -O0 runs it as well. And it is needed seldom: the emitter calls it for
	// functions without switches where it is.
	Always bool
	Run    func(*ir.Func, *Callees)
}

// alone is for passes that look at nothing but the function.
func alone(run func(*ir.Func)) func(*ir.Func, *Callees) {
	return func(f *ir.Func, _ *Callees) { run(f) }
}

// Passes is the order in which passes run. recursion and inline come first: the others tidy up what they inline. fold comes
// before structure, which dissolves the blocks whose branches fold dropped. dead comes last: the others drop reads of
// variables, and Go rejects a variable that is assigned only.
var Passes = []Pass{
	{"recursion", false, Recursion},
	{"inline", false, Inline},
	{"fold", false, alone(Fold)},
	{"structure", false, alone(Structure)},
	{"thread", false, alone(Thread)},
	{"dead", true, alone(Dead)},
}

// Run applies the passes but those that without names; without may be nil. after, if not nil, sees the function after each, and
// those that are left to the emitter run, too.
func Run(f *ir.Func, callees *Callees, without func(pass string) bool, after func(pass string, f *ir.Func)) error {
	for _, p := range Passes {
		if !p.Always && without != nil && without(p.Name) || p.Always && after == nil && !f.Switches {
			continue
		}
		p.Run(f, callees)
		if after != nil {
			after(p.Name, f)
		}
		if Verify {
			if err := f.Verify(); err != nil {
				return fmt.Errorf("compiler bug: pass %s broke function %d: %w", p.Name, f.Index, err)
			}
		}
	}
	return nil
}

// lists are the lists of statements that a pass is building, the outermost first. What is put goes to the innermost.
type lists struct {
	ar    *ir.Arena
	stmts []*ir.Stmt
}

// spareLists are those of functions that are done.
var spareLists = sync.Pool{New: func() any { return new(lists) }}

func newLists(f *ir.Func) *lists {
	l := spareLists.Get().(*lists)
	l.ar, l.stmts = f.Arena, l.stmts[:0]
	return l
}

func (l *lists) free() {
	l.ar = nil
	spareLists.Put(l)
}

func (l *lists) put(s *ir.Stmt) { l.stmts = append(l.stmts, s) }

// set puts the statement that assigns e to v.
func (l *lists) set(v ir.Var, e *ir.Expr) { l.put(l.ar.Set(v, e)) }

// eval puts the evaluation of e.
func (l *lists) eval(e *ir.Expr) {
	s := l.ar.Stmt(ir.Eval)
	s.Args = l.ar.One(e)
	l.put(s)
}

// effects puts what is left of e when its value is not needed.
func (l *lists) effects(e *ir.Expr) { e.EffectRoots(l.eval) }

// take ends the list that begins at base. It takes the place, and the memory if there is enough, of the list old.
func (l *lists) take(base int, old []*ir.Stmt) []*ir.Stmt {
	list := l.stmts[base:]
	l.stmts = l.stmts[:base]
	if len(list) > len(old) {
		return l.ar.Body(list)
	}
	for i, s := range list { // most are short and the same
		old[i] = s
	}
	return old[:len(list)]
}

// Verify makes Run verify the function after each pass; tests set it.
var Verify bool
