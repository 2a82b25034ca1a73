package bindings_test

import (
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
)

// within returns limits under which the whole program may hold so many bytes more than it does now.
func within(more, fuel int64) bindings.Limits {
	runtime.GC()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return bindings.Limits{Fuel: fuel, Heap: int64(sample[0].Value.Uint64()) + more}
}

// TestGarbageIsNoMemory runs scripts that make more garbage between two looks of the guard than they may hold memory: what ends them must
// not depend on how fast the machine collects it.
func TestGarbageIsNoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("computes until a limit ends it")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(processors)
		for name, script := range map[string]string{
			"tables":  `while true do local t = {1, 2, 3, 4, 5, 6, 7, 8} end`,
			"strings": `local s = ("x"):rep(1e5) while true do local t = s .. "y" end`,
			"stacks":  `local function f(n) local t = {n, n, n} return f(n + 1) + t[1] end while true do pcall(f, 1) end`,
			"tasks":   `local task = require "task" while true do task.spawn(function() local t = ("x"):rep(1e5) end):join() end`,
		} {
			if _, errs, result := lab(t, map[string]string{"lab.lua": script}, func(r *bindings.Run) { r.Limits = within(16<<20, 2_000_000) }); result.Verdict != "fuel" {
				t.Errorf("%s on %d processors: verdict %s, %s", name, processors, result.Verdict, errs)
			}
		}
	}
}

// TestMemoryOfTheWholeRun runs scripts that together hold more than the run may, each less than it may itself.
func TestMemoryOfTheWholeRun(t *testing.T) {
	for name, script := range map[string]string{
		"computes": `local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end`,
		"waits":    `local task, t = require "task", {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t task.sleep(1) end`,
		"others":   `local a = require("net").host "a" while true do a:exec "holds.lua" require("task").sleep(1) end`,
	} {
		holds := `local s = ("x"):rep(4e6) .. "y" while true do require("task").sleep(1e6) end`
		if _, errs, result := lab(t, map[string]string{"lab.lua": script, "holds.lua": holds}, func(r *bindings.Run) {
			r.Limits = within(64<<20, 50_000_000)
		}); result.Verdict != "heap" {
			t.Errorf("%s: verdict %s, %s", name, result.Verdict, errs)
		}
	}
}
