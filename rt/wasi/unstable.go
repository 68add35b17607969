package wasi

import "github.com/wasm2go/wasm2go/rt"

// Unstable serves the module wasi_unstable, which older programs import, with the descriptors of a System. It differs in
// the whence of fd_seek, the records of fd_filestat_get, path_filestat_get and poll_oneoff, and lacks sock_accept.
type Unstable struct{ *System }

// Export implements rt.Exporter: it returns the function of the name as a *rt.Func, or nil.
func (s Unstable) Export(name string) any {
	switch name {
	case "fd_filestat_get":
		return rt.MustFunc(s.FdFilestatGet)
	case "fd_seek":
		return rt.MustFunc(s.FdSeek)
	case "path_filestat_get":
		return rt.MustFunc(s.PathFilestatGet)
	case "poll_oneoff":
		return rt.MustFunc(s.PollOneoff)
	case "sock_accept":
		return nil
	}
	return s.System.Export(name)
}

// unstableWhence gives whence by that of wasi_unstable, where it is cur, end, set.
var unstableWhence = [...]int32{1, 2, 0}

func (s *System) unstableSeek(in *rt.Instance, fd int32, offset int64, whence, result int32) int32 {
	if uint32(whence) < uint32(len(unstableWhence)) {
		whence = unstableWhence[whence]
	}
	return s.fdSeek(in, fd, offset, whence, result)
}

// FdFilestatGet is fd_filestat_get of wasi_unstable: it tells the attributes of a file.
func (s Unstable) FdFilestatGet(in *rt.Instance, fd, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &unstable, "fd_filestat_get", func() int32 {
			return s.fdFilestatGet(in, unstable, fd, result)
		}, fd, result)
	}
	return s.fdFilestatGet(in, unstable, fd, result)
}

// FdSeek is fd_seek of wasi_unstable: it moves the position; asking for it needs only the right to that.
func (s Unstable) FdSeek(in *rt.Instance, fd int32, offset int64, whence, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &unstable, "fd_seek", func() int32 {
			return s.unstableSeek(in, fd, offset, whence, result)
		}, fd, offset, whence, result)
	}
	return s.unstableSeek(in, fd, offset, whence, result)
}

// PathFilestatGet is path_filestat_get of wasi_unstable: it tells the attributes of a file.
func (s Unstable) PathFilestatGet(in *rt.Instance, fd, flags, path, pathLen, result int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &unstable, "path_filestat_get", func() int32 {
			return s.pathFilestatGet(in, unstable, fd, flags, path, pathLen, result)
		}, fd, flags, path, pathLen, result)
	}
	return s.pathFilestatGet(in, unstable, fd, flags, path, pathLen, result)
}

// PollOneoff is poll_oneoff of wasi_unstable: it waits for clocks and descriptors.
func (s Unstable) PollOneoff(in *rt.Instance, subs, events, n, nevents int32) int32 {
	if s.cfg.Hook != nil {
		return s.hooked(in, &unstable, "poll_oneoff", func() int32 {
			return code(s.poll(in, unstable, subs, events, uint32(n), nevents))
		}, subs, events, n, nevents)
	}
	return code(s.poll(in, unstable, subs, events, uint32(n), nevents))
}
