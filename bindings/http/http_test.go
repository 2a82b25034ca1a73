package http_test

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
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}, "site/page.html": {Data: []byte("<h1>page</h1>")}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &o, Stderr: &e}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), result.Status
}

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"what a handler is told", `
http.serve{handler = function(r)
  local names = {}
  for name in pairs(r) do names[#names + 1] = name end
  table.sort(names)
  print(table.concat(names, " "))
  print(r.method, r.path, r.query, r.target, r.version, r.host, r.body, r.tls, r.port > 1024, r.headers["x-a"], r.cookies.a, r.params.n[2], r.form.f)
end}
http.post("http://localhost/a%20b?n=1&n=2", {f = "g h"}, {headers = {["X-A"] = {"one", "two"}, Cookie = "a=b; c=d"}})`,
			"address body cookies form headers host method params path port query target tls version\nPOST\t/a b\tn=1&n=2\t/a%20b?n=1&n=2\t1.1\tlocalhost\tf=g+h\tfalse\ttrue\tone, two\tb\t2\tg h\n", ""},
		{"what a handler may return", `
local answers = {
  function() return "text" end, function() return "<p>page" end, function() return 404 end, function() return 201, "made", {Location = "/x", ["X-N"] = 7} end,
  function() return {status = 299, reason = "Odd", body = "b", type = "a/b", headers = {A = {"1", "2"}}} end, function() end, function() return {cookies = {b = "2", a = {value = "1", path = "/p", secure = true}}} end,
  function() local n = 0 return function() n = n + 1 if n < 4 then return "part " .. n .. " " end end end,
}
http.serve{handler = function(r) return answers[tonumber(r.path:sub(2))]() end}
for i in ipairs(answers) do
  local r = http.get("http://localhost/" .. i)
  print(i, r.status, r.reason, r.body, r.headers["content-type"], r.headers.location, r.headers["x-n"], r.headers.a, r.headers["set-cookie"], r.headers["transfer-encoding"])
end`, "1\t200\tOK\ttext\ttext/plain; charset=utf-8\tnil\tnil\tnil\tnil\tnil\n2\t200\tOK\t<p>page\ttext/html; charset=utf-8\tnil\tnil\tnil\tnil\tnil\n3\t404\tNot Found\t\tnil\tnil\tnil\tnil\tnil\tnil\n" +
			"4\t201\tCreated\tmade\ttext/plain; charset=utf-8\t/x\t7\tnil\tnil\tnil\n5\t299\tOdd\tb\ta/b\tnil\tnil\t1, 2\tnil\tnil\n6\t404\tNot Found\t404 Not Found\n\ttext/plain; charset=utf-8\tnil\tnil\tnil\tnil\tnil\n" +
			"7\t200\tOK\t\tnil\tnil\tnil\tnil\ta=1; Path=/p; Secure\nb=2; Path=/\tnil\n8\t200\tOK\tpart 1 part 2 part 3 \ttext/plain; charset=utf-8\tnil\tnil\tnil\tnil\tnil\n", ""},
		{"a field that would begin another", `
http.serve{handler = function(r) return 200, "x", {["X-Name"] = r.params.name} end}
print(http.get("http://localhost/", {params = {name = "good"}}).headers["x-name"])
local r = http.get("http://localhost/", {params = {name = "bad\r\nSet-Cookie: id=666"}})
print(r.status, r.headers["set-cookie"])`, "good\n500\tnil\n", "http.serve: what the handler returned for GET \"/?name=bad%0D%0ASet-Cookie%3A+id%3D666\": http: byte 0x0d in field X-Name"},
		{"a reason that would", `
http.serve{handler = function(r) return {reason = "OK\r\nA: b"} end}
print(http.get("http://localhost/").status)`, "500\n", "want a reason as a text without control characters"},
		{"a handler that fails", `
http.serve{handler = function(r) if r.path == "/bad" then error("no luck") end return "fine" end}
print(http.get("http://localhost/bad").status, http.get("http://localhost/good").body)`, "500\tfine\n", "no luck"},
		{"fields of a request", `
print(pcall(http.get, "http://localhost/", {headers = {A = "b\nC: d"}}))
print(pcall(http.get, "http://localhost/", {agent = "x\r\ny"}))
print(http.get("http://local host/"))
print(http.get("ftp://localhost/"))
print(http.request{url = "http://localhost/", method = "G ET"})
print(http.request{url = "http://localhost/", method = "CONNECT"})
print(pcall(http.get, "http://localhost/", {proxy = "nonsense"}))
http.serve{handler = function(r) return r.headers.authorization .. " " .. r.target end}
print(http.get("http://bob:hun%3Agry@localhost/x").body)`, "false\thttp.get: option 'headers': want header fields by name: http: byte 0x0a in field A\nfalse\thttp.get: option 'agent': want text without control characters, got \"x\\r\\ny\"\n" +
			"nil\thttp: parse \"http://local host/\": invalid character \" \" in host name\tinvalid\nnil\thttp: want a URL such as http://host/path, got \"ftp://localhost/\"\tinvalid\nnil\thttp: \"G ET\" is no method\tinvalid\n" +
			"nil\thttp: CONNECT asks a proxy for a tunnel: a client that has a proxy does so for https\tinvalid\nfalse\thttp.get: option 'proxy': want \"host:port\", such as \"proxy:3128\", got \"nonsense\"\nBasic Ym9iOmh1bjpncnk= /x\n", ""},
		{"a field in several ways of writing", `
http.serve{handler = function(r) return r.headers.n end}
for _ = 1, 20 do io.write(http.get("http://localhost/", {headers = {n = 1, N = 2}}).body, ";") end`, strings.Repeat("1, 2;", 20), ""},
		{"TLS", `
local net = require "net"
local www, home = net.host("www.lab"), net.host("home")
net.link(www, home)
www:spawn(function() http.serve{tls = true, handler = function(r) return tostring(r.tls) .. " " .. 443 end} end)
home:spawn(function()
  print(http.get("https://www.lab/").body)
  print(select(3, http.get("https://" .. www:address() .. "/")))
  print(http.get("https://" .. www:address() .. "/", {verify = false}).status)
end)`, "true 443\nprotocol\n200\n", ""},
		{"files of the lab", `
http.serve{root = "site", list = true}
print(http.get("http://localhost/page.html").body, http.get("http://localhost/").body:match("<li>.*</li>"))`, "<h1>page</h1>\t<li><a href=\"./page.html\">page.html</a> 13</li>\n", ""},
		{"a password for some pages", `
http.serve{users = function(u) return u == "bob" and "hungry" or nil end, auth = "digest", protect = {"/grades"}, handler = function(r) return r.user or "anybody" end}
local c = http.client{user = "bob", password = "hungry"}
print(c:get("http://localhost/").body, c:get("http://localhost/grades").body, http.get("http://localhost/grades").status, c:opened())`, "anybody\tbob\t401\t1\n", ""},
		{"a password, whatever way a path is written", `
http.serve{users = {bob = "hungry"}, protect = {"/site/"}, root = "/", list = true}
local socket = require "socket"
for _, target in ipairs{"/", "/site/page.html", "//site/page.html", "/./site/page.html", "/site", "//site/", "/%73ite/page.html", "/.//site//./page.html", "http://x//site/page.html"} do
  local c = assert(socket.connect("localhost", 80))
  c:send("GET " .. target .. " HTTP/1.0\r\n\r\n")
  io.write(c:receive("*l"):match("%d%d%d"), " ")
  c:close()
end`, "200 401 401 401 401 401 401 401 401 ", ""},
		{"a log", `
http.serve{root = "site", log = "/var/log/www", users = {bob = "hungry"}, protect = {"/x"}}
http.get("http://localhost/page.html")
http.get("http://localhost/x%22y", {user = "bob", password = "hungry"})
local c = require("socket").connect("localhost", 80)
c:send("nonsense\r\n\r\n")
c:receive("*a")
io.write(io.open("/var/log/www"):read("*a"))`, "127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET /page.html HTTP/1.1\" 200 13\n127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET /x%22y HTTP/1.1\" 401 17\n" +
			"127.0.0.1 - bob [01/Jan/2026:00:00:00 +0000] \"GET /x%22y HTTP/1.1\" 404 14\n127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"-\" 400 61\n", ""},
		{"too much", `
http.serve{max_body = "1 KiB", handler = function(r) return tostring(#r.body) end}
print(http.post("http://localhost/", ("x"):rep(1024)).body, http.post("http://localhost/", ("x"):rep(1025)).status)
print(http.post("http://localhost/", ("x"):rep(1000), {largest = 2}))`, "1024\t413\nnil\thttp: the answer is longer than 2 bytes\ttoo-long\n", ""},
		{"what a server counts", `
local s = http.serve{port = 8080, sessions = 1}
local c = http.client()
print(c:get("http://localhost:8080/").status, s:port(), s:connections(), s:answered(), http.get("http://localhost:8080/").status)
c:close()
s:close()
print(http.get("http://localhost:8080/"))`, "404\t8080\t1\t1\t503\nnil\thttp: dial tcp [::1]:8080: Connection refused\trefused\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, _ := run(t, "local http = require \"http\"\n\n"+c.script)
			if out != c.want || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", out, errs, c.want, c.errs)
			}
		})
	}
}
