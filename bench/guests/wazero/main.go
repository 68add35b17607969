// Command wazero is a WebAssembly runtime, made for GOOS=wasip1, that runs binary trees: wazero has no compiler there and
// interprets. It takes the argument of the export run and prints the result.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/tetratelabs/wazero"

	"github.com/wasm2go/wasm2go/bench/modules"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arg string) error {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	m, err := r.Instantiate(ctx, modules.BinaryTrees)
	if err != nil {
		return err
	}
	res, err := m.ExportedFunction("run").Call(ctx, uint64(n))
	if err != nil {
		return err
	}
	fmt.Println(int32(res[0]))
	return nil
}
