package rt

import "testing"

func TestTable(t *testing.T) {
	table, err := NewTable(TableType{Elem: 'r', Min: 2, Max: 5, HasMax: true})
	if err != nil {
		t.Fatal(err)
	}
	f := MustFunc(func(*Instance) int32 { return 1 })
	table.SetFunc(1, f)
	if table.GetFunc(1) != f || table.GetFunc(0) != nil || table.Size() != 2 {
		t.Error("get does not return what set stored")
	}
	if table.GrowFunc(f, 2) != 2 || table.GrowFunc(nil, 2) != -1 || table.GetFunc(3) != f {
		t.Error("grow")
	}
	table.FillFunc(1, nil, 2)
	if table.GetFunc(1) != nil || table.GetFunc(3) != f {
		t.Error("fill")
	}
	table.Copy(table, 0, 3, 1)
	table.Init([]any{nil, f}, 1, 1, 1)
	if table.GetFunc(0) != f || table.GetFunc(1) != f {
		t.Error("copy or init")
	}
	traps := []struct {
		want TrapKind
		f    func()
	}{
		{OutOfBoundsTable, func() { table.Get(4) }}, {OutOfBoundsTable, func() { table.Set(-1, nil) }},
		{OutOfBoundsTable, func() { table.Fill(4, nil, 1) }}, {OutOfBoundsTable, func() { table.Copy(table, 0, 2, 3) }},
		{OutOfBoundsTable, func() { table.Init(nil, 0, 0, 1) }}, {UndefinedElement, func() { table.Callee(4) }},
		{UninitializedElement, func() { table.Callee(2) }}, {UndefinedElement, func() { Slot([]any{1}, 1) }},
	}
	for i, c := range traps {
		if k := trapOf(t, c.f); k != c.want {
			t.Errorf("case %d: trap %v, want %v", i, k, c.want)
		}
	}
	if _, err := NewTable(TableType{Elem: 'r', Min: 1 << 32}); err == nil {
		t.Error("a table of 2^32 elements was made")
	}
}

// fakeOwner has functions that return their number.
type fakeOwner struct {
	refs  map[int32]*Func
	asked int
}

func (o *fakeOwner) Ref(fn int32) *Func {
	o.asked++
	if o.refs[fn] == nil {
		o.refs[fn] = &Func{Type: ":i", Code: o.Free(fn)}
	}
	return o.refs[fn]
}

func (o *fakeOwner) Free(fn int32) any { return func() int32 { return fn } }

func (o *fakeOwner) Callable(f *Func) any { return f.Code }

// TestOwnedTable: a table is shared until it is written, makes references only when asked, and Code follows what is
// written.
func TestOwnedTable(t *testing.T) {
	o := &fakeOwner{refs: map[int32]*Func{}}
	funcs := []int32{5, -1, 7, 5}
	code := []any{o.Free(5), nil, o.Free(7), o.Free(5)}
	typ := TableType{Elem: 'r', Min: 4}
	table, err := OwnedTable(typ, o, code, funcs)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { table, _ = OwnedTable(typ, o, code, funcs) }); n > 1 {
		t.Errorf("an instance's table takes %v allocations", n)
	}
	called := func(i int) int32 {
		if table.Code[i] == nil {
			return -1
		}
		return table.Code[i].(func() int32)()
	}
	check := func(want ...int32) {
		t.Helper()
		if int(table.Size()) != len(want) || len(table.Code) != len(want) {
			t.Fatalf("%d elements, %d of code, want %d", table.Size(), len(table.Code), len(want))
		}
		for i, fn := range want {
			if got := called(i); got != fn {
				t.Errorf("element %d calls %d, want %d", i, got, fn)
			}
			if f := table.GetFunc(int32(i)); f != o.refs[fn] {
				t.Errorf("element %d is not the reference of function %d", i, fn)
			}
		}
	}
	if &table.Code[0] != &code[0] || o.asked != 0 {
		t.Error("a table that nobody writes is copied, or makes references")
	}
	check(5, -1, 7, 5)
	table.Set(1, table.Get(2))
	check(5, 7, 7, 5)
	if code[1] != nil || funcs[1] != -1 {
		t.Error("a write went to what all instances share")
	}
	asked := o.asked
	table.InitFuncs(o, []int32{-1, 9, 5}, 0, 0, 2)
	if o.asked != asked {
		t.Error("table.init makes references nobody asked for")
	}
	check(-1, 9, 7, 5)
	table.Grow(table.Get(1), 2)
	check(-1, 9, 7, 5, 9, 9)
	table.InitFuncs(o, []int32{5, 7}, 3, 0, 2)
	check(-1, 9, 7, 5, 7, 9)
	table.Copy(table, 1, 0, 4)
	check(-1, -1, 9, 7, 5, 9)
	table.Fill(0, table.Get(3), 2)
	check(7, 7, 9, 7, 5, 9)
	table.Set(0, nil)
	check(-1, 7, 9, 7, 5, 9)
	if _, err := OwnedTable(TableType{Elem: 'r', Min: 1 << 32}, o, nil, nil); err == nil {
		t.Error("a table of 2^32 elements was made")
	}
}

func TestFuncCall(t *testing.T) {
	f := MustFunc(func(_ *Instance, a int32, b float64) (float64, any) { return float64(a) + b, "x" })
	if f.Type != "iF:Fx" {
		t.Errorf("Type = %q", f.Type)
	}
	res, err := f.Call(int32(1), 2.5)
	if err != nil || len(res) != 2 || res[0] != 3.5 || res[1] != "x" {
		t.Errorf("Call = %v, %v", res, err)
	}
	for _, args := range [][]any{{}, {int32(1)}, {int64(1), 2.5}, {nil, 2.5, 3}} {
		if _, err := f.Call(args...); err == nil {
			t.Errorf("Call(%v) went through", args)
		}
	}
	for _, bad := range []any{nil, 5, func() {}, func(*Instance, string) {}, func(*Instance) int { return 0 }} {
		if _, err := NewFunc(bad); err == nil {
			t.Errorf("NewFunc(%T) went through", bad)
		}
	}
	_, err = MustFunc(func(*Instance) { Exit(3) }).Call()
	if e, ok := err.(*ExitError); !ok || e.Code != 3 {
		t.Errorf("Exit gave %v", err)
	}
}
