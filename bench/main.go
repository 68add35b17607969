// Command bench compares programs translated by wasm2go with the same modules under other toolchains.
//
// programs.go is the table of programs, runners.go that of contestants. Everything is built first; then the programs run in
// turns, round by round, so that a slow spell of the machine hits all contestants. A program's output must be the same
// everywhere. What a run tells about itself is described in package report. Medians of processor time make the tables:
// ratios to wasm2c + clang -O2 and to wasm2go's guard form, geometric means per class and over all, peaks of memory, times
// of translation and build, sizes. What is not installed is left out with a line that says so.
//
// With -threads it measures the programs with threads in threads/ instead, which time themselves, and with -wasi the functions
// of WASI against wazero's.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// bench is the state of the command: its flags, and what was measured.
type bench struct {
	rounds                  int
	only, runners           string
	csv, svg, md            string
	profiles                string
	short, large            bool
	threads, startup        bool
	wasi                    bool
	count, ablate           bool
	compare, flags, renewed list

	out     string                         // work folder, absolute
	field   []*runner                      // contestants
	list    []*program                     // programs
	results map[string]map[string]*measure // program, contestant
	figures map[string]map[string]*measure // of the thread part
	built   map[string]bool                // executables of the thread part
}

func (b *bench) define() {
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of the whole field")
	flag.StringVar(&b.only, "only", "", "only programs and classes that match `regexp`")
	flag.StringVar(&b.runners, "runners", "", "only contestants that match `regexp`; it also brings in those that are left out by default, which are slow")
	flag.StringVar(&b.csv, "csv", "", "also write the raw figures to `file`")
	flag.StringVar(&b.svg, "svg", "", "also draw the ratios to `file`")
	flag.StringVar(&b.md, "md", "", "write the tables to `file` instead of the standard output")
	flag.Var(&b.renewed, "renew", "also renew the tables in `file`, between its marks; may be repeated")
	flag.StringVar(&b.profiles, "profiles", "", "also write a CPU profile of each of this project's contestants to `folder`")
	flag.BoolVar(&b.short, "short", false, "small sizes and one round: a test of the suite")
	flag.BoolVar(&b.threads, "threads", false, "measure threads")
	flag.BoolVar(&b.startup, "startup", false, "measure instantiation and the start of processes")
	flag.BoolVar(&b.wasi, "wasi", false, "measure calls of WASI")
	flag.BoolVar(&b.large, "large", false, "also have large programs translated to C, which a C compiler takes many minutes for")
	flag.BoolVar(&b.count, "count", false, "count instructions instead of time, by perf or valgrind, with small sizes")
	flag.BoolVar(&b.ablate, "ablate", false, "compare the guard form with itself without each pass of the compiler in turn")
	flag.Var(&b.compare, "compare", "another contestant: the guard form of the checkout in `folder`; may be repeated")
	flag.Var(&b.flags, "flags", "another contestant: the guard form translated with these `flags`, such as -O0; may be repeated")
}

func main() {
	b := &bench{results: map[string]map[string]*measure{}, figures: map[string]map[string]*measure{}, built: map[string]bool{}}
	b.define()
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() (err error) {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if b.out, err = filepath.Abs("out"); err != nil {
		return err
	}
	switch {
	case b.startup:
		return b.startupPart()
	case b.threads:
		return b.threadPart()
	case b.wasi:
		return b.wasiPart()
	}
	if b.short {
		b.rounds = 1
	}
	if err := b.choose(); err != nil {
		return err
	}
	b.prepare()
	if b.count {
		err = b.countAll()
	} else {
		err = b.measureAll()
	}
	if err != nil {
		return err
	}
	return b.report()
}

// choose picks programs and contestants.
func (b *bench) choose() error {
	only, err := regexp.Compile(b.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	for i := range programs {
		if p := &programs[i]; (only.MatchString(p.name) || only.MatchString(p.class)) && !(b.ablate && b.only == "" && p.large) {
			b.list = append(b.list, p)
		}
	}
	if len(b.list) == 0 {
		return fmt.Errorf("-only %s: no such program", b.only)
	}
	all, err := b.allRunners()
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile(b.runners)
	if err != nil {
		return fmt.Errorf("-runners: %w", err)
	}
	for _, r := range all {
		chosen := !r.optional && b.runners == "" || b.runners != "" && wanted.MatchString(r.name) || r.asked
		if chosen && installed(r.name, r.needs) {
			b.field = append(b.field, r)
		}
	}
	if len(b.field) == 0 {
		return fmt.Errorf("-runners %s: no such contestant", b.runners)
	}
	return nil
}

// note is a line about what was left out.
func note(format string, args ...any) {
	progress("")
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// progress shows what is going on, on a terminal, instead of what it showed before.
func progress(format string, args ...any) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}
