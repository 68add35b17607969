// Package modules holds modules that benchmark programs contain.
package modules

import _ "embed"

// BinaryTrees is the module bintrees.wasm.
//
//go:embed bintrees.wasm
var BinaryTrees []byte
