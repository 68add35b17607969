module github.com/wasm2go/wasm2go/bench

go 1.26.0

require (
	github.com/tetratelabs/wazero v1.12.0
	github.com/wasm2go/wasm2go v0.0.0
)

require (
	github.com/dave/jennifer v1.7.1 // indirect
	github.com/tetratelabs/wabin v0.0.0-20230304001439-f6f874872834 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/wasm2go/wasm2go => ../
