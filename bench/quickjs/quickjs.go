// Package quickjs has the JavaScript engine QuickJS, of a module translated or run by anybody, run bench.js.
package quickjs

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

//go:embed bench.js
var script string

// Engine is an instance of the module, initialised. Its methods are exports, by the names that a translation gives them.
type Engine interface {
	JSNewRuntime() (int32, error)
	JSNewContext(runtime int32) (int32, error)
	WasmMalloc(n int32) (int32, error)
	JSEval(context, text, size, file, flags int32) (int64, error)
	JSToFloat64(context, to int32, value int64) (int32, error)
	// Bytes is linear memory, until the next call.
	Bytes() []byte
}

// Run runs the script with N as arg says and prints its value.
func Run(e Engine, arg string) error {
	runtime, err := e.JSNewRuntime()
	if err != nil {
		return err
	}
	context, err := e.JSNewContext(runtime)
	if err != nil {
		return err
	}
	text := "const N = " + arg + ";\n" + script
	size := int32(len(text))
	addr, err := e.WasmMalloc(size + 1)
	if err != nil {
		return err
	}
	copy(e.Bytes()[addr:], text+"\x00")
	value, err := e.JSEval(context, addr, size, addr+size, 0) // the file has no name
	if err != nil {
		return err
	}
	to, err := e.WasmMalloc(8)
	if err != nil {
		return err
	}
	if failed, err := e.JSToFloat64(context, to, value); failed != 0 || err != nil {
		return errors.Join(errors.New("bench.js fails"), err)
	}
	fmt.Println(int64(math.Float64frombits(binary.LittleEndian.Uint64(e.Bytes()[to:]))))
	return nil
}
