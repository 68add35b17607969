package wasi

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// ThreadWriter is a Stdout or Stderr that is told which thread writes, by its id, which is 0 for the main thread. A call
// is what the guest passed to one fd_write. WriteThread is used instead of Write.
type ThreadWriter interface {
	io.Writer
	WriteThread(thread int32, p []byte) (int, error)
}

// sink is what a stream writes to. Each fd_write is one Write, up to maxWrite bytes.
type sink interface {
	writev(c caller, v vector) (int, error)
}

// newSink chooses the way to write to w: with deadlines if it has some. A thread that is stopped in a Write without them
// stays there until that returns; its group gives it up.
func (s *System) newSink(w io.Writer) sink {
	switch w := w.(type) {
	case nil:
		return discard{}
	case *bytes.Buffer, *strings.Builder:
		return &readySink{w: w}
	case *os.File:
		return s.newFileSink(w)
	}
	if w == io.Discard {
		return discard{}
	}
	return s.newAnySink(w)
}

func (s *System) newAnySink(w io.Writer) *anySink {
	k := &anySink{turn: newTurn(), write: func(_ int32, p []byte) (int, error) { return w.Write(p) }}
	if t, ok := w.(ThreadWriter); ok {
		k.write = t.WriteThread
	}
	if d, ok := w.(interface{ SetWriteDeadline(time.Time) error }); ok && hasDeadline(d.SetWriteDeadline) {
		k.setDeadline = d.SetWriteDeadline
	}
	return k
}

// discard is where output goes that nobody wants.
type discard struct{}

func (discard) writev(_ caller, v vector) (int, error) { return int(v.total), nil }

// readySink is a writer that never blocks.
type readySink struct {
	mu sync.Mutex
	w  io.Writer
}

// writev unlocks by defer: the guest's memory may be taken away while it is copied.
func (k *readySink) writev(_ caller, v vector) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return v.gather(k.w.Write)
}

// anySink is a writer that may block. Without deadlines nothing can end its Write.
type anySink struct {
	turn        turn
	write       func(thread int32, p []byte) (int, error)
	setDeadline func(time.Time) error
}

// writev hands out copies. The writer may pass its argument to another goroutine, like io.Pipe, and would end the
// process if the guest's memory were taken away there.
func (k *anySink) writev(c caller, v vector) (int, error) {
	if err := k.turn.take(c); err != nil {
		return 0, err
	}
	defer k.turn.release()
	return v.copyOut(func(p []byte) (n int, err error) {
		op := func() { n, err = k.write(c.in.Thread(), p) }
		if k.setDeadline == nil {
			c.blocked(op)
		} else if closed := c.timed(k.setDeadline, op); closed != nil && n == 0 {
			err = closed
		}
		return n, err
	})
}

// plainFileSink is a file to which package os writes. The guest's memory is only read by the kernel.
type plainFileSink struct{ f *os.File }

func (k plainFileSink) writev(_ caller, v vector) (int, error) { return v.gather(k.f.Write) }
