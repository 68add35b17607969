// Package runner executes test scripts (.wast) against generated packages.
//
// It is linked into the program that package spectest generates and builds, so it imports nothing but rt: that program
// is a module of its own and needs no other. Scripts are data; Main serves them to the parent process.
package runner

// Script is a test script: commands in order.
type Script struct {
	Name     string
	Commands []Command
}

// Kind is what a command does.
type Kind string

// The kinds of commands and the fields they use, besides Index and Line.
const (
	// Module instantiates Package as the current instance, named Name.
	Module Kind = "module"
	// Definition names Package Name without instantiating it.
	Definition Kind = "module definition"
	// ModuleInstance instantiates the definition Target ("": the last one) as instance Name.
	ModuleInstance Kind = "module instance"
	// Register makes the exports of instance Target ("": the current one) importable from module As.
	Register Kind = "register"
	// DoAction performs Action and ignores its results.
	DoAction Kind = "action"
	// AssertReturn: Action returns Results.
	AssertReturn Kind = "assert_return"
	// AssertTrap: Action, or the instantiation of Package, traps with Text.
	AssertTrap Kind = "assert_trap"
	// AssertExhaustion: Action exhausts the call stack.
	AssertExhaustion Kind = "assert_exhaustion"
	// AssertException: Action throws.
	AssertException Kind = "assert_exception"
	// AssertUnlinkable: Package can not be linked; Text.
	AssertUnlinkable Kind = "assert_unlinkable"
	// AssertMalformed and AssertInvalid concern the compiler; the runner never sees them.
	AssertMalformed Kind = "assert_malformed"
	AssertInvalid   Kind = "assert_invalid"
)

// Command is one command of a script.
type Command struct {
	Kind  Kind
	Index int // in the script, as the parent numbers the commands
	Line  int
	// Package is the key of a generated package; Missing says why there is none.
	Package string   `json:",omitempty"`
	Missing *Missing `json:",omitempty"`
	Action  *Action  `json:",omitempty"`
	Results []Value  `json:",omitempty"`
	Name    string   `json:",omitempty"`
	Target  string   `json:",omitempty"`
	As      string   `json:",omitempty"`
	Text    string   `json:",omitempty"`
}

// Missing is why there is no instance to work with. What depends on it is skipped if a proposal is to blame, and
// fails otherwise.
type Missing struct {
	Proposal string `json:",omitempty"`
	Msg      string `json:",omitempty"`
}

// Error gives the reason.
func (m *Missing) Error() string {
	if m.Proposal != "" {
		return "proposal " + m.Proposal
	}
	return m.Msg
}

// Action is an invocation of an exported function or a look at an exported global.
type Action struct {
	Kind   string  // "invoke" or "get"
	Target string  `json:",omitempty"` // instance, "" for the current one
	Name   string  // of the export
	Args   []Value `json:",omitempty"`
}

// Value is an argument of an action or an expected result.
type Value struct {
	// Type is i32, i64, f32, f64, v128, ref, or either.
	Type string
	// Bits are the bits of a number type, zero-extended, or the number of a reference.
	Bits uint64 `json:",omitempty"`
	// Vec is the value of a v128, little-endian, and Lane the width of its lanes in bits if some of them are patterns.
	Vec  [16]byte `json:",omitzero"`
	Lane int      `json:",omitempty"`
	// NaN has "nan:canonical", "nan:arithmetic" or "" for each lane; it is nil where there is no pattern.
	NaN []string `json:",omitempty"`
	// Heap says for a ref what it refers to: func, extern, ...; "" if the script does not say.
	Heap string `json:",omitempty"`
	// Null is a null reference. A reference that is neither Null nor Numbered is any one of its kind.
	Null     bool `json:",omitempty"`
	Numbered bool `json:",omitempty"`
	// Either are the alternatives of an either.
	Either []Value `json:",omitempty"`
}

// Verdict is how a command ended.
type Verdict string

// The verdicts. A command is skipped because of a proposal only; Outcome.Msg is its name.
const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	Skip Verdict = "skip"
)

// Outcome is the verdict on one command.
type Outcome struct {
	Index   int
	Verdict Verdict
	Msg     string `json:",omitempty"`
}
