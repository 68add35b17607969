package wasm

import "math"

func (d *decoder) codeSection() {
	n := d.count(2)
	d.m.Codes = make([]Code, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Codes = append(d.m.Codes, d.code(d.m.ImportedFunc+i))
	}
}

// code reads the locals of a body and leaves its instructions unread.
func (d *decoder) code(fn int) Code {
	var c Code
	size := d.count(1)
	whole := d.end
	d.end = d.pos + size
	c.Locals = d.locals()
	if d.err != nil {
		d.err.Func = fn
		return c
	}
	c.Start, c.End = d.pos, d.end
	d.pos, d.end = d.end, whole
	return c
}

func (d *decoder) locals() []LocalRun {
	at := d.pos
	n := d.count(2)
	if n == 0 {
		return nil
	}
	runs := make([]LocalRun, 0, n)
	total := uint64(0)
	for i := 0; i < n && d.err == nil; i++ {
		run := LocalRun{Count: d.u32(), Type: d.valType()}
		total += uint64(run.Count)
		runs = append(runs, run)
	}
	switch {
	case d.err != nil:
	case total > math.MaxUint32:
		d.malformed(at, "too many locals: %d", total)
	case total > MaxLocals:
		d.fail(Errorf(TooLarge, at, "%d locals, more than %d", total, MaxLocals))
	}
	return runs
}
