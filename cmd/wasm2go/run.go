package main

import (
	"flag"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/cmd/wasm2go/program"
)

// guestFlags are the flags that say what a guest sees of the world, as options of package program.
type guestFlags struct{ list []string }

func (g *guestFlags) define(fs *flag.FlagSet) {
	g.option(fs, "dir", "let the guest use the `folder`, given as HOST or HOST::GUEST; repeatable")
	g.option(fs, "rodir", "let the guest read the `folder`, given as HOST or HOST::GUEST; repeatable")
	g.option(fs, "max-threads", "let at most this `number` of threads live at a time, besides the main one (default 1024)")
	g.option(fs, "cpuprofile", "write a CPU profile of the guest to `file`, for go tool pprof and build -pgo")
	g.option(fs, "listen", "let the guest accept connections at the `address`, given as HOST:PORT or unix:PATH; repeatable")
	fs.BoolFunc("trace", "write a line per call of WASI to the error output", func(string) error {
		g.list = append(g.list, "trace=")
		return nil
	})
	g.option(fs, "env", "set the `variable`, given as K=V, or as K for the value in the environment; repeatable")
}

func (g *guestFlags) option(fs *flag.FlagSet, name, usage string) {
	fs.Func(name, usage, func(v string) error {
		if v == "" || strings.HasPrefix(v, "=") || strings.HasPrefix(v, "::") {
			return usageErrorf("empty name")
		}
		if n, err := strconv.Atoi(v); name == "max-threads" && (err != nil || n <= 0) {
			return usageErrorf("want a positive number")
		}
		g.list = append(g.list, name+"="+v)
		return nil
	})
}

// listens reports whether the guest has listeners.
func (g *guestFlags) listens() bool {
	return slices.ContainsFunc(g.list, func(o string) bool { return strings.HasPrefix(o, "listen=") })
}

// running is the command run with its flags.
type running struct {
	options
	guestFlags
	timeout time.Duration
}

func runCommand() command {
	return command{
		name: "run", args: "[flags] module [argument...]", summary: "run a WASI command",
		text: runText,
		setup: func(fs *flag.FlagSet) action {
			r := &running{}
			r.options.define(fs, "guard where there is one")
			r.guestFlags.define(fs)
			fs.DurationVar(&r.timeout, "timeout", 0, "stop the program after this `time`, such as 10s")
			return r.run
		},
	}
}

const runText = `
Translate a WASI command (preview 1), build it with the go command and run it. The built program is kept in the user's
cache folder, or in that named by WASM2GOCACHE, and used again. No network is needed.

The guest has standard input, output and error output, and the arguments behind the module. It sees no files and no
environment but what -dir, -rodir and -env give it. Folders are its descriptors from 3 on, and what -listen gives follows
them. With -trace the error output shows each call of WASI, with the thread's id, arguments and results. The exit code is the guest's; 134 after a trap, which is reported
with the guest's stack; 124 after -timeout; 1 if the module can not be run; 2 for mistakes in the command line.

Examples:

	wasm2go run app.wasm
	wasm2go run -dir . -env HOME=/ -env LANG app.wasm -v input.txt
	wasm2go run -listen 127.0.0.1:8080 -trace server.wasm
	wasm2go run -rodir /usr/share/dict::/dict -timeout 10s app.wasm < words
`

func (r *running) run(h *host, args []string) error {
	if len(args) == 0 {
		return oneModule("run", args)
	}
	if err := r.check(); err != nil {
		return err
	}
	if r.timeout < 0 {
		return usageErrorf("-timeout %v is negative", r.timeout)
	}
	m, err := h.readModule(args[0])
	if err != nil {
		return err
	}
	c, err := openCache()
	if err != nil {
		return err
	}
	n := &native{module: m, options: r.options, target: thisMachine(), hosted: true,
		listens: r.listens(), env: thisMachine().env()}
	path, err := c.program(n, func(out, tmp string) error { return h.build(n, out, tmp) })
	if err != nil {
		return err
	}
	return execute(path, slices.Concat([]string{path}, r.program(m), args[1:]))
}

// program returns the arguments of the program before the guest's.
func (r *running) program(m *module) []string {
	list := append([]string{"name=" + m.base()}, r.list...)
	if r.timeout > 0 {
		list = append(list, "timeout="+r.timeout.String())
	}
	return append(list, program.Separator)
}
