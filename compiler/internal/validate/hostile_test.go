package validate

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/wasm2go/wasm2go/compiler/internal/cputime"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

const ok = wasm.ErrorKind(255) // no error expected

// hostile lists modules made to cost time or memory.
var hostile = []struct {
	name string
	bin  func() []byte
	kind wasm.ErrorKind
}{
	{"huge type count", func() []byte { return bin(section(1, []byte{0xff, 0xff, 0xff, 0xff, 0x0f})) }, wasm.Malformed},
	{"huge section", func() []byte { return bin([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f}) }, wasm.Malformed},
	{"huge name", func() []byte { return bin(section(0, []byte{0xff, 0xff, 0xff, 0xff, 0x0f})) }, wasm.Malformed},
	{"huge body count", func() []byte { return bin(section(10, []byte{0xff, 0xff, 0xff, 0xff, 0x0f})) }, wasm.Malformed},
	{"huge parameter count", func() []byte { return bin(section(1, []byte{1, 0x60, 0xff, 0xff, 0xff, 0xff, 0x0f})) }, wasm.Malformed},
	{"too many parameters", func() []byte {
		return bin(section(1, vec(cat([]byte{0x60}, leb(1001), repeat(1001, 0x7f), []byte{0}))))
	}, wasm.TooLarge},
	{"locals bomb", func() []byte {
		return oneFunc(cat(leb(100_000), repeat(100_000, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f), []byte{0x0b}))
	}, wasm.Malformed},
	{"2^32-1 locals", func() []byte { return oneFunc([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b}) }, wasm.TooLarge},
	{"empty runs of locals", func() []byte {
		return oneFunc(cat(leb(500_000), repeat(500_000, 0x00, 0x7f), []byte{0x20, 0x00, 0x1a, 0x0b}))
	}, wasm.Invalid},
	{"100,000 functions of 50,000 locals", func() []byte {
		n := 100_000
		body := sized([]byte{1, 0xd0, 0x86, 0x03, 0x7f, 0x20, 0xcf, 0x86, 0x03, 0x1a, 0x0b})
		return bin(section(1, []byte{1, 0x60, 0, 0}), section(3, leb(n), make([]byte, n)), section(10, leb(n), repeat(n, body...)))
	}, ok},
	{"a million blocks", func() []byte {
		return oneFunc(cat([]byte{0}, repeat(1_000_000, 0x02, 0x40), repeat(1_000_001, 0x0b)))
	}, ok},
	{"a million ifs, open", func() []byte { return oneFunc(cat([]byte{0}, repeat(1_000_000, 0x41, 0, 0x04, 0x40))) }, wasm.Malformed},
	{"br_table of a million", func() []byte {
		return oneFunc(cat([]byte{0, 0x41, 0, 0x0e}, leb(1_000_000), make([]byte, 1_000_001), []byte{0x0b}))
	}, ok},
	{"br_table of a million, one operand too few", func() []byte {
		return oneFunc(cat([]byte{0, 0x0e}, leb(1_000_000), make([]byte, 1_000_001), []byte{0x0b}))
	}, wasm.Invalid},
	{"br_table of a million to labels of 1,000 types", func() []byte {
		t := cat([]byte{0x60, 0}, leb(1000), repeat(1000, 0x7f))
		return oneFunc(cat([]byte{0}, repeat(1000, 0x41, 0), []byte{0x41, 0, 0x0e}, leb(1_000_000), make([]byte, 1_000_001), []byte{0x0b}), t)
	}, ok},
	{"br_table of 2^32-1", func() []byte {
		return oneFunc([]byte{0, 0x41, 0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x0b})
	}, wasm.Malformed},
	{"stack growth by 1,000 each", func() []byte {
		// a recursive function of 1,000 results
		t := cat([]byte{0x60, 0}, leb(1000), repeat(1000, 0x7f))
		return oneFunc(cat([]byte{0}, repeat(500_000, 0x10, 0), []byte{0x00, 0x0b}), t)
	}, wasm.TooLarge},
	{"calls of 1,000 to 1,000", func() []byte {
		t := cat([]byte{0x60}, leb(1000), repeat(1000, 0x7f), leb(1000), repeat(1000, 0x7f))
		return oneFunc(cat([]byte{0, 0x00}, repeat(500_000, 0x10, 0), []byte{0x00, 0x0b}), t)
	}, ok},
	{"a million operands", func() []byte {
		return oneFunc(cat([]byte{0}, repeat(1_000_000, 0x41, 0), repeat(1_000_000, 0x1a), []byte{0x0b}))
	}, ok},
	{"a constant expression of a million operands", func() []byte {
		return bin(section(6, []byte{1, 0x7f, 0}, repeat(1_000_000, 0x41, 0), repeat(999_999, 0x6a), []byte{0x0b}))
	}, ok},
	{"names for nobody", func() []byte {
		entries := repeat(500_000, 0, 1, 0, 1, 'x')
		return bin(section(0, sized([]byte("name")), []byte{2}, sized(leb(500_000), entries)))
	}, ok},
	{"200,000 imports", func() []byte {
		return bin(section(1, []byte{1, 0x60, 0, 0}), section(2, leb(200_000), make([]byte, 800_000)))
	}, ok},
}

func TestHostile(t *testing.T) {
	const maxTime, maxBytes = time.Second, 100 << 20
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			b := h.bin()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cputime.Now()
			err := validate(b)
			took := cputime.Since(start)
			runtime.ReadMemStats(&after)
			checkKind(t, err, h.kind)
			alloc := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes: %v, %.1f MB allocated", len(b), took.Round(time.Microsecond), float64(alloc)/(1<<20))
			// processor time, too, grows on a busy machine: it is given two more chances
			for n := 0; n < 2 && took > maxTime; n++ {
				start := cputime.Now()
				validate(b)
				took = cputime.Since(start)
			}
			if took > maxTime {
				t.Errorf("took %v, more than %v", took, maxTime)
			}
			if alloc > maxBytes {
				t.Errorf("allocated %d bytes, more than %d", alloc, maxBytes)
			}
		})
	}
}

func checkKind(t *testing.T, err error, kind wasm.ErrorKind) {
	t.Helper()
	var e *wasm.Error
	switch {
	case err == nil && kind != ok:
		t.Errorf("accepted, expected %s", kind)
	case err != nil && kind == ok:
		t.Error(err)
	case err != nil && (!errors.As(err, &e) || e.Kind != kind):
		t.Errorf("%v, expected %s", err, kind)
	}
}

// A truncated module is no module, unless the cut leaves whole sections.
func TestTruncation(t *testing.T) {
	for _, b := range seeds(t) {
		boundary := map[int]bool{8: true}
		m, err := wasm.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range m.Sections {
			boundary[s.End] = true
		}
		for n := range b {
			if err := validate(b[:n:n]); err == nil && !boundary[n] {
				t.Errorf("%d of %d bytes: accepted", n, len(b))
			}
		}
	}
}
