package lua51

import (
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// Natives are the functions in Go that all states have in common. No script can change a function in Go, and none of these
// knows of a state before it is called.
type natives struct {
	concat *lua.LFunction // what compiled code calls without naming it
	clear  *lua.LFunction
	wipe   *lua.LFunction // ends a failed run
}

var nativesOf = sync.OnceValue(func() *natives {
	return &natives{concat: native(concat), clear: native(clearField), wipe: native(wipe)}
})

// native makes a function that belongs to no state.
func native(run lua.LGFunction) *lua.LFunction { return &lua.LFunction{IsG: true, GFunction: run} }

func (n *natives) intrinsics() compile.Intrinsics {
	return compile.Intrinsics{Concat: n.concat, Clear: n.clear}
}

// hidden reports whether a function is no business of tracebacks.
func (n *natives) hidden(fn *lua.LFunction) bool {
	return fn == n.concat || fn == n.clear || fn == n.wipe
}
