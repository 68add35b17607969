package wasi

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// pipes are the kinds of pipes that a host may pass on.
var pipes = map[string]func(testing.TB) (r, w *os.File){"pipe": osPipe}

var benchSizes = []int{16, 1024, 16384}

// benchRead reads size bytes at a time from stdin, of which refill sees to it that it has some.
func benchRead(b *testing.B, name string, size int, stdin io.Reader, refill func() (n int)) {
	b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) {
		g := newGuest(b, Config{Stdin: stdin})
		p, n := g.iovs(size)
		res := g.alloc(4)
		b.SetBytes(int64(size))
		left := 0
		for b.Loop() {
			if left < size {
				b.StopTimer()
				left = refill()
				b.StartTimer()
			}
			if g.s.FdRead(g.in, 0, p, n, res) != 0 || g.u32(res) != uint32(size) {
				b.Fatal("read")
			}
			left -= size
		}
	})
}

// BenchmarkFdRead reads what is there.
func BenchmarkFdRead(b *testing.B) {
	data := make([]byte, 32768)
	path := filepath.Join(b.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		b.Fatal(err)
	}
	for _, size := range benchSizes {
		for name, open := range pipes {
			r, w := open(b)
			benchRead(b, name, size, r, func() int {
				_, _ = w.Write(data)
				return len(data)
			})
		}
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		r := bytes.NewReader(data)
		for name, s := range map[string]io.ReadSeeker{"file": f, "buffer": r} {
			benchRead(b, name, size, s, func() int {
				_, _ = s.Seek(0, io.SeekStart)
				return len(data)
			})
		}
	}
}

func benchWrite(b *testing.B, name string, size int, w io.Writer, after func()) {
	b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) {
		g := newGuest(b, Config{Stdout: w})
		p, n := g.iovs(size)
		res := g.alloc(4)
		b.SetBytes(int64(size))
		for b.Loop() {
			if g.s.FdWrite(g.in, 1, p, n, res) != 0 || g.u32(res) != uint32(size) {
				b.Fatal("write")
			}
			after()
		}
	})
}

func BenchmarkFdWrite(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for _, size := range benchSizes {
		var buf bytes.Buffer
		benchWrite(b, "buffer", size, &buf, buf.Reset)
		benchWrite(b, "discard", size, io.Discard, func() {})
		benchWrite(b, "null", size, null, func() {})
		benchWrite(b, "file", size, f, func() { _, _ = f.Seek(0, io.SeekStart) })
		for name, open := range pipes {
			r, w := open(b)
			go func() { _, _ = io.Copy(io.Discard, r) }()
			benchWrite(b, name, size, w, func() {})
		}
	}
}

// BenchmarkPingPong waits for the answer to what it wrote.
func BenchmarkPingPong(b *testing.B) {
	for name, open := range pipes {
		b.Run(name, func(b *testing.B) {
			r1, w1 := open(b)
			r2, w2 := open(b)
			g := newGuest(b, Config{Stdin: r1, Stdout: w2})
			go func() { _, _ = io.CopyBuffer(onlyWriter{w1}, onlyReader{r2}, make([]byte, 16)) }()
			p, n := g.iovs(16)
			res := g.alloc(4)
			for b.Loop() {
				g.s.FdWrite(g.in, 1, p, n, res)
				g.s.FdRead(g.in, 0, p, n, res)
			}
		})
	}
}

// BenchmarkPathOpen opens and closes a file with each backend.
func BenchmarkPathOpen(b *testing.B) {
	for _, backend := range hostBackends() {
		for _, name := range []string{"file", "a/b/file"} {
			b.Run(backend.name+"/"+name, func(b *testing.B) {
				testBackend = backend
				defer func() { testBackend = hostBackends()[0] }()
				g, dir := newDirGuest(b)
				if err := os.MkdirAll(filepath.Join(dir, "a/b"), 0o777); err != nil {
					b.Fatal(err)
				}
				writeFile(b, dir, name, "")
				p, n := g.str(name)
				res := g.alloc(4)
				b.ReportAllocs()
				for b.Loop() {
					if g.s.PathOpen(g.in, root, 1, p, n, 0, int64(rightFdRead), 0, 0, res) != 0 || g.s.FdClose(g.in, int32(g.u32(res))) != 0 {
						b.Fatal("path_open")
					}
				}
			})
		}
	}
}

// BenchmarkReaddir reads a directory of 100 files with one call.
func BenchmarkReaddir(b *testing.B) {
	g, dir := newDirGuest(b)
	for i := range 100 {
		writeFile(b, dir, fmt.Sprint("file", i), "")
	}
	buf, res := g.alloc(16384), g.alloc(4)
	b.ReportAllocs()
	for b.Loop() {
		if g.s.FdReaddir(g.in, root, buf, 16384, 0, res) != 0 {
			b.Fatal("fd_readdir")
		}
	}
}
