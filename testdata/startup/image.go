//go:build ignore

// The program of the test of images: instances of both forms have the same data and do not see each other's writes.
package main

import (
	"fmt"
	"hash/crc32"
	"os"

	"MODULE/checked"
	"MODULE/guard"

	"github.com/wasm2go/wasm2go/rt"
)

type instance interface {
	Memory() *rt.Memory
	Poke(addr, value int32) error
	Close() error
}

func main() {
	sum := ""
	for i := range 3 {
		g, err := guard.New(rt.Config{}, guard.Imports{})
		check(err)
		c, err := checked.New(rt.Config{}, checked.Imports{})
		check(err)
		for _, m := range []instance{g, c} {
			s := fmt.Sprintf("%08x", crc32.ChecksumIEEE(m.Memory().Bytes()))
			if sum == "" {
				sum = s
			}
			if s != sum {
				fmt.Println("instance", i, "has", s, "and not", sum)
				os.Exit(1)
			}
			check(m.Poke(0, -1))
			check(m.Poke(300_000, -1))
		}
		if i == 1 {
			check(g.Close())
		}
	}
	fmt.Println(sum)
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
