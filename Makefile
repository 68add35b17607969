# Makefile: each target is one readable line.

GO ?= go

.PHONY: build test check generate golden spec spec-split fuzz bench bench-docs bench-threads bench-wasi bench-size threads wasi fuzz-wasi gotests

MODULES ?= $(wildcard ../shared/modules)

build: ; $(GO) build -o bin/ ./cmd/wasm2go
test: ; $(GO) test ./...
check: ; test -z "$$(gofmt -l $$(git ls-files "*.go"))" && $(GO) vet ./... && $(GO) test -race ./rt/...
generate: ; $(GO) generate ./...
golden: ; $(GO) test ./compiler ./compiler/internal/op ./compiler/internal/opt ./compiler/internal/wat ./cmd/wasm2go -update
bench-size: ; cd bench && $(GO) run ./size -dir $(abspath $(MODULES))
spec-split: ; WASM2GO_SPEC_SPLIT=1 $(GO) test ./compiler/internal/spectest -run SpecSplit -timeout 120m -v
spec: ; $(GO) run ./compiler/internal/spectest/cmd/spec
fuzz: ; $(GO) test ./compiler -run=^$$ -fuzz=FuzzCompile -fuzztime=10m
bench: ; cd bench && $(GO) run .
bench-docs: ; cd bench && $(GO) run . -csv ../docs/benchmarks.csv -svg ../docs/benchmarks.svg -renew ../docs/benchmarks.md -renew ../README.md
bench-threads: ; cd bench && $(GO) run . -threads
threads: ; WASM2GO_STRESS=1 WASM2GO_MODULES=$(abspath $(MODULES)) $(GO) test ./compiler ./rt/threads -run Thread -timeout 30m -v
bench-wasi: ; cd bench && $(GO) run . -wasi
wasi: ; WASM2GO_STRESS_TIME=60s $(GO) test -race ./rt/wasi -timeout 30m -v
fuzz-wasi: ; $(GO) test ./rt/wasi -run=^$$ -fuzz=FuzzCalls -fuzztime=10m -parallel 1
gotests: ; WASM2GO_GO_TESTS=1 $(GO) test ./cmd/wasm2go -run TestGoPackages -timeout 60m -v
