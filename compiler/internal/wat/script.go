package wat

import "bytes"

// Script is a test script (.wast): commands in order.
type Script struct {
	Commands []Command
}

// CommandKind is the first word of a command, but for the three kinds of modules and for unknown commands.
type CommandKind string

// The kinds of commands and the fields they set, besides Line.
const (
	// CmdModule defines Module and instantiates it: the instance is the current one, named Module.ID.
	CmdModule CommandKind = "module"
	// CmdDefinition defines Module (named Module.ID) without instantiating it.
	CmdDefinition CommandKind = "module definition"
	// CmdInstance instantiates the definition Target ("": the last one) as instance Name.
	CmdInstance CommandKind = "module instance"
	// CmdRegister makes the exports of instance Target ("": the current one) importable from module As.
	CmdRegister CommandKind = "register"
	// CmdAction performs Action and ignores its results.
	CmdAction CommandKind = "action"
	// CmdAssertReturn: Action returns Results.
	CmdAssertReturn CommandKind = "assert_return"
	// CmdAssertTrap: Action, or the instantiation of Module, traps with Text.
	CmdAssertTrap CommandKind = "assert_trap"
	// CmdAssertExhaustion: Action exhausts the call stack; Text.
	CmdAssertExhaustion CommandKind = "assert_exhaustion"
	// CmdAssertException: Action throws.
	CmdAssertException CommandKind = "assert_exception"
	// CmdAssertMalformed: Module does not decode or assemble; Text.
	CmdAssertMalformed CommandKind = "assert_malformed"
	// CmdAssertInvalid: Module does not validate; Text.
	CmdAssertInvalid CommandKind = "assert_invalid"
	// CmdAssertUnlinkable: Module cannot be linked; Text.
	CmdAssertUnlinkable CommandKind = "assert_unlinkable"
	// CmdUnknown is a command of no known form; Text is its source.
	CmdUnknown CommandKind = "unknown"
)

// Command is one command of a script. Which fields are set depends on Kind.
type Command struct {
	Kind    CommandKind
	Line    int
	Module  *Module `json:",omitempty"`
	Action  *Action `json:",omitempty"`
	Results []Value `json:",omitempty"`
	Name    string  `json:",omitempty"` // identifier that the command defines
	Target  string  `json:",omitempty"` // identifier that the command refers to
	As      string  `json:",omitempty"` // name that register gives
	Text    string  `json:",omitempty"` // the expected message, or the source of an unknown command
}

// ModuleForm is how a module is written.
type ModuleForm string

// The forms of modules.
const (
	FormText   ModuleForm = "text"
	FormBinary ModuleForm = "binary"
	FormQuote  ModuleForm = "quote"
)

// Module is a module of a script, not assembled yet.
type Module struct {
	Form      ModuleForm
	ID        string `json:",omitempty"` // without the $
	Line, Col int    // of Source
	Source    string // the whole form: "(module ...)"
}

// Binary returns the module's bytes: assembled, or as written in the binary form. Errors are of type *Error; their
// position is that in the script, but inside a quoted module it counts from the line of the quotation.
func (m *Module) Binary() ([]byte, error) { return assemble(source{[]byte(m.Source), m.Line, m.Col}) }

// Action is an invocation of an exported function or a look at an exported global.
type Action struct {
	Kind   string  // "invoke" or "get"
	Target string  `json:",omitempty"` // instance, "" for the current one
	Name   string  // of the export
	Args   []Value `json:",omitempty"`
	Line   int
}

// scriptParser reads commands.
type scriptParser struct {
	parser
	lines lineCounter
}

// lineCounter finds positions in increasing order in linear time.
type lineCounter struct {
	off, line, start int // start of the line that off is in
}

func (c *lineCounter) position(text []byte, off int) (line, col int) {
	if off > c.off {
		seen := text[c.off:off]
		c.line += bytes.Count(seen, []byte{'\n'})
		if nl := bytes.LastIndexByte(seen, '\n'); nl >= 0 {
			c.start = c.off + nl + 1
		}
		c.off = off
	}
	return c.line, off - c.start + 1
}

// ParseScript reads a script. A script that is the bare fields of a module is that module. Modules are not read; see
// Module.Binary. Errors are of type *Error.
func ParseScript(src []byte) (s *Script, err error) {
	defer catch(&err)
	p := &scriptParser{parser: newParser(source{src, 1, 1}), lines: lineCounter{line: 1}}
	if _, isField := fieldTable[p.opened()]; isField || p.opened() == "tag" || p.opened() == "rec" {
		m := &Module{Form: FormText, Line: 1, Col: 1, Source: string(src)}
		return &Script{[]Command{{Kind: CmdModule, Line: 1, Module: m}}}, nil
	}
	s = &Script{}
	for p.tok().kind == tokOpen {
		s.Commands = append(s.Commands, p.command())
	}
	p.expect(tokEOF)
	return s, nil
}

// commandRow is how a command is read behind "(word".
type commandRow struct {
	kind CommandKind
	read func(*scriptParser, *Command)
}

var commandTable = map[string]commandRow{
	"register":          {CmdRegister, (*scriptParser).register},
	"assert_return":     {CmdAssertReturn, (*scriptParser).assertReturn},
	"assert_trap":       {CmdAssertTrap, (*scriptParser).assertText},
	"assert_exhaustion": {CmdAssertExhaustion, (*scriptParser).assertText},
	"assert_malformed":  {CmdAssertMalformed, (*scriptParser).assertText},
	"assert_invalid":    {CmdAssertInvalid, (*scriptParser).assertText},
	"assert_unlinkable": {CmdAssertUnlinkable, (*scriptParser).assertText},
	"assert_exception":  {CmdAssertException, (*scriptParser).assertException},
}

// here returns the position of the current token. Calls come in text order.
func (p *scriptParser) here() (line, col int) { return p.lines.position(p.text, int(p.tok().start)) }

func (p *scriptParser) command() Command {
	c := Command{}
	c.Line, _ = p.here()
	word := p.opened()
	row, known := commandTable[word]
	switch {
	case known:
		p.pos += 2
		c.Kind = row.kind
		row.read(p, &c)
		p.leave()
	case word == "invoke" || word == "get":
		c.Kind, c.Action = CmdAction, p.action()
	case word == "module":
		p.moduleCommand(&c)
	default:
		t := p.tok()
		c.Kind, c.Text = CmdUnknown, string(p.text[t.start:p.toks[t.match].end])
		p.skipForm()
	}
	return c
}

// moduleCommand passes "(module ...)", a definition, or "(module instance name? target?)".
func (p *scriptParser) moduleCommand(c *Command) {
	switch p.wordAt(2) {
	case "instance":
		p.pos += 3
		c.Kind = CmdInstance
		c.Name, c.Target = p.id(), p.id()
		p.leave()
		return
	case "definition":
		c.Kind = CmdDefinition
	default:
		c.Kind = CmdModule
	}
	c.Module = p.module()
	c.Name = c.Module.ID
}

// wordAt returns the keyword n tokens ahead, "" if there is none.
func (p *scriptParser) wordAt(n int) string {
	if t := p.toks[min(p.pos+n, len(p.toks)-1)]; t.kind == tokKeyword {
		return p.word(t)
	}
	return ""
}

// module passes a module form and keeps its text.
func (p *scriptParser) module() *Module {
	t := p.tok()
	m := &Module{Form: FormText, Source: string(p.text[t.start:p.toks[t.match].end])}
	m.Line, m.Col = p.here()
	p.enter("module")
	p.tryKeyword("definition")
	m.ID = p.id()
	if f := ModuleForm(p.keyword()); f == FormBinary || f == FormQuote {
		m.Form = f
	}
	p.pos = int(t.match) + 1
	return m
}

func (p *scriptParser) register(c *Command) {
	c.As = p.utf8Name()
	c.Target = p.id()
}

// action passes "(invoke target? name value*)" or "(get target? name)".
func (p *scriptParser) action() *Action {
	a := &Action{Kind: p.opened()}
	a.Line, _ = p.here()
	if a.Kind != "invoke" && a.Kind != "get" {
		p.unexpected()
	}
	p.pos += 2
	a.Target = p.id()
	a.Name = p.utf8Name()
	for a.Kind == "invoke" && p.tok().kind == tokOpen {
		a.Args = append(a.Args, p.value())
	}
	p.leave()
	return a
}

func (p *scriptParser) assertReturn(c *Command) {
	c.Action = p.action()
	for p.tok().kind == tokOpen {
		c.Results = append(c.Results, p.value())
	}
}

func (p *scriptParser) assertException(c *Command) { c.Action = p.action() }

// assertText passes an action or a module, and a message.
func (p *scriptParser) assertText(c *Command) {
	if p.opened() == "module" {
		c.Module = p.module()
	} else {
		c.Action = p.action()
	}
	c.Text = string(p.str())
}
