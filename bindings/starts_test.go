package bindings_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
)

// TestWhatStartsIsCounted shows that no way to start a process or a task leads past the limits.
func TestWhatStartsIsCounted(t *testing.T) {
	for _, c := range []struct {
		name, script, verdict, says string
		limits                      bindings.Limits
	}{
		{"exec", `while true do a:exec("ends.lua"):wait() end`, "starts", "lab.lua:1: the world has started 20 processes", bindings.Limits{Starts: 20}},
		{"exec costs fuel", `while true do a:exec("ends.lua"):wait() end`, "fuel", "lab.lua:1: the instruction budget", bindings.Limits{Fuel: 100_000}},
		{"a chain", `a:exec("next.lua") task.sleep(60) print "the lab goes on"`, "ok", "a: next.lua:1: the world has started 20 processes", bindings.Limits{Starts: 20}},
		{"on_boot with a script", `while true do a:on_boot("waits.lua") end`, "processes", "lab.lua:1: the world has 20 processes", bindings.Limits{Processes: 20}},
		{"on_boot with a function", `while true do a:on_boot(function() task.sleep(1e4) end) end`, "tasks", "lab.lua:1: the script has 20 tasks", bindings.Limits{Tasks: 20}},
		{"boots of a script", `a:on_boot("ends.lua") while true do a:crash() a:restart() task.sleep(1) end`, "starts", "the world has started 20 processes", bindings.Limits{Starts: 20}},
		{"boots of many functions", `a:crash() for i = 1, 50 do a:on_boot(function() task.sleep(1e4) end) end a:restart() task.sleep(1)`, "tasks",
			"the script has 20 tasks", bindings.Limits{Tasks: 20}},
		{"no limit", `for i = 1, 100 do a:exec("ends.lua"):wait() end`, "ok", "", bindings.Limits{Starts: bindings.NoLimit}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs, result := lab(t, map[string]string{
				"lab.lua":  `local net, task = require "net", require "task" local a = net.host "a" ` + c.script,
				"ends.lua": ``, "waits.lua": `require("task").sleep(1e4)`, "next.lua": `require("host").exec("next.lua")`,
			}, func(r *bindings.Run) { r.Limits = c.limits })
			if result.Verdict != c.verdict || !strings.Contains(errs, c.says) {
				t.Errorf("verdict %s, %q; want %s, %q", result.Verdict, errs, c.verdict, c.says)
			}
		})
	}
}

// TestModulesThatGiveFalse shows that require loads a module again whose value is false, as Lua 5.1 does, and another once.
func TestModulesThatGiveFalse(t *testing.T) {
	out, errs, _ := lab(t, map[string]string{
		"lab.lua": `for i = 1, 2 do io.write(tostring(require "no"), " ", tostring(require "yes"), "\n") end`,
		"no.lua":  `io.write("loads no. ") return false`, "yes.lua": `io.write("loads yes. ")`,
	})
	if want := "loads no. loads yes. false true\nloads no. false true\n"; out != want || errs != "" {
		t.Errorf("got %q, %q; want %q", out, errs, want)
	}
}

// TestDeadlockNamesWhatIsAwaited shows what the report of a deadlock calls the things that tasks wait for.
func TestDeadlockNamesWhatIsAwaited(t *testing.T) {
	_, errs, result := lab(t, map[string]string{"lab.lua": `
local net, task = require "net", require "task"
local q, p = task.queue(), net.host("a"):exec("reads.lua")
task.spawn(function() q:get() end)
task.spawn(function() p:wait() end)
task.first {q, p, task.spawn(function() q:get() end)}`, "reads.lua": `io.read()`})
	if result.Verdict != "deadlock" {
		t.Errorf("verdict %s", result.Verdict)
	}
	for _, part := range []string{"waits in first", "reads.lua", "queue", "lab.lua:6", "waits in read from standard input"} {
		if !strings.Contains(errs, part) {
			t.Errorf("the report does not name %q: %s", part, errs)
		}
	}
}
