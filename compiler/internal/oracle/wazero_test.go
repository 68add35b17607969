package oracle

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wasm2go/wasm2go/compiler/internal/oracle/runner"
)

var ctx = context.Background()

func wazeroConfig() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfigInterpreter().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesThreads).
		WithMemoryLimitPages(runner.MaxMemory >> 16)
}

// wazeroOutcomes does in wazero what runner does with generated Go.
func wazeroOutcomes(s *subject) []runner.Outcome {
	r := wazero.NewRuntimeWithConfig(ctx, wazeroConfig())
	defer r.Close(ctx)
	w := &oracle{job: &s.job}
	_, err := r.NewHostModuleBuilder("host").
		NewFunctionBuilder().WithFunc(func(x int32) int32 { return w.log.Int32(x) }).Export("i32").
		NewFunctionBuilder().WithFunc(func(x int64) int64 { return w.log.Int64(x) }).Export("i64").
		Instantiate(ctx)
	if err != nil {
		return []runner.Outcome{{Err: "error: " + err.Error()}}
	}
	if w.mod, err = r.InstantiateWithConfig(ctx, s.bin, wazero.NewModuleConfig()); err != nil {
		return []runner.Outcome{{Err: trapKind(err)}}
	}
	outs := make([]runner.Outcome, 1, len(s.job.Calls)+1)
	w.state(&outs[0])
	for i := range s.job.Calls {
		outs = append(outs, w.call(&s.job.Calls[i]))
	}
	return outs
}

// oracle is an instance in wazero.
type oracle struct {
	job *runner.Job
	mod api.Module
	log runner.Log
}

func (w *oracle) call(c *runner.Call) (o runner.Outcome) {
	defer w.state(&o)
	f := w.mod.ExportedFunction(c.Func)
	if f == nil {
		return runner.Outcome{Err: "error: no function " + c.Func}
	}
	results, err := f.Call(ctx, c.Args...)
	if err != nil {
		return runner.Outcome{Err: trapKind(err)}
	}
	for i, t := range f.Definition().ResultTypes() {
		if t == api.ValueTypeI32 || t == api.ValueTypeF32 {
			results[i] = uint64(uint32(results[i]))
		}
	}
	return runner.Outcome{Results: results}
}

func (w *oracle) state(o *runner.Outcome) {
	if !w.job.State {
		return
	}
	o.Log = w.log.Sum
	if m := w.mod.ExportedMemory("memory"); m != nil {
		b, _ := m.Read(0, m.Size())
		o.Mem, o.Pages = crc32.ChecksumIEEE(b), uint32(len(b)>>16)
	}
	for _, name := range w.job.Globals {
		g := w.mod.ExportedGlobal(name)
		v := g.Get()
		if t := g.Type(); t == api.ValueTypeI32 || t == api.ValueTypeF32 {
			v = uint64(uint32(v))
		}
		o.Globals = append(o.Globals, v)
	}
}

// trapKind is the text of a trap without wazero's stack trace.
func trapKind(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if i := strings.Index(text, "wasm error: "); i >= 0 {
		return text[i+len("wasm error: "):]
	}
	if inner := errors.Unwrap(err); inner != nil {
		return trapKind(inner)
	}
	return "error: " + text
}

// sameKind maps the texts of traps that wazero does not tell apart, or has another text for, to one.
func sameKind(kind string) string {
	switch kind {
	case "undefined element", "uninitialized element", "out of bounds table access":
		return "invalid table access"
	case "call stack exhausted":
		return "stack overflow"
	}
	return kind
}

// differ says how outcome got is not what wazero wants, "" if it is. sig are the letters of the results; exact asks for
// the same bits of NaNs too.
func differ(sig string, exact bool, got, want *runner.Outcome) string {
	if g, w := sameKind(got.Err), sameKind(want.Err); g != w {
		return fmt.Sprintf("got %q %#x, want %q %#x", g, got.Results, w, want.Results)
	}
	if len(got.Results) != len(want.Results) {
		return fmt.Sprintf("got %#x, want %#x", got.Results, want.Results)
	}
	for i := range got.Results {
		if !same(sig[i], exact, got.Results[i], want.Results[i]) {
			return fmt.Sprintf("got %#x, want %#x", got.Results, want.Results)
		}
	}
	if got.Mem != want.Mem || got.Pages != want.Pages {
		return fmt.Sprintf("memory differs: checksum %#x of %d pages, want %#x of %d", got.Mem, got.Pages, want.Mem, want.Pages)
	}
	if got.Log != want.Log {
		return "the calls of host functions differ"
	}
	return ""
}

// same compares the bits of a value. A NaN of an arithmetic instruction must be an arithmetic NaN (spec: 4.3.3).
func same(letter byte, exact bool, got, want uint64) bool {
	if exact || got == want {
		return got == want
	}
	switch letter {
	case 'f':
		return isNaN32(got) && isNaN32(want) && got&(1<<22) != 0
	case 'F':
		return isNaN64(got) && isNaN64(want) && got&(1<<51) != 0
	}
	return false
}

func isNaN32(b uint64) bool { f := math.Float32frombits(uint32(b)); return f != f }
func isNaN64(b uint64) bool { f := math.Float64frombits(b); return f != f }
