package smtp_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// run runs a script in a virtual world and returns its output, its standard error and its status.
func run(t *testing.T, script string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte("local smtp = require 'smtp'\n" + script)}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &o, Stderr: &e}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), result.Status
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"every method", `
local server = assert(smtp.serve{domain = "hamburger.edu", port = 0, tls = true, users = {alice = "hungry"}, timeout = "1 min", sessions = 3,
  deliver = function(e, m) print(e.from, table.concat(e.to, ","), e.helo, e.protocol, e.address, e.user, e.tls, e.body, e.smtputf8, e.size, (m:gsub("\r\n", "|"))) end,
  on = {vrfy = function(_, user) return "250 2.1.5 <" .. user .. "@hamburger.edu>" end, expn = function() return "250 bob\neve" end}})
local s = assert(smtp.dial("localhost", {port = server:port(), helo = "crepes.fr", timeout = 30}))
print(s:greeting(), s:secure(), server:sessions())
print(s:helo())
print(s:extension("SIZE"), #s:extensions())
print(s:noop())
print(s:help("rset"))
print(select(2, s:ehlo("crepes.fr")), s:extension("size"), s:extension("AUTH"), #s:extensions())
print(s:vrfy("bob"))
print(s:expn("all"))
print(s:auth("alice", "wrong"))
print(s:starttls())
print(s:mail("alice@crepes.fr"))
s:ehlo()
print(s:secure(), s:extension("AUTH"))
print(s:auth("alice", "hungry", "LOGIN"))
print(s:mail("alice@crepes.fr", {size = 10, body = "8BITMIME"}))
print(s:rset())
s:mail("")
print(s:rcpt("bob@hamburger.edu"))
print(s:data("a\n.b\n"))
s:mail("alice@crepes.fr", {smtputf8 = true, auth = "bob+x"})
s:rcpt("böb@hamburger.edu")
print(s:bdat("a\r\n"))
print(s:bdat("b\r\n", true))
print((s:send("alice@crepes.fr", {"bob@hamburger.edu", "eve@hamburger.edu"}, "ç")))
print(s:cmd("FOO"))
print(s:quit())
print(s:noop())
print(tostring(s):match("^smtp.Session"))
server:close()
print(select(3, smtp.dial("localhost", {port = server:port()})))
`, `220 hamburger.edu	false	1
250 Hello crepes.fr, pleased to meet you	250
nil	0
250 OK	250
214 RSET: forget the message	214
250	10485760	CRAM-MD5	11
250 2.1.5 <bob@hamburger.edu>	250
250-bob
250 eve	250
nil	smtp: AUTH CRAM-MD5: 535 5.7.8 Authentication failed	denied	535
220 2.0.0 Ready to start TLS	220
nil	smtp: MAIL FROM:<alice@crepes.fr>: 503 Say HELO first	denied	503
true	CRAM-MD5 LOGIN PLAIN
235 2.7.0 Authentication succeeded	235
250 2.1.0 alice@crepes.fr... Sender ok	250
250 2.0.0 Reset state	250
250 2.1.5 bob@hamburger.edu ... Recipient ok	250
	bob@hamburger.edu	crepes.fr	ESMTPSA	127.0.0.1	alice	true		false	0	a|.b|
250 2.0.0 Message accepted for delivery	250
250 2.0.0 3 bytes received	250
alice@crepes.fr	böb@hamburger.edu	crepes.fr	UTF8SMTPSA	127.0.0.1	alice	true		true	0	a|b|
250 2.0.0 Message accepted for delivery	250
alice@crepes.fr	bob@hamburger.edu,eve@hamburger.edu	crepes.fr	ESMTPSA	127.0.0.1	alice	true	8BITMIME	false	4	ç|
250 2.0.0 Message accepted for delivery
500 5.5.2 Command unrecognized: FOO	500
221 2.0.0 hamburger.edu closing connection	221
nil	smtp: NOOP: use of closed network connection	closed
smtp.Session
refused
`},
		{"hooks", `
local said = {}
local function note(step) return function(e, arg) said[#said + 1] = step .. "=" .. arg end end
local on = {}
for _, step in ipairs{"connect", "command", "helo", "mail", "rcpt", "data", "message", "rset", "noop", "help", "vrfy", "expn", "auth", "starttls", "quit", "close"} do on[step] = note(step) end
smtp.serve{deliver = function() end, on = on, users = function(user) return user:upper() end, tls = true}
local s = smtp.dial("localhost")
s:ehlo("me") s:starttls() s:ehlo("again") s:auth("al", "AL", "PLAIN") s:mail("a@b") s:rcpt("c@d") s:data("hi") s:rset() s:noop() s:help("x") s:vrfy("v") s:expn("l") s:quit()
for _, line in ipairs(said) do if not line:find("^command") or line:find("QUIT") then print((line:gsub("\r\n", "|"))) end end
`, "connect=127.0.0.1\nhelo=me\nstarttls=\nhelo=again\nauth=al\nmail=a@b\nrcpt=c@d\ndata=\nmessage=hi|\nrset=\nnoop=\nhelp=x\nvrfy=v\nexpn=l\ncommand=QUIT\nquit=\nclose=\n"},
		{"answers", `
smtp.serve{deliver = function(_, m) local f = loadstring(m) return f() end, on = {
  mail = function(_, from) if from == "no@x.org" then return false elseif from == "yes@x.org" then return true elseif from == "own@x.org" then return "250-one\n250 two" end end,
  command = function(_, line) if line == "FOO" then return "299 bar" elseif line == "BYE" then return "421 4.0.0 bye" end end}}
local s = smtp.dial("localhost")
s:ehlo("me")
for _, from in ipairs{"no@x.org", "yes@x.org", "own@x.org"} do print(s:mail(from)) s:rset() end
print(s:cmd("FOO"))
for _, code in ipairs{"", "return true", "return false", "return nil, 'disk full'", "return '552 5.2.2 Mailbox full'", "return '250 2.0.0 got it'"} do
  local reply, refused, code, number = s:send("", "x@y.org", code)
  print(reply, type(refused) == "table" and (next(refused) or "all") or refused, code, number)
end
print(s:cmd("BYE"))
print(s:noop())
`, `nil	smtp: MAIL FROM:<no@x.org>: 550 5.7.1 Refused	denied	550
250 2.1.0 yes@x.org... Sender ok	250
250-one
250 two	250
299 bar	299
250 2.0.0 Message accepted for delivery	all	nil	nil
250 2.0.0 Message accepted for delivery	all	nil	nil
nil	smtp: message: 451 4.3.0 Not delivered	denied	451
nil	smtp: message: 451 4.3.0 disk full	denied	451
nil	smtp: message: 552 5.2.2 Mailbox full	denied	552
250 2.0.0 got it	all	nil	nil
421 4.0.0 bye	421
nil	smtp: NOOP: 421 4.0.0 bye	denied	421
`},
		{"replies and limits", `
smtp.serve{deliver = function() end, domain = "d", max_recipients = 1, max_size = 10, max_line = 5, eightbit = true, without = {"PIPELINING", "CHUNKING"},
  replies = {greeting = "220 {domain} at your service", helo = "250-{client} is who?\n250 fine", rcpt = "250 <{address}>", unknown = "500 what?"}}
local s = smtp.dial("localhost")
print(s:greeting())
print((s:helo("x")))
print((s:cmd("HUH")))
s:mail("a@b.org")
print(s:rcpt("c@d.org"))
print(s:rcpt("e@d.org"))
print((s:data("çç\n")))
s:mail("a@b.org") s:rcpt("c@d.org")
print(s:data("abcdef\n"))
s:mail("a@b.org") s:rcpt("c@d.org")
print(s:data("abc\nabc\nabc\n"))
print(s:ehlo("x"))
`, `220 d at your service
250-x is who?
250 fine
500 what?
250 <c@d.org>	250
nil	smtp: RCPT TO:<e@d.org>: 452 Too many recipients	denied	452
250 Message accepted for delivery
nil	smtp: message: 554 A line of the message is longer than 5 bytes	denied	554
nil	smtp: message: 552 Message too large, the limit is 10 bytes	denied	552
250-d Hello x, pleased to meet you
250-8BITMIME
250-SIZE 10
250-ENHANCEDSTATUSCODES
250-SMTPUTF8
250 HELP	250
`},
		{"send says QUIT when the server lacks what the message needs", `
smtp.serve{deliver = print, without = {"8BITMIME"}, on = {quit = function() print("QUIT") end}}
print(smtp.send{host = "localhost", from = "a@b.org", to = "c@d.org", message = "\195\169"})
`, `QUIT
nil	smtp: MAIL: the server does not offer 8BITMIME	unsupported
`},
		{"send", `
smtp.serve{deliver = function(e) print(e.protocol, e.user) end, tls = true, users = {al = "pw"}}
smtp.serve{deliver = function(e) print(e.protocol, e.user) end, implicit = true, users = {al = "pw"}}
local function send(o) o.host, o.from, o.to, o.message = o.host or "localhost", "a@b.org", o.to or "c@d.org", "hi" local reply, refused, code, number = smtp.send(o)
  print(reply, type(refused) == "table" and (next(refused) or "all") or refused, code, number) end
send{}
send{tls = true}
send{tls = true, user = "al", password = "pw"}
send{user = "al", password = "pw"}
send{user = "al", password = "no"}
send{implicit = true, user = "al", password = "pw"}
send{host = "127.0.0.1", tls = true}
send{host = "127.0.0.1", tls = true, verify = false}
send{host = "nowhere"}
send{to = {"bad\nRCPT TO:<x>", "c@d.org"}}
`, `ESMTP	nil
250 2.0.0 Message accepted for delivery	all	nil	nil
ESMTPS	nil
250 2.0.0 Message accepted for delivery	all	nil	nil
ESMTPSA	al
250 2.0.0 Message accepted for delivery	all	nil	nil
ESMTPA	al
250 2.0.0 Message accepted for delivery	all	nil	nil
nil	smtp: AUTH CRAM-MD5: 535 5.7.8 Authentication failed	denied	535
ESMTPSA	al
250 2.0.0 Message accepted for delivery	all	nil	nil
nil	smtp: STARTTLS: tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs	failed	nil
ESMTPS	nil
250 2.0.0 Message accepted for delivery	all	nil	nil
nil	smtp: connect: dial tcp: lookup nowhere: host not found	host-not-found	nil
nil	smtp: MAIL: not an address: "bad\nRCPT TO:<x>"	invalid	nil
`},
		{"trace of a secured session", `
smtp.serve{deliver = function() end, domain = "d", tls = true, without = {"PIPELINING", "8BITMIME", "SIZE", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING", "HELP"}}
local t = require("trace").start()
local s = smtp.dial("localhost", {helo = "c"})
s:ehlo() s:starttls() s:ehlo() s:mail("") s:rcpt("a@b.org") s:data(("x"):rep(70) .. "\n" .. ("y"):rep(300)) s:quit()
print(t:stop():dialogue())
`, `S: 220 d
C: EHLO c
S: 250-d Hello c, pleased to meet you
S: 250 STARTTLS
C: STARTTLS
S: 220 Ready to start TLS
C: [TLS: handshake]
S: [TLS: handshake]
C: [TLS: handshake]
C: [TLS: EHLO c]
S: [TLS: 250 d Hello c, pleased to meet you]
C: [TLS: MAIL FROM:<>]
S: [TLS: 250 <>... Sender ok]
C: [TLS: RCPT TO:<a@b.org>]
S: [TLS: 250 a@b.org ... Recipient ok]
C: [TLS: DATA]
S: [TLS: 354 Enter mail, end with "." on a line by itself]
C: [TLS: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
   / yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
   yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
   yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
   ]
S: [TLS: 250 Message accepted for delivery]
C: [TLS: QUIT]
S: [TLS: 221 d closing connection]
S: [TLS: end of the session]
C: [TLS: end of the session]
`},
		{"misuse", `
print(pcall(smtp.serve, {}))
print(pcall(smtp.serve, {deliver = print, on = {rcp = print}}))
print(pcall(smtp.serve, {deliver = print, replies = {nosuch = "250 x"}}))
print(pcall(smtp.serve, {deliver = print, replies = {noop = "550 x"}}))
print(pcall(smtp.serve, {deliver = print, users = 7}))
smtp.serve{deliver = print}
print(select(3, smtp.serve{deliver = print}))
print(pcall(smtp.send, {host = "localhost", from = "", to = {}, message = ""}))
print(pcall(smtp.send, {host = "localhost", from = "", to = 7, message = ""}))
print(pcall(smtp.send, {host = "localhost", from = "", to = {7}, message = ""}))
`, `false	smtp.serve: option 'deliver': want a function, got no value
false	smtp.serve: option 'on': want functions for the steps connect, command, helo, mail, rcpt, data, message, rset, noop, help, vrfy, expn, auth, starttls, quit, close, got one for "rcp"
false	smtp.serve: option 'replies': want replies by the names that smtp.replies gives, got "nosuch"
false	smtp.serve: option 'replies': want another noop: the reply noop has a code such as 250, not 550
false	smtp.serve: option 'users': want a table or a function, got number
in-use
false	smtp.send: option 'to': want at least one address, got an empty table
false	smtp.send: option 'to': want an address or a list of them, got number
false	smtp.send: option 'to': want addresses, got number at index 1
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := run(t, c.script)
			if diff := cmp.Diff(c.want, out); diff != "" || errs != "" || status != 0 {
				t.Errorf("status %d\n%s\n(-want +got):\n%s", status, errs, diff)
			}
		})
	}
}

// TestScriptsThatFail checks that a mistake in a function of the script is told, and the client as well.
func TestScriptsThatFail(t *testing.T) {
	for _, c := range []struct{ hook, errs string }{
		{"function() error('oops') end", "lab.lua:2: oops"},
		{"function() return 'hello' end", `the function mail returned no reply: a reply begins with a code from 200 to 599: "hello"`},
		{"function() return '250 x\\0y' end", "a reply has no control characters"},
		{"function() return 7 end", "the function mail returned no reply"},
	} {
		out, errs, status := run(t, `smtp.serve{deliver = print, on = {mail = `+c.hook+`}}
local s = smtp.dial("localhost")
s:helo("x")
print(s:mail("a@b.org"))
print(smtp.dial("localhost"):greeting())`)
		if want := "nil\tsmtp: MAIL FROM:<a@b.org>: 421 Internal error, closing connection\tdenied\t421\n220 localhost\n"; out != want || !strings.Contains(errs, c.errs) || status != 1 {
			t.Errorf("%s: status %d, output\n%s\nerrors\n%s", c.hook, status, out, errs)
		}
	}
}
