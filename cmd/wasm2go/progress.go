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

// clear removes the line.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
