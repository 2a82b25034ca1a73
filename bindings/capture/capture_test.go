package capture_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

const prelude = `
local capture, net, socket = require "capture", require "net", require "socket"
local a, b = net.host("a"), net.host("b")
local link = net.link(a, b, {delay = "10 ms"})
local function show(c) for _, p in ipairs(c:list()) do print(p.at, p.interface, p.inbound, p.from, p.to, p.protocol, p.size, p.comment) end end
`

func TestCapture(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"world", `local c = capture.start() a:ping("b") show(c)`, "0\ta eth0\tfalse\ta\tb\tICMP\t84\tnil\n0.01\tb eth0\tfalse\tb\ta\tICMP\t84\tnil\n"},
		{"host", `local c = capture.start({host = "b"}) a:ping("b") show(c)`, "0.01\tb eth0\ttrue\ta\tb\tICMP\t84\tnil\n0.01\tb eth0\tfalse\tb\ta\tICMP\t84\tnil\n"},
		{"link", `link:set({loss = 1}) local c = capture.start({link = link}) a:ping("b") show(c)`, "0\ta eth0\tfalse\ta\tb\tICMP\t84\tdropped by a: lost\n"},
		{"file", `local c = capture.start({file = "/net.pcapng"}) a:ping("b") print(c:running(), c:packets()) c:stop() a:ping("b")
			print(c:running(), c:packets(), #c:list(), c:bytes() == io.open("/net.pcapng", "rb"):read("*a"))`, "true\t2\nfalse\t2\t2\ttrue\n"},
		{"nothing", `local c = capture.start({host = a}) print(c:stop(), c:packets(), #c:list(), #c:bytes() > 50) print(c:stop())`, "true\t0\t0\ttrue\ntrue\n"},
		{"limit", `local c = capture.start({limit = 1024}) for _ = 1, 20 do a:ping("b") end print(c:running(), c:packets() < 10) print(c:stop())`,
			"false\ttrue\nnil\tthe capture has ended early: its file has reached the limit; option limit sets another\tlimit\n"},
		{"snap", `local c = capture.start({snap = 30}) a:ping("b") show(c)`, "0\ta eth0\tfalse\tnil\tnil\tnil\t84\tnil\n"},
		{"no such host", `print(pcall(capture.start, {host = "c"}))`, "false\tcapture.start: option 'host': want a host of the world, got \"c\", which is none\n"},
		{"no host", `print(pcall(capture.start, {host = 7}))`, "false\tcapture.start: option 'host': want a host or its name, got number\n"},
		{"both", `print(pcall(capture.start, {host = a, link = link}))`, "false\tcapture.start: option 'link': want a host or a link, got both\n"},
		{"unwritable", `print(capture.start({file = "/tmp"})) print(capture.start({file = "/no/x"}))`,
			"nil\tcannot write /tmp: Is a directory\tdenied\nnil\tcannot write /no/x: No such file or directory\tnot-found\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			files := bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(prelude + c.script)}})
			result, err := bindings.Run{World: engine.Options{Files: files}, Script: "lab.lua", Stdout: &out, Stderr: &errs}.Do()
			if err != nil || result.Status != 0 {
				t.Fatalf("%v, status %d: %s", err, result.Status, errs.String())
			}
			if !strings.HasPrefix(out.String(), c.want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), c.want)
			}
		})
	}
}
