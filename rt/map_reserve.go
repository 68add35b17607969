//go:build !linux && !netbsd

package rt

// mapNoReserve is not needed: PROT_NONE mappings are not accounted.
const mapNoReserve = 0
