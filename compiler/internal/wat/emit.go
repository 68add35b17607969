package wat

import (
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Flags of segments (spec: 5.5.12, 5.5.14).
const (
	segPassive  = 1 // passive, or declarative with segExplicit
	segExplicit = 2 // an index of a table or memory follows
	segExprs    = 4 // elements are expressions
)

// nextIndex returns the index of the next function, table, memory or global that emit passes.
func (a *assembler) nextIndex(kind wasm.ExternKind) uint32 {
	a.emitted[kind]++
	return a.emitted[kind] - 1
}

// emitType passes a type, which declareType has read already.
func (a *assembler) emitType() {
	a.id()
	a.skipForm()
}

// emitImport passes "module name (kind id? type)".
func (a *assembler) emitImport() {
	module, name := a.importNames()
	kind := externKinds[a.opened()]
	a.pos += 2
	a.id()
	a.addImport(kind, a.nextIndex(kind), module, name)
	a.leave()
}

// addImport passes the type of an import.
func (a *assembler) addImport(kind wasm.ExternKind, index uint32, module, name string) {
	entry := append(appendBytes(appendBytes(nil, module), name), kind)
	switch kind {
	case wasm.KindFunc:
		l := &locals{}
		entry = appendU(entry, uint64(a.typeUse(l)))
		a.nameLocals(index, l)
	case wasm.KindTable:
		entry = append(entry, a.tableType()...)
	case wasm.KindMemory:
		entry = append(entry, a.memoryType()...)
	case wasm.KindGlobal:
		entry = append(entry, a.globalType()...)
	}
	a.sections[secImport].add(entry...)
}

// inline passes "id? (export name)* (import module name)?". If there is an import, it passes the type too and returns
// true: the field is done.
func (a *assembler) inline(kind wasm.ExternKind) (index uint32, imported bool) {
	a.id()
	index = a.nextIndex(kind)
	for a.tryEnter("export") {
		a.addExport(a.utf8Name(), kind, index)
		a.leave()
	}
	if !a.tryEnter("import") {
		return index, false
	}
	module, name := a.importNames()
	a.leave()
	a.addImport(kind, index, module, name)
	return index, true
}

func (a *assembler) addExport(name string, kind wasm.ExternKind, index uint32) {
	a.sections[secExport].add(appendU(append(appendBytes(nil, name), kind), uint64(index))...)
}

// emitExport passes "name (kind x)".
func (a *assembler) emitExport() {
	name := a.utf8Name()
	kind, ok := externKinds[a.opened()]
	if !ok {
		a.unexpected()
	}
	a.pos += 2
	a.addExport(name, kind, a.index(a.spaceOf(kind)))
	a.leave()
}

// emitStart passes a function index.
func (a *assembler) emitStart() {
	a.sections[secStart].body = appendU(nil, uint64(a.index(&a.funcs)))
}

func (a *assembler) emitFunc() {
	index, imported := a.inline(wasm.KindFunc)
	if imported {
		return
	}
	l := &locals{}
	a.sections[secFunc].add(appendU(nil, uint64(a.typeUse(l)))...)
	var types []byte
	for a.tryEnter("local") {
		types = append(types, a.declarations(l)...)
	}
	a.nameLocals(index, l)
	code := append(localRuns(types), a.expr(l, a.instrs)...)
	a.sections[secCode].add(appendBytes(nil, code)...)
}

// localRuns encodes the types of locals as runs.
func localRuns(types []byte) []byte {
	var runs section
	for len(types) > 0 {
		n := 1
		for n < len(types) && types[n] == types[0] {
			n++
		}
		runs.add(append(appendU(nil, uint64(n)), types[0])...)
		types = types[n:]
	}
	return append(appendU(nil, uint64(runs.count)), runs.body...)
}

// nameLocals adds the names of a function's locals to the name section.
func (a *assembler) nameLocals(index uint32, l *locals) {
	if len(l.names) > 0 {
		a.localNames.add(append(appendU(nil, uint64(index)), nameMap(l.names)...)...)
	}
}

// emitGlobal passes "type instr*".
func (a *assembler) emitGlobal() {
	if _, imported := a.inline(wasm.KindGlobal); imported {
		return
	}
	t := a.globalType()
	a.sections[secGlobal].add(append(t, a.expr(&locals{}, a.instrs)...)...)
}

// emitMemory passes a memory type, or "(data string*)", which sets type and content.
func (a *assembler) emitMemory() {
	index, imported := a.inline(wasm.KindMemory)
	if imported {
		return
	}
	start := a.pos
	a.addressType()
	if !a.tryEnter("data") {
		a.pos = start
		a.sections[secMemory].add(a.memoryType()...)
		return
	}
	content := a.strs()
	a.leave()
	pages := uint64(len(content)+wasm.PageSize-1) / wasm.PageSize
	a.sections[secMemory].add(appendU(appendU([]byte{1}, pages), pages)...)
	a.addData(index, []byte{byte(op.I32Const), 0, byte(op.End)}, content)
}

// emitData passes "id? (memory x)? offset? string*".
func (a *assembler) emitData() {
	a.id()
	memory, explicit := a.target("memory", &a.memories)
	if !explicit && a.tok().kind != tokOpen {
		a.sections[secData].add(appendBytes([]byte{segPassive}, a.strs())...)
		return
	}
	offset := a.offset()
	a.addData(memory, offset, a.strs())
}

func (a *assembler) addData(memory uint32, offset, content []byte) {
	a.sections[secData].add(appendBytes(append(activeHeader(0, memory), offset...), content)...)
}

// activeHeader encodes flags and, where it is not 0, the index of an active segment's table or memory.
func activeHeader(flags byte, index uint32) []byte {
	if index == 0 {
		return []byte{flags}
	}
	return appendU([]byte{flags | segExplicit}, uint64(index))
}

// target passes "(word x)" or its abbreviation "x".
func (a *assembler) target(word string, s *space) (index uint32, ok bool) {
	if a.isIndex() {
		return a.index(s), true
	}
	if !a.tryEnter(word) {
		return 0, false
	}
	index = a.index(s)
	a.leave()
	return index, true
}

// offset passes "(offset instr*)" or a folded instruction.
func (a *assembler) offset() []byte { return a.itemExpr("offset") }

// itemExpr passes "(word instr*)" or a folded instruction.
func (a *assembler) itemExpr(word string) []byte {
	if !a.tryEnter(word) {
		return a.expr(&locals{}, a.folded)
	}
	e := a.expr(&locals{}, a.instrs)
	a.leave()
	return e
}

// emitTable passes a table type, or "reftype (elem ...)", which sets its size and elements.
func (a *assembler) emitTable() {
	index, imported := a.inline(wasm.KindTable)
	if imported {
		return
	}
	start := a.pos
	a.addressType()
	if a.tok().kind == tokNumber {
		a.pos = start
		a.sections[secTable].add(a.tableType()...)
		if a.tok().kind == tokOpen {
			a.unsupported(int(a.tok().start), op.FunctionReferences, "initial value of a table")
		}
		return
	}
	t := a.refType()
	a.enter("elem")
	list := a.inlineElems(t)
	a.leave()
	n := uint64(list.count)
	a.sections[secTable].add(appendU(appendU([]byte{t, 1}, n), n)...)
	a.addElem(index, []byte{byte(op.I32Const), 0, byte(op.End)}, list)
}

// elemList is the elements of a segment: function indices, or expressions of type t.
type elemList struct {
	section
	exprs bool
	t     byte
}

func (l *elemList) vector() []byte { return append(appendU(nil, uint64(l.count)), l.body...) }

func (a *assembler) inlineElems(t byte) elemList {
	if a.tok().kind == tokOpen {
		return a.exprElems(t)
	}
	return a.funcElems()
}

func (a *assembler) funcElems() elemList {
	l := elemList{t: byte(wasm.FuncRef)}
	for a.isIndex() {
		l.add(appendU(nil, uint64(a.index(&a.funcs)))...)
	}
	return l
}

func (a *assembler) exprElems(t byte) elemList {
	l := elemList{t: t, exprs: true}
	for a.tok().kind == tokOpen {
		l.add(a.itemExpr("item")...)
	}
	return l
}

// elemListOf passes "func x*" or "reftype expr*".
func (a *assembler) elemListOf() elemList {
	if a.tryKeyword("func") {
		return a.funcElems()
	}
	return a.exprElems(a.refType())
}

// emitElem passes "id? declare list", "id? list" or "id? (table x)? offset list".
func (a *assembler) emitElem() {
	a.id()
	if a.tryKeyword("declare") {
		a.addPassive(segPassive|segExplicit, a.elemListOf())
		return
	}
	table, explicit := a.target("table", &a.tables)
	if !explicit && (a.tok().kind != tokOpen || a.opened() == "ref") {
		a.addPassive(segPassive, a.elemListOf())
		return
	}
	offset := a.offset()
	if a.isIndex() || a.tok().kind == tokClose { // "func" left out
		a.addElem(table, offset, a.funcElems())
		return
	}
	a.addElem(table, offset, a.elemListOf())
}

func (a *assembler) addPassive(flags byte, l elemList) {
	head := []byte{flags, 0} // element kind 0: function references
	if l.exprs {
		head = []byte{flags | segExprs, l.t}
	}
	a.sections[secElem].add(append(head, l.vector()...)...)
}

// addElem adds an active segment. The short forms have no room for a table or a type.
func (a *assembler) addElem(table uint32, offset []byte, l elemList) {
	flags, kind := byte(0), byte(0)
	if l.exprs {
		flags, kind = segExprs, l.t
	}
	head := activeHeader(flags, table)
	if l.exprs && l.t != byte(wasm.FuncRef) && table == 0 {
		head = []byte{flags | segExplicit, 0}
	}
	explicit := head[0]&segExplicit != 0
	head = append(head, offset...)
	if explicit {
		head = append(head, kind)
	}
	a.sections[secElem].add(append(head, l.vector()...)...)
}
