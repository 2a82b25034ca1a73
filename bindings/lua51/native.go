package lua51

import (
	"maps"
	"slices"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// Natives are what all states have in common: the functions in Go, which no script can change and which know of no state before they
// are called, and the tables of the libraries, which states get copies of.
type natives struct {
	concat *lua.LFunction // what compiled code calls without naming it
	clear  *lua.LFunction
	wipe   *lua.LFunction // ends a failed run

	tostring *lua.LFunction
	next     *lua.LFunction
	step     *lua.LFunction // what ipairs returns

	globals   *lua.LTable
	libraries []string    // the globals that are tables
	methods   *lua.LTable // the metatable of strings
}

var nativesOf = sync.OnceValue(func() *natives {
	n := &natives{
		concat: Native(concat), clear: Native(clearField), wipe: Native(wipe),
		tostring: Native(baseToString), next: Native(baseNext), step: Native(ipairsStep),
		globals: NewTable(48), methods: NewTable(8),
	}
	n.openBase()
	n.openDebug()
	n.openCoroutine()
	n.openString()
	n.openTable()
	n.openMath()
	n.openStringArithmetic()
	return n
})

// Native makes a function that belongs to no state, for any number of them.
func Native(run lua.LGFunction) *lua.LFunction { return &lua.LFunction{IsG: true, GFunction: run} }

// NewTable returns a table with room for so many names.
func NewTable(names int) *lua.LTable {
	layoutChecked()
	t := &lua.LTable{Metatable: lua.LNil}
	tableOf(t).strdict = make(map[string]lua.LValue, names)
	return t
}

// A libraryFunc is one named function of a library.
type libraryFunc struct {
	name string
	run  lua.LGFunction
}

// library makes a library's table, in the order given, and the global that holds it.
func (n *natives) library(name string, funcs []libraryFunc) *lua.LTable {
	lib := NewTable(len(funcs))
	define(lib, funcs)
	n.globals.RawSetString(name, lib)
	n.libraries = append(n.libraries, name)
	return lib
}

// define adds functions to a table, in the order given.
func define(t *lua.LTable, funcs []libraryFunc) {
	for _, f := range funcs {
		t.RawSetString(f.name, Native(f.run))
	}
}

// open gives a new state its globals, and strings their metatable, which it returns.
func (n *natives) open(L *lua.LState) (strings *lua.LTable) {
	globals := Copy(n.globals)
	globals.RawSetString("_G", globals)
	for _, name := range n.libraries {
		globals.RawSetString(name, Copy(n.globals.RawGetString(name).(*lua.LTable)))
	}
	strings = Copy(n.methods)
	strings.RawSetString("__index", globals.RawGetString("string"))
	L.SetMetatable(lua.LString(""), strings)
	L.G.Registry = NewTable(2)
	L.G.Global, L.Env = globals, globals
	return strings
}

// Copy returns a table with what t has and t's metatable. The list of keys, which is only ever added to, they have in common, so a copy is
// smaller than a table filled anew.
func Copy(t *lua.LTable) *lua.LTable {
	layoutChecked()
	c, from := new(lua.LTable), tableOf(t)
	*tableOf(c) = table{from.Metatable, slices.Clone(from.array), maps.Clone(from.dict), maps.Clone(from.strdict), slices.Clip(from.keys), maps.Clone(from.k2i)}
	return c
}

func (n *natives) intrinsics() compile.Intrinsics {
	return compile.Intrinsics{Concat: n.concat, Clear: n.clear}
}

// hidden reports whether a function is no business of tracebacks.
func (n *natives) hidden(fn *lua.LFunction) bool {
	return fn == n.concat || fn == n.clear || fn == n.wipe
}
