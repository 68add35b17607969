package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// manySegments is the number of active data segments in a row from which on they are a table: Go programs have tens of
// thousands, and a function with a call for each takes the Go compiler longer than all other code.
const manySegments = 16

func (g *module) hasData() bool {
	return slices.ContainsFunc(g.m.Datas, func(d wasm.Data) bool { return d.End > d.Start })
}

// dataFile is the concatenation of the data segments.
func (g *module) dataFile() []byte {
	if len(g.m.Datas) == 1 {
		return g.m.Bytes[g.m.Datas[0].Start:g.m.Datas[0].End]
	}
	size := 0
	for i := range g.m.Datas {
		size += g.m.Datas[i].End - g.m.Datas[i].Start
	}
	b := make([]byte, 0, size)
	for i := range g.m.Datas {
		d := &g.m.Datas[i]
		b = append(b, g.m.Bytes[d.Start:d.End]...)
	}
	return b
}

// placeData finds where the data segments go.
func (g *module) placeData() {
	g.dataAddrs = make([]int64, len(g.m.Datas))
	for i := range g.m.Datas {
		g.dataAddrs[i] = -1
		if d := &g.m.Datas[i]; d.Mode == wasm.Active {
			if off, ok := d.Offset.I32(); ok {
				g.dataAddrs[i] = int64(off)
			}
		}
	}
	g.images = g.image()
}

// dataRun is a row of data segments, from index first to last-1, that one statement initialises; their bytes stand
// together in the data file, from base on.
type dataRun struct {
	first, last int
	base, size  int
}

// dataRuns divides the data segments: those that make a table stand together, all others alone.
func (g *module) dataRuns() (runs []dataRun) {
	base := 0
	for i := 0; i < len(g.m.Datas); {
		r := dataRun{first: i, last: i + 1, base: base}
		for g.plainData(i) && r.last < len(g.m.Datas) && g.plainData(r.last) && g.m.Datas[r.last].Memory == g.m.Datas[i].Memory {
			r.last++
		}
		if r.last-i < manySegments {
			r.last = i + 1
		}
		for ; i < r.last; i++ {
			r.size += g.m.Datas[i].End - g.m.Datas[i].Start
		}
		base += r.size
		runs = append(runs, r)
	}
	return runs
}

// plainData reports whether segment i is active at a constant place.
func (g *module) plainData(i int) bool { return g.dataAddrs[i] >= 0 }

// dataLines are the statements that initialise memories, and the fields for segments that memory.init names.
func (g *module) dataLines() (lines []string, err error) {
	image := g.images != nil
	if image {
		lines = append(lines, g.onceForThreads(0, fmt.Sprintf("m.%s.InitImage(image0)", g.memName(0))))
	}
	for _, r := range g.dataRuns() {
		d := &g.m.Datas[r.first]
		if image && d.Mode == wasm.Active {
			continue
		}
		text := fmt.Sprintf("data[%d:%d]", r.base, r.base+r.size)
		if r.size == 0 {
			text = `""`
		}
		if d.Mode == wasm.Passive {
			if g.dataUsed[r.first] {
				lines = append(lines, fmt.Sprintf("m.%s = %s", g.dataName(uint32(r.first)), text))
			}
			continue
		}
		line := fmt.Sprintf("m.%s.InitAll(%s, segments%d[:])", g.memName(d.Memory), text, r.first)
		if r.last == r.first+1 {
			off, err := g.constant(d.Offset, 2)
			if err != nil {
				return nil, err
			}
			line = fmt.Sprintf("m.%s.Init(%s, %s, 0, %d)", g.memName(d.Memory), text, off, r.size)
		}
		lines = append(lines, g.onceForThreads(d.Memory, line))
	}
	return lines, nil
}

// onceForThreads makes a line that sets a memory one for the main thread, if all threads have that memory.
func (g *module) onceForThreads(mem uint32, line string) string {
	if int(mem) < g.m.ImportedMem || !g.m.MemoryTypes[mem].Shared {
		return line
	}
	return "if m.Thread() == 0 { // the memory is that of all threads\n\t\t" + line + "\n\t}"
}

// segmentTables writes the tables of data segments.
func (g *module) segmentTables(b *strings.Builder) {
	for _, r := range g.dataRuns() {
		if r.last == r.first+1 || g.images != nil {
			continue
		}
		fmt.Fprintf(b, "\n// segments%d are the data segments from index %[1]d on: where each begins in memory, and its size.\nvar segments%[1]d = [...]uint32{", r.first)
		var list []int64
		for i := r.first; i < r.last; i++ {
			list = append(list, g.dataAddrs[i], int64(g.m.Datas[i].End-g.m.Datas[i].Start))
		}
		writeInts(b, list)
		b.WriteString("}\n")
	}
}
