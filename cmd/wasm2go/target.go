package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/build/constraint"
	"os/exec"
	"runtime"
	"strings"

	wasm2go "github.com/wasm2go/wasm2go"
	"github.com/wasm2go/wasm2go/compiler"
)

// target is what a program is built for.
type target struct{ GOOS, GOARCH string }

func thisMachine() target { return target{runtime.GOOS, runtime.GOARCH} }

// env names the target for the go command.
func (t target) env() []string { return []string{"GOOS=" + t.GOOS, "GOARCH=" + t.GOARCH} }

// exe is the extension of programs.
func (t target) exe() string {
	if t.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// goTarget asks the go command, which knows the environment and its own configuration.
func goTarget() (t target, err error) {
	goTool, err := goCommand()
	if err != nil {
		return t, err
	}
	b, err := exec.Command(goTool, "env", "-json", "GOOS", "GOARCH").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return t, fmt.Errorf("go env: %w", err)
	}
	return t, json.Unmarshal(b, &t)
}

// memory is the best memory form of the target: guard where the runtime has it.
func (t target) memory() compiler.MemoryForm {
	src, err := wasm2go.Source.ReadFile("rt/map_unix.go")
	line, _, _ := strings.Cut(string(src), "\n")
	expr, parseErr := constraint.Parse(line)
	if err == nil && parseErr == nil && expr.Eval(func(tag string) bool { return tag == t.GOOS || tag == t.GOARCH }) {
		return compiler.Guard
	}
	return compiler.Checked
}
