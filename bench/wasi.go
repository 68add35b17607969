package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// wasiFigures are the exports of wasi/calls.wasm and how often they call.
var wasiFigures = []struct {
	key, text string
	count     int
}{
	{"fd_write_16", "fd_write, 16 bytes to a file", 100000},
	{"fd_write_4096", "fd_write, 4 KiB to a file", 50000},
	{"fd_write_8x512", "fd_write, 8 buffers of 512 bytes to a file", 50000},
	{"stdout_16", "fd_write, 16 bytes to standard output (/dev/null)", 200000},
	{"fd_read_16", "fd_read, 16 bytes of a file", 200000},
	{"fd_read_4096", "fd_read, 4 KiB of a file", 100000},
	{"fd_read_8x512", "fd_read, 8 buffers of 512 bytes of a file", 50000},
	{"fd_pread_4096", "fd_pread, 4 KiB of a file", 100000},
	{"path_open", "path_open and fd_close, `data`", 30000},
	{"path_open_deep", "path_open and fd_close, `deep/er/data`", 30000},
	{"path_filestat_get", "path_filestat_get", 50000},
	{"fd_readdir", "path_open, fd_readdir and fd_close of a directory of 100 files", 3000},
	{"clock_time_get", "clock_time_get", 1000000},
}

// wasiContestants are what runs the exports by turns: each builds an executable.
var wasiContestants = []struct {
	name  string
	build func(b *bench) (exe string, err error)
}{
	{"wasm2go", func(b *bench) (string, error) {
		r, err := checkout{dir: ".."}.goProgram(b, "wasi/calls.wasm", "wasi", wasiMain, []string{"-memory", "guard"}, "")
		if err != nil {
			return "", err
		}
		return r.argv[0], nil
	}},
	{"wazero", func(b *bench) (string, error) {
		exe := filepath.Join(b.out, "bin", "wazerowasi")
		return exe, runCommand(".", nil, "go", "build", "-o", exe, "./wazerowasi")
	}},
}

// wasiMain is the program around calls.wasm: DIR COUNT EXPORT prints a figure, in processor time.
const wasiMain = `import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"bench/programs/%[1]s/app"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

func main() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	sys, err := wasi.New(wasi.Config{Stdout: null, Dirs: []wasi.Dir{{Host: os.Args[1], Guest: "/"}}})
	if err != nil {
		panic(err)
	}
	m, err := app.New(rt.Config{}, app.Imports{WasiSnapshotPreview1: sys})
	if err != nil {
		panic(err)
	}
	run := m.Export(os.Args[3]).(*rt.Func).Fn.(func(*rt.Instance, int32) int32)
	for _, arg := range []string{"100", os.Args[2]} {
		n, err := strconv.Atoi(arg)
		if err != nil {
			panic(err)
		}
		start := cpu()
		e, err := call(m.Core(), run, int32(n))
		if e != 0 || err != nil {
			panic(fmt.Sprint(os.Args[3], ": errno ", e, ", ", err))
		}
		if arg != "100" {
			fmt.Printf("%%s %%.1f ns\n", os.Args[3], float64(cpu()-start)/float64(n))
		}
	}
}

// cpu is the processor time of this process in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func call(in *rt.Instance, run func(*rt.Instance, int32) int32, n int32) (e int32, err error) {
	state, err := in.Enter()
	if err != nil {
		return 0, err
	}
	defer in.Leave(state, &err)
	return run(in, n), nil
}
`

// wasiTimes are the times of each round, in nanoseconds, by figure and contestant.
type wasiTimes map[string]map[string][]float64

// wasiPart measures WASI.
func (b *bench) wasiPart() error {
	dir, err := os.MkdirTemp("", "wasi")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := wasiFiles(dir); err != nil {
		return err
	}
	exes := map[string]string{}
	for _, c := range wasiContestants {
		if exes[c.name], err = c.build(b); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	times := wasiTimes{}
	for _, f := range wasiFigures {
		times[f.key] = map[string][]float64{}
	}
	for round := range b.rounds {
		note("round %d of %d", round+1, b.rounds)
		for _, f := range wasiFigures {
			for _, c := range wasiContestants {
				ns, err := turnWasi(exes[c.name], dir, f.key, f.count)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", f.key, c.name, err)
				}
				times[f.key][c.name] = append(times[f.key][c.name], ns)
			}
		}
	}
	times.table()
	if b.csv != "" {
		return os.WriteFile(b.csv, times.csv(), 0o644)
	}
	return nil
}

func wasiFiles(dir string) error {
	for _, d := range []string{"many", "deep/er"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	files := map[string]int{"data": 65536, "deep/er/data": 65536}
	for i := range 100 {
		files[fmt.Sprintf("many/file%02d", i)] = 0
	}
	for name, size := range files {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// turnWasi returns the nanoseconds of a call.
func turnWasi(exe, dir, key string, count int) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, exe, dir, strconv.Itoa(count), key).Output()
	if err != nil {
		return 0, err
	}
	m := figureLine.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("printed %q", out)
	}
	return strconv.ParseFloat(string(m[2]), 64)
}

// table prints medians of processor time, and the median of the ratios of each round.
func (t wasiTimes) table() {
	fmt.Print("| calls | wasm2go | wazero | ratio |\n|---|---|---|---|\n")
	for _, f := range wasiFigures {
		ours, theirs := t[f.key]["wasm2go"], t[f.key]["wazero"]
		var ratios []float64
		for i := range ours {
			ratios = append(ratios, theirs[i]/ours[i])
		}
		fmt.Printf("| %s | %.0f ns | %.0f ns | %.2f |\n", f.text, median(ours), median(theirs), median(ratios))
	}
}

func (t wasiTimes) csv() []byte {
	out := []byte("figure,contestant,median_ns,runs_ns\n")
	for _, f := range wasiFigures {
		for _, c := range wasiContestants {
			out = fmt.Appendf(out, "%s,%s,%.1f,%v\n", f.key, c.name, median(t[f.key][c.name]), t[f.key][c.name])
		}
	}
	return out
}
