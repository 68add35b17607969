// Package program is what a native program made from a WASI command consists of, besides the command itself. Its source
// travels inside the wasm2go command, which compiles it into each program.
package program

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

// exitError is the exit code of a program that can not begin.
const exitError = 1

// Separator stands between the options and the guest's arguments where both are arguments of the program.
const Separator = "--"

// Guest is the command: it runs _start with what the host offers to it.
type Guest func(ctx context.Context, host rt.Resolver, o *options) error

// instance is an instance of any generated package.
type instance interface {
	rt.Exporter
	Core() *rt.Instance
	Close() error
}

// Single is a command without threads; instantiate is Instantiate of its package.
func Single[I instance](instantiate func(rt.Config, rt.Resolver) (I, error)) Guest {
	return func(ctx context.Context, host rt.Resolver, _ *options) error {
		g := &rt.Group{}
		defer g.StopAfter(ctx)()
		in, err := instantiate(rt.Config{Group: g}, host)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = in.Export("_start").(*rt.Func).Call() // wasm2go has seen to its type
		return err
	}
}

// Threaded is a command with a shared memory.
func Threaded[I threads.Instance[I]](instantiate func(rt.Config, rt.Resolver) (I, error)) Guest {
	return func(ctx context.Context, host rt.Resolver, o *options) error {
		return threads.Run(ctx, instantiate, host, threads.Config{MaxThreads: o.maxThreads})
	}
}

// options are what a program is told besides its arguments. Each stands in a list as "key=value".
type options struct {
	name       string
	timeout    time.Duration
	maxThreads int
	cpuProfile string
	env        []string
	dirs       []wasi.Dir
	listen     []string
	trace      bool
}

// settings says what each key sets.
var settings = map[string]func(o *options, value string) error{
	"name":        func(o *options, v string) error { o.name = v; return nil },
	"env":         func(o *options, v string) error { o.addEnv(v); return nil },
	"dir":         func(o *options, v string) error { o.dirs = append(o.dirs, parseDir(v, false)); return nil },
	"rodir":       func(o *options, v string) error { o.dirs = append(o.dirs, parseDir(v, true)); return nil },
	"listen":      func(o *options, v string) error { o.listen = append(o.listen, v); return nil },
	"trace":       func(o *options, v string) error { o.trace = true; return nil },
	"timeout":     func(o *options, v string) (err error) { o.timeout, err = time.ParseDuration(v); return err },
	"cpuprofile":  func(o *options, v string) error { o.cpuProfile = v; return nil },
	"max-threads": func(o *options, v string) (err error) { o.maxThreads, err = strconv.Atoi(v); return err },
}

// addEnv adds "K=V", or for "K" the host's variable of the name if it is set. A later value replaces an earlier one.
func (o *options) addEnv(v string) {
	key, _, ok := strings.Cut(v, "=")
	if !ok {
		value, set := os.LookupEnv(key)
		if !set {
			return
		}
		v = key + "=" + value
	}
	o.env = slices.DeleteFunc(o.env, func(old string) bool { return strings.HasPrefix(old, key+"=") })
	o.env = append(o.env, v)
}

// parseDir parses HOST[::GUEST].
func parseDir(v string, readOnly bool) wasi.Dir {
	host, guest, ok := strings.Cut(v, "::")
	if !ok {
		guest = filepath.ToSlash(host)
	}
	return wasi.Dir{Host: host, Guest: guest, ReadOnly: readOnly}
}

func parse(list []string) (*options, error) {
	o := &options{}
	for _, s := range list {
		key, value, _ := strings.Cut(s, "=")
		set := settings[key]
		if set == nil {
			return nil, fmt.Errorf("unknown option %q", s)
		}
		if err := set(o, value); err != nil {
			return nil, fmt.Errorf("option %q: %w", s, err)
		}
	}
	return o, nil
}

// Main is the main function of a program whose options were fixed when it was built: its arguments are the guest's.
func Main(guest Guest, list []string) {
	os.Exit(start(guest, list, os.Args[1:]))
}

// Hosted is the main function of a program that "wasm2go run" starts: options, Separator, the guest's arguments.
func Hosted(guest Guest) {
	i := slices.Index(os.Args, Separator)
	if i < 0 {
		fmt.Fprintln(os.Stderr, "wasm2go: this program is to be started by wasm2go run")
		os.Exit(exitError)
	}
	os.Exit(start(guest, os.Args[1:i], os.Args[i+1:]))
}

func start(guest Guest, list, args []string) int {
	o, err := parse(list)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		return exitError
	}
	if o.name == "" {
		o.name = os.Args[0]
	}
	stop, err := startProfile(o.cpuProfile)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", o.name, err)
		return exitError
	}
	defer stop()
	ctx := context.Background()
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, timeoutError{o.timeout})
		defer cancel()
	}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, guest, o, args) }()
	return exitCode(o.name, await(ctx, ended))
}

// startProfile begins a CPU profile in a file, if there is a name.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// grace is how long a program outlives its time-out if its guest is in a system call that nothing ends.
const grace = 2 * time.Second

// await returns how the guest has ended, or ctx's cause if it does not end after that.
func await(ctx context.Context, ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		return context.Cause(ctx)
	}
}

// timeoutError is the cause of a program's end by -timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("stopped after %v", e.after) }
func (e timeoutError) Unwrap() error { return context.DeadlineExceeded }

// host resolves the imports of a command.
type host struct{ sys *wasi.System }

// Resolve implements rt.Resolver.
func (h host) Resolve(module, name string) any { return Export(h.sys, module, name) }

// Export is what a program offers to its command for an import: WASI preview 1 and what came before it. It is nil for
// anything else; commands with threads get thread-spawn and their memory from package threads.
func Export(sys *wasi.System, module, name string) any {
	switch module {
	case "wasi_snapshot_preview1":
		return sys.Export(name)
	case "wasi_unstable":
		return wasi.Unstable{System: sys}.Export(name)
	}
	return nil
}

// Listen makes a listener, if package listen is part of the program.
var Listen func(address string) (wasi.Listener, error)

// listeners makes those that the options ask for.
func (o *options) listeners() (list []wasi.Listener, err error) {
	for _, address := range o.listen {
		if Listen == nil {
			return nil, fmt.Errorf("listen at %s: the program was built without listeners", address)
		}
		l, err := Listen(address)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

func run(ctx context.Context, guest Guest, o *options, args []string) error {
	listeners, err := o.listeners()
	if err != nil {
		return err
	}
	cfg := wasi.Config{
		Args: append([]string{o.name}, args...), Env: o.env, Dirs: o.dirs, Listeners: listeners,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	if o.trace {
		cfg.Hook = wasi.Trace(os.Stderr)
	}
	sys, err := wasi.New(cfg)
	if err != nil {
		return err
	}
	defer sys.Close()
	return guest(ctx, host{sys}, o)
}

// exitCode reports how the guest ended, if it did not end by itself, and returns the program's exit code.
func exitCode(name string, err error) int {
	if report := rt.Report(err); report != "" {
		fmt.Fprintf(os.Stderr, "%s: %s", name, report)
	}
	return rt.ExitCode(err)
}
