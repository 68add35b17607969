package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// counter counts the instructions of a command.
type counter struct {
	name string
	// works tries whether it works here.
	works func() bool
	argv  []string // before the command
	line  *regexp.Regexp
}

var counters = []counter{
	{"perf", perfWorks, []string{"perf", "stat", "-x", ",", "-e", "instructions:u"}, regexp.MustCompile(`(?m)^(\d+),,instructions:u`)},
	{"valgrind", valgrindWorks, []string{"valgrind", "--tool=cachegrind", "--cache-sim=no", "--smc-check=all-non-file", "--cachegrind-out-file=/dev/null"},
		regexp.MustCompile(`I +refs: +([\d,]+)`)},
}

func perfWorks() bool {
	out, err := exec.Command("perf", "stat", "-x", ",", "-e", "instructions:u", "true").CombinedOutput()
	return err == nil && regexp.MustCompile(`(?m)^\d+,,instructions:u`).Match(out)
}

func valgrindWorks() bool { _, err := exec.LookPath("valgrind"); return err == nil }

// countAll counts the instructions of each program, less those of a run of size 0.
func (b *bench) countAll() error {
	i := slices.IndexFunc(counters, func(c counter) bool { return c.works() })
	if i < 0 {
		return errors.New("-count: neither perf (with instructions:u) nor valgrind works here")
	}
	c := counters[i]
	note("counting by %s", c.name)
	return b.turns(func(p *program, m *measure) error {
		progress("counting %s", p.name)
		defer progress("")
		empty, _, err := c.run(append(slices.Clone(m.argv), "0"))
		if err != nil {
			return err
		}
		full, output, err := c.run(append(slices.Clone(m.argv), b.size(p)))
		m.count, m.output = full-empty, output
		return err
	})
}

func (c *counter) run(argv []string) (n float64, output string, err error) {
	argv = append(slices.Clone(c.argv), argv...)
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, "", err
	}
	found := c.line.FindStringSubmatch(stderr.String())
	if found == nil {
		return 0, "", fmt.Errorf("%s counted nothing", c.name)
	}
	n, err = strconv.ParseFloat(strings.ReplaceAll(found[1], ",", ""), 64)
	return n, strings.TrimSpace(string(out)), err
}
