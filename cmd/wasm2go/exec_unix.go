//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// execute becomes the program, so that signals and the exit code are its own. It returns only if that fails.
func execute(path string, argv []string) error {
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, argv, os.Environ()))
}
