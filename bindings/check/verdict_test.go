package check_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// folder makes an exercise of one file.
func folder(check string) *grade.Exercise {
	return &grade.Exercise{Name: "exercise", Files: fstest.MapFS{"check.lua": {Data: []byte(check)}, "secret.txt": {Data: []byte("for check.lua only")},
		"solution.lua": {Data: []byte("print('the solution')")}}}
}

// try declares an exercise and tries its first test with a submission of one file.
func try(t *testing.T, check, submission string, l grade.Limits) grade.Attempt {
	t.Helper()
	return tryWith(t, bindings.Checker(), check, submission, l)
}

func tryWith(t *testing.T, checker grade.Checker, check, submission string, l grade.Limits) grade.Attempt {
	t.Helper()
	ex := folder(check)
	if err := checker.Declare(ex); err != nil {
		t.Fatal(err)
	}
	sub, err := grade.OneFile("somebody", ex.Main, []byte(submission))
	if err != nil {
		t.Fatal(err)
	}
	return checker.Try(context.Background(), ex, sub, grade.Trial{Test: ex.Tests[0].Name, Seed: 1}, l)
}

// echo is an exercise with one test: the submission is to send a line to a server and to print the answer.
const echo = `
local check, net, socket = require "check", require "net", require "socket"
check.exercise{main = "client.lua", modules = {"socket", "task"}}
check.test{name = "echo", points = 4, run = function(t)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server, {delay = "10 ms"})
  server:spawn(function()
    local conn = assert(socket.bind("*", 7)):accept()
    local line = conn:receive()
    if line then conn:send(line:upper() .. "\n") end
    conn:close()
  end)
  local p = t:start(client, {args = {"server"}})
  t:expect(p):within("30 s"):prints("^HELLO\n$")
  t:credit(1)
  t:expect(p):exits()
end}`

const good = `
local socket = require "socket"
local c = assert(socket.connect(arg[1], 7))
c:send("hello\n")
print((c:receive()))`

// TestVerdicts tries submissions at a time, with one Checker.
func TestVerdicts(t *testing.T) {
	checker := bindings.Checker()
	for _, c := range []struct {
		name, submission string
		limits           grade.Limits
		verdict          grade.Verdict
		earned           float64
		finding          string // part of the first one
		where            string // of the first one
		report           string // part of it
	}{
		{"passed", good, grade.Limits{}, grade.Passed, 4, "", "", ""},
		{"failed", strings.Replace(good, "hello", "goodbye", 1), grade.Limits{}, grade.Failed, 1,
			`client.lua on client: expected to print what matches "^HELLO\n$" within 30s, got "GOODBYE\n"; client.lua on client had ended with status 0`, "", ""},
		{"deadlock", `
local socket = require "socket"
local c = assert(socket.connect(arg[1], 7))
c:send("hello")
print(c:receive())`, grade.Limits{}, grade.Deadlock, 1, `got no output; client.lua on client waits in receive at client.lua:5 since 20ms`, "client.lua:5",
			"client/client.lua[1] waits in receive"},
		{"time", `require("socket").sleep(1e9)`, grade.Limits{}, grade.TimeOut, 1, "client.lua on client waits in sleep at client.lua:1", "client.lua:1", ""},
		{"time given", `while true do require("socket").sleep(1) end`, grade.Limits{Time: 5 * time.Second}, grade.TimeOut, 0, "the test has not ended after 5s on the world's clock", "client.lua:1", ""},
		{"fuel", "while true do end", grade.Limits{Fuel: 1_000_000}, grade.Fuel, 1, "the instruction budget of 1000000 is spent", "client.lua:1", "client.lua:1"},
		{"memory", "local t = {} while true do t[#t + 1] = {} end", grade.Limits{Memory: 4 << 20}, grade.Memory, 1, "4 MiB", "client.lua:1", "memory"},
		{"output", "while true do print(('x'):rep(1000)) end", grade.Limits{Output: 1 << 16}, grade.OutputLimit, 1, "64 KiB", "client.lua:1", "as much as it may"},
		{"sockets", "local all = {} while true do local s = require('socket').udp() s:setsockname('*', 0) all[#all + 1] = s end", grade.Limits{}, grade.Limit, 1, "sockets open", "client.lua:1", "1000 sockets"},
		{"tasks", "while true do require('task').spawn(require('task').sleep, 1e6) end", grade.Limits{}, grade.Limit, 1, "tasks", "client.lua:1", "1000 tasks"},
		{"packets", `
local socket = require "socket"
local s = socket.udp()
while true do s:sendto("x", "10.0.1.2", 9) socket.sleep(1e-6) end`, grade.Limits{Fuel: 1e12}, grade.Limit, 0, "packets", "client.lua:4", "packets"},
		{"crash", good + "\nlocal x\nprint(x.y)", grade.Limits{}, grade.Crash, 1,
			"client.lua on client: expected to end with status 0, got status 1: client.lua:7: attempt to index local 'x' (a nil value)", "client.lua:7",
			"    7 | print(x.y)\nstack traceback of main on client:\n    client.lua:7: in main chunk"},
		{"cannot load", "print('hello'", grade.Limits{}, grade.CannotLoad, 1, "had ended with status 1: client.lua:1:", "client.lua:1", "    1 | print('hello'"},
		{"exit status", good + "\nos.exit(3)", grade.Limits{}, grade.Failed, 1, "client.lua on client: expected to end with status 0, got status 3", "", ""},
		{"stack", "local function f() return 1 + f() end f()", grade.Limits{}, grade.Crash, 1, "stack overflow", "client.lua:1", "stack overflow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && c.name == "packets" {
				t.Skip("it takes seconds under the race detector")
			}
			a := tryWith(t, checker, echo, c.submission, c.limits)
			if a.Verdict != c.verdict || a.Earned != c.earned {
				t.Errorf("%s, %g points, want %s, %g points", a.Verdict, a.Earned, c.verdict, c.earned)
			}
			first := grade.Finding{}
			if len(a.Findings) > 0 {
				first = a.Findings[0]
			}
			if !strings.Contains(first.Message, c.finding) || first.Where != c.where || !strings.Contains(a.Report, c.report) {
				t.Errorf("%+v\n%s", a.Findings, a.Report)
			}
		})
	}
}
