package rt

import "sync"

// reservations are the address ranges of all memories, by their beginning. A call may run code of several modules, so a
// fault may be in a memory of which the instance that was called knows nothing.
var reservations = ranges{size: map[uintptr]uint64{}}

type ranges struct {
	mu   sync.Mutex
	size map[uintptr]uint64
}

func (r *ranges) add(mp *mapping) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size[uintptr(mp.base())] = mp.size()
}

// release gives the address space back. Another memory may get it at once, so it is forgotten first.
func (r *ranges) release(mp *mapping) {
	r.mu.Lock()
	delete(r.size, uintptr(mp.base()))
	r.mu.Unlock()
	mp.release()
}

// contains reports whether addr lies in a memory. It looks at each, of which address space has room for 16,000.
func (r *ranges) contains(addr uintptr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for base, size := range r.size {
		if uint64(addr-base) < size {
			return true
		}
	}
	return false
}
