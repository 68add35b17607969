package build

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// unsupported returns why an instruction that decodes and validates can not be translated, or nil. depth is the number
// of blocks around what follows it.
func unsupported(m *wasm.Module, in *wasm.Instr, depth int) *wasm.Error {
	switch {
	case in.Op.Go == "" && handlers.Get(in.Op.Code) == nil:
		err := wasm.Errorf(wasm.Unsupported, in.Offset, "instruction %s", in.Op.Name)
		err.Proposal = in.Op.Proposal
		return err
	case depth > maxNesting:
		return wasm.Errorf(wasm.TooLarge, in.Offset, "blocks nested deeper than %d", maxNesting)
	}
	switch in.Op.Code {
	case op.Block, op.Loop, op.If:
		if bt := in.Block; bt.Result == wasm.V128 || bt.Index >= 0 && hasVector(&m.Types[bt.Index]) {
			return vectorType(in.Offset)
		}
	}
	return nil
}

// limits returns an error if a live function, or a declaration, can not be translated.
func (f *Facts) limits(m *wasm.Module) error {
	for fn := range f.Funcs {
		ff := &f.Funcs[fn]
		if !f.Live[fn] && fn >= m.ImportedFunc {
			continue
		}
		err := ff.problem
		if err == nil && f.vectors(m, uint32(fn)) {
			err = vectorType(-1)
		}
		if err != nil {
			err.Func, err.FuncName = fn, m.FuncName(uint32(fn))
			return err
		}
	}
	for i := range m.GlobalTypes {
		if m.GlobalTypes[i].Type == wasm.V128 {
			return vectorType(-1)
		}
	}
	return nil
}

// vectors reports whether the types of a function, its locals or what it calls through a table have vectors.
func (f *Facts) vectors(m *wasm.Module, fn uint32) bool {
	if hasVector(m.FuncType(fn)) {
		return true
	}
	for _, t := range f.Funcs[fn].Indirect {
		if hasVector(&m.Types[t]) {
			return true
		}
	}
	d := int(fn) - m.ImportedFunc
	return d >= 0 && slices.ContainsFunc(m.Codes[d].Locals, func(run wasm.LocalRun) bool { return run.Type == wasm.V128 })
}

func hasVector(t *wasm.FuncType) bool {
	return slices.Contains(t.Params, wasm.V128) || slices.Contains(t.Results, wasm.V128)
}

func vectorType(offset int) *wasm.Error {
	err := wasm.Errorf(wasm.Unsupported, offset, "type v128")
	err.Proposal = op.SIMD
	return err
}
