package spectest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// commandTimeout is how long one command may take. The slowest takes about a second on an idle machine.
const commandTimeout = 60 * time.Second

// maxDeaths is how often one script may bring its worker down before the rest of it is given up.
const maxDeaths = 10

// job is one script in one form.
type job struct {
	script  *Script
	form    string
	file    string
	without []int
	// outcomes by index of the commands that the worker executes.
	outcomes map[int]runner.Outcome
}

// executable returns the part of a script that a worker executes, for one form.
func (p *program) executable(s *Script, form string) *runner.Script {
	out := &runner.Script{Name: s.Name}
	for _, c := range s.Commands {
		if c.rejects() {
			continue
		}
		rc := c.Command
		if u := p.byKey[rc.Package]; u != nil {
			rc.Missing = u.missing[form]
		}
		out.Commands = append(out.Commands, rc)
	}
	return out
}

// prepare writes the scripts as data.
func (p *program) prepare(scripts []*Script) ([]*job, error) {
	var jobs []*job
	for i, s := range scripts {
		for _, form := range p.opt.Forms {
			raw, err := json.Marshal(p.executable(s, string(form)))
			if err != nil {
				return nil, err
			}
			name := path.Join("scripts", string(form), fmt.Sprintf("%03d_%s.json", i, s.Name))
			if err := p.write(name, raw); err != nil {
				return nil, err
			}
			jobs = append(jobs, &job{script: s, form: string(form), file: filepath.Join(p.dir, filepath.FromSlash(name))})
		}
	}
	return jobs, nil
}

// run executes all jobs in as many worker processes as there are processors.
func (p *program) run(jobs []*job) {
	queue := make(chan *job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			w := &worker{binary: p.binary()}
			defer w.stop()
			for j := range queue {
				w.finish(j)
				p.opt.progress("executed", len(jobs)-len(queue), len(jobs))
			}
		})
	}
	wg.Wait()
}

// worker is a process of the program, started when it is needed.
type worker struct {
	binary string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	stderr *bytes.Buffer
}

func (w *worker) start() (err error) {
	w.cmd, w.stderr = exec.Command(w.binary), &bytes.Buffer{}
	w.cmd.Stderr = w.stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.out = json.NewDecoder(out)
	return w.cmd.Start()
}

// stop ends the process and returns how it ended.
func (w *worker) stop() string {
	if w.cmd == nil {
		return ""
	}
	w.in.Close()
	err := w.cmd.Wait()
	w.cmd = nil
	return fmt.Sprintf("%v\n%s", err, head(w.stderr.String(), 30))
}

// head returns the first n lines: of a fatal error's report these are the ones that matter.
func head(text string, n int) string {
	lines := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "")
}

// finish executes a script. A command that brings the process down fails, and the script starts again without it.
func (w *worker) finish(j *job) {
	died := map[int]runner.Outcome{}
	for len(died) < maxDeaths {
		j.outcomes = map[int]runner.Outcome{}
		err := w.attempt(j)
		if err == nil {
			break
		}
		at := j.next()
		died[at] = runner.Outcome{Index: at, Verdict: runner.Fail, Msg: fmt.Sprintf("the process died: %v", err)}
		j.without = append(j.without, at)
	}
	for at, o := range died {
		j.outcomes[at] = o
	}
}

// next is the command behind the last outcome.
func (j *job) next() int {
	for _, c := range j.script.Commands {
		if _, done := j.outcomes[c.Index]; !done && !c.rejects() && !slices.Contains(j.without, c.Index) {
			return c.Index
		}
	}
	return len(j.script.Commands)
}

// attempt lets the process execute the script once. The error says how the process died.
func (w *worker) attempt(j *job) error {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(w.in).Encode(runner.Request{File: j.file, Form: j.form, Without: j.without}); err != nil {
		return errors.New(w.stop())
	}
	cmd := w.cmd
	watchdog := time.AfterFunc(commandTimeout, func() { interrupt(cmd.Process) })
	defer watchdog.Stop()
	for {
		var r runner.Response
		if err := w.out.Decode(&r); err != nil {
			late := !watchdog.Stop()
			how := w.stop()
			if late {
				how = fmt.Sprintf("no outcome within %v: %s", commandTimeout, how)
			}
			return errors.New(how)
		}
		watchdog.Reset(commandTimeout)
		if r.Done {
			return doneError(r.Err)
		}
		j.outcomes[r.Index] = r.Outcome
	}
}

func doneError(msg string) error {
	if msg == "" {
		return nil
	}
	return errors.New(msg)
}

// interrupt makes a Go program print its stacks and end; a process that does not is killed.
func interrupt(p *os.Process) {
	if p.Signal(syscall.SIGQUIT) == nil {
		time.Sleep(5 * time.Second)
	}
	p.Kill()
}
