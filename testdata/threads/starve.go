//go:build ignore

// Command starve runs many more spinning guest threads than there are processors, and measures how late a goroutine of the
// host wakes that sleeps for a millisecond at a time. TestThreadStarvation builds it with the packages made from matrix.wat.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"

	"MODULE/checked"
	"MODULE/guard"
)

var (
	number   = flag.Int("threads", 64, "guest threads")
	activity = flag.Int("activity", 11, "of matrix.wat: 11 spins on an atomic load, 13 calls sched_yield, 0 stores")
	sleeps   = flag.Int("sleeps", 200, "times the host sleeps")
	limit    = flag.Duration("limit", time.Second, "the median lateness that passes")
)

func main() {
	flag.Parse()
	sys, err := wasi.New(wasi.Config{})
	if err != nil {
		panic(err)
	}
	// Main is the actor; it waits in test.go for the end.
	config := []int32{0, 4, int32(*activity), int32(*number)}
	ready := make(chan struct{}, *number+1)
	end := make(chan struct{})
	test := rt.Host{
		"config": rt.MustFunc(func(_ *rt.Instance, i int32) int32 { return config[i] }),
		"ready":  rt.MustFunc(func(*rt.Instance, int32) { ready <- struct{}{} }),
		"panic":  rt.MustFunc(func(*rt.Instance) {}),
		"go":     rt.MustFunc(func(*rt.Instance) { <-end }),
	}
	imports := rt.Linker{"wasi_snapshot_preview1": sys, "test": test}
	ctx, cancel := context.WithCancel(context.Background())
	for form, run := range map[string]func() error{
		"guard":   func() error { return threads.Run(ctx, guard.Instantiate, imports, threads.Config{}) },
		"checked": func() error { return threads.Run(ctx, checked.Instantiate, imports, threads.Config{}) },
	} {
		ctx, cancel = context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- run() }()
		for range *number {
			<-ready
		}
		var late []time.Duration
		for range *sleeps {
			start := time.Now()
			time.Sleep(time.Millisecond)
			late = append(late, time.Since(start)-time.Millisecond)
		}
		cancel()
		<-ended
		slices.Sort(late)
		median := late[len(late)/2]
		fmt.Printf("%s: %d threads, GOMAXPROCS %d: a host goroutine wakes late by %v (median), %v (worst)\n",
			form, *number, runtime.GOMAXPROCS(0), median, late[len(late)-1])
		if median > *limit {
			os.Exit(1)
		}
	}
}
