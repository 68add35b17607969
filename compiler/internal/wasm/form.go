package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

// CheckForm reads the body of defined function i and returns what makes it no expression of the binary format, or nil.
// It needs neither types nor a stack of its own but one bit for each open block: whether else may follow.
func CheckForm(m *Module, i int) *Error {
	r := NewReader(m, m.Codes[i].Start, m.Codes[i].End)
	r.Func = m.ImportedFunc + i
	var in Instr
	for open := []bool{false}; len(open) > 0; {
		if !r.More() {
			return r.EndExpected(len(open))
		}
		if err := r.Next(&in); err != nil {
			return r.err
		}
		last := len(open) - 1
		switch in.Op.Code {
		case op.Block, op.Loop, op.If:
			open = append(open, in.Op.Code == op.If)
		case op.Else:
			if !open[last] {
				return r.StrayElse(in.Offset)
			}
			open[last] = false
		case op.End:
			open = open[:last]
		}
	}
	if r.More() {
		return r.TooLong()
	}
	return nil
}

// EndExpected is the error of a body that ends before its blocks do.
func (r *Reader) EndExpected(blocks int) *Error {
	r.malformed(r.pos, "END opcode expected: %d blocks are open", blocks)
	return r.located()
}

// StrayElse is the error of an else that belongs to no if.
func (r *Reader) StrayElse(offset int) *Error {
	r.malformed(offset, "END opcode expected: else without if")
	return r.located()
}

// TooLong is the error of instructions behind the function's last end.
func (r *Reader) TooLong() *Error {
	r.malformed(r.pos, "section size mismatch: instructions after the function's end")
	return r.located()
}
