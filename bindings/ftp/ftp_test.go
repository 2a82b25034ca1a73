package ftp_test

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
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 20_000_000}, Stdout: &o, Stderr: &e}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), result.Status
}

// tour is what the first script prints; before is the server's reply to STOU.
func tour(before string) string {
	return `220	localhost FTP server ready
nil	ftp: PWD: 530 Please log in with USER and PASS	denied
331	Username OK, password required
332	Need account for login
230	User alice logged in
/a	nil	ftp: MKD: 550 There is a file or folder of that name already	not-found
true	/a	true	/	true
8	5	one
two
three	13
2	XXtwo
three
14	onXXtwo
three
` + before + ` (FILE: upload.1)
upload.1 x
a	dir	nil	rwxr-xr-x
upload.1	file	6	rw-r--r--
x	file	13	rw-r--r--
13	true
true	true	true	nil	ftp: DELE: 550 No such file or folder	not-found
4	4	mine	true
true	true
AUTH TLS	UNIX Type: L8	214	211	true
nil	ftp: SITE: 504 Only SITE CHMOD <mode> <path> is known	unsupported
true	closed
`
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"every method", `
local ftp = require "ftp"
local server = assert(ftp.serve{root = "/files", users = {alice = "hungry"}, accounts = {alice = "lunch"}, port = 0, tls = true})
for _, active in ipairs{false, true} do
  local s = assert(ftp.dial("localhost", {port = server:port(), active = active}))
  print(s:greeting())
  print(s:pwd())
  print(s:user("alice"))
  print(s:pass("hungry"))
  print(s:acct("lunch"))
  assert(s:type("I"))
  print(s:mkd("/a"), s:mkd("/a"))
  print(s:cwd("a"), s:pwd(), s:cdup(), s:pwd(), s:cwd("a"))
  print(s:stor("x", "one\ntwo\n"), s:appe("x", "three"), s:retr("x"), s:size("x"))
  print(s:stor("x", "XX", 2), s:retr("x", 2))
  assert(s:type("A"))
  print(s:size("x"), s:retr("x"))
  print(s:stou("unique"))
  print(table.concat(s:nlst(), " "))
  for _, f in ipairs(s:mlsd("/")) do print(f.name, f.type, f.size, f.mode) end
  for _, f in ipairs(s:list("/a")) do print(f.name, f.type, f.size, f.mode) end
  print(s:mlst("x").size, s:mdtm("x") == s:mlst("x").modified)
  print(s:rename("x", "y"), s:dele("y"), s:dele("upload.1"), s:dele("y"))
  local f = io.open("/mine", "w") f:write("mine") f:close()
  print(s:put("/mine"), s:get("mine", "/copy"), io.open("/copy"):read("*a"), s:dele("mine"))
  print(s:cdup(), s:rmd("a"))
  print(s:feat()[1], s:syst(), (s:help("RETR")), (s:stat()), s:noop())
  print(s:command("SITE GREET"))
  print(s:quit(), (select(3, s:noop())))
end
server:close()
print(select(3, ftp.dial("localhost", {port = server:port()})))`, tour("Data connection already open; transfer starting") + tour("File status okay; about to open data connection") + "refused\n", ""},
		{"a transfer in parts", `
local ftp = require "ftp"
ftp.serve{users = {a = "b"}, timeout = 5}
local s = assert(ftp.dial("localhost"))
assert(s:login("a", "b"))
s:type("I")
local t = assert(s:open("STOR", "big"))
print(s:noop())
print(t:reply())
for i = 1, 100 do assert(t:write(("x"):rep(1000))) end
print(t:close(), s:size("big"))
t = s:open("RETR", "big")
print(#t:read(10), t:abort(), t:read(), s:noop())
t = s:open("RETR", "big")
local n = 0
for part in function() return t:read() end do n = n + #part end
print(n, t:close())
print(s:retr("nothing"))
print(s:open("RETR", "/"))
s:close()
s = assert(ftp.dial("localhost", {largest = 1000}))
s:login("a", "b")
print(s:retr("big"))
print(s:retr("big"), s:noop())`, `nil	ftp: the transfer of STOR is open: close it first	invalid
125	Data connection already open; transfer starting
true	100000
10	true	nil	true
100000	true
nil	ftp: RETR: 550 No such file or folder	not-found
nil	ftp: RETR: 550 It is a folder	not-found
nil	ftp: the file is longer than the limit (option largest of dial); get writes it into a file	too-long
nil	true
`, ""},
		{"who may do what", `
local ftp = require "ftp"
local server = ftp.serve{root = "/srv", users = function(user) if user == "bob" then return "secret" end end, homes = {bob = "/home/bob"}, anonymous = true, require_tls = true}
local s = assert(ftp.dial("localhost"))
print(s:login("bob", "secret"))
print(s:auth_tls(), s:login("bob", "wrong"))
print(s:login("bob", "secret"), s:stor("x", "y"), io.open("/home/bob/x"):read("*a"))
print(s:login("anonymous", "me@lab"), s:nlst()[1], s:stor("x", "y"))
print(s:protect(false))
print(s:rename("../../home", "x"))
print(pcall(ftp.serve, {passive_ports = {1}}))
print(pcall(ftp.serve, {users = 1}))`, `nil	ftp: USER: 530 Say AUTH TLS first: passwords go under TLS only	denied
true	nil	ftp: PASS: 530 Login incorrect	denied
true	1	y
true	nil	nil	ftp: STOR: 550 Permission denied: you may only read here	not-found
nil	ftp: PROT: 534 Data connections must be under TLS	denied
nil	ftp: RNFR: 550 Permission denied: you may only read here	not-found
false	ftp.serve: option 'passive_ports': want the first and the last port, as in {50000, 50010}, got 1 numbers
false	ftp.serve: option 'users': want a table or a function, got number
`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := run(t, c.script)
			if out != c.want || (c.errs == "") != (errs == "" && status == 0) || !strings.Contains(errs, c.errs) {
				t.Errorf("status %d\n%s\n%s\nwant\n%s", status, out, errs, c.want)
			}
		})
	}
}
