package spectest

import (
	"os"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// Options say how to run scripts.
type Options struct {
	// Dir is the folder of the generated module; see DefaultDir.
	Dir string
	// Forms are the memory forms to run.
	Forms []compiler.MemoryForm
	// NoOpt translates without optimization.
	NoOpt bool
	// Split divides modules over packages; see compiler.Config.Split.
	Split int
	// Vet runs go vet over the generated packages.
	Vet bool
	// Progress, if set, is called often, from several goroutines at once.
	Progress func(step string, done, total int)
	// Log, if set, is told how long each step took.
	Log func(format string, args ...any)
}

func (o *Options) progress(step string, done, total int) {
	if o.Progress != nil {
		o.Progress(step, done, total)
	}
}

// step runs f and logs its duration.
func (o *Options) step(name string, f func() error) error {
	start := time.Now()
	err := f()
	if o.Log != nil {
		o.Log("%s: %.1f s", name, time.Since(start).Seconds())
	}
	return err
}

// Run executes all commands of the scripts. The error is for what the harness could not do; everything that scripts
// reveal is in the report.
func Run(scripts []*Script, opt Options) (*Report, error) {
	r := &Report{}
	p := &program{tree: tree{dir: opt.Dir, want: map[string]bool{}}, opt: &opt}
	if err := os.MkdirAll(opt.Dir, 0o755); err != nil {
		return nil, err
	}
	var jobs []*job
	steps := []struct {
		name string
		do   func() error
	}{
		{"assemble and reject", func() error { assembleAll(scripts); r.rejections(scripts); return nil }},
		{"translate", func() error {
			p.units, p.byKey = collect(scripts)
			r.fault(translateAll(p.units, &opt))
			return nil
		}},
		{"build", p.build},
		{"execute", func() (err error) {
			if jobs, err = p.prepare(scripts); err == nil {
				p.run(jobs)
				r.executions(jobs)
			}
			return err
		}},
		{"vet", func() error {
			if opt.Vet {
				r.fault(p.vet())
			}
			return nil
		}},
	}
	for _, s := range steps {
		if err := opt.step(s.name, s.do); err != nil {
			return r, err
		}
	}
	return r, nil
}

// rejections judges what the compiler must reject.
func (r *Report) rejections(scripts []*Script) {
	outcomes := make([][]runner.Outcome, len(scripts))
	parallel(len(scripts), func(i int) {
		for _, c := range scripts[i].Commands {
			if c.rejects() {
				outcomes[i] = append(outcomes[i], judgeRejection(c))
			}
		}
	})
	for i, s := range scripts {
		r.add(s, "", outcomes[i])
	}
}

// executions takes over the outcomes of the workers. A command without one was given up.
func (r *Report) executions(jobs []*job) {
	for _, j := range jobs {
		var outcomes []runner.Outcome
		for _, c := range j.script.Commands {
			if c.rejects() {
				continue
			}
			o, ok := j.outcomes[c.Index]
			if !ok {
				o = runner.Outcome{Index: c.Index, Verdict: runner.Fail, Msg: "not reached: the process died too often"}
			}
			outcomes = append(outcomes, o)
		}
		r.add(j.script, j.form, outcomes)
	}
}
