-- A form: what was typed comes in the URL or in the body
--
-- The page animalsearch has a form with two fields. With the method GET their values stand in the URL, behind a
-- question mark, as in www.somesite.com/animalsearch?monkeys&banana; with POST they are the body of the request. PUT
-- and DELETE, which came with HTTP/1.1, put a file where the URL says and delete it.
-- Try: `food = "crêpes"` instead of `food = "banana"`.
local net, http, trace = require "net", require "http", require "trace"

local site, client = net.host("www.somesite.com"), net.host("client")
net.link(site, client, {delay = "10 ms"})

site:write_file("/srv/notes/old.txt", "old\n")
site:spawn(function()
  local function animalsearch(request)
    if request.path ~= "/animalsearch" then return end -- a file
    local f = request.method == "POST" and request.form or request.params
    if request.query == "monkeys&banana" then return "looking for monkeys and banana\n" end
    return ("looking for %s, who eat %s\n"):format(f.animal, f.food)
  end
  http.serve{handler = animalsearch, root = "/srv", writable = true}
end)

client:spawn(function()
  local url = "http://www.somesite.com/animalsearch"
  local fields = {animal = "monkeys & apes", food = "banana"}
  local t = trace.start()
  local browser = http.client{agent = "Mozilla/4.0"}
  io.write(browser:get(url .. "?monkeys&banana").body)
  io.write(browser:get(url, {params = fields}).body)
  io.write(browser:post(url, fields).body)
  t:stop()
  print("\n" .. t:dialogue())

  print("\nmethods on files:")
  for _, m in ipairs{
    {"OPTIONS", "/notes/"}, {"PUT", "/notes/new.txt", "new"}, {"PUT", "/notes/new.txt", "newer"},
    {"HEAD", "/notes/new.txt"}, {"GET", "/notes/new.txt"}, {"DELETE", "/notes/new.txt"}, {"GET", "/notes/new.txt"},
    {"POST", "/notes/old.txt", "x"},
    {"BREW", "/coffee"},
  } do
    local r = assert(browser:request{url = "http://www.somesite.com" .. m[2], method = m[1], body = m[3]})
    local more = r.headers.allow and "Allow: " .. r.headers.allow or ""
    if r.status == 200 then more = ("%d bytes, body %q"):format(r.headers["content-length"], r.body) end
    print((("  %-7s %-15s %d %s %s"):format(m[1], m[2], r.status, r.reason, more):gsub("%s+$", "")))
  end
end)
