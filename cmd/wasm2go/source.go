package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	wasm2go "github.com/wasm2go/wasm2go"
	"github.com/wasm2go/wasm2go/compiler"
)

// runtimeFolder is the folder of the runtime in this module, and below a package that has its own copy.
const runtimeFolder = "rt"

// runtimeSource returns the Go files of the runtime without its tests, named from the module's root.
func runtimeSource() ([]compiler.File, error) {
	var files []compiler.File
	err := fs.WalkDir(wasm2go.Source, runtimeFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := wasm2go.Source.ReadFile(name)
		files = append(files, compiler.File{Name: name, Content: b})
		return err
	})
	return files, err
}

// runtimeFiles returns the runtime as it is copied beside a package, where its import path is importPath.
func runtimeFiles(importPath string) ([]compiler.File, error) {
	files, err := runtimeSource()
	header := fmt.Sprintf("%s from the runtime of version %s; DO NOT EDIT.\n\n", ownHeader, compiler.Version)
	for i := range files {
		b := bytes.ReplaceAll(files[i].Content, []byte(`"`+compiler.DefaultRuntime), []byte(`"`+importPath))
		files[i].Content = append([]byte(header), b...)
	}
	return files, err
}

// importPathOf finds the import path of a folder, which need not exist, from the nearest go.mod.
func importPathOf(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for root := abs; ; root = filepath.Dir(root) {
		b, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err == nil {
			return joinImportPath(b, root, abs)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("%s: no go.mod here or above: give the folder's import path by -importpath", dir)
		}
	}
}

func joinImportPath(goMod []byte, root, dir string) (string, error) {
	module := goModLine(goMod, "module")
	if module == "" {
		return "", fmt.Errorf("%s: no module path", filepath.Join(root, "go.mod"))
	}
	rel, err := filepath.Rel(root, dir)
	return path.Join(module, filepath.ToSlash(rel)), err
}

// goModLine returns the argument of a one-line directive of a go.mod, or "".
func goModLine(goMod []byte, directive string) string {
	for lines := bufio.NewScanner(bytes.NewReader(goMod)); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "//")
		if words := strings.Fields(line); len(words) == 2 && words[0] == directive {
			return strings.Trim(words[1], "\"`")
		}
	}
	return ""
}
