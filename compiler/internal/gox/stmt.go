package gox

import "strings"

// StmtKind is the kind of a Go statement.
type StmtKind uint8

// The statements. Line is text: simple statements, each with a newline behind it. Ends marks one that is terminating (return,
// panic).
const (
	Line StmtKind = iota
	If
	For
	Switch
	Case // in the Body of a Switch, and nowhere else
	LabelHere
	Goto
	Break
	Continue
)

// JumpLabel is a Go label. It is printed only where it is Used.
type JumpLabel struct {
	Name string
	Used bool
}

// Stmt is a Go statement; Kind says which fields count.
type Stmt struct {
	Kind StmtKind
	Ends bool // Line
	// Broken, of For and Switch: a break refers to the statement. Whoever makes the break sets it; looking for it would
	// take time for each level of nesting.
	Broken bool
	// Fallthrough, of Case: after Body that of the next one runs.
	Fallthrough bool
	Text        string     // Line; Switch: the tag; Case: the values, empty for the default
	Cond        *Node      // If; For: nil for an endless loop
	Label       *JumpLabel // For, Switch, LabelHere; Goto, Break, Continue: nil without a label
	Body        []*Stmt
	Else        []*Stmt
}

var tabs = wordOf("\t\t\t\t\t\t\t\t")

func indent(b []byte, n int) []byte {
	for ; n > maxWord; n -= maxWord {
		b = tabs.append(b)
	}
	return word{tabs.bits, uint8(n)}.append(b)
}

// AppendStmts prints a list of statements at the given indentation, as gofmt does.
func AppendStmts(b []byte, list []*Stmt, in int) []byte {
	for _, s := range list {
		b = s.append(b, in)
	}
	return b
}

func (s *Stmt) append(b []byte, in int) []byte {
	switch s.Kind {
	case Line:
		return appendLines(b, s.Text, in)
	case LabelHere:
		return s.label(b, in)
	case Goto, Break, Continue:
		return s.jump(b, in)
	case If:
		return append(s.ifChain(indent(b, in), in), '\n')
	case For:
		b = indent(s.label(b, in), in)
		b = append(b, "for "...)
		if s.Cond != nil {
			b = append(s.Cond.Append(b), ' ')
		}
		return append(block(b, s.Body, in), '\n')
	}
	return s.switchStmt(b, in)
}

func appendLines(b []byte, text string, in int) []byte {
	for text != "" {
		n := strings.IndexByte(text, '\n') + 1
		b = append(indent(b, in), text[:n]...)
		text = text[n:]
	}
	return b
}

func (s *Stmt) label(b []byte, in int) []byte {
	if s.Label == nil || !s.Label.Used {
		return b
	}
	return append(append(indent(b, in-1), s.Label.Name...), ":\n"...)
}

var jumpWords = [...]string{Goto: "goto", Break: "break", Continue: "continue"}

func (s *Stmt) jump(b []byte, in int) []byte {
	b = append(indent(b, in), jumpWords[s.Kind]...)
	if s.Label != nil {
		b = append(append(b, ' '), s.Label.Name...)
	}
	return append(b, '\n')
}

func block(b []byte, list []*Stmt, in int) []byte {
	b = AppendStmts(append(b, "{\n"...), list, in+1)
	return append(indent(b, in), '}')
}

func (s *Stmt) ifChain(b []byte, in int) []byte {
	b = append(s.Cond.Append(append(b, "if "...)), ' ')
	b = block(b, s.Body, in)
	switch {
	case len(s.Else) == 0:
		return b
	case len(s.Else) == 1 && s.Else[0].Kind == If:
		return s.Else[0].ifChain(append(b, " else "...), in)
	}
	return block(append(b, " else "...), s.Else, in)
}

func (s *Stmt) switchStmt(b []byte, in int) []byte {
	b = indent(s.label(b, in), in)
	b = append(append(append(b, "switch "...), s.Text...), " {\n"...)
	for _, c := range s.Body {
		b = indent(b, in)
		if c.Text == "" {
			b = append(b, "default:\n"...)
		} else {
			b = append(append(append(b, "case "...), c.Text...), ":\n"...)
		}
		b = AppendStmts(b, c.Body, in+1)
		if c.Fallthrough {
			b = append(indent(b, in+1), "fallthrough\n"...)
		} else if n := len(c.Body); n > 0 && c.Body[n-1].Kind == LabelHere && c.Body[n-1].Label.Used {
			b = append(indent(b, in+1), "break\n"...) // a label needs a statement unless the brace follows
		}
	}
	return append(indent(b, in), "}\n"...)
}

// Terminating reports whether the list ends in a terminating statement of the Go specification.
func Terminating(list []*Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1]; s.Kind {
	case Line:
		return s.Ends
	case Goto:
		return true
	case If:
		return Terminating(s.Body) && Terminating(s.Else)
	case For:
		return s.Cond == nil && !s.Broken
	case Switch:
		return s.terminatingSwitch()
	}
	return false
}

func (s *Stmt) terminatingSwitch() bool {
	if s.Broken {
		return false
	}
	hasDefault := false
	for _, c := range s.Body {
		if c.Text == "" {
			hasDefault = true
		}
		if !c.Fallthrough && !Terminating(c.Body) {
			return false
		}
	}
	return hasDefault
}

// WhileForm turns an endless for that begins with "if cond { break }" into a for with a condition.
func (ar *Arena) WhileForm(s *Stmt) {
	if s.Kind != For || s.Cond != nil || len(s.Body) == 0 {
		return
	}
	first := s.Body[0]
	if first.Kind != If || len(first.Else) > 0 || len(first.Body) != 1 || first.Body[0].Kind != Break || first.Body[0].Label != nil {
		return
	}
	s.Cond, s.Body = ar.Not(first.Cond), s.Body[1:]
}
