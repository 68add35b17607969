package compiler_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/cputime"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func times(n int, b ...byte) []byte { return bytes.Repeat(b, n) }

func leb(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func section(id byte, parts ...[]byte) []byte {
	body := cat(parts...)
	return cat([]byte{id}, leb(len(body)), body)
}

func binary(sections ...[]byte) []byte {
	return cat([]byte("\x00asm\x01\x00\x00\x00"), cat(sections...))
}

// body makes a module of one function of type () -> () that is exported as "f"; code has locals and the final end.
func body(code ...[]byte) []byte {
	b := cat(code...)
	return binary(section(1, []byte{1, 0x60, 0, 0}), section(3, []byte{1, 0}), section(7, []byte{1, 1, 'f', 0, 0}),
		section(10, []byte{1}, leb(len(b)), b))
}

var huge = []byte{0xff, 0xff, 0xff, 0xff, 0x0f}

// rejected are modules made to cost time or memory on the way to an error.
var rejected = []struct {
	name string
	bin  func() []byte
}{
	{"types", func() []byte { return binary(section(1, huge)) }},
	{"imports", func() []byte { return binary(section(2, huge)) }},
	{"functions", func() []byte { return binary(section(3, huge)) }},
	{"tables", func() []byte { return binary(section(4, huge)) }},
	{"globals", func() []byte { return binary(section(6, huge)) }},
	{"exports", func() []byte { return binary(section(7, huge)) }},
	{"elements", func() []byte { return binary(section(9, huge)) }},
	{"bodies", func() []byte { return binary(section(10, huge)) }},
	{"data", func() []byte { return binary(section(11, huge)) }},
	{"2^32-1 locals", func() []byte { return body([]byte{1}, huge, []byte{0x7f, 0x0b}) }},
	{"locals bomb", func() []byte {
		return body(leb(100_000), times(100_000, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f), []byte{0x0b})
	}},
	{"a million open blocks", func() []byte { return body([]byte{0}, times(1_000_000, 0x02, 0x40)) }},
	{"br_table of 2^32-1", func() []byte { return body([]byte{0, 0x41, 0, 0x0e}, huge, []byte{0, 0x0b}) }},
	{"a million operands left", func() []byte { return body([]byte{0}, times(1_000_000, 0x41, 0), []byte{0x0b}) }},
	{"text, a million parentheses", func() []byte { return bytes.Repeat([]byte("("), 1_000_000) }},
	{"text, nested comments", func() []byte { return append([]byte("(module "), bytes.Repeat([]byte("(;"), 500_000)...) }},
	{"text, nested blocks", func() []byte { return []byte("(module (func " + strings.Repeat("(block ", 200_000)) }},
}

func TestRejectedSoon(t *testing.T) {
	for _, h := range rejected {
		t.Run(h.name, func(t *testing.T) {
			src := h.bin()
			_, err := measured(t, src, compiler.Config{}, time.Second, 100)
			if err == nil {
				t.Error("accepted")
			} else if len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// measured compiles within limits of time and of allocated megabytes. A busy machine is given two more chances.
func measured(t *testing.T, src []byte, cfg compiler.Config, limit time.Duration, megabytes float64) (*compiler.Package, error) {
	t.Helper()
	var pkg *compiler.Package
	var err error
	for try := 0; ; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cputime.Now()
		pkg, err = compiler.Compile(src, cfg)
		took := cputime.Since(start)
		runtime.ReadMemStats(&after)
		mb := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
		if took > limit && try < 2 {
			continue
		}
		t.Logf("%d bytes of wasm: %v, %.1f MB allocated", len(src), took.Round(time.Millisecond), mb)
		if took > limit {
			t.Errorf("took %v, more than %v", took, limit)
		}
		if mb > megabytes {
			t.Errorf("allocated %.1f MB, more than %v", mb, megabytes)
		}
		return pkg, err
	}
}

// large are valid modules whose source must not explode: growth bounds the bytes of Go for one of wasm. Go's own
// compiler need not like them, so they are checked for their types only.
var large = []struct {
	name   string
	bin    func() []byte
	growth float64
}{
	{"100,000 times i32.eqz", func() []byte { return body([]byte{0, 0x41, 0}, times(100_000, 0x45), []byte{0x1a, 0x0b}) }, 40},
	{"100,000 times i32.eqz of a load", func() []byte {
		return binary(section(1, []byte{1, 0x60, 0, 1, 0x7f}), section(3, []byte{1, 0}), section(5, []byte{1, 0, 1}),
			section(7, []byte{1, 1, 'f', 0, 0}), section(10, []byte{1}, leb(100_007), []byte{0, 0x41, 0, 0x28, 0, 0}, times(100_000, 0x45), []byte{0x0b}))
	}, 40},
	{"19,990 blocks, all targeted", func() []byte { // 20,000 is the limit
		const n = 19_990
		code := append([]byte{0x20, 0, 0x1a}, times(n, 0x02, 0x40)...)
		code = append(code, 0x20, 0, 0x0e)
		code = append(code, leb(n-1)...)
		for i := range n {
			code = append(code, leb(i)...)
		}
		return body([]byte{1, 1, 0x7f}, code, times(n+1, 0x0b))
	}, 40},
	{"2,000 nested ifs", func() []byte { return body([]byte{0}, times(2_000, 0x41, 1, 0x04, 0x40), times(2_001, 0x0b)) }, 60},
	{"2,000 nested ifs on a parameter, with work", func() []byte {
		return nest(2_000, "(if (local.get 0) (then (global.set 0 (local.get 0))", "))")
	}, 60},
	{"2,000 nested loops", func() []byte {
		return nest(2_000, "(loop (br_if 0 (global.get 0)) (global.set 0 (local.get 0))", ")")
	}, 60},
	{"2,000 nested if else", func() []byte {
		return nest(2_000, "(if (local.get 0) (then (global.set 0 (local.get 0))) (else (global.set 0 (i32.const 2))", "))")
	}, 60},
	{"2,000 nested blocks with values", func() []byte {
		return nest(2_000, "(drop (block (result i32) (br_if 0 (local.get 0) (global.get 0)) (drop)", " (local.get 0)))")
	}, 60},
	{"a million blocks", func() []byte { return body([]byte{0}, times(1_000_000, 0x02, 0x40), times(1_000_001, 0x0b)) }, 10},
	{"br_table of a million", func() []byte {
		return body([]byte{0, 0x41, 0, 0x0e}, leb(1_000_000), make([]byte, 1_000_001), []byte{0x0b})
	}, 20},
	{"br_table of a million to two labels", func() []byte {
		return body([]byte{1, 1, 0x7f, 0x02, 0x40, 0x20, 0, 0x0e}, leb(1_000_000), times(500_000, 0, 1), []byte{0}, []byte{0x0b, 0x0b})
	}, 20},
	{"100,000 operands", func() []byte {
		return body([]byte{0}, times(100_000, 0x41, 0), times(100_000, 0x1a), []byte{0x0b})
	}, 60},
}

func nest(n int, open, end string) []byte {
	text := "(module (global (mut i32) (i32.const 0)) (func (export \"f\") (param i32)\n" +
		strings.Repeat(open, n) + strings.Repeat(end, n) + "))"
	bin, err := wat.Assemble([]byte(text))
	if err != nil {
		panic(err)
	}
	return bin
}

func TestSourceDoesNotExplode(t *testing.T) {
	checker := gobuild.NewChecker()
	for _, h := range large {
		for _, form := range []compiler.MemoryForm{compiler.Guard, compiler.Checked} {
			t.Run(h.name+", "+string(form), func(t *testing.T) {
				src := h.bin()
				pkg, err := measured(t, src, compiler.Config{Memory: form, Split: compiler.SplitOff}, 10*time.Second, 2000)
				if err != nil {
					t.Logf("rejected: %v", err)
					if !errors.As(err, new(*compiler.Error)) {
						t.Error("the error is no *Error")
					}
					return
				}
				size := 0
				for _, f := range goFiles(pkg) {
					size += len(f)
				}
				t.Logf("%d bytes of Go, %.1f for each of wasm", size, float64(size)/float64(len(src)))
				if float64(size) > h.growth*float64(len(src))+10_000 {
					t.Errorf("%d bytes of Go from %d of wasm", size, len(src))
				}
				if size < 4<<20 {
					if err := checker.Check(pkg.Name, goFiles(pkg)); err != nil {
						t.Errorf("%.500v", err)
					}
				}
			})
		}
	}
}

// Operators inside operators take linear time, whichever operand is the nested one. (Shifts took time exponential in the depth
// of an expression when their operand was expanded twice.)
func TestNestedOperators(t *testing.T) {
	for _, o := range op.All() {
		params, results := o.Params(), o.Results()
		if o.Go == "" || o.IsMemAccess() || len(results) != 1 || len(params) == 0 || params[0] != results[0] || params[len(params)-1] != results[0] {
			continue
		}
		typ := map[byte]string{'i': "i32", 'I': "i64", 'f': "f32", 'F': "f64"}[results[0]]
		open, end := "("+o.Name+" ", ")"
		operands := []string{""}
		if len(params) == 2 {
			operands = []string{" (local.get 0)", "(local.get 0) "}
		}
		for i, other := range operands {
			before, after := open, other+end
			if i == 1 {
				before, after = open+other, end
			}
			nested := strings.Repeat(before, 30) + "(local.get 0)" + strings.Repeat(after, 30)
			src := []byte("(module (func (export \"f\") (param " + typ + ")\n" + strings.Repeat("(local.set 0 "+nested+")\n", 100) + "))")
			t.Run(fmt.Sprintf("%s operand %d", o.Name, i), func(t *testing.T) {
				if _, err := measured(t, src, compiler.Config{Split: compiler.SplitOff}, time.Second, 100); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// oddNames are names that Go, its comments or the generated package could trip over.
var oddNames = []string{
	"", "func", "main", "init", "rt", "error", "string", "len", "nil", "any", "uint32", "append", "_", "__", "0", "1a", "a b",
	"a-b", "a_b", "a.b", "A_b", "ab", "Ab", "AB", "aB", "Close", "close", "Export", "export", "Memory", "Mem", "Module",
	"Enter", "Leave", "Depth", "Setup", "At", "Instance", "Imports", "New", "Run", "Instantiate", "Resolve", "_start",
	"AddMemory", "NewMemory", "module", "names", "data", "imports", "free", "ref", "bind", "elems", "f0", "f1", "m", "m0",
	"mem0", "mb0", "t0", "g0", "table0", "p0", "r0", "err", "cfg", "imp", "unsafe", "math", "bits", "atomic", "binary", "reflect",
	"embed", "a\nb", "\r", "*/", "/*", "//go:build ignore", "\x00", "é", "日本語", "\u2028", "\ufeff", "\u202e", "a\"b", "a`b", "a\\b",
	"%s", "%!d(MISSING)", strings.Repeat("x", 70), strings.Repeat("x", 71), "X", "X2", "Double", "double", "DOUBLE2",
}

// quoted writes a name as a string of the text format.
func quoted(name string) string {
	var b strings.Builder
	for i := range len(name) {
		fmt.Fprintf(&b, "\\%02x", name[i])
	}
	return `"` + b.String() + `"`
}

// exporting exports something of a kind under each odd name.
func exporting(what, definition string) string {
	var b strings.Builder
	b.WriteString("(module " + definition)
	for _, n := range oddNames {
		fmt.Fprintf(&b, "(export %s (%s 0))", quoted(n), what)
	}
	return b.String() + ")"
}

// importing imports something under each odd name as module and as name.
func importing(kind string) string {
	var b strings.Builder
	b.WriteString("(module ")
	for _, n := range oddNames {
		fmt.Fprintf(&b, "(import %s \"x\" %s)(import \"x\" %s %s)(import %s %s %s)", quoted(n), kind, quoted(n), kind, quoted(n), quoted(n), kind)
	}
	return b.String() + ")"
}

// namesSection names the module and its functions.
func namesSection(module string) []byte {
	funcs := leb(len(oddNames))
	for i, n := range oddNames {
		funcs = cat(funcs, leb(i), leb(len(n)), []byte(n))
	}
	name := cat(leb(len(module)), []byte(module))
	return section(0, []byte("\x04name"), []byte{0}, leb(len(name)), name, []byte{1}, leb(len(funcs)), funcs)
}

// namedFunctions is a module of that name with a function for each odd name.
func namedFunctions(module string) []byte {
	n := len(oddNames)
	return binary(section(1, []byte{1, 0x60, 0, 0}), section(3, leb(n), make([]byte, n)),
		section(10, leb(n), times(n, 2, 0, 0x0b)), namesSection(module))
}

// repeated writes n items.
func repeated(n int, item func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(item(i))
	}
	return b.String()
}

// odd are modules whose Go must build and pass go vet.
func odd(t *testing.T) map[string][]byte {
	texts := map[string]string{
		"expfunc":   exporting("func", "(func (param i32) (result i64) (i64.const 1))"),
		"expmem":    exporting("memory", "(memory 1)"),
		"exptable":  exporting("table", "(table 1 funcref)"),
		"expglobal": exporting("global", "(global (mut f64) (f64.const 1))"),
		"impfunc":   importing("(func (param i32 f32) (result i64))"),
		"impglobal": importing("(global i32)"),
		"imptable":  importing("(table 1 funcref)"),
		"locals": "(module (func (export \"f\") (result i64) (local " + strings.Repeat("i32 ", 25_000) + strings.Repeat("i64 ", 24_999) +
			") (local.set 49998 (i64.const 3)) (i64.add (local.get 30000) (local.get 49998))))",
		"params":  "(module (func $f (export \"f\") (param " + strings.Repeat("i32 ", 1000) + ") (result i32) (i32.add (local.get 0) (local.get 999))) (table funcref (elem $f)))",
		"results": "(module (func $f (export \"f\") (result " + strings.Repeat("i32 ", 1000) + ")" + strings.Repeat("(i32.const 7)", 1000) + ") (func (export \"g\") (call $f)" + strings.Repeat("(drop)", 1000) + "))",
		"brtable": "(module (func (export \"f\") (param i32) (result i32)" + strings.Repeat("(block ", 100) +
			"(br_table " + repeated(10_000, func(i int) string { return fmt.Sprint(i*7%100, " ") }) + " 0 (local.get 0))" +
			repeated(100, func(i int) string {
				return fmt.Sprintf(") (if (i32.eq (local.get 0) (i32.const %d)) (then (return (i32.const %d))))", i*3, i)
			}) + "(i32.const 5)))",
		"data": `(module (memory (export "memory") 1) (data (i32.const 0)) (data (i32.const 0) "abcdef") (data (i32.const 3) "XYZ") (data "") (data $p "pp")
			(data (i32.const 65536) "") (func (export "f") (memory.init $p (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop $p)))`,
		"image": "(module (memory (export \"memory\") 6) " + repeated(300, func(i int) string {
			return fmt.Sprintf("(data (i32.const %d) %q)", 1100*i, strings.Repeat("x", 1024))
		}) + ")",
		"globals": "(module " + repeated(10_000, func(i int) string { return fmt.Sprintf("(global (mut i32) (i32.const %d))", i) }) +
			"(func (export \"f\") (result i32) (global.set 9999 (i32.const 1)) (global.get 5000)))",
		"empty":    "(module)",
		"start":    "(module (func $s (nop)) (start $s))",
		"startexp": `(module (func (export "_start")) (func (export "Run")) (func (export "run")) (func (export "Start")) (func (export "start")))`,
	}
	bins := map[string][]byte{}
	for name, text := range texts {
		bin, err := wat.Assemble([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		bins[name] = bin
	}
	for i, n := range []string{"func", "main", "init", "rt", "", "*/\nfoo", "unsafe", "日本"} {
		bins[fmt.Sprintf("named%d", i)] = namedFunctions(n)
	}
	return bins
}

func TestOddModulesBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short is set, and this runs go build and go vet")
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, bin := range odd(t) {
		for _, form := range []compiler.MemoryForm{compiler.Guard, compiler.Checked} {
			pkg, err := compiler.Compile(bin, compiler.Config{Memory: form})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			segments := bytes.Contains(bytes.Join(slices.Collect(maps.Values(goFiles(pkg))), nil), []byte("[...]rt.Segment{"))
			if segments != (name == "image") {
				t.Errorf("%s, %s: a table of segments of an image: %v", name, form, segments)
			}
			for _, f := range pkg.Files {
				if err := p.Write(name+string(form)+"/"+f.Name, f.Content); err != nil {
					t.Fatal(err)
				}
			}
			if err := gobuild.NewChecker().Check(pkg.Name, goFiles(pkg)); err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
			}
			n++
		}
	}
	for _, verb := range []string{"build", "vet"} {
		args := []string{verb, "./..."}
		if verb == "vet" {
			args = []string{verb, "-unsafeptr=false", "./..."}
		}
		if _, err := p.Go(t.Context(), args...); err != nil {
			t.Errorf("%.8000v", err)
		}
	}
	t.Logf("%d packages built and vetted", n)
}
