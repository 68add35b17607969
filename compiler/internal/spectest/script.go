// Package spectest runs the official test scripts against generated Go.
//
// Run takes scripts from two sources (wast2json's output as in wazero's module, and .wast files) through these steps:
// assemble all modules and judge what the compiler must reject; translate the others, in each memory form, to packages
// of one temporary Go module; build one program of all of them; let processes of that program execute the scripts.
package spectest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// Script is a test script with its modules.
type Script struct {
	// Suite and Name locate the script: "v2" "br_table".
	Suite, Name string
	Commands    []*Command
}

// Command is a command whose module is not translated yet.
type Command struct {
	runner.Command
	// assemble returns the bytes of the command's module. It is nil if the command has none.
	assemble func() ([]byte, error)
	// bin and err are the result of assemble.
	bin []byte
	err error
}

// rejects reports whether the command asserts something of the compiler alone.
func (c *Command) rejects() bool {
	return c.Kind == runner.AssertMalformed || c.Kind == runner.AssertInvalid
}

// key names the package of a module: package names must not begin with a digit.
func key(bin []byte) string {
	sum := sha256.Sum256(bin)
	return "m" + hex.EncodeToString(sum[:8])
}

// where is the place of a command as failures have it.
func (s *Script) where(line int) string { return fmt.Sprintf("%s %s:%d", s.Suite, s.Name, line) }
