package check_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// spy prints all that a script can see of where it runs, but for what it draws at random.
const spy = `
local seen = {}
local function walk(name, t)
  if seen[t] then return end
  seen[t] = true
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for _, k in ipairs(keys) do
    local v = rawget(t, k)
    print(name .. "." .. k, type(v), (type(v) == "string" or type(v) == "number") and v or "")
    if type(v) == "table" then walk(name .. "." .. k, v) end
  end
end
walk("_G", _G)
print(getmetatable(_G), getmetatable(""), #arg, arg[0], arg[1], arg[-1], ...)
for _, name in ipairs{"check", "rules", "net", "capture", "textbook", "grade", "shell", "host", "socket", "smtp", "trace", "nosuch", "solution"} do
  local ok, err = pcall(require, name)
  print("require", name, ok, ok and "" or err)
end
walk("loaded", package.loaded)
for _, name in ipairs{"check.lua", "/check.lua", "../check.lua", "solution.lua", "secret.txt", "/secret.txt", "mutants/a.lua", "/", ".", "/etc/hosts",
  "/etc/passwd", "/proc/self/environ", "/out", "spy.lua", "/spy.lua"} do
  local f, err, code = io.open(name)
  print("open", name, io.type(f), err, code)
  if f then print(pcall(f.read, f, 20)) end
end
print(os.time(), os.clock(), os.date(), os.getenv("HOME"), os.getenv("PATH"), os.getenv("MOONWIRE"), pcall(os.tmpname), os.execute and pcall(os.execute))
print(select(2, xpcall(function() local x = nil; return x.y end, debug.traceback)))
print(debug.getinfo(1, "S").source, debug.getinfo(1, "S").short_src, debug.traceback("here"))
print(pcall(error, "text", 2))
print(tostring(print), tostring({}), tostring(function() end), tostring(coroutine.create(print)))
print(io.stdin, io.stdout, io.stderr, io.read("*a"), pcall(io.popen, "ls"), pcall(string.dump, print))
local socket = require "socket"
print(socket.gettime(), socket.dns.gethostname(), socket._VERSION)
for _, name in ipairs{"localhost", "server", "client", "10.0.1.2"} do print(name, socket.dns.toip(name)) end
local c, err = socket.connect("server", 1)
print(c, err)
print(socket.connect("localhost", 1))
c = assert(socket.connect("server", 7))
print(c:getpeername())
c:send("hello\n")
print((c:receive()))
local host = require "host"
print(host.name(), host.ss():gsub("%d+%.%d+%.%d+%.%d+:%d+", "ADDRESS"))
for _, s in ipairs(host.sockets()) do print(s.process, s.state) end
socket.sleep(0.5)
print(socket.gettime(), collectgarbage("count") > 0, pcall(collectgarbage, "collect"))
`

// world makes the hosts of both runs.
const twoHosts = `
local net, socket = require "net", require "socket"
local client, server = net.host("client"), net.host("server")
net.link(client, server, {delay = "10 ms"})
server:spawn(function()
  local welcome = assert(socket.bind("*", 7))
  while true do
    local conn = welcome:accept()
    conn:send((conn:receive() or "") .. "\n")
    conn:close()
  end
end)
`

// TestSealed compares what a submission sees with what the same script sees as a process of a lab.
func TestSealed(t *testing.T) {
	var lab bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 7, Files: bindings.Files(fstest.MapFS{"spy.lua": {Data: []byte(spy)},
		"lab.lua": {Data: []byte(twoHosts + `local p = client:exec("spy.lua", "one") p:close_input() p:wait() io.write(p:output(), p:errors())`)}})},
		Script: "lab.lua", Stdout: &lab, Stderr: &lab}.Do()
	if err != nil || result.Status != 0 {
		t.Fatal(err, lab.String())
	}
	var names []string
	for _, m := range bindings.Modules() {
		names = append(names, fmt.Sprintf("%q", m.Name))
	}
	checker := bindings.Checker()
	ex := folder(`
local check = require "check"
check.exercise{main = "spy.lua", modules = {` + strings.Join(names, ", ") + `}}
check.test{name = "spy", run = function(t) ` + twoHosts + `
  local p = t:start(client, {args = {"one"}, input = ""})
  p:wait()
  local f = assert(io.open("lab.txt"))
  local seen = p:output() .. p:errors()
  for line in (seen .. "\n"):gmatch("(.-)\n") do
    local want = f:read("*l") or ""
    if line ~= want then print("-" .. want) print("+" .. line) end
  end
  t:expect(#seen, "how much it sees"):equals(f:seek("end"))
end}`)
	ex.Files.(fstest.MapFS)["lab.txt"] = &fstest.MapFile{Data: lab.Bytes()}
	if err := checker.Declare(ex); err != nil {
		t.Fatal(err)
	}
	sub, err := grade.OneFile("spy", ex.Main, []byte(spy))
	if err != nil {
		t.Fatal(err)
	}
	a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: "spy", Seed: 7}, grade.Limits{})
	if a.Verdict != grade.Passed || a.Notes != "" {
		t.Errorf("what a submission sees differs (-as a process of a lab, +graded):\n%s\n%+v", a.Notes, a.Findings)
	}
	if !strings.Contains(lab.String(), "require\tsmtp\ttrue") || !strings.Contains(lab.String(), "ADDRESS") || strings.Contains(lab.String(), "check.lua only") {
		t.Errorf("the spy saw too little or too much:\n%s", lab.String())
	}
}

// TestSeedIsHidden: what a submission draws at random follows from the trial's seed, but neither from that alone nor from the world's.
func TestSeedIsHidden(t *testing.T) {
	draw := func(seed uint64, test, solution string) string {
		t.Helper()
		checker := bindings.Checker()
		ex := folder(`
local check, net = require "check", require "net"
local function run(t)
  local p = t:start(net.host("pc"))
  p:wait()
  io.write(p:output(), math.random(1e6), " ", net.seed())
end
check.test{name = "one", run = run}
check.test{name = "two", run = run}`)
		ex.Files.(fstest.MapFS)["solution.lua"] = &fstest.MapFile{Data: []byte(solution)}
		if err := checker.Declare(ex); err != nil {
			t.Fatal(err)
		}
		sub, err := grade.OneFile("spy", ex.Main, []byte("math.randomseed(1) io.write(math.random(1e6), ' ', math.random(1e6), ' ')"))
		if err != nil {
			t.Fatal(err)
		}
		a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: test, Seed: seed}, grade.Limits{})
		if a.Verdict != grade.Passed {
			t.Fatalf("%+v", a)
		}
		return a.Notes
	}
	first := draw(1, "one", "a")
	if again := draw(1, "one", "a"); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	for _, other := range []string{draw(2, "one", "a"), draw(1, "two", "a"), draw(1, "one", "b")} {
		if strings.Fields(other)[3] == strings.Fields(first)[3] {
			t.Errorf("the world of another seed, test or solution has the same seed: %s, %s", first, other)
		}
	}
}

// TestUnlistedModule: a submission gets a module that the exercise does not list, so that nothing tells it where it runs, and the test is lost.
func TestUnlistedModule(t *testing.T) {
	const exercise = `
local check, net = require "check", require "net"
check.exercise{modules = {"socket", "task"}}
check.test{name = "one", points = 3, run = function(t)
  t:credit(2)
  t:expect(t:start(net.host("pc")):wait(), "its status"):equals(0)
end}`
	a := try(t, exercise, "require 'socket' print(require('task').now())", grade.Limits{})
	if a.Verdict != grade.Passed || a.Earned != 3 {
		t.Errorf("with listed modules: %+v", a)
	}
	for _, source := range []string{"require 'socket'\nprint(require('json').encode(1))", "require 'socket'\nprint(pcall(require, 'host')) while true do require('task').sleep(1) end"} {
		a := try(t, exercise, source, grade.Limits{})
		if a.Verdict != grade.Failed || a.Earned != 0 || len(a.Findings) != 1 || a.Findings[0].Where != "submission.lua:2" ||
			!strings.Contains(a.Findings[0].Message, "; this exercise is to be done with socket, task") || a.Elapsed != 0 {
			t.Errorf("%s: %+v", source, a)
		}
	}
}
