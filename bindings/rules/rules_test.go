package rules_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"turns, cut anywhere", `
local list = rules.smtp({{from = "server", data = "220 x\r", at = 1}, {from = "server", data = "\n"}, {from = "client", data = "QUIT now\n", at = 2.5, closed = true}})
for _, b in ipairs(list) do print(b.line, b.side, b.at, b.said, b.rule, b.severity, b.rfc, b.section) end
print(list[1], #list)`,
			"2\tclient\t2.5\tQUIT now\tline-end\tmust\t5321\t2.3.8\n2\tclient\t2.5\tQUIT now\tcommand-arguments\tmust\t5321\t4.1.1\n3\tclient\t2.5\t(closes)\tquit-wait\tshould\t5321\t4.1.1.10\n" +
				"line 2, client: \"QUIT now\" — a line ends with CR LF, and neither stands elsewhere: it ends with LF alone (RFC 5321, 2.3.8)\t3\n", ""},
		{"nothing wrong", `print(rules.smtp("S: 220 x\nC: QUIT\nS: 221 bye"), #rules.smtp(""))`, "no rule is broken\t0\n", ""},
		{"one side", `local d = "S: 250 x\nC: HELO" print(#rules.smtp(d), #rules.smtp(d, {side = "client"}), rules.smtp(d, {side = "server"})[1].rule)`, "2\t1\tgreeting-code\n", ""},
		{"the list", `local n = 0 for _, r in ipairs(rules.list("smtp")) do assert(r.text and r.rfc and r.section and r.severity and r.rule) n = n + 1 end print(n > 30)`, "true\n", ""},
		{"wrong lines", `rules.smtp("QUIT")`, "", `line 1 begins neither with "C:" nor with "S:": "QUIT"`},
		{"wrong side", `rules.smtp({{from = "me", data = ""}})`, "", `rules.smtp: argument 1 (dialogue): want "client" or "server" as [1].from, got string`},
		{"wrong data", `rules.smtp({{from = "client", data = 5}})`, "", "want text as [1].data, got number"},
		{"wrong turn", `rules.smtp({"QUIT"})`, "", "want a table at [1], got string"},
		{"wrong dialogue", `rules.smtp(5)`, "", "want a text with lines such as \"C: QUIT\", or a list of turns, got number"},
		{"wrong protocol", `rules.explain("snmp", "")`, "", `want one of smtp`},
		{"a trace that is too short", `
local trace, socket = require "trace", require "socket"
local welcome = socket.bind("*", 25)
local t = trace.start{bytes = 3}
local c = socket.connect("localhost", 25)
c:send("HELO\r\n")
print(rules.dialogues(t))`, "nil\trules: the trace has not kept all bytes of conversation 1; start it with more bytes\tlimit\n", ""},
		{"a trace", `
local trace, socket, task = require "trace", require "socket", require "task"
local t = trace.start()
task.spawn(function()
  local s = socket.bind("*", 25):accept()
  s:send("220 x\r\n")
  s:receive()
  s:close()
end)
task.sleep(1)
local c = socket.connect("localhost", 25)
c:send("NOOP\r\n")
print(c:receive(), c:receive())
c:close()
local d = rules.dialogues(t, {ports = {25}})
print(#d, #rules.dialogues(t, {ports = {26}}), d[1].client, d[1].server, d[1].server_port, d[1].transport)
for _, turn in ipairs(d[1]) do print(turn.from, turn.at, (turn.data or ""):gsub("%c", "."), turn.closed) end
print(rules.smtp(d[1]))`, "220 x\tnil\tclosed\t\n1\t0\tlocalhost\tlocalhost\t25\ttcp\n" +
			"client\t1\tNOOP..\tnil\nserver\t1\t220 x..\tnil\nserver\t1\t\ttrue\nclient\t1\t\ttrue\n" +
			"line 1, client: \"NOOP\" — the client waits for the greeting before it says anything (RFC 5321, 4.3.1)\n" +
			"line 3, server: (closes) — each command has a reply: NOOP has none (RFC 5321, 4.3.1)\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			_, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte("local rules = require 'rules'\n" + c.script)}})},
				Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &out, Stderr: &errs}.Do()
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want || (c.errs == "") != (errs.Len() == 0) || !strings.Contains(errs.String(), c.errs) {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", out.String(), errs.String(), c.want, c.errs)
			}
		})
	}
}
