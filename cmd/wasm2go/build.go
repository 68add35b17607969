package main

import (
	"flag"
	"os"
	"path/filepath"
)

// building is the command build with its flags.
type building struct {
	options
	guestFlags
	out string
}

func buildCommand() command {
	return command{
		name: "build", args: "[-o program] [flags] module", summary: "make a native program from a WASI command",
		text: buildText,
		setup: func(fs *flag.FlagSet) action {
			b := &building{}
			b.options.define(fs, "guard where the target has it")
			b.guestFlags.define(fs)
			fs.StringVar(&b.out, "o", "", "write the program to `file` (default: the module's name without extension)")
			return b.run
		},
	}
}

const buildText = `
Translate a WASI command (preview 1) and build a native program with the go command. GOOS and GOARCH choose the target.
No network is needed.

The program behaves as any other: its arguments are the guest's. Which folders and variables the guest sees is fixed
here: none but those of -dir, -rodir and -env, and connections come from where -listen says. A relative folder is relative to where the program is started; -env K
passes on the variable K of the program's environment. A trap is reported on the error output, with exit code 134.

Examples:

	wasm2go build app.wasm
	wasm2go build -o bin/app -dir . -dir /tmp -env HOME app.wasm
	GOOS=windows GOARCH=amd64 wasm2go build app.wasm
`

func (b *building) run(h *host, args []string) error {
	if err := oneModule("build", args); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	m, err := h.readModule(args[0])
	if err != nil {
		return err
	}
	t, err := goTarget()
	if err != nil {
		return err
	}
	out, err := b.output(m, t)
	if err != nil {
		return err
	}
	n := &native{module: m, options: b.options, target: t, list: b.list, listens: b.listens(), env: t.env()}
	return h.build(n, out, "")
}

// output is the absolute path of the program.
func (b *building) output(m *module, t target) (string, error) {
	out := b.out
	if out == "" {
		out = m.stem() + t.exe()
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		if b.out == "" {
			return "", usageErrorf("build: %s is a folder: name the program by -o", out)
		}
		out = filepath.Join(out, m.stem()+t.exe())
	}
	return filepath.Abs(out)
}
