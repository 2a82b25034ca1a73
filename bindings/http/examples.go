package http

const (
	serveExample = `local http = require "http"
http.serve{handler = function(request)
  if request.path == "/hello" then return "Hello, " .. (request.params.name or "world") .. "\n" end
  if request.path == "/old" then return 301, "moved", {Location = "/hello"} end
  return 404, "there is no " .. request.path .. "\n"
end}
print(http.get("http://localhost/hello?name=Susana").body) --> Hello, Susana
-->
print(http.get("http://localhost/old").url) --> http://localhost/hello
print(http.get("http://localhost/nothing").status) --> 404`

	filesExample = `-- Files of the host are a web site.
local http = require "http"
local f = assert(io.open("/tmp/index.html", "w"))
f:write("<h1>Home</h1>\n")
f:close()
http.serve{root = "/tmp"}
local page = http.get("http://localhost/")
print(page.status, page.headers["content-type"], page.headers["content-length"]) --> 200	text/html; charset=utf-8	14
print(http.get("http://localhost/", {headers = {Range = "bytes=4-7"}}).body) --> Home
print(http.get("http://localhost/../etc/hosts").status) --> 400`

	getExample = `local http = require "http"
http.serve{handler = function(request) return request.method .. " " .. request.target .. " from " .. request.headers["user-agent"] end}
local response = assert(http.get("http://localhost/a%20page", {agent = "Mozilla/4.0"}))
print(response.version, response.status, response.reason, response:header("Content-Type")) --> 1.1	200	OK	text/plain; charset=utf-8
print(response.body) --> GET /a%20page from Mozilla/4.0`

	formExample = `-- A form comes by the URL or in the body.
local http = require "http"
http.serve{handler = function(request)
  return (request.form.animal or request.params.animal) .. " by " .. request.method
end}
print(http.post("http://localhost/animalsearch", {animal = "monkeys & banana"}).body) --> monkeys & banana by POST
print(http.get("http://localhost/animalsearch", {params = {animal = "bear"}}).body) --> bear by GET`

	requestExample = `local http = require "http"
http.serve{root = "/srv", writable = true}
print(http.request{url = "http://localhost/note.txt", method = "PUT", body = "milk\n"}.status) --> 201
print(http.request{url = "http://localhost/note.txt", method = "HEAD"}.headers["content-length"]) --> 5
print(http.request{url = "http://localhost/note.txt", method = "DELETE"}.status) --> 204
print(http.request{url = "http://localhost/note.txt"}.reason) --> Not Found`

	clientExample = `local http = require "http"
http.serve{handler = function(request) return request.path end}
local client = http.client{mode = "persistent"}
for i = 1, 3 do client:get("http://localhost/" .. i) end
print(client:opened()) --> 1`

	pageExample = `-- A page with two pictures: three objects. With connections of their own they take two round trips each.
local http, net = require "http", require "net"
local www, home = net.host("www"), net.host("home")
net.link(www, home, {delay = "50 ms"})
www:spawn(function()
  http.serve{handler = function(request)
    if request.path == "/" then return '<img src="a.gif"><img src="b.gif">' end
    return "GIF89a"
  end}
end)
home:spawn(function()
  for _, mode in ipairs{"non-persistent", "parallel", "persistent", "pipelined"} do
    local client = http.client{mode = mode}
    local objects = client:page("http://www/")
    print(("%-14s %.1f s, connections: %d"):format(mode, objects[3].ended, client:opened()))
  end
end)
--> non-persistent 0.6 s, connections: 3
--> parallel       0.4 s, connections: 3
--> persistent     0.4 s, connections: 1
--> pipelined      0.3 s, connections: 1`

	cookieExample = `-- A site recognizes who comes again by the number that it gave.
local http = require "http"
local visits = {}
http.serve{handler = function(request)
  local id = request.cookies.id
  if id then
    visits[id] = visits[id] + 1
    return "visit " .. visits[id]
  end
  visits["1678"] = 1
  return {body = "first visit", cookies = {id = {value = "1678", max_age = 3600}}}
end}
print(http.get("http://localhost/", {jar = "/tmp/cookies.txt"}).body) --> first visit
print(http.get("http://localhost/", {jar = "/tmp/cookies.txt"}).body) --> visit 2
print(io.open("/tmp/cookies.txt"):read("*a"):match("localhost.*\t(id.*)\n")) --> id	1678
require("task").sleep("2 h")
print(http.get("http://localhost/", {jar = "/tmp/cookies.txt"}).body) --> first visit`

	authExample = `-- Digest shows that the client knows the password, without sending it.
local http = require "http"
http.serve{users = {alice = "hungry"}, auth = "digest", realm = "recipes", handler = function(request)
  return "for " .. request.user .. " only: " .. request.headers.authorization:match("^%a+")
end}
local refusal = http.get("http://localhost/")
print(refusal.status, refusal.headers["www-authenticate"]:match("^%a+ realm=%S+")) --> 401	Digest realm="recipes",
print(http.get("http://localhost/", {user = "alice", password = "hungry"}).body) --> for alice only: Digest
print(http.get("http://localhost/", {user = "alice", password = "thirsty"}).status) --> 401`
)
