//go:build ignore

// Command command is a program of wasm2go made from a command with threads in both memory forms: its first argument is
// the form, then come options, "--" and the guest's arguments. Tests build it together with the packages made from a
// module.
package main

import (
	"fmt"
	"os"

	"github.com/wasm2go/wasm2go/cmd/wasm2go/program"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"

	"MODULE/checked"
	"MODULE/guard"
)

// telling makes an Instantiate that says where the memory is if the variable TELL is set. In reports of the race
// detector that tells the guest's data from the runtime's.
func telling[I threads.Instance[I]](instantiate func(rt.Config, rt.Resolver) (I, error)) func(rt.Config, rt.Resolver) (I, error) {
	return func(cfg rt.Config, r rt.Resolver) (I, error) {
		in, err := instantiate(cfg, r)
		if err == nil && os.Getenv("TELL") != "" {
			m := in.Core().Mem()
			fmt.Fprintf(os.Stderr, "memory %#x %#x\n", uintptr(m.Base()), m.Type().Max*rt.PageSize)
		}
		return in, err
	}
}

func main() {
	guests := map[string]program.Guest{
		"guard":   program.Threaded(telling(guard.Instantiate)),
		"checked": program.Threaded(telling(checked.Instantiate)),
	}
	guest := guests[os.Args[1]]
	os.Args = append(os.Args[:1], os.Args[2:]...)
	program.Hosted(guest)
}
