package build

import (
	"encoding/binary"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// quickOp is what quick needs of a one-byte opcode with a form.
type quickOp struct {
	form op.Form
	row  *row
	do   func(*builder) error // its handler, for the last forms
}

var quickOps [256]quickOp

func init() {
	for code, form := range op.Forms {
		quickOps[code] = quickOp{form, rows.Get(op.Code(code)), handlers.Get(op.Code(code))}
	}
}

// quick translates instructions up to the first that it does not know, which is for instr, or behind which control does not
// get on: most of a function, without a wasm.Instr for each. The code is valid and control gets there.
func (b *builder) quick() error {
	code, pos := b.r.Rest(), 0
	code = code[:cap(code)] // the last instructions of a function are read with what follows in the module
	for !b.dead && len(b.frames) > 0 && len(code)-pos >= wasm.MaxShort {
		w := binary.LittleEndian.Uint64(code[pos:])
		q := &quickOps[byte(w)]
		var v uint64
		n := 0 // bytes of immediates
		switch q.form {
		case op.FormLocalGet, op.FormLocalSet, op.FormLocalTee, op.FormGlobalGet, op.FormGlobalSet:
			if v, n = wasm.Number(w >> 8); n == 0 {
				goto stop
			}
			switch q.form {
			case op.FormLocalGet:
				b.getLocal(ir.Var(v))
			case op.FormLocalSet:
				b.assign(ir.Var(v), b.pop())
			case op.FormLocalTee:
				b.teeLocal(ir.Var(v))
			case op.FormGlobalGet:
				b.getGlobal(uint32(v))
			default:
				b.setGlobal(uint32(v))
			}
		case op.FormConst:
			if v, n = wasm.Number(w >> 8); n == 0 {
				goto stop
			}
			shift := 64 - 7*n
			b.pushExpr(b.constExpr(q.row, uint64(int64(v<<shift)>>shift)))
		case op.FormUnary, op.FormBinary:
			b.row(q.row, 0, 0)
		case op.FormLoad, op.FormStore:
			if v, n = wasm.Number(w >> 16); n == 0 || byte(w>>8) > wasm.MaxAlign {
				goto stop
			}
			n++
			b.row(q.row, 0, v)
		case op.FormIndex:
			if v, n = wasm.Number(w >> 8); n == 0 {
				goto stop
			}
			b.in.Index = uint32(v)
			if err := q.do(b); err != nil {
				return err
			}
		case op.FormBlock:
			if b.in.Block, n = wasm.ShortBlockType(byte(w>>8)), 1; b.in.Block.Index >= 0 {
				goto stop
			}
			if err := q.do(b); err != nil {
				return err
			}
		case op.FormDrop, op.FormAlone:
			if err := q.do(b); err != nil {
				return err
			}
		default:
			goto stop
		}
		pos += 1 + n
	}
stop:
	b.r.Skip(pos)
	return nil
}
