package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// threadRuns are the programs of threads/, and testdata/threads/spawnjoin.wat, as they run in each round. The figures are
// those that they print.
var threadRuns = []struct {
	program string
	args    []string
}{
	{bare, []string{"100000"}},
	{"spawnjoin", []string{"4000"}},
	{"handoff", []string{"500000"}},
	{"mutex", []string{"500000"}},
	{"mandelbrot", []string{"400", "1"}},
	{"mandelbrot", []string{"400", "2"}},
	{"rayon", []string{"200000", "1"}},
	{"rayon", []string{"200000", "2"}},
}

// figures are the rows of the table.
var figures = []struct{ key, text string }{
	{"spawn_join", "spawn and join, no libc"},
	{"spawn_join/1", "pthread_create and join"},
	{"spawn_join/8", "pthread_create and join, 8 at a time"},
	{"handoff/2", "hand-off by wait and notify, one way"},
	{"mutex/1", "mutex, 1 thread"},
	{"mutex/2", "mutex, 2 threads"},
	{"mutex/8", "mutex, 8 threads"},
	{"mandelbrot/1", "mandelbrot, 1 thread, per pixel"},
	{"mandelbrot/2", "mandelbrot, 2 threads"},
	{"rayon_sort/1", "rayon's sort, 1 thread, per number"},
	{"rayon_sort/2", "rayon's sort, 2 threads"},
}

// bare is the program without a libc: its export spawn_join is called.
const bare = "bare"

// threadModule is the file of a program.
func threadModule(program string) string {
	switch program {
	case bare:
		return "../testdata/threads/spawnjoin.wat"
	case "rayon":
		return "threads/rayon/rayon.wasm"
	}
	return "threads/" + program + ".wasm"
}

// threadRunner is a contestant of the thread part: its programs print lines "figure value ns".
type threadRunner struct {
	name string
	// build makes the executable for a program, or fails with errors.ErrUnsupported.
	build   func(b *bench, program, exe string) error
	needs   []string
	command func(exe, program string, args []string) []string
}

var threadRunners = []threadRunner{
	{"wasm2go guard", threaded("guard"), nil, runExe},
	{"wasm2go checked", threaded("checked"), nil, runExe},
	{"Node", nodeModule, []string{"node", "wat2wasm"}, runNode},
	{"clang -O2 -pthread (no wasm)", nativeThreads, []string{"clang"}, runExe},
}

func runExe(exe, _ string, args []string) []string { return append([]string{exe}, args...) }

func runNode(exe, program string, args []string) []string {
	node := []string{"node", "--no-warnings", "threads/node/run.mjs", "--pool=8"}
	if program == bare {
		return append(node, "--call=spawn_join,"+args[0], exe)
	}
	return append(append(node, threadModule(program)), args...)
}

// nodeModule makes the binary format of the one program that is text.
func nodeModule(_ *bench, program, exe string) error {
	if program != bare {
		return nil
	}
	return runCommand(".", nil, "wat2wasm", "--enable-threads", threadModule(program), "-o", exe)
}

// nativeThreads compiles what there is in C.
func nativeThreads(_ *bench, program, exe string) error {
	if program == bare || program == "rayon" {
		return errors.ErrUnsupported
	}
	return runCommand(".", nil, "clang", "-O2", "-pthread", "threads/"+program+".c", "-o", exe)
}

// commandMain is the program around a command with threads, bareMain that around the program without a libc.
const commandMain = `import (
	"context"
	"fmt"
	"os"

	"bench/programs/%[1]s/app"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

func main() {
	sys, err := wasi.New(wasi.Config{Args: os.Args, Stdout: os.Stdout, Stderr: os.Stderr})
	if err == nil {
		err = threads.Run(context.Background(), app.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, threads.Config{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

const bareMain = `import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"bench/programs/%[1]s/app"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	config := rt.MustFunc(func(*rt.Instance, int32) int32 { return 0 })
	p, err := threads.New(context.Background(), app.Instantiate, rt.Linker{"test": rt.Host{"config": config}}, threads.Config{})
	if err != nil {
		panic(err)
	}
	start := time.Now()
	if joined, err := p.Main().SpawnJoin(int32(n)); err != nil || int(joined) != n {
		panic(fmt.Sprint(joined, " threads joined, ", err))
	}
	fmt.Printf("spawn_join %%.1f ns\n", float64(time.Since(start).Nanoseconds())/float64(n))
}
`

// threaded builds with this project, in one memory form.
func threaded(form string) func(*bench, string, string) error {
	return func(b *bench, program, exe string) error {
		text := commandMain
		if program == bare {
			text = bareMain
		}
		r, err := checkout{dir: ".."}.goProgram(b, threadModule(program), program, text, []string{"-memory", form}, "")
		if err != nil {
			return err
		}
		_ = os.Remove(exe)
		return os.Symlink(r.argv[0], exe)
	}
}

// threadPart measures threads.
func (b *bench) threadPart() error {
	field := slices.DeleteFunc(slices.Clone(threadRunners), func(r threadRunner) bool { return !installed(r.name, r.needs) })
	for _, f := range figures {
		b.figures[f.key] = map[string]*measure{}
	}
	unsupported := map[string]bool{}
	for _, c := range field {
		for _, r := range threadRuns {
			if err := b.prepareThreads(r.program, c); errors.Is(err, errors.ErrUnsupported) {
				unsupported[c.name+r.program] = true
			} else if err != nil {
				return fmt.Errorf("%s, %s: %w", r.program, c.name, err)
			}
		}
	}
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, b.rounds)
		for _, r := range threadRuns {
			for _, c := range field {
				if unsupported[c.name+r.program] {
					continue
				}
				if err := b.turnThreads(c, r.program, r.args); err != nil { // the others go on: engines lose wakes, guests have races
					fmt.Fprintf(os.Stderr, "%s, %s, round %d: %v\n", r.program, c.name, round+1, err)
				}
			}
		}
	}
	b.threadTable(field)
	if b.csv != "" {
		return os.WriteFile(b.csv, b.threadCSV(field), 0o644)
	}
	return nil
}

func (b *bench) threadExe(program, contestant string) string {
	return filepath.Join(b.out, "threads", slug(contestant), program)
}

// prepareThreads builds a program once, though it may run with several arguments.
func (b *bench) prepareThreads(program string, c threadRunner) error {
	exe := b.threadExe(program, c.name)
	if b.built[exe] {
		return nil
	}
	b.built[exe] = true
	if err := os.MkdirAll(filepath.Dir(exe), 0o755); err != nil {
		return err
	}
	return c.build(b, program, exe)
}

// figureLine is what programs print.
var figureLine = regexp.MustCompile(`(?m)^(\w+(?:/\d+)?) ([0-9.]+) ns$`)

// threadPatience is how long a program may run; some figures of Node are bad, and a lost wake would be for ever.
const threadPatience = 2 * time.Minute

func (b *bench) turnThreads(c threadRunner, program string, args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), threadPatience)
	defer cancel()
	argv := c.command(b.threadExe(program, c.name), program, args)
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		line, _, _ := strings.Cut(string(exit.Stderr), "\n")
		return fmt.Errorf("%w: %s", err, line)
	}
	if err != nil {
		return err
	}
	for _, m := range figureLine.FindAllStringSubmatch(string(out), -1) {
		row := b.figures[m[1]]
		if row == nil {
			continue
		}
		if row[c.name] == nil {
			row[c.name] = &measure{}
		}
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		row[c.name].cpu = append(row[c.name].cpu, ns/1e9)
	}
	return nil
}

// threadTable prints medians, relative to the first contestant and as times.
func (b *bench) threadTable(field []threadRunner) {
	fmt.Print("| figure |")
	for _, c := range field {
		fmt.Printf(" %s |", c.name)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", len(field)))
	for _, f := range figures {
		row := b.figures[f.key]
		fmt.Printf("| %s |", f.text)
		for _, c := range field {
			first, m := row[field[0].name], row[c.name]
			switch {
			case m == nil:
				fmt.Print(" – |")
			case first == nil:
				fmt.Printf(" (%.1f ns) |", median(m.cpu)*1e9)
			default:
				fmt.Printf(" %.2f (%.1f ns) |", median(m.cpu)/median(first.cpu), median(m.cpu)*1e9)
			}
		}
		fmt.Println()
	}
}

func (b *bench) threadCSV(field []threadRunner) []byte {
	out := []byte("figure,contestant,median_ns,runs_s\n")
	for _, f := range figures {
		for _, c := range field {
			if m := b.figures[f.key][c.name]; m != nil {
				out = fmt.Appendf(out, "%s,%s,%.1f,%v\n", f.key, c.name, median(m.cpu)*1e9, m.cpu)
			}
		}
	}
	return out
}
