package emit

import (
	"fmt"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/build"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// imageMin is the size of active data segments, in bytes, from which they are an rt.Image: copying less takes no longer
// than mapping.
const imageMin = 256 << 10

// image returns the data segments that make the image of memory 0: all active ones, if it is the module's own memory and
// they surely fit, so that instantiation can not trap half way.
func (g *module) image() []int {
	if len(g.m.MemoryTypes) != 1 || g.m.ImportedMem > 0 {
		return nil
	}
	var list []int
	size := 0
	for i := range g.m.Datas {
		d := &g.m.Datas[i]
		if d.Mode != wasm.Active {
			continue
		}
		n := d.End - d.Start
		off, ok := build.ConstI32(g.m, d.Offset)
		if !ok || uint64(off)+uint64(n) > g.m.MemoryTypes[0].Min*wasm.PageSize {
			return nil
		}
		list = append(list, i)
		size += n
	}
	if size < imageMin {
		return nil
	}
	return list
}

// imageVar writes the variable image0.
func (g *module) imageVar(b *strings.Builder) {
	list := g.image()
	if list == nil {
		return
	}
	b.WriteString(`
// image0 is what the active data segments make of memory 0; all instances share it.
var image0 = rt.NewImage(data, imageSegments[:]...)

// imageSegments are where the segments begin in memory, and begin and end in the data.
var imageSegments = [...]rt.Segment{
`)
	offsets := g.dataOffsets()
	for _, i := range list {
		d := &g.m.Datas[i]
		addr, _ := build.ConstI32(g.m, d.Offset)
		fmt.Fprintf(b, "\t{%d, %d, %d},\n", addr, offsets[i], offsets[i]+d.End-d.Start)
	}
	b.WriteString("}\n")
}

// dataOffsets are where the data segments begin in the data file.
func (g *module) dataOffsets() []int {
	offsets := make([]int, len(g.m.Datas))
	next := 0
	for i := range g.m.Datas {
		offsets[i] = next
		next += g.m.Datas[i].End - g.m.Datas[i].Start
	}
	return offsets
}
