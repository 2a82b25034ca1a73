package trace_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
)

// run runs lab.lua among files and returns what it prints.
func run(t *testing.T, o engine.Options, files map[string]string) string {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	o.Files = bindings.Files(tree)
	var out, errs bytes.Buffer
	result, err := bindings.Run{World: o, Script: "lab.lua", Stdout: &out, Stderr: &errs}.Do()
	if err != nil {
		t.Fatal(err)
	}
	if result.Status != 0 {
		t.Errorf("status %d: %s", result.Status, errs.String())
	}
	return out.String()
}

// prelude makes two hosts of which one serves the other.
const prelude = `
local net, socket, task, trace = require "net", require "socket", require "task", require "trace"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
local function serve()
  b:spawn(function()
    local welcome = assert(socket.bind("*", 6789))
    while true do
      local s = welcome:accept()
      s:send(s:receive():upper() .. "\n")
      s:close()
    end
  end)
end
local function ask(text)
  return a:spawn(function()
    local s = assert(socket.connect("b", 6789))
    s:send(text .. "\n")
    s:receive()
    s:close()
  end):join()
end
`

func TestLab(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"whole world", `local t = trace.start() serve() ask("one") ask("two") t:stop() ask("three")
			print(t:dialogue()) print(t:running())`, "# a:59714 -> b:6789, tcp\nC: one\n"},
		{"started late", `serve() ask("one") local t = trace.start() ask("two") print(t:dialogue())`, "C: two\nS: TWO\n"},
		{"hosts as objects", `local t = trace.start({hosts = {a, b}}) serve() ask("x") print(#t:events({hosts = {"a"}}) > 5, #t:events({hosts = {"localhost"}}))`, "true\t0\n"},
		{"ports", `local t = trace.start({ports = {7}}) serve() ask("x") print(#t:events())`, "0\n"},
		{"in use", `local t = trace.start() print(trace.start()) t:stop() print(trace.start() ~= nil)`, "nil\ta trace of this process is running; stop it first\tin-use\ntrue\n"},
		{"no span", `print(pcall(trace.start, {from = 2, to = 1}))`, "false\ttrace.start: option 'to': want an instant that is not before from, 2s, got 1s\n"},
		{"no such host", `print(pcall(trace.start, {hosts = {"c"}}))`, "false\ttrace.start: option 'hosts': want hosts of the world, got \"c\", which is none\n"},
		{"no host", `print(pcall(trace.start, {hosts = {true}}))`, "false\ttrace.start: option 'hosts': want hosts or their names, got boolean\n"},
		{"no port", `print(pcall(trace.start, {ports = {70000}}))`, "false\ttrace.start: option 'ports': want numbers from 0 to 65535, got 70000\n"},
		{"save", `local t = trace.start() serve() ask("x")
			assert(t:save("/t.txt")) assert(t:save("/t.jsonl", {ports = {6789}})) assert(t:save("/t.svg"))
			print(io.open("/t.txt"):read("*a")) print(#io.open("/t.jsonl"):read("*a") > 500, io.open("/t.svg"):read(4))
			print(t:save("/no/such/t.svg")) print(t:save("/t.png"))`,
			"C: x\nS: X\n\ntrue\t<svg\nnil\tcannot write /no/such/t.svg: No such file or directory\tnot-found\nnil\tcapture: \"t.png\" does not end in .txt (dialogue), .jsonl (JSON lines) or .svg (sequence diagram)\tinvalid\n"},
		{"limits", `local t = trace.start({events = 3, bytes = 1}) serve() ask("x") print(#t:events()) print((t:text():match("%d+ more events were not kept")))`,
			"3\n8 more events were not kept\n"},
		{"an event", `local t = trace.start() serve() ask("x")
			for _, e in ipairs(t:events()) do if e.op == "send" and e.host == "a" then
				print(e.at, e.process, e.transport, e.remote_address, e.peer, e.conversation, e.size, e.data == "x\n", e.text, e.code) end end`,
			"0.02\tlab.lua[1]\ttcp\t10.0.1.2:6789\tb\t1\t2\ttrue\tnil\tnil\n"},
		{"a failure", `local t = trace.start() ask("x") local e = t:events() print(e[#e].op, e[#e].message, e[#e].code)`, "failed\tConnection refused\trefused\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(t, engine.Options{}, map[string]string{"lab.lua": prelude + c.script}); !strings.HasPrefix(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestPlainProcess checks that a process which is not the lab's sees itself and nobody else.
func TestPlainProcess(t *testing.T) {
	got := run(t, engine.Options{}, map[string]string{
		"lab.lua": prelude + `serve()
			local spy = a:exec("spy.lua")
			ask("secret")
			spy:write("now\n")
			spy:wait()
			io.write(spy:output())`,
		"spy.lua": `local trace, socket = require "trace", require "socket"
			local t = assert(trace.start())
			io.read()
			local s = assert(socket.connect("b", 6789))
			s:send("mine\n")
			s:receive()
			trace.note("done")
			print(t:dialogue())
			local hosts = {}
			for _, e in ipairs(t:events()) do hosts[e.host] = true end
			print(hosts.a, hosts.b)
			print((t:json():find("secret")))
			print(pcall(require, "capture"))`,
	})
	want := "C: mine\nS: MINE\ntrue\tnil\nnil\nfalse\t"
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "module 'capture' is for the lab's own process only") {
		t.Errorf("got\n%s", got)
	}
}

// TestEndedProcess checks that the trace of a process that has ended costs the others nothing.
func TestEndedProcess(t *testing.T) {
	got := run(t, engine.Options{}, map[string]string{
		"lab.lua":   prelude + `serve() a:exec("short.lua"):wait() ask("x") print("on")`,
		"short.lua": `require("trace").start()`,
	})
	if got != "on\n" {
		t.Errorf("got %q", got)
	}
}

// TestRealNetwork traces a connection over the machine's loopback.
func TestRealNetwork(t *testing.T) {
	allow, err := osnet.ParseAllow("localhost:*")
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, engine.Options{Real: true, Allow: allow}, map[string]string{"lab.lua": `
		local socket, task, trace = require "socket", require "task", require "trace"
		local t = trace.start()
		local welcome = assert(socket.bind("127.0.0.1", 0))
		local _, port = welcome:getsockname()
		task.spawn(function()
			local s = assert(welcome:accept())
			s:send(s:receive():upper() .. "\n")
			s:close()
		end)
		local c = assert(socket.connect("127.0.0.1", port))
		c:send("over the loopback\n")
		c:receive("*a")
		c:close()
		print(t:stop():dialogue())
		for _, e in ipairs(t:events()) do io.write(e.op, " ") end
		print(t:text():find("%-%- over the loopback %-") ~= nil)`})
	if !strings.HasPrefix(got, "C: over the loopback\nS: OVER THE LOOPBACK\n") || !strings.Contains(got, "end ") || !strings.HasSuffix(got, "true\n") {
		t.Errorf("got\n%s", got)
	}
}
