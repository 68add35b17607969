package emit

import (
	"math"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/slab"
)

// An i32 that becomes a 64-bit address must be zero-extended. The Go compiler knows that the upper half of a register is
// zero already if the value's type is unsigned, and adds an instruction if it is signed. So the i32 variables that
// addresses are made of are uint32 in Go, and others what most of their uses ask for. Parameters and results are int32:
// there is nothing to gain, since callers leave the upper half of registers undefined.

// varTypes chooses the Go types of a function's variables.
type varTypes struct {
	f       *fn
	vars    []variable
	origins []origin // that an assignment may give to a variable
	work    []ir.Var // unsigned ones whose origin is to be made unsigned
	loops   int      // around the statement
	empty   bool     // there is an if with nothing in it
}

// origin is a variable whose value another one may have.
type origin struct {
	v    ir.Var
	next int32
}

// typeVars makes the variables. It notes which are read and assigned, how often loops assign them, which of them loops step, and
// whether there are loops; and it chooses their Go types.
func (f *flow) typeVars() {
	f.makeVars()
	v := f.varTypes
	v.f, v.vars, v.origins, v.empty = f.fn, f.vars, slab.Zeros(v.origins, 1), false
	*f.steps = steps{all: f.steps.all[:0], loops: f.steps.loops, first: f.steps.first, list: f.steps.list}
	v.list(f.f.Body, ir.NoLabel)
	if f.g.cfg.NoUnsigned {
		return
	}
	for i := range v.vars {
		if v.vars[i].votes > 0 {
			v.unsigned(ir.Var(i))
		}
	}
	for len(v.work) > 0 {
		x := v.work[len(v.work)-1]
		v.work = v.work[:len(v.work)-1]
		for i := v.vars[x].origin; i != 0; i = v.origins[i].next {
			v.unsigned(v.origins[i].v)
		}
	}
}

// dead reports whether there is something for Config.Dead.
func (f *flow) dead() bool {
	for i := range f.vars {
		if v := &f.vars[i]; v.assigned && !v.used {
			return true
		}
	}
	return f.varTypes.empty
}

// unsigned makes a variable unsigned.
func (v *varTypes) unsigned(x ir.Var) {
	if y := &v.vars[x]; !y.fixed && y.Type == gox.Int32 {
		y.Type = gox.Uint32
		v.work = append(v.work, x)
	}
}

// widen makes the variables that most addresses are made of 64-bit numbers once, before the first Mark: they outlive Release.
func (f *fn) widen() {
	for i := range f.vars {
		if v := &f.vars[i]; v.votes > voteAddress/2 {
			v.wide = f.Conv(gox.Uint64, f.Conv(gox.Uint32, &v.Node))
		}
	}
}

// vote is what the use of a variable asks for: an address decides, whatever else there is.
type vote int32

const (
	voteAddress  = 1 << 20
	voteUnsigned = 1
	voteSigned   = -1
	voteNothing  = 0
	voteSame     = 2 // as the use of the result
)

// maxVotes is the number of operands of the rows; those of calls beyond vote as the last.
const maxVotes = 4

// voteOf is what operand i of an instruction asks of the variable that it is; unsigned says how the row takes it.
func voteOf(o *op.Op, i int, unsigned bool) vote {
	switch {
	case i == 0 && o.IsMemAccess() || o.Code == op.I64ExtendI32U:
		return voteAddress
	case signless.Get(o.Code) && (i == 0 || o.Code != op.I32Shl):
		return voteSame
	case o.Code == op.I32Eqz || o.Code == op.I32Eq || o.Code == op.I32Ne:
		return voteNothing
	case unsigned:
		return voteUnsigned
	}
	return voteSigned
}

// list goes through a list; direct is the loop of which it is the body, if it is.
func (v *varTypes) list(list []*ir.Stmt, direct ir.Label) {
	for _, s := range list {
		v.f.steps.n++
		if v.loops > 0 && len(s.Dst) > 0 {
			v.f.steps.note(s, v.vars, direct)
		}
		v.stmt(s)
		switch s.Kind {
		case ir.Loop:
			v.loop(s)
		case ir.Block, ir.If:
			v.empty = v.empty || len(s.Body)+len(s.Else) == 0 && s.Kind == ir.If
			v.list(s.Body, ir.NoLabel)
			v.list(s.Else, ir.NoLabel)
		case ir.Switch:
			for i := range s.Cases {
				v.list(s.Cases[i].Body, ir.NoLabel)
			}
		case ir.Br:
			if v.loops > 0 {
				v.f.steps.branch(s.Label)
			}
		}
	}
}

func (v *varTypes) loop(s *ir.Stmt) {
	st := v.f.steps
	if !v.f.loops {
		v.f.loops = true
		st.loops = slab.Zeros(st.loops, int(v.f.f.Labels)+1)
	}
	v.loops++
	st.loops[s.Label] = span{begin: st.n, around: math.MaxInt32}
	v.list(s.Body, s.Label)
	st.loops[s.Label].end = st.n
	v.loops--
}

// stmtVotes are the votes of statements for the variable that an operand is.
var stmtVotes = [...]vote{ir.Switch: voteUnsigned, ir.Return: voteSigned, ir.Trap: voteNothing}

func (v *varTypes) stmt(s *ir.Stmt) {
	for _, d := range s.Dst {
		if d != ir.Blank {
			x := &v.vars[d]
			x.assigned, x.fixed = true, x.fixed || len(s.Dst) > len(s.Args) // the results of a call
		}
	}
	want := stmtVotes[s.Kind]
	for i, a := range s.Args {
		if a.Effects&ir.ReadsVariable == 0 {
			continue
		}
		if len(s.Dst) == len(s.Args) && s.Dst[i] != ir.Blank && !v.vars[s.Dst[i]].fixed {
			v.gives(a, s.Dst[i])
		}
		if a.IsVar() {
			v.use(a, want)
		} else {
			v.expr(a, want)
		}
	}
}

// gives notes the variables whose values a is made of by operations that do not depend on the sign, as origins of dst.
func (v *varTypes) gives(a *ir.Expr, dst ir.Var) {
	switch {
	case a.IsVar():
		x := &v.vars[dst]
		v.origins = append(v.origins, origin{ir.Var(a.Index), x.origin})
		x.origin = int32(len(v.origins) - 1)
	case signless.Get(a.Op):
		for i := range a.Args {
			if i == 0 || a.Op != op.I32Shl {
				v.gives(a.Args[i], dst)
			}
		}
	}
}

// signless are the i32 instructions whose result has the type that the operands ask for.
var signless = func() (t op.Table[bool]) {
	for _, c := range []op.Code{op.I32Add, op.I32Sub, op.I32Mul, op.I32And, op.I32Or, op.I32Xor, op.I32Shl} {
		t.Set(c, true)
	}
	return t
}()

// use counts what a use of a variable asks for.
func (v *varTypes) use(e *ir.Expr, want vote) {
	x := &v.vars[e.Index]
	x.used = true
	x.votes += int(want)
}

// expr counts what the uses of variables in the operands of e ask for; want is what the use of e does.
func (v *varTypes) expr(e *ir.Expr, want vote) {
	votes := &templateOf(e.Op).votes
	for i, a := range e.Args {
		if a.Effects&ir.ReadsVariable == 0 {
			continue
		}
		w := votes[min(i, maxVotes-1)]
		if w == voteSame {
			w = want
		}
		if a.IsVar() {
			v.use(a, w)
		} else {
			v.expr(a, w)
		}
	}
}
