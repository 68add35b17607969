package wat

import (
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// space is an index space: how many entries it has so far and the names of some.
type space struct {
	field string // what the field is called: "duplicate func"
	index string // what an index is called: "unknown function"
	names map[string]uint32
	count uint32
}

// assembler turns the tokens of one module into its binary form. It reads the fields twice: declare gives every
// identifier its index and collects the explicit types, emit encodes in text order.
type assembler struct {
	parser
	name string // of the module

	typeNames, funcs, tables, memories, globals, elems, datas space

	types     []funcType
	typeIndex map[funcType]uint32
	defined   string // what the last definition that forbids imports defines
	started   bool

	sections      [numSections]section
	usesDataCount bool
	localNames    section
	// emitted counts the functions, tables, memories and globals that emit has passed, by kind.
	emitted [4]uint32

	// State of the expression being read. pending holds folded instructions that wait for their operands.
	code, pending []byte
	locals        *locals
	frames        []frame
	labels        map[string][]int // label name -> the frames that carry it, innermost last
}

// Assemble turns a module in text form, "(module ...)" or its bare fields, into its binary form. It does not validate.
// Errors are of type *Error.
func Assemble(src []byte) ([]byte, error) { return assemble(source{src, 1, 1}) }

func assemble(s source) (out []byte, err error) {
	defer catch(&err)
	a := &assembler{
		parser:    newParser(s),
		typeNames: space{field: "type", index: "type"},
		funcs:     space{field: "func", index: "function"},
		tables:    space{field: "table", index: "table"},
		memories:  space{field: "memory", index: "memory"},
		globals:   space{field: "global", index: "global"},
		elems:     space{field: "elem", index: "elem segment"},
		datas:     space{field: "data", index: "data segment"},
		typeIndex: map[funcType]uint32{},
		labels:    map[string][]int{},
	}
	return a.module(), nil
}

// module passes the whole text.
func (a *assembler) module() []byte {
	wrapped := a.tryEnter("module")
	if wrapped {
		a.tryKeyword("definition")
		a.name = a.id()
		if b, ok := a.otherForm(); ok {
			return b
		}
	}
	start := a.pos
	a.fields(false)
	if wrapped {
		a.leave()
	}
	a.expect(tokEOF)
	a.pos = start
	a.fields(true)
	return a.binary()
}

// otherForm reads the rest of "(module binary ...)" and "(module quote ...)".
func (a *assembler) otherForm() ([]byte, bool) {
	at := int(a.tok().start)
	isBinary := a.tryKeyword("binary")
	if !isBinary && !a.tryKeyword("quote") {
		return nil, false
	}
	b := a.strs()
	a.leave()
	a.expect(tokEOF)
	if isBinary {
		return b, true
	}
	line, col := a.position(at)
	out, err := assemble(source{b, line, col})
	if err != nil {
		panic(err)
	}
	return out, true
}

// fieldRow is how a kind of field is read, behind "(keyword": declare may stop anywhere in the field, emit stops
// at its closing parenthesis.
type fieldRow struct {
	declare, emit func(*assembler)
}

var fieldTable = map[string]fieldRow{
	"type":   {(*assembler).declareType, (*assembler).emitType},
	"import": {(*assembler).declareImport, (*assembler).emitImport},
	"func":   {declare(wasm.KindFunc), (*assembler).emitFunc},
	"table":  {declare(wasm.KindTable), (*assembler).emitTable},
	"memory": {declare(wasm.KindMemory), (*assembler).emitMemory},
	"global": {declare(wasm.KindGlobal), (*assembler).emitGlobal},
	"elem":   {func(a *assembler) { a.declareIn(&a.elems) }, (*assembler).emitElem},
	"data":   {func(a *assembler) { a.declareIn(&a.datas) }, (*assembler).emitData},
	"export": {func(*assembler) {}, (*assembler).emitExport},
	"start":  {(*assembler).declareStart, (*assembler).emitStart},
}

// fields passes the fields of the module, to declare or to emit them.
func (a *assembler) fields(emit bool) {
	for a.tok().kind == tokOpen {
		row, ok := fieldTable[a.opened()]
		if !ok {
			a.unexpected()
		}
		end := int(a.tok().match)
		a.pos += 2
		if emit {
			row.emit(a)
			a.leave()
		} else {
			row.declare(a)
		}
		a.pos = end + 1
	}
	if k := a.tok().kind; k != tokClose && k != tokEOF {
		a.unexpected()
	}
}
