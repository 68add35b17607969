package wasi

import (
	"math"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// The document's eventtypes.
const (
	eventClock = iota
	eventFdRead
	eventFdWrite
)

// subscriptionClockAbstime is the only one of the document's subclockflags.
const subscriptionClockAbstime = 1

// maxSubscriptions bounds what is kept during a wait; Go guests have up to 65535.
const maxSubscriptions = 1 << 16

// subscription is a subscription under wait, and the event it turns into.
type subscription struct {
	userdata uint64
	typ      uint8
	fired    bool
	err      Errno
	nbytes   uint64
	wait     time.Duration // of a clock
	hostFd   int           // of a descriptor that is polled, else -1
}

// PollOneoff is poll_oneoff.
func (s *System) PollOneoff(in *rt.Instance, subs, events, n, nevents int32) int32 {
	return code(s.poll(in, subs, events, uint32(n), nevents))
}

func (s *System) poll(in *rt.Instance, subs, events int32, n uint32, nevents int32) error {
	if n == 0 || n > maxSubscriptions {
		return EINVAL
	}
	b, err := span(in, subs, uint64(n)*sizeSubscription)
	if err != nil {
		return err
	}
	if err := check(in, events, uint64(n)*sizeEvent); err != nil {
		return err
	}
	if err := check(in, nevents, 4); err != nil {
		return err
	}
	list := make([]subscription, n)
	for i := range list {
		if list[i], err = s.subscribe(b[i*sizeSubscription:][:sizeSubscription]); err != nil {
			return err
		}
	}
	if !anyFired(list) {
		if err := s.wait(in, list); err != nil {
			return err
		}
	}
	return putEvents(in, list, events, nevents)
}

func anyFired(list []subscription) bool {
	for i := range list {
		if list[i].fired {
			return true
		}
	}
	return false
}

// subscribe decodes a record. What is ready or wrong at once is fired.
func (s *System) subscribe(b []byte) (subscription, error) {
	sub := subscription{userdata: le.Uint64(b), typ: b[8], hostFd: -1}
	switch sub.typ {
	case eventClock:
		s.subscribeClock(&sub, le.Uint32(b[16:]), le.Uint64(b[24:]), le.Uint16(b[40:]))
	case eventFdRead, eventFdWrite:
		s.subscribeFd(&sub, int32(le.Uint32(b[16:])))
	default:
		return sub, EINVAL
	}
	return sub, nil
}

func (s *System) subscribeClock(sub *subscription, id uint32, timeout uint64, flags uint16) {
	switch {
	case id >= uint32(len(clocks)), flags&^subscriptionClockAbstime != 0:
		sub.fired, sub.err = true, EINVAL
		return
	case id > clockMonotonic:
		sub.fired, sub.err = true, ENOTSUP
		return
	case flags&subscriptionClockAbstime != 0:
		timeout -= min(timeout, clocks[id](s))
	}
	sub.wait = time.Duration(min(timeout, math.MaxInt64))
	sub.fired = timeout == 0
}

func (s *System) subscribeFd(sub *subscription, fd int32) {
	d, err := s.fds.get(fd)
	if err == nil {
		err = d.need(rightPollFdReadwrite)
	}
	if err != nil {
		sub.fired, sub.err = true, errnoOf(err)
		return
	}
	if st, ok := d.obj.(*stream); ok && sub.typ == eventFdRead && st.conn != nil && st.buffered() == 0 {
		if hostFd, ok := rawFd(st.conn); ok && !st.readable() {
			sub.hostFd = hostFd
			return
		}
	}
	sub.fired = true
	sub.nbytes = available(d, sub.typ)
}

// available is a guess at the number of bytes that can be read or written: the rest of a file, else 1.
func available(d *descriptor, typ uint8) uint64 {
	o, ok := d.obj.(seekable)
	if !ok || typ != eventFdRead {
		return 1
	}
	pos, err := o.seek(0, 1)
	if err != nil {
		return 1
	}
	st, err := d.obj.filestat()
	if err != nil {
		return 1
	}
	return st.size - min(st.size, uint64(pos))
}

// wait blocks until a subscription fires.
func (s *System) wait(in *rt.Instance, list []subscription) error {
	first := time.Duration(-1) // the least wait of a clock, if any
	var fds []int
	for i := range list {
		switch sub := &list[i]; {
		case sub.hostFd >= 0:
			fds = append(fds, sub.hostFd)
		case first < 0 || sub.wait < first:
			first = sub.wait
		}
	}
	if len(fds) == 0 || s.cfg.Sleep != nil && first >= 0 { // a fake clock does not wait for what really happens
		s.sleep(in, first)
	} else if ready, err := s.await(in, "poll_oneoff", fds, first); err != nil || len(ready) > 0 {
		fireFds(list, ready)
		return err
	}
	for i := range list {
		if sub := &list[i]; sub.hostFd < 0 && sub.wait <= first {
			sub.fired = true
		}
	}
	return nil
}

func fireFds(list []subscription, ready map[int]bool) {
	for i := range list {
		if sub := &list[i]; sub.hostFd >= 0 && ready[sub.hostFd] {
			sub.fired, sub.nbytes = true, 1
		}
	}
}

// sleep waits for d. A fake clock's Sleep is not interrupted.
func (s *System) sleep(in *rt.Instance, d time.Duration) {
	if s.cfg.Sleep != nil {
		blocked(in, "poll_oneoff", func() { s.cfg.Sleep(d) })
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	s.waits.selects(in, "poll_oneoff", func(stop <-chan struct{}) {
		select {
		case <-t.C:
		case <-stop:
		}
	})
}

// putEvents writes the events that happened.
func putEvents(in *rt.Instance, list []subscription, events, nevents int32) error {
	b, err := span(in, events, uint64(len(list))*sizeEvent)
	if err != nil {
		return err
	}
	n := uint32(0)
	for i := range list {
		sub := &list[i]
		if !sub.fired {
			continue
		}
		e := b[n*sizeEvent:][:sizeEvent]
		clear(e)
		le.PutUint64(e[0:], sub.userdata)
		le.PutUint16(e[8:], uint16(sub.err))
		e[10] = sub.typ
		le.PutUint64(e[16:], sub.nbytes)
		n++
	}
	return putU32(in, nevents, n)
}
