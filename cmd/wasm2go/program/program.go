// Package program is what a native program made from a WASI command consists of, besides the command itself. Its source
// travels inside the wasm2go command, which compiles it into each program.
package program

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

// Exit codes of a program whose guest did not end by itself.
const (
	ExitError   = 1
	ExitTimeout = 124
	ExitTrap    = 134 // 128 + SIGABRT, as a shell reports a native program that aborts
)

// Separator stands between the options and the guest's arguments where both are arguments of the program.
const Separator = "--"

// Instance is an instance of any generated package.
type Instance interface {
	rt.Exporter
	Close() error
}

// Instantiate makes the instance of a generated package.
type Instantiate func(rt.Config, rt.Resolver) (Instance, error)

// options are what a program is told besides its arguments. Each stands in a list as "key=value".
type options struct {
	name    string
	timeout time.Duration
	env     []string
	dirs    []wasi.Dir
}

// settings says what each key sets.
var settings = map[string]func(o *options, value string) error{
	"name":    func(o *options, v string) error { o.name = v; return nil },
	"env":     func(o *options, v string) error { o.addEnv(v); return nil },
	"dir":     func(o *options, v string) error { o.dirs = append(o.dirs, parseDir(v, false)); return nil },
	"rodir":   func(o *options, v string) error { o.dirs = append(o.dirs, parseDir(v, true)); return nil },
	"timeout": func(o *options, v string) (err error) { o.timeout, err = time.ParseDuration(v); return err },
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
func Main(instantiate Instantiate, list []string) {
	os.Exit(start(instantiate, list, os.Args[1:]))
}

// Hosted is the main function of a program that "wasm2go run" starts: options, Separator, the guest's arguments.
func Hosted(instantiate Instantiate) {
	i := slices.Index(os.Args, Separator)
	if i < 0 {
		fmt.Fprintln(os.Stderr, "wasm2go: this program is to be started by wasm2go run")
		os.Exit(ExitError)
	}
	os.Exit(start(instantiate, os.Args[1:i], os.Args[i+1:]))
}

func start(instantiate Instantiate, list, args []string) int {
	o, err := parse(list)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		return ExitError
	}
	name := o.name
	if name == "" {
		name = os.Args[0]
	}
	if o.timeout > 0 {
		time.AfterFunc(o.timeout, func() {
			fmt.Fprintf(os.Stderr, "%s: stopped after %v\n", name, o.timeout)
			os.Exit(ExitTimeout)
		})
	}
	return exitCode(name, run(instantiate, wasi.Config{
		Args: append([]string{name}, args...), Env: o.env, Dirs: o.dirs,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}

// host resolves the imports of a command.
type host struct{ sys *wasi.System }

// Resolve implements rt.Resolver.
func (h host) Resolve(module, name string) any { return Export(h.sys, module, name) }

// MakeMemory implements rt.MemoryMaker: the host makes the memory that a command with threads imports.
func (h host) MakeMemory(_, _ string, t rt.MemoryType, guard bool) (*rt.Memory, error) {
	return rt.NewMemory(t, guard, 0)
}

// Export is what a program offers to its command for an import: WASI preview 1, and wasi-threads' thread-spawn, which
// fails, as it may, because threads are not there yet. It is nil for anything else.
func Export(sys *wasi.System, module, name string) any {
	switch {
	case module == "wasi_snapshot_preview1":
		return sys.Export(name)
	case module == "wasi" && name == "thread-spawn":
		return rt.MustFunc(func(*rt.Instance, int32) int32 { return noThreads })
	}
	return nil
}

// noThreads is a negative result of thread-spawn: no thread was made. wasi-libc makes EAGAIN of any.
const noThreads = -1

// run runs the command: instantiation, then _start.
func run(instantiate Instantiate, cfg wasi.Config) error {
	sys, err := wasi.New(cfg)
	if err != nil {
		return err
	}
	defer sys.Close()
	in, err := instantiate(rt.Config{}, host{sys})
	if err != nil {
		return err
	}
	defer in.Close()
	f, ok := in.Export("_start").(*rt.Func)
	if !ok {
		return errors.New("the module does not export a function _start")
	}
	_, err = f.Call()
	return err
}

// exitCode reports how the guest ended, if it did not end by itself, and returns the program's exit code.
func exitCode(name string, err error) int {
	var exit *rt.ExitError
	var trap *rt.Trap
	var panicked *rt.PanicError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit.Code)
	case errors.As(err, &trap):
		fmt.Fprintf(os.Stderr, "%s: %s", name, trap.Report())
		return ExitTrap
	case errors.As(err, &panicked):
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", name, err, panicked.GoStack)
		return ExitTrap
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	return ExitError
}
