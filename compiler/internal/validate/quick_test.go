package validate

import (
	"slices"
	"testing"

	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// TestQuickAgrees: with and without what quick knows, Check says the same, for each one-byte opcode, immediates, operands and
// places.
func TestQuickAgrees(t *testing.T) {
	values := [][]byte{nil, {0x41, 0}, {0x42, 0}, {0x43, 0, 0, 0, 0}, {0x44, 0, 0, 0, 0, 0, 0, 0, 0}}
	immediates := [][]byte{nil, {0}, {1}, {2}, {3}, {0x7f}, {0x80, 1}, {0x81, 0x80, 0x80, 0x80, 0}, {0x80, 0x80, 0x80, 0x80, 0x10},
		{0xff, 0xff, 0xff, 0xff, 0x0f}, {0xff, 0xff, 0xff, 0xff, 0x7f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}}
	for align := range byte(5) {
		immediates = append(immediates, []byte{align, 0}, []byte{align, 0x80, 0x01}, []byte{align, 0xff, 0xff, 0xff, 0xff, 0x0f},
			[]byte{align, 0xff, 0xff, 0xff, 0xff, 0x1f}, []byte{align, 0x80, 0x80, 0x80, 0x80, 0x80, 0})
	}
	immediates = append(immediates, []byte{0x40, 0, 0}, []byte{0x40, 1, 0})
	places := []struct{ before, behind []byte }{{nil, nil}, {[]byte{0x02, 0x40}, []byte{0x0b}}, {[]byte{0x00}, nil}}

	for _, memory := range [][]byte{nil, {5, 3, 1, 0, 1}} {
		m, err := wasm.Decode(bin(section(1, []byte{1, 0x60, 0, 0}), []byte{3, 2, 1, 0}, memory,
			section(6, []byte{3, 0x7f, 1, 0x41, 0, 0x0b, 0x7e, 0, 0x42, 0, 0x0b, 0x7d, 1, 0x43, 0, 0, 0, 0, 0x0b}),
			section(10, vec(sized([]byte{5, 1, 0x7f, 1, 0x7e, 1, 0x7d, 1, 0x7c, 0x80, 1, 0x7f, 0x0b})))))
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewChecker(m)
		if err != nil {
			t.Fatal(err)
		}
		with, without := c.NewBody(), c.NewBody()
		without.quicks = new([256]quick)
		quicks := 0
		for code := range 256 {
			for _, imm := range immediates {
				for _, x := range values {
					for _, y := range values {
						for _, p := range places {
							body := slices.Concat(x, p.before, y, []byte{byte(code)}, imm, []byte{0x1a}, repeat(8, 0x01), p.behind, []byte{0x0b})
							m.Bytes, m.Codes[0].Start, m.Codes[0].End = body, 0, len(body)
							got, want := with.Check(0), without.Check(0)
							if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
								t.Fatalf("% x: %v, expected %v", body, got, want)
							}
							if got == nil && with.quicks[code].form != op.NoForm {
								quicks++
							}
						}
					}
				}
			}
		}
		if quicks == 0 {
			t.Error("nothing was valid")
		}
		t.Log(quicks, "valid")
	}
}
