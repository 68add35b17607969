package main

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The module that startup instantiates: startupFuncs functions in a table, and startupData bytes of data.
const (
	startupFuncs = 10_000
	startupData  = 10 << 20
	startupTries = 30
)

// startupModule is that module, in the binary format. It exports run(i), which calls element i, and _start, which does
// nothing.
func startupModule() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, body []byte) { out = append(append(out, id), prefixed(body)...) }
	section(1, []byte{2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 0}) // the types (i32) -> i32 and () -> ()
	section(3, append(append(leb(startupFuncs+2), make([]byte, startupFuncs+1)...), 1))
	section(4, append([]byte{1, 0x70, 0}, leb(startupFuncs)...))
	section(5, append([]byte{1, 0}, leb(startupData/65536+1)...))
	exports := append([]byte("\x02\x03run\x00"), leb(startupFuncs)...)
	section(7, append(append(exports, "\x06_start\x00"...), leb(startupFuncs+1)...))
	elems := append([]byte{1, 0, 0x41, 0, 0x0b}, leb(startupFuncs)...)
	code := leb(startupFuncs + 2)
	for i := range uint32(startupFuncs) {
		elems = append(elems, leb(i)...)
		// local.get 0; i32.load offset=i*1024; local.get 0; i32.add
		body := append([]byte{0, 0x20, 0, 0x28, 2}, leb(i*1024)...)
		code = append(code, prefixed(append(body, 0x20, 0, 0x6a, 0x0b))...)
	}
	section(9, elems)
	code = append(code, prefixed([]byte{0, 0x20, 0, 0x20, 0, 0x11, 0, 0, 0x0b})...) // call_indirect
	section(10, append(code, prefixed([]byte{0, 0x0b})...))
	data := make([]byte, startupData)
	for i, x := 0, uint64(1); i < len(data); i += 8 {
		x = x*6364136223846793005 + 1442695040888963407
		binary.LittleEndian.PutUint64(data[i:], x)
	}
	section(11, append([]byte{1, 0, 0x41, 0, 0x0b}, prefixed(data)...))
	return out
}

// leb is v in LEB128.
func leb(v uint32) []byte { return binary.AppendUvarint(nil, uint64(v)) }

// prefixed is b behind its length.
func prefixed(b []byte) []byte { return append(leb(uint32(len(b))), b...) }

// startupMain instantiates again and again and prints the nanoseconds; instances are kept, as those of a pool are.
const startupMain = `import (
	"fmt"
	"os"
	"strconv"
	"time"

	"bench/programs/%[1]s/app"

	"github.com/wasm2go/wasm2go/rt"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	var all []*app.Instance
	for i := range n {
		start := time.Now()
		m, err := app.New(rt.Config{}, app.Imports{})
		fmt.Println(time.Since(start).Nanoseconds())
		if err != nil {
			panic(err)
		}
		if v, err := m.Run(int32(i)); err != nil || v == int32(i) {
			panic(fmt.Sprint(v, err))
		}
		all = append(all, m)
	}
}
`

// startupPart measures instantiation and the start of a process.
func (b *bench) startupPart() error {
	module := filepath.Join(b.out, "modules", "startup.wasm")
	if err := writeFile(module, startupModule()); err != nil {
		return err
	}
	fmt.Printf("A module of %d functions in a table and %d MB of data:\n\n| | first instance | second | further |\n|---|---|---|---|\n", startupFuncs, startupData>>20)
	for _, c := range startupContestants(b) {
		if err := b.instantiations(c.name, c.dir, c.memory, module); err != nil {
			return err
		}
	}
	return b.processes(module)
}

// startupContestant is a form of this checkout, or another's.
type startupContestant struct{ name, dir, memory string }

func startupContestants(b *bench) []startupContestant {
	list := []startupContestant{{"guard", "..", "guard"}, {"checked", "..", "checked"}}
	for _, dir := range b.compare {
		list = append(list, startupContestant{filepath.Base(dir) + " guard", dir, "guard"})
	}
	return list
}

// instantiations prints medians over several processes.
func (b *bench) instantiations(name, dir, memory, module string) error {
	progress("building %s", name)
	r, err := checkout{dir: dir}.goProgram(b, module, "startup", startupMain, []string{"-memory", memory}, "")
	progress("")
	if err != nil {
		return err
	}
	var first, second, further []float64
	for range b.rounds {
		out, err := exec.Command(r.argv[0], fmt.Sprint(startupTries)).Output()
		if err != nil {
			return err
		}
		for i, line := range strings.Fields(string(out)) {
			var ns float64
			if _, err := fmt.Sscan(line, &ns); err != nil {
				return err
			}
			switch i {
			case 0:
				first = append(first, ns)
			case 1:
				second = append(second, ns)
			default:
				further = append(further, ns)
			}
		}
	}
	us := func(list []float64) string {
		return fmt.Sprintf("%.0f µs (least %.0f)", median(list)/1e3, slices.Min(list)/1e3)
	}
	fmt.Printf("| %s | %s | %s | %s |\n", name, us(first), us(second), us(further))
	return nil
}

// plainMain is the Go program that a translated hello world is compared with.
const plainMain = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"

// processes compares the times from start to end of processes: a plain one, and translated commands.
func (b *bench) processes(module string) error {
	dir := filepath.Join(b.out, "hello")
	source := filepath.Join(dir, "plain.go")
	if err := writeFile(source, []byte(plainMain)); err != nil {
		return err
	}
	tool, err := checkout{dir: ".."}.command(b)
	if err != nil {
		return err
	}
	list := []struct{ name, exe, module string }{
		{"hello in Go", filepath.Join(dir, "plain"), ""},
		{"hello translated", filepath.Join(dir, "hello"), "../examples/hello/hello.wasm"},
		{"the module above", filepath.Join(dir, "startup"), module},
	}
	for _, l := range list {
		build := []string{"go", "build", "-o", l.exe, source}
		if l.module != "" {
			build = []string{tool, "build", "-o", l.exe, l.module}
		}
		if err := runCommand(".", nil, build[0], build[1:]...); err != nil {
			return err
		}
	}
	const starts = 50
	times := map[string][]float64{}
	for range starts * b.rounds {
		for _, l := range list {
			t, err := timed(func() error { return exec.Command(l.exe).Run() })
			if err != nil {
				return err
			}
			times[l.name] = append(times[l.name], float64(t)/float64(time.Millisecond))
		}
	}
	fmt.Print("\nProcesses, from start to end:\n\n| | median | least |\n|---|---|---|\n")
	for _, l := range list {
		fmt.Printf("| %s | %.2f ms | %.2f ms |\n", l.name, median(times[l.name]), slices.Min(times[l.name]))
	}
	return nil
}
