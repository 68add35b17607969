package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// sample is a bench with results: contestant b takes twice and half the time of a, and fails in the last program.
func sample() *bench {
	b := &bench{results: map[string]map[string]*measure{}}
	b.field = []*runner{{name: "a"}, {name: "b"}}
	for i, ratio := range []float64{2, 0.5, 4, 1} {
		p := &program{name: "p" + string(rune('0'+i)), class: "even<&>"}
		if i%2 == 1 {
			p.class = "odd"
		}
		b.list = append(b.list, p)
		b.results[p.name] = map[string]*measure{
			"a": {cpu: []float64{3, 1, 2}, wall: []float64{3, 1, 2}},
			"b": {cpu: []float64{2 * ratio}, wall: []float64{1}},
		}
	}
	b.results["p3"]["b"].failed = errors.New("failed")
	return b
}

func TestMeans(t *testing.T) {
	b := sample()
	for _, c := range []struct {
		class string
		mean  float64
		n     int
	}{{"even<&>", math.Sqrt(8), 2}, {"odd", 0.5, 1}} {
		if mean, n := b.mean(b.class(c.class), "b", "a"); math.Abs(mean-c.mean) > 1e-9 || n != c.n {
			t.Errorf("%s: %v of %d programs, want %v of %d", c.class, mean, n, c.mean, c.n)
		}
	}
	const want = `| program | a | b |
|---|---|---|
| p0 | 1.00 | 2.00 |
| p1 | 1.00 | 0.50 |
| p2 | 1.00 | 4.00 |
| p3 | 1.00 | – |
| **geometric mean** | **1.00** | **1.59** (3 of 4) |
`
	if got := b.ratios("a", false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte("before\n<!-- bench: ratios -->\nold\n<!-- /bench -->\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := sample()
	for range 2 {
		if err := b.renew(file); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if want := "before\n<!-- bench: ratios -->\n" + b.ratios("a", false) + "<!-- /bench -->\nafter\n"; err != nil || string(got) != want {
			t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
		}
	}
	if err := os.WriteFile(file, []byte("no marks"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b.renew(file) == nil {
		t.Error("a file without marks is renewed")
	}
}

func TestPlot(t *testing.T) {
	d := xml.NewDecoder(strings.NewReader(sample().plot()))
	circles := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 4+1+3+1+2 { // programs and means of a and b, legend
		t.Errorf("%d circles", circles)
	}
}

// TestModules: every committed module, and that of -startup, is valid, and has its source.
func TestModules(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	if _, err := r.CompileModule(ctx, startupModule()); err != nil {
		t.Errorf("startup: %v", err)
	}
	names := map[string]bool{}
	for i := range programs {
		p := &programs[i]
		if names[p.name] {
			t.Errorf("two programs are called %s", p.name)
		}
		names[p.name] = true
		if p.kind != export {
			continue
		}
		path, err := committed(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		m, err := r.CompileModule(ctx, src)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		if m.ExportedFunctions()["run"] == nil || len(m.ImportedFunctions()) > 0 {
			t.Errorf("%s exports no run, or has imports", p.name)
		}
		if text, err := os.ReadFile(filepath.Join("programs", p.source+".c")); err != nil || !bytes.HasPrefix(text, []byte("// ")) {
			t.Errorf("%s: no source that begins with what it does: %v", p.name, err)
		}
	}
}

func TestUnpack(t *testing.T) {
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	files := tar.NewWriter(z)
	for _, name := range []string{"package/a", "package/b"} {
		if err := files.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(name))}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := unpack(bytes.NewReader(archive.Bytes()), "package/b"); err != nil || string(got) != "package/b" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, damaged := range map[string][]byte{"package/c": archive.Bytes(), "package/b": archive.Bytes()[:archive.Len()/2]} {
		if got, err := unpack(bytes.NewReader(damaged), name); err == nil {
			t.Errorf("%s: got %q of an archive without it", name, got)
		}
	}
}
