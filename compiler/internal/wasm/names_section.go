package wasm

import "unicode/utf8"

// Subsections of the name section (spec: 7.4.1); 7 is of the extended-name-section proposal.
const (
	subModule = 0
	subFuncs  = 1
	subLocals = 2
	subGlobal = 7
)

// FuncName returns the name of function i from the name section, or "".
func (m *Module) FuncName(i uint32) string { return m.Names.Funcs[i] }

// names reads the first name section. Errors end the reading and are dropped: names never make a module malformed.
func (d *decoder) names() {
	for _, s := range d.m.Customs {
		if s.Name == "name" {
			n := nameDecoder{cursor: cursor{b: d.b, pos: s.Start, end: s.End}, m: d.m}
			n.section()
			return
		}
	}
}

// nameDecoder keeps a cursor of its own, whose errors concern nobody else.
type nameDecoder struct {
	cursor
	m *Module
}

func (n *nameDecoder) section() {
	for n.err == nil && n.left() > 0 {
		id := n.byte()
		size := n.count(1)
		if n.err != nil {
			return
		}
		whole := n.end
		n.end = n.pos + size
		n.subsection(id)
		n.pos, n.end = n.end, whole
	}
}

func (n *nameDecoder) subsection(id byte) {
	names := &n.m.Names
	switch id {
	case subModule:
		names.Module = n.name()
	case subFuncs:
		names.Funcs = n.nameMap(len(n.m.FuncTypes))
	case subLocals:
		names.Locals = n.indirect(len(n.m.FuncTypes))
	case subGlobal:
		names.Globals = n.nameMap(len(n.m.GlobalTypes))
	}
}

// nameMap reads a name map. Indices that do not exist (limit) and empty names are dropped; a hostile section gains
// nothing by them.
func (n *nameDecoder) nameMap(limit int) map[uint32]string {
	count := n.count(2)
	var m map[uint32]string
	if limit > 0 {
		m = make(map[uint32]string, min(count, limit))
	}
	for i := 0; i < count && n.err == nil; i++ {
		index, p := n.u32(), n.take(n.count(1))
		if n.err == nil && len(p) > 0 && int64(index) < int64(limit) && utf8.Valid(p) {
			m[index] = string(p)
		}
	}
	return m
}

func (n *nameDecoder) indirect(limit int) map[uint32]map[uint32]string {
	count := n.count(2)
	m := make(map[uint32]map[uint32]string, min(count, limit))
	for i := 0; i < count && n.err == nil; i++ {
		index := n.u32()
		inner := n.nameMap(n.numLocals(index))
		if len(inner) > 0 {
			m[index] = inner
		}
	}
	return m
}

// numLocals bounds the local indices of function f: 0 if there is no such function.
func (n *nameDecoder) numLocals(f uint32) int {
	if int64(f) >= int64(len(n.m.FuncTypes)) {
		return 0
	}
	return MaxParams + MaxLocals
}
