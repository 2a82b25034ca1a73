package socket_test

import (
	"errors"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
)

// TestReceiveIsLimited lets a peer send without end to a process that wants all of it.
func TestReceiveIsLimited(t *testing.T) {
	for pattern, text := range map[string]string{`"*a"`: "x", `"*l"`: "x", "2^40": "x", `"*l", "prefix"`: "x\\r"} {
		for name, limits := range map[string]process.Limits{"memory": {Memory: 4 << 20}, "fuel": {Fuel: 300_000}} {
			t.Run(pattern+" "+name, func(t *testing.T) {
				w, h := local(t, engine.Options{TimeLimit: time.Hour})
				defer w.Close()
				run := func(source string, limits process.Limits) *process.Process {
					if err := afero.WriteFile(h.FS, "/main.lua", []byte(source), 0o644); err != nil {
						t.Fatal(err)
					}
					o := processOptions()
					o.Limits = limits
					p, err := process.Start(h, "main.lua", "", nil, o)
					if err != nil {
						t.Fatal(err)
					}
					return p
				}
				run(`local c = require "socket".bind("*", 80):accept()
for _ = 1, 2000 do c:send(("`+text+`"):rep(16384)) end`, process.Limits{})
				p := run(`print(#require "socket".connect("localhost", 80):receive(`+pattern+`))`, limits)
				if err := w.Sched.Run(p.Main()); err != nil {
					t.Fatal(err)
				}
				var limit *lua51.LimitError
				if err := p.Err(); !errors.As(err, &limit) || limit.Limit != name {
					t.Errorf("the receiver ended with %v, want the limit on %s", err, name)
				}
			})
		}
	}
}

// TestReceiveInPieces receives texts that are gathered in several pieces.
func TestReceiveInPieces(t *testing.T) {
	const texts = `local socket, words = require "socket", {}
for i = 1, 400000 do words[i] = i .. " " end
local text = table.concat(words)
assert(#text > 2 * 2 ^ 20)
local cases = {
  {"*a", "", text, text}, {"*a", "before ", text, "before " .. text}, {#text - 1, "", text, text:sub(1, -2)},
  {#text, "1 2", text, "1 2" .. text:sub(1, -4)}, {"*l", "", text .. "\r\n", text}, {"*l", "\r", text:gsub(" ", " \r") .. "\n.", "\r" .. text},
}
`
	w, h := local(t, engine.Options{})
	defer w.Close()
	var client *process.Process
	for name, script := range map[string]string{
		"/client.lua": `for _, c in ipairs(cases) do
  local conn = assert(socket.connect("localhost", 80))
  assert(conn:receive(c[1], c[2]) == c[4], "received something else for " .. c[1])
  conn:close()
end`,
		"/server.lua": `local server = assert(socket.bind("*", 80))
for _, c in ipairs(cases) do
  local conn = server:accept()
  conn:send(c[3])
  conn:close()
end`,
	} {
		if err := afero.WriteFile(h.FS, name, []byte(texts+script), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"server.lua", "client.lua"} {
		p, err := process.Start(h, name, "", nil, processOptions())
		if err != nil {
			t.Fatal(err)
		}
		client = p
	}
	if err := w.Sched.Run(client.Main()); err != nil || client.Err() != nil {
		t.Error(err, client.Err())
	}
}
