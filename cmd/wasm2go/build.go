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
	out, pgo string
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
			fs.StringVar(&b.pgo, "pgo", "", "let the Go compiler optimise for the CPU profile in `file`, such as -cpuprofile writes")
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

With -cpuprofile the program writes a CPU profile whenever it runs, for go tool pprof, or for -pgo: a program that is
built again with a profile of a typical run may be faster. Profiles of wasm2go run will do as well.

Examples:

	wasm2go build app.wasm
	wasm2go build -o bin/app -dir . -dir /tmp -env HOME app.wasm
	wasm2go run -cpuprofile app.pprof app.wasm && wasm2go build -pgo app.pprof app.wasm
	GOOS=windows GOARCH=amd64 wasm2go build app.wasm
`

func (b *building) run(h *host, args []string) error {
	if err := oneModule("build", args); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	profile, err := b.profile()
	if err != nil {
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
	n := &native{
		module: m, options: b.options, target: t, list: b.list, listens: b.listens(), env: t.env(), pgo: profile,
	}
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

// profile is the absolute path of the CPU profile, "" if there is none.
func (b *building) profile() (string, error) {
	if b.pgo == "" {
		return "", nil
	}
	if _, err := os.Stat(b.pgo); err != nil {
		return "", fileError(b.pgo, err)
	}
	return filepath.Abs(b.pgo)
}
