// Package validate checks modules by the specification's algorithm (spec: 3, and the appendix "Validation Algorithm"),
// driven by the table of instructions.
package validate

import (
	"fmt"
	"math"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Watch is what Module tells of function bodies, so that nobody needs to decode them just to know it.
type Watch struct {
	// Plain are the opcodes, of one byte, of instructions that only count.
	Plain *[256]bool
	// Instr is called with the function and each other instruction once that is found valid; depth is the number of blocks
	// around what follows it.
	Instr func(fn int, in *wasm.Instr, depth int)
	// Body is called with each function and the number of its instructions, plain ones too.
	Body func(fn, instrs int)
}

// Module validates m, its bodies in as many goroutines as there are watches, each of which is told what one of them sees. A
// non-nil error is a *wasm.Error; function bodies may also turn out malformed.
func Module(m *wasm.Module, watches ...*Watch) error {
	err := module(m, watches)
	if e, ok := err.(*wasm.Error); ok && e.Kind == wasm.Invalid {
		return Worse(m, err)
	}
	return err
}

func module(m *wasm.Module, watches []*Watch) error {
	c, err := NewChecker(m)
	if err != nil {
		return err
	}
	all := &bodies{c: c, bad: len(m.Codes)}
	switch len(watches) {
	case 0:
		all.check(nil)
	case 1:
		all.check(watches[0])
	default:
		var wg sync.WaitGroup
		for _, w := range watches {
			wg.Go(func() { all.check(w) })
		}
		wg.Wait()
	}
	return all.err
}

// bodies are those of a module, which several goroutines check.
type bodies struct {
	c    *Checker
	mu   sync.Mutex
	next int   // the first one that nobody has taken
	bad  int   // the first one known not to be valid; the number of bodies if there is none
	err  error // of that
}

// check checks bodies until there are none, or none that matters: in front of one that is not valid all are checked, so that
// the first error is the same each time.
func (all *bodies) check(w *Watch) {
	b := all.c.newBody(w)
	for from, to := all.take(); from < to; from, to = all.take() {
		for i := from; i < to; i++ {
			if err := b.Check(i); err != nil {
				all.fail(i, err)
				break
			}
		}
	}
}

// take returns the range of the next few bodies, an empty one if nothing is left to do.
func (all *bodies) take() (from, to int) {
	const few = 16
	all.mu.Lock()
	defer all.mu.Unlock()
	from = min(all.next, all.bad)
	all.next = min(from+few, all.bad)
	return from, all.next
}

func (all *bodies) fail(i int, err error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if i < all.bad {
		all.bad, all.err = i, err
	}
}

// Worse returns what is to be reported of a module found to be invalid by err: a module with a malformed body is
// malformed, whatever is invalid before that.
func Worse(m *wasm.Module, err error) error {
	for i := range m.Codes {
		if bad := wasm.CheckForm(m, i); bad != nil && bad.Kind == wasm.Malformed {
			return bad
		}
	}
	return err
}

// Checker is the part of a validation that all function bodies share. It does not change once NewChecker returned, so
// bodies may be checked in parallel, each goroutine with a Body of its own.
type Checker struct {
	m *wasm.Module
	// refs are the functions that ref.func may name in bodies: those that occur outside of them (spec: C.refs).
	refs []bool

	// in and stack are those of constant expressions, which NewChecker checks one after the other.
	in    wasm.Instr
	stack []wasm.ValType
}

// NewChecker validates everything but the function bodies.
func NewChecker(m *wasm.Module) (*Checker, error) {
	c := &Checker{m: m, refs: make([]bool, len(m.FuncTypes))}
	for _, check := range []func() *wasm.Error{
		c.funcTypes, c.tables, c.memories, c.globals, c.elems, c.datas, c.start, c.exports,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func invalid(offset int, format string, args ...any) *wasm.Error {
	return wasm.Errorf(wasm.Invalid, offset, format, args...)
}

// importOffset returns the offset of import i of a kind, or -1 for what is defined in the module.
func (c *Checker) importOffset(kind wasm.ExternKind, i int) int {
	for k := range c.m.Imports {
		if im := &c.m.Imports[k]; im.Kind == kind && int(im.Index) == i {
			return im.Offset
		}
	}
	return -1
}

func (c *Checker) funcTypes() *wasm.Error {
	for i, t := range c.m.FuncTypes {
		if int64(t) >= int64(len(c.m.Types)) {
			err := invalid(c.importOffset(wasm.KindFunc, i), "unknown type %d", t)
			err.Func, err.FuncName = i, c.m.FuncName(uint32(i))
			return err
		}
	}
	return nil
}

func (c *Checker) tables() *wasm.Error {
	for i := range c.m.TableTypes {
		l := &c.m.TableTypes[i].Limits
		if msg := limitsFault(l, math.MaxUint32, "table size must be at most 2^32-1"); msg != "" {
			return invalid(c.importOffset(wasm.KindTable, i), "%s, in table %d", msg, i)
		}
	}
	return nil
}

// limitsFault returns what is wrong with l, or "".
func limitsFault(l *wasm.Limits, limit uint64, tooLarge string) string {
	switch {
	case l.Min > limit || l.HasMax && l.Max > limit:
		return tooLarge
	case l.HasMax && l.Min > l.Max:
		return fmt.Sprintf("size minimum must not be greater than maximum: %d, %d", l.Min, l.Max)
	case l.Shared && !l.HasMax:
		return "shared memory must have maximum"
	}
	return ""
}

func (c *Checker) memories() *wasm.Error {
	for i := range c.m.MemoryTypes {
		l := &c.m.MemoryTypes[i].Limits
		if msg := limitsFault(l, wasm.MaxPages, "memory size must be at most 65536 pages (4GiB)"); msg != "" {
			return invalid(c.importOffset(wasm.KindMemory, i), "%s, in memory %d", msg, i)
		}
	}
	if n := len(c.m.MemoryTypes); n > 1 {
		err := wasm.Errorf(wasm.Unsupported, -1, "%d memories", n)
		err.Proposal = op.MultiMemory
		return err
	}
	return nil
}

func (c *Checker) globals() *wasm.Error {
	for i := range c.m.Globals {
		g := &c.m.Globals[i]
		// An initialiser may name the globals before its own.
		if err := c.constExpr(g.Init, g.Type, c.m.ImportedGlob+i); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) elems() *wasm.Error {
	for i := range c.m.Elems {
		if err := c.elem(&c.m.Elems[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) elem(e *wasm.Elem) *wasm.Error {
	if e.Mode == wasm.Active {
		if int64(e.Table) >= int64(len(c.m.TableTypes)) {
			return invalid(e.Pos, "unknown table %d", e.Table)
		}
		t := &c.m.TableTypes[e.Table]
		if t.Elem != e.Type {
			return invalid(e.Pos, "type mismatch: segment of %s, table of %s", e.Type, t.Elem)
		}
		if err := c.constExpr(e.Offset, t.Addr, len(c.m.GlobalTypes)); err != nil {
			return err
		}
	}
	for _, f := range e.Funcs {
		if int64(f) >= int64(len(c.refs)) {
			return invalid(e.Pos, "unknown function %d", f)
		}
		c.refs[f] = true
	}
	for _, x := range e.Exprs {
		if err := c.constExpr(x, e.Type, len(c.m.GlobalTypes)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) datas() *wasm.Error {
	for i := range c.m.Datas {
		d := &c.m.Datas[i]
		if d.Mode != wasm.Active {
			continue
		}
		if int64(d.Memory) >= int64(len(c.m.MemoryTypes)) {
			return invalid(d.Pos, "unknown memory %d", d.Memory)
		}
		if err := c.constExpr(d.Offset, c.m.MemoryTypes[d.Memory].Addr, len(c.m.GlobalTypes)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) start() *wasm.Error {
	if c.m.Start == nil {
		return nil
	}
	f := *c.m.Start
	if int64(f) >= int64(len(c.m.FuncTypes)) {
		return invalid(-1, "unknown function %d as start function", f)
	}
	if t := c.m.FuncType(f); len(t.Params)+len(t.Results) > 0 {
		return invalid(-1, "start function %d must have type [] -> [], not %s", f, t)
	}
	return nil
}

func (c *Checker) exports() *wasm.Error {
	seen := make(map[string]struct{}, len(c.m.Exports))
	for i := range c.m.Exports {
		e := &c.m.Exports[i]
		if n := c.spaceLen(e.Kind); int64(e.Index) >= int64(n) {
			return invalid(e.Offset, "unknown %s %d in export %q", kindWord(e.Kind), e.Index, e.Name)
		}
		if _, twice := seen[e.Name]; twice {
			return invalid(e.Offset, "duplicate export name %q", e.Name)
		}
		seen[e.Name] = struct{}{}
		if e.Kind == wasm.KindFunc {
			c.refs[e.Index] = true
		}
	}
	return nil
}

// spaceLen returns the size of an index space.
func (c *Checker) spaceLen(k wasm.ExternKind) int {
	switch k {
	case wasm.KindFunc:
		return len(c.m.FuncTypes)
	case wasm.KindTable:
		return len(c.m.TableTypes)
	case wasm.KindMemory:
		return len(c.m.MemoryTypes)
	case wasm.KindGlobal:
		return len(c.m.GlobalTypes)
	}
	return 0
}

func kindWord(k wasm.ExternKind) string {
	if k == wasm.KindFunc {
		return "function"
	}
	return wasm.KindName(k)
}
