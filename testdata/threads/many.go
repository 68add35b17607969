//go:build ignore

// Command many runs parked.wat or spawnjoin.wat, in both memory forms, with many threads, and looks at what they cost
// and leave. TestThreadsParked and TestThreadsInTurn build it together with the packages made from these modules.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"

	"MODULE/checked"
	"MODULE/guard"
)

var (
	n      = flag.Int("n", 1000, "threads")
	max    = flag.Int("max", 0, "threads at a time")
	parked = flag.Bool("parked", false, "the module is parked.wat: it calls test.go and then traps")
)

// usage is what the process has at a moment.
type usage struct {
	at         time.Time
	rss, heap  uint64 // bytes
	allocated  uint64 // bytes, ever
	goroutines int
}

func measure() usage {
	u := usage{at: time.Now(), rss: resident(), goroutines: runtime.NumGoroutine()}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.allocated = m.HeapAlloc, m.TotalAlloc
	return u
}

// resident is the memory of the process, 0 where the system does not tell.
func resident() (kB uint64) {
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmRSS:"); ok {
		_, _ = fmt.Sscan(rest, &kB)
	}
	return kB << 10
}

// settled is what is left when everything that has ended is collected. Ending goroutines get a second.
func settled(goroutines int) usage {
	for end := time.Now().Add(time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	runtime.GC()
	return measure()
}

// run runs the module and returns its error and what there was when it called test.go.
func run(form string) (parked usage, err error) {
	imports := rt.Linker{"test": rt.Host{
		"config": rt.MustFunc(func(*rt.Instance, int32) int32 { return int32(*n) }),
		"ready":  rt.MustFunc(func(*rt.Instance, int32) {}),
		"go":     rt.MustFunc(func(*rt.Instance) { parked = measure(); parked.at = time.Now() }),
	}, "wasi_snapshot_preview1": rt.Host{
		"proc_exit": rt.MustFunc(func(_ *rt.Instance, code int32) { rt.Exit(uint32(code)) }),
	}}
	cfg := threads.Config{MaxThreads: *max, Grace: time.Minute}
	if form == "guard" {
		err = threads.Run(context.Background(), guard.Instantiate, imports, cfg)
	} else {
		err = threads.Run(context.Background(), checked.Instantiate, imports, cfg)
	}
	return parked, err
}

// check runs a form, prints what it took, and looks for what must not be.
func check(form string) error {
	before := settled(1)
	mid, err := run(form)
	ended := time.Now()
	after := settled(before.goroutines)
	per := func(bytes uint64, was uint64) float64 { return float64(int64(bytes)-int64(was)) / float64(*n) }
	fmt.Printf("%s: %d threads, GOMAXPROCS %d: ", form, *n, runtime.GOMAXPROCS(0))
	if *parked {
		fmt.Printf("started in %v; %.0f bytes each, %.0f of them heap, %d goroutines; ended in %v; ", mid.at.Sub(before.at),
			per(mid.rss, before.rss), per(mid.heap, before.heap), mid.goroutines, ended.Sub(mid.at))
		if !errors.Is(err, rt.Unreachable) {
			return fmt.Errorf("ended with %v", err)
		}
		if mid.goroutines < *n {
			return fmt.Errorf("only %d goroutines", mid.goroutines)
		}
	} else {
		fmt.Printf("%v each; ", ended.Sub(before.at)/time.Duration(*n))
		if err != nil {
			return fmt.Errorf("ended with %v", err)
		}
	}
	fmt.Printf("heap %d kB, then %d; goroutines %d, then %d\n", before.heap>>10, after.heap>>10, before.goroutines, after.goroutines)
	if each := (after.allocated - before.allocated) / uint64(*n); each > 8<<10 {
		return fmt.Errorf("a thread allocates %d bytes", each)
	}
	if after.goroutines > before.goroutines {
		return errors.New("goroutines are left")
	}
	// The Go runtime never frees the descriptors of goroutines, some 440 bytes for each that has lived at the same time.
	allowed := int64(1 << 20)
	if *parked {
		allowed += int64(*n) * 512
	}
	if grown := int64(after.heap) - int64(before.heap); grown > allowed {
		return fmt.Errorf("the heap has grown by %d bytes", grown)
	}
	return nil
}

func main() {
	flag.Parse()
	code := 0
	for _, form := range []string{"guard", "checked"} {
		if err := check(form); err != nil {
			fmt.Printf("\n%s: %v\n", form, err)
			code = 1
		}
	}
	os.Exit(code)
}
