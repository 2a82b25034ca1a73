package bind

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// meter is the object that the benchmarks call.
type meter struct{ total int }

type addArgs struct {
	Text string `doc:"text"`
	N    int    `doc:"number" min:"0"`
}

func benchModule() *Module {
	return New("bench", "Benchmarks.", func() []Member {
		return []Member{
			Fn("meter", "Make one.", func(*Call, None) (*meter, error) { return &meter{}, nil }),
			Class("Meter", "Adds.",
				Method("add", "Add.", func(m *meter, _ *Call, a addArgs) (bool, error) { m.total += a.N; return true, nil }),
				MethodRaw[addArgs]("raw", "Add.", func(m *meter, c *Call) Out {
					_ = c.String(1)
					m.total += c.Int(2)
					return c.Return(true)
				}),
			),
		}
	})
}

// benchmarkLoop runs body b.N times in one Lua loop and reports the time of each.
func benchmarkLoop(b *testing.B, setup, body string) {
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("bench", benchModule().Open(L))
	L.SetGlobal("bare", bareObject(L))
	if err := L.DoString(setup + " function loop(n) for i = 1, n do " + body + " end end"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	L.Push(L.GetGlobal("loop"))
	L.Push(lua.LNumber(b.N))
	L.Call(1, 0)
}

// bareObject is a userdata with the same method written by hand for the VM, without a declaration.
func bareObject(L *lua.LState) lua.LValue {
	methods, mt := L.NewTable(), L.NewTable()
	methods.RawSetString("add", L.NewFunction(func(L *lua.LState) int {
		m, ok := L.CheckUserData(1).Value.(*meter)
		if !ok {
			L.ArgError(1, "meter expected")
		}
		_ = L.CheckString(2)
		m.total += L.CheckInt(3)
		L.Push(lua.LTrue)
		return 1
	}))
	mt.RawSetString("__index", methods)
	ud := L.NewUserData()
	ud.Value, ud.Metatable = &meter{}, mt
	return ud
}

// BenchmarkBare is what the others must be compared with: what they take longer is the cost of declaring.
func BenchmarkBare(b *testing.B) { benchmarkLoop(b, "local m = bare", `m:add("text", 7)`) }

func BenchmarkMethod(b *testing.B) { benchmarkLoop(b, "local m = bench.meter()", `m:add("text", 7)`) }

func BenchmarkMethodRaw(b *testing.B) {
	benchmarkLoop(b, "local m = bench.meter()", `m:raw("text", 7)`)
}
