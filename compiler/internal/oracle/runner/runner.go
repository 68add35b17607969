// Package runner calls functions of generated packages and reports what becomes of it.
//
// It is linked into the program that package oracle generates and builds, so it imports nothing but rt.
package runner

import (
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strings"

	"github.com/wasm2go/wasm2go/rt"
)

// Job is an instance and the calls to make on it, in order.
type Job struct {
	// Package names the generated package.
	Package string
	// State asks for the memory, the globals and the log after each call.
	State bool
	// Globals are the exported globals that belong to the state.
	Globals []string
	Calls   []Call
}

// Call is a call of an exported function; Args are the bits of the arguments, zero-extended.
type Call struct {
	Func string
	Args []uint64
}

// Outcome is what a call, or the instantiation (the first outcome of a job), gave.
type Outcome struct {
	// Results are the bits of the results, zero-extended.
	Results []uint64
	// Err is a trap's kind, or any other error's text with "error: " before it.
	Err string
	// Mem is the checksum of the memory, Pages its size.
	Mem, Pages uint32
	// Globals are the bits of the exported globals.
	Globals []uint64
	// Log is the checksum of the calls of host functions.
	Log uint32
}

// Packages are the generated packages by name.
type Packages map[string]func(rt.Config, rt.Resolver) (rt.Exporter, error)

// MaxMemory bounds each memory, so that memory.grow fails alike everywhere.
const MaxMemory = 16 << 20

// Main runs the jobs in the file that the first argument names and writes an []Outcome for each to the second. A line
// on standard output tells which job begins.
func Main(packages Packages) {
	if err := run(packages, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(packages Packages, jobFile, outFile string) error {
	in, err := os.Open(jobFile)
	if err != nil {
		return err
	}
	defer in.Close()
	var jobs []Job
	if err := gob.NewDecoder(in).Decode(&jobs); err != nil {
		return err
	}
	out, err := os.Create(outFile)
	if err != nil {
		return err
	}
	enc := gob.NewEncoder(out)
	for i := range jobs {
		fmt.Println(jobs[i].Package)
		if err := enc.Encode(jobs[i].run(packages)); err != nil {
			return err
		}
	}
	return out.Close()
}

// Log is the record of the calls of the host functions of module "host".
type Log struct{ Sum uint32 }

// Add records the value v.
func (l *Log) Add(v uint64) {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
	l.Sum = crc32.Update(l.Sum, crc32.IEEETable, b)
}

// Int32 is the import "host" "i32".
func (l *Log) Int32(x int32) int32 {
	l.Add(uint64(uint32(x)))
	return x*3 + 1
}

// Int64 is the import "host" "i64".
func (l *Log) Int64(x int64) int64 {
	l.Add(uint64(x))
	return x ^ int64(l.Sum)
}

// machine is an instance with what its state consists of.
type machine struct {
	job *Job
	in  rt.Exporter
	mem *rt.Memory
	log Log
}

func (j *Job) run(packages Packages) []Outcome {
	m := &machine{job: j}
	in, err := packages[j.Package](rt.Config{MaxMemory: MaxMemory}, rt.Linker{"host": rt.Host{
		"i32": rt.MustFunc(func(_ *rt.Instance, x int32) int32 { return m.log.Int32(x) }),
		"i64": rt.MustFunc(func(_ *rt.Instance, x int64) int64 { return m.log.Int64(x) }),
	}})
	if err != nil {
		return []Outcome{{Err: kind(err)}}
	}
	m.in = in
	m.mem, _ = in.Export("memory").(*rt.Memory)
	outs := make([]Outcome, 1, len(j.Calls)+1)
	m.state(&outs[0])
	for i := range j.Calls {
		outs = append(outs, m.call(&j.Calls[i]))
	}
	if c, ok := in.(interface{ Close() error }); ok {
		c.Close()
	}
	return outs
}

func (m *machine) call(c *Call) (o Outcome) {
	defer m.state(&o)
	f, ok := m.in.Export(c.Func).(*rt.Func)
	if !ok {
		return Outcome{Err: "error: no function " + c.Func}
	}
	params, _, _ := strings.Cut(f.Type, ":")
	args := make([]any, len(c.Args))
	for i, b := range c.Args {
		args[i] = fromBits(params[i], b)
	}
	results, err := f.Call(args...)
	if err != nil {
		return Outcome{Err: kind(err)}
	}
	for _, r := range results {
		o.Results = append(o.Results, toBits(r))
	}
	return o
}

func kind(err error) string {
	var trap *rt.Trap
	if errors.As(err, &trap) {
		return trap.Kind.Error()
	}
	return "error: " + err.Error()
}

func fromBits(letter byte, b uint64) any {
	switch letter {
	case 'i':
		return int32(b)
	case 'I':
		return int64(b)
	case 'f':
		return math.Float32frombits(uint32(b))
	case 'F':
		return math.Float64frombits(b)
	}
	return nil
}

func toBits(v any) uint64 {
	switch v := v.(type) {
	case int32:
		return uint64(uint32(v))
	case int64:
		return uint64(v)
	case float32:
		return uint64(math.Float32bits(v))
	case float64:
		return math.Float64bits(v)
	}
	return 0
}

func (m *machine) state(o *Outcome) {
	if !m.job.State {
		return
	}
	o.Log = m.log.Sum
	if m.mem != nil {
		o.Mem, o.Pages = crc32.ChecksumIEEE(m.mem.Bytes()), uint32(len(m.mem.Bytes())>>16)
	}
	for _, name := range m.job.Globals {
		o.Globals = append(o.Globals, globalBits(m.in.Export(name)))
	}
}

func globalBits(v any) uint64 {
	switch g := v.(type) {
	case *rt.Global[int32]:
		return toBits(g.V)
	case *rt.Global[int64]:
		return toBits(g.V)
	case *rt.Global[float32]:
		return toBits(g.V)
	case *rt.Global[float64]:
		return toBits(g.V)
	}
	return 0
}
