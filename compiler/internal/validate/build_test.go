package validate

import "encoding/binary"

// Small pieces to write modules with.

func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func cat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// sized puts the length of p before p.
func sized(p ...[]byte) []byte {
	b := cat(p...)
	return append(leb(len(b)), b...)
}

func vec(items ...[]byte) []byte { return append(leb(len(items)), cat(items...)...) }

func section(id byte, p ...[]byte) []byte { return append([]byte{id}, sized(p...)...) }

func bin(sections ...[]byte) []byte {
	return append([]byte("\x00asm\x01\x00\x00\x00"), cat(sections...)...)
}

// oneFunc is a module with one function of the first of the types (by default [] -> []), whose body is given with its
// locals and final end.
func oneFunc(body []byte, types ...[]byte) []byte {
	if types == nil {
		types = [][]byte{{0x60, 0, 0}}
	}
	return bin(section(1, vec(types...)), section(3, []byte{1, 0}), section(10, vec(sized(body))))
}

// repeat returns n times p.
func repeat(n int, p ...byte) []byte {
	b := make([]byte, 0, n*len(p))
	for range n {
		b = append(b, p...)
	}
	return b
}
