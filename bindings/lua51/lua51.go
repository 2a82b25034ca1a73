// Package lua51 is Lua 5.1 as its manual describes it, on the gopher-lua VM: a loader that checks and
// repairs the syntax tree before the VM compiles it, a fuel meter, and the base, string, table, math and
// coroutine libraries. It opens nothing that reaches the machine.
package lua51

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

// Options say what a new state may use. The zero value prints nowhere and has no fuel limit.
type Options struct {
	Stdout io.Writer // where print writes; nil discards
	Seed   uint64    // of math.random; the same seed gives the same numbers
	Meter  *Meter    // nil: a meter without a limit
}

// libraries lists what NewState opens, in order.
var libraries = []func(*lua.LState, Options){
	openBase, openCoroutine, openString, openTable, openMath,
}
