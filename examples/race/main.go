// Command race runs a C program with a data race, which Go's race detector finds. Its argument is the program's, the
// number of rounds.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/wasm2go/wasm2go/examples/race/racy"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

// The race detector watches the Go heap only, where memories of the checked form are in its builds.
//
//go:generate go run github.com/wasm2go/wasm2go/cmd/wasm2go -o racy -memory checked -disable inline guest/racy.wasm

func run(args []string) error {
	sys, err := wasi.New(wasi.Config{Args: append([]string{"racy"}, args...), Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		return err
	}
	defer sys.Close()
	return threads.Run(context.Background(), racy.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, threads.Config{})
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
