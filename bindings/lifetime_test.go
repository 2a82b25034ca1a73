package bindings_test

import (
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// TestProcessLifetime shows what keeps a process going and that its end is the end of all that it does, wherever.
func TestProcessLifetime(t *testing.T) {
	for _, c := range []struct {
		name, script string
		stdout       string
		stderr       string // part of what is said; "" for nothing
		status       int
	}{
		{"exit in a task on another host", `
net.host("b"):spawn(function() task.sleep(1) os.exit(3) print "after exit" end)
task.sleep(5) print "main goes on"`, "", "", 3},
		{"exit on another host after the main script", `
local b = net.host "b"
b:spawn(function() task.sleep(1) os.exit(3) print "after exit" end)
b:spawn(function() task.sleep(2) print "still alive" end)`, "", "", 3},
		{"exit in a timer after the main script", `
task.after(1, function() os.exit(4) print "after exit" end)`, "", "", 4},
		{"a timer keeps the sockets", `
local s = require("socket").udp()
s:setsockname("*", 99)
task.after(1, function() print((select(2, s:getsockname()))) end)`, "99\n", "", 0},
		{"a timer keeps the process", `
local p = net.host("a"):exec("after.lua")
print(p:wait(), task.now())
io.write(p:output())`, "0\t1\nfired\n", "", 0},
		{"a cancelled timer does not", `
local p = net.host("a"):exec("cancel.lua")
print(p:wait(), task.now())`, "0\t1\n", "", 0},
		{"kill stops timers", `
local p = net.host("a"):exec("every.lua")
task.sleep(2.5) p:kill() print((p:wait()))
task.sleep(3) io.write(p:output(), p:errors())`, "137\ntick 1\ntick 2\n", "", 0},
		{"kill ends a process that has nothing but a timer", `
local p = net.host("a"):exec("after.lua")
task.sleep(0.5) p:kill() print(p:running(), (p:wait()), task.now())`, "false\t137\t0.5\n", "", 0},
		{"a crash stops timers", `
local a = net.host("a")
local p, q = a:exec("every.lua"), a:exec("after.lua")
task.sleep(0.5) a:crash() a:restart() print((p:wait()), (q:wait()))
task.sleep(3) io.write(p:output(), p:errors(), q:output())`, "255\t255\n", "", 0},
		{"a crash after the main script of a process", `
local a = net.host("a")
local p = a:exec("spawns.lua")
task.sleep(1) a:crash() print(p:wait())`, "255\tprocess: its host crashed\n", "", 0},
		{"a crash by a task of the host", `
local a = net.host("a")
local p = a:exec("after.lua")
a:spawn(function() a:crash() print "not reached" end)
print((p:wait()), task.now())`, "255\t0\n", "", 0},
		{"a crash stops the lab's timers there", `
local a = net.host("a")
a:spawn(function() task.after(2, function() print "not reached" end) end)
task.sleep(1) a:crash() task.sleep(5) print "on"`, "on\n", "", 0},
		{"a failed script stops what it does elsewhere", `
net.host("a"):spawn(function() task.sleep(1) print "not reached" end)
task.sleep(0.5) error "bad"`, "", "bad", 1},
		{"an error that a cancelled joiner does not take is told", `
local t = task.spawn(function() task.sleep(2) error "lost" end)
local j = task.spawn(function() t:join() end)
task.sleep(1) j:cancel() task.sleep(5) print "on"`, "on\n", "lost", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, result := lab(t, map[string]string{
				"lab.lua":    `local net, task = require "net", require "task"` + c.script,
				"after.lua":  `require("task").after(1, function() print "fired" end)`,
				"cancel.lua": `local task = require "task" local t = task.after(9, print) task.after(1, function() t:cancel() end)`,
				"every.lua":  `local task = require "task" local n = 0 task.every(1, function() n = n + 1 print("tick " .. n) end)`,
				"spawns.lua": `local task = require "task" task.spawn(function() task.sleep(10) end)`,
			})
			if out != c.stdout || result.Status != c.status {
				t.Errorf("got %q, status %d; want %q, status %d", out, result.Status, c.stdout, c.status)
			}
			if c.stderr == "" && errs != "" || !strings.Contains(errs, c.stderr) {
				t.Errorf("standard error is %q, want %q", errs, c.stderr)
			}
		})
	}
}

// TestEndedTasksTakeNoMemory runs many tasks to their end, and cancels many before they begin, while Go collects no garbage: what a program holds
// must not depend on that.
func TestEndedTasksTakeNoMemory(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for name, script := range map[string]string{
		"ended":     `for i = 1, 3000 do task.spawn(function() return {i} end):join() end`,
		"failed":    `for i = 1, 3000 do task.spawn(error, "bad"):join() end`,
		"cancelled": `for i = 1, 3000 do task.spawn(print, ("x"):rep(1000) .. i):cancel() task.sleep(0) end`,
	} {
		var out strings.Builder
		result, err := bindings.Run{Script: "lab.lua", Stdout: &out, Stderr: &out, Limits: bindings.Limits{Memory: 1 << 20}, World: engine.Options{
			Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(`local task = require "task" ` + script + ` for i = 1, 1e5 do end print "fine"`)}})}}.Do()
		if err != nil || out.String() != "fine\n" {
			t.Errorf("%s: %v, %v, %s", name, result, err, out.String())
		}
	}
}
