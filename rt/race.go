//go:build race

package rt

// raceBuild: memories of the checked form live on the Go heap, which is all that the race detector watches.
const raceBuild = true
