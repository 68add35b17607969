package wat

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// isNumber reports whether s is an integer or float literal that starts with a digit or a sign (spec: 6.3.1, 6.3.2).
func isNumber(s string) bool {
	_, _, isInt, _ := parseInt(s)
	return isInt || isFloat(s)
}

// parseInt reads an integer literal. isInt says whether s is one; overflow that its magnitude exceeds 64 bits.
func parseInt(s string) (neg bool, v uint64, isInt, overflow bool) {
	neg, s, _ = cutSign(s)
	base := uint64(10)
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		s, base = digits, 16
	}
	if n := scanDigits(s, int(base)); n == 0 || n != len(s) {
		return false, 0, false, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '_' {
			continue
		}
		hi, lo := bits.Mul64(v, base)
		sum, carry := bits.Add64(lo, uint64(hexDigit(s[i])), 0)
		overflow = overflow || hi != 0 || carry != 0
		v = sum
	}
	return neg, v, true, overflow
}

func cutSign(s string) (neg bool, rest string, signed bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[0] == '-', s[1:], true
	}
	return false, s, false
}

// scanDigits returns the length of the longest prefix of s that is a run of digits, single underscores between them.
func scanDigits(s string, base int) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch d := hexDigit(s[i]); {
		case d >= 0 && d < base:
			n = i + 1
		case s[i] == '_' && i > 0 && n == i:
		default:
			return n
		}
	}
	return n
}

// isFloat reports whether s is a float literal, inf and nan included.
func isFloat(s string) bool {
	_, s, _ = cutSign(s)
	if s == "inf" || s == "nan" {
		return true
	}
	if payload, ok := strings.CutPrefix(s, "nan:0x"); ok {
		return payload != "" && scanDigits(payload, 16) == len(payload)
	}
	base, exponent := 10, "eE"
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		s, base, exponent = digits, 16, "pP"
	}
	n := scanDigits(s, base)
	if n == 0 {
		return false
	}
	if s = s[n:]; strings.HasPrefix(s, ".") {
		s = s[1:]
		s = s[scanDigits(s, base):]
	}
	if s == "" {
		return true
	}
	if strings.IndexByte(exponent, s[0]) < 0 {
		return false
	}
	_, s, _ = cutSign(s[1:])
	return s != "" && scanDigits(s, 10) == len(s)
}

// literal is the outcome of reading a literal.
type literal uint8

const (
	literalOK    literal = iota
	literalKind          // not a literal of the wanted kind
	literalRange         // one, but its value does not fit
)

// parseUint reads an unsigned literal of the given number of bits.
func parseUint(s string, width int) (uint64, literal) {
	_, v, ok, overflow := parseInt(s)
	switch _, _, signed := cutSign(s); {
	case !ok || signed:
		return 0, literalKind
	case overflow || v > math.MaxUint64>>(64-width):
		return 0, literalRange
	}
	return v, literalOK
}

// parseIntBits reads a literal that may be signed or unsigned and returns its low width bits.
func parseIntBits(s string, width int) (uint64, literal) {
	neg, v, ok, overflow := parseInt(s)
	mask := uint64(math.MaxUint64) >> (64 - width)
	switch {
	case !ok:
		return 0, literalKind
	case overflow, !neg && v > mask, neg && v > mask>>1+1:
		return 0, literalRange
	case neg:
		return -v & mask, literalOK
	}
	return v, literalOK
}

// parseFloatBits reads a float literal and returns its bits in the format of the given width, rounded once (to
// nearest, ties to even).
func parseFloatBits(s string, width int) (uint64, literal) {
	if !isFloat(s) {
		return 0, literalKind
	}
	mantissa := 52
	if width == 32 {
		mantissa = 23
	}
	neg, rest, _ := cutSign(s)
	b, status := floatMagnitude(rest, width, mantissa)
	if neg {
		b |= 1 << (width - 1)
	}
	return b, status
}

func floatMagnitude(s string, width, mantissa int) (uint64, literal) {
	inf := (uint64(1)<<(width-1) - 1) &^ (1<<mantissa - 1)
	switch {
	case s == "inf":
		return inf, literalOK
	case s == "nan":
		return inf | 1<<(mantissa-1), literalOK
	case strings.HasPrefix(s, "nan:"):
		_, v, _, overflow := parseInt(s[len("nan:"):])
		if overflow || v == 0 || v >= 1<<mantissa {
			return 0, literalRange
		}
		return inf | v, literalOK
	}
	s = strings.ReplaceAll(s, "_", "")
	if strings.HasPrefix(s, "0x") && !strings.ContainsAny(s, "pP") {
		s += "p0" // Go wants the exponent
	}
	f, err := strconv.ParseFloat(s, width)
	if err != nil {
		return 0, literalRange
	}
	if width == 32 {
		return uint64(math.Float32bits(float32(f))), literalOK
	}
	return math.Float64bits(f), literalOK
}
