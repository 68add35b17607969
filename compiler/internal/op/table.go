package op

// Table holds a value for each instruction, found without a map: there are several look-ups for each instruction of a
// module.
type Table[T any] struct {
	dense [1 + lastPrefix - firstPrefix + 1][256]T
	rest  map[Code]T // of subopcodes beyond
}

const (
	firstPrefix = 0xfb
	lastPrefix  = 0xfe
)

// Get returns the value of c, the zero value if there is none.
func (t *Table[T]) Get(c Code) T {
	if c < 0x100 {
		return t.dense[0][c]
	}
	if prefix := c >> 8; prefix >= firstPrefix && prefix <= lastPrefix {
		return t.dense[1+prefix-firstPrefix][c&0xff]
	}
	return t.rest[c]
}

// Set sets the value of c.
func (t *Table[T]) Set(c Code, v T) {
	if c < 0x100 {
		t.dense[0][c] = v
	} else if prefix := c >> 8; prefix >= firstPrefix && prefix <= lastPrefix {
		t.dense[1+prefix-firstPrefix][c&0xff] = v
	} else {
		if t.rest == nil {
			t.rest = map[Code]T{}
		}
		t.rest[c] = v
	}
}
