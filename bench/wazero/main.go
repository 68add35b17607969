// Command wazero runs the export run of a module under wazero's compiler: wazero COUNT FILE.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(count, file string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer r.Close(ctx)
	m, err := r.Instantiate(ctx, src)
	if err != nil {
		return err
	}
	fn := m.ExportedFunction("run")
	start := time.Now()
	res, err := fn.Call(ctx, uint64(uint32(n)))
	if err != nil {
		return err
	}
	fmt.Println(int32(res[0]), time.Since(start).Nanoseconds())
	return nil
}
