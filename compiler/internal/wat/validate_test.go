package wat

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/validate"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// check decodes and validates.
func check(bin []byte) error {
	m, err := wasm.Decode(bin)
	if err != nil {
		return err
	}
	return validate.Module(m)
}

// singleTable are the assertions of the threads proposal that still expect a second table to be invalid; version 2.0
// allows it.
var singleTable = map[string][]int{"threads/imports.wast": {309, 313, 317}}

func liftedIn2(file string, line int) bool {
	key := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
	return slices.Contains(singleTable[key], line)
}

// TestSuiteValidates: what assembles is valid exactly where the suite says so. That includes the invalid modules: they
// must reach the validator as written.
func TestSuiteValidates(t *testing.T) {
	outcomes := counts{}
	for _, file := range suiteFiles(t) {
		for _, c := range parseFile(t, file).Commands {
			if c.Module == nil || c.Kind == CmdAssertMalformed {
				continue
			}
			bin, err := c.Module.Binary()
			if err != nil { // TestSuiteAssembles judges it
				continue
			}
			outcomes[verdict(t, file, &c, check(bin))]++
		}
	}
	t.Logf("modules:%v", outcomes)
}

func verdict(t *testing.T, file string, c *Command, err error) string {
	t.Helper()
	var e *wasm.Error
	errors.As(err, &e)
	valid := c.Kind != CmdAssertInvalid || liftedIn2(file, c.Line)
	switch {
	case valid && err == nil:
		return "valid"
	case e != nil && e.Kind == wasm.Unsupported:
		return "unsupported: " + e.Proposal.String()
	case !valid && e != nil && (e.Kind == wasm.Invalid || c.Module.Form == FormBinary):
		return "invalid, as asserted"
	}
	t.Errorf("%s:%d: %s: %v (expected message: %q)", file, c.Line, c.Kind, err, c.Text)
	return "wrong"
}
