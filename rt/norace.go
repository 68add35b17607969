//go:build !race

package rt

// raceBuild is false: see race.go.
const raceBuild = false
