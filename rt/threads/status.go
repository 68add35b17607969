package threads

import (
	"context"
	"runtime/pprof"
	"slices"
	"strconv"

	"github.com/wasm2go/wasm2go/rt"
)

// label puts the labels "wasm", the module's name, and "thread", the thread's id, on the goroutine, for profiles.
func label(in *rt.Instance) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(),
		pprof.Labels("wasm", in.Module().Name, "thread", strconv.Itoa(int(in.Thread())))))
}

// Threads returns what every thread of the program does at the moment, in order of ids. Attached instances that are idle
// are there as well, as not Active.
func (p *Program[I]) Threads() []rt.Status {
	var list []rt.Status
	p.group.Each(func(in *rt.Instance) { list = append(list, in.Status()) })
	slices.SortFunc(list, func(a, b rt.Status) int { return int(a.Thread - b.Thread) })
	return list
}
