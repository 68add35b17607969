package main

import (
	"errors"
	"flag"
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/wasm2go/wasm2go/compiler"
)

// translation is the command translate with its flags.
type translation struct {
	options
	out, pkg, dump      string
	runtime, importPath string
}

// Values of -runtime.
const (
	runtimeImport = "import"
	runtimeCopy   = "copy"
)

func translateCommand() command {
	return command{
		name: "translate", args: "-o folder [flags] module", summary: "translate a module to a Go package (the default)",
		text: translateText,
		setup: func(fs *flag.FlagSet) action {
			t := &translation{}
			t.define(fs, "guard")
			fs.StringVar(&t.out, "o", "", "write the package to `folder`")
			fs.StringVar(&t.pkg, "pkg", "", "`name` of the package (default: the folder's name)")
			fs.StringVar(&t.dump, "dump", "", "print the intermediate form of function[:pass], an index or a name, such as 7:build")
			fs.StringVar(&t.runtime, "runtime", runtimeImport, "`how` the package gets its runtime: import (of "+compiler.DefaultRuntime+")\nor copy (of the source, to the folder rt in it, so that it needs the standard library only)")
			fs.StringVar(&t.importPath, "importpath", "", "import `path` of the folder, for -runtime copy and for modules that are split (default: from the nearest go.mod)")
			return t.run
		},
	}
}

const translateText = `
Translate a WebAssembly module, binary (.wasm) or text (.wat), to a Go package. The module "-" is the standard input.

Files that wasm2go wrote to the folder earlier and that are not needed any more are removed; other files are left
alone, and never overwritten. The output depends on the module, the flags and the version of wasm2go only.

Examples:

	wasm2go -o pkg app.wasm
	wasm2go -o internal/app -pkg app -memory checked app.wasm
	wasm2go -o pkg -runtime copy app.wasm       no dependencies
	wasm2go -dump main:fold app.wat             the function main after the pass fold
	//go:generate wasm2go -o pkg app.wasm       in a Go file
`

func (t *translation) run(h *host, args []string) error {
	if t.disable == "help" {
		_, err := fmt.Fprintln(h.stdout, strings.Join(compiler.Passes(), "\n"))
		return err
	}
	if err := t.check(args); err != nil {
		return err
	}
	m, err := h.readModule(args[0])
	if err != nil {
		return err
	}
	if t.dump != "" {
		return h.dump(m, t.config(m), t.dump)
	}
	cfg, err := t.complete(m)
	if err != nil {
		return err
	}
	var runtime []compiler.File
	if t.runtime == runtimeCopy {
		if runtime, err = runtimeFiles(cfg.Runtime); err != nil {
			return err
		}
	}
	tr, err := h.prepare(m, cfg)
	var missing *compiler.ImportPathError
	if errors.As(err, &missing) {
		_, why := importPathOf(t.out)
		return fmt.Errorf("%w: %w, or keep all code in one package by -split off", err, why)
	}
	if err != nil {
		return err
	}
	return t.write(h, m, tr, runtime)
}

// write writes the package, with the runtime if it has a copy of it.
func (t *translation) write(h *host, m *module, tr *compiler.Translation, runtime []compiler.File) error {
	names := tr.Names()
	for _, f := range runtime {
		names = append(names, f.Name)
	}
	out, err := openOutput(t.out, names)
	if err != nil {
		return err
	}
	for _, f := range runtime {
		if err := out.write(f); err != nil {
			return err
		}
	}
	if err := h.translate(m, tr, out.write); err != nil {
		return err
	}
	return out.close()
}

func (t *translation) check(args []string) error {
	if err := oneModule("translate", args); err != nil {
		return err
	}
	if err := t.options.check(); err != nil {
		return err
	}
	switch {
	case t.out == "" && t.dump == "":
		return usageErrorf("-o is missing: the folder for the package")
	case t.out != "" && t.dump != "":
		return usageErrorf("-dump prints and writes no package: leave out -o")
	case t.pkg != "" && (!token.IsIdentifier(t.pkg) || t.pkg == "_"):
		return usageErrorf("-pkg %s: not a name for a Go package", t.pkg)
	case t.runtime != runtimeImport && t.runtime != runtimeCopy:
		return usageErrorf("-runtime is import or copy, not %q", t.runtime)
	}
	return nil
}

// complete makes the configuration.
func (t *translation) complete(m *module) (compiler.Config, error) {
	cfg := t.config(m)
	cfg.Command = t.commandLine(m)
	cfg.Package = t.pkg
	if cfg.Package == "" {
		cfg.Package = folderPackage(t.out)
	}
	cfg.ImportPath = t.importPath
	var err error
	if cfg.ImportPath == "" {
		cfg.ImportPath, err = importPathOf(t.out)
	}
	if t.runtime != runtimeCopy {
		return cfg, nil // the path may not be needed
	}
	cfg.Runtime = cfg.ImportPath + "/" + runtimeFolder
	return cfg, err
}

// folderPackage names a package after its folder, "" if that has no name.
func folderPackage(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	base := filepath.Base(abs)
	if strings.Trim(base, "./\\") == "" {
		return ""
	}
	return compiler.PackageName(base)
}

// commandLine is the command for the headers. It has all flags that change the output, and no folders of the machine.
func (t *translation) commandLine(m *module) string {
	words := []string{"wasm2go", "-o", portable(t.out)}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, flag, value)
		}
	}
	add("-pkg", t.pkg)
	add("-memory", t.memory)
	if t.noOpt {
		words = append(words, "-O0")
	}
	add("-disable", t.disable)
	if t.stack {
		words = append(words, "-stackcheck")
	}
	if t.keep {
		words = append(words, "-keep")
	}
	if t.split != compiler.SplitAuto {
		add("-split", t.split.String())
	}
	if t.runtime != runtimeImport {
		add("-runtime", t.runtime)
	}
	add("-importpath", t.importPath)
	source := portable(m.path)
	if m.path == "stdin" {
		source = stdinArg
	}
	return strings.Join(append(words, source), " ")
}

// portable writes a path with slashes, and an absolute one without its folders.
func portable(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Base(path)
	}
	return filepath.ToSlash(filepath.Clean(path))
}
