package socket_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// TestPollingDoesNotStopTheClock runs scripts that wait by asking again and again.
func TestPollingDoesNotStopTheClock(t *testing.T) {
	for name, script := range map[string]string{
		"gettime": `local socket = require "socket"
local start = socket.gettime()
while socket.gettime() < start + 0.02 do end
print("over")`,
		"accept": `local socket = require "socket"
local s = socket.bind("*", 80)
s:settimeout(0)
local over = socket.gettime() + 0.02
repeat local c, err = s:accept() until socket.gettime() > over
print("over")`,
		"select": `local socket = require "socket"
local u = socket.udp4()
local over = socket.gettime() + 0.02
repeat socket.select({u}, nil, 0) until socket.gettime() > over
print("over")`,
		"receivefrom": `local socket = require "socket"
local u = socket.udp4()
u:settimeout(0)
local over = socket.gettime() + 0.02
repeat u:receivefrom() until socket.gettime() > over
print("over")`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := socktest.Virtual(t, script, modules, nil); got != "over\n" {
				t.Errorf("printed %q", got)
			}
		})
	}
}

// TestPollingConnect connects over a link without blocking and asks for the outcome by calling connect again.
func TestPollingConnect(t *testing.T) {
	w, err := engine.New(engine.Options{TimeLimit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	a, b := host(t, w, "server"), host(t, w, "client")
	if _, err := w.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	launch(t, a, "upper_tcp_server.lua", nil, io.Discard)
	got := runOn(t, b, `local socket = require "socket"
local c = socket.tcp()
c:settimeout(0)
local seen = {}
local ok, err
repeat
	ok, err = c:connect("server", 12000)
	if err and not seen[err] then print(err) seen[err] = true end
until ok or err == "already connected"
print(ok, c.class)`)
	if want := "timeout\nOperation already in progress\n1\ttcp{client}\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// runOn runs a script on a host of a virtual world and returns what it printed.
func runOn(t *testing.T, h *engine.Host, source string) string {
	t.Helper()
	if err := afero.WriteFile(h.FS, "/main.lua", []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	o := processOptions()
	o.Stdout, o.Stderr = &out, &errs
	p, err := process.Start(h, "main.lua", "", nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.World.Sched.Run(p.Main()); err != nil {
		t.Error(err)
	}
	if errs.Len() > 0 {
		t.Error(errs.String())
	}
	return out.String()
}

// TestDeadlockReport checks that the report names the call, the socket and the line of a script that waits in vain.
func TestDeadlockReport(t *testing.T) {
	const open = `local socket = require "socket"
local s = socket.bind("127.0.0.1", 80)
local c = socket.connect("127.0.0.1", 80)
local u = socket.udp4() u:setsockname("127.0.0.1", 53)
`
	for call, words := range map[string]string{
		`c:receive()`:                        "waits in receive (tcp 127.0.0.1:",
		`s:accept() s:accept()`:              "waits in accept (tcp 127.0.0.1:80 LISTEN)",
		`u:receivefrom()`:                    "waits in receive (udp 127.0.0.1:53",
		`socket.select({c, s:accept(), u})`:  "waits in select (read tcp 127.0.0.1:",
		`c:send(("x"):rep(8000000))`:         "waits in send (tcp 127.0.0.1:",
		`socket.select()`:                    "waits in select (nothing)",
		`s:accept():receive("*a", "so far")`: "waits in receive (tcp 127.0.0.1:80 → 127.0.0.1:",
	} {
		t.Run(call, func(t *testing.T) {
			w, h := local(t, engine.Options{TimeLimit: 1000 * time.Hour}) // a sender probes for long before it counts as stuck
			defer w.Close()
			if err := afero.WriteFile(h.FS, "/main.lua", []byte(open+call), 0o644); err != nil {
				t.Fatal(err)
			}
			p, err := process.Start(h, "main.lua", "", nil, processOptions())
			if err != nil {
				t.Fatal(err)
			}
			var deadlock *sim.DeadlockError
			if err := w.Sched.Run(p.Main()); !errors.As(err, &deadlock) {
				t.Fatalf("run: %v, want a deadlock", err)
			}
			text := deadlock.Error()
			if !strings.Contains(text, words) || !strings.Contains(text, " at main.lua:5 ") {
				t.Errorf("%s\nwant %q at main.lua:5", text, words)
			}
		})
	}
}
