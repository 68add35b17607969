package validate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// Modules of later proposals either validate or are refused with the name of the proposal.
func TestUnsupportedSuites(t *testing.T) {
	for _, suite := range []string{"tail-call", "exception-handling", "typed-function-references"} {
		valid, missing := 0, map[string]int{}
		files, _ := filepath.Glob(filepath.Join(suiteDir(t, suite), "*.json"))
		for _, file := range files {
			for _, c := range script(t, file) {
				if c.Type != "module" || c.Filename == "" {
					continue
				}
				b, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename))
				if err != nil {
					t.Fatal(err)
				}
				err = validate(b)
				var e *wasm.Error
				switch {
				case err == nil:
					valid++
				case errors.As(err, &e) && e.Kind == wasm.Unsupported && !e.Proposal.Supported():
					missing[e.Proposal.String()]++
				default:
					t.Errorf("%s %s: %v", suite, c.Filename, err)
				}
			}
		}
		t.Logf("%s: %d valid, without proposal %v", suite, valid, missing)
	}
}

func TestErrors(t *testing.T) {
	funcSection := func(body ...byte) []byte { return oneFunc(body) }
	for _, c := range []struct {
		bin  []byte
		want string
	}{
		{funcSection(0, 0x20, 7, 0x0b), "invalid module: unknown local 7, in function 0, at offset 0x17"},
		{funcSection(0, 0x10, 7, 0x0b), "invalid module: unknown function 7, in function 0, at offset 0x17"},
		{funcSection(0, 0x6a, 0x0b), "invalid module: type mismatch: i32.add expects i32, the stack is empty, in function 0, at offset 0x17"},
		{funcSection(0, 0x42, 0, 0x45, 0x0b), "invalid module: type mismatch: i32.eqz expects i32, found i64, in function 0, at offset 0x19"},
		{funcSection(0, 0x41, 0, 0x0b), "invalid module: type mismatch: 1 operands too many at end, which expects [], in function 0, at offset 0x19"},
		{funcSection(0, 0xd2, 0, 0x1a, 0x0b), "invalid module: undeclared function reference: function 0, in function 0, at offset 0x17"},
		{funcSection(0, 0x12, 0, 0x0b), "instruction return_call (proposal tail-call is not supported yet), in function 0, at offset 0x17"},
		{funcSection(0, 0x05, 0x0b), "malformed module: END opcode expected: else without if, in function 0, at offset 0x17"},
		{funcSection(0, 0x0b, 0x01), "malformed module: section size mismatch: instructions after the function's end, in function 0, at offset 0x18"},
		{funcSection(1, 1, 0x64, 0, 0x0b), "type 0x64 (proposal function-references is not supported yet), in function 0, at offset 0x18"},
		// malformed weighs more than invalid, wherever it is
		{funcSection(0, 0x6a, 0xff, 0x0b), "malformed module: illegal opcode ff, in function 0, at offset 0x18"},
		{cat(funcSection(0, 0x6a, 0x0b), section(0, sized([]byte("name")), []byte{1}, sized(vec([]byte{0, 3, 'a', 'd', 'd'})))),
			"invalid module: type mismatch: i32.add expects i32, the stack is empty, in function 0 (add), at offset 0x17"},

		{bin(section(5, []byte{2, 0, 1, 0, 1})), "2 memories (proposal multi-memory is not supported yet)"},
		{bin(section(5, []byte{1, 4, 1})), "64-bit memory (proposal memory64 is not supported yet), at offset 0xb"},
		{bin(section(5, []byte{1, 8, 1, 0})), "page size of a memory (proposal custom-page-sizes is not supported yet), at offset 0xb"},
		{bin(section(5, []byte{1, 2, 1})), "invalid module: shared memory must have maximum, in memory 0"},
		{bin(section(4, []byte{1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b})),
			"table with an initial value (proposal function-references is not supported yet), at offset 0xb"},
		{bin(section(4, []byte{1, 0x6e, 0, 1})), "type 0x6e (proposal gc is not supported yet), at offset 0xb"},
		{bin(section(1, []byte{1, 0x5e, 0x7f, 0})), "type form 0x5e (proposal gc is not supported yet), at offset 0xb"},
		{bin(section(13, []byte{1, 0, 0})), "tag section (proposal exception-handling is not supported yet), at offset 0xa"},
		{bin(section(3, []byte{0}), section(1, []byte{0})),
			"malformed module: unexpected content after last section: section 1 is out of order or stands twice, at offset 0xb"},
		{bin(section(1, []byte{0, 0})), "malformed module: section size mismatch: section 1 has 1 bytes more than its content, at offset 0xb"},
		{bin(section(6, []byte{1, 0x7f, 0, 0x01, 0x41, 0, 0x0b})), "invalid module: constant expression required, found nop, at offset 0xd"},
	} {
		if err := validate(c.bin); err == nil || err.Error() != c.want {
			t.Errorf("% x:\n got %v\nwant %s", c.bin[8:], err, c.want)
		}
	}
}

// Every supported row has what validation needs.
func TestEveryRowHasAnEntry(t *testing.T) {
	for _, o := range op.All() {
		if o.Proposal.Supported() && entryOf(o.Code).check == nil {
			t.Errorf("%s has no check", o.Name)
		}
	}
}

// Several goroutines see together what one sees, and report the first error.
func TestParallel(t *testing.T) {
	const bodies = 1000
	good, bad := []byte{0, 0x41, 0, 0x1a, 0x0b}, []byte{0, 0x1a, 0x0b}
	for _, invalid := range [][]int{nil, {999}, {700, 701, 20, 300}, {17, 1}} {
		list := make([][]byte, bodies)
		for i := range list {
			list[i] = sized(good)
			if slices.Contains(invalid, i) {
				list[i] = sized(bad)
			}
		}
		m, err := wasm.Decode(bin(section(1, vec([]byte{0x60, 0, 0})), section(3, leb(bodies), make([]byte, bodies)), section(10, vec(list...))))
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint(Module(m))
		for range 20 {
			var instrs atomic.Int64
			var watches []*Watch
			for range 4 {
				watches = append(watches, &Watch{Plain: new([256]bool), Instr: func(int, *wasm.Instr, int) { instrs.Add(1) }, Body: func(int, int) {}})
			}
			err := Module(m, watches...)
			if fmt.Sprint(err) != want || err == nil && instrs.Load() != 3*bodies {
				t.Errorf("%v invalid: %v, %d instructions; one goroutine says %s", invalid, err, instrs.Load(), want)
			}
		}
	}
}

// BenchmarkModule decodes and validates the module that WASM_BENCH names, else a small one.
func BenchmarkModule(b *testing.B) {
	file := os.Getenv("WASM_BENCH")
	if file == "" {
		file = filepath.Join(suiteDir(b, "v2"), "fac.0.wasm")
	}
	bin, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(bin)))
	b.ReportAllocs()
	for b.Loop() {
		if err := validate(bin); err != nil {
			b.Fatal(err)
		}
	}
}
