package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/wasm2go/wasm2go/compiler"
)

// inspecting is the command inspect with its flags.
type inspecting struct {
	json    bool
	goSize  bool
	largest int
}

func inspectCommand() command {
	return command{
		name: "inspect", args: "[flags] module", summary: "describe a module",
		text: inspectText,
		setup: func(fs *flag.FlagSet) action {
			i := &inspecting{}
			fs.BoolVar(&i.json, "json", false, "write JSON")
			fs.BoolVar(&i.goSize, "go", false, "translate the module, too, and report the size of the Go made of it")
			fs.IntVar(&i.largest, "n", 10, "list the `n` largest functions")
			return i.run
		},
	}
}

const inspectText = `
Describe a module: its sections, imports, exports, memories, tables and globals, the proposals that it uses, and the
size of its code and data. Offsets and sizes are in bytes. The module is validated.

Examples:

	wasm2go inspect app.wasm
	wasm2go inspect -json app.wasm
	wasm2go inspect -go app.wasm
`

func (i *inspecting) run(h *host, args []string) error {
	if err := oneModule("inspect", args); err != nil {
		return err
	}
	if i.largest < 0 {
		return usageErrorf("-n is a number of functions, not %d", i.largest)
	}
	m, err := h.readModule(args[0])
	if err != nil {
		return err
	}
	info, err := compiler.Inspect(m.bytes, i.largest)
	if err != nil {
		return fileError(m.path, err)
	}
	report := inspection{Info: info}
	if i.goSize {
		if report.Go, err = h.goSize(m); err != nil {
			return err
		}
	}
	if i.json {
		e := json.NewEncoder(h.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(report)
	}
	return printInfo(h.stdout, m, report)
}

// inspection is what inspect reports.
type inspection struct {
	*compiler.Info
	Go *goSize `json:"go,omitempty"`
}

// goSize is the size of the Go that a module is translated to; assets are not Go.
type goSize struct {
	Packages int     `json:"packages"`
	Files    int     `json:"files"`
	Size     int     `json:"size"`
	PerByte  float64 `json:"perByte"` // of the module
}

// goSize translates m to measure it.
func (h *host) goSize(m *module) (*goSize, error) {
	t, err := h.prepare(m, compiler.Config{Source: m.base(), ImportPath: "example.com/guest"})
	if err != nil {
		return nil, err
	}
	g := &goSize{}
	packages := map[string]bool{}
	err = h.translate(m, t, func(f compiler.File) error {
		if path.Ext(f.Name) == ".go" {
			g.Files++
			g.Size += len(f.Content)
			packages[path.Dir(f.Name)] = true
		}
		return nil
	})
	g.Packages = len(packages)
	g.PerByte = float64(g.Size) / float64(max(len(m.bytes), 1))
	return g, err
}

// printInfo writes info as text, a table for each part that is not empty.
func printInfo(out io.Writer, m *module, info inspection) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %d bytes", m.base(), info.Size)
	if info.Name != "" {
		fmt.Fprintf(w, ", module %s", info.Name)
	}
	fmt.Fprintln(w)
	printSections(w, info.Sections)
	printExterns(w, "imports", info.Imports)
	printExterns(w, "exports", info.Exports)
	printExterns(w, "tables", info.Tables)
	printExterns(w, "memories", info.Memories)
	printExterns(w, "globals", info.Globals)
	printProposals(w, info.Proposals)
	printContents(w, info.Info)
	if g := info.Go; g != nil {
		title(w, "Go files", g.Files)
		fmt.Fprintf(w, "  size\t%d bytes, %.1f for each of the module\n", g.Size, g.PerByte)
		fmt.Fprintf(w, "  packages\t%d\n", g.Packages)
	}
	printLargest(w, info.Funcs.Largest)
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) { // tabwriter pads empty cells
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

func printSections(w io.Writer, list []compiler.SectionInfo) {
	title(w, "sections", len(list))
	for _, s := range list {
		name := s.Name
		if s.Custom {
			name = fmt.Sprintf("custom %q", s.Name)
		}
		fmt.Fprintf(w, "  %s\tat %#x\t%d bytes\n", name, s.Offset, s.Size)
	}
}

func printExterns(w io.Writer, what string, list []compiler.ExternInfo) {
	title(w, what, len(list))
	for _, e := range list {
		var names []string
		if e.Module != "" {
			names = append(names, fmt.Sprintf("%q", e.Module))
		}
		if e.Name != "" || e.Module != "" {
			names = append(names, fmt.Sprintf("%q", e.Name))
		}
		if e.Imported {
			names = append(names, "imported")
		}
		fmt.Fprintf(w, "  %s %d\t%s\t%s\n", e.Kind, e.Index, e.Type, strings.Join(names, " "))
	}
}

func printProposals(w io.Writer, list []compiler.Use) {
	title(w, "proposals", len(list))
	for _, u := range list {
		fmt.Fprintf(w, "  %s\t%d instructions\t%s\n", u.Proposal, u.Instructions, strings.Join(u.Constructs, ", "))
	}
}

// printContents writes the parts that are single lines.
func printContents(w io.Writer, info *compiler.Info) {
	f := info.Funcs
	fmt.Fprintln(w, "\ncontents:")
	fmt.Fprintf(w, "  functions\t%d defined, %d imported\n", f.Defined, f.Imported)
	fmt.Fprintf(w, "  code\t%d bytes, %d instructions\n", f.Size, f.Instructions)
	fmt.Fprintf(w, "  data\t%d bytes in %d segments, %d passive\n", info.Data.Size, info.Data.Count, info.Data.Passive)
	fmt.Fprintf(w, "  elements\t%d in %d segments, %d passive\n", info.Elements.Size, info.Elements.Count, info.Elements.Passive)
	fmt.Fprintf(w, "  names\t%d functions, locals of %d functions, %d globals\n", info.Names.Functions, info.Names.Locals, info.Names.Globals)
	if info.Start != nil {
		fmt.Fprintf(w, "  start\tfunction %d %s\n", info.Start.Index, info.Start.Name)
	}
}

func printLargest(w io.Writer, list []compiler.FuncInfo) {
	title(w, "largest functions", len(list))
	for _, f := range list {
		fmt.Fprintf(w, "  func %d\tat %#x\t%d bytes\t%s\n", f.Index, f.Offset, f.Size, cmp.Or(f.Name, "-"))
	}
}

// title begins a part; an empty one is a line of its own.
func title(w io.Writer, what string, n int) {
	if n == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s: %d\n", what, n)
}
