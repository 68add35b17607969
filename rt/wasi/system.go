package wasi

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// Config is what a guest sees of the world. The zero value has no arguments, environment and files, an empty standard
// input, discards output, and takes clocks and randomness from the host.
type Config struct {
	// Args are the arguments, the program's name first. Env are variables as "KEY=value".
	Args []string
	Env  []string

	// Stdin, Stdout and Stderr are descriptors 0 to 2. An *os.File shows its type to the guest (terminal, file) and
	// can be waited for in poll_oneoff; the System does not close them. A writer that is a ThreadWriter learns which
	// thread writes.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// Dirs and then Mounts are the preopens, from descriptor 3 on, in this order.
	Dirs   []Dir
	Mounts []Mount
	// Listeners are the descriptors after the preopens, for sock_accept.
	Listeners []Listener

	// Now is the realtime clock. Monotonic is the monotonic clock, from any origin; it also serves the CPU-time clocks.
	Now       func() time.Time
	Monotonic func() time.Duration
	// Sleep waits in poll_oneoff; a fake clock advances itself by d here. By default real time passes, and Close ends
	// the wait.
	Sleep func(d time.Duration)
	// Rand is the source of random_get, used by one call at a time.
	Rand io.Reader

	// MaxOpen limits the number of open descriptors; 0 stands for 65536. The host's own limit counts too.
	MaxOpen int
}

// Dir is a directory of the host that the guest may use under the name Guest, such as "/" or ".".
type Dir struct {
	Host, Guest string
	ReadOnly    bool
}

// Mount is a file system that the guest may read under the name Guest.
type Mount struct {
	FS    fs.FS
	Guest string
}

// Listener is a listening socket. Its functions are a subset of net.TCPListener's, as functions so that this package
// does not depend on package net: Accept: func() (io.ReadWriteCloser, error) { return ln.Accept() }. The others may be
// nil. Without SetDeadline the Accept of a stopped thread goes on, in a goroutine that ends with it; the next sock_accept
// gets the connection, or Close closes it.
type Listener struct {
	Accept      func() (io.ReadWriteCloser, error)
	Close       func() error
	SetDeadline func(time.Time) error
}

// System is the WASI of one guest program, shared by its threads.
type System struct {
	cfg       Config
	args, env stringList
	fds       fdTable
	start     time.Time
	randMu    sync.Mutex

	waits  waits
	gates  gates
	closed sync.Once
}

// New makes a System. It opens the host directories, so that they can be renamed while the program runs.
func New(cfg Config) (*System, error) {
	s := &System{cfg: cfg, start: time.Now()}
	var err error
	if s.args, err = newStringList("argument", cfg.Args); err != nil {
		return nil, err
	}
	if s.env, err = newStringList("environment variable", cfg.Env); err != nil {
		return nil, err
	}
	s.fds.max = cfg.MaxOpen
	if s.fds.max <= 0 {
		s.fds.max = defaultMaxOpen
	}
	s.defaults()
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *System) defaults() {
	c := &s.cfg
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Monotonic == nil {
		c.Monotonic = func() time.Duration { return time.Since(s.start) }
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
}

// open fills the table with the descriptors that a program starts with.
func (s *System) open() error {
	c := &s.cfg
	descriptors := s.stdio(c.Stdin, c.Stdout, c.Stderr)
	for i, dir := range c.Dirs {
		root, err := os.OpenRoot(dir.Host)
		if err != nil {
			return fmt.Errorf("preopen %q: %w", dir.Guest, err)
		}
		top := &topDir{readOnly: dir.ReadOnly, root: root, dev: uint64(i + 1)}
		descriptors = append(descriptors, newPreopen(&hostDir{root: root, top: top, name: "."}, dir.Guest))
	}
	for i, m := range c.Mounts {
		if m.FS == nil {
			return fmt.Errorf("mount %q has no file system", m.Guest)
		}
		dir := &fsDir{fsys: m.FS, name: ".", dev: uint64(len(c.Dirs) + i + 1)}
		descriptors = append(descriptors, newPreopen(dir, m.Guest))
	}
	for _, l := range c.Listeners {
		descriptors = append(descriptors, &descriptor{obj: s.newListener(l), base: listenRights, inheriting: socketRights})
	}
	for i, d := range descriptors {
		if _, err := s.fds.add(d); err != nil {
			for _, d := range descriptors[i:] {
				_ = d.obj.close() // the first error is the one to tell
			}
			return fmt.Errorf("more than %d descriptors to begin with: %w", s.fds.max, err)
		}
	}
	return nil
}

func newPreopen(dir directory, guest string) *descriptor {
	return &descriptor{obj: dir, preopen: true, name: guest, base: directoryRights, inheriting: inheritRights}
}

// ErrClosed ends a guest's call that blocks while the System is closed.
var ErrClosed = errors.New("wasi: system closed")

// Close closes all descriptors except for the standard ones and ends waits. Closing twice is allowed.
func (s *System) Close() error {
	var errs []error
	s.closed.Do(func() {
		s.waits.close()
		s.gates.close()
		for _, d := range s.fds.closeAll() {
			if d != nil {
				errs = append(errs, d.obj.close())
			}
		}
	})
	return errors.Join(errs...)
}

// stringList is a list of strings as args_get and environ_get deliver it.
type stringList struct {
	strings []string
	size    uint64 // with a NUL for each
}

func newStringList(what string, list []string) (stringList, error) {
	l := stringList{strings: list}
	for i, s := range list {
		if strings.IndexByte(s, 0) >= 0 {
			return l, fmt.Errorf("%s %d contains a NUL", what, i)
		}
		l.size += uint64(len(s)) + 1
	}
	if l.size > 1<<31-1 {
		return l, fmt.Errorf("the %ss have %d bytes", what, l.size)
	}
	return l, nil
}

func (l *stringList) sizes(in *rt.Instance, count, size int32) error {
	if err := check(in, size, 4); err != nil {
		return err
	}
	if err := putU32(in, count, uint32(len(l.strings))); err != nil {
		return err
	}
	return putU32(in, size, uint32(l.size))
}

func (l *stringList) get(in *rt.Instance, ptrs, buf int32) error {
	p, err := span(in, ptrs, 4*uint64(len(l.strings)))
	if err != nil {
		return err
	}
	b, err := span(in, buf, l.size)
	if err != nil {
		return err
	}
	at := uint32(buf)
	for i, s := range l.strings {
		le.PutUint32(p[4*i:], at)
		n := copy(b, s)
		b[n] = 0
		b = b[n+1:]
		at += uint32(n) + 1
	}
	return nil
}

// ArgsGet is args_get.
func (s *System) ArgsGet(in *rt.Instance, argv, argvBuf int32) int32 {
	return code(s.args.get(in, argv, argvBuf))
}

// ArgsSizesGet is args_sizes_get.
func (s *System) ArgsSizesGet(in *rt.Instance, count, size int32) int32 {
	return code(s.args.sizes(in, count, size))
}

// EnvironGet is environ_get.
func (s *System) EnvironGet(in *rt.Instance, environ, environBuf int32) int32 {
	return code(s.env.get(in, environ, environBuf))
}

// EnvironSizesGet is environ_sizes_get.
func (s *System) EnvironSizesGet(in *rt.Instance, count, size int32) int32 {
	return code(s.env.sizes(in, count, size))
}

// ProcExit is proc_exit: the call into the guest returns an *rt.ExitError.
func (s *System) ProcExit(in *rt.Instance, status int32) { rt.Exit(uint32(status)) }

// signals is the number of the document's signals, none included.
const signals = 31

// ProcRaise is proc_raise. There are no signals; none is accepted.
func (s *System) ProcRaise(in *rt.Instance, sig int32) int32 {
	switch {
	case uint32(sig) >= signals:
		return code(EINVAL)
	case sig != 0:
		return code(ENOSYS)
	}
	return 0
}

// SchedYield is sched_yield.
func (s *System) SchedYield(in *rt.Instance) int32 {
	in.Yield()
	return 0
}

// RandomGet is random_get.
func (s *System) RandomGet(in *rt.Instance, buf, bufLen int32) int32 {
	b, err := span(in, buf, uint64(uint32(bufLen)))
	if err == nil {
		err = s.random(b)
	}
	return code(err)
}

// random fills b by way of a buffer. Go's own source lets code of the kernel (vDSO) write, and if the guest's memory were
// taken away then, the fault would end the process.
func (s *System) random(b []byte) error {
	if s.cfg.Rand != rand.Reader {
		s.randMu.Lock()
		defer s.randMu.Unlock()
	}
	buf := bounce.Get().(*[bounceSize]byte)
	defer bounce.Put(buf)
	for len(b) > 0 {
		p := buf[:min(len(b), bounceSize)]
		if _, err := io.ReadFull(s.cfg.Rand, p); err != nil {
			return err
		}
		b = b[copy(b, p):]
	}
	return nil
}
