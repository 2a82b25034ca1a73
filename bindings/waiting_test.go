package bindings_test

import "testing"

// TestQueuesAndFirst shows when tasks wait for queues and for the first of several things, and what they get.
func TestQueuesAndFirst(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"a full queue keeps the writer waiting", `
local q = task.queue(1)
task.spawn(function() task.sleep(5) q:get() end)
q:put(1) q:put(2) print(task.now(), q:len())`, "5\t1\n"},
		{"a full queue times out", `
local q = task.queue(1)
q:put(1) print(q:put(2, 3)) print(task.now(), q:len())`, "nil\ttimeout\ttimeout\n3\t1\n"},
		{"a closed queue gives what is left", `
local q = task.queue()
q:put("last") q:close() print(q:put("more")) print(q:get()) print(q:get())`, "nil\tclosed\tclosed\nlast\nnil\tclosed\tclosed\n"},
		{"first times out", `
print(task.first({task.queue()}, 2)) print(task.now())`, "nil\ttimeout\ttimeout\n2\n"},
		{"first gives the thing", `
local slow, timer = task.spawn(function() task.sleep(9) end), task.after(1, function() end)
local i, thing = task.first {slow, timer} print(i, thing == timer, timer:fired(), task.now())`, "2\ttrue\t1\t1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, _ := lab(t, map[string]string{"lab.lua": `local task = require "task" ` + c.script})
			if out != c.want || errs != "" {
				t.Errorf("got %q, %q; want %q", out, errs, c.want)
			}
		})
	}
}
