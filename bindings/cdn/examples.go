package cdn

const routerExample = `local cdn, dns, net = require "cdn", require "dns", require "net"
local ns, rome, lisbon = net.host("ns"), net.host("rome"), net.host("lisbon")
net.link(rome, ns, {delay = "10 ms"})
net.link(lisbon, ns, {delay = "10 ms"})
ns:spawn(function()
  local router = cdn.router{zone = "kingcdn.com", check = {every = 0},
    nodes = {{name = "italy", addresses = {"192.0.2.1"}}, {name = "portugal", addresses = {"192.0.2.2"}}},
    map = {[rome:address()] = {italy = 5, portugal = 40}, [lisbon:address()] = {italy = 40, portugal = 5}}}
  print(router:nearest(lisbon:address())) --> portugal
end)
for _, h in ipairs{rome, lisbon} do
  h:spawn(function() print(dns.query("www.kingcdn.com", "A", {server = "ns"}).answer[1].address) end):join()
end
--> 192.0.2.1
--> 192.0.2.2`

const replicaExample = `-- The origin is asked once.
local cdn, http = require "cdn", require "http"
local asked = 0
http.serve{port = 8080, handler = function(request)
  asked = asked + 1
  return 200, "a picture of " .. request.path, {["Cache-Control"] = "max-age=3600"}
end}
local replica = cdn.replica{customers = {["/www.foo.com"] = "http://localhost:8080"}}
for _ = 1, 3 do http.get("http://localhost/www.foo.com/sports/ruth.gif") end
print(http.get("http://localhost/www.foo.com/sports/ruth.gif").body) --> a picture of /sports/ruth.gif
print(asked, replica:stats().hits) --> 1  3
print(http.get("http://localhost/else").status) --> 403`

const rewriteExample = `local cdn = require "cdn"
print(cdn.rewrite('<a href="/"><img src="/sports/ruth.gif"></a>', {from = "http://www.foo.com/", to = "http://www.cdn.com/www.foo.com/"}))
--> <a href="/"><img src="http://www.cdn.com/www.foo.com/sports/ruth.gif"></a>  1`
