package emit

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/gox"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// imageMin is the size of active data segments, in bytes, from which they are an rt.Image: copying less takes no longer
// than mapping.
const imageMin = 256 << 10

// imageGap is the most, in bytes, that an image may hold besides the segments and as much again.
const imageGap = 4 << 20

// image returns the data segments that make the image of memory 0: all active ones, if it is the module's own memory and
// they surely fit, so that instantiation can not trap half way.
func (g *module) image() []int {
	if len(g.m.MemoryTypes) != 1 || g.m.ImportedMem > 0 {
		return nil
	}
	list := make([]int, 0, len(g.m.Datas))
	size, end := 0, 0
	for i := range g.m.Datas {
		d := &g.m.Datas[i]
		if d.Mode != wasm.Active {
			continue
		}
		n := d.End - d.Start
		off := g.dataAddrs[i]
		if off < 0 || uint64(off)+uint64(n) > g.m.MemoryTypes[0].Min*wasm.PageSize {
			return nil
		}
		list = append(list, i)
		size, end = size+n, max(end, int(off)+n)
	}
	if size < imageMin || end > 2*size+imageGap {
		return nil
	}
	return list
}

// imageVar writes the variable image0.
func (g *module) imageVar(b *strings.Builder) {
	list := g.images
	if list == nil {
		return
	}
	fmt.Fprintf(b, `
// image0 is what the active data segments make of memory 0; all instances share it.
var image0 = rt.NewImage(%s, data, imageSegments[:]...)

// imageSegments are where the segments begin in memory, and begin and end in the data.
var imageSegments = [...]rt.Segment{
`, imageID(g.imageContent(list)))
	offsets := g.dataOffsets()
	const lineSize = 40 // at most
	b.Grow(lineSize * len(list))
	var line []byte
	for _, i := range list {
		d := &g.m.Datas[i]
		line = append(line[:0], "\t{"...)
		line = append(gox.AppendUint(line, uint64(g.dataAddrs[i])), ", "...)
		line = append(gox.AppendUint(line, uint64(offsets[i])), ", "...)
		line = append(gox.AppendUint(line, uint64(offsets[i]+d.End-d.Start)), "},\n"...)
		b.Write(line)
	}
	b.WriteString("}\n")
}

// imageID is the image's name as Go text.
func imageID(content []byte) string {
	sum := sha256.Sum256(content)
	return "rt.ImageID([]byte(" + strconv.Quote(string(sum[:])) + "))"
}

// Image returns the content of memory 0 that instantiation sets from an image, nil if it does not.
func (e *Emitter) Image() []byte {
	if list := e.g.images; list != nil {
		return e.g.imageContent(list)
	}
	return nil
}

// imageContent is memory 0 up to the end of the last segment.
func (g *module) imageContent(list []int) []byte {
	size := 0
	for _, i := range list {
		d := &g.m.Datas[i]
		size = max(size, int(g.dataAddrs[i])+d.End-d.Start)
	}
	content := make([]byte, size)
	for _, i := range list {
		d := &g.m.Datas[i]
		copy(content[g.dataAddrs[i]:], g.m.Bytes[d.Start:d.End])
	}
	return content
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
