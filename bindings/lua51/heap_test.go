package lua51

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// growing are functions that keep what is worth n things alive and return it.
var growing = map[string]string{
	"numbers":    `local n = ... local t = {} for i = 1, 4 * n do t[i] = i end return t`,
	"tables":     `local n = ... local t = {} for i = 1, n do t[i] = {} end return t`,
	"pairs":      `local n = ... local t = {} for i = 1, n do t[i] = {i, i} end return t`,
	"objects":    `local n = ... local t = {} for i = 1, n / 4 do t[i] = {x = i, y = i} end return t`,
	"fields":     `local n = ... local t = {} for i = 1, n do t["key" .. i] = i end return t`,
	"sparse":     `local n = ... local t = {} for i = 1, n do t[-i] = i end return t`,
	"removed":    `local n = ... local t = {} for i = 1, n do t["key" .. i] = i t["key" .. i] = nil end return t`,
	"list":       `local n = ... local t for i = 1, n do t = {t} end return t`,
	"closures":   `local n = ... local t = {} for i = 1, n do t[i] = function() return i end end return t`,
	"chain":      `local n = ... local f = print for i = 1, n do local g = f f = function() return g end end return f`,
	"strings":    `local n = ... local t = {} for i = 1, n do t[i] = "a string of forty bytes or so: number " .. i end return t`,
	"long":       `local n = ... local t = {} for i = 1, n / 100 do t[i] = ("x"):rep(10000) .. i end return t`,
	"parts":      `local n = ... local t = {} for i = 1, n / 100 do t[i] = (("x"):rep(100000) .. i):sub(1, 10000) end return t`,
	"captures":   `local n = ... local t = {} for i = 1, n / 100 do t[i] = (("x"):rep(100000) .. i):match("^" .. ("x"):rep(5000)) end return t`,
	"iterators":  `local n = ... local t = {} for i = 1, n / 100 do t[i] = (("x"):rep(10000) .. i):gmatch("x") end return t`,
	"coroutines": `local n = ... local t = {} for i = 1, n / 10 do t[i] = coroutine.create(function() end) end return t`,
	"wraps":      `local n = ... local t = {} for i = 1, n / 10 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end return t`,
	"deep":       `local n = ... local t = {} local function down(k) if k == 0 then coroutine.yield() else down(k - 1) return 1 end end for i = 1, n / 1000 do t[i] = coroutine.wrap(down) t[i](1000) end return t`,
	"chunks":     `local n = ... local t = {} for i = 1, n / 100 do t[i] = loadstring("local a, b, c = 1, 2, 3 return a + b, function() return c end, {a, b, c, x = a}") end return t`,
	"userdata":   `local n = ... local t = {} for i = 1, n do t[i] = newproxy() end return t`,
}

// TestMemoryIsCounted compares the count with what Go's allocator says.
func TestMemoryIsCounted(t *testing.T) {
	for name, source := range growing {
		t.Run(name, func(t *testing.T) {
			L := NewState(Options{Meter: Budget{Memory: 1 << 40}.Meter()})
			defer L.Close()
			m := mustContext(L).machine
			fn, err := Load(L, source, "=grow")
			if err != nil {
				t.Fatal(err)
			}
			before, beforeGo := count(m), heapBytes()
			results, err := Call(L, fn, lua.LNumber(100_000))
			if err != nil {
				t.Fatal(err)
			}
			L.G.Registry.RawSetString("kept", results[0])
			counted, really := count(m)-before, heapBytes()-beforeGo
			t.Logf("counted %d KiB, Go has %d KiB: %.2f", counted>>10, really>>10, float64(counted)/float64(really))
			if counted < really/2 || counted > really*2 {
				t.Errorf("counted %d bytes where Go has %d", counted, really)
			}
			runtime.KeepAlive(results)
		})
	}
}

func count(m *machine) int64 {
	size, _ := m.weigh()
	return size
}

func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// TestMemoryLimit runs each program that grows with a limit and looks at how far it went.
func TestMemoryLimit(t *testing.T) {
	for name, source := range growing {
		t.Run(name, func(t *testing.T) {
			meter := Budget{Memory: 8 << 20, Fuel: 200_000_000}.Meter()
			L := NewState(Options{Meter: meter})
			defer L.Close()
			fn, err := Load(L, fmt.Sprintf("local function grow(...) %s end local all = {} while true do all[#all + 1] = grow(1000) end", source), "=grow")
			if err != nil {
				t.Fatal(err)
			}
			_, err = Call(L, fn)
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Limit != "memory" || limit.Max != 8<<20 {
				t.Fatalf("got %v", err)
			}
			t.Logf("%s; %d KiB held after %d instructions", err, meter.Held()>>10, meter.Used())
			if meter.Held() > 24<<20 {
				t.Errorf("it held %d KiB when it was stopped", meter.Held()>>10)
			}
		})
	}
}
