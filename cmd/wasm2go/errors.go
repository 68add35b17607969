package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
)

// usageError is a mistake in the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

func usageErrorf(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// exitCode ends the command without a message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// fileError puts the name of a file before an error: "app.wasm: malformed module", "app.wat:3:14: unknown func".
func fileError(path string, err error) error {
	var text *compiler.TextError
	if errors.As(err, &text) {
		return fmt.Errorf("%s:%w", path, err)
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		err = file.Err // its path is that of the file anyway
	}
	return fmt.Errorf("%s: %w", path, err)
}

// oneModule checks that a command got exactly one module, and nothing behind it.
func oneModule(name string, args []string) error {
	switch {
	case len(args) == 0:
		return usageErrorf("%s: the module is missing; see wasm2go help %s", name, name)
	case len(args) > 1 && strings.HasPrefix(args[1], "-"):
		return usageErrorf("%s: %s stands behind the module; flags go before it", name, args[1])
	case len(args) > 1:
		return usageErrorf("%s: unexpected argument %q behind the module", name, args[1])
	}
	return nil
}
