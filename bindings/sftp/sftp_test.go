package sftp_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScript(t *testing.T) {
	const script = `
local sftp = require "sftp"
local server = assert(sftp.serve{root = "/files", homes = {bob = "/home/bob"}, port = 0, users = function(user) if user ~= "eve" then return "hungry" end end,
  keys = {carol = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqIj4hxdP5ey0DXj9mrsXYIMbJYlTyH+sLeUJ+1jIbH\n"}})
local function dial(options)
  options.port = server:port()
  return sftp.dial("localhost", options)
end
print(dial{user = "eve", password = "hungry"})
print(dial{user = "alice", password = "wrong"})
print((dial{user = "alice", password = "hungry", fingerprint = "SHA256:x"}) == nil, (select(3, dial{user = "alice", password = "hungry", fingerprint = "SHA256:x"})))
local s = assert(dial{user = "alice", password = "hungry", fingerprint = server:fingerprint()})
print(s:version(), s:fingerprint() == server:fingerprint(), server:sessions())
print(s:mkdir("a"), s:mkdir("a"))
print(s:store("a/x", ("line\n"):rep(20000)), #s:fetch("a/x"), s:stat("a/x").size, s:stat("a").type, s:stat("a").size)
for _, f in ipairs(s:list("/a")) do print(f.name, f.type, f.size, f.mode, f.modified) end
print(s:rename("a/x", "a/y"), s:rename("a/y", "a/y"), s:remove("a/x"))
print(s:get("a/y", "/copy"), s:put("/copy", "b"), s:realpath("a/../b"))
print(s:rmdir("a"), s:remove("a/y"), s:rmdir("a"), s:fetch("/a/y"))
print(s:fetch("../../../copy"))
print(#s:list(), io.open("/files/b"):read(4))
local small = assert(dial{user = "alice", password = "hungry", largest = 100})
print(small:fetch("b"))
print(small:stat("b").size)
local b = assert(dial{user = "bob", password = "hungry"})
print(b:store("mine", "x"), io.open("/home/bob/mine"):read("*a"))
local alice = {user = "alice", password = "hungry", port = server:port(), largest = 10}
print(sftp.scp_store("localhost", "by_scp", "crepes", alice), sftp.scp_fetch("localhost", "/by_scp", alice), s:stat("by_scp").size)
print(sftp.scp_fetch("localhost", "nothing", alice))
print((select(3, sftp.scp_fetch("localhost", "b", alice))), sftp.scp_store("localhost", "no/such/x", "crepes", alice))
s:close()
print((select(3, s:list())))
server:close()
print(pcall(sftp.serve, {users = {}, keys = {x = "nonsense"}}))
local key = [[-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDqNLFeS765+sUm5sC7i7XPKwwexzV1YhMkPPfrcD9BNgAAAIgw0JepMNCX
qQAAAAtzc2gtZWQyNTUxOQAAACDqNLFeS765+sUm5sC7i7XPKwwexzV1YhMkPPfrcD9BNg
AAAEDZ+R+b8Tfko8tK5kIgOcLobNemKQxiWmEBMKsfpQyC8Oo0sV5Lvrn6xSbmwLuLtc8r
DB7HNXViEyQ89+twP0E2AAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
]]
sftp.serve{users = {}, keys = {dora = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOo0sV5Lvrn6xSbmwLuLtc8rDB7HNXViEyQ89+twP0E2"}}
print(sftp.dial("localhost", {user = "dora", key = key}):realpath("."), (select(3, sftp.dial("localhost", {user = "eve", key = key}))))
print(pcall(sftp.dial, "localhost", {user = "dora", key = "nonsense"}))`
	const want = `nil	ssh: permission denied: wrong user, password or key	denied
nil	ssh: permission denied: wrong user, password or key	denied
true	denied
SSH-2.0-moonwire	true	1
true	nil	sftp: MKDIR a: Failure (There is a file or folder of that name already)	exists
100000	100000	100000	dir	nil
x	file	100000	rw-r--r--	1767225600
true	nil	nil	sftp: REMOVE a/x: No such file or folder	not-found
100000	100000	/b
nil	true	true	nil	sftp: OPEN /a/y: No such file or folder	not-found
nil	sftp: OPEN ../../../copy: No such file or folder	not-found
1	line
nil	sftp: the file is longer than the limit (option largest of dial); get writes it into a file	too-long
100000
1	x
true	crepes	6
nil	scp: nothing: No such file or directory	not-found
too-long	nil	scp: x: No such file or directory	not-found
closed
false	sftp.serve: option 'keys': want lines such as "ssh-ed25519 AAAA…" for x
/	denied
false	sftp.dial: option 'key': want the text of a file of ssh-keygen, -----BEGIN OPENSSH PRIVATE KEY----- and so on: ssh: no key found
`
	var out, errs bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 50_000_000}, Stdout: &out, Stderr: &errs}.Do()
	if err != nil || result.Status != 0 || errs.Len() > 0 || out.String() != want {
		t.Errorf("%v %d %s\n%s\nwant\n%s", err, result.Status, errs.String(), out.String(), want)
	}
}
