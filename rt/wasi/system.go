package wasi

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

	// Hook, if not nil, is called on the guest's thread before each call of a function, and what it returns, unless nil,
	// after it, even if the function does not return. See Trace.
	Hook func(c *Call) (after func())
}

// Dir is a directory of the host that the guest may use under the name Guest, such as "/" or ".".
type Dir struct {
	Host, Guest string
	ReadOnly    bool
}

// Mount is a file system that the guest may read under the name Guest: all that FS opens. So os.DirFS, which follows links out
// of its directory, is no sandbox; os.Root.FS is.
type Mount struct {
	FS    fs.FS
	Guest string
}

// Listener is a listening socket, see ListenerOf. It has functions so that this package does not depend on package net.
// All but Accept may be nil. Without SetDeadline the Accept of a stopped thread goes on, in a goroutine that ends with it;
// the next sock_accept gets the connection, or Close closes it. Without SyscallConn poll_oneoff and the flag nonblock take
// the listener for one that always has a connection.
type Listener struct {
	Accept      func() (io.ReadWriteCloser, error)
	Close       func() error
	SetDeadline func(time.Time) error
	SyscallConn func() (syscall.RawConn, error)
}

// System is the WASI of one guest program, shared by its threads.
type System struct {
	cfg       Config
	args, env stringList
	fds       fdTable
	start     time.Time
	randMu    sync.Mutex

	held   atomic.Int64 // bytes that descriptors keep, see maxHeld
	waits  waits
	gates  gates
	closed sync.Once
}

// New makes a System; Close is to be called. It opens the host directories, so that they can be renamed while the program
// runs. The Config can be used again, if its readers, writers and listeners can.
func New(cfg Config) (*System, error) { return newSystem(cfg, hostBackends()[0]) }

func newSystem(cfg Config, b backend) (*System, error) {
	cfg.Args, cfg.Env = slices.Clone(cfg.Args), slices.Clone(cfg.Env)
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
	if err := s.open(b); err != nil {
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
func (s *System) open(b backend) error {
	c := &s.cfg
	descriptors := s.stdio(c.Stdin, c.Stdout, c.Stderr)
	for i, d := range c.Dirs {
		dir, err := b.open(s, d.Host, d.ReadOnly, uint64(i+1))
		if err != nil {
			closeDescriptors(descriptors)
			return fmt.Errorf("preopen %q: %w", d.Guest, err)
		}
		descriptors = append(descriptors, newPreopen(dir, d.Guest))
	}
	for i, m := range c.Mounts {
		if m.FS == nil {
			closeDescriptors(descriptors)
			return fmt.Errorf("mount %q has no file system", m.Guest)
		}
		dir := &fsDir{s: s, fsys: m.FS, name: ".", dev: uint64(len(c.Dirs) + i + 1)}
		descriptors = append(descriptors, newPreopen(dir, m.Guest))
	}
	for _, l := range c.Listeners {
		descriptors = append(descriptors, newDescriptor(s.newListener(l), listenRights, socketRights, 0))
	}
	for i, d := range descriptors {
		if _, err := s.fds.add(d); err != nil {
			closeDescriptors(descriptors[i:])
			return fmt.Errorf("more than %d descriptors to begin with: %w", s.fds.max, err)
		}
	}
	return nil
}

// closeDescriptors closes those of a System that can not be made. The reason for that is the error to tell.
func closeDescriptors(list []*descriptor) {
	for _, d := range list {
		_ = d.obj.close()
	}
}

func newPreopen(dir directory, guest string) *descriptor {
	d := newDescriptor(dir, directoryRights, inheritRights, 0)
	d.preopen, d.name = true, guest
	return d
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
				errs = append(errs, s.release(d))
			}
		}
	})
	return errors.Join(errs...)
}

// pause waits a little in the function called name for what nothing tells of.
func (s *System) pause(in *rt.Instance, name string) {
	_ = caller{in: in, name: name, ws: &s.waits}.sleep(10 * time.Millisecond) // the System has no error
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

func (s *System) argsGet(in *rt.Instance, argv, argvBuf int32) int32 {
	return code(s.args.get(in, argv, argvBuf))
}

func (s *System) argsSizesGet(in *rt.Instance, count, size int32) int32 {
	return code(s.args.sizes(in, count, size))
}

func (s *System) environGet(in *rt.Instance, environ, environBuf int32) int32 {
	return code(s.env.get(in, environ, environBuf))
}

func (s *System) environSizesGet(in *rt.Instance, count, size int32) int32 {
	return code(s.env.sizes(in, count, size))
}

// signals are the actions of the document's signals, by number, none being the first: i ignored, t terminates the program,
// s stops it until another process continues it, which there is none to do.
const signals = "itttttttttttttttiissssittttittt"

// procRaise does what the signal does to a program that handles none. The exit code is that which a shell shows.
func (s *System) procRaise(in *rt.Instance, sig int32) int32 {
	switch {
	case uint32(sig) >= uint32(len(signals)):
		return code(EINVAL)
	case signals[sig] == 't':
		rt.Exit(128 + uint32(sig))
	case signals[sig] == 's':
		return code(ENOSYS)
	}
	return 0
}

func (s *System) schedYield(in *rt.Instance) int32 {
	in.Yield()
	return 0
}

func (s *System) randomGet(in *rt.Instance, buf, bufLen int32) int32 {
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
