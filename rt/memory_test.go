package rt

import (
	"bytes"
	"errors"
	"io"
	"runtime/debug"
	"testing"
)

// forms runs a test on memories of both forms, as far as the platform has them.
func forms(t *testing.T, f func(t *testing.T, guard bool)) {
	t.Run("checked", func(t *testing.T) { f(t, false) })
	if !canMap {
		t.Log("guard form not run: the platform has no mmap")
		return
	}
	t.Run("guard", func(t *testing.T) { f(t, true) })
}

// trapOf runs f and returns the kind it trapped with, 0 for none.
func trapOf(t *testing.T, f func()) (kind TrapKind) {
	t.Helper()
	defer func() {
		switch v := recover().(type) {
		case nil:
		case TrapKind:
			kind = v
		default:
			t.Fatalf("panic %v is no trap", v)
		}
	}()
	f()
	return 0
}

func mustMemory(t *testing.T, typ MemoryType, guard bool, max uint64) *Memory {
	t.Helper()
	m, err := NewMemory(typ, guard, max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestGrow(t *testing.T) {
	forms(t, func(t *testing.T, guard bool) {
		m := mustMemory(t, MemoryType{Min: 1, Max: 4, HasMax: true}, guard, 0)
		m.Bytes()[7] = 42
		steps := []struct{ n, want, pages int32 }{{0, 1, 1}, {1, 1, 2}, {3, -1, 2}, {-1, -1, 2}, {2, 2, 4}, {1, -1, 4}}
		for _, s := range steps {
			if got := m.Grow(s.n); got != s.want || m.Pages() != s.pages {
				t.Errorf("Grow(%d) = %d with %d pages, want %d with %d", s.n, got, m.Pages(), s.want, s.pages)
			}
		}
		b := m.Bytes()
		if b[7] != 42 || len(b) != 4*PageSize || b[len(b)-1] != 0 {
			t.Error("content is lost or dirty after growth")
		}
	})
}

func TestHostLimit(t *testing.T) {
	forms(t, func(t *testing.T, guard bool) {
		m := mustMemory(t, MemoryType{Min: 1}, guard, 2*PageSize+5)
		if m.Grow(1) != 1 || m.Grow(1) != -1 {
			t.Error("the host's limit does not hold")
		}
		if _, err := NewMemory(MemoryType{Min: 3}, guard, 2*PageSize); err == nil {
			t.Error("a memory that begins beyond the host's limit was made")
		}
	})
}

func TestBulk(t *testing.T) {
	forms(t, func(t *testing.T, guard bool) {
		m := mustMemory(t, MemoryType{Min: 1}, guard, 0)
		m.Init("hello", 0, 1, 3)
		m.Fill(10, 0x1ab, 4)
		m.Copy(m, 1, 0, 4)
		want := append([]byte("\x65ell\x00"), 0, 0, 0, 0, 0, 0xab, 0xab, 0xab, 0xab)
		want = append([]byte("eell\x00"), want[5:]...)
		if got := m.Bytes()[:14]; !bytes.Equal(got, want) {
			t.Errorf("memory is %q, want %q", got, want)
		}
		out := []func(){
			func() { m.Fill(PageSize, 0, 1) }, func() { m.Fill(-1, 0, 0) }, func() { m.Fill(1, 0, -1) },
			func() { m.Copy(m, 0, PageSize-1, 2) }, func() { m.Copy(m, PageSize-1, 0, 2) },
			func() { m.Init("abc", 0, 2, 2) }, func() { m.Init("abc", PageSize-1, 0, 2) }, func() { m.Init("", 0, 1, 0) },
		}
		for i, f := range out {
			if k := trapOf(t, f); k != OutOfBoundsMemory {
				t.Errorf("case %d: trap %v, want out of bounds", i, k)
			}
		}
		for i, f := range []func(){func() { m.Fill(PageSize, 0, 0) }, func() { m.Copy(m, PageSize, PageSize, 0) }, func() { m.Init("abc", PageSize, 3, 0) }} {
			if k := trapOf(t, f); k != 0 {
				t.Errorf("empty case %d: trap %v", i, k)
			}
		}
	})
}

func TestSlice(t *testing.T) {
	m := mustMemory(t, MemoryType{Min: 1}, false, 0)
	cases := []struct {
		addr uint32
		n    uint64
		ok   bool
	}{{0, PageSize, true}, {0, PageSize + 1, false}, {PageSize, 0, true}, {PageSize + 1, 0, false}, {1<<32 - 1, 1 << 40, false}, {5, 1<<64 - 3, false}}
	for _, c := range cases {
		if b, ok := m.Slice(c.addr, c.n); ok != c.ok || ok && uint64(len(b)) != c.n {
			t.Errorf("Slice(%d, %d) = %d bytes, %v", c.addr, c.n, len(b), ok)
		}
	}
}

// TestClosedMemoryFaults: a base that outlives its memory can reach nothing, and the fault still counts as a trap.
func TestClosedMemoryFaults(t *testing.T) {
	if !canMap {
		t.Skip("no mmap on this platform")
	}
	m, err := NewMemory(MemoryType{Min: 1}, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	base := (*byte)(m.Base())
	*base = 1
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if m.Size() != 0 || m.Grow(1) != -1 {
		t.Error("a closed memory has a size or grows")
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if k, ok := kindOf(recover()); !ok || k != OutOfBoundsMemory {
			t.Errorf("access to a closed memory: %v, %v", k, ok)
		}
	}()
	*base = 2
	t.Error("access to a closed memory went through")
}

// TestManyMemories: address space of closed memories comes back. 40,000 reservations of 8 GiB are more than there is.
func TestManyMemories(t *testing.T) {
	if !canMap {
		t.Skip("no mmap on this platform")
	}
	if testing.Short() {
		t.Skip("-short is set, and this makes 40,000 mappings")
	}
	for i := range 40_000 {
		m, err := NewMemory(MemoryType{Min: 1}, true, 0)
		if err != nil {
			t.Fatalf("memory %d: %v", i, err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLinkTypes(t *testing.T) {
	mem := mustMemory(t, MemoryType{Min: 2, Max: 5, HasMax: true}, false, 0)
	table, err := NewTable(TableType{Elem: 'r', Min: 3})
	if err != nil {
		t.Fatal(err)
	}
	l := Linker{"m": Host{
		"mem": mem, "table": table, "g": &Global[int32]{V: 7, Mutable: true},
		"f": MustFunc(func(*Instance, int32) int64 { return 0 }),
	}}
	var f func(*Instance, int32) int64
	var bad func(*Instance, int64) int64
	var ref *Func
	cases := map[string]struct {
		err error
		ok  bool
	}{
		"func":          {ImportFunc(l, "m", "f", "i:I", &f, &ref), true},
		"func type":     {ImportFunc(l, "m", "f", "I:I", &bad, &ref), false},
		"func kind":     {ImportFunc(l, "m", "mem", "i:I", &f, &ref), false},
		"missing":       {ImportFunc(l, "m", "none", "i:I", &f, &ref), false},
		"no module":     {ImportFunc(l, "x", "f", "i:I", &f, &ref), false},
		"memory":        {CheckMemory(mem, "m", "mem", MemoryType{Min: 1, Max: 5, HasMax: true}, false), true},
		"memory min":    {CheckMemory(mem, "m", "mem", MemoryType{Min: 3}, false), false},
		"memory max":    {CheckMemory(mem, "m", "mem", MemoryType{Min: 1, Max: 4, HasMax: true}, false), false},
		"memory shared": {CheckMemory(mem, "m", "mem", MemoryType{Min: 1, Shared: true}, false), false},
		"memory form":   {CheckMemory(mem, "m", "mem", MemoryType{Min: 1}, true), false},
		"table":         {CheckTable(table, "m", "table", TableType{Elem: 'r', Min: 3}), true},
		"table max":     {CheckTable(table, "m", "table", TableType{Elem: 'r', Max: 9, HasMax: true}), false},
		"table type":    {CheckTable(table, "m", "table", TableType{Elem: 'x'}), false},
	}
	_, err = ImportGlobal[int32](l, "m", "g", true)
	cases["global"] = struct {
		err error
		ok  bool
	}{err, true}
	_, err = ImportGlobal[int64](l, "m", "g", true)
	cases["global type"] = struct {
		err error
		ok  bool
	}{err, false}
	_, err = ImportGlobal[int32](l, "m", "g", false)
	cases["global mutability"] = struct {
		err error
		ok  bool
	}{err, false}
	for name, c := range cases {
		var le *LinkError
		if (c.err == nil) != c.ok || c.err != nil && !errors.As(c.err, &le) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

// TestAccess: ReadAt and WriteAt never fault, whatever happens to the memory meanwhile.
func TestAccess(t *testing.T) {
	forms(t, func(t *testing.T, guard bool) {
		m := mustMemory(t, MemoryType{Min: 1, Max: 1, HasMax: true, Shared: true}, guard, 0)
		p := []byte("hello")
		if n, err := m.WriteAt(p, PageSize-5); n != 5 || err != nil {
			t.Errorf("WriteAt = %d, %v", n, err)
		}
		if n, err := m.WriteAt(p, PageSize-4); n != 4 || err != io.ErrShortWrite {
			t.Errorf("WriteAt over the end = %d, %v", n, err)
		}
		if n, err := m.ReadAt(p, PageSize-2); n != 2 || err != io.EOF || string(p[:2]) != "ll" {
			t.Errorf("ReadAt over the end = %d, %v, %q", n, err, p)
		}
		for _, off := range []int64{-1, PageSize + 1} {
			if _, err := m.ReadAt(p, off); err == nil {
				t.Errorf("ReadAt at %d works", off)
			}
		}
		done := make(chan bool)
		go func() {
			big := make([]byte, PageSize)
			for n := PageSize; n == PageSize; {
				n, _ = m.ReadAt(big, 0)
			}
			close(done)
		}()
		m.poison()
		<-done
		if _, err := m.WriteAt(p, 0); err == nil {
			t.Error("a poisoned memory can be written")
		}
	})
}

// TestInitAll: segments are written one after the other, up to the first that does not fit.
func TestInitAll(t *testing.T) {
	m, err := NewMemory(MemoryType{Min: 1}, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.InitAll("abcdef", []uint32{2, 3, 10, 0, 4, 3})
	if got := string(m.Bytes()[:8]); got != "\x00\x00abdef\x00" {
		t.Errorf("memory begins with %q", got)
	}
	defer func() {
		if v := recover(); v != OutOfBoundsMemory {
			t.Errorf("a segment out of bounds: %v", v)
		}
		if got := string(m.Bytes()[:1]); got != "x" {
			t.Errorf("the segment in front of it left %q", got)
		}
	}()
	m.InitAll("xy", []uint32{0, 1, 65536, 1})
}
