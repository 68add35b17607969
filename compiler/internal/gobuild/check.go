package gobuild

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"sync"
)

// sources imports packages from their source, each once.
var sources = sync.OnceValue(func() *Checker {
	return &Checker{imp: importer.ForCompiler(token.NewFileSet(), "source", nil)}
})

// Checker checks Go packages without the go command.
type Checker struct {
	mu  sync.Mutex
	imp types.Importer
}

// NewChecker returns a Checker that shares the packages it imports with all others.
func NewChecker() *Checker { return sources() }

// checkFormat checks that a Go file is as gofmt leaves it.
func checkFormat(name string, content []byte) error {
	formatted, err := format.Source(content)
	if err != nil {
		return err
	}
	if !bytes.Equal(formatted, content) {
		return fmt.Errorf("%s: gofmt would change it", name)
	}
	return nil
}

// Check checks the format of the Go files of a package, by name, and its types.
func (c *Checker) Check(pkg string, files map[string][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	fset := token.NewFileSet()
	var list []*ast.File
	for name, content := range files {
		if err := checkFormat(name, content); err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, content, 0)
		if err != nil {
			return err
		}
		list = append(list, f)
	}
	cfg := types.Config{Importer: c.imp}
	_, err := cfg.Check(pkg, fset, list, nil)
	return err
}
