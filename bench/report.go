package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// report writes the tables, and the files that flags ask for.
func (b *bench) report() error {
	text := b.markdown()
	if b.md == "" {
		fmt.Print(text)
	} else if err := os.WriteFile(b.md, []byte(text), 0o644); err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		make func() string
	}{{b.csv, b.csvText}, {b.svg, b.plot}} {
		if f.path == "" {
			continue
		}
		if err := os.WriteFile(f.path, []byte(f.make()), 0o644); err != nil {
			return err
		}
	}
	for _, path := range b.renewed {
		if err := b.renew(path); err != nil {
			return err
		}
	}
	return nil
}

// base is the contestant that the first table compares with: wasm2c + clang -O2, or else the first.
func (b *bench) base() string {
	if b.takesPart(baseName) {
		return baseName
	}
	return b.field[0].name
}

func (b *bench) takesPart(name string) bool {
	return slices.ContainsFunc(b.field, func(r *runner) bool { return r.name == name })
}

func (b *bench) markdown() string {
	var s strings.Builder
	what := "Processor time"
	if b.count {
		what = "Instructions"
	}
	fmt.Fprintf(&s, "%s relative to %s:\n\n%s\n", what, b.base(), b.ratios(b.base(), true))
	fmt.Fprintf(&s, "Geometric means relative to %s:\n\n%s\n", b.base(), b.means(b.base()))
	if b.base() != guardName && b.takesPart(guardName) {
		fmt.Fprintf(&s, "Geometric means relative to %s:\n\n%s\n", guardName, b.means(guardName))
	}
	if !b.count {
		fmt.Fprintf(&s, "Translation + build, size of the executable, peak of resident memory:\n\n%s", b.costs())
	}
	return s.String()
}

// header begins a table with a column per contestant.
func (b *bench) header(first string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "| %s |", first)
	for _, r := range b.field {
		fmt.Fprintf(&s, " %s |", r.name)
	}
	fmt.Fprintf(&s, "\n|---|%s\n", strings.Repeat("---|", len(b.field)))
	return s.String()
}

// none is an empty cell.
const none = " – |"

// ratios is a table of programs, with absolute values if they are asked for, and the geometric means.
func (b *bench) ratios(base string, absolute bool) string {
	var s strings.Builder
	s.WriteString(b.header("program"))
	for _, p := range b.list {
		fmt.Fprintf(&s, "| %s |", p.name)
		reference, hasBase := b.value(p.name, base)
		for _, r := range b.field {
			v, ok := b.value(p.name, r.name)
			switch {
			case !ok:
				s.WriteString(none)
			case !hasBase:
				fmt.Fprintf(&s, " (%s) |", b.unit(v))
			case absolute:
				fmt.Fprintf(&s, " %.2f (%s) |", v/reference, b.unit(v))
			default:
				fmt.Fprintf(&s, " %.2f |", v/reference)
			}
		}
		s.WriteByte('\n')
	}
	s.WriteString(b.meanRow("geometric mean", b.list, base))
	return s.String()
}

// unit writes a value with its unit.
func (b *bench) unit(v float64) string {
	if b.count {
		return fmt.Sprintf("%.1f M", v/1e6)
	}
	return fmt.Sprintf("%.0f ms", v*1e3)
}

// means is a table of geometric means per class.
func (b *bench) means(base string) string {
	s := b.header("class")
	for _, class := range b.classes() {
		s += b.meanRow(class, b.class(class), base)
	}
	return s + b.meanRow("all", b.list, base)
}

func (b *bench) classes() []string {
	var names []string
	for _, p := range b.list {
		if !slices.Contains(names, p.class) {
			names = append(names, p.class)
		}
	}
	return names
}

func (b *bench) class(name string) []*program {
	return slices.DeleteFunc(slices.Clone(b.list), func(p *program) bool { return p.class != name })
}

func (b *bench) meanRow(title string, list []*program, base string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "| **%s** |", title)
	for _, r := range b.field {
		if mean, n := b.mean(list, r.name, base); n == 0 {
			s.WriteString(none)
		} else if n < len(list) {
			fmt.Fprintf(&s, " **%.2f** (%d of %d) |", mean, n, len(list))
		} else {
			fmt.Fprintf(&s, " **%.2f** |", mean)
		}
	}
	s.WriteByte('\n')
	return s.String()
}

// mean is the geometric mean of the ratios of those programs, n, that both contestants have run.
func (b *bench) mean(list []*program, contestant, base string) (mean float64, n int) {
	sum := 0.0
	for _, p := range list {
		v, ok := b.value(p.name, contestant)
		reference, hasBase := b.value(p.name, base)
		if ok && hasBase {
			sum += math.Log(v / reference)
			n++
		}
	}
	return math.Exp(sum / float64(max(n, 1))), n
}

// costs is the table of what programs cost besides time.
func (b *bench) costs() string {
	var s strings.Builder
	s.WriteString(b.header("program"))
	for _, p := range b.list {
		fmt.Fprintf(&s, "| %s |", p.name)
		for _, r := range b.field {
			m := b.results[p.name][r.name]
			if m == nil || m.failed != nil {
				s.WriteString(none)
				continue
			}
			fmt.Fprintf(&s, " %.2f + %.1f s, %s, %.0f MB |", (m.Translate + m.prepared).Seconds(), m.Build.Seconds(), megabytes(m.Size), float64(m.peak)/1024)
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// megabytes writes the size of an executable; engines have none.
func megabytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f MB", float64(n)/1e6)
}

func (b *bench) csvText() string {
	var s strings.Builder
	s.WriteString("program,class,contestant,cpu_median_s,wall_median_s,peak_kb,translate_s,build_s,size_bytes,instructions,cpu_s\n")
	for _, p := range b.list {
		for _, r := range b.field {
			m := b.results[p.name][r.name]
			if m == nil || m.failed != nil {
				continue
			}
			cpu, wall := 0.0, 0.0
			if len(m.cpu) > 0 {
				cpu, wall = median(m.cpu), median(m.wall)
			}
			fmt.Fprintf(&s, "%s,%s,%s,%.6f,%.6f,%d,%.3f,%.3f,%d,%.0f,%s\n", p.name, p.class, r.name, cpu, wall, m.peak,
				(m.Translate + m.prepared).Seconds(), m.Build.Seconds(), m.Size, m.count, strings.Trim(fmt.Sprintf("%.6f", m.cpu), "[]"))
		}
	}
	return s.String()
}

// parts are the tables that -renew writes into a file, by the names in its marks.
func (b *bench) parts() map[string]func() string {
	return map[string]func() string{
		"ratios": func() string { return b.ratios(b.base(), false) },
		"all":    b.markdown,
	}
}

// markEnd stands behind a table that -renew replaces; before it stands a mark with the table's name.
const markEnd = "<!-- /bench -->"

// renew replaces the tables between marks in a file.
func (b *bench) renew(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, renewed := string(content), false
	for name, table := range b.parts() {
		mark := "<!-- bench: " + name + " -->\n"
		before, rest, ok := strings.Cut(text, mark)
		_, after, ok2 := strings.Cut(rest, markEnd)
		if ok && ok2 {
			text, renewed = before+mark+table()+markEnd+after, true
		}
	}
	if !renewed {
		return fmt.Errorf("%s has no marks such as <!-- bench: ratios --> with %s behind them", path, markEnd)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
