package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// node is a piece of a module in the text format: a folded expression or statement. typ is the value type letter of an
// expression, 0 for a statement. The minimiser replaces nodes; keep protects what the end of a loop depends on.
type node struct {
	head string // everything between the parenthesis and the children
	typ  byte
	args []*node
	tail string // what follows the closing parenthesis
	keep bool
}

func (n *node) write(b *strings.Builder) {
	if n.head != "" {
		b.WriteString("(" + n.head)
	}
	for _, a := range n.args {
		b.WriteByte(' ')
		a.write(b)
	}
	if n.head != "" {
		b.WriteByte(')')
	}
	b.WriteString(n.tail)
}

func (n *node) clone() *node {
	c := *n
	c.args = make([]*node, len(n.args))
	for i, a := range n.args {
		c.args[i] = a.clone()
	}
	return &c
}

// stmt and expr make nodes from a head and children.
func stmt(head string, args ...*node) *node           { return &node{head: head, args: args} }
func expr(typ byte, head string, args ...*node) *node { return &node{head: head, typ: typ, args: args} }
func kept(n *node) *node                              { n.keep = true; return n }
func get(typ byte, name string) *node                 { return expr(typ, "local.get $"+name) }
func i32(v uint64) *node                              { return expr('i', fmt.Sprintf("i32.const %d", int32(v))) }
func constNode(typ byte, bits uint64) *node {
	return expr(typ, strings.Trim(constExpr(typ, bits), "()"))
}
func then(list ...*node) *node   { return &node{head: "then", args: list, keep: true} }
func orElse(list ...*node) *node { return &node{head: "else", args: list, keep: true} }

const valueLetters = "iIfF"

// maxFuel bounds how many functions with fuel call each other; with a small function between each two these are fewer than
// the 2,000 calls that wazero's interpreter allows.
const maxFuel = 900

// sig is a function type. Functions of small ones are such as the compiler inlines: they have no fuel, and call only those
// with fuel that come after them.
type sig struct {
	params, results string
	small           bool
}

func (s sig) String() string {
	var b strings.Builder
	for i := range s.params {
		fmt.Fprintf(&b, " (param %s)", watTypes[s.params[i]])
	}
	for i := range s.results {
		fmt.Fprintf(&b, " (result %s)", watTypes[s.results[i]])
	}
	return b.String()
}

// variable is a local or a global.
type variable struct {
	name string
	typ  byte
}

// program is a random module.
type program struct {
	seed    uint64
	sigs    []sig // of the functions; types $s0... are the same
	globals []variable
	exports []string // exported globals
	shared  bool
	dynamic bool // the table changes
	bodies  []*guest
	job     runner.Job
}

// guest is a function of a program.
type guest struct {
	sig    sig
	locals []variable // parameters first
	body   *node
}

// gen generates the functions of a program.
type gen struct {
	*rand.Rand
	p      *program
	f      *guest
	labels []label
	temps  int
	budget int
	loops  int
	safe   int // an instruction that may trap is chosen once in so many times, an address that may be anywhere once in 6 times that
}

// label is a label in scope; params are the types of the values that a branch to it takes.
type label struct {
	name   string
	params string
	loop   bool
}

// generate makes the program of a seed.
func generate(seed uint64) *program {
	g := &gen{Rand: rand.New(rand.NewPCG(seed, 0x5eed)), p: &program{seed: seed}}
	p := g.p
	p.shared, p.dynamic = g.IntN(4) == 0, g.IntN(2) == 0
	g.safe = []int{25, 25, 25, 4}[g.IntN(4)]
	for i := range 4 + g.IntN(4) {
		p.globals = append(p.globals, variable{fmt.Sprintf("g%d", i), g.letter()})
		if g.IntN(2) == 0 {
			p.exports = append(p.exports, p.globals[i].name)
		}
	}
	n := 3 + g.IntN(6)
	for range n {
		p.sigs = append(p.sigs, sig{g.letters(g.IntN(5)), g.letters([]int{0, 1, 1, 1, 2, 3}[g.IntN(6)]), g.IntN(3) == 0})
	}
	for i := range n {
		p.bodies = append(p.bodies, g.function(i))
	}
	p.job = runner.Job{Package: fmt.Sprintf("s%d", seed), State: true, Globals: p.exports}
	for range 4 {
		for i, s := range p.sigs {
			c := runner.Call{Func: fmt.Sprintf("e%d", i)}
			for k := range s.params {
				c.Args = append(c.Args, g.bits(s.params[k]))
			}
			p.job.Calls = append(p.job.Calls, c)
		}
	}
	return p
}

func (g *gen) letter() byte { return "iiiiIIfF"[g.IntN(8)] }

func (g *gen) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = g.letter()
	}
	return string(b)
}

// bits are those of a value worth trying.
func (g *gen) bits(typ byte) uint64 {
	if typ == 'i' && g.IntN(3) > 0 {
		return uint64(g.IntN(20))
	}
	list := interesting[typ]
	return list[g.IntN(len(list))]
}

func (g *gen) function(i int) *guest {
	s := g.p.sigs[i]
	f := &guest{sig: s}
	for k := range s.params {
		f.locals = append(f.locals, variable{fmt.Sprintf("p%d", k), s.params[k]})
	}
	for k := range 2 + g.IntN(5) {
		f.locals = append(f.locals, variable{fmt.Sprintf("l%d", k), g.letter()})
	}
	g.f, g.labels, g.temps, g.loops = f, []label{{"", s.results, false}}, 0, 0
	g.budget = 60 + g.IntN(200)
	if s.small {
		g.budget = 5 + g.IntN(15)
		f.body = &node{args: append(g.list(2, g.IntN(3)), g.values(s.results, 2)...)}
		return f
	}
	body := append([]*node{g.fuel()}, g.list(4, 3+g.IntN(8))...)
	f.body = &node{args: append(body, g.values(s.results, 3)...)}
	return f
}

// fuel is the statement at the head of functions and of loops without a counter: it traps when the fuel is used up.
func (g *gen) fuel() *node {
	dec := stmt("global.set $fuel", expr('i', "i32.sub", expr('i', "global.get $fuel"), i32(1)))
	return kept(&node{args: []*node{
		kept(stmt("if", kept(expr('i', "i32.eqz", kept(expr('i', "global.get $fuel")))), then(kept(stmt("unreachable"))))),
		kept(dec),
	}})
}

func (g *gen) values(types string, depth int) []*node {
	out := make([]*node, len(types))
	for i := range out {
		out[i] = g.expr(types[i], depth)
	}
	return out
}

// local makes a new local.
func (g *gen) local(typ byte) variable {
	v := variable{fmt.Sprintf("t%d", g.temps), typ}
	g.temps++
	g.f.locals = append(g.f.locals, v)
	return v
}

// pick returns a variable of the type from a list, or false.
func (g *gen) pick(list []variable, typ byte) (variable, bool) {
	var fit []variable
	for _, v := range list {
		if v.typ == typ && v.name[0] != 'c' {
			fit = append(fit, v)
		}
	}
	if len(fit) == 0 {
		return variable{}, false
	}
	return fit[g.IntN(len(fit))], true
}

// rows with Go by result letter, and stores under 0.
var rowsByResult = func() map[byte][]*op.Op {
	m := map[byte][]*op.Op{}
	for _, o := range op.All() {
		switch {
		case o.Go == "" || strings.HasPrefix(o.Name, "memory.atomic.wait"):
		case o.Results() == "":
			m[0] = append(m[0], o)
		default:
			m[o.Results()[0]] = append(m[o.Results()[0]], o)
		}
	}
	return m
}()

// expr makes an expression of a value type.
func (g *gen) expr(typ byte, depth int) *node {
	g.budget--
	if depth <= 0 || g.budget <= 0 {
		return g.leaf(typ)
	}
	switch g.IntN(22) {
	case 0, 1, 2, 3:
		return g.leaf(typ)
	case 4:
		return expr(typ, "select", g.expr(typ, depth-1), g.expr(typ, depth-1), g.expr('i', depth-1))
	case 5:
		return g.ifExpr(typ, depth)
	case 6:
		return g.blockExpr(typ, depth)
	case 7:
		if n := g.call(string(typ), depth); n != nil {
			return n
		}
	case 8:
		return g.tee(typ, depth)
	case 9:
		return g.special(typ, depth)
	}
	return g.row(typ, depth)
}

func (g *gen) leaf(typ byte) *node {
	if v, ok := g.pick(g.f.locals, typ); ok && g.IntN(3) > 0 {
		return get(typ, v.name)
	}
	if v, ok := g.pick(g.p.globals, typ); ok && g.IntN(3) == 0 {
		return expr(typ, "global.get $"+v.name)
	}
	return constNode(typ, g.bits(typ))
}

func (g *gen) tee(typ byte, depth int) *node {
	if v, ok := g.pick(g.f.locals, typ); ok {
		return expr(typ, "local.tee $"+v.name, g.expr(typ, depth-1))
	}
	return g.leaf(typ)
}

func (g *gen) ifExpr(typ byte, depth int) *node {
	cond := g.expr('i', depth-1)
	l, done := g.enter(string(typ), false)
	defer done()
	a := then(append(g.list(depth-2, g.IntN(2)), g.expr(typ, depth-1))...)
	b := orElse(append(g.list(depth-2, g.IntN(2)), g.expr(typ, depth-1))...)
	return expr(typ, fmt.Sprintf("if $%s (result %s)", l, watTypes[typ]), cond, a, b)
}

func (g *gen) blockExpr(typ byte, depth int) *node {
	l, done := g.enter(string(typ), false)
	defer done()
	list := g.list(depth-2, 1+g.IntN(3))
	if g.IntN(3) == 0 { // a branch with a value that is not taken leaves it
		list = append(list, stmt("drop", expr(typ, "br_if $"+l, g.expr(typ, depth-1), g.expr('i', depth-1))))
	}
	return expr(typ, fmt.Sprintf("block $%s (result %s)", l, watTypes[typ]), append(list, g.expr(typ, depth-1))...)
}

// enter brings a label into scope until the returned function is called.
func (g *gen) enter(params string, loop bool) (string, func()) {
	g.loops++
	name := fmt.Sprintf("L%d", g.loops)
	g.labels = append(g.labels, label{name, params, loop})
	return name, func() { g.labels = g.labels[:len(g.labels)-1] }
}

// special makes expressions that no row stands for.
func (g *gen) special(typ byte, depth int) *node {
	if typ == 'I' && g.IntN(2) == 0 {
		return expr('I', "call $h64", g.expr('I', depth-1))
	}
	if typ != 'i' {
		return g.row(typ, depth)
	}
	switch g.IntN(6) {
	case 0:
		return expr('i', "memory.size")
	case 1:
		return expr('i', "memory.grow", expr('i', "i32.and", g.expr('i', depth-1), i32(3)))
	case 2:
		return expr('i', "call $h32", g.expr('i', depth-1))
	case 3:
		return expr('i', "table.size $t")
	case 4:
		if g.p.dynamic {
			return expr('i', "table.grow $t", expr('r', "ref.func $f0"), expr('i', "i32.and", g.expr('i', depth-1), i32(3)))
		}
		return expr('i', "ref.is_null", expr('r', "ref.null func"))
	}
	if g.p.dynamic {
		return expr('i', "ref.is_null", expr('r', "table.get $t", expr('i', "i32.and", g.expr('i', depth-1), i32(15))))
	}
	return expr('i', "ref.is_null", expr('r', "ref.func $f0"))
}

// call calls a function with the given results, directly or through the table; nil if there is none.
func (g *gen) call(results string, depth int) *node {
	start := g.IntN(len(g.p.sigs))
	for k := range g.p.sigs {
		i := (start + k) % len(g.p.sigs)
		s := g.p.sigs[i]
		back := i <= len(g.p.bodies)
		if s.results != results || back && g.IntN(6) > 0 || g.f.sig.small && (back || s.small) { // little recursion, or the fuel is soon used up
			continue
		}
		typ := byte(0)
		if len(results) == 1 {
			typ = results[0]
		}
		args := g.values(s.params, depth-2)
		if g.IntN(3) > 0 {
			return expr(typ, fmt.Sprintf("call $f%d", i), args...)
		}
		slot := i32(uint64(i))
		if !g.f.sig.small && g.IntN(20) == 0 {
			slot = expr('i', "i32.and", g.expr('i', depth-2), i32(15))
		}
		return expr(typ, fmt.Sprintf("call_indirect $t (type $s%d)", i), append(args, slot)...)
	}
	return nil
}

// row makes an instruction of the table.
func (g *gen) row(typ byte, depth int) *node {
	rows := rowsByResult[typ]
	for {
		o := rows[g.IntN(len(rows))]
		switch {
		case o.Has('A') && (!g.p.shared || g.IntN(4) > 0):
		case o.Has('T') && !o.IsMemAccess() && g.IntN(g.safe) > 0:
		default:
			return g.instr(o, depth)
		}
	}
}

// instr makes an instruction with operands. NaNs become canonical before their bits matter: those of arithmetic are not
// determined.
func (g *gen) instr(o *op.Op, depth int) *node {
	args := make([]*node, len(o.Params()))
	for i := range args {
		typ := o.Params()[i]
		if typ == 'a' {
			args[i] = g.address(o, depth-1)
			continue
		}
		args[i] = g.expr(typ, depth-1)
		bits := o.Has('S') || strings.Contains(o.Name, "reinterpret") || strings.HasSuffix(o.Name, "copysign")
		if bits && (typ == 'f' || typ == 'F') {
			args[i] = g.canonical(typ, args[i])
		}
	}
	head := o.Name
	if o.IsMemAccess() && g.IntN(2) == 0 {
		head += fmt.Sprintf(" offset=%d", []int{4, 8, 16, 64, 1024, 30000, 65520}[min(g.IntN(8), g.IntN(7))]/int(o.Width())*int(o.Width()))
	}
	typ := byte(0)
	if o.Results() != "" {
		typ = o.Results()[0]
	}
	return expr(typ, head, args...)
}

// address makes an address that is mostly in bounds, and aligned for atomics.
func (g *gen) address(o *op.Op, depth int) *node {
	if g.IntN(6*g.safe) == 0 {
		return g.expr('i', depth)
	}
	mask := uint64(0x7fff)
	if g.IntN(3) == 0 {
		mask = 0xff
	}
	if o.Has('A') {
		mask &^= uint64(o.Width() - 1)
	}
	if g.IntN(3) == 0 {
		return i32(g.Uint64() & mask)
	}
	return expr('i', "i32.and", g.expr('i', depth), i32(mask))
}

// canonical replaces a NaN by the canonical one.
func (g *gen) canonical(typ byte, x *node) *node {
	if strings.Contains(x.head, ".const") || strings.Contains(x.head, "convert") || strings.Contains(x.head, ".load") {
		return x
	}
	v, t := g.local(typ), watTypes[typ]
	test := kept(expr('i', t+".eq", kept(get(typ, v.name)), kept(get(typ, v.name))))
	return kept(expr(typ, "select", kept(expr(typ, "local.tee $"+v.name, x)), kept(expr(typ, t+".const nan")), test))
}

// list makes n statements.
func (g *gen) list(depth, n int) []*node {
	var out []*node
	for range n {
		if g.budget <= 0 || depth < 0 {
			break
		}
		out = append(out, g.stmt(depth))
	}
	return out
}

func (g *gen) stmt(depth int) *node {
	g.budget -= 2
	switch g.IntN(25) {
	case 23:
		return g.machine(depth)
	case 0, 1, 2, 3:
		return g.set(depth)
	case 4, 5:
		return g.globalSet(depth)
	case 6, 7, 8:
		return g.store(depth)
	case 9, 10:
		return g.ifStmt(depth)
	case 11:
		return g.blockStmt(depth)
	case 12, 13:
		return g.counted(depth)
	case 14:
		return g.whileLoop(depth)
	case 15:
		return g.multi(depth)
	case 16:
		return g.branch(depth)
	case 17:
		return g.branchTable(depth)
	case 18:
		return g.bulk(depth)
	case 19:
		return g.table(depth)
	case 20:
		return g.switchStmt(depth)
	case 21:
		if n := g.call("", depth); n != nil {
			return n
		}
	case 22:
		return stmt("drop", g.expr(g.letter(), depth))
	}
	return g.multiCall(depth)
}

func (g *gen) set(depth int) *node {
	v := g.f.locals[g.IntN(len(g.f.locals))]
	if v.name[0] == 'c' {
		return stmt("nop")
	}
	return stmt("local.set $"+v.name, g.expr(v.typ, depth+1))
}

func (g *gen) globalSet(depth int) *node {
	v := g.p.globals[g.IntN(len(g.p.globals))]
	return stmt("global.set $"+v.name, g.expr(v.typ, depth+1))
}

func (g *gen) store(depth int) *node {
	rows := rowsByResult[0]
	for {
		if o := rows[g.IntN(len(rows))]; !o.Has('A') || g.p.shared {
			return g.instr(o, depth+1)
		}
	}
}

func (g *gen) ifStmt(depth int) *node {
	cond := g.expr('i', depth)
	l, done := g.enter("", false)
	defer done()
	n := stmt("if $"+l, cond, then(g.list(depth-1, 1+g.IntN(3))...))
	if g.IntN(2) == 0 {
		n.args = append(n.args, orElse(g.list(depth-1, 1+g.IntN(3))...))
	}
	return n
}

func (g *gen) blockStmt(depth int) *node {
	l, done := g.enter("", false)
	defer done()
	return stmt("block $"+l, g.list(depth-1, 1+g.IntN(5))...)
}

// counter makes a variable that nothing else writes, and the label of a loop.
func (g *gen) counter() (c variable, label string) {
	c = g.local('i')
	c.name = "c" + c.name
	g.f.locals[len(g.f.locals)-1] = c
	g.loops++
	return c, fmt.Sprintf("L%d", g.loops)
}

// counted is a loop with a counter that nothing else writes. Its label is not for the body.
func (g *gen) counted(depth int) *node {
	if depth <= 1 {
		return g.set(depth)
	}
	c, l := g.counter()
	body := g.list(depth-2, 1+g.IntN(4))
	dec := kept(expr('i', "i32.sub", kept(get('i', c.name)), kept(i32(1))))
	again := kept(stmt("br_if $"+l, kept(expr('i', "local.tee $"+c.name, dec))))
	loop := stmt("loop $"+l, append(body, again)...)
	return &node{args: []*node{kept(stmt("local.set $"+c.name, kept(i32(uint64(1+g.IntN(6)))))), loop}}
}

// whileLoop is a loop with fuel; branches to its label may stand anywhere in it.
func (g *gen) whileLoop(depth int) *node {
	l, done := g.enter("", true)
	defer done()
	list := append([]*node{g.fuel()}, g.list(depth-1, 1+g.IntN(4))...)
	if g.IntN(2) == 0 {
		list = append(list, stmt("br_if $"+l, g.expr('i', depth-1)))
	}
	return stmt("loop $"+l, list...)
}

// machine is a loop around a switch over a variable that nothing else writes: the cases set it and go around.
func (g *gen) machine(depth int) *node {
	if depth <= 1 {
		return g.set(depth)
	}
	c, l := g.counter()
	n := 2 + g.IntN(4)
	set := func(x *node) *node { return kept(stmt("local.set $"+c.name, x)) }
	around := func(from int) *node {
		x := kept(i32(uint64(from + 1 + g.IntN(n-from))))
		if g.IntN(4) == 0 { // perhaps back
			x = kept(i32(uint64(g.IntN(n))))
		}
		if g.IntN(5) == 0 {
			x = kept(expr('i', "i32.and", g.expr('i', depth-2), kept(i32(3))))
		}
		return kept(&node{args: []*node{set(x), kept(stmt("br $" + l))}})
	}
	head := "br_table"
	for i := range n {
		head += fmt.Sprintf(" $%sc%d", l, i)
	}
	inner := kept(stmt(head+" $"+l+"out", kept(get('i', c.name))))
	for i := range n {
		list := append([]*node{kept(stmt(fmt.Sprintf("block $%sc%d", l, i), inner)), g.fuel()}, g.list(depth-2, g.IntN(3))...)
		if g.IntN(2) == 0 {
			list = append(list, stmt("if", g.expr('i', depth-2), then(around(i))))
		}
		switch g.IntN(4) {
		case 0, 1:
			list = append(list, around(i))
		case 2:
			list = append(list, stmt("br $"+l+"out"))
		}
		inner = kept(&node{args: list})
	}
	body := []*node{kept(stmt("block $"+l+"out", inner))}
	if g.IntN(3) == 0 {
		body = append(body, g.list(depth-2, g.IntN(2))...)
	}
	return &node{args: []*node{set(kept(i32(uint64(g.IntN(n))))), kept(stmt("loop $"+l, body...))}}
}

// multi is a block or loop with parameters and results.
func (g *gen) multi(depth int) *node {
	params, results := g.letters(1+g.IntN(3)), g.letters(1+g.IntN(3))
	loop := g.IntN(2) == 0
	labelTypes := results
	if loop {
		labelTypes = params
	}
	args := g.values(params, depth-1)
	l, done := g.enter(labelTypes, loop)
	defer done()
	head := "block $" + l
	if loop {
		head = "loop $" + l
	}
	first := &node{keep: true}
	for i := len(params) - 1; i >= 0; i-- {
		first.tail += " (local.set $" + g.local(params[i]).name + ")"
	}
	body := []*node{first}
	if loop {
		body = append(body, g.fuel())
	}
	body = append(body, g.list(depth-2, 1+g.IntN(3))...)
	if g.IntN(2) == 0 {
		body = append(body, g.conditional(g.labels[len(g.labels)-1], depth-2))
	}
	body = append(body, g.values(results, depth-2)...)
	n := &node{head: head + (sig{params: params, results: results}).String(), args: body}
	for i := len(results) - 1; i >= 0; i-- {
		n.tail += " (local.set $" + g.local(results[i]).name + ")"
	}
	return &node{args: append(args, n)}
}

// conditional is a br_if with values, which it drops if it is not taken.
func (g *gen) conditional(l label, depth int) *node {
	args := append(g.values(l.params, depth), g.expr('i', depth))
	n := &node{head: "br_if $" + l.name, args: args}
	n.tail = strings.Repeat(" (drop)", len(l.params))
	return n
}

// branch leaves a block under a condition: by br_if, or by br or return in an if.
func (g *gen) branch(depth int) *node {
	l := g.labels[g.IntN(len(g.labels))]
	if l.name == "" {
		return stmt("if", g.expr('i', depth), then(stmt("return", g.values(l.params, depth)...)))
	}
	if g.IntN(2) == 0 {
		return g.conditional(l, depth)
	}
	return stmt("if", g.expr('i', depth), then(stmt("br $"+l.name, g.values(l.params, depth)...)))
}

// branchTable branches to labels of one type.
func (g *gen) branchTable(depth int) *node {
	if len(g.labels) < 2 {
		return g.branch(depth)
	}
	first := g.labels[1+g.IntN(len(g.labels)-1)]
	head := "br_table"
	for range 1 + g.IntN(6) {
		if l := g.labels[1+g.IntN(len(g.labels)-1)]; l.params == first.params {
			head += " $" + l.name
		}
	}
	head += " $" + first.name
	jump := stmt(head, append(g.values(first.params, depth-1), g.expr('i', depth-1))...)
	return stmt("if", g.expr('i', depth-1), then(jump))
}

// switchStmt is a nest of blocks around a br_table, as C compilers make of a switch.
func (g *gen) switchStmt(depth int) *node {
	n := 2 + g.IntN(5)
	var names []string
	var done func()
	for range n {
		name, d := g.enter("", false)
		names, done = append(names, name), d
		defer done()
	}
	head := "br_table"
	for range n + g.IntN(3) {
		head += " $" + names[g.IntN(n)]
	}
	inner := stmt(head, g.expr('i', depth-1))
	for i := n - 1; i >= 0; i-- {
		inner = stmt("block $"+names[i], inner)
		if i > 0 {
			saved := g.labels
			g.labels = g.labels[:len(g.labels)-(n-i)]
			list := append([]*node{inner}, g.list(depth-2, g.IntN(3))...)
			if g.IntN(2) == 0 {
				list = append(list, stmt("br $"+names[0]))
			}
			g.labels = saved
			inner = &node{args: list}
		}
	}
	return inner
}

// bulk is a bulk memory instruction.
func (g *gen) bulk(depth int) *node {
	small := func() *node { return expr('i', "i32.and", g.expr('i', depth-1), i32(0xfff)) }
	size := func() *node { return expr('i', "i32.and", g.expr('i', depth-1), i32(0x3f)) }
	if g.IntN(10) == 0 {
		size = func() *node { return g.expr('i', depth-1) }
	}
	switch g.IntN(5) {
	case 0:
		return stmt("memory.fill", small(), g.expr('i', depth-1), size())
	case 1:
		return stmt("memory.init $d", small(), expr('i', "i32.and", g.expr('i', depth-1), i32(7)), expr('i', "i32.and", g.expr('i', depth-1), i32(7)))
	case 2:
		return stmt("if", g.expr('i', depth-1), then(stmt("data.drop $d")))
	}
	return stmt("memory.copy", small(), small(), size())
}

// table is an instruction on the table.
func (g *gen) table(depth int) *node {
	if !g.p.dynamic {
		return g.set(depth)
	}
	slot := func() *node { return expr('i', "i32.and", g.expr('i', depth-1), i32(15)) }
	ref := func() *node {
		switch g.IntN(3) {
		case 0:
			return expr('r', fmt.Sprintf("ref.func $f%d", g.IntN(len(g.p.sigs))))
		case 1:
			return expr('r', "ref.null func")
		}
		return expr('r', "table.get $t", slot())
	}
	switch g.IntN(6) {
	case 0:
		return stmt("table.set $t", slot(), ref())
	case 1:
		return stmt("table.fill $t", slot(), ref(), expr('i', "i32.and", g.expr('i', depth-1), i32(3)))
	case 2:
		return stmt("table.copy $t $t", slot(), slot(), expr('i', "i32.and", g.expr('i', depth-1), i32(7)))
	case 3:
		return stmt("table.init $t $e", slot(), expr('i', "i32.and", g.expr('i', depth-1), i32(1)), i32(2))
	case 4:
		return stmt("if", g.expr('i', depth-1), then(stmt("elem.drop $e")))
	}
	return stmt("table.set $t", slot(), expr('r', "select (result funcref)", ref(), ref(), g.expr('i', depth-1)))
}

// multiCall calls any function and puts its results into locals.
func (g *gen) multiCall(depth int) *node {
	s := g.p.sigs[g.IntN(len(g.p.sigs))]
	n := g.call(s.results, depth)
	if n == nil {
		return g.set(depth)
	}
	c := *n
	c.typ = 0
	for i := len(s.results) - 1; i >= 0; i-- {
		if v, ok := g.pick(g.f.locals, s.results[i]); ok {
			c.tail += " (local.set $" + v.name + ")"
		} else {
			c.tail += " (drop)"
		}
	}
	return &c
}

// text writes the module.
func (p *program) text() string {
	var b strings.Builder
	b.WriteString("(module\n(import \"host\" \"i32\" (func $h32 (param i32) (result i32)))\n")
	b.WriteString("(import \"host\" \"i64\" (func $h64 (param i64) (result i64)))\n")
	for i, s := range p.sigs {
		fmt.Fprintf(&b, "(type $s%d (func%s))\n", i, s)
	}
	shared := ""
	if p.shared {
		shared = " shared"
	}
	fmt.Fprintf(&b, "(memory (export \"memory\") 1 3%s)\n(data (i32.const 0) \"%s\")\n(data $d \"passive!data\")\n", shared, noise(64, byte(p.seed)))
	b.WriteString("(global $fuel (mut i32) (i32.const 0))\n")
	for _, v := range p.globals {
		fmt.Fprintf(&b, "(global $%s (mut %s) %s)\n", v.name, watTypes[v.typ], constExpr(v.typ, interesting[v.typ][1]))
	}
	for _, name := range p.exports {
		fmt.Fprintf(&b, "(export %q (global $%s))\n", name, name)
	}
	b.WriteString("(table $t 14 20 funcref)\n(elem (i32.const 0) func")
	for i := range p.sigs {
		fmt.Fprintf(&b, " $f%d", i)
	}
	b.WriteString(")\n(elem $e func $f1 $f2)\n")
	for i, f := range p.bodies {
		f.write(&b, i)
	}
	return b.String() + ")\n"
}

func (f *guest) write(b *strings.Builder, i int) {
	fmt.Fprintf(b, "(func $e%d (export \"e%d\")%s\n  (global.set $fuel (i32.const %d)) (call $f%d", i, i, f.sig, maxFuel, i)
	for k := range f.sig.params {
		fmt.Fprintf(b, " (local.get %d)", k)
	}
	fmt.Fprintf(b, "))\n(func $f%d (type $s%d)", i, i)
	for k, v := range f.locals {
		if k < len(f.sig.params) {
			fmt.Fprintf(b, " (param $%s %s)", v.name, watTypes[v.typ])
		}
	}
	for k := range f.sig.results {
		fmt.Fprintf(b, " (result %s)", watTypes[f.sig.results[k]])
	}
	for k, v := range f.locals {
		if k >= len(f.sig.params) {
			fmt.Fprintf(b, " (local $%s %s)", v.name, watTypes[v.typ])
		}
	}
	for _, n := range f.body.args {
		b.WriteString("\n  ")
		n.write(b)
	}
	b.WriteString(")\n")
}
