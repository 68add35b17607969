// Package opt holds the passes over IR functions: one pass per file, in the order of the list in this file.
package opt

import (
	"fmt"
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
)

// Pass is a transformation of one function.
type Pass struct {
	Name string
	// Always: the pass is needed for Go that compiles, so -O0 runs it as well.
	Always bool
	Run    func(*ir.Func, Callee)
}

// Callee builds another function of the module for passes that look into it. It returns nil for one that is imported or has
// more than MaxInlined instructions.
type Callee func(index uint32) *ir.Func

// alone is for passes that look at nothing but the function.
func alone(run func(*ir.Func)) func(*ir.Func, Callee) { return func(f *ir.Func, _ Callee) { run(f) } }

// Passes is the order in which passes run. recursion and inline come first: the others tidy up what they inline. fold comes
// before structure, which dissolves the blocks whose branches fold dropped. dead comes last: the others drop reads of
// variables, and Go rejects a variable that is assigned only.
var Passes = []Pass{
	{"recursion", false, alone(Recursion)},
	{"inline", false, Inline},
	{"fold", false, alone(Fold)},
	{"structure", false, alone(Structure)},
	{"thread", false, alone(Thread)},
	{"dead", true, alone(Dead)},
}

// Run applies the passes but those that without names; without may be nil. after, if not nil, sees the function after each.
func Run(f *ir.Func, callee Callee, without func(pass string) bool, after func(pass string, f *ir.Func)) error {
	for _, p := range Passes {
		if !p.Always && without != nil && without(p.Name) {
			continue
		}
		p.Run(f, callee)
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

// put appends more to out, which stands for the first read statements of list and begins as list[:0]. It moves to memory of
// its own before it overtakes what is to be read.
func put(out, list []*ir.Stmt, read int, more ...*ir.Stmt) []*ir.Stmt {
	if len(out)+len(more) > read && cap(out) > 0 && &out[:1][0] == &list[0] {
		out = slices.Clone(out)
	}
	return append(out, more...)
}

// Verify makes Run verify the function after each pass; tests set it.
var Verify bool
