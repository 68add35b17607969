package op

import "math"

// Algebra is what is known of an integer instruction of two operands.
type Algebra struct {
	Commutes    bool
	Associates  bool
	HasIdentity bool // x op Identity = x, in the bits of Mask
	Identity    uint64
	Mask        uint64
}

// IsIdentity reports whether x op c is x.
func (a *Algebra) IsIdentity(c uint64) bool { return a.HasIdentity && (c^a.Identity)&a.Mask == 0 }

// AlgebraOf returns that of an instruction, or nil.
func AlgebraOf(c Code) *Algebra { return algebras.Get(c) }

var algebras Table[*Algebra]

// setAlgebras runs when all rows are there.
func setAlgebras() {
	for name, a := range map[string]Algebra{
		"add": {true, true, true, 0, math.MaxUint64}, "sub": {false, false, true, 0, math.MaxUint64},
		"mul": {true, false, true, 1, math.MaxUint64}, "div_s": {false, false, true, 1, math.MaxUint64},
		"div_u": {false, false, true, 1, math.MaxUint64}, "and": {true, false, true, math.MaxUint64, math.MaxUint64},
		"or": {true, false, true, 0, math.MaxUint64}, "xor": {true, false, true, 0, math.MaxUint64},
		"eq": {Commutes: true}, "ne": {Commutes: true},
	} {
		algebras.Set(ByName("i32."+name).Code, &a)
		algebras.Set(ByName("i64."+name).Code, &a)
	}
	for _, name := range []string{"shl", "shr_s", "shr_u", "rotl", "rotr"} { // their count is taken modulo the width
		algebras.Set(ByName("i32."+name).Code, &Algebra{HasIdentity: true, Mask: 31})
		algebras.Set(ByName("i64."+name).Code, &Algebra{HasIdentity: true, Mask: 63})
	}
}
