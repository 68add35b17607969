package wat

import "strings"

// NaN is a set of NaNs that an expected result names instead of a value.
type NaN string

// The NaN patterns (spec: 2.2.3). NoNaN stands for an ordinary lane in a vector that has patterns.
const (
	NoNaN         NaN = ""
	NaNCanonical  NaN = "nan:canonical"
	NaNArithmetic NaN = "nan:arithmetic"
)

// Value is an argument of an action or an expected result.
type Value struct {
	// Type is i32, i64, f32, f64, v128, ref, or either.
	Type string
	// Bits are the bits of a number type, zero-extended, or the number of a reference.
	Bits uint64 `json:",omitempty"`
	// Vec is the value of a v128, little-endian, and Shape its lanes as written: i8x16 to f64x2.
	Vec   [16]byte `json:",omitzero"`
	Shape string   `json:",omitempty"`
	// NaN has a pattern for each lane, one for f32 and f64. It is nil where there is no pattern; where there is, the
	// bits of the lane are 0.
	NaN []NaN `json:",omitempty"`
	// Heap says for a ref what the form said: func, extern, host, any, ... for "(ref.func)", the heap type or identifier
	// (with its $) for "(ref.null t)", "" for "(ref.null)".
	Heap string `json:",omitempty"`
	// Null is a null reference. A reference that is neither Null nor Numbered is any one of its kind.
	Null bool `json:",omitempty"`
	// Numbered says that Bits is the number of the reference, as in (ref.extern 1).
	Numbered bool `json:",omitempty"`
	// Either are the alternatives of an either.
	Either []Value `json:",omitempty"`
}

// numberTypes are the constants that are numbers.
var numberTypes = map[string]struct {
	typ string
	shape
}{
	"i32.const": {"i32", shape{1, 32, false}},
	"i64.const": {"i64", shape{1, 64, false}},
	"f32.const": {"f32", shape{1, 32, true}},
	"f64.const": {"f64", shape{1, 64, true}},
}

// value passes one argument or result.
func (p *scriptParser) value() Value {
	word := p.opened()
	number, isNumber := numberTypes[word]
	switch {
	case isNumber:
		p.pos += 2
		v := Value{Type: number.typ}
		nan := NoNaN
		if v.Bits, nan = p.laneValue(number.shape); nan != NoNaN {
			v.NaN = []NaN{nan}
		}
		p.leave()
		return v
	case word == "v128.const":
		return p.vectorValue()
	case word == "either":
		return p.either()
	case strings.HasPrefix(word, "ref."):
		return p.refValue()
	}
	p.unexpected()
	return Value{}
}

// laneValue passes a literal or, for floats, a pattern.
func (p *parser) laneValue(s shape) (uint64, NaN) {
	switch n := NaN(p.keyword()); {
	case s.float && (n == NaNCanonical || n == NaNArithmetic):
		p.pos++
		return 0, n
	case s.float:
		return p.floatBits(s.width), NoNaN
	}
	return p.intBits(s.width), NoNaN
}

func (p *scriptParser) vectorValue() Value {
	p.enter("v128.const")
	v := Value{Type: "v128", Shape: p.keyword()}
	s := p.shape()
	nans, patterns := make([]NaN, s.lanes), false
	bytes := v.Vec[:0]
	for i := range nans {
		var lane uint64
		lane, nans[i] = p.laneValue(s)
		bytes = appendLE(bytes, lane, s.width/8)
		patterns = patterns || nans[i] != NoNaN
	}
	if patterns {
		v.NaN = nans
	}
	p.leave()
	return v
}

func (p *scriptParser) either() Value {
	p.enter("either")
	v := Value{Type: "either"}
	for p.tok().kind == tokOpen {
		v.Either = append(v.Either, p.value())
	}
	p.leave()
	return v
}

// refValue passes "(ref.null t?)" or "(ref.kind number?)".
func (p *scriptParser) refValue() Value {
	v := Value{Type: "ref", Heap: strings.TrimPrefix(p.opened(), "ref.")}
	p.pos += 2
	switch t := p.tok(); {
	case v.Heap == "null":
		v.Heap, v.Null = "", true
		if t.kind == tokKeyword || t.kind == tokID || t.kind == tokNumber {
			v.Heap = p.word(p.next())
		}
	case t.kind == tokNumber:
		v.Bits, v.Numbered = uint64(p.u32()), true
	}
	p.leave()
	return v
}
