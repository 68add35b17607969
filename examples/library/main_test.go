package main

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/wasm2go/wasm2go/examples/library/distance"
	"github.com/wasm2go/wasm2go/rt"
)

// reference is the distance by the definition.
func reference(a, b string) int32 {
	if a == "" || b == "" {
		return int32(len(a) + len(b))
	}
	change := reference(a[1:], b[1:])
	if a[0] != b[0] {
		change++
	}
	return min(change, reference(a[1:], b)+1, reference(a, b[1:])+1)
}

func TestDistance(t *testing.T) {
	h := &host{}
	m, err := distance.New(rt.Config{}, distance.Imports{Host: h})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, r.IntN(7))
		for i := range b {
			b[i] = 'a' + byte(r.IntN(3))
		}
		return string(b)
	}
	rows := 0
	for range 200 {
		a, b := word(), word()
		rows += len(a)
		if d, err := words(m, a, b); err != nil || d != reference(a, b) {
			t.Fatalf("words(%q, %q) = %d, %v, want %d", a, b, d, err, reference(a, b))
		}
	}
	if h.calls != rows {
		t.Errorf("host was called %d times, want %d", h.calls, rows)
	}
}

// TestTrap shows that a trap is an error, and that the instance, and others, go on.
func TestTrap(t *testing.T) {
	m, err := distance.New(rt.Config{}, distance.Imports{Host: &host{}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Distance(5000, 1)
	var trap *rt.Trap
	if !errors.As(err, &trap) || !errors.Is(err, rt.Unreachable) || trap.Stack[0].Name != "distance" {
		t.Fatalf("err = %v, want the trap unreachable in distance", err)
	}
	if d, err := words(m, "kitten", "sitting"); err != nil || d != 3 {
		t.Errorf("after the trap: %d, %v", d, err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := m.Distance(1, 1); !errors.Is(err, rt.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Progress(*rt.Instance, int32, int32) { rt.Fail(f.err) }

type panicking struct{ value any }

func (p panicking) Progress(*rt.Instance, int32, int32) { panic(p.value) }

// TestHostErrors: what a host function fails or panics with reaches the caller.
func TestHostErrors(t *testing.T) {
	mine := errors.New("mine")
	m, err := distance.New(rt.Config{}, distance.Imports{Host: failing{mine}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := words(m, "a", "b"); err != mine {
		t.Errorf("err = %v, want the host's own", err)
	}
	p, err := distance.New(rt.Config{}, distance.Imports{Host: panicking{mine}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, err = words(p, "a", "b")
	var pe *rt.PanicError
	if !errors.As(err, &pe) || !errors.Is(err, mine) {
		t.Errorf("err = %v, want a PanicError with the host's error", err)
	}
	var ip []int
	q, err := distance.New(rt.Config{}, distance.Imports{Host: indexing{ip}})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if _, err := words(q, "a", "b"); !errors.As(err, &pe) || errors.Is(err, rt.OutOfBoundsMemory) {
		t.Errorf("err = %v, want a PanicError: the host's fault is no trap", err)
	}
}

type indexing struct{ list []int }

func (x indexing) Progress(_ *rt.Instance, row, _ int32) { x.list[row]++ }
