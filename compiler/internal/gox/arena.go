package gox

import (
	"slices"
	"unsafe"

	"github.com/wasm2go/wasm2go/compiler/internal/slab"
)

// Arena makes nodes and statements, and holds the text in them, until Reset. A nil *Arena makes them on the heap.
type Arena struct {
	nodes  slab.Slab[Node]
	lists  slab.Slab[*Node]
	stmts  slab.Slab[Stmt]
	bodies slab.Slab[*Stmt]
	labels slab.Slab[JumpLabel]
	texts  []byte
}

// The first of the memory for text, and the most that is made at once: Reset keeps the last.
const (
	textSize = 16 << 10
	maxText  = 1 << 20
)

// Reset ends the life of all that the arena made.
func (ar *Arena) Reset() {
	ar.nodes.Drop()
	ar.lists.Drop()
	ar.stmts.Drop()
	ar.bodies.Drop()
	ar.labels.Drop()
	ar.texts = ar.texts[:0]
}

// Mark is a moment in the life of an Arena.
type Mark struct{ nodes, lists slab.Mark }

// Mark returns the present moment.
func (ar *Arena) Mark() Mark { return Mark{ar.nodes.Mark(), ar.lists.Mark()} }

// Release ends the life of all nodes made since m, but not that of text.
func (ar *Arena) Release(m Mark) {
	ar.nodes.Release(m.nodes)
	ar.lists.Release(m.lists)
}

// Node makes a node whose other fields, those that the kind has, are to be filled in: it may have been another one before.
func (ar *Arena) Node(k Kind, t Type) *Node {
	var n *Node
	if ar == nil {
		n = new(Node)
	} else {
		n = ar.nodes.New()
	}
	n.Kind, n.Type, n.size = k, t, 0
	return n
}

// Var is an atom that is printed often.
func Var(name string, t Type) Node {
	n := Node{Type: t, Text: name}
	if len(name) <= maxWord {
		w := wordOf(name)
		n.Bits, n.size = w.bits, w.size
	}
	return n
}

// Stmt makes a statement to be filled in.
func (ar *Arena) Stmt() *Stmt {
	if ar == nil {
		return new(Stmt)
	}
	s := ar.stmts.New()
	*s = Stmt{}
	return s
}

// List makes a list of nodes.
func (ar *Arena) List(nodes ...*Node) []*Node {
	if ar == nil {
		return slices.Clone(nodes)
	}
	return ar.lists.Copy(nodes)
}

// Nodes makes a list of n nodes to be filled in.
func (ar *Arena) Nodes(n int) []*Node {
	if ar == nil {
		return make([]*Node, n)
	}
	return ar.lists.Make(n)
}

// Stmts makes a copy of a list of statements.
func (ar *Arena) Stmts(list []*Stmt) []*Stmt { return ar.bodies.Copy(list) }

// Cases makes a list of n cases to be filled in.
func (ar *Arena) Cases(n int) []*Stmt {
	list := ar.bodies.Make(n)
	for i := range list {
		list[i] = ar.Stmt()
		list[i].Kind = Case
	}
	return list
}

// Label makes a label.
func (ar *Arena) Label(name string) *JumpLabel {
	l := ar.labels.New()
	*l = JumpLabel{Name: name}
	return l
}

// Begin returns the empty end of the memory for text. What is appended to it is text as soon as it is given to Keep, before
// the next Begin.
func (ar *Arena) Begin() []byte {
	if ar == nil {
		return nil
	}
	return ar.texts[len(ar.texts):]
}

// Keep makes what was appended to Begin text that lives as long as the arena's nodes.
func (ar *Arena) Keep(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case ar == nil:
		return string(b)
	}
	if n := len(ar.texts); cap(ar.texts)-n >= len(b) { // it is there
		ar.texts = ar.texts[:n+len(b)]
	} else { // append moved it
		ar.texts = append(make([]byte, 0, max(textSize, min(2*cap(ar.texts), maxText), len(b))), b...)
		b = ar.texts
	}
	return unsafe.String(&b[0], len(b)) // nothing writes there before Reset
}

// Extend adds text that was just kept to a Line if it follows that Line's own in memory.
func (ar *Arena) Extend(s *Stmt, text string) bool {
	if s.Kind != Line || s.Ends || s.Text == "" || unsafe.StringData(text) == unsafe.SliceData(ar.texts) {
		return false
	}
	begin := unsafe.StringData(s.Text)
	if unsafe.Add(unsafe.Pointer(begin), len(s.Text)) != unsafe.Pointer(unsafe.StringData(text)) {
		return false
	}
	s.Text = unsafe.String(begin, len(s.Text)+len(text)) // both are in texts, since text is not the first there
	return true
}

// Print is n as text.
func (ar *Arena) Print(n *Node) string { return ar.Keep(n.Append(ar.Begin())) }

// conversions are the beginnings of conversions, by type.
var conversions = func() (list [len(typeNames)]word) {
	for t, name := range typeNames {
		list[t] = wordOf(name + "(")
	}
	return list
}()

// Base is a pointer to memory: the beginnings of cells, by type.
type Base [len(typeNames)]string

// NewBase makes the pointer that a name is.
func NewBase(name string) *Base {
	b := new(Base)
	for t, of := range typeNames {
		b[t] = "*(*" + of + ")(unsafe.Add(" + name + ", "
	}
	return b
}

// The constructors without an arena.
var heap *Arena

// Name is Arena.Name on the heap; likewise below.
func Name(text string, t Type) *Node { return heap.Name(text, t) }

// Lit makes a literal.
func Lit(t Type, bits uint64) *Node { return heap.Lit(t, bits) }

// CallFunc makes a call.
func CallFunc(text string, t Type, args ...*Node) *Node { return heap.CallFunc(text, t, args...) }

// Conv converts.
func Conv(t Type, x *Node) *Node { return heap.Conv(t, x) }

// Cell makes a memory cell.
func Cell(t Type, base *Base, offset *Node) *Node { return heap.Cell(t, base, offset) }

// Runtime makes a float literal an expression that is no Go constant.
func Runtime(x *Node) *Node { return heap.Runtime(x) }

// Bin makes x op y.
func Bin(op Op, x, y *Node) *Node { return heap.Bin(op, x, y) }

// Neg makes -x.
func Neg(x *Node) *Node { return heap.Neg(x) }

// Not negates a bool.
func Not(x *Node) *Node { return heap.Not(x) }
