package bindings_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// lab runs lab.lua of a set of files and returns what it printed, what it said on standard error and how it ended.
func lab(t *testing.T, files map[string]string, change ...func(*bindings.Run)) (stdout, stderr string, result bindings.Result) {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var out, errs bytes.Buffer
	run := bindings.Run{
		World:  engine.Options{Seed: 1, Files: bindings.Files(folder), TimeLimit: 24 * time.Hour, Hash: true},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 50_000_000}, Stdout: &out, Stderr: &errs,
	}
	for _, f := range change {
		f(&run)
	}
	result, err := run.Do()
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), result
}

const upperServer = `
local socket = require "socket"
local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = assert(welcome:accept())
  local line = conn:receive("*l")
  if line then conn:send(line:upper() .. "\n") end
  conn:close()
end`

const upperClient = `
local socket = require "socket"
local sock = assert(socket.connect(arg[1], tonumber(arg[2])))
sock:send(io.read("*l") .. "\n")
print((sock:receive("*l")))
sock:close()`

func TestTheShapeOfALab(t *testing.T) {
	out, errs, result := lab(t, map[string]string{
		"upper_server.lua": upperServer, "upper_client.lua": upperClient,
		"lab.lua": `
local net = require "net"
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "10 ms", rate = "10 Mbps", loss = 0.01})
local s = server:exec("upper_server.lua", 6789)
local c = client:exec("upper_client.lua", "server", 6789)
c:write("hello\n")
print(c:wait())
io.write(c:output())
print(s:running())`,
	})
	if want := "0\nHELLO\ntrue\n"; out != want || errs != "" || result.Status != 0 {
		t.Errorf("got %q, %q, status %d; want %q", out, errs, result.Status, want)
	}
	if result.Hash == "" {
		t.Error("no hash of the packets")
	}
}

func TestSpawnRunsOnItsHost(t *testing.T) {
	out, errs, _ := lab(t, map[string]string{"lab.lua": `
local net, host, socket = require "net", require "host", require "socket"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "5 ms"})
a:spawn(function()
  local s = assert(socket.bind("*", 80))
  local c = assert(s:accept())
  c:send(host.name() .. "\n")
  c:close()
end)
local t = b:spawn(function()
  local c = assert(socket.connect("a", 80))
  return host.name(), (c:receive())
end)
print(t:join())
print(host.name(), os.clock())`})
	if want := "true\tb\ta\nlocalhost\t0.02\n"; out != want || errs != "" {
		t.Errorf("got %q, %q; want %q", out, errs, want)
	}
}

func TestEndings(t *testing.T) {
	for _, c := range []struct {
		name, script string
		status       int
		stderr       []string // parts of what is said
	}{
		{"returns", `print "x"`, 0, nil},
		{"exit", `os.exit(7)`, 7, nil},
		{"exit inside pcall", `pcall(function() os.exit(5) end) print "not reached"`, 5, nil},
		{"exit in a task", `require("task").spawn(function() os.exit(4) end) require("task").sleep(1)`, 4, nil},
		{"error", "local x\nx.y = 1", 1, []string{"lab.lua:2:", "2 | x.y = 1", "stack traceback of main on localhost"}},
		{"error in a function", "local function f() error('bad thing') end\nf()", 1, []string{"lab.lua:1: bad thing", "in function 'f'", "lab.lua:2"}},
		{"syntax", "x = = 1", 1, []string{"lab.lua:1:", "1 | x = = 1"}},
		{"fuel", `while true do end`, 3, []string{"instruction budget", "lab.lua:1"}},
		{"fuel in pcall", `while true do pcall(function() while true do end end) end`, 3, []string{"instruction budget"}},
		{"fuel in a coroutine", `coroutine.wrap(function() while true do end end)()`, 3, []string{"instruction budget"}},
		{"waiting for nothing", `local task = require "task" while true do task.sleep(0) end`, 3, []string{"instruction budget", "lab.lua:1"}},
		{"virtual time", `while true do require("task").sleep(60) end`, 3, []string{"time limit"}},
		{"deadlock", "local socket = require 'socket'\nlocal s = socket.bind('*', 80)\ns:accept()", 1,
			[]string{"deadlock", "main on localhost", "waits in accept", "0.0.0.0:80", "lab.lua:3", "since 0s"}},
		{"a failing task does not stop the rest", "local task = require 'task'\ntask.spawn(function() error('lost') end)\ntask.sleep(1) print 'on'", 1,
			[]string{"lost", "lab.lua:2"}},
		{"a joined failure is the joiner's", "local t = require('task').spawn(function() error({}) end)\nlocal ok, e = t:join() assert(ok == nil and type(e) == 'table')", 0, nil},
		{"unknown module", `require "sockett"`, 1, []string{"module 'sockett' not found", "did you mean 'socket'"}},
		{"a port out of range", `assert(require("socket").bind("*", 70000))`, 1, []string{"port 70000 is out of range (0 to 65535)", "lab.lua:1"}},
		{"a link to nowhere", `local net = require "net" net.link(net.host("a"), nil)`, 1, []string{"net.link: argument 2 (b): want", "got nil"}},
		{"a file beside the script", `assert(require("other").n == 3)`, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs, result := lab(t, map[string]string{"lab.lua": c.script, "other.lua": "return {n = 3}"},
				func(r *bindings.Run) { r.Limits.Fuel = 3_000_000 })
			if result.Status != c.status {
				t.Errorf("status %d, want %d (%s)", result.Status, c.status, errs)
			}
			for _, part := range c.stderr {
				if !strings.Contains(errs, part) {
					t.Errorf("standard error %q does not contain %q", errs, part)
				}
			}
			if c.stderr == nil && errs != "" {
				t.Errorf("standard error %q, want none", errs)
			}
		})
	}
}

func TestAProcessThatFailsHarmsNobody(t *testing.T) {
	out, errs, result := lab(t, map[string]string{
		"bad.lua":    "local t = nil\nprint(t.x)",
		"loop.lua":   "while true do end",
		"steals.lua": `require "net"`,
		"good.lua":   `require("task").sleep(2) print "good"`,
		"lab.lua": `
local net = require "net"
local a = net.host("a")
local list = {}
for i, name in ipairs{"bad", "loop", "steals", "good"} do list[i] = a:exec(name .. ".lua") end
for _, p in ipairs(list) do print((p:wait())) end
io.write(list[4]:output())`,
	}, func(r *bindings.Run) { r.Limits.Fuel = 1_000_000 })
	if want := "1\n3\n1\n0\ngood\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	for _, part := range []string{"a: bad.lua:2:", "a: loop.lua:1:", "only: a process on a host cannot change the topology"} {
		if !strings.Contains(errs, part) {
			t.Errorf("standard error %q does not contain %q", errs, part)
		}
	}
	if result.Status != 0 {
		t.Errorf("status %d, want 0", result.Status)
	}
}

func TestErrorsOfProcessesBelowProcessesHaveOneLabel(t *testing.T) {
	out, errs, _ := lab(t, map[string]string{
		"lab.lua":    `local p = require("net").host("a"):exec("middle.lua") p:wait() io.write(p:errors())`,
		"middle.lua": `require("host").exec("low.lua"):wait() io.stderr:write("middle\n")`,
		"low.lua":    `io.stderr:write("low\n")`,
	})
	if want := "a: low\na: middle\n"; errs != want || out != "middle\n" {
		t.Errorf("got %q and %q; want %q and the process's own lines", errs, out, want)
	}
}

// TestCrashOfTheLabsHost checks that a lab that switches its own host off is told why it ends.
func TestCrashOfTheLabsHost(t *testing.T) {
	out, errs, result := lab(t, map[string]string{"lab.lua": `
print("before")
require("net").find("localhost"):crash()
print("after")`})
	want := "moonwire: the host that the script itself runs on crashed, and everything ends with it\n"
	if out != "before\n" || errs != want || result.Status != 255 || result.Verdict != "crashed" {
		t.Errorf("got %q, %q, %+v", out, errs, result)
	}
}

func TestCrashEndsProcesses(t *testing.T) {
	out, _, _ := lab(t, map[string]string{
		"wait.lua": `local f = io.open("/kept", "w") f:write("here") f:close() require("task").sleep(100)`,
		"lab.lua": `
local net, task = require "net", require "task"
local a = net.host("a")
local p = a:exec("wait.lua")
task.sleep(1)
a:crash()
print(p:wait())
print(a:exec("wait.lua"))
a:restart()
print(a:read_file("/kept"))`,
	})
	want := "255\tprocess: its host crashed\nnil\ta is down: it crashed and was not restarted\tunreachable\nhere\n"
	if out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
