package build

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

func (b *builder) blockType() (params, results []wasm.ValType) {
	switch bt := b.in.Block; {
	case bt.Index >= 0:
		t := &b.m.Types[bt.Index]
		return t.Params, t.Results
	case bt.Result != wasm.Unknown:
		return nil, wasm.Single(bt.Result)
	}
	return nil, nil
}

func (b *builder) open(code op.Code) error {
	params, results := b.blockType()
	b.push(frame{code: code, params: params, results: results})
	return nil
}

func (b *builder) block() error {
	b.flushAll()
	return b.open(op.Block)
}

// loop gives the loop's parameters variables that a branch to its head assigns.
func (b *builder) loop() error {
	b.flushAll()
	params, _ := b.blockType()
	vars := b.newVars(params)
	b.assignVars(vars, b.popN(len(params)))
	for _, v := range vars {
		b.stack = append(b.stack, b.get(v)) // not settled: a branch to the head changes it
	}
	if err := b.open(op.Loop); err != nil {
		return err
	}
	b.top().vars = vars
	return nil
}

func (b *builder) newVars(types []wasm.ValType) []ir.Var {
	vars := b.ar.Vars(len(types))
	for i, t := range types {
		vars[i] = b.f.NewVar(ir.Temp, t)
	}
	return vars
}

// assignVars sets vars to args in parallel, leaving out what is there already.
func (b *builder) assignVars(vars []ir.Var, args []*ir.Expr) {
	n := 0
	for i, v := range vars {
		if a := args[i]; !a.IsVar() || ir.Var(a.Index) != v {
			n++
		}
	}
	if n == 0 {
		return
	}
	s := b.stmt(ir.Set, b.ar.Args(n)[:0])
	s.Dst = b.ar.Vars(n)[:0]
	for i, v := range vars {
		if a := args[i]; !a.IsVar() || ir.Var(a.Index) != v {
			s.Dst, s.Args = append(s.Dst, v), append(s.Args, a)
		}
	}
	b.emit(s)
}

// emitIf emits an if. There are no calls in the lists, and nothing that may be folded: otherwise the caller marks it.
func (b *builder) emitIf(cond *ir.Expr, then, els []*ir.Stmt) *ir.Stmt {
	s := b.stmt(ir.If, b.ar.One(cond))
	s.Body, s.Else = then, els
	b.emit(s)
	return s
}

// emitLabelled emits the statements of a frame as a block or loop.
func (b *builder) emitLabelled(kind ir.StmtKind, fr *frame) {
	s := b.ar.Stmt(kind)
	s.Label, s.Body = fr.label, b.take(fr.base)
	s.Calls, s.Folds = b.calls > fr.calls, b.folds > fr.folds
	b.emit(s)
}

func (b *builder) ifStart() error {
	cond := b.pop()
	b.flushAll()
	cond = b.condExpr(cond)
	if err := b.open(op.If); err != nil {
		return err
	}
	fr := b.top()
	fr.cond = cond
	fr.elseParams = b.copyArgs(fr.height)
	return nil
}

// copyArgs copies the operand stack from height on.
func (b *builder) copyArgs(height int) []*ir.Expr { return b.ar.List(b.stack[height:]) }

func (b *builder) elseStart() error {
	fr := b.top()
	if !b.dead {
		b.finishArm(fr)
		fr.thenReachable = true
	}
	fr.code, b.dead = op.Else, false
	fr.thenBody = b.take(fr.base)
	b.cut(fr.height)
	b.stack = append(b.stack, fr.elseParams...)
	return nil
}

// finishArm assigns the results at the end of an arm of an if.
func (b *builder) finishArm(fr *frame) {
	args := b.popN(len(fr.results))
	b.assignVars(b.labelVars(fr), args)
}

// labelVars returns the variables that a branch to fr's label assigns.
func (b *builder) labelVars(fr *frame) []ir.Var {
	if fr.vars == nil && fr.code != op.Loop {
		fr.vars = b.newVars(fr.results)
	}
	return fr.vars
}

func (b *builder) end() error {
	fr := b.top()
	if len(b.frames) == 1 {
		b.endFunc(fr)
		return nil
	}
	switch fr.code {
	case op.Loop:
		b.endLoop(fr)
	case op.Block:
		b.endBlock(fr)
	default:
		b.endIf(fr)
	}
	return nil
}

// close pops the frame. What it leaves in stmts goes to the enclosing one.
func (b *builder) close(reachable bool, results []*ir.Expr) {
	b.cut(b.top().height)
	b.frames = b.frames[:len(b.frames)-1]
	if b.dead = false; !reachable {
		b.markUnreachable()
		return
	}
	b.stack = append(b.stack, results...)
}

func (b *builder) markUnreachable() {
	b.cut(min(len(b.stack), b.top().height))
	b.dead, b.deadBlocks = true, 0
}

func (b *builder) gets(vars []ir.Var) []*ir.Expr {
	es := b.ar.Args(len(vars))
	for i, v := range vars {
		es[i] = b.get(v)
	}
	return es
}

func (b *builder) endBlock(fr *frame) {
	if !fr.targeted {
		var results []*ir.Expr
		if !b.dead {
			results = b.popN(len(fr.results))
		}
		b.close(!b.dead, results)
		return
	}
	if !b.dead {
		b.finishArm(fr)
	}
	b.emitLabelled(ir.Block, fr)
	b.close(true, b.gets(b.labelVars(fr)))
}

func (b *builder) endLoop(fr *frame) {
	var results []*ir.Expr
	if !b.dead {
		for i := range fr.results {
			b.settleForExit(len(b.stack) - len(fr.results) + i)
		}
		results = b.popN(len(fr.results))
	}
	if fr.targeted {
		b.emitLabelled(ir.Loop, fr)
	}
	b.close(!b.dead, results)
}

// settleForExit gives a result of a loop a temporary inside the loop unless it may as well be evaluated behind it.
func (b *builder) settleForExit(i int) {
	if !b.stack[i].Effects.Pure() {
		b.settle(i)
	}
}

func (b *builder) endIf(fr *frame) {
	if fr.code == op.If { // no else: the parameters are the results
		if !b.dead {
			b.finishArm(fr)
			fr.thenReachable = true
		}
		fr.thenBody = b.take(fr.base)
		if len(fr.results) > 0 {
			b.assignVars(b.labelVars(fr), fr.elseParams)
		}
		b.dead = false
	} else if !b.dead {
		b.finishArm(fr)
	}
	calls, folds := b.calls > fr.calls, b.folds > fr.folds
	s := b.emitIf(fr.cond, fr.thenBody, b.take(fr.base))
	s.Calls, s.Folds = s.Calls || calls, s.Folds || folds
	reachable := fr.targeted || fr.thenReachable || !b.dead
	if fr.targeted {
		b.emitLabelled(ir.Block, fr)
	}
	var results []*ir.Expr
	if reachable {
		results = b.gets(b.labelVars(fr))
	}
	b.close(reachable, results)
}

// endFunc returns what is left on the stack. Branches to the function's own label are returns already.
func (b *builder) endFunc(fr *frame) {
	if !b.dead {
		b.emit(b.stmt(ir.Return, b.popN(len(fr.results))))
	}
	b.f.Body = b.take(fr.base)
	b.frames = b.frames[:0]
}

func (b *builder) unreachable() error {
	b.flushEffects()
	b.emit(b.ar.Stmt(ir.Trap))
	b.markUnreachable()
	return nil
}

func (b *builder) target(depth uint32) *frame { return &b.frames[len(b.frames)-1-int(depth)] }

// arity is the number of values that a branch to fr carries.
func (fr *frame) arity() int {
	if fr.code == op.Loop {
		return len(fr.params)
	}
	return len(fr.results)
}

// jump branches to fr with args. A branch to the function's own label is a return.
func (b *builder) jump(fr *frame, args []*ir.Expr) {
	if fr == &b.frames[0] {
		b.emit(b.stmt(ir.Return, args))
		return
	}
	fr.targeted = true
	b.assignVars(b.labelVars(fr), args)
	s := b.ar.Stmt(ir.Br)
	s.Label = fr.label
	b.emit(s)
}

// jumpList is a list of statements that branches to fr with args.
func (b *builder) jumpList(fr *frame, args []*ir.Expr) []*ir.Stmt {
	base := len(b.stmts)
	b.jump(fr, args)
	return b.take(base)
}

func (b *builder) br() error {
	b.leave(b.target(b.in.Index))
	return nil
}

func (b *builder) ret() error {
	b.leave(&b.frames[0])
	return nil
}

// leave branches to fr with what is on the stack.
func (b *builder) leave(fr *frame) {
	args := b.popN(fr.arity())
	b.flushEffects()
	b.jump(fr, args)
	b.markUnreachable()
}

// brIf keeps the values on the stack for the case that the branch is not taken, so they are made cheap to read twice.
func (b *builder) brIf() error {
	cond := b.pop()
	b.flushEffects()
	fr := b.target(b.in.Index)
	n := fr.arity()
	for i := len(b.stack) - n; i < len(b.stack); i++ {
		if e := b.stack[i]; !e.IsVar() && !e.IsConst() {
			b.settle(i)
		}
	}
	cond = b.condExpr(cond)
	b.emitIf(cond, b.jumpList(fr, b.copyArgs(len(b.stack)-n)), nil)
	return nil
}

// brTable makes a switch with one case for each distinct target.
func (b *builder) brTable() error {
	labels := b.in.Labels
	sel := b.pop()
	n := b.target(labels[len(labels)-1]).arity()
	b.flushEffects()
	for i := len(b.stack) - n; i < len(b.stack); i++ {
		b.settle(i)
	}
	sel = b.condExpr(sel)
	args := b.popN(n)
	s := b.stmt(ir.Switch, b.ar.One(sel))
	s.Cases = b.switchCases(labels, args)
	b.f.Switches = true
	b.emit(s)
	b.markUnreachable()
	return nil
}

// switchCases makes the cases in the order in which the table first names their labels; the default comes last and takes
// all values of its label.
func (b *builder) switchCases(labels []uint32, args []*ir.Expr) []ir.Case {
	last := len(labels) - 1
	n := 0
	b.targets = slab.Zeros(b.targets, len(b.frames))
	values := b.targets // by label, their number
	for _, l := range labels {
		if values[l] == 0 {
			n++
		}
		values[l]++
	}
	cases := b.ar.Cases(n)[:0]
	at := values // from the first naming on -1 - the index of the case
	for i, l := range labels[:last] {
		if l == labels[last] {
			continue
		}
		if n := at[l]; n > 0 {
			at[l] = -1 - len(cases)
			cases = append(cases, ir.Case{Values: b.ar.Values(n)[:0], Body: b.jumpList(b.target(l), args)})
		}
		c := &cases[-1-at[l]]
		c.Values = append(c.Values, uint32(i))
	}
	return append(cases, ir.Case{Default: true, Body: b.jumpList(b.target(labels[last]), args)})
}
