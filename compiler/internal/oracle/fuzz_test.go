package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// batch is the number of modules in one program: building it is what costs.
const batch = 100

// fuzzForms leaves out the checked form without passes, which shares the passes with the one and the memory accesses
// with the other of its neighbours.
var fuzzForms = forms[:3]

// TestRandomModules runs random modules in all forms and in wazero. WASM2GO_FUZZ_TIME (a duration) makes it try new
// seeds for that long, WASM2GO_FUZZ_SEED (a number) begins at another seed.
func TestRandomModules(t *testing.T) {
	buildsProgram(t)
	first, n, end := uint64(1), 40, time.Now()
	if os.Getenv("WASM2GO_FUZZ_MINIMISE") != "" {
		n = 1
	}
	if s := os.Getenv("WASM2GO_FUZZ_SEED"); s != "" {
		v, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		first = v
	}
	if s := os.Getenv("WASM2GO_FUZZ_TIME"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		n, end = batch, end.Add(d)
	}
	f := findings{kinds: map[string]int{}}
	for seed := first; seed == first || time.Now().Before(end); seed += uint64(n) {
		if n == batch && (seed-first)%(batch*cachedBatches) == 0 {
			emptyCache(t)
		}
		f.try(t, seed, n)
		t.Log(f.String())
	}
}

// cachedBatches is the number of batches after which the build cache is emptied: a module leaves 3 MB there. Compiling the
// standard library again takes as long as one batch.
const cachedBatches = 40

// emptyCache gives the test an empty build cache of its own.
func emptyCache(t *testing.T) {
	dir := filepath.Join(os.TempDir(), fmt.Sprint("wasm2go-fuzz-", os.Getpid()))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", dir)
	t.Cleanup(func() { os.RemoveAll(dir) })
}

// findings counts what random modules gave.
type findings struct {
	modules, calls, traps, lost int
	bad                         int
	kinds                       map[string]int
}

func (f *findings) String() string {
	return fmt.Sprintf("%d modules, %d calls compared, %d of them trap %v, %d modules differ; skipped: the rest of %d modules whose guard form lost a load's trap to the Go compiler",
		f.modules, f.calls, f.traps, f.kinds, f.bad, f.lost)
}

// try runs n seeds from first on.
func (f *findings) try(t *testing.T, first uint64, n int) {
	var programs []*program
	var subjects []*subject
	for i := range n {
		p := generate(first + uint64(i))
		programs = append(programs, p)
		subjects = append(subjects, &subject{text: p.text(), job: p.job})
	}
	run(t, fuzzForms, subjects)
	for i, s := range subjects {
		f.modules++
		for _, o := range s.want {
			f.calls++
			if o.Err != "" {
				f.traps++
				f.kinds[sameKind(o.Err)]++
			}
		}
		form, what := s.difference(programs[i])
		switch {
		case what == lostLoad:
			f.lost++
		case what != "":
			f.bad++
			t.Errorf("seed %d, %s: %s", programs[i].seed, form, what)
			if os.Getenv("WASM2GO_FUZZ_MINIMISE") != "" && f.bad <= 3 {
				t.Logf("minimised:\n%s", minimise(t, programs[i], form, what))
			}
		}
	}
}

// lostLoad is the difference that the guard form is known for.
const lostLoad = "a load's trap is lost"

// difference says in which form the outcomes of s differ from wazero's, and how.
func (s *subject) difference(p *program) (string, string) {
	found, what := "", ""
	for _, f := range fuzzForms {
		d := s.differenceIn(f, p)
		if d != "" && (what == "" || what == lostLoad) {
			found, what = f.suffix, d
		}
	}
	return found, what
}

func (s *subject) differenceIn(f form, p *program) string {
	if err := s.failed[f.suffix]; err != nil {
		return err.Error()
	}
	got := s.got[f.suffix]
	if len(got) != len(s.want) {
		return fmt.Sprintf("%d outcomes, want %d: %q, %q", len(got), len(s.want), got[0].Err, s.want[0].Err)
	}
	for i := range got {
		results := ""
		if i > 0 {
			results = p.sigs[(i-1)%len(p.sigs)].results
		}
		d := differ(results, false, &got[i], &s.want[i])
		if d == "" {
			d = p.globalsDiffer(got[i].Globals, s.want[i].Globals)
		}
		if d == "" {
			continue
		}
		if f.losesLoad(&s.want[i]) {
			return lostLoad
		}
		return fmt.Sprintf("call %d (e%d): %s", i-1, (i-1)%len(p.sigs), d)
	}
	return ""
}

func (p *program) globalsDiffer(got, want []uint64) string {
	types := map[string]byte{}
	for _, v := range p.globals {
		types[v.name] = v.typ
	}
	for i, name := range p.exports {
		if !same(types[name], false, got[i], want[i]) {
			return fmt.Sprintf("global %s is %#x, want %#x", name, got[i], want[i])
		}
	}
	return ""
}

// kindOfDifference is what a smaller module must share with the first: the beginning of the text, or the
// message of the Go compiler.
func kindOfDifference(what string) string {
	head, rest, _ := strings.Cut(what, ":")
	switch {
	case strings.HasPrefix(head, "call"):
		return "call"
	case head == "build":
		line, _, _ := strings.Cut(rest, "\n")
		return line[strings.LastIndex(line, ": ")+1:]
	}
	return head
}

// minimise makes the program smaller as long as it differs in the same way, in the same form: it replaces statements by
// nothing and expressions by constants, many candidates in one build, and then all that kept the difference at once.
func minimise(t *testing.T, p *program, suffix, what string) string {
	t.Helper()
	const perRound, enough = 50, 4 * time.Minute
	start := time.Now()
	m := &minimiser{t: t, kind: kindOfDifference(what)}
	for _, f := range fuzzForms {
		if f.suffix == suffix {
			m.form = f
		}
	}
	at := 0
	for time.Since(start) < enough {
		var sets [][]int
		for k := range perRound {
			sets = append(sets, []int{at + k})
		}
		good := m.keep(p, sets)
		at += perRound
		if len(good) == 0 {
			if p.reduced([]int{at}) == nil {
				break
			}
			continue
		}
		var all []int
		for _, g := range good {
			all = append(all, sets[g]...)
		}
		tries := [][]int{all, all[:(len(all)+1)/2], all[len(all)/2:], all[:(len(all)+3)/4], all[:1]}
		kept := m.keep(p, tries)
		if len(kept) == 0 {
			break // the difference comes and goes
		}
		best := tries[kept[0]]
		p = p.reduced(best)
		at -= perRound - (best[0] - (at - perRound))
	}
	return p.text()
}

type minimiser struct {
	t    *testing.T
	form form
	kind string
}

// keep returns which of the sets of reductions leave the difference.
func (m *minimiser) keep(p *program, sets [][]int) []int {
	var programs []*program
	var subjects []*subject
	for i, set := range sets {
		c := p.reduced(set)
		if c == nil {
			break
		}
		c.job.Package = fmt.Sprintf("r%d", i)
		programs, subjects = append(programs, c), append(subjects, &subject{text: c.text(), job: c.job})
	}
	if len(subjects) == 0 {
		return nil
	}
	run(m.t, []form{m.form}, subjects)
	var good []int
	for i, s := range subjects {
		if d := s.differenceIn(m.form, programs[i]); d != lostLoad && kindOfDifference(d) == m.kind {
			good = append(good, i)
		}
	}
	return good
}

// reduced returns the program with some reductions made, which are numbered in the order of the text; nil if there are
// none of that number.
func (p *program) reduced(set []int) *program {
	c := *p
	c.bodies = make([]*guest, len(p.bodies))
	for i, f := range p.bodies {
		g := *f
		g.body = f.body.clone()
		c.bodies[i] = &g
	}
	for _, k := range slices.Backward(set) { // from the end, so that the numbers of the others stay
		found := false
		for _, f := range c.bodies {
			if found = reduceAt(f.body, &k); found {
				break
			}
		}
		if !found {
			return nil
		}
	}
	return &c
}

// reduceAt makes reduction number *k below n; it counts *k down and reports whether it came to it.
func reduceAt(n *node, k *int) bool {
	for i := 0; i < len(n.args); i++ {
		a := n.args[i]
		if r := reduction(a); r != nil {
			if *k == 0 {
				n.args[i] = r
				return true
			}
			*k--
		}
		if reduceAt(a, k) {
			return true
		}
	}
	return false
}

// reduction is the smallest node that can stand for a, nil if there is none.
func reduction(a *node) *node {
	switch {
	case a.keep || strings.Contains(a.head, ".const") || a.head == "" && len(a.args) == 0:
		return nil
	case a.typ == 0:
		return &node{}
	case a.typ == 'r':
		return nil
	}
	return constNode(a.typ, 0)
}
