package op

// Form is what loops over many instructions switch by: how a frequent one-byte instruction is encoded and what it does with
// the operand stack. Most instructions of a module have one.
type Form uint8

// The forms. A number is an LEB128 integer behind the opcode, a memarg an alignment and an offset there.
const (
	NoForm        Form = iota
	FormLocalGet       // local index
	FormLocalSet       // local index
	FormLocalTee       // local index
	FormGlobalGet      // global index
	FormGlobalSet      // global index
	FormConst          // signed number
	FormUnary          // one operand, one result
	FormBinary         // two operands of a type, one result
	FormLoad           // memarg; one operand, one result
	FormStore          // memarg; two operands
	FormDrop
	FormAlone // others without an immediate
	FormIndex // others with one index, of a label or a function
	FormBlock // block type
)

// Forms holds the form of each one-byte opcode.
var Forms [256]Form

// formOf is the form of an instruction.
func formOf(o *Op) Form {
	switch o.Code {
	case LocalGet:
		return FormLocalGet
	case LocalSet:
		return FormLocalSet
	case LocalTee:
		return FormLocalTee
	case GlobalGet:
		return FormGlobalGet
	case GlobalSet:
		return FormGlobalSet
	case Drop:
		return FormDrop
	}
	params, results := o.Params(), o.Results()
	switch {
	case o.Imm == string(ImmBlock):
		return FormBlock
	case o.Imm == string(ImmLabel) || o.Imm == string(ImmFunc):
		return FormIndex
	case o.Imm == "" && o.Sig == "":
		return FormAlone
	case o.Imm == string(ImmMemarg) && len(params) == 1 && len(results) == 1:
		return FormLoad
	case o.Imm == string(ImmMemarg) && len(params) == 2 && results == "":
		return FormStore
	case len(results) != 1:
	case o.Imm == string(ImmI32) || o.Imm == string(ImmI64):
		return FormConst
	case o.Imm != "":
	case len(params) == 1:
		return FormUnary
	case len(params) == 2 && params[0] == params[1]:
		return FormBinary
	}
	return NoForm
}
