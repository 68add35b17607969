package validate

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// quick is how Body.quick validates a one-byte opcode: three of four instructions of a large module need no more.
type quick struct {
	form            op.Form
	align           byte         // the greatest exponent in a memarg
	operand, result wasm.ValType // of a row with such a signature; the operand of a store is what it stores
}

var quicks = func() (t [256]quick) {
	for code, form := range op.Forms {
		if form != op.NoForm {
			t[code] = newQuick(op.Lookup(op.Code(code)), form)
		}
	}
	return t
}()

func newQuick(o *op.Op, form op.Form) quick {
	q := quick{form: form, align: byte(bits.TrailingZeros32(o.Width()))}
	if params := letters(o.Params()); len(params) > 0 {
		q.operand = params[len(params)-1]
	}
	if results := letters(o.Results()); len(results) > 0 {
		q.result = results[0]
	}
	return q
}

// quicksFor are the quicks that a Body with such a watch may use, which is not told of their instructions.
func quicksFor(m *wasm.Module, w *Watch) *[256]quick {
	t := quicks
	for code := range t {
		q := &t[code]
		memory := q.form == op.FormLoad || q.form == op.FormStore
		if memory && (len(m.MemoryTypes) == 0 || m.MemoryTypes[0].Addr != wasm.I32) || w != nil && !w.Plain[code] {
			*q = quick{}
		}
	}
	return &t
}

// quick validates instructions up to the first that it does not know or does not find valid, which is for Check, and returns
// how many. It makes no room on the stack.
func (b *Body) quick() (instrs int) {
	f := &b.ctrls[len(b.ctrls)-1]
	if f.unreachable {
		return 0
	}
	rest := b.reader.Rest()
	code := rest
	stack, sp := b.stack[:cap(b.stack)], len(b.stack)
	bottom := int(f.height) // of the operands of this block
	for ; len(code) >= wasm.MaxShort; instrs++ {
		w := binary.LittleEndian.Uint64(code)
		q := &b.quicks[byte(w)]
		size := 1
		switch q.form {
		case op.FormLocalGet:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.locals)) || n == 0 || sp >= len(stack) {
				goto stop
			}
			size += n
			stack[sp] = b.locals[v]
			sp++
		case op.FormLocalSet, op.FormLocalTee:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.locals)) || n == 0 || sp <= bottom || stack[sp-1] != b.locals[v] {
				goto stop
			}
			size += n
			if q.form == op.FormLocalSet {
				sp--
			}
		case op.FormConst:
			_, n := wasm.Number(w >> 8)
			if n == 0 || n > 4 || sp >= len(stack) { // of five bytes, it may be too large
				goto stop
			}
			size += n
			stack[sp] = q.result
			sp++
		case op.FormUnary:
			if sp <= bottom || stack[sp-1] != q.operand {
				goto stop
			}
			stack[sp-1] = q.result
		case op.FormBinary:
			if sp-1 <= bottom || stack[sp-1] != q.operand || stack[sp-2] != q.operand {
				goto stop
			}
			sp--
			stack[sp-1] = q.result
		case op.FormLoad:
			v, n := wasm.Number(w >> 16)
			if sp <= bottom || stack[sp-1] != wasm.I32 || byte(w>>8) > q.align || v > math.MaxUint32 || n == 0 {
				goto stop
			}
			size += 1 + n
			stack[sp-1] = q.result
		case op.FormStore:
			v, n := wasm.Number(w >> 16)
			if sp-1 <= bottom || stack[sp-1] != q.operand || stack[sp-2] != wasm.I32 || byte(w>>8) > q.align || v > math.MaxUint32 || n == 0 {
				goto stop
			}
			size += 1 + n
			sp -= 2
		case op.FormGlobalGet:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.m.GlobalTypes)) || n == 0 || sp >= len(stack) {
				goto stop
			}
			size += n
			stack[sp] = b.m.GlobalTypes[v].Type
			sp++
		case op.FormGlobalSet:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.m.GlobalTypes)) || n == 0 || sp <= bottom {
				goto stop
			}
			g := &b.m.GlobalTypes[v]
			if !g.Mutable || stack[sp-1] != g.Type {
				goto stop
			}
			size += n
			sp--
		case op.FormDrop:
			if sp <= bottom {
				goto stop
			}
			sp--
		default:
			goto stop
		}
		code = code[size:]
	}
stop:
	b.stack = stack[:sp]
	b.reader.Skip(len(rest) - len(code))
	return instrs
}
