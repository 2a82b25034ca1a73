package imap_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScripts(t *testing.T) {
	const start = `
local imap, task = require "imap", require "task"
local server = assert(imap.serve{users = {bob = "hungry"}, tls = true})
local function dial() local s = assert(imap.dial("localhost")) assert(s:login("bob", "hungry")) return s end
`
	for _, c := range []struct{ name, script, want, errs string }{
		{"folders", `
local s = dial()
print(s:create("lists/go"), s:rename("lists", "old"), s:subscribe("old/go"), select(3, s:create("old")), select(3, s:select("nosuch")))
for _, f in ipairs(s:list()) do print(f.name, f.separator, table.concat(f.attributes, " ")) end
print(#s:lsub("old*"), #s:list("%", "old/"), s:unsubscribe("old/go"), #s:lsub("old*"), s:delete("old/go"), select(3, s:delete("old/go")))
print(s:has("idle"), s:has("SORT"), s:greeting(), #s:capability())`,
			"true\ttrue\ttrue\texists\tnot-found\nINBOX\t/\t\\HasNoChildren\nold\t/\t\\HasChildren\nold/go\t/\t\\HasNoChildren\n1\t1\ttrue\t0\ttrue\tnot-found\ntrue\tfalse\tIMAP4rev1 server ready\t9\n", ""},
		{"messages", `
local s = dial()
print(s:append("INBOX", "From: A <a@b.c>\r\nSubject: one\r\n\r\nbody\r\n", {flags = {"\\Flagged"}, date = 1e9}))
print(s:append("INBOX", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"))
local f = s:select("INBOX")
print(f.exists, f.recent, f.unseen, f.uidnext, f.read_only, s:selected().uidvalidity == f.uidvalidity)
local m = s:fetch(1)[1]
print(m.number, m.size, m.date, m.envelope.subject, m.envelope.from[1], table.concat(m.flags, " "), m.structure.type, m.sections)
m = s:fetch("2", "(UID BODYSTRUCTURE BODY.PEEK[1] BODY.PEEK[3])", {uid = true})[1]
print(m.uid, m.structure.parts[1].type, m.structure.params.BOUNDARY, m.sections["BODY[1]"], m.sections["BODY[3]"])
print(table.concat(s:search("SUBJECT one"), ","), table.concat(s:search("ALL", {uid = true}), ","), select(3, s:search("NONSENSE")))
print(table.concat(s:store({1, 2}, "+FLAGS", {"\\Deleted"})[2].flags, " "))
s:create("old")
local u = s:copy("1:*", "old")
print(u.from, u.to, s:status("old").unseen, select(3, s:copy(1, "nosuch")))
print(table.concat(s:expunge(2), ","), table.concat(s:expunge(), ","), s:selected().exists)
print(s:close(), s:selected(), select(3, s:fetch(1)), s:examine("old").read_only, select(3, s:store(1, "FLAGS", {})), s:unselect(), s:check())`,
			"1\n2\n2\t2\t1\t3\tfalse\ttrue\n1\t39\t1000000000\tone\tA <a@b.c>\t\\Flagged \\Recent\tTEXT/PLAIN\tnil\n2\tTEXT/PLAIN\tb\tx\tnil\n1\t1,2\tinvalid\n\\Deleted \\Recent\n1:2\t1:2\t2\tnot-found\n2\t1\t0\ntrue\tnil\tinvalid\ttrue\tnot-found\ttrue\tnil\timap: CHECK refused: BAD CHECK needs a selected folder\tinvalid\n", ""},
		{"two sessions", `
local a, b = dial(), dial()
a:select("INBOX") b:select("INBOX")
task.spawn(function() task.sleep(10) server:deliver("bob", "new\n") end)
local before = task.now()
local u = a:idle("1 min")
print(u[1].kind, u[1].number, task.now() - before > 9.9, #a:idle(1))
print(b:noop(), b:updates()[1].number, #b:updates(), server:sessions())
a:store(1, "+FLAGS", {"\\Seen"})
b:noop()
u = b:updates()[1]
print(u.kind, u.message.number, table.concat(u.message.flags))
print(a:logout(), b:disconnect(), select(3, a:noop()))`,
			"exists\t1\ttrue\t0\ntrue\t1\t0\t2\nfetch\t1\t\\Seen\ntrue\ttrue\tclosed\n", ""},
		{"logins", `
local s = assert(imap.dial("localhost"))
print(select(3, s:login("bob", "x")), select(3, s:cram_md5("bob", "x")), s:starttls(), s:plain("bob", "hungry"))
s = assert(imap.dial("localhost"))
print(s:cram_md5("bob", "hungry"), select(3, imap.dial("localhost", {port = 9})))
server:close()
print(select(3, s:noop()))`, "denied\tdenied\ttrue\ttrue\ntrue\trefused\nclosed\n", ""},
		{"a function that fails", `
imap.serve{users = function(user) error("who is " .. user) end, port = 1143}
print(select(3, imap.dial("localhost", {port = 1143}):login("eve", "x")))`, "denied\n", "who is eve"},
		{"misuse", `
local s = dial()
s:select("INBOX")
for _, set in ipairs{0, "1,", {}, {1, "x"}, true} do print((select(2, pcall(s.fetch, s, set)):gsub("^.-: ", ""))) end`,
			"argument 1 (messages): want the number of a message, a set such as \"1,3:*\", or an array of numbers, got number\n" +
				"argument 1 (messages): want numbers such as \"1,3:*\", got \"1,\"\n" +
				"argument 1 (messages): want the number of a message, a set such as \"1,3:*\", or an array of numbers, got table\n" +
				"argument 1 (messages): want message numbers from 1, got string at index 2\n" +
				"argument 1 (messages): want the number of a message, a set such as \"1,3:*\", or an array of numbers, got boolean\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(start + c.script)}})},
				Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &out, Stderr: &errs}.Do()
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want || (c.errs == "") != (errs.Len() == 0 && result.Status == 0) || !strings.Contains(errs.String(), c.errs) {
				t.Errorf("status %d\n%s\n%s\nwant\n%s", result.Status, out.String(), errs.String(), c.want)
			}
		})
	}
}

// TestWorkCostsFuel: what a server does for a script counts as the script's work.
func TestWorkCostsFuel(t *testing.T) {
	for name, loop := range map[string]string{
		"noop":   `while true do s:noop() end`,
		"search": `while true do s:search('BODY "nothing like it"') end`,
		"fetch":  `while true do s:fetch("1:*", "BODY.PEEK[]") end`,
		"one search": `local all = {} for i = 1, 190 do all[i] = 'BODY "' .. i .. 'x"' end
			s:search("OR " .. table.concat(all, " OR ", 1, 14) .. " ALL " .. table.concat(all, " ", 15)) while true do end`,
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(`
local imap = require "imap"
local server = imap.serve{users = {bob = "hungry"}}
for i = 1, 20 do server:deliver("bob", "Subject: x\n\n" .. ("text "):rep(20000)) end
local s = imap.dial("localhost")
s:login("bob", "hungry") s:select("INBOX")
` + loop)}})}, Script: "lab.lua", Limits: bindings.Limits{Fuel: 20_000_000, Wall: bindings.NoLimit}, Stdout: &out, Stderr: &errs}.Do()
			if err != nil {
				t.Fatal(err)
			}
			if result.Status != 3 || !strings.Contains(errs.String(), "instruction budget") {
				t.Errorf("status %d: %s", result.Status, errs.String())
			}
		})
	}
}
