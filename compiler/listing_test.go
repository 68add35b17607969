package compiler_test

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/gobuild"
)

// listingVersion is the Go release whose machine code testdata/listing.txtar holds.
const listingVersion = "go1.26"

// TestListing compares the machine code of simple functions with testdata/listing.txtar: an access is one instruction, a
// loop has no more than it needs. Registers and places of jumps do not count.
func TestListing(t *testing.T) {
	if runtime.GOARCH != "amd64" || !strings.HasPrefix(runtime.Version(), listingVersion) {
		t.Skipf("the listing is of %s on amd64, this is %s on %s", listingVersion, runtime.Version(), runtime.GOARCH)
	}
	if v := os.Getenv("GOAMD64"); v != "" && v != "v1" {
		t.Skipf("the listing is for GOAMD64=v1, not %s", v)
	}
	const path = "../testdata/listing.txtar"
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := listing(t, ar.Files[0].Data)
	if *update {
		ar.Files[1].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(ar.Files[1].Data); got != want {
		t.Errorf("the code differs from %s; run go test ./compiler -update and read the diff. Got:\n%s", path, got)
	}
}

var (
	textLine   = regexp.MustCompile(`^\S*\.f\d+_(\w+) STEXT`)
	instrLine  = regexp.MustCompile(`^\t0x[0-9a-f]+ \d+ \([^)]*\)\t(\w+)\t?(.*)$`)
	registers  = regexp.MustCompile(`\b(AX|BX|CX|DX|SI|DI|R[89]|R1[0-5]|X[0-9]|X1[0-5])\b`)
	unexplored = map[string]bool{"PCDATA": true, "FUNCDATA": true, "TEXT": true, "NOP": true, "XCHGL": true, "UNDEF": true}
)

// listing translates a module and returns the machine code of its functions up to what calls a panic: one line per
// instruction, R for a register, L for the target of a jump.
func listing(t *testing.T, module []byte) string {
	pkg, err := compiler.Compile(module, compiler.Config{Package: "listing", Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := gobuild.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range pkg.Files {
		if err := p.Write("listing/"+f.Name, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	out, err := p.Go(t.Context(), "build", "-gcflags=-S", "./listing")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	inside := false
	for line := range strings.SplitSeq(out, "\n") {
		if m := textLine.FindStringSubmatch(line); m != nil {
			inside = true
			fmt.Fprintf(&b, "%s:\n", m[1])
			continue
		}
		m := instrLine.FindStringSubmatch(line)
		switch {
		case m == nil:
			inside = inside && strings.HasPrefix(line, "\t")
		case m[1] == "CALL" && strings.Contains(m[2], "panic"):
			inside = false // what follows is the slow part
		case inside && !unexplored[m[1]]:
			fmt.Fprintf(&b, "\t%s\n", strings.TrimSpace(m[1]+" "+operands(m[1], m[2])))
		}
	}
	return b.String()
}

func operands(op, text string) string {
	if strings.HasPrefix(op, "J") {
		return "L"
	}
	text = regexp.MustCompile(`\S*listing\.`).ReplaceAllString(text, "")
	return registers.ReplaceAllString(text, "R")
}
