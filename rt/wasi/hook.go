package wasi

import "github.com/wasm2go/wasm2go/rt"

// Call is a call of a function of WASI, as a Config.Hook sees it.
type Call struct {
	Name     string
	Instance *rt.Instance
	// Args are the arguments, those of 32 bits zero-extended.
	Args []uint64
	// Errno is the result once the function has returned. Returned remains false if it does not: proc_exit, or a call
	// that is stopped.
	Errno    Errno
	Returned bool

	layout *layout
}

// Thread is the id of the thread that calls, 0 for the main one.
func (c *Call) Thread() int32 { return c.Instance.Thread() }

// hooked is f between the two parts of the hook. A nil f does not return.
func (s *System) hooked(in *rt.Instance, l *layout, name string, f func() int32, args ...any) int32 {
	c := &Call{Name: name, Instance: in, Args: make([]uint64, len(args)), layout: l}
	for i, a := range args {
		switch a := a.(type) {
		case int32:
			c.Args[i] = uint64(uint32(a))
		case int64:
			c.Args[i] = uint64(a)
		}
	}
	if after := s.cfg.Hook(c); after != nil {
		defer after()
	}
	if f == nil {
		return 0
	}
	errno := f()
	c.Errno, c.Returned = Errno(errno), true
	return errno
}
