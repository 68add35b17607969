// Command wazero runs a module under wazero: wazero compiler|interpreter export|command|regexp|script FILE SIZE. What it prints is
// described in package report.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/wasm2go/wasm2go/bench/quickjs"
	"github.com/wasm2go/wasm2go/bench/re2"
	"github.com/wasm2go/wasm2go/bench/report"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(engine, kind, file, size string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	cfg := wazero.NewRuntimeConfigInterpreter()
	if engine == "compiler" {
		cfg = wazero.NewRuntimeConfigCompiler()
	}
	r := wazero.NewRuntimeWithConfig(ctx, cfg.WithCoreFeatures(api.CoreFeaturesV2|experimental.CoreFeaturesThreads))
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	start := time.Now()
	code, err := r.CompileModule(ctx, src)
	if err != nil {
		return err
	}
	report.Prepared = time.Since(start)
	switch kind {
	case "export":
		return export(ctx, r, code, size)
	case "command":
		return command(ctx, r, code, file, size)
	case "regexp":
		return regular(ctx, r, code, file, size)
	case "script":
		return script(ctx, r, code, size)
	}
	return fmt.Errorf("no kind of program is called %s", kind)
}

func export(ctx context.Context, r wazero.Runtime, code wazero.CompiledModule, size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	m, err := r.InstantiateModule(ctx, code, wazero.NewModuleConfig())
	if err != nil {
		return err
	}
	fn := m.ExportedFunction("run")
	report.Run(func() error {
		res, err := fn.Call(ctx, uint64(uint32(n)))
		if err == nil {
			fmt.Println(int32(res[0]))
		}
		return err
	})
	return nil
}

func command(ctx context.Context, r wazero.Runtime, code wazero.CompiledModule, file, size string) error {
	cfg := wazero.NewModuleConfig().WithArgs(file, size).WithStdout(os.Stdout).WithStderr(os.Stderr).WithSysNanotime().WithSysWalltime()
	report.Run(func() error {
		_, err := r.InstantiateModule(ctx, code, cfg)
		if exit := (*sys.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 0 {
			return nil
		}
		return err
	})
	return nil
}

// library is re2.Library.
type library struct{ m api.Module }

func (l library) Call(name string, args ...int32) (int32, error) {
	list := make([]uint64, len(args))
	for i, a := range args {
		list[i] = uint64(uint32(a))
	}
	res, err := l.m.ExportedFunction(name).Call(context.Background(), list...)
	if err != nil || len(res) == 0 {
		return 0, err
	}
	return int32(res[0]), nil
}

func (l library) Write(addr int32, b []byte) { l.m.Memory().Write(uint32(addr), b) }

// regular runs the library, whose memory is an import; the module beside it exports one that fits.
func regular(ctx context.Context, r wazero.Runtime, code wazero.CompiledModule, file, size string) error {
	memory, err := os.ReadFile(filepath.Join(filepath.Dir(file), "memory.wasm"))
	if err != nil {
		return err
	}
	if _, err := r.InstantiateWithConfig(ctx, memory, wazero.NewModuleConfig().WithName("env")); err != nil {
		return err
	}
	m, err := r.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		return err
	}
	report.Run(func() error { return re2.Run(library{m}, size) })
	return nil
}

// engine is quickjs.Engine.
type engine struct{ m api.Module }

func (e engine) call(name string, args ...uint64) (uint64, error) {
	res, err := e.m.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return res[0], nil
}

func (e engine) call32(name string, args ...uint64) (int32, error) {
	v, err := e.call(name, args...)
	return int32(v), err
}

func (e engine) JSNewRuntime() (int32, error) { return e.call32("JS_NewRuntime") }

func (e engine) JSNewContext(runtime int32) (int32, error) {
	return e.call32("JS_NewContext", api.EncodeI32(runtime))
}

func (e engine) WasmMalloc(n int32) (int32, error) {
	return e.call32("wasm_malloc", api.EncodeI32(n))
}

func (e engine) JSEval(context, text, size, file, flags int32) (int64, error) {
	v, err := e.call("JS_Eval", api.EncodeI32(context), api.EncodeI32(text), api.EncodeI32(size), api.EncodeI32(file), api.EncodeI32(flags))
	return int64(v), err
}

func (e engine) JSToFloat64(context, to int32, value int64) (int32, error) {
	return e.call32("JS_ToFloat64", api.EncodeI32(context), api.EncodeI32(to), uint64(value))
}

func (e engine) Bytes() []byte {
	b, _ := e.m.Memory().Read(0, e.m.Memory().Size())
	return b
}

// script runs the JavaScript engine, with a host that the script asks nothing of.
func script(ctx context.Context, r wazero.Runtime, code wazero.CompiledModule, size string) error {
	host := r.NewHostModuleBuilder("env")
	for _, f := range code.ImportedFunctions() {
		if module, name, _ := f.Import(); module == "env" {
			zero := api.GoFunc(func(_ context.Context, stack []uint64) { clear(stack) })
			host.NewFunctionBuilder().WithGoFunction(zero, f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	if _, err := host.Instantiate(ctx); err != nil {
		return err
	}
	m, err := r.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		return err
	}
	report.Run(func() error { return quickjs.Run(engine{m}, size) })
	return nil
}
