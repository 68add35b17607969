package threads

import (
	"runtime"
	"runtime/pprof"
	"sync"

	"github.com/wasm2go/wasm2go/rt"
)

// maxID is the largest thread id (wasi-threads: ids are in [1, 2^29), so that the guest's libc has bits to spare).
const maxID = 1<<29 - 1

// Results of thread-spawn that are no thread id. wasi-libc makes EAGAIN of any negative number.
const (
	errLimit = -6 // EAGAIN of WASI
	errEnded = -1
)

// ids gives out thread ids: unique among the living, and an id is used again only after all others were.
type ids struct {
	mu     sync.Mutex
	max    int
	last   int32
	living map[int32]struct{}
}

func (s *ids) get() (int32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.living) >= s.max {
		return 0, false
	}
	if s.living == nil {
		s.living = make(map[int32]struct{})
	}
	for {
		if s.last++; s.last > maxID {
			s.last = 1
		}
		if _, taken := s.living[s.last]; !taken {
			s.living[s.last] = struct{}{}
			return s.last, true
		}
	}
}

func (s *ids) put(id int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.living, id)
}

// starter is a module's export wasi_thread_start as generated packages have it.
type starter interface {
	WasiThreadStart(id, arg int32) error
}

// ThreadSpawn is wasi's thread-spawn: it starts a thread that calls wasi_thread_start with its id and arg, and returns
// the id, from 1 to 2^29-1, or a negative number if there are too many threads or the program has ended.
func (p *Program[I]) ThreadSpawn(_ *rt.Instance, arg int32) int32 {
	id, err := p.spawn(arg)
	switch {
	case err == nil:
		return id
	case err == errTooMany:
		runtime.Gosched() // guests try again at once; some threads may be about to end
		return errLimit
	}
	return errEnded
}

var errTooMany = errorf("too many threads")

// Spawn starts a thread of the guest from the host, as thread-spawn does, and returns its id. wasi-libc's threads need
// an arg that its pthread_create has made; this is for modules that say what arg is.
func (p *Program[I]) Spawn(arg int32) (id int32, err error) { return p.spawn(arg) }

func (p *Program[I]) spawn(arg int32) (int32, error) {
	if _, ok := any(p.main).(starter); !ok {
		return 0, errorf("the module does not export wasi_thread_start(i32, i32)")
	}
	id, ok := p.ids.get()
	if !ok {
		return 0, errTooMany
	}
	if err := p.group.Begin(); err != nil {
		p.ids.put(id)
		return 0, err
	}
	go p.thread(id, arg)
	return id, nil
}

// thread is the life of a thread. Traps have ended the group by the time they come back as errors, and an error without
// a trap, of a thread that can not be made, ends it here.
func (p *Program[I]) thread(id, arg int32) {
	defer p.group.End()
	defer p.ids.put(id)
	if p.group.Cause() != nil { // of a thousand that a guest may have started at once
		return
	}
	in, err := p.main.NewThread(id)
	if err != nil {
		p.group.Stop(err)
		return
	}
	pprof.SetGoroutineLabels(p.threadLabels(id))
	checkStack(in.Core(), arg)
	if err := any(in).(starter).WasiThreadStart(id, arg); err != nil {
		p.group.Stop(err)
	}
	in.Close()
}
