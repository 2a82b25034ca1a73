package mail_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// run runs a script in a virtual world and returns its output, its standard error and its status.
func run(t *testing.T, script string, limits bindings.Limits) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	if limits.Fuel == 0 {
		limits.Fuel = 50_000_000
	}
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Limits: limits, Stdout: &o, Stderr: &e}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), result.Status
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"a message with everything", `
local mail = require "mail"
local text = assert(mail.message{from = "José <jose@di.fct.unl.pt>", to = {"a@b", "C <c@d>"}, cc = "e@f", reply_to = "g@h", sender = "i@j", subject = "crêpe",
  date = 833281516, id = "1@x", in_reply_to = "0@x", references = {"0@x"}, headers = {["X-B"] = "b", ["X-A"] = "é"}, boundary = "bb",
  parts = {{type = "text/plain", charset = "iso-8859-1", encoding = "quoted-printable", data = "crêpe\n"},
    {type = "multipart/mixed", parts = {{name = "a.txt", data = "x", description = "d", id = "p@q", headers = {["X-C"] = "c"}}}}}})
local m = mail.parse(text)
for _, f in ipairs(m:headers()) do print(f.name, f.value) end
for _, p in ipairs(m:walk()) do print(p.path, p.type, p.encoding, p.size, p.name) end
print(m:date(), m:id(), m:header("x-a"), m:addresses("To")[2].name, #m:problems(), m:header("Bcc"), #m:addresses("bcc"))
print(m:parts()[1]:data(), m:find("text/"):text(), m:parts()[2]:parts()[1]:disposition(), m:params().boundary, m:find("image/"))
print(m:text(), m:parts()[2]:text(), m:report(), m:type(), m:encoding(), m:filename())
print(m:raw() == text, m:raw_header() .. m:body() == text)`,
			`Date	Tue, 28 May 1996 11:05:16 +0000
From	=?utf-8?q?Jos=C3=A9?= <jose@di.fct.unl.pt>
Sender	i@j
Reply-To	g@h
To	a@b, C <c@d>
Cc	e@f
Subject	=?utf-8?q?cr=C3=AApe?=
Message-ID	<1@x>
In-Reply-To	<0@x>
References	<0@x>
X-A	=?utf-8?q?=C3=A9?=
X-B	b
MIME-Version	1.0
Content-Type	multipart/mixed; boundary=bb
	multipart/mixed	7bit	4	
1	text/plain	quoted-printable	7	
2	multipart/mixed	7bit	2	
2.1	text/plain	base64	1	a.txt
833281516	1@x	é	C	0	nil	0
cr` + "\xea" + "pe\r\n" + `	crêpe
	attachment	bb	nil
crêpe
	nil	nil	multipart/mixed	7bit	
true	true
`, ""},
		{"what no message can be", `
local mail = require "mail"
print(mail.message{from = "nobody"})
print(mail.message{headers = {["X"] = "a\nb"}})
print(mail.message{data = "é", type = "text/plain", charset = "us-ascii"})
print(mail.message{text = string.rep("x", 100), boundary = "a", parts = {{data = "--a"}}})
print(mail.addresses("a@b, c"))
print(pcall(mail.message, {parts = {{nme = "x"}}}))
print(pcall(mail.message, {attachments = {"x"}}))
print(pcall(mail.message, {to = 5}))
local t = {} t.parts = {t}
print(pcall(mail.message, {parts = {t}}))
local wide = {data = "x"}
for i = 1, 40 do wide = {parts = {wide, wide}} end
print(mail.message{parts = {wide}})
local big = string.rep("x", 1e6)
local many = {} for i = 1, 40 do many[i] = {data = big} end
print(mail.message{parts = many})`,
			`nil	mail: address: "nobody": missing '@' or angle-addr	protocol
nil	mail: header: the value of X has a line end, or a NUL	protocol
nil	mail: body: a text is not in its charset us-ascii	protocol
nil	mail: body: "a" cannot be the boundary: it has other characters than it may, or is within a part	protocol
nil	mail: address: "a@b, c": missing '@' or angle-addr	protocol
false	mail.message: option 'parts': want a table with type ("image/jpeg"), charset, encoding (of the body: 7bit, 8bit, quoted-printable, base64), name (of a file), disposition, id, description, headers (a table), boundary, and data or parts; got nme = string
false	mail.message: option 'attachments': want a table with type ("image/jpeg"), charset, encoding (of the body: 7bit, 8bit, quoted-printable, base64), name (of a file), disposition, id, description, headers (a table), boundary, and data or parts, got string
false	mail.message: option 'to': want an address or a list of them, got number
false	mail.message: option 'parts': want a table with type ("image/jpeg"), charset, encoding (of the body: 7bit, 8bit, quoted-printable, base64), name (of a file), disposition, id, description, headers (a table), boundary, and data or parts, got table
nil	mail: a message is built from 32 MiB and 5,000 parts at most	limit
nil	mail: a message is built from 32 MiB and 5,000 parts at most	limit
`, ""},
		{"anything is a message", `
local mail = require "mail"
local m = mail.parse("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\n*\n--a\nContent-Type: text/plain; charset=klingon\n\nqapla'")
for _, p in ipairs(m:problems()) do print(p) end
print(m:parts()[1]:data())
print(m:parts()[2]:text())
print(mail.parse(""):text(), #mail.parse("\0\255"):headers(), mail.parse("Date: today\n\n"):date())`,
			`mail: body: the last boundary "a" is missing
	mail: body: not in base64 behind byte 0
qapla'	mail: body: the charset "klingon" is unknown
	0	nil	mail: date: "today" is none	protocol
`, ""},
		{"a mailbox", `
local mail = require "mail"
local box = assert(mail.mailbox("Bob"))
print(box:user(), table.concat(box:folders(), " "), box:wait(1, "1 s"))
local uid = box:deliver("Subject: x\n\nbody\n")
assert(box:create("lists/go"))
print(box:create("lists"), box:deliver("y", "lists"), box:deliver("y", "none"))
print(table.concat(box:flags(uid, {"\\seen", "$Work"}), " "), box:flags(uid, {"\\"}))
local m = box:messages()[1]
print(m.uid, m.size, m.date, m.flags[1], box:wait(), (box:read(uid):gsub("\r", "")))
print(box:remove(uid), box:remove(uid), box:read(uid))
print(table.concat(box:folders(), " "), #box:messages("lists"), mail.mailbox("BOB"):messages("x"))`,
			`bob	INBOX	nil	timeout	timeout
nil	1	nil	maildrop: no such folder	not-found
\Seen $Work	nil	maildrop: not a possible flag, or too many keywords	invalid
1	20	1767225601	\Seen	1	Subject: x

body

true	nil	nil	maildrop: no such message	not-found
INBOX lists lists/go	1	nil	maildrop: no such folder	not-found
`, ""},
		{"a server", `
local mail, smtp, task = require "mail", require "smtp", require "task"
local server = assert(mail.server{domain = "lab", users = {alice = "a", bob = "b"}, port = 0, submission = 587, tls = true, domains = {"other.lab"},
  aliases = {both = {"alice", "bob"}, boss = "alice@lab"}, catch_all = "bob", routes = {["far.lab"] = "localhost:1"}, retry = "1 min", retry_max = "2 min", expire = "5 min"})
print(server:port() ~= 587, server:sessions())
print(smtp.send{host = "localhost", port = 587, user = "alice", password = "a", tls = true, verify = false, from = "alice@lab", to = "x@far.lab", message = "Subject: far\n\n"})
local id = assert(server:submit{from = "alice@lab", to = {"both", "boss@other.lab", "whoever"}, message = "Subject: hi\n\n"})
print(server:submit{from = "", to = {}, message = ""})
print(server:submit{from = "a\nb", to = {"bob"}, message = ""})
print(server:drain("10 s"))
local q = server:queue()
print(#q, q[1].from, q[1].to[1].address, q[1].to[1].attempts, q[1].to[1].problem:match("refused"), q[1].to[1].next - q[1].arrived < 61)
print(server:message(q[1].id):match("Subject: far"), server:message("none"), server:remove("none"))
print(#server:mailbox("alice"):messages(), #server:mailbox("bob"):messages())
server:flush()
print(server:drain())
local kinds = {}
for _, e in ipairs(server:log()) do kinds[#kinds + 1] = e.kind end
print(table.concat(kinds, " "))
print(mail.parse(server:mailbox("alice"):read(2)):report().recipients[1].status)
server:submit{from = "", to = {"x@far.lab"}, message = ""}
task.sleep(1)
print(server:remove(server:queue()[1].id), #server:queue())
server:close()
print(server:submit{from = "", to = {"bob"}, message = ""})
print(server:drain())`,
			`true	0
250 2.0.0 Message accepted for delivery	table
nil	554 5.5.1 No recipient	denied
nil	553 5.1.3 An address cannot be so	denied
nil	timeout	timeout
1	alice@lab	x@far.lab	1	refused	true
Subject: far	nil	nil	mta: no such message in the queue	not-found
1	1
true
queued queued delivered delivered deferred deferred deferred deferred bounced queued delivered
4.4.7
true	0
nil	421 4.3.2 Closing	denied
true
`, ""},
		{"users by a function, also for a program of the host", `
local mail, smtp, task = require "mail", require "smtp", require "task"
local server = assert(mail.server{domain = "lab", users = function(user) task.sleep(0.5) if user == "bob" then return "secret" end end})
print(server:submit{from = "", to = {"bob"}, message = "Subject: x\n\n"} ~= nil, server:submit{from = "", to = {"eve"}, message = ""})
print((smtp.send{host = "localhost", from = "a@b", to = "bob@lab", message = "Subject: y\n\n"}))
print(server:drain("1 s"), #server:mailbox("bob"):messages())`,
			"true	nil	550 5.1.1 User unknown	denied\n250 2.0.0 Message accepted for delivery\ntrue	2\n", ""},
		{"a function that fails", `
local mail = require "mail"
local server = assert(mail.server{domain = "lab", users = function(user) return user.x.y end})
print(server:submit{from = "", to = {"bob"}, message = ""})`, "nil	550 5.1.1 User unknown	denied\n", "lab.lua:3: attempt to index"},
		{"after a crash the queue goes on", `
local net, mail, smtp, task = require "net", require "mail", require "smtp", require "task"
local a, b = net.host("a.lab"), net.host("b.lab")
net.link(a, b)
local servers = {}
for name, host in pairs{a = a, b = b} do
  host:on_boot(function() servers[name] = assert(mail.server{users = {u = "p"}, relay = {"127.0.0.0/8", "::1/128"}, mx = {["b.lab"] = {{10, "b.lab"}}, ["null.lab"] = {}}}) end)
end
task.sleep(1)
b:crash()
a:spawn(function() print((smtp.send{host = "localhost", from = "u@a.lab", to = {"u@b.lab", "u@null.lab"}, message = "Subject: x\n\n"})) end):join()
task.sleep("5 min")
print(#servers.a:queue(), servers.a:queue()[1].to[1].attempts, #servers.a:mailbox("u"):messages())
a:crash()
a:restart()
b:restart()
task.sleep(1)
print(#servers.a:queue(), servers.a:queue()[1].to[1].attempts)
servers.a:flush()
print(servers.a:drain("1 min"), servers.b:mailbox("u"):wait(1, "1 min"))`,
			"250 2.0.0 Message accepted for delivery\n1	1	1\n1	1\ntrue	1\n", ""},
		{"servers that encrypt", `
local net, mail, task = require "net", require "mail", require "task"
local hosts, servers = {}, {}
local hub = net.router("hub")
for i, name in ipairs{"a.lab", "b.lab", "old.lab"} do
  hosts[i] = net.host(name)
  net.link(hosts[i], hub)
  hosts[i]:spawn(function() servers[i] = assert(mail.server{users = {u = "p"}, tls = i < 3}) end)
end
task.sleep(1)
assert(servers[1]:submit{from = "u@a.lab", to = {"u@b.lab", "u@old.lab"}, message = "Subject: x\n\n"})
print(servers[1]:drain("1 min"), servers[2]:drain("1 min"), servers[3]:drain("1 min"))
for i = 2, 3 do print(mail.parse(servers[i]:mailbox("u"):read(1)):received()[1].with) end`,
			"true	true	true\nESMTPS\nESMTP\n", ""},
		{"the name system", `
local net, dns, mail, smtp, task = require "net", require "dns", require "mail", require "smtp", require "task"
local a, b, ns = net.host("a.lab"), net.host("b.lab"), net.host("ns.lab")
local hub = net.router("hub")
for _, h in ipairs{a, b, ns} do net.link(h, hub) end
local function address(h) return h:addresses()[1] end
ns:spawn(function()
  dns.serve{zones = {dns.zone({"@ NS ns", "ns A " .. address(ns), "a A " .. address(a), "b A " .. address(b), "mx MX 5 nowhere", "mx MX 10 B.Lab.", "null MX 0 .", "alone MX 5 nowhere"}, {origin = "lab"})},
    answer = function(q) if q.name == "broken.lab." then return {rcode = "SERVFAIL"} end end}
end)
a:set_resolver{servers = {address(ns)}}
local sa, sb
a:spawn(function() sa = assert(mail.server{users = {u = "p"}, expire = "1 h"}) end)
b:spawn(function() sb = assert(mail.server{users = {u = "p"}, domains = {"mx.lab"}}) end)
task.sleep(1)
for _, domain in ipairs{"mx.lab", "b.lab", "null.lab", "no.lab", "alone.lab", "broken.lab"} do
  sa:submit{from = "", to = {"u@" .. domain}, message = "Subject: x\n\n"}
  task.sleep("1 min")
  local log = sa:log()
  print(domain, log[#log].kind, log[#log].host, log[#log].answer)
end
ns:crash()
sa:submit{from = "", to = {"u@b.lab"}, message = ""}
task.sleep("1 min")
print(sa:log()[#sa:log()].kind, sa:log()[#sa:log()].answer)`,
			`mx.lab	sent	b.lab	250 2.0.0 Message accepted for delivery
b.lab	sent	b.lab	250 2.0.0 Message accepted for delivery
null.lab	dropped		null.lab takes no mail
no.lab	dropped		there is no domain no.lab
alone.lab	dropped		no server of alone.lab has an address
broken.lab	deferred		the servers of broken.lab cannot be looked up now: lookup broken.lab: temporary failure in name resolution
deferred	the servers of b.lab cannot be looked up now: dns: ask 10.0.3.1:53: timed out
`, ""},
		{"functions at the steps of sessions", `
local mail, smtp, task = require "mail", require "smtp", require "task"
local seen = {}
local server = assert(mail.server{domain = "b.lab", users = {u = "p"}, on = {
  rcpt = function(e, to)
    local key = e.address .. e.from .. to
    if seen[key] then return end
    seen[key] = true
    return "450 4.7.1 Come again"
  end,
  message = function(_, message)
    if message:find("lottery") then return false end
    if message:find("for the script") then return "250 2.0.0 The script has it" end
  end,
}})
local function try(to, message) print(select(2, smtp.send{host = "localhost", from = "a@b.c", to = to, message = message}) or "?") end
try("u@b.lab", "Subject: x\n\n") try("nobody@b.lab", "x") try("nobody@b.lab", "x") try("u@b.lab", "lottery\n")
print((smtp.send{host = "localhost", from = "a@b.c", to = "u@b.lab", message = "for the script\n"}))
print((smtp.send{host = "localhost", from = "a@b.c", to = "u@b.lab", message = "for u\n"}))
print(server:drain("1 s"), #server:mailbox("u"):messages())`,
			`smtp: RCPT TO:<u@b.lab>: 450 4.7.1 Come again
smtp: RCPT TO:<nobody@b.lab>: 450 4.7.1 Come again
smtp: RCPT TO:<nobody@b.lab>: 550 5.1.1 User unknown
smtp: message: 550 5.7.1 Refused
250 2.0.0 The script has it
250 2.0.0 Message accepted for delivery
true	1
`, ""},
		{"options that are wrong", `
local mail = require "mail"
local function try(o) o.users = o.users or {} print(select(2, pcall(mail.server, o))) end
try{users = 5} try{users = {bob = 5}} try{aliases = {x = {}}} try{aliases = {x = 5}} try{mx = {lab = {{"a", "b"}}}} try{relay = {"10.0.0.0"}} try{replies = {nope = "250 x"}} try{on = {nope = print}}
print(mail.server{users = {}, port = 25} ~= nil, mail.server{users = {}, port = 25})`,
			`mail.server: option 'users': want a table or a function, got number
mail.server: option 'users': want passwords by user name, got bob = number
mail.server: option 'aliases': want at least one address for x, got an empty table
mail.server: option 'aliases': want an address or a list of them for x, got number
mail.server: option 'mx': want a preference from 0 to 65535 and a host for lab, as in {10, "mail.lab"}
mail.server: option 'relay[1]': want an IP prefix such as "10.0.0.0/8", got "10.0.0.0"
mail.server: option 'replies': want replies by the names that smtp.replies gives: no reply is called "nope"
mail.server: option 'on': want functions for the steps connect, command, helo, mail, rcpt, data, message, rset, noop, help, vrfy, expn, auth, starttls, quit, close, got one for "nope"
true	nil	listen tcp: :25: Address already in use	in-use
`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := run(t, c.script, bindings.Limits{})
			out = strings.NewReplacer("table: ", "table\x00").Replace(out)
			for i := strings.Index(out, "table\x00"); i >= 0; i = strings.Index(out, "table\x00") {
				end := i + strings.IndexAny(out[i:], "\t\n")
				out = out[:i] + "table" + out[end:]
			}
			if out != c.want || (c.errs == "") != (errs == "" && status == 0) || !strings.Contains(errs, c.errs) {
				t.Errorf("status %d\n%s\n%s\nwant\n%s", status, out, errs, c.want)
			}
		})
	}
}
