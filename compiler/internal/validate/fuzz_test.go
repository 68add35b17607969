package validate

import (
	"os"
	"path/filepath"
	"testing"

	wabin "github.com/tetratelabs/wabin/binary"
	wabinmodel "github.com/tetratelabs/wabin/wasm"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// seeds are modules of the official suites small enough to be cut at each byte.
func seeds(t testing.TB) [][]byte {
	var all [][]byte
	for suite, names := range map[string][]string{
		"v2": {"fac.0", "br_table.0", "elem.0", "memory_init.0", "select.0", "simd_lane.0", "ref_func.1", "table_copy.1",
			"global.0", "names.0"},
		"threads":        {"atomic.0"},
		"extended-const": {"global.0"},
	} {
		dir := suiteDir(t, suite)
		for _, n := range names {
			b, err := os.ReadFile(filepath.Join(dir, n+".wasm"))
			if err != nil {
				t.Fatal(err)
			}
			if len(b) < 8000 {
				all = append(all, b)
			}
		}
	}
	return all
}

// FuzzDecode: no input makes decoding or validation panic, and what the validator accepts has a sound form.
func FuzzDecode(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wasm.Decode(b)
		if err != nil {
			return
		}
		if Module(m) != nil {
			return
		}
		for i := range m.Codes {
			if bad := wasm.CheckForm(m, i); bad != nil {
				t.Errorf("valid, but %v", bad)
			}
		}
	})
}

// What wabin and this decoder both accept, they must read alike. Only the official suites are tried: wabin does not
// bound what it allocates.
func TestWabinAgrees(t *testing.T) {
	both, onlyWabin, onlyOurs := 0, 0, 0
	for _, suite := range []string{"v1", "v2"} {
		files, _ := filepath.Glob(filepath.Join(suiteDir(t, suite), "*.wasm"))
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := wasm.Decode(b)
			theirs := wabinDecode(b)
			switch {
			case err == nil && theirs != nil:
				both++
				compare(t, filepath.Base(file), ours, theirs)
			case err == nil:
				onlyOurs++
			case theirs != nil:
				onlyWabin++
			}
		}
	}
	t.Logf("accepted by both: %d, by wabin only: %d, by ours only: %d", both, onlyWabin, onlyOurs)
}

func wabinDecode(b []byte) (m *wabinmodel.Module) {
	defer func() {
		if recover() != nil {
			m = nil
		}
	}()
	m, err := wabin.DecodeModule(b, wabinmodel.CoreFeaturesV2)
	if err != nil {
		return nil
	}
	return m
}

func compare(t *testing.T, file string, a *wasm.Module, b *wabinmodel.Module) {
	same := func(what string, x, y int) {
		if x != y {
			t.Errorf("%s: %d %s, wabin has %d", file, x, what, y)
		}
	}
	same("types", len(a.Types), len(b.TypeSection))
	same("imports", len(a.Imports), len(b.ImportSection))
	same("functions", len(a.Funcs), len(b.FunctionSection))
	same("tables", len(a.Tables), len(b.TableSection))
	same("globals", len(a.Globals), len(b.GlobalSection))
	same("exports", len(a.Exports), len(b.ExportSection))
	same("codes", len(a.Codes), len(b.CodeSection))
	same("elements", len(a.Elems), len(b.ElementSection))
	same("data segments", len(a.Datas), len(b.DataSection))
	for i := range min(len(a.Types), len(b.TypeSection)) {
		x, y := &a.Types[i], b.TypeSection[i]
		if !sameTypes(x.Params, y.Params) || !sameTypes(x.Results, y.Results) {
			t.Errorf("%s: type %d is %v, wabin has %v", file, i, x, y)
		}
	}
	for i := range min(len(a.Imports), len(b.ImportSection)) {
		x, y := &a.Imports[i], b.ImportSection[i]
		if x.Module != y.Module || x.Name != y.Name || x.Kind != y.Type || x.Kind == wasm.KindFunc && x.Type != y.DescFunc {
			t.Errorf("%s: import %d is %v, wabin has %v", file, i, x, y)
		}
	}
	for i := range min(len(a.Exports), len(b.ExportSection)) {
		x, y := &a.Exports[i], b.ExportSection[i]
		if x.Name != y.Name || x.Kind != y.Type || x.Index != y.Index {
			t.Errorf("%s: export %d is %v, wabin has %v", file, i, x, y)
		}
	}
	for i := range min(len(a.Codes), len(b.CodeSection)) {
		x, y := &a.Codes[i], b.CodeSection[i]
		if x.NumLocals() != len(y.LocalTypes) || string(a.Bytes[x.Start:x.End]) != string(y.Body) {
			t.Errorf("%s: body %d differs from wabin's", file, i)
		}
	}
	for i := range min(len(a.Datas), len(b.DataSection)) {
		x, y := &a.Datas[i], b.DataSection[i]
		if string(a.Bytes[x.Start:x.End]) != string(y.Init) {
			t.Errorf("%s: data segment %d differs from wabin's", file, i)
		}
	}
}

func sameTypes(x []wasm.ValType, y []byte) bool {
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if byte(x[i]) != y[i] {
			return false
		}
	}
	return true
}
