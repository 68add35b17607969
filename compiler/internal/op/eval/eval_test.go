package eval_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/wasm2go/wasm2go/compiler/internal/op"
	"github.com/wasm2go/wasm2go/compiler/internal/op/eval"
)

// corners are operands where instructions on integers differ.
var corners = []uint64{
	0, 1, 2, 3, 5, 7, 8, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x12345678, math.MaxInt32,
	1 << 31, math.MaxUint32, 1 << 32, 0x123456789abcdef0, math.MaxInt64, 1 << 63, math.MaxUint64, math.MaxUint64 - 1,
	math.MaxUint64 - 31,
}

// rows are the instructions that Apply knows, found by their operands: some value must give a result.
func rows() []*op.Op {
	var list []*op.Op
	for _, o := range op.All() {
		args := []uint64{1, 1}[:min(len(o.Params()), 2)]
		if _, ok := eval.Apply(o.Code, args...); ok {
			list = append(list, o)
		}
	}
	return list
}

// TestApply compares each row with wazero on all pairs of corners, traps included.
func TestApply(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	list := rows()
	mod, err := r.Instantiate(ctx, module(list))
	if err != nil {
		t.Fatal(err)
	}
	calls, traps := 0, 0
	for _, o := range list {
		fn := mod.ExportedFunction(o.Name)
		for _, args := range operands(o) {
			calls++
			want, err := fn.Call(ctx, args...)
			got, ok := eval.Apply(o.Code, args...)
			if ok != (err == nil) {
				t.Fatalf("%s%#x: trap %v, wazero: %v", o.Name, args, !ok, err)
			}
			if !ok {
				traps++
				continue
			}
			if o.Results() == "i" {
				want[0] = uint64(int64(int32(want[0])))
			}
			if got != want[0] {
				t.Fatalf("%s%#x = %#x, wazero %#x", o.Name, args, got, want[0])
			}
		}
	}
	const known = 66 // those of 2.0 without memory accesses and constants
	if len(list) != known {
		t.Errorf("%d rows, expected %d", len(list), known)
	}
	t.Logf("%d rows, %d calls, %d traps", len(list), calls, traps)
}

// operands are all lists of operands from the corners.
func operands(o *op.Op) [][]uint64 {
	lists := [][]uint64{nil}
	for _, letter := range []byte(o.Params()) {
		var longer [][]uint64
		for _, l := range lists {
			for _, x := range corners {
				if letter == 'i' {
					x = uint64(uint32(x))
				}
				longer = append(longer, append(l[:len(l):len(l)], x))
			}
		}
		lists = longer
	}
	return lists
}

func TestNotApplicable(t *testing.T) {
	for _, name := range []string{"f32.add", "i32.load", "call", "memory.size", "i32.trunc_f32_s", "i32.const"} {
		if _, ok := eval.Apply(op.ByName(name).Code, 1, 1); ok {
			t.Errorf("%s has a result", name)
		}
	}
	if _, ok := eval.Apply(op.I32Add, 1); ok {
		t.Error("i32.add of one operand has a result")
	}
}

// module makes a module with an exported function for each row: its operands are the parameters.
func module(list []*op.Op) []byte {
	var types, funcs, exports, codes [][]byte
	valTypes := map[byte]byte{'i': 0x7f, 'I': 0x7e}
	for i, o := range list {
		typ, body := []byte{0x60, byte(len(o.Params()))}, []byte{0}
		for j, letter := range []byte(o.Params()) {
			typ = append(typ, valTypes[letter])
			body = append(body, byte(op.LocalGet), byte(j))
		}
		types = append(types, append(typ, 1, valTypes[o.Results()[0]]))
		funcs = append(funcs, []byte{byte(i)})
		exports = append(exports, append(sized([]byte(o.Name)), 0, byte(i)))
		codes = append(codes, sized(append(body, byte(o.Code), byte(op.End))))
	}
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range []struct {
		id    byte
		items [][]byte
	}{{1, types}, {3, funcs}, {7, exports}, {10, codes}} {
		content := binary.AppendUvarint(nil, uint64(len(s.items)))
		for _, item := range s.items {
			content = append(content, item...)
		}
		b = append(append(b, s.id), sized(content)...)
	}
	return b
}

func sized(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }
