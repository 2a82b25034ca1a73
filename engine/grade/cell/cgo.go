//go:build cgo

package cell

// withC says that the program was built with cgo: it needs libraries of the machine to start.
const withC = true
