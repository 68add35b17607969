package wasm

import (
	"reflect"
	"testing"
)

// withNames is a module of one function and one global with the given content of a name section.
func withNames(content string) []byte {
	head := "\x00asm\x01\x00\x00\x00" +
		"\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x06\x06\x01\x7f\x00\x41\x00\x0b" + "\x0a\x06\x01\x04\x01\x02\x7f\x0b"
	return []byte(head + "\x00" + string(rune(5+len(content))) + "\x04name" + content)
}

func TestNames(t *testing.T) {
	const module, funcs = "\x00\x02\x01M", "\x01\x04\x01\x00\x01f"
	for content, want := range map[string]Names{
		"":                                       {},
		module:                                   {Module: "M"},
		module + funcs:                           {Module: "M", Funcs: map[uint32]string{0: "f"}},
		"\x02\x09\x01\x00\x02\x00\x01x\x01\x01y": {Locals: map[uint32]map[uint32]string{0: {0: "x", 1: "y"}}},
		"\x07\x04\x01\x00\x01g":                  {Globals: map[uint32]string{0: "g"}},
		// unknown subsections are skipped, indices that do not exist dropped
		"\x63\x02ab" + module:   {Module: "M"},
		"\x01\x04\x01\x09\x01f": {Funcs: map[uint32]string{}},
		// what comes before a fault is kept
		module + "\x01\x7f":              {Module: "M"},
		module + "\x01\x04\x01\x00\x7ff": {Module: "M", Funcs: map[uint32]string{}},
		"\x00\x02\x01\xff":               {},
	} {
		m, err := Decode(withNames(content))
		if err != nil {
			t.Errorf("%q: %v", content, err)
			continue
		}
		if !reflect.DeepEqual(m.Names, want) {
			t.Errorf("%q: %+v, expected %+v", content, m.Names, want)
		}
		if m.FuncName(0) != want.Funcs[0] || m.FuncName(99) != "" {
			t.Errorf("%q: function 0 is named %q", content, m.FuncName(0))
		}
	}
}
