// Package listen gives package program listeners. It is linked only into programs that have some, since package net
// is half a megabyte.
package listen

import (
	"net"
	"strings"

	"github.com/wasm2go/wasm2go/cmd/wasm2go/program"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

func init() { program.Listen = listen }

// listen listens at HOST:PORT, or at a socket of the file system given as unix:PATH.
func listen(address string) (wasi.Listener, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return wasi.Listener{}, err
	}
	return wasi.ListenerOf(ln), nil
}
