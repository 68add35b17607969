package wat

import (
	"encoding/binary"
	"slices"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
)

// Section ids of the binary format (spec: 5.5.2).
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunc      = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElem      = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
	numSections  = 13
)

// sectionOrder is the order in which sections stand in a module.
var sectionOrder = [...]byte{secType, secImport, secFunc, secTable, secMemory, secGlobal, secExport, secStart, secElem,
	secDataCount, secCode, secData}

// header is the magic number and the version.
const header = "\x00asm\x01\x00\x00\x00"

// section is the vector of a section's entries.
type section struct {
	count uint32
	body  []byte
}

// add appends one entry.
func (s *section) add(entry ...byte) {
	s.count++
	s.body = append(s.body, entry...)
}

func appendU(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

// appendS appends v in signed LEB128.
func appendS(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// appendBytes appends a vector of bytes: length, content.
func appendBytes[T string | []byte](b []byte, s T) []byte {
	return append(appendU(b, uint64(len(s))), s...)
}

// appendLE appends the low n bytes of v, little-endian.
func appendLE(b []byte, v uint64, n int) []byte {
	for i := 0; i < n; i++ {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

func appendOpcode(b []byte, c op.Code) []byte {
	prefix, sub := c.Prefix()
	if prefix == 0 {
		return append(b, byte(sub))
	}
	return appendU(append(b, prefix), uint64(sub))
}

// binary puts the module together.
func (a *assembler) binary() []byte {
	for _, t := range a.types {
		a.sections[secType].add(t.encode()...)
	}
	if a.usesDataCount {
		a.sections[secDataCount].body = appendU(nil, uint64(a.datas.count))
	}
	out := []byte(header)
	for _, id := range sectionOrder {
		s := &a.sections[id]
		switch {
		case s.count > 0:
			out = appendBytes(append(out, id), append(appendU(nil, uint64(s.count)), s.body...))
		case len(s.body) > 0: // start, data count: no vector
			out = appendBytes(append(out, id), s.body)
		}
	}
	if names := a.nameSection(); len(names) > 0 {
		out = appendBytes(append(out, secCustom), append(appendBytes(nil, "name"), names...))
	}
	return out
}

// Subsections of the name section (spec: 7.4.1; globals: extended name section).
const (
	namesModule = 0
	namesFunc   = 1
	namesLocal  = 2
	namesGlobal = 7
)

func (a *assembler) nameSection() []byte {
	var out []byte
	if a.name != "" {
		out = appendBytes(append(out, namesModule), appendBytes(nil, a.name))
	}
	out = appendNames(out, namesFunc, a.funcs.names)
	if a.localNames.count > 0 {
		maps := append(appendU(nil, uint64(a.localNames.count)), a.localNames.body...)
		out = appendBytes(append(out, namesLocal), maps)
	}
	return appendNames(out, namesGlobal, a.globals.names)
}

func appendNames(b []byte, subsection byte, names map[string]uint32) []byte {
	if len(names) == 0 {
		return b
	}
	return appendBytes(append(b, subsection), nameMap(names))
}

// nameMap encodes a name map, ordered by index.
func nameMap(names map[string]uint32) []byte {
	type entry struct {
		index uint32
		name  string
	}
	list := make([]entry, 0, len(names))
	for n, i := range names {
		list = append(list, entry{i, n})
	}
	slices.SortFunc(list, func(a, b entry) int { return int(int64(a.index) - int64(b.index)) })
	out := appendU(nil, uint64(len(list)))
	for _, e := range list {
		out = appendBytes(appendU(out, uint64(e.index)), e.name)
	}
	return out
}
