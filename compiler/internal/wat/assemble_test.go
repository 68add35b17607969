package wat

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// archive returns the test cases of an archive in testdata, a file each; the text in front says how to read them.
func archive(t *testing.T, name string) []txtar.File {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return a.Files
}

// TestAbbreviations: the parts of a case, divided by lines "===", assemble to the same bytes.
func TestAbbreviations(t *testing.T) {
	for _, f := range archive(t, "abbreviations.txtar") {
		parts := strings.Split(string(f.Data), "===\n")
		want, err := Assemble([]byte(parts[0]))
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		for _, p := range parts[1:] {
			if got, err := Assemble([]byte(p)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s\nassembles to %x (%v)\nwant         %x", f.Name, p, got, err, want)
			}
		}
	}
}

// TestErrors: the text above the line "===" is rejected with the error below it.
func TestErrors(t *testing.T) {
	for _, f := range archive(t, "errors.txtar") {
		text, want, _ := strings.Cut(string(f.Data), "===\n")
		_, err := Assemble([]byte(text))
		if err == nil || err.Error() != strings.TrimSpace(want) {
			t.Errorf("%s: error %v\nwant %s", f.Name, err, want)
		}
	}
}

// encodings are sections as the specification has them (id, size, content), without the header.
var encodings = []struct {
	name, text, hex string
}{
	{"empty", "", ""},
	{"empty module", "(module)", ""},
	{"function", "(func (param i32) (result i32) local.get 0)",
		"01 06 01 60 01 7f 01 7f" + "03 02 01 00" + "0a 06 01 04 00 20 00 0b"},
	{"locals in runs", "(func (local i32 i32) (local) (local f64))",
		"01 04 01 60 00 00" + "03 02 01 00" + "0a 08 01 06 02 02 7f 01 7c 0b"},
	{"immediates before operands wait", "(func (i32.store offset=4 (i32.const -1) (i32.const 128)))",
		"01 04 01 60 00 00" + "03 02 01 00" + "0a 0c 01 0a 00 41 7f 41 80 01 36 02 04 0b"},
	{"memory index in a memarg", "(memory 0) (memory 0) (func (drop (i32.load 1 align=1 (i32.const 0))))",
		"01 04 01 60 00 00" + "03 02 01 00" + "05 05 02 00 00 00 00" + "0a 0b 01 09 00 41 00 28 40 01 00 1a 0b"},
	{"shared memory", "(memory 1 2 shared)", "05 04 01 03 01 02"},
	{"data count only where an instruction needs it", `(memory 0) (data "a") (func data.drop 0)`,
		"01 04 01 60 00 00" + "03 02 01 00" + "05 03 01 00 00" + "0c 01 01" + "0a 07 01 05 00 fc 09 00 0b" +
			"0b 04 01 01 01 61"},
	{"names", "(module $m (func $f (param $x i32)) (global $g i32 (i32.const 0)))",
		"01 05 01 60 01 7f 00" + "03 02 01 00" + "06 06 01 7f 00 41 00 0b" + "0a 04 01 02 00 0b" +
			"00 1d 04 6e 61 6d 65" + "00 02 01 6d" + "01 04 01 00 01 66" + "02 06 01 00 01 00 01 78" + "07 04 01 00 01 67"},
	{"elements of every form", `(table 1 funcref) (table 1 externref) (func)
		(elem (i32.const 0) 0) (elem func 0) (elem (table 1) (i32.const 0) func 0) (elem declare func 0)
		(elem (i32.const 0) funcref (ref.null func)) (elem externref (ref.null extern))
		(elem (table 1) (i32.const 0) externref) (elem declare funcref (item ref.func 0))`,
		"01 04 01 60 00 00" + "03 02 01 00" + "04 07 02 70 00 01 6f 00 01" + "09 32 08" +
			"00 41 00 0b 01 00" + "01 00 01 00" + "02 01 41 00 0b 00 01 00" + "03 00 01 00" +
			"04 41 00 0b 01 d0 70 0b" + "05 6f 01 d0 6f 0b" + "06 01 41 00 0b 6f 00" + "07 70 01 d2 00 0b" +
			"0a 04 01 02 00 0b"},
	{"strings", `(data "\t\n\r\"\'\\\00\fF\u{e9}\u{10_ffff}ü" "" "z")`,
		"0b 14 01 01 11 09 0a 0d 22 27 5c 00 ff c3 a9 f4 8f bf bf c3 bc 7a"},
	{"binary form", `(module binary "\00asm" "\01\00\00\00")`, ""},
	{"quoted form", `(module quote "(memory" " 0)")`, "05 03 01 00 00"},
	{"definition", `(module definition $m (memory 0))`, "05 03 01 00 00" + "00 09 04 6e 61 6d 65 00 02 01 6d"},
}

func TestEncodings(t *testing.T) {
	for _, tt := range encodings {
		body, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
		if err != nil {
			t.Fatal(tt.name, err)
		}
		want := append([]byte(header), body...)
		if got, err := Assemble([]byte(tt.text)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %x (%v)\nwant %x", tt.name, got, err, want)
		}
	}
}

// TestEveryRow: every instruction of the table is known by its name, and every letter of an immediate is.
func TestEveryRow(t *testing.T) {
	structured := map[op.Code]bool{op.Block: true, op.Loop: true, op.If: true, op.Else: true, op.End: true}
	for _, o := range op.All() {
		for i := 0; i < len(o.Imm); i++ {
			if !structured[o.Code] && immForms[o.Imm] == nil && immLetters[o.Imm[i]] == nil {
				t.Errorf("%s: no reader for immediate %q", o.Name, o.Imm[i])
			}
		}
		_, err := Assemble([]byte("(func " + o.Name + ")"))
		if err != nil && strings.Contains(err.Error(), "unknown operator") && o.Code != op.SelectT {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
}

func TestNesting(t *testing.T) {
	deep := func(n int) []byte {
		return []byte("(func " + strings.Repeat("(block ", n) + strings.Repeat(")", n) + ")")
	}
	if _, err := Assemble(deep(maxNesting - 1)); err != nil {
		t.Error(err)
	}
	if _, err := Assemble(deep(maxNesting)); err == nil || !strings.Contains(err.Error(), "nesting deeper") {
		t.Errorf("error %v", err)
	}
	flat := "(func " + strings.Repeat("block $l ", 1e5) + "br $l " + strings.Repeat("end $l ", 1e5) + ")"
	if _, err := Assemble([]byte(flat)); err != nil {
		t.Error(err)
	}
}

// fuzzSeeds adds the scripts of the suite, if there is one, and the texts of testdata.
func fuzzSeeds(f *testing.F, add func([]byte)) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range a.Files {
			for _, part := range strings.Split(string(c.Data), "===\n") {
				add([]byte(part))
			}
		}
	}
	scripts, _ := filepath.Glob(filepath.Join(os.Getenv("WASM_TESTSUITE"), "*.wast"))
	for _, file := range scripts {
		if src, err := os.ReadFile(file); err == nil && len(src) < 50_000 {
			add(src)
		}
	}
}

// checkError fails unless err is nil or an *Error with a position.
func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Col < 1 || e.Msg == "") {
		t.Errorf("error %#v", err)
	}
}

// FuzzAssemble: no panic, and what assembles is a well-formed module.
func FuzzAssemble(f *testing.F) {
	for _, tt := range encodings {
		f.Add([]byte(tt.text))
	}
	fuzzSeeds(f, func(text []byte) {
		s, err := ParseScript(text)
		if err != nil {
			f.Add(text)
			return
		}
		for _, c := range s.Commands {
			if c.Module != nil {
				f.Add([]byte(c.Module.Source))
			}
		}
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		bin, err := Assemble(text)
		checkError(t, err)
		if err != nil || bytes.Contains(text, []byte("binary")) {
			return
		}
		_, err = wasm.Decode(bin)
		var e *wasm.Error
		if errors.As(err, &e) && e.Kind == wasm.Malformed {
			t.Errorf("assembles to a malformed module: %v\n%s\n%x", err, text, bin)
		}
	})
}

// FuzzParseScript: no panic, in modules neither.
func FuzzParseScript(f *testing.F) {
	fuzzSeeds(f, func(text []byte) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseScript(text)
		checkError(t, err)
		if err != nil {
			return
		}
		for _, c := range s.Commands {
			if c.Module != nil {
				_, err := c.Module.Binary()
				checkError(t, err)
			}
		}
	})
}
