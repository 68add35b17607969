package wat

import (
	"math/bits"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// frame is a block that is open while instructions are read; frame 0 is the function or expression itself.
type frame struct {
	code  op.Code // Block, Loop, If, or Else behind an else
	label string  // "" if it has none
}

func (a *assembler) pushFrame(code op.Code, label string) {
	if label != "" {
		a.labels[label] = append(a.labels[label], len(a.frames))
	}
	a.frames = append(a.frames, frame{code, label})
}

func (a *assembler) popFrame() {
	last := len(a.frames) - 1
	if l := a.frames[last].label; l != "" {
		a.labels[l] = a.labels[l][:len(a.labels[l])-1]
	}
	a.frames = a.frames[:last]
}

// expr encodes the instructions that body reads as an expression, with l as its locals.
func (a *assembler) expr(l *locals, body func()) []byte {
	a.locals, a.code = l, nil
	a.pushFrame(op.Block, "")
	body()
	a.popFrame()
	return append(a.code, byte(op.End))
}

// instrs passes instructions up to a closing parenthesis, which stays. Blocks opened in it end in it.
func (a *assembler) instrs() {
	base := len(a.frames)
	for {
		switch a.tok().kind {
		case tokOpen:
			a.folded()
		case tokKeyword:
			a.plain(base)
		case tokClose:
			if len(a.frames) > base {
				a.unexpected()
			}
			return
		default:
			a.unexpected()
		}
	}
}

// mnemonic passes the name of an instruction.
func (a *assembler) mnemonic() *op.Op {
	o := instruction(a.keyword())
	if o == nil || !o.Proposal.Supported() {
		a.unexpected()
	}
	a.pos++
	return o
}

// plain passes an instruction that is not folded.
func (a *assembler) plain(base int) {
	o := a.mnemonic()
	switch o.Code {
	case op.Block, op.Loop, op.If:
		label := a.id()
		a.code = a.blockType(appendOpcode(a.code, o.Code))
		a.pushFrame(o.Code, label)
	case op.Else:
		a.wantOpen(base, op.If)
		a.repeatedLabel()
		a.frames[len(a.frames)-1].code = op.Else
		a.code = append(a.code, byte(op.Else))
	case op.End:
		a.wantOpen(base, a.frames[len(a.frames)-1].code)
		a.repeatedLabel()
		a.popFrame()
		a.code = append(a.code, byte(op.End))
	default:
		a.code = a.instruction(a.code, o)
	}
}

// wantOpen fails at the mnemonic just passed unless a block of kind code is open.
func (a *assembler) wantOpen(base int, code op.Code) {
	if len(a.frames) == base || a.frames[len(a.frames)-1].code != code {
		a.pos--
		a.unexpected()
	}
}

// repeatedLabel passes the label that may follow else and end.
func (a *assembler) repeatedLabel() {
	at := int(a.tok().start)
	if id := a.id(); id != "" && id != a.frames[len(a.frames)-1].label {
		a.fail(at, "mismatching label $%s", id)
	}
}

// folded passes a folded instruction. Its depth is bounded by the lexer.
func (a *assembler) folded() {
	a.expect(tokOpen)
	switch o := a.mnemonic(); o.Code {
	case op.Block, op.Loop:
		label := a.id()
		a.code = a.blockType(appendOpcode(a.code, o.Code))
		a.foldedBody(o.Code, label)
		a.code = append(a.code, byte(op.End))
	case op.If:
		a.foldedIf()
	case op.Else, op.End:
		a.pos--
		a.unexpected()
	default:
		start := len(a.pending)
		a.pending = a.instruction(a.pending, o)
		a.operands()
		a.flush(start)
		a.leave()
	}
}

// foldedBody passes "instr* )" inside a block.
func (a *assembler) foldedBody(code op.Code, label string) {
	a.pushFrame(code, label)
	a.instrs()
	a.popFrame()
	a.leave()
}

// foldedIf passes "label bt operand* (then instr*) (else instr*)? )". The operands stand outside the label.
func (a *assembler) foldedIf() {
	label, start := a.id(), len(a.pending)
	a.pending = a.blockType(append(a.pending, byte(op.If)))
	a.operands()
	a.flush(start)
	a.enter("then")
	a.foldedBody(op.If, label)
	if a.tryEnter("else") {
		a.code = append(a.code, byte(op.Else))
		a.foldedBody(op.Else, label)
	}
	a.leave()
	a.code = append(a.code, byte(op.End))
}

// operands passes folded instructions up to the first other token.
func (a *assembler) operands() {
	for a.tok().kind == tokOpen && a.opened() != "then" {
		a.folded()
	}
}

// flush moves what waits in pending behind start to the code: an instruction stands behind its operands, but its
// immediates are read before them.
func (a *assembler) flush(start int) {
	a.code = append(a.code, a.pending[start:]...)
	a.pending = a.pending[:start]
}

// blockType passes the type of a block.
func (a *assembler) blockType(dst []byte) []byte {
	if a.opened() == "type" {
		return appendS(dst, int64(a.typeUse(nil)))
	}
	switch t := a.signature(nil); {
	case t.empty():
		return append(dst, 0x40)
	case t.params == "" && len(t.results) == 1:
		return append(dst, t.results...)
	default:
		return appendS(dst, int64(a.implicitType(t)))
	}
}

// instruction passes the immediates of o and appends o to dst.
func (a *assembler) instruction(dst []byte, o *op.Op) []byte {
	if o.Code == op.Select && a.opened() == "result" {
		o = op.Lookup(op.SelectT)
	}
	dst = appendOpcode(dst, o.Code)
	if form := immForms[o.Imm]; form != nil {
		return form(a, dst, o)
	}
	for i := 0; i < len(o.Imm); i++ {
		dst = immLetters[o.Imm[i]](a, dst, o)
	}
	return dst
}

// immediate passes immediates in text order and appends them to dst in binary order.
type immediate = func(a *assembler, dst []byte, o *op.Op) []byte

// immForms are combinations of immediates whose order in the text is not that of the binary format, or which are
// omitted together.
var immForms = map[string]immediate{
	"tT": callIndirect,
	"dM": segmentInit(func(a *assembler) *space { return &a.datas }, func(a *assembler) *space { return &a.memories }),
	"eT": segmentInit(func(a *assembler) *space { return &a.elems }, func(a *assembler) *space { return &a.tables }),
	"MM": bothOrNone(func(a *assembler) *space { return &a.memories }),
	"TT": bothOrNone(func(a *assembler) *space { return &a.tables }),
	"mL": memargLane,
}

var immLetters = [256]immediate{
	op.ImmLabel:    label,
	op.ImmTable:    labels,
	op.ImmFunc:     indexOf(func(a *assembler) *space { return &a.funcs }),
	op.ImmType:     indexOf(func(a *assembler) *space { return &a.typeNames }),
	op.ImmGlobal:   indexOf(func(a *assembler) *space { return &a.globals }),
	op.ImmData:     indexOf(func(a *assembler) *space { return &a.datas }),
	op.ImmElem:     indexOf(func(a *assembler) *space { return &a.elems }),
	op.ImmTab:      optionalIndex(func(a *assembler) *space { return &a.tables }),
	op.ImmMem:      optionalIndex(func(a *assembler) *space { return &a.memories }),
	op.ImmLocal:    localIndex,
	op.ImmMemarg:   memarg,
	op.ImmLane:     func(a *assembler, dst []byte, _ *op.Op) []byte { return append(dst, a.lane()) },
	op.ImmShuffle:  shuffle,
	op.ImmRefType:  func(a *assembler, dst []byte, _ *op.Op) []byte { return append(dst, a.heapType()) },
	op.ImmSelect:   selectTypes,
	op.ImmI32:      func(a *assembler, dst []byte, _ *op.Op) []byte { return appendS(dst, int64(int32(a.intBits(32)))) },
	op.ImmI64:      func(a *assembler, dst []byte, _ *op.Op) []byte { return appendS(dst, int64(a.intBits(64))) },
	op.ImmF32:      func(a *assembler, dst []byte, _ *op.Op) []byte { return appendLE(dst, a.floatBits(32), 4) },
	op.ImmF64:      func(a *assembler, dst []byte, _ *op.Op) []byte { return appendLE(dst, a.floatBits(64), 8) },
	op.ImmV128:     vector,
	op.ImmZeroByte: func(_ *assembler, dst []byte, _ *op.Op) []byte { return append(dst, 0) },
}

// pick returns an index space of an assembler: the tables of immediates are made before any assembler is.
type pick = func(a *assembler) *space

func indexOf(s pick) immediate {
	return func(a *assembler, dst []byte, o *op.Op) []byte {
		a.usesDataCount = a.usesDataCount || o.Code == op.DataDrop
		return appendU(dst, uint64(a.index(s(a))))
	}
}

func optionalIndex(s pick) immediate {
	return func(a *assembler, dst []byte, _ *op.Op) []byte {
		return appendU(dst, uint64(a.optionalIndex(s(a))))
	}
}

// segmentInit is "x? seg", in the binary format "seg x".
func segmentInit(segments, targets pick) immediate {
	return func(a *assembler, dst []byte, o *op.Op) []byte {
		a.usesDataCount = a.usesDataCount || o.Code == op.MemoryInit
		target := uint32(0)
		if k := a.toks[a.pos+1].kind; a.isIndex() && (k == tokNumber || k == tokID) {
			target = a.index(targets(a))
		}
		return appendU(appendU(dst, uint64(a.index(segments(a)))), uint64(target))
	}
}

func bothOrNone(s pick) immediate {
	return func(a *assembler, dst []byte, _ *op.Op) []byte {
		if !a.isIndex() {
			return append(dst, 0, 0)
		}
		dst = appendU(dst, uint64(a.index(s(a))))
		return appendU(dst, uint64(a.index(s(a))))
	}
}

func callIndirect(a *assembler, dst []byte, _ *op.Op) []byte {
	table := a.optionalIndex(&a.tables)
	return appendU(appendU(dst, uint64(a.typeUse(nil))), uint64(table))
}

func localIndex(a *assembler, dst []byte, _ *op.Op) []byte {
	s := space{index: "local", names: a.locals.names}
	return appendU(dst, uint64(a.index(&s)))
}

func label(a *assembler, dst []byte, _ *op.Op) []byte {
	if a.tok().kind != tokID {
		return appendU(dst, uint64(a.u32()))
	}
	at := int(a.tok().start)
	name := a.id()
	depths := a.labels[name]
	if len(depths) == 0 {
		a.fail(at, "unknown label $%s", name)
	}
	return appendU(dst, uint64(len(a.frames)-1-depths[len(depths)-1]))
}

// labels is the vector of br_table; the last one, the default, is not counted.
func labels(a *assembler, dst []byte, o *op.Op) []byte {
	vec, n := label(a, nil, o), uint64(0)
	for ; a.isIndex(); n++ {
		vec = label(a, vec, o)
	}
	return append(appendU(dst, n), vec...)
}

func selectTypes(a *assembler, dst []byte, _ *op.Op) []byte {
	var ts []byte
	for a.tryEnter("result") {
		ts = append(ts, a.valTypes()...)
	}
	return appendBytes(dst, ts)
}

// memoryFlag in the alignment of a memarg says that a memory index follows (multi-memory).
const memoryFlag = 0x40

func memarg(a *assembler, dst []byte, o *op.Op) []byte {
	return a.memarg(dst, a.optionalIndex(&a.memories), o)
}

// memargLane is a memarg and a lane index. A number is a memory index only if something of the rest follows it.
func memargLane(a *assembler, dst []byte, o *op.Op) []byte {
	memory := uint32(0)
	behind := a.toks[a.pos+1].kind
	if a.tok().kind == tokID || a.isIndex() && (behind == tokNumber || behind == tokKeyword && a.memargNext(1)) {
		memory = a.index(&a.memories)
	}
	return append(a.memarg(dst, memory, o), a.lane())
}

func (a *assembler) memargNext(ahead int) bool { return memargWord(a.word(a.toks[a.pos+ahead])) }

// memarg passes "offset=n? align=n?".
func (a *assembler) memarg(dst []byte, memory uint32, o *op.Op) []byte {
	offset, align := uint64(0), uint64(o.Width())
	if at, v, ok := a.memargField("offset="); ok {
		a.check32(at, v, "offset")
		offset = v
	}
	if at, v, ok := a.memargField("align="); ok {
		if bits.OnesCount64(v) != 1 {
			a.fail(at, "alignment must be a power of two")
		}
		align = v
	}
	exponent := uint64(bits.TrailingZeros64(align))
	if memory == 0 {
		return appendU(appendU(dst, exponent), offset)
	}
	return appendU(appendU(appendU(dst, exponent|memoryFlag), uint64(memory)), offset)
}

// memargField passes a word "key=nat".
func (a *assembler) memargField(key string) (at int, v uint64, ok bool) {
	digits, ok := strings.CutPrefix(a.keyword(), key)
	if !ok {
		return 0, 0, false
	}
	at = int(a.tok().start)
	v, status := parseUint(digits, 64)
	switch status {
	case literalKind:
		a.unexpected()
	case literalRange:
		a.fail(at, "i64 constant out of range: %s", digits)
	}
	a.pos++
	return at, v, true
}

func (p *parser) intBits(width int) uint64 { return p.number(parseIntBits, width, "") }

func (p *parser) floatBits(width int) uint64 { return p.number(parseFloatBits, width, "") }

func (p *parser) lane() byte { return byte(p.number(parseUint, 8, "i8 ")) }

// shape is how v128.const and the results of scripts divide a vector.
type shape struct {
	lanes, width int
	float        bool
}

var shapes = map[string]shape{
	"i8x16": {16, 8, false}, "i16x8": {8, 16, false}, "i32x4": {4, 32, false}, "i64x2": {2, 64, false},
	"f32x4": {4, 32, true}, "f64x2": {2, 64, true},
}

// isLiteral reports whether a number stands here.
func (p *parser) isLiteral() bool {
	t := p.tok()
	return t.kind == tokNumber || t.kind == tokKeyword && isFloat(p.word(t))
}

func (p *parser) shape() shape {
	s, ok := shapes[p.keyword()]
	if !ok {
		p.unexpected()
	}
	p.pos++
	return s
}

func vector(a *assembler, dst []byte, _ *op.Op) []byte {
	s := a.shape()
	a.checkLanes(s)
	for i := 0; i < s.lanes; i++ {
		if s.float {
			dst = appendLE(dst, a.floatBits(s.width), s.width/8)
		} else {
			dst = appendLE(dst, a.intBits(s.width), s.width/8)
		}
	}
	return dst
}

// checkLanes looks ahead at the literals of a vector: their number is checked before their values.
func (p *parser) checkLanes(s shape) {
	start, n := p.pos, 0
	for ; p.isLiteral(); n++ {
		p.pos++
	}
	ended := p.tok().kind == tokOpen || p.tok().kind == tokClose
	if n > s.lanes || n < s.lanes && ended {
		p.fail(int(p.tok().start), "wrong number of lane literals: %d, %d expected", n, s.lanes)
	}
	p.pos = start
}

func shuffle(a *assembler, dst []byte, _ *op.Op) []byte {
	n := 0
	for ; a.isLiteral(); n++ {
		t := a.next()
		v, status := parseUint(a.word(t), 8)
		if status != literalOK {
			a.fail(int(t.start), "i8 constant out of range: %s (malformed lane index)", a.word(t))
		}
		dst = append(dst, byte(v))
	}
	if n != 16 {
		a.fail(int(a.tok().start), "invalid lane length: %d lane indices, 16 expected", n)
	}
	return dst
}
