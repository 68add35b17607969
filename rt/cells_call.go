package rt

// LoadByCall16 and the others are Load16 and so on, not inlined, for the largest functions: for each inlined call the Go
// compiler has a variable or two, and for each of those it may look at every block of the function. One of wazero's with
// 20,000 accesses took it more than 200 s; with calls 44.

//go:noinline
func LoadByCall16(last *byte) uint16 { return Load16(last) }

//go:noinline
func LoadByCall32(last *byte) uint32 { return Load32(last) }

//go:noinline
func LoadByCall64(last *byte) uint64 { return Load64(last) }

//go:noinline
func StoreByCall16(last *byte, v uint16) { Store16(last, v) }

//go:noinline
func StoreByCall32(last *byte, v uint32) { Store32(last, v) }

//go:noinline
func StoreByCall64(last *byte, v uint64) { Store64(last, v) }
