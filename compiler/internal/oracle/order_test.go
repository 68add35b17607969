package oracle

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

// orderModule has functions for what TestTrapOrder puts together.
const orderModule = `(module (memory (export "memory") 1 1) (data $d "passive") (table $t 4 4 funcref) (elem (i32.const 1) $none $three) (elem $e func $none)
(type $none (func (result i32))) (type $three (func (param i32 i64 f64) (result i32)))
(global $g (mut i32) (i32.const 0))
(func $none (result i32) (i32.const 1))
(func $three (param i32 i64 f64) (result i32) (local.get 0))
(func $note (result i32) (i32.store (i32.const 8) (i32.add (i32.mul (i32.load (i32.const 8)) (i32.const 3)) (i32.const 1))) (i32.const 1))
(func (export "reset") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))
`

// orderSources are operands as i32 that trap, each in its way, and at last one whose evaluation shows in the state.
var orderSources = []string{
	"(i32.div_u (i32.const 1) (local.get $zero))",
	"(i32.load (local.get $far))",
	"(i32.trunc_f64_s (local.get $nan))",
	"(call_indirect (type $none) (i32.const 0))",
	"(call $note)",
}

// fromI32 converts an i32 to the type of a letter.
var fromI32 = map[byte]string{'i': "%", 'a': "%", 'I': "(i64.extend_i32_u %)", 'f': "(f32.convert_i32_s %)", 'F': "(f64.convert_i32_s %)"}

// orderCase is an instruction without its operands, and operands with which it traps by itself.
type orderCase struct {
	text           string
	params, result string // letters
	own            []string
}

// likeOther are atomics that are translated as others are, and those that wait.
var likeOther = regexp.MustCompile(`rmw.*\.(sub|and|or|xor|xchg)|i64\.atomic\.rmw\d|wait`)

// orderCases are the instructions that trap, and others with several operands.
func orderCases() []orderCase {
	far, zero, nan := "(local.get $far)", "(local.get $zero)", "(local.get $nan)"
	cases := []orderCase{
		{"i32.add", "ii", "i", nil}, {"f64.mul", "FF", "F", nil}, {"select", "IIi", "I", nil}, {"i64.lt_s", "II", "i", nil},
		{"call $three", "iIF", "i", nil},
		{"call_indirect (type $three)", "iIFi", "i", []string{"(i32.const 1)", "(i64.const 1)", "(f64.const 1)", far}},
		{"call_indirect (type $three)", "iIFi", "i", []string{"(i32.const 1)", "(i64.const 1)", "(f64.const 1)", "(i32.const 1)"}},
		{"call_indirect (type $three)", "iIFi", "i", []string{"(i32.const 1)", "(i64.const 1)", "(f64.const 1)", "(i32.const 3)"}},
		{"memory.fill", "iii", "", []string{far, "(i32.const 1)", "(i32.const 1)"}},
		{"memory.copy", "iii", "", []string{far, "(i32.const 1)", "(i32.const 1)"}},
		{"memory.init $d", "iii", "", []string{far, "(i32.const 1)", "(i32.const 1)"}},
		{"table.init $e", "iii", "", []string{far, "(i32.const 0)", "(i32.const 1)"}},
		{"table.copy", "iii", "", []string{far, "(i32.const 1)", "(i32.const 1)"}},
		{"global.set $g", "i", "", nil},
	}
	for _, o := range op.All() {
		if o.Go == "" || !(o.Has('T') || o.IsMemAccess()) || likeOther.MatchString(o.Name) {
			continue
		}
		c := orderCase{text: o.Name, params: o.Params(), result: o.Results()}
		for i := range c.params {
			own := strings.ReplaceAll(fromI32[c.params[i]], "%", "(i32.const 1)")
			switch {
			case c.params[i] == 'a':
				own = far
			case len(c.params) == 2 && i == 1 && !o.IsMemAccess():
				own = strings.ReplaceAll(fromI32[c.params[i]], "%", zero)
			case c.params[i] == 'F' && len(c.params) == 1:
				own = nan
			case c.params[i] == 'f' && len(c.params) == 1:
				own = "(f32.demote_f64 " + nan + ")"
			}
			c.own = append(c.own, own)
		}
		cases = append(cases, c)
	}
	return cases
}

// operands calls fn with each combination of operands of c. Of three and more, only two are sources at a time.
func (c *orderCase) operands(fn func([]string)) {
	args := make([]string, len(c.params))
	var choose func(i, sources int)
	choose = func(i, sources int) {
		if i == len(args) {
			fn(args)
			return
		}
		args[i] = strings.ReplaceAll(fromI32[c.params[i]], "%", "(i32.const 1)")
		if c.own != nil {
			args[i] = c.own[i]
		}
		choose(i+1, sources)
		if sources == 2 {
			return
		}
		for _, s := range orderSources {
			args[i] = strings.ReplaceAll(fromI32[c.params[i]], "%", s)
			choose(i+1, sources+1)
		}
	}
	choose(0, 0)
}

// TestTrapOrder: operands are evaluated in order, before the instruction itself traps, whatever they do.
func TestTrapOrder(t *testing.T) {
	buildsProgram(t)
	s := &subject{job: runner.Job{Package: "order", State: true}}
	var text strings.Builder
	var letters []string
	text.WriteString(orderModule)
	for _, c := range orderCases() {
		c.operands(func(args []string) {
			result := ""
			if c.result != "" {
				result = " (result " + watTypes[c.result[0]] + ")"
			}
			body := "(" + c.text + " " + strings.Join(args, " ") + ")"
			name := fmt.Sprint(len(letters), ": ", body)
			fmt.Fprintf(&text, "(func (export %q) (param $zero i32) (param $far i32) (param $nan f64)%s %s)\n", name, result, body)
			letters = append(letters, c.result)
			s.job.Calls = append(s.job.Calls, runner.Call{Func: name, Args: []uint64{0, 0x7fff0000, 0x7ff8000000000000}},
				runner.Call{Func: "reset"})
		})
	}
	s.text = text.String() + ")"
	t.Log(len(letters), "functions")
	lost := 0
	allAgree(t, s, func(f form, i int, got, want *runner.Outcome) string {
		d := ""
		if i%2 == 0 {
			d = differ(letters[i/2], true, got, want)
		}
		if d != "" && f.losesLoad(want) {
			lost++
			return ""
		}
		return d
	})
	t.Log("skipped:", lost, "calls whose guard form loses a load's trap to the Go compiler")
}
