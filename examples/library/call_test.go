package main

import (
	"testing"

	"github.com/wasm2go/wasm2go/examples/library/distance"
	"github.com/wasm2go/wasm2go/rt"
)

func instance(tb testing.TB) *distance.Instance {
	m, err := distance.New(rt.Config{}, distance.Imports{Host: &host{}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	return m
}

// hostCalls is how often one call of intoHost calls the host.
const hostCalls = 1000

// intoGuest calls an export that does next to nothing, intoHost one that calls the host for each of hostCalls rows.
func intoGuest(m *distance.Instance) error { _, err := m.Buffer(1); return err }
func intoHost(m *distance.Instance) error  { _, err := m.Distance(hostCalls, 0); return err }

func BenchmarkCallGuest(b *testing.B) {
	m := instance(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := intoGuest(m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallHost's figure is that of hostCalls calls.
func BenchmarkCallHost(b *testing.B) {
	m := instance(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := intoHost(m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/hostCalls, "ns/call")
}

// TestCallsDoNotAllocate: neither calls into the guest nor calls of host functions.
func TestCallsDoNotAllocate(t *testing.T) {
	m := instance(t)
	for name, call := range map[string]func(*distance.Instance) error{"into the guest": intoGuest, "into the host": intoHost} {
		n := testing.AllocsPerRun(100, func() {
			if err := call(m); err != nil {
				t.Error(err)
			}
		})
		if n != 0 {
			t.Errorf("calls %s: %v allocations", name, n)
		}
	}
}
