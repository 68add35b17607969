// Command pool embeds a Rust program with a pool of threads, compiled to WebAssembly and translated to Go. Its arguments
// are the program's: [threads [n]], or panic for a worker that fails.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/wasm2go/wasm2go/examples/pool/rayonpool"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

//go:generate go run github.com/wasm2go/wasm2go/cmd/wasm2go -o rayonpool guest/pool.wasm

// threadLog writes each line with the thread that it is from. A thread may write a line in pieces, and another thread in
// between. Package wasi calls it from one thread at a time.
type threadLog struct {
	w       io.Writer
	partial map[int32][]byte // of each thread, since its last newline
}

func newThreadLog(w io.Writer) *threadLog { return &threadLog{w: w, partial: map[int32][]byte{}} }

// Write implements io.Writer, which a wasi.ThreadWriter is as well.
func (l *threadLog) Write(p []byte) (int, error) { return l.WriteThread(0, p) }

// WriteThread implements wasi.ThreadWriter.
func (l *threadLog) WriteThread(thread int32, p []byte) (int, error) {
	rest := append(l.partial[thread], p...)
	for {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if !whole {
			break
		}
		rest = after
		if _, err := fmt.Fprintf(l.w, "[thread %d] %s\n", thread, line); err != nil {
			return 0, err
		}
	}
	if len(rest) == 0 {
		delete(l.partial, thread)
	} else {
		l.partial[thread] = rest
	}
	return len(p), nil
}

// run runs the program until it ends or ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	sys, err := wasi.New(wasi.Config{Args: append([]string{"pool"}, args...), Stdout: stdout, Stderr: newThreadLog(stderr)})
	if err != nil {
		return err
	}
	defer sys.Close()
	return threads.Run(ctx, rayonpool.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, threads.Config{})
}

func main() {
	timeout := flag.Duration("timeout", time.Minute, "stop the program after this `time`")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	err := run(ctx, flag.Args(), os.Stdout, os.Stderr)
	cancel()
	fmt.Fprint(os.Stderr, rt.Report(err))
	os.Exit(rt.ExitCode(err))
}
