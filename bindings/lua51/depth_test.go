package lua51

import (
	"reflect"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestDepth: a stack begins with room for few calls and makes more before it is needed, whoever calls. So all of it can be used: the
// scripts return how many calls they had made when the error came.
func TestDepth(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   lua.LNumber
	}{
		"calls":       {`local n = 0 local function f() n = n + 1 f() end pcall(f) return n`, 5000},
		"operands":    {`local n = 0 local function f() n = n + 1 return 1 + f() end pcall(f) return n`, 5000},
		"__call":      {`local n = 0 local t = setmetatable({}, {__call = function(t) n = n + 1 t() end}) pcall(t) return n`, 5000},
		"__index":     {`local n = 0 local t = setmetatable({}, {__index = function(t, k) n = n + 1 return t[k + 1] end}) pcall(function() return t[1] end) return n`, 4999},
		"__concat":    {`local n = 0 local t = setmetatable({}, {__concat = function(a, b) n = n + 1 return a .. b end}) pcall(function() return t .. 1 end) return n`, 2499},
		"gsub":        {`local n = 0 local function f() n = n + 1 ("x"):gsub(".", f) end pcall(f) return n`, 2500},
		"sort":        {`local n = 0 local function f() n = n + 1 table.sort({1, 2, 3}, f) end pcall(f) return n`, 2500},
		"coroutine":   {`local n = 0 local function f() n = n + 1 f() end coroutine.resume(coroutine.create(f)) return n`, 4000},
		"with yields": {`local n = 0 local function f() n = n + 1 coroutine.yield() f() return 1 end local c = coroutine.wrap(f) pcall(function() while true do c() end end) return n`, 3999},
		"with pcalls": {`local n = 0 local function f() n = n + 1 for i = 1, 9 do pcall(math.abs, 1) end f() return 1 end pcall(f) return n`, 5000},
		"with others": {`local n = 0 local function f() n = n + 1 coroutine.wrap(function() for i = 1, 40 do end end)() f() return 1 end pcall(f) return n`, 5000},
		// Functions in Go alone.
		"tostring": {`local t = setmetatable({}, {__tostring = tostring}) return select(2, pcall(tostring, t)) == "stack overflow" and 1`, 1},
		"foreach":  {`local t = {} t[t] = table.foreach return select(2, pcall(table.foreach, t, table.foreach)) == "stack overflow" and 1`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			L := NewState(Options{MaxDepth: 5000})
			defer L.Close()
			fn, err := Load(L, c.source, "=depth")
			if err != nil {
				t.Fatal(err)
			}
			results, err := Call(L, fn)
			if err != nil || results[0] != lua.LValue(c.want) {
				t.Errorf("%v, %v, want %v", results, err, c.want)
			}
		})
	}
}

// TestDepthOfGo counts how many calls of functions in Go fit, with no instruction of Lua between.
func TestDepthOfGo(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	n := 0
	var again *lua.LFunction
	again = L.NewFunction(func(L *lua.LState) int {
		n++
		call1(L, again, lua.LNil)
		return 0
	})
	if _, err := Call(L, again); err == nil || n != mainFrames {
		t.Errorf("%d calls, %v; want %d", n, err, mainFrames)
	}
}

// TestLayoutDiffers gives agree structs that are not what they should be.
func TestLayoutDiffers(t *testing.T) {
	agree(reflect.TypeFor[registry](), reflect.TypeFor[struct {
		array                []lua.LValue
		top, growBy, maxSize int
		alloc                *int
		handler              any
	}]())
	for _, other := range []reflect.Type{
		reflect.TypeFor[struct{ array []lua.LValue }](),
		reflect.TypeFor[struct {
			array                []lua.LValue
			top, growBy, maximum int
			alloc                *int
			handler              any
		}](),
		reflect.TypeFor[struct {
			array                []string
			top, growBy, maxSize int
			alloc                *int
			handler              any
		}](),
		reflect.TypeFor[struct {
			array                []lua.LValue
			top, growBy, maxSize int
			alloc                uint
			handler              any
		}](),
		reflect.TypeFor[*registry](),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v passes for the registry", other)
				}
			}()
			agree(reflect.TypeFor[registry](), other)
		}()
	}
}
