// Command pgo makes the profile with which the Go command builds wasm2go (cmd/wasm2go/default.pgo): of the translation of each
// .wasm file of a folder.
//
//	cd bench && go run ./pgo -dir modules
//
// The modules should be large and of several compilers; docs/benchmarks.md says of which the profile is now.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/google/pprof/profile"
)

func main() {
	dir := flag.String("dir", "", "`folder` with the modules")
	out := flag.String("o", "../cmd/wasm2go/default.pgo", "`file` for the profile")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "pgo:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	modules, err := filepath.Glob(filepath.Join(dir, "*.wasm"))
	if err != nil || dir == "" || len(modules) == 0 {
		return fmt.Errorf("no .wasm files in folder %q (-dir)", dir)
	}
	tmp, err := os.MkdirTemp("", "pgo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	bin := filepath.Join(tmp, "compiler.test")
	if err := command("go", "-C", "..", "test", "-c", "-trimpath", "-pgo=off", "-o", bin, "./compiler"); err != nil {
		return err
	}
	var list []*profile.Profile
	for _, module := range modules {
		p, err := translation(bin, module, filepath.Join(tmp, "cpu.out"))
		if err != nil {
			return fmt.Errorf("%s: %w", module, err)
		}
		list = append(list, p)
	}
	p, err := profile.Merge(list)
	if err != nil {
		return err
	}
	anonymous(p)
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.Write(f); err != nil {
		return err
	}
	return f.Close()
}

// translation profiles BenchmarkTranslate of a module. All modules count alike: the benchmark takes a few seconds of each.
func translation(bin, module, file string) (*profile.Profile, error) {
	module, err := filepath.Abs(module)
	if err != nil {
		return nil, err
	}
	os.Setenv("WASM2GO_MODULE", module)
	if err := command(bin, "-test.run=^$", "-test.bench=Translate", "-test.benchtime=5s", "-test.cpuprofile="+file); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return profile.Parse(f)
}

// anonymous removes what the Go compiler does not need and what tells of the machine.
func anonymous(p *profile.Profile) {
	for _, l := range p.Location {
		l.Mapping = nil
	}
	p.Mapping, p.Comments, p.TimeNanos, p.DurationNanos = nil, nil, 0, 0
}

func command(name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c.Run()
}
