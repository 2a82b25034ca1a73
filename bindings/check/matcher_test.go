package check_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// TestExpectations: what holds says nothing, what does not is told side by side.
func TestExpectations(t *testing.T) {
	for _, c := range []struct{ body, want string }{ // want is the message of the only finding, "" if there must be none
		{"t:expect(1, 'x'):equals(1) t:expect({1, {a = 'b'}}, 'x'):equals({1, {a = 'b'}}) t:expect(nil, 'x'):equals(nil)", ""},
		{"t:expect(2, 'the count'):equals(1)", "the count: expected 1, got 2"},
		{"t:expect('1', 'the count'):equals(1)", `the count: expected 1, got "1"`},
		{"t:expect({1, 2}, 'the list'):equals({1, 2, 3})", "the list: expected {1, 2, 3}, got {1, 2}"},
		{"t:expect({1, 2, 3}, 'the list'):equals({1, 2})", "the list: expected {1, 2}, got {1, 2, 3}"},
		{"t:expect(('x'):rep(90), 'the text'):equals('y')", `the text: expected "y", got something else`},
		{"t:expect('a\\nb\\n', 'the text'):equals(('x'):rep(90))", "the text is not as expected"},
		{"t:expect(1, 'x'):differs(2) t:expect('a', 'x'):differs('b')", ""},
		{"t:expect(2, 'the number'):differs(2)", "the number: expected anything but 2, got 2"},
		{"local a, b = t:expect('from 1 to 2', 'x'):matches('(%d) to (%d)') t:expect(a .. b, 'y'):equals('12')", ""},
		{"t:expect(nil, 'the line'):matches('^a')", `the line: expected text that matches "^a", got nil`},
		{"t:expect('abc', 'x'):contains('b.') t:expect({1, 'two'}, 'x'):contains('two')", `x: expected something with "b." in it, got "abc"`},
		{"t:expect('abc', 'x'):lacks('d') t:expect({1}, 'x'):lacks(1)", "x: expected nothing with 1 in it, got {1}"},
		{"t:expect(5, 'x'):between(5, 6) t:expect('5.5', 'x'):between(5, 6) t:expect(7, 'x'):between(5, 6)", "x: expected a number from 5 to 6, got 7"},
		{"t:expect(1.04, 'x'):near(1, 0.05) t:expect(1.06, 'x'):near(1, 0.05)", "x: expected 1 ± 0.05, got 1.06"},
		{"t:expect(0/0, 'x'):near(1, 0.05)", "x: expected 1 ± 0.05, got -nan"},
		{"t:expect(2, 'x'):at_least(2) t:expect(1, 'x'):at_least(2)", "x: expected at least 2, got 1"},
		{"t:expect(2, 'x'):at_most(2) t:expect(3, 'x'):at_most(2)", "x: expected at most 2, got 3"},
		{"t:expect('many', 'x'):at_most(2)", `x: expected at most 2, got "many"`},
		{"t:expect(0, 'x'):holds() t:expect(false, 'x'):holds()", "x: expected neither nil nor false, got false"},
		{"local n = 0 task.every(1, function() n = n + 1 end) t:expect(function() return n end, 'n'):within('3.5 s'):equals(3)", ""},
		{"local n = 0 t:expect(function() n = n + 1 return n end, 'n'):within('1 s'):equals(0)", "n: expected 0 within 1s, got 201"},
		{"t:require(1, 'x'):equals(2) error('not reached')", "x: expected 2, got 1"},
		{"pcall(function() t:require(1, 'x'):equals(2) end) error('not reached')", "x: expected 2, got 1"},
		{"pc:spawn(function() t:require(1, 'x'):equals(2) end) task.sleep(1) error('not reached')", "x: expected 2, got 1"},
		{"local a, b = t:must('divide', 6, 'rest') t:expect(a .. b, 'x'):equals('6rest') t:must('divide', nil, 'by zero') error('not reached')", "could not divide: by zero"},
		{"t:fail('It is late.', {expected = 'noon', actual = 23}) error('not reached')", "It is late."},
		{"t:expect(t:start(pc, {args = {'one', 2}, input = 'in'})):prints('^one\\t2\\tin\\n$')", ""},
		{"t:expect(t:start(pc, {args = {'.'}, input = ''})):prints('.', {plain = true}) t:expect(t:start(pc, {input = ''})):prints('.x', {plain = true})",
			`submission.lua on pc: expected to print ".x", got "nil\tnil\t\n"; submission.lua on pc had ended with status 0`},
		{"local p = t:start(pc, {args = {1, 'sleep'}, input = ''}) t:expect(p, 'the sleeper'):within('1 s'):exits()",
			"the sleeper: expected to end with status 0 within 1s, but it still runs; submission.lua on pc waits in sleep at submission.lua:1 since 0s"},
		{"t:expect(t:solution(pc)):prints('^the solution')", ""},
		{"t:expect(select(2, t:on(pc, function(a, b) return a, b end, 1, 2)), 'x'):equals(2)", ""},
		{"t:on(pc, error, 'on a host')", "FAULT on a host"},
		{"t:expect(nil, 'the line'):equals('x') local n = #nil", "the line: expected \"x\", got nil"},
	} {
		a := try(t, "local check, net, task = require 'check', require 'net', require 'task'\ncheck.exercise{modules = {'task'}}\ncheck.test{name = 'a', points = 3, run = function(t) t:credit(1) local pc = net.host('pc')\n"+c.body+"\nend}",
			"local a, b = ... print(a, b, (io.read('*a'))) if b == 'sleep' then require('task').sleep(100) end", grade.Limits{})
		if fault, ok := strings.CutPrefix(c.want, "FAULT "); ok {
			if a.Verdict != grade.Fault || !strings.Contains(a.Report, fault) {
				t.Errorf("%s\n%+v", c.body, a)
			}
			continue
		}
		got := ""
		for _, f := range a.Findings {
			got += f.Message
		}
		verdict, earned := grade.Failed, 1.0
		if c.want == "" {
			verdict, earned = grade.Passed, 3
		}
		if got != c.want || a.Verdict != verdict || a.Earned != earned {
			t.Errorf("%s\n%s, %g points: %s\n%s\nwant %s", c.body, a.Verdict, a.Earned, got, a.Report, c.want)
		}
	}
}

// TestUsage: tests see what went over the wire and what it took.
func TestUsage(t *testing.T) {
	a := try(t, `
local check, net, socket, task = require "check", require "net", require "socket", require "task"
check.test{name = "a", run = function(t)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server)
  local welcome, udp = t:on(server, socket.bind, "*", 7), t:on(server, socket.udp)
  udp:setsockname("*", 9)
  local p = t:start(client)
  local conn = welcome:accept()
  conn:send(conn:receive() .. " yourself\n")
  local data, ip, port = udp:receivefrom()
  udp:sendto(data:upper(), ip, port)
  t:expect(p):exits()
  t:expect(t:sent(p), "what it sent"):equals("hello\n")
  t:expect(t:received(p), "what it received"):equals("hello yourself\n")
  t:expect(t:datagrams(p)[1].data, "its datagram"):equals("gram")
  t:expect(t:datagrams(p)[1].peer .. t:datagrams(p)[1].port, "where to"):equals("server9")
  t:expect(t:datagrams(p, "received")[1].data, "the answer"):equals("GRAM")
  local u = t:usage(p)
  t:expect({u.connects, u.accepts, u.datagrams_sent, u.bytes_sent, u.bytes_received, u.open}, "usage"):equals({1, 0, 1, 10, 19, 0})
  t:expect(u.fuel, "fuel"):between(100, 1e6)
  t:expect(t:trace():dialogue({ports = {7}}), "the dialogue"):equals("C: hello\nS: hello yourself")
end}`, `
local socket = require "socket"
local c = socket.connect("server", 7)
c:send("hello\n")
c:receive()
c:close()
local u = socket.udp()
u:setpeername("server", 9)
u:send("gram")
u:receive()
u:close()`, grade.Limits{})
	if a.Verdict != grade.Passed {
		t.Errorf("%+v", a)
	}
	said := ""
	for _, line := range a.Dialogue {
		if line.To != "" {
			said += line.Kind + " " + line.Text + ", "
		}
	}
	if want := "connect connect :7, send hello, send hello yourself, datagram gram, datagram GRAM, "; said != want {
		t.Errorf("the dialogue is %s\nwant %s", said, want)
	}
}

// TestTooMuch: a submission cannot hide what it sends behind what the trace has no room for.
func TestTooMuch(t *testing.T) {
	for _, submission := range []string{"for i = 1, 30000 do u:send('x') end", "local s = ('x'):rep(60000) for i = 1, 100 do u:send(s) end"} {
		a := try(t, `
local check, net = require "check", require "net"
check.test{name = "a", run = function(t)
  local pc, server = net.host("pc"), net.host("server")
  net.link(pc, server)
  local p = t:start(pc)
  p:wait()
  t:expect(t:datagrams(p), "the datagrams"):lacks("secret")
end}`, "local u = require('socket').udp() u:setpeername('server', 9)\n"+submission, grade.Limits{})
		if a.Verdict != grade.Failed || !strings.Contains(a.Findings[0].Message, "more with their sockets than is kept: 20000 steps, or 4 MiB") {
			t.Errorf("%s: %s %+v", submission, a.Verdict, a.Findings)
		}
	}
}

// TestDrip waits for the output of a process that prints byte for byte, which must not cost check.lua its fuel.
func TestDrip(t *testing.T) {
	const check = `
local check, net = require "check", require "net"
check.exercise{modules = {"task"}}
check.test{name = "a", run = function(t)
  t:expect(t:start(net.host("pc"))):prints("END> $")
end}`
	for _, pause := range []string{"0.0001", "0.02"} {
		a := try(t, check, "for i = 1, 20000 do io.write('x') require('task').sleep("+pause+") end io.write('END> ') io.read()", grade.Limits{})
		if a.Verdict != grade.Passed {
			t.Errorf("%s: %s %+v %s", pause, a.Verdict, a.Findings, a.Report)
		}
	}
	a := try(t, check, "while true do io.write('x') require('task').sleep(0.003) end", grade.Limits{})
	if a.Verdict != grade.TimeOut {
		t.Errorf("%s %+v %s", a.Verdict, a.Findings, a.Report)
	}
}

// TestChaos: a test with chaos runs under many seeds, each of which does the same again, and says what its network did.
func TestChaos(t *testing.T) {
	const exercise = `
local check, net, socket = require "check", require "net", require "socket"
check.test{name = "a", chaos = {delay = "1 s", cut = 1}, run = function(t)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server)
  local welcome = t:on(server, socket.bind, "*", 7)
  t:start(client)
  local conn = welcome:accept()
  conn:settimeout(0.01)
  local _, _, part = conn:receive("*l")
  t:expect(part or "all at once", "the first piece"):equals("")
end}`
	const submission = `
local c = require("socket").connect("server", 7)
c:send(("x"):rep(1000) .. "\n")`
	a := try(t, exercise, submission, grade.Limits{})
	b := try(t, exercise, submission, grade.Limits{})
	if a.Verdict != grade.Failed || a.Report != b.Report || a.Findings[0] != b.Findings[0] || a.Elapsed != b.Elapsed {
		t.Errorf("%+v\n%+v", a, b)
	}
	if !strings.Contains(a.Report, "the network under this seed:\n  client -> server: delay") {
		t.Error(a.Report)
	}
}
