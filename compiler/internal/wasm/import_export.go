package wasm

import "github.com/wasm2go/wasm2go/compiler/internal/op"

func (d *decoder) importSection() {
	n := d.count(4)
	d.m.Imports = make([]Import, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Imports = append(d.m.Imports, d.importEntry())
	}
}

// importEntry reads one import (spec: 5.5.5) and puts it into its index space.
func (d *decoder) importEntry() Import {
	im := Import{Offset: d.pos, Module: d.name(), Name: d.name()}
	at := d.pos
	im.Kind = d.byte()
	m := d.m
	switch im.Kind {
	case KindFunc:
		im.Type, im.Index = d.u32(), uint32(len(m.FuncTypes))
		m.FuncTypes = append(m.FuncTypes, im.Type)
		m.ImportedFunc++
	case KindTable:
		im.Table, im.Index = d.tableType(), uint32(len(m.TableTypes))
		m.TableTypes = append(m.TableTypes, im.Table)
		m.ImportedTab++
	case KindMemory:
		im.Memory, im.Index = d.memoryType(), uint32(len(m.MemoryTypes))
		m.MemoryTypes = append(m.MemoryTypes, im.Memory)
		m.ImportedMem++
	case KindGlobal:
		im.Global, im.Index = d.globalType(), uint32(len(m.GlobalTypes))
		m.GlobalTypes = append(m.GlobalTypes, im.Global)
		m.ImportedGlob++
	case KindTag:
		d.byte()
		d.u32()
		d.unsupported(at, op.ExceptionHandling, "imported tag")
	default:
		d.malformed(at, "malformed import kind %#x", im.Kind)
	}
	return im
}

func (d *decoder) exportSection() {
	n := d.count(3)
	d.m.Exports = make([]Export, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		e := Export{Offset: d.pos, Name: d.name()}
		at := d.pos
		e.Kind, e.Index = d.byte(), d.u32()
		switch {
		case e.Kind == KindTag:
			d.unsupported(at, op.ExceptionHandling, "exported tag")
		case e.Kind > KindTag:
			d.malformed(at, "malformed export kind %#x", e.Kind)
		}
		d.m.Exports = append(d.m.Exports, e)
	}
}
