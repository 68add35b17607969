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
