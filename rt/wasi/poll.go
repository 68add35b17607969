package wasi

import (
	"math"
	"syscall"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// The document's eventtypes.
const (
	eventClock = iota
	eventFdRead
	eventFdWrite
)

const (
	// subscriptionClockAbstime is the only one of the document's subclockflags.
	subscriptionClockAbstime = 1
	// eventHangup is the only one of the document's eventrwflags.
	eventHangup = 1
)

// maxSubscriptions bounds what is kept during a wait; Go guests have up to 65535.
const maxSubscriptions = 1 << 16

// subscription is a subscription under wait, and the event it turns into.
type subscription struct {
	userdata uint64
	typ      uint8
	fired    bool
	hangup   bool
	err      Errno
	nbytes   uint64
	wait     time.Duration // of a clock
	polled   polled        // of a descriptor that is waited for
}

// polled is an object that the host can wait for.
type polled interface {
	// poll reports whether a read or a write would block; if not, how much there is and whether the other end is gone.
	poll(write bool) (blocks bool, n uint64, hangup bool)
	// pollable returns what the host waits for, and the calls that closing the object ends.
	pollable() (syscall.RawConn, *waits)
}

// pollWant is a descriptor of the host and what it is waited for.
type pollWant struct {
	fd    int
	write bool
}

func (s *System) poll(in *rt.Instance, l layout, subs, events int32, n uint32, nevents int32) error {
	if n == 0 || n > maxSubscriptions {
		return EINVAL
	}
	b, err := span(in, subs, uint64(n)*uint64(l.subscription))
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
		if list[i], err = s.subscribe(b[i*l.subscription:][:l.subscription], l); err != nil {
			return err
		}
	}
	if err := s.wait(caller{in: in, name: "poll_oneoff", ws: &s.waits}, list); err != nil {
		return err
	}
	return putEvents(in, list, events, nevents)
}

// subscribe decodes a record. What is ready or wrong at once is fired.
func (s *System) subscribe(b []byte, l layout) (subscription, error) {
	sub := subscription{userdata: le.Uint64(b), typ: b[8]}
	switch sub.typ {
	case eventClock:
		c := b[l.clock:]
		s.subscribeClock(&sub, le.Uint32(c), le.Uint64(c[8:]), le.Uint16(c[24:]))
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

// pollRights are those that allow an event: that to read or write, or that to wait for both.
var pollRights = [...]rights{eventFdRead: rightFdRead | rightPollFdReadwrite, eventFdWrite: rightFdWrite | rightPollFdReadwrite}

func (s *System) subscribeFd(sub *subscription, fd int32) {
	d, err := s.fds.get(fd)
	switch {
	case err != nil:
		sub.fired, sub.err = true, errnoOf(err)
		return
	case d.obj.filetype() == typeDirectory:
		sub.fired, sub.err = true, EBADF
		return
	case !d.has(pollRights[sub.typ]):
		sub.fired, sub.err = true, ENOTCAPABLE
		return
	}
	if sub.polled, _ = d.obj.(polled); sub.polled == nil {
		sub.fired, sub.nbytes = true, rest(d, sub.typ)
		return
	}
	sub.look()
}

// look fires the subscription if its descriptor is ready or was closed.
func (sub *subscription) look() {
	if sub.fired || sub.polled == nil {
		return
	}
	if _, ws := sub.polled.pollable(); ws.isClosed() {
		sub.fired, sub.err = true, EBADF
		return
	}
	blocks, n, hangup := sub.polled.poll(sub.typ == eventFdWrite)
	sub.fired, sub.nbytes, sub.hangup = !blocks, n, hangup
}

// rest is the number of bytes of a file behind its position, 1 if that is not known and for writing.
func rest(d *descriptor, typ uint8) uint64 {
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

// poll of a stream: what has no descriptor of the host is ready.
func (st *stream) poll(write bool) (blocks bool, n uint64, hangup bool) {
	if buffered := st.buffered(); buffered > 0 && !write {
		return false, uint64(buffered), false
	}
	if st.conn == nil {
		return false, 1, false
	}
	fd, ok := rawFd(st.conn)
	if !ok {
		return false, 1, false
	}
	ready, hangup := pollNow(fd, write)
	if !write {
		n = uint64(available(fd))
	}
	if !hangup {
		n = max(n, 1)
	}
	return !ready, n, hangup
}

func (st *stream) pollable() (syscall.RawConn, *waits) { return st.conn, &st.waits }

// wait blocks until a subscription fires.
func (s *System) wait(c caller, list []subscription) error {
	first := time.Duration(-1) // the least wait of a clock, if any
	var wants []pollWant
	for i := range list {
		sub := &list[i]
		switch {
		case sub.fired:
			return nil
		case sub.typ == eventClock:
			if first < 0 || sub.wait < first {
				first = sub.wait
			}
			continue
		}
		conn, _ := sub.polled.pollable()
		if fd, ok := rawFd(conn); ok {
			wants = append(wants, pollWant{fd, sub.typ == eventFdWrite})
		}
	}
	switch {
	case s.cfg.Sleep != nil && first >= 0: // a fake clock does not wait for what really happens, nor is it interrupted
		c.blocked(func() { s.cfg.Sleep(first) })
	case len(wants) == 0 && first >= 0:
		_ = c.sleep(first) // the System has no error
	default:
		if err := s.waitFds(c, list, wants, first); err != nil {
			return err
		}
	}
	fire(list, first)
	return nil
}

// fire turns clocks into events if nothing else happened.
func fire(list []subscription, first time.Duration) {
	for i := range list {
		if list[i].fired {
			return
		}
	}
	for i := range list {
		if sub := &list[i]; sub.typ == eventClock && sub.wait <= first {
			sub.fired = true
		}
	}
}

// waitFds waits for descriptors, for limit unless it is negative. Closing one of them ends the wait as well.
func (s *System) waitFds(c caller, list []subscription, wants []pollWant, limit time.Duration) error {
	begin := time.Now()
	for {
		left := limit
		if limit >= 0 {
			left = max(limit-time.Since(begin), 0)
		}
		closing := make(chan struct{}, 1)
		ready, err := s.awaitAny(c, list, wants, left, closing)
		any := false
		for i := range list {
			list[i].look()
			any = any || list[i].fired
		}
		switch {
		case any:
			return nil
		case err != nil:
			return err
		case !ready && len(closing) == 0, limit >= 0 && time.Since(begin) >= limit:
			return nil
		}
	}
}

// awaitAny is await for calls that closing a descriptor of the list ends too.
func (s *System) awaitAny(c caller, list []subscription, wants []pollWant, limit time.Duration,
	closing chan<- struct{}) (bool, error) {
	ws := &waits{up: c.ws} // of this call alone
	c.ws = ws
	for i := range list {
		if list[i].polled == nil {
			continue
		}
		_, closed := list[i].polled.pollable()
		closed.add(c.in, func() {
			select {
			case closing <- struct{}{}:
			default:
			}
			ws.close()
		})
		defer closed.remove(c.in)
	}
	return s.await(c, wants, limit)
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
		if sub.hangup {
			le.PutUint16(e[24:], eventHangup)
		}
		n++
	}
	return putU32(in, nevents, n)
}
