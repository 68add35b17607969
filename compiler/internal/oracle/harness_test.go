// Package oracle holds generated Go against wazero: row by row of the instruction table, and random modules.
package oracle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// form is a way to translate a module.
type form struct {
	suffix string
	cfg    compiler.Config
}

var forms = []form{
	{"guard", compiler.Config{Memory: compiler.Guard}},
	{"checked", compiler.Config{Memory: compiler.Checked}},
	{"guard0", compiler.Config{Memory: compiler.Guard, NoOpt: true}},
	{"checked0", compiler.Config{Memory: compiler.Checked, NoOpt: true}},
}

// losesLoad reports whether what wazero wants is the trap of a load that the form may lose to the Go compiler.
func (f form) losesLoad(want *runner.Outcome) bool {
	return f.cfg.Memory == compiler.Guard && want.Err == "out of bounds memory access"
}

// subject is a module in the text format and what to do with it. Job.Package is its name.
type subject struct {
	text string
	job  runner.Job
	// bin is the assembled module, want what wazero makes of the job; both set by run.
	bin  []byte
	want []runner.Outcome
	// got holds the outcomes by form; failed why there are none.
	got    map[string][]runner.Outcome
	failed map[string]error
}

func (s *subject) fail(form string, err error) {
	if s.failed == nil {
		s.failed = map[string]error{}
	}
	s.failed[form] = err
}

// run fills in the outcomes of all subjects: one program of all of them in all forms, and wazero.
func run(t testing.TB, forms []form, subjects []*subject) {
	t.Helper()
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range subjects {
		if s.bin, err = wat.Assemble([]byte(s.text)); err != nil {
			t.Fatalf("%s: %v\n%s", s.job.Package, err, s.text)
		}
		for _, f := range forms {
			if err := translate(p, f, s); err != nil {
				s.fail(f.suffix, err)
			}
		}
	}
	oracles := make(chan bool)
	go func() {
		for _, s := range subjects {
			s.want = wazeroOutcomes(s)
		}
		close(oracles)
	}()
	execute(t, p, forms, subjects)
	start := time.Now()
	<-oracles
	t.Logf("waited for wazero: %v", time.Since(start).Round(time.Millisecond))
}

// compileTime is what a translation may take before it counts as a hang.
const compileTime = 20 * time.Second

func translate(p *gobuild.Program, f form, s *subject) error {
	type result struct {
		pkg *compiler.Package
		err error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- result{err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
			}
		}()
		cfg := f.cfg
		cfg.Package = s.job.Package + f.suffix
		cfg.Jobs = 1
		pkg, err := compiler.Compile(s.bin, cfg)
		done <- result{pkg, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return fmt.Errorf("compile: %w", r.err)
		}
		for _, file := range r.pkg.Files {
			if err := p.Write(s.job.Package+f.suffix+"/"+file.Name, file.Content); err != nil {
				return err
			}
		}
		return nil
	case <-time.After(compileTime):
		return fmt.Errorf("compile: no end after %v", compileTime)
	}
}

// part is a subject in a form, a package of the program.
type part struct {
	s *subject
	f form
}

func (p part) name() string { return p.s.job.Package + p.f.suffix }

// execute builds and runs the program. Packages that do not build and parts that kill or hang the process are set
// aside, and the rest is tried again.
func execute(t testing.TB, p *gobuild.Program, forms []form, subjects []*subject) {
	t.Helper()
	for round := 0; ; round++ {
		parts := pending(forms, subjects)
		if len(parts) == 0 {
			return
		}
		var names []string
		for _, q := range parts {
			names = append(names, q.name())
		}
		if err := p.Main(gobuild.Module[:strings.LastIndexByte(gobuild.Module, '/')]+"/internal/oracle/runner", names); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		bin, err := p.Build(t.Context())
		if err != nil {
			if !setAside(parts, gobuild.Failed(err), err) {
				t.Fatal(err)
			}
			continue
		}
		t.Logf("build of %d packages: %v", len(parts), time.Since(start).Round(time.Millisecond))
		start = time.Now()
		if err := runParts(t, bin, p.Dir, parts); err != nil {
			t.Fatal(err)
		}
		t.Logf("run: %v", time.Since(start).Round(time.Millisecond))
	}
}

// pending lists the parts that have neither outcomes nor a reason for having none.
func pending(forms []form, subjects []*subject) []part {
	var parts []part
	for _, s := range subjects {
		for _, f := range forms {
			if s.got[f.suffix] == nil && s.failed[f.suffix] == nil {
				parts = append(parts, part{s, f})
			}
		}
	}
	return parts
}

func setAside(parts []part, names []string, err error) bool {
	found := false
	for _, q := range parts {
		if slices.Contains(names, q.name()) {
			q.s.fail(q.f.suffix, fmt.Errorf("build: %s", about(err, q.name())))
			found = true
		}
	}
	return found
}

// about returns the part of a go build error that is about one package.
func about(err error, name string) string {
	_, text, _ := strings.Cut(err.Error(), "# "+gobuild.Module+"/"+name+"\n")
	text, _, _ = strings.Cut(text, "\n# ")
	return text
}

// runTime is what all jobs of a program may take before the last one counts as a hang.
const runTime = 2 * time.Minute

// runParts runs the jobs. A part in which the process died is marked as failed.
func runParts(t testing.TB, bin, dir string, parts []part) error {
	jobFile, outFile := filepath.Join(dir, "jobs"), filepath.Join(dir, "outcomes")
	var jobs []runner.Job
	for _, q := range parts {
		j := q.s.job
		j.Package = q.name()
		jobs = append(jobs, j)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(jobs); err != nil {
		return err
	}
	if err := os.WriteFile(jobFile, b.Bytes(), 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, jobFile, outFile)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	progress, runErr := cmd.Output()
	done := readOutcomes(outFile, parts)
	if runErr != nil {
		lines := strings.Fields(string(progress))
		if len(lines) == 0 || done >= len(parts) {
			return fmt.Errorf("%w\n%s", runErr, stderr.String())
		}
		q := parts[done]
		q.s.fail(q.f.suffix, fmt.Errorf("the process died: %v\n%.3000s", runErr, stderr.String()))
	}
	return nil
}

func readOutcomes(file string, parts []part) int {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	dec := gob.NewDecoder(bufio.NewReader(f))
	for i, q := range parts {
		var outs []runner.Outcome
		if dec.Decode(&outs) != nil {
			return i
		}
		if q.s.got == nil {
			q.s.got = map[string][]runner.Outcome{}
		}
		q.s.got[q.f.suffix] = outs
	}
	return len(parts)
}

// buildsProgram skips a test that does so, with -short.
func buildsProgram(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short is set, and this builds a Go program")
	}
}

// allAgree runs s in all forms; difference says how the outcome of call i is not what wazero wants, "" if it is.
func allAgree(t *testing.T, s *subject, difference func(f form, i int, got, want *runner.Outcome) string) {
	t.Helper()
	run(t, forms, []*subject{s})
	for _, f := range forms {
		if err := s.failed[f.suffix]; err != nil {
			t.Fatal(f.suffix, err)
		}
		for i := range s.job.Calls {
			if d := difference(f, i, &s.got[f.suffix][i+1], &s.want[i+1]); d != "" {
				c := &s.job.Calls[i]
				t.Errorf("%s, %s of %#x: %s", f.suffix, c.Func, c.Args, d)
			}
		}
	}
}
