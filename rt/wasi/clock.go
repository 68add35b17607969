package wasi

import "github.com/wasm2go/wasm2go/rt"

// The document's clockids.
const (
	clockRealtime = iota
	clockMonotonic
	clockProcessCputime
	clockThreadCputime
)

// clocks reads each clock in nanoseconds. The monotonic one is never 0, which Go guests do not accept.
var clocks = [...]func(*System) uint64{
	clockRealtime:       func(s *System) uint64 { return timestamp(s.cfg.Now()) },
	clockMonotonic:      monotonic,
	clockProcessCputime: monotonic,
	clockThreadCputime:  monotonic,
}

func monotonic(s *System) uint64 { return uint64(max(s.cfg.Monotonic(), 1)) }

// clockResolution is what the host's clocks are counted in.
const clockResolution = 1

func (s *System) clockResGet(in *rt.Instance, id, result int32) int32 {
	if uint32(id) >= uint32(len(clocks)) {
		return code(EINVAL)
	}
	return code(putU64(in, result, clockResolution))
}

func (s *System) clockTimeGet(in *rt.Instance, id int32, precision int64, result int32) int32 {
	if uint32(id) >= uint32(len(clocks)) {
		return code(EINVAL)
	}
	return code(putU64(in, result, clocks[id](s)))
}
