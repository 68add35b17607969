package op

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/instructions.md")

const docFile = "../../../docs/instructions.md"

// TestInstructionsDocument holds docs/instructions.md to the table.
func TestInstructionsDocument(t *testing.T) {
	want := document()
	if *update {
		if err := os.WriteFile(docFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(docFile); err != nil || string(got) != want {
		t.Errorf("%s is not what the table says (%v): run go test ./compiler/internal/op -update", docFile, err)
	}
}

func document() string {
	var b strings.Builder
	b.WriteString("# Instructions\n\nMade from the table in compiler/internal/op by its test; see op.Row for the notation.\n")
	for i, g := range groups {
		if i > 0 && groups[i-1].proposal == g.proposal {
			rows(&b, g.rows)
			continue
		}
		state := ""
		if !g.proposal.Supported() {
			state = " (not supported yet)"
		}
		fmt.Fprintf(&b, "\n## %s%s\n\n| code | name | type | Go |\n|---|---|---|---|\n", g.proposal, state)
		rows(&b, g.rows)
	}
	return b.String()
}

func rows(b *strings.Builder, list []Row) {
	for _, r := range list {
		fmt.Fprintf(b, "| %#02x | %s | %s | %s |\n", uint32(r.Code), r.Name, r.Sig, goColumn(r))
	}
}

func goColumn(r Row) string {
	switch {
	case r.Go != "":
		return "`" + strings.ReplaceAll(r.Go, "|", "\\|") + "`"
	case r.Sig == "":
		return "by code"
	}
	return ""
}

// TestRows checks what init does not: letters that exist, templates only where there is a signature, widths for
// accesses.
func TestRows(t *testing.T) {
	for _, o := range All() {
		for _, c := range o.Params() + o.Results() {
			if !strings.ContainsRune("iIfFva", c) {
				t.Errorf("%s: signature letter %q", o.Name, c)
			}
		}
		if o.Go != "" && o.Sig == "" {
			t.Errorf("%s has Go but no signature", o.Name)
		}
		if o.IsMemAccess() != (o.Width() > 0) {
			t.Errorf("%s: memarg %v, width %d", o.Name, o.IsMemAccess(), o.Width())
		}
		if prefix, sub := o.Code.Prefix(); prefix != 0 && MakeCode(prefix, sub) != o.Code {
			t.Errorf("%s: code %#x does not survive its parts", o.Name, uint32(o.Code))
		}
		if Lookup(o.Code) != o || ByName(o.Name) != o {
			t.Errorf("%s is not found", o.Name)
		}
	}
}
