package bindings_test

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// prints runs a script and compares what it prints.
func prints(t *testing.T, script, want string) {
	t.Helper()
	out, errs, result := lab(t, map[string]string{"lab.lua": script, "upper_server.lua": upperServer, "upper_client.lua": upperClient})
	if out != want || errs != "" || result.Status != 0 {
		t.Errorf("got %q, %q, status %d; want %q", out, errs, result.Status, want)
	}
}

// TestMisuseOfFaults checks what is said about faults of things that are not there.
func TestMisuseOfFaults(t *testing.T) {
	const begin = `local net = require "net"
local a, b, c, r = net.host("a"), net.host("b"), net.host("c"), net.router("r")
local l, up = net.link(a, b), net.link(r, a)
`
	for _, c := range []struct{ script, want string }{
		{`a:crash() a:crash()`, "host.Host:crash: a is down already: it crashed and was not restarted"},
		{`a:restart()`, "host.Host:restart: a is running: only a host that crashed can be restarted"},
		{`net.partition(a, a)`, "net.partition: a is on both sides: a host cannot be parted from itself"},
		{`net.partition({a, b}, {c, b})`, "b is on both sides"},
		{`net.partition({}, a)`, "net.partition: argument 1 (a): want a host or a list of hosts, got table"},
		{`net.partition({a, 3}, b)`, "got number at place 2 of the list"},
		{`net.partition(a, b, {oneway = true})`, "unknown option 'oneway'; did you mean 'one_way'?"},
		{`net.heal(a, b)`, "net.heal: nothing parts these hosts"},
		{`net.heal(a)`, "net.heal: argument 2 (b): want a host or a list of hosts, got nil"},
		{`assert(net.find_link(a, c))`, "no link joins a and c"},
		{`a:on_boot(3)`, "host.Host:on_boot: argument 1 (what): want a script's path or a function, got number"},
		{`assert(a:on_boot("none.lua"))`, "no script none.lua on a"},
		{`net.nat(a, {outside = l})`, "net.nat: NAT on a: it is no router"},
		{`net.nat(r, {outside = l})`, "net.nat: NAT on r: a-b is not a link of its own"},
		{`net.nat(r)`, "net.nat: argument 2 (options): want a table, got no value"},
		{`net.nat(r, {outside = up, type = "cone"})`, `net.nat: option 'type': want one of "full-cone", "restricted-cone", "port-restricted-cone", "symmetric", got "cone"`},
		{`net.nat(r, {outside = up, first_port = 9, last_port = 8})`, "option 'first_port': want a port not above last_port, 8, got 9"},
		{`net.nat(r, {outside = up}):forward("tcp", 80, "::1")`, `net.Nat:forward: argument 3 (inside): want an inside host or its IPv4 address, got "::1"`},
		{`local n = net.nat(r, {outside = up}) n:forward("tcp", 80, a) assert(n:forward("tcp", 80, b))`, "port 80 goes to 10.0.2.2:80 already: Address already in use"},
		{`assert(net.nat(r, {outside = up}):unforward("tcp", 80))`, "tcp port 80 is not forwarded"},
		{`local n = net.nat(r, {outside = up}) n:remove() n:remove()`, "it is no longer the NAT of r"},
		{`a:firewall{rules = {{action = "acept", direction = "in"}}}`, `host.Host:firewall: option 'rules[1].action': want one of "accept", "drop", "reject", got "acept"`},
		{`a:firewall{rules = {{action = "drop"}}}`, "option 'rules[1].direction': want one of"},
		{`a:firewall{rules = {{action = "drop", direction = "in", form = "10.0.0.0/8"}}}`, "unknown option 'form' in 'rules'; did you mean 'from'?"},
		{`a:firewall{rules = {{action = "drop", direction = "in", from = "ten"}}}`, `option 'rules[1].from': want an address, a subnet such as "10.0.0.0/8" or "any", got "ten"`},
		{`a:firewall{rules = {{action = "drop", direction = "in", protocol = "tcp", to_port = "80-"}}}`, "option 'rules[1].to_port': want a port from 1 to 65535"},
		{`a:firewall{rules = {{action = "drop", direction = "in", to_port = 80}}}`, "firewall on a: rule 1: only tcp and udp have ports"},
		{`a:firewall{default_inn = "drop"}`, "unknown option 'default_inn'; did you mean 'default_in'?"},
		{`local f = a:firewall{} a:firewall{} f:remove()`, "it is no longer the firewall of a"},
		{`l:set{delay = 9e9}`, "net.Link:set: option 'delay': want a duration of at most 8760 h, got 9000000000"},
		{`l:set{rate = 0.001}`, "net.Link:set: option 'rate': want a rate such as \"10 Mbps\", got 0.001, which is less than 1 bps"},
		{`l:tap(print) l:tap(print, {direction = "a_to_b"})`, "net.Link:tap: a-b has a tap a_to_b already; stop that first"},
		{`l:tap(function() end, {direction = "ab"})`, `option 'direction': want one of "both", "a_to_b", "b_to_a", got "ab"`},
	} {
		_, errs, result := lab(t, map[string]string{"lab.lua": begin + c.script})
		if !strings.Contains(errs, c.want) || result.Status != 1 {
			t.Errorf("%s: status %d, %q; want %q", c.script, result.Status, errs, c.want)
		}
	}
}

func TestPartitionOfSets(t *testing.T) {
	prints(t, `
local net = require "net"
local r, hosts = net.router("r"), {}
for i = 1, 4 do hosts[i] = net.host("h" .. i); net.link(hosts[i], r) end
local function matrix(what)
  local text = what
  for i = 1, 4 do
    text = text .. " "
    for j = 1, 4 do text = text .. (hosts[i]:ping("h" .. j, {timeout = 1}) and "1" or "0") end
  end
  print(text)
end
matrix("whole")
net.partition({hosts[1], hosts[2]}, {hosts[3], hosts[4]})
matrix("parted")
net.heal(hosts[1], hosts[3])
matrix("h1 and h3")
net.heal()
net.partition(hosts[1], {hosts[2]}, {one_way = true})
matrix("one way")
local link = net.find_link(r, hosts[3])
print(link:name(), link == net.find_link(hosts[3], r), link:down(), link:is_up())
matrix("link down")`, `whole 1111 1111 1111 1111
parted 1100 1100 0011 0011
h1 and h3 1110 1100 1011 0011
one way 1011 0111 1111 1111
h3-r	true	true	false
link down 1001 0101 0010 1101
`)
}

func TestBootAfterACrash(t *testing.T) {
	prints(t, `
local net, task, host = require "net", require "task", require "host"
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "1 ms"})
local boots = 0
server:on_boot("upper_server.lua", 6789)
server:on_boot(function(word) boots = boots + 1; print(word, boots, host.name(), server:read_file("/n") or "no file") end, "boot")
local function ask(text)
  local c = client:exec("upper_client.lua", "server", 6789)
  c:write(text .. "\n")
  print(c:wait(5))
  io.write(c:output())
end
ask("one")
server:write_file("/n", "on disk")
server:crash()
print(server:is_up())
server:restart()
ask("two")
print(server:is_up(), #server:sockets())`, `boot	1	server	no file
0
ONE
false
boot	2	server	on disk
0
TWO
true	2
`)
}

// TestChangesInARun checks that links change while a transfer is on them.
func TestChangesInARun(t *testing.T) {
	prints(t, `
local net, task, socket = require "net", require "task", require "socket"
local a, b = net.host("a"), net.host("b")
local l = net.link(a, b, {delay = "10 ms", rate = "8 Mbps"})
b:spawn(function()
  local s = assert(socket.bind("*", 80))
  local c = s:accept()
  print(#c:receive("*a"), "bytes")
end)
local sender = a:spawn(function()
  local c = assert(socket.connect("b", 80))
  assert(c:send(("x"):rep(1000000)))
  c:close()
end)
local function rate(what)
  local before = l:stats().a_to_b.delivered
  task.sleep(1)
  print(what, math.floor((l:stats().a_to_b.delivered - before) / 100 + 0.5))
end
task.sleep(0.1)
l:set({rate = "2 Mbps"})
rate("slower")
l:set({loss = 1})
rate("lost")
l:set({loss = 0})
task.sleep(3)
l:down()
rate("down")
l:up()
l:set({rate = "100 Mbps"})
assert(sender:join())
task.sleep(10)
print(l:stats().a_to_b.lost > 0)`, "slower\t2\nlost\t1\ndown\t0\n1000000\tbytes\ntrue\n")
}

func TestTapInLua(t *testing.T) {
	prints(t, `
local net, socket, task = require "net", require "socket", require "task"
local a, b = net.host("a"), net.host("b")
local l = net.link(a, b, {delay = "1 ms"})
local function udp(h, port)
  local s
  h:spawn(function() s = socket.udp(); s:setsockname("*", port); s:settimeout(1) end):join()
  return s
end
local ua, ub = udp(a, 1), udp(b, 2)
local answer
local tap = l:tap(function(p)
  if p.direction == "a_to_b" then return answer(p) end
end)
local function try(what, f)
  answer = f
  ua:sendto("hello", "10.0.1.2", 2)
  local got = {}
  while true do
    local text, ip, port = ub:receivefrom()
    if not text then break end
    table.insert(got, text .. " from " .. ip .. ":" .. port)
  end
  print(what, table.concat(got, ", "))
end
try("nothing", function() end)
try("true", function() return true end)
try("false", function() return false end)
try("itself", function(p) p.data = "HELLO"; p.source_port = 7; return p end)
try("new", function(p) return {data = p.data .. "!"} end)
try("two", function(p) return p, {source = "9.9.9.9", data = p.size .. p.protocol .. p.hop_limit} end)
try("late", function(p) task.sleep(0.5); return p end)
try("back", function(p) return {direction = "b_to_a", source = p.destination, destination = p.source, source_port = 2, destination_port = 1, data = "bounced"} end)
print(ua:receivefrom())
print(tap:running(), tap:packets(), tap:stop(), tap:running(), l:stats().a_to_b.tapped)
try("stopped", function() error("not called") end)`, `nothing	hello from 10.0.1.1:1
true	hello from 10.0.1.1:1
false	
itself	HELLO from 10.0.1.1:7
new	hello! from 10.0.1.1:1
two	hello from 10.0.1.1:1, 33UDP64 from 9.9.9.9:1
late	hello from 10.0.1.1:1
back	
bounced	10.0.1.2	2
true	8	true	false	1
stopped	hello from 10.0.1.1:1
`)
}

// An error in a tap's function ends the tap with a message, and packets pass, the one that it was called with too.
func TestTapFails(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`error("my fault")`, "lab.lua:4: my fault"},
		{`return 7`, "tap on a-b: want the function to return a packet's table, true, false or nothing, got number"},
		{`return {hop_limt = 3}`, "unknown field 'hop_limt' in a packet; did you mean 'hop_limit'?"},
		{`return {hop_limit = 300}`, "field 'hop_limit' of a packet: want a whole number from 0 to 255, got 300"},
		{`return {source = "x"}`, `field 'source' of a packet: want an IP address, got "x"`},
		{`return {direction = "back"}`, `want "a_to_b" or "b_to_a", got "back"`},
		{`return {source = "::1"}`, "source and destination are not two addresses of one family"},
		{`return {data = ("x"):rep(2000)}`, "Message too long"},
	} {
		out, errs, result := lab(t, map[string]string{"lab.lua": `local net = require "net"
local a, b = net.host("a"), net.host("b")
local tap = net.link(a, b):tap(function(p)
  ` + c.body + `
end)
print(a:ping("b").received, tap:running())`})
		if out != "1\tfalse\n" || !strings.Contains(errs, c.want) || !strings.Contains(errs, "of tap on a-b on localhost") || result.Status != 1 {
			t.Errorf("%s: %q, %q, status %d; want %q", c.body, out, errs, result.Status, c.want)
		}
	}
	_, errs, result := lab(t, map[string]string{"lab.lua": `local net = require "net"
local a, b = net.host("a"), net.host("b")
net.link(a, b):tap(function(p) while true do end end)
a:ping("b")`}, func(r *bindings.Run) { r.Limits.Fuel = 1_000_000 })
	if result.Status != 3 || !strings.Contains(errs, "instruction budget") {
		t.Errorf("a tap that never ends: status %d, %q", result.Status, errs)
	}
}

// FuzzFirewallRule gives rules any text: each is taken, or refused with the function's name.
func FuzzFirewallRule(f *testing.F) {
	for _, words := range [][2]string{{"10.0.0.0/8", "80"}, {"any", "80,443,8000-8080"}, {"::1", "any"}, {"fe80::1%eth0", ""}, {"10.0.0.0/33", "0"}, {"1.2.3.4", "5-4"}, {"\x00", "-"}} {
		f.Add(words[0], words[1])
	}
	f.Fuzz(func(t *testing.T, address, ports string) {
		inProcess(t, func(L *lua.LState) {
			fn, err := lua51.Load(L, `
local address, ports = ...
local h = require("net").host("fuzzed")
return pcall(h.firewall, h, {rules = {{action = "drop", direction = "in", protocol = "tcp", from = address, to_port = ports}}})`, "rule")
			if err != nil {
				panic(err)
			}
			out, err := lua51.Call(L, fn, lua.LString(address), lua.LString(ports))
			if err != nil {
				t.Fatal(err)
			}
			if text := out[1].String(); out[0] == lua.LFalse && !strings.Contains(text, "host.Host:firewall: option 'rules[1].") {
				t.Errorf("%q, %q: %s", address, ports, text)
			}
		})
	})
}
