package build

import (
	"slices"
	"sync"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Options are choices of the builder.
type Options struct {
	// NoFold keeps each value of the operand stack in a temporary of its own, for -O0.
	NoFold bool
	// Checked takes out of expressions, into statements of their own, what the checked memory form would evaluate too late: calls
	// in conditions, addresses and stored values, as its slice is renewed after each statement that may grow the memory, and
	// operands that trap where Go looks at something else first.
	Checked bool
	// Arena holds the function's statements and expressions; nil for the heap.
	Arena *ir.Arena
}

const (
	// maxExprSize bounds the nodes of an expression, so that printed lines stay readable and no later stage recurses
	// deeply.
	maxExprSize = 40
	// maxWaiting bounds how many expressions wait on the operand stack for their use.
	maxWaiting = 64
	// maxNesting is an implementation limit on nested blocks (spec: 7.2): later stages recurse over them.
	maxNesting = 20_000
)

// frame is one open block, loop or if, or the function body.
type frame struct {
	code          op.Code
	label         ir.Label
	targeted      bool
	thenReachable bool
	height        int // of the operand stack below the parameters
	base          int // of its statements in builder.stmts; in the else arm, of those of the else arm
	calls, folds  int // of the builder at its beginning
	params        []wasm.ValType
	results       []wasm.ValType
	vars          []ir.Var   // what a branch to the label assigns; made at the first branch or at once for loops
	thenBody      []*ir.Stmt // in the else arm: the then arm
	cond          *ir.Expr
	elseParams    []*ir.Expr // the parameters again, for the else arm
}

type builder struct {
	ar    *ir.Arena
	m     *wasm.Module
	f     *ir.Func
	opts  Options
	stmts []*ir.Stmt // of the open frames, the outermost first
	stack []*ir.Expr
	reads []*ir.Expr // by variable: what get returns
	// dead says that control does not get here, to the innermost frame. The blocks that are opened then have no frames:
	// deadBlocks counts them.
	dead       bool
	deadBlocks int
	// settled is the number of stack entries, from the bottom, that are variables of their own or constants and so never
	// conflict with anything.
	settled int
	frames  []frame
	targets []int // by depth: what switchCases knows of a label
	calls   int   // number of statements with calls emitted so far
	folds   int   // and of those that may be folded
	r       wasm.Reader
	in      wasm.Instr
}

// builders are those of functions that are done.
var builders = sync.Pool{New: func() any { return new(builder) }}

// begin makes b ready for a function, with the memory of the last one.
func (b *builder) begin(m *wasm.Module, fn uint32, opts Options) {
	clear(b.reads)
	*b = builder{ar: opts.Arena, m: m, f: opts.Arena.Func(), opts: opts, stmts: b.stmts[:0], stack: b.stack[:0], reads: b.reads[:0],
		frames: b.frames[:0], targets: b.targets, in: b.in}
	typ, code := m.FuncType(fn), &m.Codes[int(fn)-m.ImportedFunc]
	b.r.Reset(m, code.Start, code.End)
	b.f.Index, b.f.Name, b.f.Params, b.f.Results = fn, m.FuncName(fn), len(typ.Params), typ.Results
	b.f.Vars = slices.Grow(b.f.Vars, len(typ.Params)+code.NumLocals())
	for _, t := range typ.Params {
		b.f.NewVar(ir.Param, t)
	}
	for _, run := range code.Locals {
		for range run.Count {
			b.f.NewVar(ir.Local, run.Type)
		}
	}
	b.push(frame{code: op.Block, results: typ.Results})
}

// Func translates function index fn, which is defined in m and valid.
func Func(m *wasm.Module, fn uint32, opts Options) (*ir.Func, error) {
	b := builders.Get().(*builder)
	defer builders.Put(b)
	b.begin(m, fn, opts)
	for len(b.frames) > 0 {
		if !b.dead {
			if err := b.quick(); err != nil {
				return nil, err
			}
			if b.dead || len(b.frames) == 0 {
				continue
			}
		}
		if err := b.r.Next(&b.in); err != nil {
			return nil, err
		}
		if b.dead && b.skip() {
			continue
		}
		if err := b.instr(); err != nil {
			return nil, err
		}
	}
	return b.f, nil
}

func (b *builder) push(fr frame) {
	fr.label = b.f.NewLabel()
	fr.height = len(b.stack) - len(fr.params)
	fr.base, fr.calls, fr.folds = len(b.stmts), b.calls, b.folds
	b.frames = append(b.frames, fr)
}

func (b *builder) top() *frame { return &b.frames[len(b.frames)-1] }

// skip passes over an instruction that is never reached. It reports false for the else or end that closes the dead part.
func (b *builder) skip() bool {
	switch b.in.Op.Code {
	case op.Block, op.Loop, op.If:
		b.deadBlocks++
	case op.End:
		b.deadBlocks--
		return b.deadBlocks >= 0
	case op.Else:
		return b.deadBlocks > 0
	}
	return true
}

// unsupported makes the error for an instruction that decodes and validates but can not be emitted yet.
func (b *builder) unsupported() error {
	e := wasm.Errorf(wasm.Unsupported, b.in.Offset, "instruction %s", b.in.Op.Name)
	e.Proposal = b.in.Op.Proposal
	e.Func, e.FuncName = int(b.f.Index), b.f.Name
	return e
}

// emit appends a statement to the innermost frame. None is dropped later.
func (b *builder) emit(s *ir.Stmt) {
	b.stmts = append(b.stmts, s)
	b.f.Nodes++
	for _, a := range s.Args {
		b.f.Nodes += int(a.Size)
		if a.Effects&ir.Calls != 0 {
			s.Calls = true
			b.calls++
		}
		if a.Folds || s.HasLists() && a.FoldsCondition() {
			s.Folds = true
			b.folds++
		}
	}
}

// take ends the list of statements that begins at base.
func (b *builder) take(base int) []*ir.Stmt {
	list := b.ar.Body(b.stmts[base:])
	b.stmts = b.stmts[:base]
	return list
}

// pushExpr puts e on the operand stack, after everything that waits and must be evaluated before it.
func (b *builder) pushExpr(e *ir.Expr) {
	if !e.Effects.Pure() {
		b.flush(e.Effects)
	}
	b.stack = append(b.stack, e)
	if b.opts.NoFold || e.Size > maxExprSize {
		b.settle(len(b.stack) - 1)
	}
	for len(b.stack)-b.settled > maxWaiting {
		b.settle(b.settled)
		b.settled++
	}
}

func (b *builder) pop() *ir.Expr {
	e := b.stack[len(b.stack)-1]
	b.stack = b.stack[:len(b.stack)-1]
	b.settled = min(b.settled, len(b.stack))
	return e
}

// popN pops n values, the lowest first.
func (b *builder) popN(n int) []*ir.Expr {
	es := b.ar.List(b.stack[len(b.stack)-n:])
	b.stack = b.stack[:len(b.stack)-n]
	b.settled = min(b.settled, len(b.stack))
	return es
}

func (b *builder) cut(height int) {
	b.stack = b.stack[:height]
	b.settled = min(b.settled, height)
}

// settle gives stack entry i a temporary unless it is a constant or a temporary already.
func (b *builder) settle(i int) {
	if e := b.stack[i]; !b.settledExpr(e) {
		b.stack[i] = b.temp(e)
	}
}

func (b *builder) settledExpr(e *ir.Expr) bool {
	return e.IsConst() || e.IsVar() && b.f.Vars[e.Index].Kind == ir.Temp
}

// temp assigns e to a new temporary and returns a read of it.
func (b *builder) temp(e *ir.Expr) *ir.Expr {
	v := b.f.NewVar(ir.Temp, e.Type)
	b.emit(b.ar.Set(v, e))
	return b.get(v)
}

// get returns an expression that reads variable v, always the same one.
func (b *builder) get(v ir.Var) *ir.Expr {
	if int(v) >= len(b.reads) {
		b.reads = slices.Grow(b.reads, len(b.f.Vars)-len(b.reads))[:len(b.f.Vars)] // beyond its length it is zero
	}
	e := b.reads[v]
	if e == nil {
		e = b.f.Get(v)
		b.reads[v] = e
	}
	return e
}

// flush settles what waits on the stack and must not be moved behind something with the effects e.
func (b *builder) flush(e ir.Effects) {
	if e.Pure() {
		return
	}
	for i := b.settled; i < len(b.stack); i++ {
		if b.stack[i].Effects.Conflicts(e) {
			b.settle(i)
		}
	}
}

// flushReaders settles what waits and reads variable v, which is about to change.
func (b *builder) flushReaders(v ir.Var) {
	for i := b.settled; i < len(b.stack); i++ {
		if b.stack[i].Reads(v) {
			b.settle(i)
		}
	}
}

// flushAll settles everything, before control splits.
func (b *builder) flushAll() {
	for ; b.settled < len(b.stack); b.settled++ {
		b.settle(b.settled)
	}
}

// flushEffects settles all but pure values, before a branch that may leave them unevaluated.
func (b *builder) flushEffects() {
	for i := b.settled; i < len(b.stack); i++ {
		if !b.stack[i].Effects.Pure() {
			b.settle(i)
		}
	}
}

// stmt makes a statement of a kind that has operands.
func (b *builder) stmt(kind ir.StmtKind, args []*ir.Expr) *ir.Stmt {
	s := b.ar.Stmt(kind)
	s.Args = args
	return s
}

// eval emits an expression for its effects.
func (b *builder) eval(e *ir.Expr) {
	b.flush(e.Effects)
	b.emit(b.stmt(ir.Eval, b.ar.One(e)))
}

// result handles an expression by its number of results.
func (b *builder) result(e *ir.Expr, results []wasm.ValType) {
	switch len(results) {
	case 0:
		b.eval(e)
	case 1:
		b.pushExpr(e)
	default:
		b.flush(e.Effects)
		s := b.stmt(ir.Set, b.ar.One(e))
		s.Dst = b.newVars(results)
		b.emit(s)
		for _, v := range s.Dst {
			b.pushExpr(b.get(v))
		}
	}
}

// cond makes an expression fit for a condition or a selector.
func (b *builder) condExpr(e *ir.Expr) *ir.Expr {
	if b.opts.Checked && e.Effects&ir.Calls != 0 {
		return b.temp(e)
	}
	return e
}
