package spectest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// Failure is one command that failed, or a fault of a generated package.
type Failure struct {
	Place string // suite, script and line
	Form  string // "" if it concerns the compiler alone
	Kind  runner.Kind
	Msg   string
}

func (f Failure) String() string {
	return strings.Join(slices.DeleteFunc([]string{f.Place, string(f.Kind), f.Form}, func(s string) bool { return s == "" }), " ") +
		": " + f.Msg
}

// Count is the number of commands by verdict; Skipped has the reasons.
type Count struct {
	Passed, Failed int
	Skipped        map[string]int
}

// Skips is the number of skipped commands.
func (c *Count) Skips() (n int) {
	for _, k := range c.Skipped {
		n += k
	}
	return n
}

// Reasons lists the reasons for skips with their counts, the most frequent first.
func (c *Count) Reasons() string {
	names := slices.SortedFunc(maps.Keys(c.Skipped), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Skipped[b], c.Skipped[a]), cmp.Compare(a, b))
	})
	for i, n := range names {
		names[i] = fmt.Sprintf("%s %d", n, c.Skipped[n])
	}
	return strings.Join(names, ", ")
}

func (c *Count) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skips())
}

func (c *Count) add(o runner.Outcome) {
	switch o.Verdict {
	case runner.Pass:
		c.Passed++
	case runner.Fail:
		c.Failed++
	case runner.Skip:
		if c.Skipped == nil {
			c.Skipped = map[string]int{}
		}
		c.Skipped[o.Msg]++
	}
}

// Merge adds the counts of d.
func (c *Count) Merge(d *Count) {
	c.Passed += d.Passed
	c.Failed += d.Failed
	for reason, n := range d.Skipped {
		if c.Skipped == nil {
			c.Skipped = map[string]int{}
		}
		c.Skipped[reason] += n
	}
}

// ScriptReport is the result of one script in one form. What the compiler alone decides is counted once, with Form "".
type ScriptReport struct {
	Suite, Name, Form string
	Count
}

// Report is the result of a run. The number of commands is that of all scripts, twice for two forms.
type Report struct {
	Scripts  []*ScriptReport
	Failures []Failure
}

// Total sums up the scripts that match, all for a nil function.
func (r *Report) Total(match func(*ScriptReport) bool) *Count {
	var c Count
	for _, s := range r.Scripts {
		if match == nil || match(s) {
			c.Merge(&s.Count)
		}
	}
	return &c
}

// fault counts faults of generated packages.
func (r *Report) fault(list []Failure) {
	if len(list) > 0 {
		r.Failures = append(r.Failures, list...)
		r.Scripts = append(r.Scripts, &ScriptReport{Suite: "generated", Name: "packages", Count: Count{Failed: len(list)}})
	}
}

func (r *Report) add(s *Script, form string, outcomes []runner.Outcome) {
	sr := &ScriptReport{Suite: s.Suite, Name: s.Name, Form: form}
	for _, o := range outcomes {
		c := s.Commands[o.Index]
		o = allowFor(s, c.Line, o)
		sr.add(o)
		if o.Verdict == runner.Fail {
			r.Failures = append(r.Failures, Failure{s.where(c.Line), form, c.Kind, o.Msg})
		}
	}
	r.Scripts = append(r.Scripts, sr)
}
