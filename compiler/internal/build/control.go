package build

import (
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

func (b *builder) blockType() (params, results []wasm.ValType) {
	switch bt := b.in.Block; {
	case bt.Index >= 0:
		t := &b.m.Types[bt.Index]
		return t.Params, t.Results
	case bt.Result != wasm.Unknown:
		return nil, []wasm.ValType{bt.Result}
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
	vars := make([]ir.Var, len(types))
	for i, t := range types {
		vars[i] = b.f.NewVar(ir.Temp, t)
	}
	return vars
}

func (b *builder) assignVars(vars []ir.Var, args []*ir.Expr) {
	b.emitAll(b.assignment(vars, args))
}

// assignment sets vars to args in parallel, leaving out what is there already.
func (b *builder) assignment(vars []ir.Var, args []*ir.Expr) []*ir.Stmt {
	s := b.ar.Stmt(ir.Stmt{Kind: ir.Set})
	for i, v := range vars {
		if a := args[i]; !a.IsVar() || ir.Var(a.Index) != v {
			s.Dst = append(s.Dst, v)
			s.Args = append(s.Args, a)
		}
	}
	if len(s.Dst) == 0 {
		return nil
	}
	return []*ir.Stmt{s}
}

func (b *builder) emitAll(list []*ir.Stmt) {
	for _, s := range list {
		b.emit(s)
	}
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
	fr.elseParams = append([]*ir.Expr(nil), b.stack[fr.height:]...)
	return nil
}

func (b *builder) elseStart() error {
	fr := b.top()
	if !fr.unreachable {
		b.finishArm(fr)
		fr.thenReachable = true
	}
	fr.code, fr.unreachable = op.Else, false
	fr.thenBody, fr.body = fr.body, nil
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

// close pops the frame and appends s, or its body if s is nil, to the enclosing one.
func (b *builder) close(s *ir.Stmt, reachable bool, results []*ir.Expr) {
	fr := b.top()
	body := fr.body
	b.cut(fr.height)
	b.frames = b.frames[:len(b.frames)-1]
	if s != nil {
		body = []*ir.Stmt{s}
	}
	outer := b.top()
	if len(outer.body) == 0 {
		outer.body = body
	} else {
		outer.body = append(outer.body, body...)
	}
	if !reachable {
		b.markUnreachable()
		return
	}
	b.stack = append(b.stack, results...)
}

func (b *builder) markUnreachable() {
	fr := b.top()
	fr.unreachable = true
	b.cut(min(len(b.stack), fr.height))
	fr.dead = 0
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
		if !fr.unreachable {
			results = b.popN(len(fr.results))
		}
		b.close(nil, !fr.unreachable, results)
		return
	}
	if !fr.unreachable {
		b.finishArm(fr)
	}
	s := b.ar.Stmt(ir.Stmt{Kind: ir.Block, Label: fr.label, Body: fr.body})
	b.close(s, true, b.gets(b.labelVars(fr)))
}

func (b *builder) endLoop(fr *frame) {
	var results []*ir.Expr
	if !fr.unreachable {
		for i := range fr.results {
			b.settleForExit(len(b.stack) - len(fr.results) + i)
		}
		results = b.popN(len(fr.results))
	}
	if !fr.targeted {
		b.close(nil, !fr.unreachable, results)
		return
	}
	s := b.ar.Stmt(ir.Stmt{Kind: ir.Loop, Label: fr.label, Body: fr.body})
	b.close(s, !fr.unreachable, results)
}

// settleForExit gives a result of a loop a temporary inside the loop unless it may as well be evaluated behind it.
func (b *builder) settleForExit(i int) {
	if !b.stack[i].Effects.Pure() {
		b.settle(i)
	}
}

func (b *builder) endIf(fr *frame) {
	if fr.code == op.If { // no else: the parameters are the results
		if !fr.unreachable {
			b.finishArm(fr)
			fr.thenReachable = true
		}
		fr.thenBody, fr.body = fr.body, nil
		if len(fr.results) > 0 {
			fr.body = b.assignment(b.labelVars(fr), fr.elseParams)
		}
		fr.unreachable = false
	} else if !fr.unreachable {
		b.finishArm(fr)
	}
	s := b.ar.Stmt(ir.Stmt{Kind: ir.If, Args: b.ar.List(fr.cond), Body: fr.thenBody, Else: fr.body})
	reachable := fr.targeted || fr.thenReachable || !fr.unreachable
	if fr.targeted {
		s = b.ar.Stmt(ir.Stmt{Kind: ir.Block, Label: fr.label, Body: []*ir.Stmt{s}})
	}
	var results []*ir.Expr
	if reachable {
		results = b.gets(b.labelVars(fr))
	}
	b.close(s, reachable, results)
}

// endFunc returns what is left on the stack. Branches to the function's own label are returns already.
func (b *builder) endFunc(fr *frame) {
	if !fr.unreachable {
		b.emit(b.ar.Stmt(ir.Stmt{Kind: ir.Return, Args: b.popN(len(fr.results))}))
	}
	b.f.Body = fr.body
	b.frames = b.frames[:0]
}

func (b *builder) unreachable() error {
	b.flushEffects()
	b.emit(b.ar.Stmt(ir.Stmt{Kind: ir.Trap}))
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

// jump makes the statements that branch to fr with args. A branch to the function's own label is a return.
func (b *builder) jump(fr *frame, args []*ir.Expr) []*ir.Stmt {
	if fr == &b.frames[0] {
		return []*ir.Stmt{{Kind: ir.Return, Args: args}}
	}
	fr.targeted = true
	return append(b.assignment(b.labelVars(fr), args), b.ar.Stmt(ir.Stmt{Kind: ir.Br, Label: fr.label}))
}

func (b *builder) br() error {
	fr := b.target(b.in.Index)
	args := b.popN(fr.arity())
	b.flushEffects()
	b.emitAll(b.jump(fr, args))
	b.markUnreachable()
	return nil
}

func (b *builder) ret() error {
	fr := &b.frames[0]
	args := b.popN(fr.arity())
	b.flushEffects()
	b.emitAll(b.jump(fr, args))
	b.markUnreachable()
	return nil
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
	args := append([]*ir.Expr(nil), b.stack[len(b.stack)-n:]...)
	b.emit(b.ar.Stmt(ir.Stmt{Kind: ir.If, Args: b.ar.List(cond), Body: b.jump(fr, args)}))
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
	b.emit(b.ar.Stmt(ir.Stmt{Kind: ir.Switch, Args: b.ar.List(sel), Cases: b.switchCases(labels, args)}))
	b.markUnreachable()
	return nil
}

func (b *builder) switchCases(labels []uint32, args []*ir.Expr) []ir.Case {
	last := len(labels) - 1
	byLabel := map[uint32]int{}
	var cases []ir.Case
	for i, l := range labels {
		if i < last && l == labels[last] {
			continue // the default takes it
		}
		c, ok := byLabel[l]
		if !ok {
			c = len(cases)
			byLabel[l] = c
			cases = append(cases, ir.Case{Default: i == last, Body: b.jump(b.target(l), args)})
		}
		if i < last {
			cases[c].Values = append(cases[c].Values, uint32(i))
		}
	}
	return cases
}
