package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wasm2go/wasm2go/bench/report"
)

// measure is what was measured of a program under a contestant.
type measure struct {
	ready
	cpu, wall []float64 // seconds, by run
	peak      int64     // resident memory, KB
	prepared  time.Duration
	count     float64 // instructions
	output    string
	failed    error
}

// median is the middle of the values.
func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}

// value is what tables compare: processor time in seconds, or instructions. ok is false where there is none.
func (b *bench) value(program, contestant string) (v float64, ok bool) {
	m := b.results[program][contestant]
	switch {
	case m == nil || m.failed != nil:
		return 0, false
	case b.count:
		return m.count, m.count > 0
	case len(m.cpu) == 0:
		return 0, false
	}
	return max(median(m.cpu), 1e-6), true
}

// turns calls f for each program that each contestant can run, contestant after contestant.
func (b *bench) turns(f func(p *program, m *measure) error) error {
	for _, p := range b.list {
		for _, r := range b.field {
			m := b.results[p.name][r.name]
			if m == nil || m.failed != nil {
				continue
			}
			if m.failed = f(p, m); m.failed != nil {
				note("left out: %s, %s: %v", p.name, r.name, m.failed)
				continue
			}
			for _, other := range b.results[p.name] {
				if other.failed == nil && m.output != "" && other.output != "" && other.output != m.output {
					return fmt.Errorf("%s: %s prints %q, another contestant %q", p.name, r.name, m.output, other.output)
				}
			}
		}
	}
	return nil
}

// measureAll measures the rounds. An interrupt ends it early; the tables then have what there is.
func (b *bench) measureAll() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for round := range b.rounds {
		err := b.turns(func(p *program, m *measure) error {
			if ctx.Err() != nil {
				return nil
			}
			progress("round %d of %d: %s", round+1, b.rounds, p.name)
			if err := b.turn(p, m); ctx.Err() == nil { // the interrupt of a terminal reaches the program as well
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	progress("")
	if ctx.Err() != nil {
		note("interrupted")
		return nil
	}
	return b.profile()
}

// patience is how long a run may take.
const patience = 5 * time.Minute

// size is the argument of a run.
func (b *bench) size(p *program) string {
	if b.short || b.count {
		return fmt.Sprint(p.small)
	}
	return fmt.Sprint(p.size)
}

// turn runs a program once.
func (b *bench) turn(p *program, m *measure) error {
	cmd := exec.Command(m.argv[0], append(slices.Clone(m.argv[1:]), b.size(p))...)
	output, figures, err := execute(cmd)
	if err != nil {
		return err
	}
	m.output = output
	var cpu, wall, peak, prepared int64
	if n, _ := fmt.Sscanf(figures, "bench %d %d %d %d", &cpu, &wall, &peak, &prepared); n < 4 { // a program of its own
		u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		cpu = u.Utime.Nano() + u.Stime.Nano()
	}
	m.cpu = append(m.cpu, float64(cpu)/1e9)
	m.wall = append(m.wall, float64(wall)/1e9)
	m.peak = max(m.peak, peak)
	m.prepared = time.Duration(prepared)
	return nil
}

// execute runs a command and returns its output and the last line of its error output.
func execute(cmd *exec.Cmd) (output, figures string, err error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err = cmd.Run()
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	if err != nil {
		return "", "", fmt.Errorf("%w: %s", err, lines[0])
	}
	if stdout.Len() == 0 {
		return "", "", errors.New("no output")
	}
	return strings.TrimSpace(stdout.String()), lines[len(lines)-1], nil
}

// profile writes the CPU profiles that -profiles asks for: those of programs that package report is part of.
func (b *bench) profile() error {
	if b.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	bin := filepath.Join(b.out, "bin") + string(filepath.Separator)
	return b.turns(func(p *program, m *measure) error {
		variant, ours := strings.CutPrefix(m.argv[0], bin)
		if !ours {
			return nil
		}
		name := filepath.Join(b.profiles, slug(p.name)+"-"+slug(filepath.Dir(variant))+".pprof")
		cmd := exec.Command(m.argv[0], append(slices.Clone(m.argv[1:]), b.size(p))...)
		cmd.Env = append(os.Environ(), report.ProfileVariable+"="+name)
		_, _, err := execute(cmd)
		return err
	})
}
