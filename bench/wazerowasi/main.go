// Command wazerowasi runs an export of ../wasi/calls.wasm under wazero's compiler: wazerowasi DIR COUNT EXPORT prints a
// figure, in processor time.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir, count, export string) error {
	src, err := os.ReadFile("wasi/calls.wasm")
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer r.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return err
	}
	config := wazero.NewModuleConfig().WithStdout(null).WithSysNanotime().WithSysWalltime().
		WithFSConfig(wazero.NewFSConfig().WithDirMount(dir, "/"))
	m, err := r.InstantiateWithConfig(ctx, src, config)
	if err != nil {
		return err
	}
	fn := m.ExportedFunction(export)
	for _, arg := range []string{"100", count} {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		start := cpu()
		res, err := fn.Call(ctx, uint64(uint32(n)))
		if err != nil {
			return err
		}
		if e := int32(res[0]); e != 0 {
			return fmt.Errorf("%s: errno %d", export, e)
		}
		if arg == count {
			fmt.Printf("%s %.1f ns\n", export, float64(cpu()-start)/float64(n))
		}
	}
	return nil
}

// cpu is the processor time of this process in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
