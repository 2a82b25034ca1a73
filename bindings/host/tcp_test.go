package host_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// TestTCPInfo reads the table of connections and changes the TCP of hosts.
func TestTCPInfo(t *testing.T) {
	const script = `
local net, socket, task = require "net", require "socket", require "task"
local a, b = net.host("a"), net.host("b")
local r = net.router("r", {processing = "1 ms"})
net.link(a, r, {delay = "9 ms"})
net.link(r, b)
a:set_tcp({initial_window = 4, recv_buffer = "64 KiB"})
a:set_tcp({min_rto = "300 ms"})
b:set_tcp({syn_queue = 1})
assert(#a:tcp_info() == 0)
b:spawn(function() local s = assert(socket.bind("*", 80)) while true do s:accept() end end)
task.sleep(0)
local t = a:spawn(function() local c = assert(socket.connect("b", 80)) c:send(("x"):rep(100000)) task.sleep(0) return c end)
t:join()
local c = a:tcp_info()[1]
print(c.state, c.cwnd / c.mss, c.ssthresh, c.in_flight / c.mss, c.srtt, c.rto, c.recovery, c.bytes_sent == c.in_flight, c.window)
print(c.remote_address == b:address() .. ":80", #b:tcp_info())
for port = 1, 3 do net.inject(a, {source = "203.0.113.1", source_port = port, to = "b", port = 80}) end
task.sleep("1 s")
local s = b:listen_stats()
print(s.syn_queue_full, s.cookies_sent, s.accept_queue_full)
r:set_processing("6 ms")
print(a:ping("b").avg)
print(net.inject(a, {to = "nobody", port = 1}))
print(net.inject(a, {to = "198.51.100.1", port = 1}))
os.exit(0)
`
	var out, errs bytes.Buffer
	_, err := bindings.Run{World: engine.Options{Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Stdout: &out, Stderr: &errs}.Do()
	if err != nil || errs.Len() > 0 {
		t.Fatal(err, errs.String())
	}
	want := `ESTAB	4	nil	4	0.02	0.32	false	true	65536
true	1
2	0	0
0.03
nil	lookup nobody: host not found	host-not-found
nil	Network is unreachable	unreachable
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// TestByteCounting lets the window grow for a round trip by bytes and by ACKs, of which there is one for every second segment.
func TestByteCounting(t *testing.T) {
	const script = `
local net, socket, task = require "net", require "socket", require "task"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
b:set_tcp({recv_buffer = "64 KiB"})
b:spawn(function() local s = assert(socket.bind("*", 80)) while true do s:accept() end end)
task.sleep(0)
for _, counting in ipairs {true, false} do
  a:set_tcp({initial_window = 8, byte_counting = counting})
  local c = a:spawn(function() local c = assert(socket.connect("b", 80)) c:send(("x"):rep(60000)) return c end)
  task.sleep("45 ms")
  local all = a:tcp_info()
  print(counting, math.floor(all[#all].cwnd / all[#all].mss + 0.5))
end
os.exit(0)
`
	var out, errs bytes.Buffer
	_, err := bindings.Run{World: engine.Options{Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Stdout: &out, Stderr: &errs}.Do()
	if err != nil || errs.Len() > 0 {
		t.Fatal(err, errs.String())
	}
	if diff := cmp.Diff("true\t16\nfalse\t12\n", out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
