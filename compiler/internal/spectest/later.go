package spectest

import (
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// later lists assertions of older suites that do not hold any more because a later version of the specification, which
// is what the compiler implements, says otherwise: by script, reason and lines. They are skipped, and fail if they hold
// after all.
var later = []struct {
	suite, script string
	reason        string
	lines         []int
}{
	{"v1", "binary", "2.0: call_indirect has a table index", []int{50}},
	{"v1", "func", "2.0: multi-value", []int{493, 497}},
	{"v1", "type", "2.0: multi-value", []int{53, 57}},
	{"v1", "imports", "2.0: several tables", []int{310, 314, 318}},
	{"v1", "unreached-invalid", "2.0: operands of br_table may be of unknown type", []int{539}},
	{"v1", "binary-leb128", "3.0: limits have 64 bits in the binary format", []int{217, 225, 525, 533, 541, 550}},
	{"v1", "binary-leb128", "3.0: memarg offsets have 64 bits in the binary format", []int{404, 461, 730, 749, 843, 862}},
	{"v2", "align", "3.0: the alignment exponent has six bits", []int{892, 911, 930}},
	{"v2", "align", "3.0: a memory index may follow", []int{949, 968}},
	{"v2", "data", "3.0: constant expressions may name any previous global", []int{89, 93}},
	{"v2", "elem", "3.0: constant expressions may name any previous global", []int{171, 175}},
	{"v2", "global", "3.0: constant expressions may name any previous global", []int{352, 356}},
	{"v2", "binary-leb128", "3.0: limits have 64 bits in the binary format", []int{218, 226, 526, 534, 542, 551}},
}

// allowForLater turns the outcome of an assertion that a later version changed.
func allowForLater(s *Script, line int, o runner.Outcome) runner.Outcome {
	for i := range later {
		l := &later[i]
		switch {
		case l.suite != s.Suite || l.script != s.Name || !slices.Contains(l.lines, line):
		case o.Verdict == runner.Fail:
			return runner.Outcome{Index: o.Index, Verdict: runner.Skip, Msg: "changed by " + l.reason}
		default:
			return runner.Outcome{Index: o.Index, Verdict: runner.Fail, Msg: "holds, though listed as changed by " + l.reason}
		}
	}
	return o
}
