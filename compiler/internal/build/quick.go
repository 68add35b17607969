package build

import (
	"encoding/binary"

	"github.com/wasm2go/wasm2go/compiler/internal/ir"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// quickRows are the rows of the one-byte opcodes with a form.
var quickRows [256]*row

func init() {
	for code, form := range op.Forms {
		if form != op.NoForm {
			quickRows[code] = rows.Get(op.Code(code))
		}
	}
}

// quick translates instructions up to the first that it does not know, which is for instr: most of a function, without a
// wasm.Instr for each. The code is valid and control gets there.
func (b *builder) quick() {
	code, pos := b.r.Rest(), 0
	for len(code)-pos >= wasm.MaxShort {
		w := binary.LittleEndian.Uint64(code[pos:])
		var v uint64
		n := 0 // bytes of immediates
		switch form := op.Forms[byte(w)]; form {
		case op.FormLocalGet, op.FormLocalSet, op.FormLocalTee, op.FormGlobalGet, op.FormGlobalSet:
			if v, n = wasm.Number(w >> 8); n == 0 {
				goto stop
			}
			switch form {
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
			b.pushExpr(b.constExpr(quickRows[byte(w)], uint64(int64(v<<shift)>>shift)))
		case op.FormUnary, op.FormBinary:
			b.row(quickRows[byte(w)], 0, 0)
		case op.FormLoad, op.FormStore:
			if v, n = wasm.Number(w >> 16); n == 0 || byte(w>>8) > wasm.MaxAlign {
				goto stop
			}
			n++
			b.row(quickRows[byte(w)], 0, v)
		case op.FormDrop:
			b.drop()
		default:
			goto stop
		}
		pos += 1 + n
	}
stop:
	b.r.Skip(pos)
}
