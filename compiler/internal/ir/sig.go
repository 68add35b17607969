package ir

import (
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// sigs are the signatures in the IR of instructions whose row has none. Letters as in op.Row.Sig, and: r a reference,
// ? a value of any type, * any number of values.
var sigs = map[op.Code]string{
	op.GlobalGet: ":?", op.GlobalSet: "?:", op.Call: "*:*", op.CallIndirect: "*i:*",
	op.RefNull: ":r", op.RefIsNull: "r:i", op.RefFunc: ":r",
	op.MemorySize: ":i", op.MemoryGrow: "i:i", op.MemoryInit: "iii:", op.MemoryCopy: "iii:", op.MemoryFill: "iii:",
	op.DataDrop: ":", op.TableInit: "iii:", op.TableCopy: "iii:", op.ElemDrop: ":", op.TableGet: "i:r",
	op.TableSet: "ir:", op.TableGrow: "ri:i", op.TableSize: ":i", op.TableFill: "iri:",
}

// letterTypes are the value types of signature letters that stand for one type.
var letterTypes = [256]wasm.ValType{
	'i': wasm.I32, 'a': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128,
}

// expressible are the letters of immediates that an Expr can hold.
const expressible = "iI48mMTdefgtr0"

// signature returns the operand and result letters of an instruction that an Expr may have, local.get aside.
func signature(o *op.Op) (params, results string, ok bool) {
	if strings.Trim(o.Imm, expressible) != "" {
		return "", "", false
	}
	if o.Sig != "" {
		return o.Params(), o.Results(), len(o.Results()) <= 1
	}
	return strings.Cut(sigs[o.Code], ":")
}

// fits reports whether a value of type t may stand where the letter of a signature does.
func fits(letter byte, t wasm.ValType) bool {
	switch letter {
	case '?', '*':
		return t != wasm.Unknown
	case 'r':
		return t.IsRef()
	}
	return t == letterTypes[letter]
}

// letterNames name what a letter stands for, in errors.
func letterName(letter byte) string {
	switch letter {
	case '?', '*':
		return "a value"
	case 'r':
		return "a reference"
	}
	return letterTypes[letter].String()
}

// operandLetter returns the letter of operand i of n, and false if there are too many or too few operands.
func operandLetter(params string, i, n int) (byte, bool) {
	rest, variadic := strings.CutPrefix(params, "*")
	if !variadic {
		if n != len(params) {
			return 0, false
		}
		return params[i], true
	}
	if n < len(rest) {
		return 0, false
	}
	if i < n-len(rest) {
		return '*', true
	}
	return rest[i-(n-len(rest))], true
}
