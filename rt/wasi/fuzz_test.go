package wasi

import (
	"bytes"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// program turns bytes into calls: a byte for the function, and one or more for each argument.
type fuzzProgram struct{ b []byte }

func (p *fuzzProgram) byte() byte {
	if len(p.b) == 0 {
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

// interesting are values at which something changes: descriptors, sizes, the end of memory, the ends of types.
var interesting = []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 24, 48, 64, 128, 255, 256, 1024, 4096, 65535, 65536, 262136, 262143,
	262144, 1 << 20, math.MaxInt32, math.MinInt32, -1, -2, -8, 1 << 32, 1 << 40, math.MaxInt64, math.MinInt64, 0x3fffffff}

// value is an interesting one, a small one, or any.
func (p *fuzzProgram) value() int64 {
	switch b := p.byte(); {
	case b < 100:
		return interesting[int(b)%len(interesting)]
	case b < 200:
		return int64(b) - 100
	default:
		var v int64
		for range b % 9 {
			v = v<<8 | int64(p.byte())
		}
		return v
	}
}

// quiet is a connection that never blocks.
type quiet struct{ io.Reader }

func (quiet) Write(p []byte) (int, error) { return len(p), nil }
func (quiet) Close() error                { return nil }

// fuzzMemory is what the memory of a guest begins with: paths, arrays of buffers, subscriptions.
var fuzzMemory = []string{0: "file", 64: "dir/inner", 128: "../secret", 192: "link", 256: "new", 320: "up/secret", 384: "dangling",
	448: "\x00\x10\x00\x00\x10\x00\x00\x00\x00\x20\x00\x00\x08\x00\x00\x00", 512: "\x07\x00\x00\x00\x00\x00\x00\x00\x01"}

// newFuzzGuest makes a guest whose directory has a secret beside it.
func newFuzzGuest(t testing.TB, b backend, base string) *guest {
	box := filepath.Join(base, "box")
	if err := os.MkdirAll(filepath.Join(box, "dir"), 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, box, "file", "hello")
	writeFile(t, box, "dir", "inner", "inner")
	writeFile(t, base, "secret", secret)
	for name, target := range map[string]string{"link": "file", "dangling": "missing", "up": "..", "outside": "../secret", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(box, name)); err != nil {
			t.Skip(err)
		}
	}
	var mono time.Duration
	s, err := newSystem(Config{Args: []string{"a", "b"}, Env: []string{"K=V"},
		Stdin: strings.NewReader("input"), Stdout: io.Discard, Stderr: new(bytes.Buffer), MaxOpen: 64,
		Dirs:      []Dir{{Host: box, Guest: "/"}, {Host: box, Guest: "/ro", ReadOnly: true}},
		Listeners: []Listener{{Accept: func() (io.ReadWriteCloser, error) { return quiet{strings.NewReader("data")}, nil }}},
		Monotonic: func() time.Duration { return mono }, Sleep: func(d time.Duration) { mono += d },
		Rand: rand.NewChaCha8([32]byte{}), Hook: Trace(io.Discard),
	}, b)
	if err != nil {
		t.Fatal(err)
	}
	g := newThread(t, s)
	for i, text := range fuzzMemory {
		copy(g.bytes(int32(i), len(text)), text)
	}
	return g
}

// maxFuzzMemory bounds what the host allocates for a call, in bytes: twice the guest's memory, a listing, a trace.
const maxFuzzMemory = 4 << 20

// FuzzCalls makes calls with any arguments and memory: no panic but those that end the guest, an errno that exists, nothing
// read or changed outside, and memory within bounds.
func FuzzCalls(f *testing.F) {
	names := slices.Sorted(maps.Keys(functions))
	for i := range names {
		f.Add([]byte{byte(i), 3, 0, 4, 64, 13, 13, 13, 13, 13, 13, byte(i), 103, 100, 104, 104, 104, 104, 104, 104, 104}, []byte("file"))
		f.Add([]byte{byte(i), 28, 27, 28, 29, 33, 34, 28, 28, 28}, []byte{0xff, 0xff})
	}
	open := byte(slices.Index(names, "path_open"))
	f.Add([]byte{open, 3, 1, 100, 4, 100, 255, 255, 255, 0, 200, 18, byte(slices.Index(names, "fd_read")), 106, 22, 2, 18}, []byte("file"))
	f.Fuzz(func(t *testing.T, calls, memory []byte) {
		base := t.TempDir()
		for _, b := range hostBackends() {
			g := newFuzzGuest(t, b, filepath.Join(base, b.name))
			copy(g.bytes(1024, min(len(memory), 4096)), memory)
			p := &fuzzProgram{calls}
			for n := 0; len(p.b) > 0 && n < 50; n++ {
				fuzzCall(g, names[int(p.byte())%len(names)], p)
			}
			if err := g.s.Close(); err != nil {
				t.Error(err)
			}
			if b, err := os.ReadFile(filepath.Join(base, b.name, "secret")); err != nil || string(b) != secret {
				t.Errorf("the secret is %q, %v", b, err)
			}
			if bytes.Contains(g.bytes(0, int(memoryEnd)), []byte(secret)) {
				t.Error("the guest knows the secret")
			}
			if list, err := os.ReadDir(filepath.Join(base, b.name)); err != nil || len(list) != 2 {
				t.Errorf("beside the sandbox: %v, %v", list, err)
			}
		}
	})
}

func fuzzCall(g *guest, name string, p *fuzzProgram) {
	fn := g.s.Export(name).(*rt.Func)
	params, result, _ := strings.Cut(fn.Type, ":")
	args := []any{g.in}
	for i, letter := range params {
		v := p.value()
		if name == "fd_allocate" && i > 0 && v > 0 { // what would fill the disk
			v &= 1<<20 - 1
		}
		if letter == 'I' {
			args = append(args, v)
		} else {
			args = append(args, int32(v))
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := g.enter(func() {
		if e := callFunc(fn.Fn, args); result != "" && (e < 0 || e > int32(ENOTCAPABLE)) {
			g.t.Errorf("%s: errno %d", name, e)
		}
	})
	runtime.ReadMemStats(&after)
	if _, exit := err.(*rt.ExitError); err != nil && !(exit && (name == "proc_exit" || name == "proc_raise")) {
		g.t.Errorf("%s %v: %v", name, args[1:], err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > maxFuzzMemory {
		g.t.Errorf("%s %v: %d bytes allocated", name, args[1:], n)
	}
}
