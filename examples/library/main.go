// Command library embeds a C library, compiled to WebAssembly and translated to Go: the distance between two words.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/wasm2go/wasm2go/examples/library/distance"
	"github.com/wasm2go/wasm2go/rt"
)

//go:generate go run github.com/wasm2go/wasm2go/cmd/wasm2go -o distance guest/distance.wasm

// host implements distance.Host, the functions that the module imports.
type host struct{ calls int }

// Progress is called by the guest after each row; in is the calling instance.
func (h *host) Progress(in *rt.Instance, row, rows int32) { h.calls++ }

// words measures the distance between two words inside m.
func words(m *distance.Instance, a, b string) (int32, error) {
	for i, w := range []string{a, b} {
		addr, err := m.Buffer(int32(i))
		if err != nil {
			return 0, err
		}
		dst, ok := m.Memory().Slice(uint32(addr), uint64(len(w)))
		if !ok || len(w) > 1024 {
			return 0, fmt.Errorf("word of %d bytes is too long", len(w))
		}
		copy(dst, w)
	}
	return m.Distance(int32(len(a)), int32(len(b)))
}

func run(a, b string) error {
	m, err := distance.New(rt.Config{}, distance.Imports{Host: &host{}})
	if err != nil {
		return err
	}
	defer m.Close()
	d, err := words(m, a, b)
	if err != nil {
		return err
	}
	fmt.Printf("%q and %q are %d edits apart\n", a, b, d)
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: library WORD WORD")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var trap *rt.Trap
		if errors.As(err, &trap) {
			fmt.Fprint(os.Stderr, trap.Report())
		}
		os.Exit(1)
	}
}
