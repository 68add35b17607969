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
	kind            quickKind
	align           byte         // the greatest exponent in a memarg
	operand, result wasm.ValType // of a row with such a signature
}

type quickKind uint8

const (
	slow quickKind = iota // quick knows nothing of it
	getLocal
	setLocal
	teeLocal
	constant
	oneOperand  // operand → result
	twoOperands // operand operand → result
	load        // i32 → result, with a memarg
	store       // i32 operand →, with a memarg
	getGlobal
	setGlobal
	drop
)

var quicks = func() (t [256]quick) {
	for _, o := range op.All() {
		if o.Code < 256 && o.Proposal.Supported() {
			t[o.Code] = newQuick(o)
		}
	}
	for code, kind := range map[op.Code]quickKind{
		op.LocalGet: getLocal, op.LocalSet: setLocal, op.LocalTee: teeLocal, op.GlobalGet: getGlobal, op.GlobalSet: setGlobal, op.Drop: drop,
	} {
		t[code].kind = kind
	}
	return t
}()

func newQuick(o *op.Op) quick {
	params, results := o.Params(), letters(o.Results())
	switch {
	case o.Imm == string(op.ImmMemarg) && (params == "a" || len(params) == 2 && len(results) == 0):
		q := quick{kind: load, align: byte(bits.TrailingZeros32(o.Width()))}
		if len(results) == 0 {
			q.kind, q.operand = store, letters(params)[1]
		} else {
			q.result = results[0]
		}
		return q
	case len(results) != 1 || o.IsMemAccess():
	case o.Imm == string(op.ImmI32) || o.Imm == string(op.ImmI64):
		return quick{kind: constant, result: results[0]}
	case o.Imm != "":
	case len(params) == 1:
		return quick{kind: oneOperand, operand: letters(params)[0], result: results[0]}
	case len(params) == 2 && params[0] == params[1]:
		return quick{kind: twoOperands, operand: letters(params)[0], result: results[0]}
	}
	return quick{}
}

// quicksFor are the quicks that a Body with such a watch may use, which is not told of their instructions.
func quicksFor(m *wasm.Module, w *Watch) *[256]quick {
	t := quicks
	for code := range t {
		q := &t[code]
		memory := q.kind == load || q.kind == store
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
	code, pos := b.reader.Rest(), 0
	stack, sp := b.stack[:cap(b.stack)], len(b.stack)
	bottom := int(f.height) // of the operands of this block
	for ; len(code)-pos >= wasm.MaxShort && sp < len(stack); instrs++ {
		w := binary.LittleEndian.Uint64(code[pos:])
		q := &b.quicks[byte(w)]
		size := 1
		switch q.kind {
		case getLocal, setLocal, teeLocal:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.locals)) || n == 0 {
				goto stop
			}
			t := b.locals[v]
			size += n
			if q.kind == getLocal {
				stack[sp] = t
				sp++
				break
			}
			if sp <= bottom || stack[sp-1] != t {
				goto stop
			}
			if q.kind == setLocal {
				sp--
			}
		case constant:
			_, n := wasm.Number(w >> 8)
			if n == 0 || n > 4 { // which may be too large
				goto stop
			}
			size += n
			stack[sp] = q.result
			sp++
		case oneOperand:
			if sp <= bottom || stack[sp-1] != q.operand {
				goto stop
			}
			stack[sp-1] = q.result
		case twoOperands:
			if sp-1 <= bottom || stack[sp-1] != q.operand || stack[sp-2] != q.operand {
				goto stop
			}
			sp--
			stack[sp-1] = q.result
		case load:
			v, n := wasm.Number(w >> 16)
			if sp <= bottom || stack[sp-1] != wasm.I32 || byte(w>>8) > q.align || v > math.MaxUint32 || n == 0 {
				goto stop
			}
			size += 1 + n
			stack[sp-1] = q.result
		case store:
			v, n := wasm.Number(w >> 16)
			if sp-1 <= bottom || stack[sp-1] != q.operand || stack[sp-2] != wasm.I32 || byte(w>>8) > q.align || v > math.MaxUint32 || n == 0 {
				goto stop
			}
			size += 1 + n
			sp -= 2
		case getGlobal, setGlobal:
			v, n := wasm.Number(w >> 8)
			if v >= uint64(len(b.m.GlobalTypes)) || n == 0 {
				goto stop
			}
			g := &b.m.GlobalTypes[v]
			size += n
			if q.kind == getGlobal {
				stack[sp] = g.Type
				sp++
				break
			}
			if sp <= bottom || stack[sp-1] != g.Type || !g.Mutable {
				goto stop
			}
			sp--
		case drop:
			if sp <= bottom {
				goto stop
			}
			sp--
		default:
			goto stop
		}
		pos += size
	}
stop:
	b.stack = stack[:sp]
	b.reader.Skip(pos)
	return instrs
}
