package webcache_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScript(t *testing.T) {
	const script = `
local http, webcache = require "http", require "webcache"
local n = 0
http.serve{handler = function(r)
  n = n + 1
  return 200, ("x"):rep(1000), {["Cache-Control"] = "max-age=100", Vary = "Accept-Language"}
end}
local c = webcache.serve{max_bytes = "6 KiB", heuristic = 0, timeout = "1 s"}
local function get(path, language)
  return http.get("http://localhost" .. path, {proxy = "localhost:" .. c:port(), headers = {["Accept-Language"] = language}}).headers["cache-status"]
end
print(get("/a", "fr"), get("/a", "es"), get("/a", "fr"))
local s = c:stats()
print(s.requests, s.hits, s.misses, s.objects, s.from_store, s.from_origin, s.bytes > 2000, ("%.2f"):format(s.hit_rate))
for _, k in ipairs(c:list()) do print(k.url, k.status, k.size, k.fresh > 98, k.vary) end
print(c:purge("http://localhost/a"), c:purge("http://localhost/a"), c:stats().objects)
for i = 1, 10 do get("/" .. i, "fr") end
print(c:stats().objects, c:stats().evicted, c:stats().bytes <= 6 * 1024)
c:clear()
print(c:stats().objects, c:stats().bytes, n)
print(http.get("http://localhost:3128/").status, http.get("http://nobody.lab/", {proxy = "localhost:3128"}).status)
c:close()
print(select(3, http.get("http://localhost/", {proxy = "localhost:3128"})))

-- before a server, with a name of its own
local gate = webcache.serve{port = 8080, origin = "localhost:80", name = "gate"}
print(http.get("http://localhost:8080/x").headers["cache-status"], http.get("http://localhost:8080/x").headers.via)
print(pcall(webcache.serve, {name = "two words"}))
print(pcall(webcache.serve, {connect = {443, 0}}))
gate:close()

-- https goes through by a tunnel, where that is allowed
http.serve{tls = true, handler = function() return "under TLS" end}
for _, ports in ipairs{{}, {443}} do
  local c = webcache.serve{connect = ports}
  local r, why, code = http.get("https://localhost/", {proxy = "localhost:3128"})
  print(r and r.body, why, code, c:stats().tunnels, c:stats().requests)
  c:close()
end`
	const want = `localhost; fwd=uri-miss; stored	localhost; fwd=uri-miss; stored	localhost; hit; ttl=100
3	1	2	1	1000	2000	true	0.33
http://localhost/a	200	1000	true	Accept-Language
http://localhost/a	200	1000	true	Accept-Language
true	false	0
3	7	true
0	0	12
400	502
refused
gate; fwd=uri-miss; stored	1.1 gate
false	webcache.serve: option 'name': want letters, digits, dots and hyphens, got "two words"
false	webcache.serve: option 'connect[2]': want a whole number from 1 to 65535, got 0
nil	http: the proxy makes no connection to localhost:443: 403 Forbidden	refused	0	1
under TLS	nil	nil	1	0
`
	var out, errs bytes.Buffer
	_, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(strings.TrimSpace(script))}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &out, Stderr: &errs}.Do()
	if err != nil || out.String() != want || errs.Len() > 0 {
		t.Errorf("%v\n%s\n%s\nwant\n%s", err, out.String(), errs.String(), want)
	}
}
