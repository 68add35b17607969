package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
)

func wasmFile(program string) string { return filepath.Join("programs", program+".wasm") }

// command runs a command in dir and shows its output if it fails.
func command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// goMain is the program around a translated module.
const goMain = `package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	app "github.com/wasm2go/wasm2go/bench/%s/app"
	"github.com/wasm2go/wasm2go/rt"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	m, err := app.New(rt.Config{}, app.Imports{})
	if err != nil {
		panic(err)
	}
	start := time.Now()
	r, err := m.Run(int32(n))
	if err != nil {
		panic(err)
	}
	fmt.Println(r, time.Since(start).Nanoseconds())
}
`

// translate builds with this project, in one memory form.
func translate(form compiler.MemoryForm) func(*bench, string, string) error {
	return func(b *bench, program, exe string) error {
		return b.goProgram(form, wasmFile(program), program, goMain, exe)
	}
}

// goProgram builds a main package, text, around a translated module.
func (b *bench) goProgram(form compiler.MemoryForm, module, program, text, exe string) error {
	src, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	pkg, err := compiler.Compile(src, compiler.Config{Package: "app", Source: filepath.Base(module), Memory: form})
	if err != nil {
		return err
	}
	dir := filepath.Join(b.out, "gen", string(form), program)
	if err := os.MkdirAll(filepath.Join(dir, "app"), 0o755); err != nil {
		return err
	}
	for _, f := range pkg.Files {
		if err := os.WriteFile(filepath.Join(dir, "app", f.Name), f.Content, 0o644); err != nil {
			return err
		}
	}
	main := fmt.Sprintf(text, filepath.ToSlash(dir))
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(main), 0o644); err != nil {
		return err
	}
	return command(".", "go", "build", "-o", exe, "./"+filepath.ToSlash(dir))
}

// wazeroExe builds the program in wazero/, which takes the module as its second argument.
func wazeroExe(b *bench, program, exe string) error {
	return command(".", "go", "build", "-o", exe, "./wazero")
}

// cMain is the program around a module translated by wasm2c 1.0.32, or around the C source itself.
const cMain = `#include <stdio.h>
#include <stdlib.h>
#include <time.h>
%s
int main(int argc, char **argv) {
  %s
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  int r = %s;
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%%d %%lld\n", r, (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec);
}
`

func wasm2c(cc string) func(*bench, string, string) error {
	return func(b *bench, program, exe string) error {
		dir := filepath.Join(b.out, "wasm2c")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		c := filepath.Join(dir, program+".c")
		if err := command(".", "wasm2c", wasmFile(program), "-n", program, "-o", c); err != nil {
			return err
		}
		setup := fmt.Sprintf("wasm_rt_init(); Z_%s_init_module(); Z_%s_instance_t i; Z_%s_instantiate(&i);", program, program, program)
		text := fmt.Sprintf(cMain, fmt.Sprintf("#include %q", program+".h"), setup, fmt.Sprintf("Z_%sZ_run(&i, atoi(argv[1]))", program))
		main := filepath.Join(dir, program+"_main.c")
		if err := os.WriteFile(main, []byte(text), 0o644); err != nil {
			return err
		}
		return command(".", cc, "-O2", "-I"+dir, c, main, "-o", exe, "-lwasm-rt-impl", "-lm", "-lpthread")
	}
}

// native compiles the C source without WebAssembly in between.
func native(b *bench, program, exe string) error {
	src, err := filepath.Abs(filepath.Join("programs", program+".c"))
	if err != nil {
		return err
	}
	text := fmt.Sprintf(cMain, fmt.Sprintf("#include %q", src), "", "run(atoi(argv[1]))")
	main := exe + "_main.c"
	if err := os.WriteFile(main, []byte(text), 0o644); err != nil {
		return err
	}
	return command(".", "clang", "-O2", "-fno-builtin", "-w", main, "-o", exe, "-lm")
}
