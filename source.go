// Package wasm2go holds the source of the runtime, so that the command can build programs without the network.
//
// The command is github.com/wasm2go/wasm2go/cmd/wasm2go, the compiler github.com/wasm2go/wasm2go/compiler, the runtime
// github.com/wasm2go/wasm2go/rt.
package wasm2go

import "embed"

// Source holds this module's go.mod and the folder rt.
//
//go:embed go.mod rt
var Source embed.FS
