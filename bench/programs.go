package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// kind says how a module is run.
type kind string

const (
	export  kind = "export"  // the module has no imports and exports run(n), which returns a checksum
	command kind = "command" // a WASI command that takes n as its argument
	regular kind = "regexp"  // the library of go-re2, which package re2 drives
	script  kind = "script"  // the JavaScript engine of quickjs-wasi, which package quickjs drives
)

// program is a row of the table of programs.
type program struct {
	name, class string
	// size is the argument of a run, chosen for 0.2 to 0.5 s of clang -O2 without WebAssembly; small that for -short and
	// -count.
	size, small int
	kind        kind
	// source names the module where it is not the program.
	source string
	// large: translated, the module takes a C compiler many minutes. -ablate leaves it out.
	large bool
}

var programs = []program{
	{name: "core", class: "mix", size: 9000, small: 100},
	{name: "crc32", class: "integer", size: 1500, small: 20},
	{name: "sha256", class: "integer", size: 15000, small: 200},
	{name: "base64", class: "integer", size: 6000, small: 100},
	{name: "sort", class: "integer", size: 120, small: 3},
	{name: "nbody", class: "float", size: 5000, small: 50},
	{name: "spectral", class: "float", size: 2000, small: 200},
	{name: "mandelbrot", class: "float", size: 1200, small: 100},
	{name: "matmul", class: "float", size: 90, small: 2},
	{name: "raytrace", class: "float", size: 1000, small: 60},
	{name: "mem", class: "memory", size: 180, small: 3},
	{name: "stream", class: "memory", size: 200, small: 3},
	{name: "bulk", class: "memory", size: 4000, small: 100},
	{name: "bintrees 7", source: "bintrees", class: "memory", size: 700007, small: 10007},
	{name: "bintrees 14", source: "bintrees", class: "memory", size: 2014, small: 114},
	{name: "bintrees 18", source: "bintrees", class: "memory", size: 118, small: 114},
	{name: "hashmap", class: "memory", size: 60, small: 1},
	{name: "fib", class: "calls", size: 40, small: 27},
	{name: "ackermann", class: "calls", size: 150, small: 3},
	{name: "call", class: "calls", size: 600, small: 5},
	{name: "virtual", class: "calls", size: 25000, small: 500},
	{name: "vm", class: "interpreter", size: 60, small: 1},
	{name: "wazero", class: "interpreter", size: 314, small: 107, kind: command, large: true},
	{name: "quickjs", class: "interpreter", size: 40, small: 1, kind: script},
	{name: "lz", class: "compression", size: 100, small: 2},
	{name: "json", class: "json", size: 500, small: 10},
	{name: "re2", class: "regexp", size: 60, small: 3, kind: regular},
	{name: "gomix", class: "Go", size: 30, small: 1, kind: command, large: true},
}

func init() {
	for i := range programs {
		p := &programs[i]
		if p.kind == "" {
			p.kind = export
		}
		if p.source == "" {
			p.source = p.name
		}
	}
}

// modules says where the module of a program of each kind comes from.
var modules = map[kind]func(b *bench, p *program) (string, error){
	export:  committed,
	command: builtByGo,
	regular: fromGoModule,
	script:  fromNpmPackage,
}

// module returns the path of the program's module, which is made if necessary.
func (b *bench) module(p *program) (string, error) { return modules[p.kind](b, p) }

func committed(_ *bench, p *program) (string, error) {
	return filepath.Abs(filepath.Join("modules", p.source+".wasm"))
}

// builtByGo builds guests/NAME for WASI.
func builtByGo(b *bench, p *program) (string, error) {
	out := filepath.Join(b.out, "modules", p.source+".wasm")
	return out, runCommand(".", []string{"GOOS=wasip1", "GOARCH=wasm"}, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./guests/"+p.source)
}

// The module of the regular expressions is data of a Go module.
const re2Module = "github.com/wasilibs/go-re2@v1.10.0"

func fromGoModule(*bench, *program) (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", re2Module).Output()
	var info struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &info); jsonErr != nil {
		return "", errors.Join(err, jsonErr)
	}
	if info.Error != "" {
		return "", fmt.Errorf("go mod download %s: %s", re2Module, info.Error)
	}
	path := filepath.Join(info.Dir, "internal", "wasm", "libcre2.wasm")
	_, err = os.Stat(path)
	return path, err
}

// The JavaScript engine is in an npm package, taken once.
const quickjsPackage = "quickjs-wasi@3.6.2"

func fromNpmPackage(b *bench, p *program) (string, error) {
	dir := filepath.Join(b.out, "modules")
	out := filepath.Join(dir, slug(quickjsPackage)+".wasm")
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := runCommand(dir, nil, "npm", "pack", "--loglevel=error", quickjsPackage); err != nil {
		return "", err
	}
	archive, err := os.Open(filepath.Join(dir, strings.ReplaceAll(quickjsPackage, "@", "-")+".tgz"))
	if err != nil {
		return "", err
	}
	defer archive.Close()
	module, err := unpack(archive, "package/"+p.source+".wasm")
	if err != nil {
		return "", err
	}
	return out, writeFile(out, module)
}

// unpack returns a file in a compressed archive.
func unpack(archive io.Reader, name string) ([]byte, error) {
	z, err := gzip.NewReader(archive)
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(z); ; {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s in an archive: %w", name, err)
		}
		if header.Name == name {
			return io.ReadAll(files)
		}
	}
}
