// Command bench compares the programs in programs/ as translated by wasm2go with the same modules under other
// toolchains, and prints a table.
//
// Every contestant of a program is an executable with one protocol: given a count, it calls the module's export run with
// it and prints the result and the nanoseconds of the call. All are built first; then they run in turns, round by round,
// so that a slow spell of the machine hits all of them; the table gives medians as ratios to the first contestant.
// What is not installed (wasm2c, clang, gcc, node) is left out with a line that says so.
//
// With -threads it does the same for the programs with threads in threads/, which time themselves.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// programs are the sources in programs/ and how often run does its work.
var programs = []struct {
	name  string
	count int
}{{"core", 3000}, {"mem", 60}, {"call", 200}, {"nbody", 2000}}

type contestant struct {
	name string
	// build makes the executable for a program.
	build func(b *bench, program, exe string) error
	// needs are commands that must be installed.
	needs []string
}

var contestants = []contestant{
	{"wasm2go guard", translate("guard"), nil},
	{"wasm2go checked", translate("checked"), nil},
	{"wazero compiler", wazeroExe, nil},
	{"wasm2c + clang -O2", wasm2c("clang"), []string{"wasm2c", "clang"}},
	{"wasm2c + gcc -O2", wasm2c("gcc"), []string{"wasm2c", "gcc"}},
	{"clang -O2 (no wasm)", native, []string{"clang"}},
}

type bench struct {
	out     string // work folder
	rounds  int
	results map[string]map[string]*measure // program or figure, contestant
	built   map[string]bool                // executables of programs with threads
}

type measure struct {
	seconds []float64
	result  string
	build   time.Duration
	size    int64
}

func (m *measure) median() float64 {
	s := slices.Sorted(slices.Values(m.seconds))
	return s[len(s)/2]
}

func main() {
	rounds := flag.Int("rounds", 7, "rounds of the whole field")
	csv := flag.String("csv", "", "also write the raw figures to this file")
	threads := flag.Bool("threads", false, "measure threads")
	flag.Parse()
	b := &bench{out: "out", rounds: *rounds, results: map[string]map[string]*measure{}, built: map[string]bool{}}
	run := b.run
	if *threads {
		run = b.threads
	}
	if err := run(*csv); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(csv string) error {
	field := slices.DeleteFunc(slices.Clone(contestants), func(c contestant) bool { return !installed(c) })
	for _, p := range programs {
		b.results[p.name] = map[string]*measure{}
		for _, c := range field {
			if err := b.prepare(p.name, c); err != nil {
				return fmt.Errorf("%s, %s: %w", p.name, c.name, err)
			}
		}
	}
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, b.rounds)
		for _, p := range programs {
			for _, c := range field {
				if err := b.turn(p.name, p.count, c.name); err != nil {
					return err
				}
			}
		}
	}
	b.table(field)
	if csv != "" {
		return os.WriteFile(csv, b.csv(field), 0o644)
	}
	return nil
}

// installed reports whether this machine can build a contestant, and says so if not.
func installed(c contestant) bool {
	for _, cmd := range c.needs {
		if _, err := exec.LookPath(cmd); err != nil {
			fmt.Fprintf(os.Stderr, "left out: %s (%s is not installed)\n", c.name, cmd)
			return false
		}
	}
	return true
}

func (b *bench) exe(program, contestant string) string {
	return filepath.Join(b.out, strings.NewReplacer(" ", "", "+", "-", "(", "-", ")", "").Replace(contestant), program)
}

func (b *bench) prepare(program string, c contestant) error {
	exe := b.exe(program, c.name)
	if err := os.MkdirAll(filepath.Dir(exe), 0o755); err != nil {
		return err
	}
	start := time.Now()
	if err := c.build(b, program, exe); err != nil {
		return err
	}
	m := &measure{build: time.Since(start)}
	if info, err := os.Stat(exe); err == nil {
		m.size = info.Size()
	}
	b.results[program][c.name] = m
	return nil
}

// turn runs a contestant once. All must print the same result.
func (b *bench) turn(program string, count int, contestant string) error {
	args := []string{fmt.Sprint(count)}
	if contestant == "wazero compiler" {
		args = append(args, wasmFile(program))
	}
	cmd := exec.Command(b.exe(program, contestant), args...)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s, %s: %w", program, contestant, err)
	}
	m := b.results[program][contestant]
	var ns int64
	if _, err := fmt.Sscan(string(out), &m.result, &ns); err != nil {
		return fmt.Errorf("%s, %s: %q: %w", program, contestant, out, err)
	}
	m.seconds = append(m.seconds, float64(ns)/1e9)
	if first := b.results[program][contestants[0].name]; first.result != m.result {
		return fmt.Errorf("%s: %s gives %s, %s gives %s", program, contestants[0].name, first.result, contestant, m.result)
	}
	return nil
}

// table prints times relative to the first contestant, and their geometric mean.
func (b *bench) table(field []contestant) {
	fmt.Print("| program |")
	for _, c := range field {
		fmt.Printf(" %s |", c.name)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", len(field)))
	logs := make([]float64, len(field))
	for _, p := range programs {
		base := b.results[p.name][field[0].name].median()
		fmt.Printf("| %s |", p.name)
		for i, c := range field {
			m := b.results[p.name][c.name].median()
			logs[i] += math.Log(m / base)
			fmt.Printf(" %.2f (%.1f ms) |", m/base, m*1e3)
		}
		fmt.Println()
	}
	fmt.Print("| **geometric mean** |")
	for i := range field {
		fmt.Printf(" **%.2f** |", math.Exp(logs[i]/float64(len(programs))))
	}
	fmt.Println()
}

func (b *bench) csv(field []contestant) []byte {
	out := []byte("program,contestant,median_s,build_s,size_bytes,runs_s\n")
	for _, p := range programs {
		for _, c := range field {
			m := b.results[p.name][c.name]
			out = fmt.Appendf(out, "%s,%s,%.6f,%.2f,%d,%v\n", p.name, c.name, m.median(), m.build.Seconds(), m.size, m.seconds)
		}
	}
	return out
}
