package pop3_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// run runs a script in a virtual world and returns its output, its standard error and its status.
func run(t *testing.T, script string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &o, Stderr: &e}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), result.Status
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"every method", `
local pop3 = require "pop3"
local server = assert(pop3.serve{users = {alice = "hungry"}, port = 0, apop = true, tls = true})
local n = server:port()
server:deliver("alice", "Subject: one\n\n.body\n")
server:deliver("alice", "Subject: two\n\nbody\nbody\n")
local s = assert(pop3.dial("localhost", {port = n}))
print(s:greeting():match("^POP3 server ready <.+@localhost>$") ~= nil, s:stamp() == s:greeting():match("<.+>"))
print(s:stat())
print(s:apop("alice", "wrong"))
assert(s:stls())
assert(s:apop("alice", "hungry"))
print(s:stat())
print(s:list()[2].size, s:list(1)[1].size, s:list(7))
local uid = s:uidl(2)[1].uid
print(#s:uidl(), (s:retr(1):gsub("\r\n", "|")), (s:top(2, 1):gsub("\r\n", "|")))
print(s:retr(3))
print(s:dele(1), s:rset(), s:dele(1), s:noop(), s:command("STAT"), server:sessions())
print(s:quit(), s:noop())
s = assert(pop3.dial("localhost", {port = n}))
assert(s:cram_md5("alice", "hungry"))
print(s:uidl()[1].uid == uid, s:capa()[1])
server:close()
print(s:noop())
print(pop3.dial("localhost", {port = n}))`, `true	true
nil	pop3: STAT refused: STAT comes after the login	failed
nil	pop3: APOP refused: [AUTH] wrong name or password	denied
2	51
28	23	nil	pop3: LIST refused: no such message	not-found
2	Subject: one||.body|	Subject: two||body|
nil	pop3: RETR refused: no such message	not-found
true	true	true	true	1 28	1
true	nil	pop3: NOOP: use of closed network connection	closed
true	TOP
nil	pop3: answer to NOOP: unexpected EOF	closed
nil	pop3: dial tcp [::1]:PORT: Connection refused	refused
`, ""},
		{"users by a function", `
local pop3, task = require "pop3", require "task"
pop3.serve{users = function(user) task.sleep(1) if user == "bob" then return "secret" end end}
for _, user in ipairs{"bob", "eve"} do
  local s = assert(pop3.dial("localhost"))
  print(s:login(user, "secret"))
  s:quit()
end`, "true\nnil\tpop3: PASS refused: [AUTH] wrong name or password\tdenied\n", ""},
		{"a function that fails", `
local pop3 = require "pop3"
pop3.serve{users = function(user) return user.x.y end}
local s = assert(pop3.dial("localhost"))
print(s:login("bob", "secret"))
s:quit()`, "nil\tpop3: PASS refused: [AUTH] wrong name or password\tdenied\n", "lab.lua:3: attempt to index"},
		{"a broken session deletes nothing", `
local pop3 = require "pop3"
local server = pop3.serve{users = {a = "b"}}
server:deliver("a", "x")
local s = pop3.dial("localhost")
s:login("a", "b") s:dele(1) s:close()
require("task").sleep(1)
s = pop3.dial("localhost")
s:login("a", "b")
print(s:stat())
print(pop3.dial("localhost"):login("a", "b"))`, "1\t3\nnil\tpop3: PASS refused: [IN-USE] maildrop already locked\tin-use\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := run(t, c.script)
			if mask(out) != c.want || (c.errs == "") != (errs == "" && status == 0) || !strings.Contains(errs, c.errs) {
				t.Errorf("status %d\n%s\n%s\nwant\n%s", status, mask(out), errs, c.want)
			}
		})
	}
}

// mask hides port numbers that are drawn.
func mask(out string) string {
	const address = "[::1]:"
	parts := strings.Split(out, address)
	for i := range parts[1:] {
		parts[i+1] = "PORT" + strings.TrimLeft(parts[i+1], "0123456789")
	}
	return strings.Join(parts, address)
}
