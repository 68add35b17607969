package spectest

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// ReadWast reads a script in the text format.
func ReadWast(suite, file string) (*Script, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := wat.ParseScript(src)
	if err != nil {
		return nil, err
	}
	s := &Script{Suite: suite, Name: strings.TrimSuffix(filepath.Base(file), ".wast")}
	for i := range parsed.Commands {
		s.Commands = append(s.Commands, wastCommand(&parsed.Commands[i], i))
	}
	return s, nil
}

func wastCommand(w *wat.Command, index int) *Command {
	c := &Command{Command: runner.Command{
		Kind: runner.Kind(w.Kind), Index: index, Line: w.Line, Name: w.Name, Target: w.Target, As: w.As, Text: w.Text,
		Results: wastValues(w.Results),
	}}
	if a := w.Action; a != nil {
		c.Action = &runner.Action{Kind: a.Kind, Target: a.Target, Name: a.Name, Args: wastValues(a.Args)}
	}
	if w.Module != nil {
		c.assemble = w.Module.Binary
	}
	for _, word := range optional {
		if w.Kind == wat.CmdUnknown && strings.HasPrefix(w.Text, "("+word) {
			c.Missing = &runner.Missing{Proposal: "annotations (" + word + ")"}
		}
	}
	return c
}

// optional are the assertions about custom sections. The compiler ignores these, as the specification lets it.
var optional = []string{"assert_malformed_custom", "assert_invalid_custom"}

func wastValues(list []wat.Value) []runner.Value {
	out := make([]runner.Value, len(list))
	for i := range list {
		v := &list[i]
		out[i] = runner.Value{
			Type: v.Type, Bits: v.Bits, Vec: v.Vec, Heap: v.Heap, Null: v.Null, Numbered: v.Numbered,
			Either: wastValues(v.Either),
		}
		for _, n := range v.NaN {
			out[i].NaN = append(out[i].NaN, string(n))
		}
		if v.NaN != nil && v.Type == "v128" {
			out[i].Lane = 128 / len(v.NaN)
		}
	}
	return out
}
