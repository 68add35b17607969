package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wasm2go/wasm2go/compiler"
)

// dumper collects the forms of the functions that a -dump argument means.
type dumper struct {
	want  string
	mu    sync.Mutex
	texts map[uint32][]string // by function, in the order of the passes
	found bool                // the function exists
	seen  []string            // its passes
}

// dump translates m and prints what spec asks for.
func (h *host) dump(m *module, cfg compiler.Config, spec string) error {
	d := &dumper{want: spec, texts: map[uint32][]string{}}
	cfg.Dump, cfg.Keep, cfg.Split = d.after, true, compiler.SplitOff
	t, err := h.prepare(m, cfg)
	if err != nil {
		return err
	}
	if err := h.translate(m, t, func(compiler.File) error { return nil }); err != nil {
		return fileError(m.path, err)
	}
	if len(d.texts) == 0 {
		return fileError(m.path, d.missing())
	}
	for _, fn := range slices.Sorted(maps.Keys(d.texts)) {
		fmt.Fprint(h.stdout, strings.Join(d.texts[fn], ""))
	}
	return nil
}

// after is called after each pass. A name may contain colons, so candidates are compared and nothing is split.
func (d *dumper) after(fn uint32, name, pass, text string) {
	index := strconv.FormatUint(uint64(fn), 10)
	for _, f := range []string{index, name} {
		if f == "" || d.want != f && !strings.HasPrefix(d.want, f+":") {
			continue
		}
		d.mu.Lock()
		if d.want == f || d.want == f+":"+pass {
			d.texts[fn] = append(d.texts[fn], fmt.Sprintf("; function %s %s after %s\n%s\n", index, name, pass, strings.TrimRight(text, "\n")))
		}
		d.found = true
		if !slices.Contains(d.seen, pass) {
			d.seen = append(d.seen, pass)
		}
		d.mu.Unlock()
		return
	}
}

func (d *dumper) missing() error {
	if d.found {
		return fmt.Errorf("-dump %s: no such pass; there are %s", d.want, strings.Join(d.seen, ", "))
	}
	return fmt.Errorf("-dump %s: no such function", d.want)
}
