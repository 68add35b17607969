package wat

import (
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// keywords are the words of the text format other than instructions. A word that is neither is an unknown operator; one
// in a place where it means nothing is an unexpected token.
var keywords = wordSet(`
	module binary quote definition instance
	type func param result local import export table memory global mut start elem data declare item offset shared
	then i32 i64 f32 f64 v128 funcref externref extern
	i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 inf nan
	register invoke get assert_return assert_trap assert_exhaustion assert_malformed assert_invalid assert_unlinkable
	assert_exception either ref.extern ref.host nan:canonical nan:arithmetic`)

// proposalKeywords are the words of proposals that are not supported yet, as far as package op has no row for them.
var proposalKeywords = map[op.Proposal][]string{
	op.GC: words(`rec sub final struct field array i8 i16 anyref eqref i31ref structref arrayref nullref nullfuncref
		nullexternref any eq i31 none nofunc noextern ref.i31 ref.test ref.cast br_on_cast br_on_cast_fail
		any.convert_extern extern.convert_any ref.struct ref.array ref.any`),
	op.ExceptionHandling:       words(`tag exnref nullexnref exn noexn catch_ref catch_all_ref`),
	op.LegacyExceptionHandling: words(`do`),
	op.FunctionReferences:      words(`ref null`),
	op.CustomPageSizes:         words(`pagesize`),
	op.CustomDescriptors: words(`describes descriptor exact ref.get_desc ref.cast_desc_eq br_on_cast_desc_eq
		br_on_cast_desc_eq_fail struct.new_desc struct.new_default_desc`),
}

// proposalPatterns decide by a part of the word.
var proposalPatterns = []struct {
	in       func(word, part string) bool
	part     string
	proposal op.Proposal
}{
	{strings.HasPrefix, "struct.", op.GC},
	{strings.HasPrefix, "array.", op.GC},
	{strings.HasPrefix, "i31.", op.GC},
	{strings.Contains, ".relaxed_", op.RelaxedSIMD},
}

var wordProposal = map[string]op.Proposal{}

func init() {
	for p, list := range proposalKeywords {
		for _, w := range list {
			wordProposal[w] = p
		}
	}
}

func words(s string) []string { return strings.Fields(s) }

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range words(s) {
		set[w] = true
	}
	return set
}

// missingProposal returns the proposal that word belongs to if it is not supported yet, else op.Core1.
func missingProposal(word string) op.Proposal {
	if o := op.ByName(word); o != nil {
		if o.Proposal.Supported() {
			return op.Core1
		}
		return o.Proposal
	}
	if p, ok := wordProposal[word]; ok {
		return p
	}
	for _, p := range proposalPatterns {
		if p.in(word, p.part) {
			return p.proposal
		}
	}
	return op.Core1
}

// instruction returns the row of a mnemonic, or nil. The text format has one word for both forms of select.
func instruction(word string) *op.Op {
	if o := op.ByName(word); o != nil && o.Code != op.SelectT {
		return o
	}
	return nil
}

// memargWord reports whether word is offset=nat or align=nat.
func memargWord(word string) bool {
	_, v, ok := strings.Cut(word, "=")
	_, _, isInt, _ := parseInt(v)
	return ok && isInt && hexDigit(v[0]) >= 0 && (strings.HasPrefix(word, "offset=") || strings.HasPrefix(word, "align="))
}

func knownWord(word string) bool {
	return keywords[word] || instruction(word) != nil || memargWord(word) || isFloat(word)
}

// valTypes are the value types that are one word.
var valTypes = map[string]wasm.ValType{
	"i32": wasm.I32, "i64": wasm.I64, "f32": wasm.F32, "f64": wasm.F64, "v128": wasm.V128,
	"funcref": wasm.FuncRef, "externref": wasm.ExternRef,
}

// heapTypes are the supported heap types: the reference types that their nullable references are.
var heapTypes = map[string]wasm.ValType{"func": wasm.FuncRef, "extern": wasm.ExternRef}

// externKinds are the kinds of imports and exports.
var externKinds = map[string]wasm.ExternKind{
	"func": wasm.KindFunc, "table": wasm.KindTable, "memory": wasm.KindMemory, "global": wasm.KindGlobal,
}
