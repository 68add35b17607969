package emit

import (
	"fmt"
	"go/token"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/wasm"
)

// maxName bounds the part of a generated name that comes from the name section.
const maxName = 64

// mangle keeps the letters, digits and underscores of a name; runs of anything else become one underscore.
func mangle(name string) string {
	var b strings.Builder
	gap := false
	for _, c := range name {
		if c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(c)
		} else {
			gap = true
		}
		if b.Len() >= maxName {
			break
		}
	}
	return b.String()
}

// roleName is a name by role: a letter, the index, and what the name section says.
func roleName(role string, index uint32, name string) string {
	if name = mangle(name); name != "" {
		name = "_" + name
	}
	return role + strconv.FormatUint(uint64(index), 10) + name
}

// exported makes an exported Go identifier in camel case: fd_write becomes FdWrite.
func exported(name string) string {
	var b strings.Builder
	upper := true
	for _, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		switch {
		case !letter && !digit:
			upper = true
			continue
		case digit && b.Len() == 0:
			b.WriteByte('N')
		case upper && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		upper = digit
		b.WriteRune(c)
		if b.Len() >= maxName {
			break
		}
	}
	if b.Len() == 0 {
		return "X"
	}
	return b.String()
}

// nameSet hands out names, each once.
type nameSet map[string]bool

// unique returns name, or name with the smallest number behind it that makes it new.
func (s nameSet) unique(name string) string {
	n := name
	for i := 2; s[n]; i++ {
		n = fmt.Sprintf("%s%d", name, i)
	}
	s[n] = true
	return n
}

// PackageName makes a Go package name from the name of a file or a module.
func PackageName(name string) string {
	n := strings.ToLower(strings.ReplaceAll(mangle(name), "_", ""))
	n = strings.TrimLeft(n, "0123456789")
	if n == "" || token.IsKeyword(n) || n == "main" || n == "init" {
		n = "wasm" + n
	}
	return n
}

// goTypes are the Go types of value types, in signatures.
var goTypes = map[wasm.ValType]string{
	wasm.I32: "int32", wasm.I64: "int64", wasm.F32: "float32", wasm.F64: "float64",
	wasm.FuncRef: "*rt.Func", wasm.ExternRef: "any",
}

// typeLetters are the letters of value types in rt.Func.Type.
var typeLetters = map[wasm.ValType]byte{
	wasm.I32: 'i', wasm.I64: 'I', wasm.F32: 'f', wasm.F64: 'F', wasm.V128: 'v', wasm.FuncRef: 'r', wasm.ExternRef: 'x',
}

// sigLetters writes a function type as rt.Func.Type has it.
func sigLetters(t *wasm.FuncType) string {
	var b []byte
	for _, p := range t.Params {
		b = append(b, typeLetters[p])
	}
	b = append(b, ':')
	for _, r := range t.Results {
		b = append(b, typeLetters[r])
	}
	return string(b)
}

// resultList writes the results of a Go signature with a leading space, or nothing.
func resultList(types []wasm.ValType) string {
	switch len(types) {
	case 0:
		return ""
	case 1:
		return " " + goTypes[types[0]]
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = goTypes[t]
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// funcTypeOf writes the Go type of a free function of wasm type t: first is its first parameter's type, dp says whether
// it takes the depth.
func funcTypeOf(first string, dp bool, t *wasm.FuncType) string {
	parts := []string{first}
	if dp {
		parts = append(parts, "uint32")
	}
	for _, p := range t.Params {
		parts = append(parts, goTypes[p])
	}
	return "func(" + strings.Join(parts, ", ") + ")" + resultList(t.Results)
}
