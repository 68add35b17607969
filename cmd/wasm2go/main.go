// Command wasm2go translates WebAssembly modules to Go packages, and builds and runs WASI commands as native programs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// Exit codes of the command itself.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	h := &host{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(h.main(os.Args[1:]))
}

// host is what commands see of the world besides files.
type host struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is a row of the table of commands.
type command struct {
	name string
	// args is the usage behind the name, summary a line for the list of commands, text the rest of the help.
	args, summary, text string
	// setup defines the command's flags and returns what runs it.
	setup func(*flag.FlagSet) action
}

// action runs a command; args are its arguments without the flags.
type action func(h *host, args []string) error

// commands is the table of commands. The first one is also meant where no command is named.
func commands() []command {
	return []command{
		translateCommand(), runCommand(), buildCommand(), inspectCommand(), versionCommand(), helpCommand(),
	}
}

func lookup(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return &c
		}
	}
	return nil
}

// main dispatches and returns the exit code.
func (h *host) main(args []string) int {
	if len(args) == 0 {
		overview(h.stderr)
		return exitUsage
	}
	err := h.dispatch(args)
	var usage usageError
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintln(h.stderr, "wasm2go:", err)
		return exitUsage
	}
	fmt.Fprintln(h.stderr, "wasm2go:", err)
	return exitFailure
}

func (h *host) dispatch(args []string) error {
	if help := args[0]; help == "-h" || help == "-help" || help == "--help" {
		args = []string{"help"}
	}
	if c := lookup(args[0]); c != nil {
		return h.run(c, args[1:])
	}
	if strings.HasPrefix(args[0], "-") || strings.ContainsAny(args[0], "./\\") {
		return h.run(&commands()[0], args)
	}
	return usageErrorf("unknown command %q; wasm2go help lists the commands", args[0])
}

// run parses the flags of c and runs it.
func (h *host) run(c *command, args []string) error {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	run := c.setup(fs)
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		c.help(h.stdout)
		return nil
	case err != nil:
		return usageErrorf("%s: %v; see wasm2go help %s", c.name, err, c.name)
	}
	return run(h, fs.Args())
}
