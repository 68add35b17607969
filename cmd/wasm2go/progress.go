package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Progress is not shown for work shorter than patience, nor more often than interval.
const (
	patience = 500 * time.Millisecond
	interval = 100 * time.Millisecond
)

// progress is a single line on a terminal; on anything else it is nothing.
type progress struct {
	w     io.Writer // nil if there is no terminal
	mu    sync.Mutex
	next  time.Time
	shown bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{next: time.Now().Add(patience)}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		p.w = w
	}
	return p
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// due reports whether show would show something.
func (p *progress) due() bool {
	if p.w == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !time.Now().Before(p.next)
}

// show replaces the line. It may be called from several goroutines.
func (p *progress) show(format string, args ...any) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(interval)
	p.shown = true
	fmt.Fprintf(p.w, "\r\x1b[Kwasm2go: "+format, args...)
}

// during shows a line for work that does not tell how far it is, with the time that it has taken, until end is called.
func (p *progress) during(format string, args ...any) (end func()) {
	if p.w == nil {
		return func() {}
	}
	text, start := fmt.Sprintf(format, args...), time.Now()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.show("%s, %d s", text, int(time.Since(start).Seconds()))
			case <-stop:
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		p.clear()
	}
}

// clear removes the line.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
