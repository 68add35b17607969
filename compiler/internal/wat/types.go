package wat

import (
	"math"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// funcType is a function type; params and results hold the codes of the binary format, so that it is comparable.
type funcType struct {
	params, results string
}

func (t funcType) encode() []byte { return appendBytes(appendBytes([]byte{0x60}, t.params), t.results) }

func (t funcType) empty() bool { return t == funcType{} }

// valType passes a value type. Of typed references only those are known that the binary format abbreviates.
func (p *parser) valType() byte {
	if t, ok := valTypes[p.keyword()]; ok {
		p.pos++
		return byte(t)
	}
	if p.opened() != "ref" {
		p.unexpected()
	}
	return p.typedRef()
}

// typedRef passes (ref null func) or (ref null extern), the long forms of funcref and externref.
func (p *parser) typedRef() byte {
	at := int(p.tok().start)
	p.enter("ref")
	null := p.tryKeyword("null")
	if m := missingProposal(p.keyword()); m != op.Core1 {
		p.unsupported(at, m, "ref "+p.keyword())
	}
	t, ok := heapTypes[p.keyword()]
	if !null || !ok {
		p.unsupported(at, op.FunctionReferences, "typed reference")
	}
	p.pos++
	p.leave()
	return byte(t)
}

// refType passes a reference type.
func (p *parser) refType() byte {
	at := p.pos
	t := p.valType()
	if !wasm.ValType(t).IsRef() {
		p.pos = at
		p.unexpected()
	}
	return t
}

// heapType passes the immediate of ref.null.
func (p *parser) heapType() byte {
	if p.isIndex() {
		p.unsupported(int(p.tok().start), op.FunctionReferences, "concrete heap type")
	}
	t, ok := heapTypes[p.keyword()]
	if !ok {
		p.unexpected()
	}
	p.pos++
	return byte(t)
}

// signature passes (param ...)* (result ...)*. Parameters may be named only where locals are given to bind them.
func (p *parser) signature(l *locals) funcType {
	var params, results []byte
	for p.tryEnter("param") {
		params = append(params, p.declarations(l)...)
	}
	for p.tryEnter("result") {
		results = append(results, p.valTypes()...)
	}
	if w := p.opened(); w == "param" || w == "type" {
		p.fail(int(p.tok().start), "unexpected token %s: parameters stand before results", w)
	}
	return funcType{string(params), string(results)}
}

// valTypes passes value types and a closing parenthesis.
func (p *parser) valTypes() []byte {
	var ts []byte
	for !p.closed() {
		ts = append(ts, p.valType())
	}
	return ts
}

// declarations passes the rest of a param or local: "$x t)" or "t*)".
func (p *parser) declarations(l *locals) []byte {
	if p.tok().kind != tokID || l == nil {
		ts := p.valTypes()
		l.add(len(ts))
		return ts
	}
	at := int(p.tok().start)
	name := p.id()
	if !l.bind(name) {
		p.fail(at, "duplicate local $%s", name)
	}
	t := p.valType()
	p.leave()
	return []byte{t}
}

// locals is the index space of a function's parameters and locals. A nil one takes no names.
type locals struct {
	names map[string]uint32
	count uint32
}

func (l *locals) add(n int) {
	if l != nil {
		l.count += uint32(n)
	}
}

func (l *locals) bind(name string) bool {
	if _, taken := l.names[name]; taken {
		return false
	}
	if l.names == nil {
		l.names = map[string]uint32{}
	}
	l.names[name] = l.count
	l.count++
	return true
}

// typeUse passes a type use and returns its type index; a type that is not there yet is appended (spec: 6.4.7, 6.6.4).
func (a *assembler) typeUse(l *locals) uint32 {
	if a.opened() != "type" {
		return a.implicitType(a.signature(l))
	}
	index := a.explicitType()
	at := int(a.tok().start)
	inline := a.signature(l)
	known := uint64(index) < uint64(len(a.types))
	switch {
	case inline.empty() && known:
		l.add(len(a.types[index].params))
	case inline.empty():
	case !known:
		a.fail(at, "unknown type %d", index)
	case a.types[index] != inline:
		a.fail(at, "inline function type does not match type %d", index)
	}
	return index
}

// explicitType passes "(type x)".
func (a *assembler) explicitType() uint32 {
	a.enter("type")
	index := a.index(&a.typeNames)
	a.leave()
	return index
}

// implicitType returns the smallest index of t, which is appended if it is not there.
func (a *assembler) implicitType(t funcType) uint32 {
	if i, ok := a.typeIndex[t]; ok {
		return i
	}
	return a.addType(t)
}

func (a *assembler) addType(t funcType) uint32 {
	i := uint32(len(a.types))
	a.types = append(a.types, t)
	if _, ok := a.typeIndex[t]; !ok {
		a.typeIndex[t] = i
	}
	return i
}

// addressType passes the optional address type of a memory or table.
func (p *parser) addressType() {
	if p.keyword() == "i64" {
		p.unsupported(int(p.tok().start), op.Memory64, "address type i64")
	}
	p.tryKeyword("i32")
}

// limits passes "min max?" and, for memories, "shared", and returns the encoded limits.
func (p *parser) limits(memory bool) []byte {
	flags, bounds := byte(0), appendU(nil, p.size("limit"))
	if p.tok().kind == tokNumber {
		flags, bounds = 1, appendU(bounds, p.size("limit"))
	}
	if memory && p.tryKeyword("shared") {
		flags |= 2
	}
	return append([]byte{flags}, bounds...)
}

// size passes a size or offset: 64 bits in the text, of which only memory64 can use the upper half.
func (p *parser) size(what string) uint64 {
	at := int(p.tok().start)
	v := p.number(parseUint, 64, "i64 ")
	p.check32(at, v, what)
	return v
}

func (p *parser) check32(at int, v uint64, what string) {
	if v > math.MaxUint32 {
		p.unsupported(at, op.Memory64, "i32 constant out of range: "+what)
	}
}

// tableType passes "limits reftype" and returns it encoded.
func (p *parser) tableType() []byte {
	p.addressType()
	l := p.limits(false)
	return append([]byte{p.refType()}, l...)
}

// memoryType passes "limits shared?".
func (p *parser) memoryType() []byte {
	p.addressType()
	return p.limits(true)
}

// globalType passes "t" or "(mut t)".
func (p *parser) globalType() []byte {
	if !p.tryEnter("mut") {
		return []byte{p.valType(), 0}
	}
	t := p.valType()
	p.leave()
	return []byte{t, 1}
}
