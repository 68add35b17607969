package main

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
)

func helpCommand() command {
	return command{
		name: "help", args: "[command]", summary: "explain a command",
		setup: func(*flag.FlagSet) action { return help },
	}
}

func help(h *host, args []string) error {
	switch len(args) {
	case 0:
		overview(h.stdout)
		return nil
	case 1:
		c := lookup(args[0])
		if c == nil {
			return usageErrorf("unknown command %q; wasm2go help lists the commands", args[0])
		}
		c.help(h.stdout)
		return nil
	}
	return usageErrorf("help takes one command")
}

// overview writes the list of commands.
func overview(w io.Writer) {
	fmt.Fprint(w, "wasm2go turns WebAssembly modules into Go.\n\nUsage:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "\twasm2go %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, overviewText)
}

const overviewText = `
Without a command, wasm2go translates. A command's flags go before the module; what stands behind the module belongs
to the guest.

Examples:

	wasm2go -o pkg app.wasm            the module as a Go package in folder pkg
	wasm2go run app.wasm one two       run a WASI command with two arguments
	wasm2go build -o app app.wasm      a native program

wasm2go help <command> explains a command.
`

// help writes the help of c.
func (c *command) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: wasm2go %s\n\n", strings.TrimSpace(c.name+" "+c.args))
	if c.text == "" {
		fmt.Fprintf(w, "%s.\n", c.summary)
	}
	fmt.Fprint(w, strings.TrimPrefix(c.text, "\n"))
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.setup(fs)
	has := false
	fs.VisitAll(func(*flag.Flag) { has = true })
	if has {
		fmt.Fprint(w, "\nFlags:\n\n")
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
}

func versionCommand() command {
	return command{
		name: "version", summary: "print the version",
		setup: func(*flag.FlagSet) action { return version },
	}
}

func version(h *host, args []string) error {
	if len(args) > 0 {
		return usageErrorf("version takes no arguments")
	}
	fmt.Fprintf(h.stdout, "wasm2go %s%s (%s %s/%s)\n", compiler.Version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// revision is where the command was built from, as far as the go command noted it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return ""
}
