-- Conditional GET: a page comes once, and again only when it has changed
--
-- A client that has a copy says so: If-Modified-Since with the date of the copy, or If-None-Match with its tag. The
-- server answers 304 Not Modified, without the object, until the file is changed; then 200 OK with the new one.
-- Try: `rep(2000)` instead of `rep(200)`. What does a 304 save?
local net, http, task = require "net", require "http", require "task"

local www, client = net.host("www.escuela.edu"), net.host("client")
local link = net.link(www, client, {delay = "25 ms", rate = "1 Mbps"})

www:write_file("/srv/horario.html", "<h1>Horario</h1>\n" .. ("<p>Clase 20, Capa de Aplicacion</p>\n"):rep(200))
www:spawn(function() http.serve{root = "/srv", http10 = true, name = "Apache/1.3.0 (Unix)"} end)

client:spawn(function()
  local url, copy = "http://www.escuela.edu/horario.html", nil

  local function get(title, headers)
    local before = link:stats().a_to_b.bytes
    local r = assert(http.get(url, {headers = headers, http10 = true}))
    print(("%-34s HTTP/%s %s %-12s  body %4d bytes, in packets %4d, %6.2f ms"):format(
      title, r.version, r.status, r.reason, #r.body, link:stats().a_to_b.bytes - before, r.seconds * 1000))
    if r.status == 200 then copy = r end
  end

  get("first")
  local date, tag = copy.headers["last-modified"], copy.headers.etag
  print("  the copy is of " .. date .. ", its tag is " .. tag)
  task.sleep("1 h")
  get("If-modified-since, an hour later", {["If-Modified-Since"] = date})
  get("If-None-Match", {["If-None-Match"] = tag})
  task.sleep("1 h")
  www:write_file("/srv/horario.html", "<h1>Horario</h1>\n<p>Hoy no hay clase.</p>\n")
  get("If-modified-since, after a change", {["If-Modified-Since"] = date})
  get("If-modified-since, of the new copy", {["If-Modified-Since"] = copy.headers["last-modified"]})
end)
