// Command manycalls calls a C library, compiled to WebAssembly and translated to Go, from many goroutines at once. The
// library counts the words of texts and keeps one table of them, in its memory, under a mutex of its own. The texts are
// the files of the arguments or, without any, the standard input.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wasm2go/wasm2go/examples/manycalls/words"
	"github.com/wasm2go/wasm2go/rt"
	"github.com/wasm2go/wasm2go/rt/threads"
	"github.com/wasm2go/wasm2go/rt/wasi"
)

//go:generate go run github.com/wasm2go/wasm2go/cmd/wasm2go -o words guest/words.wasm

// library is the C library at work.
type library struct {
	*threads.Program[*words.Instance]
	sys *wasi.System // its clock
}

func open(ctx context.Context, cfg threads.Config) (*library, error) {
	sys, err := wasi.New(wasi.Config{})
	if err != nil {
		return nil, err
	}
	p, err := threads.New(ctx, words.Instantiate, rt.Linker{"wasi_snapshot_preview1": sys}, cfg)
	if err != nil {
		return nil, errors.Join(err, sys.Close())
	}
	return &library{p, sys}, nil
}

func (l *library) close() error { return errors.Join(l.Close(), l.sys.Close()) }

// count returns the number of words in text and adds them to the table. Any number of goroutines may be in it.
func (l *library) count(ctx context.Context, text []byte) (n int32, err error) {
	err = l.Do(ctx, func(in *words.Instance) error {
		addr, err := in.Malloc(int32(len(text)))
		if err != nil {
			return err
		}
		if addr == 0 {
			return fmt.Errorf("no memory for a text of %d bytes", len(text))
		}
		defer in.Free(addr)
		// Another call that is stopped or traps takes the memory away. Then WriteAt fails, where a copy to a slice of the
		// memory would fault, and the cause is what that call got.
		if _, err := in.Memory().WriteAt(text, int64(uint32(addr))); err != nil {
			return err
		}
		n, err = in.CountWords(addr, int32(len(text)))
		return err
	})
	return n, err
}

// distinct returns the number of words in the table.
func (l *library) distinct(ctx context.Context) (n int32, err error) {
	err = l.Do(ctx, func(in *words.Instance) error {
		n, err = in.Distinct()
		return err
	})
	return n, err
}

// cut returns the first piece of text, which ends with a line, and the rest.
func cut(text []byte) (piece, rest []byte) {
	const size = 16 << 10
	if len(text) <= size {
		return text, nil
	}
	i := bytes.IndexByte(text[size:], '\n')
	if i < 0 {
		return text, nil
	}
	return text[:size+i+1], text[size+i+1:]
}

// countAll counts the words of text by so many goroutines.
func (l *library) countAll(ctx context.Context, goroutines int, text []byte) (int, error) {
	pieces := make(chan []byte)
	var total atomic.Int64
	var failed sync.Once
	var firstErr error
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for p := range pieces {
				n, err := l.count(ctx, p)
				if err != nil {
					failed.Do(func() { firstErr = err })
				}
				total.Add(int64(n))
			}
		})
	}
	for len(text) > 0 {
		var p []byte
		p, text = cut(text)
		pieces <- p
	}
	close(pieces)
	wg.Wait()
	return int(total.Load()), firstErr
}

func read(files []string) ([]byte, error) {
	if len(files) == 0 {
		return io.ReadAll(os.Stdin)
	}
	var text []byte
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text = append(append(text, b...), '\n')
	}
	return text, nil
}

func run(ctx context.Context, goroutines int, files []string, stdout io.Writer) error {
	text, err := read(files)
	if err != nil {
		return err
	}
	l, err := open(ctx, threads.Config{})
	if err != nil {
		return err
	}
	defer l.close()
	total, err := l.countAll(ctx, goroutines, text)
	if err != nil {
		return err
	}
	distinct, err := l.distinct(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d words, %d of them distinct\n", total, distinct)
	for _, s := range l.Threads() {
		fmt.Fprintf(stdout, "thread %d: %v\n", s.Thread, s.State)
	}
	return nil
}

func main() {
	goroutines := flag.Int("n", 8, "call from this `number` of goroutines")
	timeout := flag.Duration("timeout", time.Minute, "give up after this `time`")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if err := run(ctx, max(*goroutines, 1), flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
