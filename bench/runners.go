package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// ready is a program that a contestant can run: its command line but for the size.
type ready struct {
	made
	argv []string
}

// runner is a row of the table of contestants.
type runner struct {
	name string
	// prepare makes the contestant ready for a program. An errUnsupported says that it can not run it.
	prepare func(b *bench, p *program) (ready, error)
	// needs are commands that must be installed.
	needs []string
	// optional contestants take part only if -runners names them, asked ones whatever it says.
	optional, asked bool
}

// errUnsupported is why a contestant does not take part in a program.
type errUnsupported string

func (e errUnsupported) Error() string { return string(e) }

// The contestants that others are compared with.
const (
	guardName = "wasm2go guard"
	baseName  = "wasm2c + clang -O2"
)

var runners = []runner{
	{name: guardName, prepare: translate(checkout{dir: ".."}, "-memory", "guard")},
	{name: "wasm2go checked", prepare: translate(checkout{dir: ".."}, "-memory", "checked")},
	{name: "wasm2go guard, profile-guided", prepare: guided, optional: true},
	{name: "wazero compiler", prepare: wazeroEngine("compiler")},
	{name: "wazero interpreter", prepare: wazeroEngine("interpreter"), optional: true},
	{name: baseName, prepare: wasm2c("clang"), needs: []string{"wasm2c", "clang"}},
	{name: "wasm2c + gcc -O2", prepare: wasm2c("gcc"), needs: []string{"wasm2c", "gcc"}},
	{name: "Node", prepare: node, needs: []string{"node"}},
	{name: "native", prepare: native},
}

// allRunners are the contestants with those that flags ask for.
func (b *bench) allRunners() ([]*runner, error) {
	var all []*runner
	for i := range runners {
		all = append(all, &runners[i])
	}
	add := func(name string, c checkout, flags ...string) {
		all = append(all, &runner{name: name, prepare: translate(c, append([]string{"-memory", "guard"}, flags...)...), asked: true})
	}
	for _, dir := range b.compare {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		add(filepath.Base(abs)+" guard", checkout{dir: abs})
	}
	for _, flags := range b.flags {
		add("guard "+flags, checkout{dir: ".."}, strings.Fields(flags)...)
	}
	if b.ablate {
		passes, err := checkout{dir: ".."}.passes(b)
		if err != nil {
			return nil, err
		}
		all = all[:1] // the guard form itself
		for _, pass := range passes {
			add("without "+pass, checkout{dir: ".."}, "-disable", pass)
		}
		add("guard -O0", checkout{dir: ".."}, "-O0")
	}
	return all, nil
}

// wazeroEngine runs the module under wazero, in a program of this module.
func wazeroEngine(engine string) func(*bench, *program) (ready, error) {
	return func(b *bench, p *program) (ready, error) {
		module, err := b.module(p)
		if err != nil {
			return ready{}, err
		}
		exe := filepath.Join(b.out, "wazero")
		err = runCommand(".", nil, "go", "build", "-o", exe, "./wazero")
		return ready{argv: []string{exe, engine, string(p.kind), module}}, err
	}
}

// node runs the module under Node.
func node(b *bench, p *program) (ready, error) {
	if p.kind == regular {
		return ready{}, errUnsupported("there is no driver in JavaScript")
	}
	module, err := b.module(p)
	return ready{argv: []string{"node", "--no-warnings", "node/run.mjs", string(p.kind), module}}, err
}

// wasm2c translates to C, with Debian's library: bounds are checked by guard pages.
func wasm2c(cc string) func(*bench, *program) (ready, error) {
	return func(b *bench, p *program) (r ready, err error) {
		switch {
		case p.kind == regular:
			return r, errUnsupported("wasm2c 1.0.32 has no threads")
		case p.large && !b.large:
			return r, errUnsupported("a C compiler takes many minutes: ask for it by -large")
		}
		module, err := b.module(p)
		if err != nil {
			return r, err
		}
		dir := filepath.Join(b.out, "wasm2c", slug(p.source))
		exe := filepath.Join(dir, cc)
		r.argv = []string{exe}
		if p.kind == script {
			r.argv = append(r.argv, "quickjs/bench.js")
		}
		key, err := hash([]string{module, "c"}, version("wasm2c"), version(cc))
		if err != nil {
			return r, err
		}
		r.made, err = cached(exe, key, func() (m made, err error) {
			c := filepath.Join(dir, "module.c")
			if m.Translate, err = timed(func() error { return runCommand(".", nil, "wasm2c", module, "-n", "module", "-o", c) }); err != nil {
				return m, err
			}
			main := map[kind]string{export: "c/main.c", command: "c/command.c", script: "c/script.c"}[p.kind]
			m.Build, err = timed(func() error {
				return runCommand(".", nil, cc, "-O2", "-w", "-I"+dir, "-DMODULE=module", `-DHEADER="module.h"`, c, main, "-o", exe, "-lwasm-rt-impl", "-lm", "-lpthread")
			})
			return m, err
		})
		return r, err
	}
}

// native compiles the source without WebAssembly in between: clang -O2 for C, the go command for Go.
func native(b *bench, p *program) (r ready, err error) {
	exe := filepath.Join(b.out, "native", slug(p.source))
	r.argv = []string{exe}
	var source string
	var tool string
	var build []string
	switch p.kind {
	case export:
		if !installed("native", []string{"clang"}) {
			return r, errUnsupported("clang is not installed")
		}
		if source, err = filepath.Abs(filepath.Join("programs", p.source+".c")); err != nil {
			return r, err
		}
		tool, build = "clang", []string{"-O2", "-ffp-contract=off", "-w", fmt.Sprintf("-DSOURCE=%q", source), "c/main.c", "-o", exe, "-lm"}
	case command:
		source = filepath.Join("guests", p.source)
		tool, build = "go", []string{"build", "-o", exe, "./" + filepath.ToSlash(source)}
	default:
		return r, errUnsupported("there is no native build")
	}
	key, err := hash([]string{source, "c"}, version(tool))
	if err != nil {
		return r, err
	}
	r.made, err = cached(exe, key, func() (m made, err error) {
		m.Build, err = timed(func() error { return runCommand(".", nil, tool, build...) })
		return m, err
	})
	return r, err
}

// version is what a tool says about itself.
func version(tool string) string {
	arg := "--version"
	if tool == "go" {
		arg = "version"
	}
	out, err := exec.Command(tool, arg).Output()
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		note("%s %s: %v", tool, arg, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// prepare builds everything. What can not be built or run is left out with a line that says why.
func (b *bench) prepare() {
	for _, p := range b.list {
		b.results[p.name] = map[string]*measure{}
		if _, err := b.module(p); err != nil {
			note("left out: %s: %v", p.name, err)
			continue
		}
		for _, r := range b.field {
			progress("building %s, %s", p.name, r.name)
			ready, err := r.prepare(b, p)
			if err != nil {
				note("left out: %s, %s: %v", p.name, r.name, err)
				continue
			}
			b.results[p.name][r.name] = &measure{ready: ready}
		}
	}
	progress("")
}
