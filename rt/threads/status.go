package threads

import (
	"bufio"
	"bytes"
	"context"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/wasm2go/wasm2go/rt"
)

// Labels of the goroutines that run guest code, for profiles: the module's name, a number for the Program, the thread's
// id.
const (
	moduleLabel  = "wasm"
	programLabel = "program"
	threadLabel  = "thread"
)

var programs atomic.Int64

// threadLabels are the labels of one thread. Adding the thread's to a context that has the others costs a third of a
// spawn and join more than making all three at once.
func (p *Program[I]) threadLabels(id int32) context.Context {
	return pprof.WithLabels(context.Background(), pprof.Labels(moduleLabel, p.main.Core().Module().Name,
		programLabel, p.number, threadLabel, strconv.Itoa(int(id))))
}

// Threads returns what every thread of the program does at the moment, in order of ids. Attached instances that are idle
// are there as well, as Idle.
func (p *Program[I]) Threads() []rt.Status {
	var list []rt.Status
	for _, in := range p.group.Instances() {
		list = append(list, in.Status())
	}
	slices.SortFunc(list, func(a, b rt.Status) int { return int(a.Thread - b.Thread) })
	return list
}

// Stacks returns the guest's stack of every active thread, by id. It stops the world for a moment, as a goroutine profile
// does, which it is made from.
func (p *Program[I]) Stacks() map[int32][]rt.Frame {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return nil
	}
	stacks := map[int32][]rt.Frame{}
	for record := range strings.SplitSeq(profile.String(), "\n\n") {
		if id, ok := p.labelled(record); ok {
			stacks[id] = guestFrames(record)
		}
	}
	return stacks
}

// labelled finds the thread that a record of the profile belongs to, by the line
//
//	# labels: {"program":"1", "thread":"3", "wasm":"app"}
func (p *Program[I]) labelled(record string) (int32, bool) {
	label := func(name string) string {
		_, v, _ := strings.Cut(record, `"`+name+`":"`)
		v, _, _ = strings.Cut(v, `"`)
		return v
	}
	if label(programLabel) != p.number {
		return 0, false
	}
	id, err := strconv.Atoi(label(threadLabel))
	return int32(id), err == nil
}

// guestFrames reads the lines of a record that are frames:
//
//	#	0x4a1b2c	example.org/app.f17_step+0x6c	/src/app/code000.go:123
func guestFrames(record string) []rt.Frame {
	var frames []rt.Frame
	for lines := bufio.NewScanner(strings.NewReader(record)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 || fields[0] != "#" {
			continue
		}
		fn, _, _ := strings.Cut(fields[2], "+0x")
		colon := strings.LastIndexByte(fields[3], ':')
		line, _ := strconv.Atoi(fields[3][colon+1:])
		if f, ok := rt.FrameOf(fn, fields[3][:max(colon, 0)], line); ok {
			frames = append(frames, f)
		}
	}
	return frames
}
