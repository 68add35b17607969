// Package ir is the intermediate representation between WebAssembly and Go: one function at a time, a tree of
// structured statements over typed variables, with expressions that keep the instruction's op.Code.
//
// It has a text form: Print, Parse and Verify are each other's checks, and tests of passes are written in it.
package ir

import (
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Var is the index of a variable in Func.Vars.
type Var int32

// Blank stands in Stmt.Dst for a result that is not wanted.
const Blank Var = -1

// VarKind says where a variable comes from; it gives the first letter of its name.
type VarKind uint8

// Param and Local are the function's own; Temp holds a value of the operand stack.
const (
	Param VarKind = iota
	Local
	Temp
)

// VarInfo describes a variable.
type VarInfo struct {
	Kind VarKind
	Type wasm.ValType
}

// Label names a Block or Loop within a function; labels are unique in it.
type Label int32

// NoLabel is the zero Label.
const NoLabel Label = 0

// Func is one function.
type Func struct {
	Index   uint32
	Name    string // of the name section, or ""
	Params  int    // the first Params of Vars
	Results []wasm.ValType
	Vars    []VarInfo
	Labels  Label // the largest label in use
	Body    []*Stmt
	Arena   *Arena // of what passes add; nil for the heap
	// Switches: there may be switches in Body.
	Switches bool
	// Nodes is the number of statements and of the nodes of their expressions that build made, or 0 if that is not known; then
	// Calls and Folds of the statements are not either.
	Nodes int
}

// NewVar adds a variable.
func (f *Func) NewVar(kind VarKind, t wasm.ValType) Var {
	f.Vars = append(f.Vars, VarInfo{kind, t})
	return Var(len(f.Vars) - 1)
}

// NewLabel makes a label.
func (f *Func) NewLabel() Label {
	f.Labels++
	return f.Labels
}

// StmtKind is the kind of a statement.
type StmtKind uint8

// The statements.
const (
	// Set assigns Args to Dst in parallel, or the results of the one call in Args to all of Dst.
	Set StmtKind = iota
	// Eval evaluates Args[0] for its effect: a store, a call without results, a load whose value is dropped.
	Eval
	// Block runs Body; Br to Label leaves it.
	Block
	// Loop runs Body once; Br to Label begins it again. Falling off its end leaves it.
	Loop
	// If runs Body if Args[0] is not zero, otherwise Else.
	If
	// Switch runs the case that Args[0], as an unsigned number, selects, then goes on after the switch.
	Switch
	// Br jumps to Label.
	Br
	// Return returns Args.
	Return
	// Trap is the instruction unreachable.
	Trap
)

// Stmt is a statement; Kind says which fields count. It fills a cache line.
type Stmt struct {
	Kind StmtKind
	// Calls and Folds: there are expressions that count as calls, or that may have a simpler form, in the statement or the lists
	// in it, as build left it.
	Calls, Folds bool
	Label        Label
	Dst          []Var
	Args         []*Expr
	*Lists
}

// Lists are the lists of statements in a statement that HasLists; others have a nil pointer.
type Lists struct {
	Body  []*Stmt
	Else  []*Stmt
	Cases []Case
}

// HasLists reports whether there are lists of statements in s.
func (s *Stmt) HasLists() bool { return s.Kind.hasLists() }

func (k StmtKind) hasLists() bool { return k >= Block && k <= Switch }

// Case is one case of a Switch. Exactly one case is the default.
type Case struct {
	Values  []uint32
	Default bool
	// Label, if not NoLabel, is the beginning of Body for a Br from any case of the same switch.
	Label Label
	Body  []*Stmt
	// Fallthrough: after Body the next case's body runs.
	Fallthrough bool
}

// Expr is an expression. Op is an instruction with operands Args; constants, variables (op.LocalGet) and calls are
// instructions too. There are more of these than of anything else: it takes 48 bytes, and 16 for two operands.
type Expr struct {
	Op   op.Code
	Type wasm.ValType // of the result; Unknown for none or several
	// Index is the memory of an access, the table of call_indirect and of table instructions, the variable of
	// local.get, the index of a function, global, segment.
	Index uint32
	// Size is the number of nodes in the tree. A call has 1000 operands at most, and build keeps these small.
	Size    uint16
	Effects Effects // of the whole tree; set by NewExpr, as are Size and Folds
	// Folds: a node of the tree may have a simpler form.
	Folds bool
	// Imm is the value of a constant (floats by bits), the offset of a memory access, the type index of
	// call_indirect, the second index of memory.copy, table.copy, memory.init and table.init.
	Imm  uint64
	Args []*Expr
}

// Effects is a set of what evaluating an expression may do besides yielding its value.
type Effects uint8

// The effects. An expression without any is pure: it may be dropped, and moved anywhere its variables keep their values.
const (
	ReadsMemory   Effects = 1 << iota // loads, memory.size; the only trap of a load is out of bounds
	TrapsMemory                       // may trap out of bounds
	TrapsOther                        // may trap in another way
	ReadsGlobal                       // global.get of a mutable global
	WritesGlobal                      // global.set
	WritesMemory                      // stores
	Calls                             // anything: calls, memory.grow, tables
	ReadsVariable                     // local.get in the tree
)

const (
	reads  = ReadsMemory | ReadsGlobal
	writes = WritesGlobal | WritesMemory | Calls
	traps  = TrapsMemory | TrapsOther
)

// Pure reports whether e does nothing but read variables.
func (e Effects) Pure() bool { return e&^ReadsVariable == 0 }

// Writes reports whether e changes more than variables, or may.
func (e Effects) Writes() bool { return e&writes != 0 }

// Conflicts reports whether two evaluations with effects a and b must keep their order.
func (a Effects) Conflicts(b Effects) bool {
	switch {
	case a&^ReadsVariable == 0 || b&^ReadsVariable == 0:
		return false
	case a&Calls != 0 || b&Calls != 0:
		return true
	case a&WritesMemory != 0 && b&(ReadsMemory|WritesMemory|traps) != 0,
		b&WritesMemory != 0 && a&(ReadsMemory|WritesMemory|traps) != 0:
		return true
	case a&WritesGlobal != 0 && b&(ReadsGlobal|WritesGlobal|traps) != 0,
		b&WritesGlobal != 0 && a&(ReadsGlobal|WritesGlobal|traps) != 0:
		return true
	}
	// Two traps of one kind can not be told apart; of different kinds they can.
	return a&traps != 0 && b&traps != 0 && (a|b)&TrapsOther != 0
}

// NewExpr makes an expression and computes its effects and size. mutableGlobal matters for global.get only.
func NewExpr(code op.Code, t wasm.ValType, index uint32, imm uint64, args ...*Expr) *Expr {
	return (*Arena)(nil).NewExpr(code, t, index, imm, args...)
}

// Update recomputes Effects, Size and Folds from the operation and the operands.
func (e *Expr) Update() {
	own := facts.Get(e.Op)
	effects, size, folds := own.effects, uint16(1), false
	for _, a := range e.Args {
		effects |= a.Effects
		size += a.Size
		folds = folds || a.Folds
	}
	switch {
	case int(own.integers) != len(e.Args):
	case own.integers == 1:
		folds = folds || own.foldsOne(e.Args[0])
	case own.integers == 2:
		folds = folds || own.foldsTwo(e.Args[0], e.Args[1])
	}
	e.Effects, e.Size, e.Folds = effects, size, folds
}

// opFacts is what Update asks of an instruction.
type opFacts struct {
	effects Effects
	// integers is the number of operands of one that makes an integer of integers only, 0 for others: of the former, there
	// may be a simpler form.
	integers uint8
	algebra  *op.Algebra
	// An instruction that undoes may do so with what one that is undoable did.
	undoes, undoable bool
}

var facts = func() (t op.Table[*opFacts]) {
	for _, o := range op.All() {
		f := &opFacts{effects: tableEffects(o), algebra: op.AlgebraOf(o.Code)}
		if e, ok := ownEffects[o.Code]; ok {
			f.effects = e
		}
		if params := o.Params(); o.Imm == "" && len(o.Results()) == 1 && strings.Trim(params+o.Results(), "iI") == "" {
			f.integers = uint8(len(params))
		}
		t.Set(o.Code, f)
	}
	for _, c := range []op.Code{op.I32Eqz, op.I64Eqz, op.I32WrapI64} {
		t.Get(c).undoes = true
	}
	for _, c := range []op.Code{op.I32Eqz, op.I32Eq, op.I32Ne, op.I64Ne, op.I64ExtendI32S, op.I64ExtendI32U} {
		t.Get(c).undoable = true
	}
	return t
}()

// foldsOne reports whether an instruction on x may have a simpler form: it is on a constant, or undoes what another one did.
func (f *opFacts) foldsOne(x *Expr) bool {
	return x.IsInt() || f.undoes && facts.Get(x.Op).undoable
}

// FoldsCondition is Folds for an expression of which only matters whether it is zero.
func (e *Expr) FoldsCondition() bool {
	if e.Folds || e.IsConst() {
		return true
	}
	switch e.Op {
	case op.I32Eq, op.I32Ne, op.I64Ne:
		return e.Args[1].IsInt() && e.Args[1].Imm == 0
	}
	return false
}

// foldsTwo reports whether an instruction on x and y may have a simpler form: it is on constants, or one of them does nothing
// or stands in the wrong place.
func (f *opFacts) foldsTwo(x, y *Expr) bool {
	if !y.IsInt() {
		return x.IsInt()
	}
	return x.IsInt() || f.algebra != nil && (f.algebra.IsIdentity(y.Imm) || f.algebra.Associates && facts.Get(x.Op) == f)
}

// ownEffects are the effects of instructions that the facts of the table do not give.
var ownEffects = map[op.Code]Effects{
	op.LocalGet: ReadsVariable, op.GlobalGet: ReadsGlobal, op.GlobalSet: WritesGlobal, op.MemorySize: ReadsMemory,
	op.Call: Calls, op.CallIndirect: Calls, op.MemoryGrow: Calls, op.TableGet: Calls, op.TableSet: Calls,
	op.TableSize: Calls, op.TableGrow: Calls, op.TableFill: Calls, op.TableCopy: Calls, op.TableInit: Calls,
	op.ElemDrop: Calls, op.DataDrop: Calls, op.AtomicFence: Calls, op.MemoryInit: WritesMemory | TrapsMemory,
	op.MemoryCopy: WritesMemory | ReadsMemory | TrapsMemory, op.MemoryFill: WritesMemory | TrapsMemory,
}

func effectsOf(c op.Code) Effects { return facts.Get(c).effects }

func tableEffects(o *op.Op) (e Effects) {
	if o.Facts == "" {
		return 0
	}
	if o.Has('A') {
		return Calls // synchronises with other threads: nothing moves across
	}
	if o.Has('L') {
		e |= ReadsMemory
	}
	if o.Has('S') {
		e |= WritesMemory
	}
	if o.Has('T') {
		if o.IsMemAccess() {
			e |= TrapsMemory
		} else {
			e |= TrapsOther
		}
	}
	return e
}

// Const makes a constant of type t from its bits.
func Const(t wasm.ValType, bits uint64) *Expr { return (*Arena)(nil).Const(t, bits) }

var constOps = [...]op.Code{wasm.I32: op.I32Const, wasm.I64: op.I64Const, wasm.F32: op.F32Const, wasm.F64: op.F64Const}

// Get makes an expression that reads variable v.
func (f *Func) Get(v Var) *Expr {
	e := f.Arena.Expr(op.LocalGet, f.Vars[v].Type)
	e.Index, e.Effects = uint32(v), ReadsVariable
	return e
}

// IsConst reports whether e is a number constant.
func (e *Expr) IsConst() bool { return e.Op >= op.I32Const && e.Op <= op.F64Const }

// IsInt reports whether e is an integer constant.
func (e *Expr) IsInt() bool { return e.Op == op.I32Const || e.Op == op.I64Const }

// IsVar reports whether e reads a variable.
func (e *Expr) IsVar() bool { return e.Op == op.LocalGet }

// Reads reports whether the tree reads variable v.
func (e *Expr) Reads(v Var) bool {
	if e.Effects&ReadsVariable == 0 {
		return false
	}
	if e.Op == op.LocalGet {
		return Var(e.Index) == v
	}
	for _, a := range e.Args {
		if a.Reads(v) {
			return true
		}
	}
	return false
}

// IsEffectRoot reports whether the operation of e itself has an effect.
func (e *Expr) IsEffectRoot() bool { return !e.Effects.Pure() && !effectsOf(e.Op).Pure() }

// EffectRoots calls fn for the largest subtrees of e whose own operation has an effect, in order of evaluation: what
// is left of e when its value is not needed.
func (e *Expr) EffectRoots(fn func(*Expr)) {
	switch {
	case e.Effects.Pure():
	case e.IsEffectRoot():
		fn(e)
	default:
		for _, a := range e.Args {
			a.EffectRoots(fn)
		}
	}
}

// Walk calls fn for each node of the tree, operands first.
func (e *Expr) Walk(fn func(*Expr)) {
	for _, a := range e.Args {
		a.Walk(fn)
	}
	fn(e)
}

// WalkStmts calls fn for each statement of the list and of the lists inside it, outer statements first.
func WalkStmts(list []*Stmt, fn func(*Stmt)) {
	for _, s := range list {
		fn(s)
		if !s.HasLists() {
			continue
		}
		WalkStmts(s.Body, fn)
		WalkStmts(s.Else, fn)
		for i := range s.Cases {
			WalkStmts(s.Cases[i].Body, fn)
		}
	}
}

// WalkExprs calls fn for the root of each expression in the list and in the lists inside it.
func WalkExprs(list []*Stmt, fn func(*Expr)) {
	WalkStmts(list, func(s *Stmt) {
		for _, a := range s.Args {
			fn(a)
		}
	})
}

// Ends reports whether control never reaches the point after the list, as far as its last statement tells.
func Ends(list []*Stmt) bool {
	n := len(list)
	return n > 0 && list[n-1].Kind >= If && ends(list[n-1])
}

// ends is Ends of a list that ends in s, which is none of the statements that control always passes.
func ends(s *Stmt) bool {
	switch s.Kind {
	case Br, Return, Trap:
		return true
	case If:
		return len(s.Else) > 0 && Ends(s.Body) && Ends(s.Else)
	case Switch:
		for i := range s.Cases {
			if c := &s.Cases[i]; !c.Fallthrough && !Ends(c.Body) {
				return false
			}
		}
		return true
	}
	return false
}
