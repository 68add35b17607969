package wat

import "github.com/wasm2go/wasm2go/compiler/internal/wasm"

// spaceOf returns the index space of an import or export kind.
func (a *assembler) spaceOf(k wasm.ExternKind) *space {
	return [...]*space{
		wasm.KindFunc: &a.funcs, wasm.KindTable: &a.tables, wasm.KindMemory: &a.memories, wasm.KindGlobal: &a.globals,
	}[k]
}

// declareIn gives the next index of s to the identifier that may stand here.
func (a *assembler) declareIn(s *space) {
	at := int(a.tok().start)
	if id := a.id(); id != "" {
		if _, taken := s.names[id]; taken {
			a.fail(at, "duplicate %s $%s", s.field, id)
		}
		if s.names == nil {
			s.names = map[string]uint32{}
		}
		s.names[id] = s.count
	}
	s.count++
}

// index passes an index: a number, which is not checked, or an identifier of s.
func (a *assembler) index(s *space) uint32 {
	if a.tok().kind != tokID {
		return a.u32()
	}
	at := int(a.tok().start)
	id := a.id()
	i, ok := s.names[id]
	if !ok {
		a.fail(at, "unknown %s $%s", s.index, id)
	}
	return i
}

// optionalIndex is index where one stands, else 0.
func (a *assembler) optionalIndex(s *space) uint32 {
	if !a.isIndex() {
		return 0
	}
	return a.index(s)
}

func (a *assembler) declareType() {
	a.declareIn(&a.typeNames)
	a.enter("func")
	a.addType(a.signature(&locals{}))
	a.leave()
}

func (a *assembler) declareImport() {
	at := int(a.tok().start)
	a.importNames()
	kind, ok := externKinds[a.opened()]
	if !ok {
		a.unexpected()
	}
	a.pos += 2
	a.declareImported(at, kind)
}

func (a *assembler) declareImported(at int, kind wasm.ExternKind) {
	if a.defined != "" {
		a.fail(at, "import after %s", a.defined)
	}
	a.declareIn(a.spaceOf(kind))
}

// declare is for fields that may be imported in place.
func declare(kind wasm.ExternKind) func(*assembler) {
	return func(a *assembler) {
		at, start := int(a.tok().start), a.pos
		a.id()
		for a.opened() == "export" {
			a.skipForm()
		}
		if a.opened() == "import" {
			a.pos = start
			a.declareImported(at, kind)
			return
		}
		a.declareInlineSegment(kind)
		a.pos = start
		a.declareIn(a.spaceOf(kind))
		a.defined = a.spaceOf(kind).index
	}
}

// declareInlineSegment counts the segment of (memory (data ...)) and (table reftype (elem ...)).
func (a *assembler) declareInlineSegment(kind wasm.ExternKind) {
	switch kind {
	case wasm.KindMemory:
		a.addressType()
		if a.opened() == "data" {
			a.datas.count++
		}
	case wasm.KindTable:
		a.addressType()
		if a.tok().kind != tokNumber {
			a.elems.count++
		}
	}
}

func (a *assembler) declareStart() {
	if a.started {
		a.fail(int(a.tok().start), "multiple start sections")
	}
	a.started = true
}

// importNames passes the two names of an import.
func (a *assembler) importNames() (module, name string) {
	module = a.utf8Name()
	return module, a.utf8Name()
}
