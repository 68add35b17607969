package wasm

// Bits of an element segment's flag (spec: 5.5.12).
const (
	elemNotActive = 1 << 0 // passive or declarative
	elemExplicit  = 1 << 1 // declarative if not active, else a table index follows
	elemExprs     = 1 << 2
)

func (d *decoder) elementSection() {
	n := d.count(3)
	d.m.Elems = make([]Elem, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Elems = append(d.m.Elems, d.elem())
	}
}

func (d *decoder) elem() Elem {
	e := Elem{Pos: d.pos, Type: FuncRef}
	flag := d.u32()
	if flag > 7 {
		d.malformed(e.Pos, "malformed elements segment kind %d", flag)
		return e
	}
	switch flag & (elemNotActive | elemExplicit) {
	case elemNotActive:
		e.Mode = Passive
	case elemNotActive | elemExplicit:
		e.Mode = Declarative
	case elemExplicit:
		e.Table = d.u32()
	}
	if e.Mode == Active {
		e.Offset = d.constExpr()
	}
	if flag&(elemNotActive|elemExplicit) != 0 {
		e.Type = d.elemType(flag&elemExprs != 0)
	}
	if flag&elemExprs != 0 {
		e.Exprs = d.elemExprs()
	} else {
		e.Funcs = d.elemFuncs()
	}
	return e
}

func (d *decoder) elemType(exprs bool) ValType {
	if exprs {
		return d.refType()
	}
	at := d.pos
	if kind := d.byte(); kind != 0 {
		d.malformed(at, "malformed element kind %#x", kind)
	}
	return FuncRef
}

func (d *decoder) elemFuncs() []uint32 {
	v := make([]uint32, d.count(1))
	for i := range v {
		v[i] = d.u32()
	}
	return v
}

func (d *decoder) elemExprs() []ConstExpr {
	n := d.count(1)
	v := make([]ConstExpr, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		v = append(v, d.constExpr())
	}
	return v
}

func (d *decoder) dataSection() {
	n := d.count(2)
	d.m.Datas = make([]Data, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.m.Datas = append(d.m.Datas, d.data())
	}
}

func (d *decoder) data() Data {
	s := Data{Pos: d.pos}
	switch flag := d.u32(); flag {
	case 0:
	case 1:
		s.Mode = Passive
	case 2:
		s.Memory = d.u32()
	default:
		d.malformed(s.Pos, "malformed data segment kind %d", flag)
	}
	if s.Mode == Active {
		s.Offset = d.constExpr()
	}
	n := d.count(1)
	s.Start = d.pos
	d.take(n)
	s.End = d.pos
	return s
}
