-- Cookies: Susana visits a shop, which knows her again the next day
--
-- The four components of the slides: the field Set-cookie of an answer, the field Cookie of each later request, the
-- cookie file on Susana's computer, and the shop's database behind its pages. HTTP itself remembers nothing: the number
-- 1678 is all that joins the requests. Her cookie file had one entry before, of an auction house. The slides let a week
-- pass; here it is 20 hours, since the clock of a run ends after a day.
-- Try: `max_age = 3600` instead of `max_age = 30 * 24 * 3600`. Does the shop know her the next day?
local net, http, task, trace = require "net", require "http", require "task", require "trace"

local amazon, susana, internet = net.host("amazon.com"), net.host("susana"), net.router("internet")
net.link(amazon, internet, {delay = "20 ms"})
net.link(susana, internet, {delay = "5 ms"})

local database, next_id = {}, 1678 -- of the shop

amazon:spawn(function()
  http.serve{name = "Apache/1.3.0 (Unix)", handler = function(request)
    local id = request.cookies.id
    local customer = id and database[id]
    if not customer then
      id = tostring(next_id)
      next_id = next_id + 1
      customer = {visits = 0, cart = {}}
      database[id] = customer
      print(("  [shop] creates the number %s and an entry in its database"):format(id))
    end
    customer.visits = customer.visits + 1
    if request.params.add then table.insert(customer.cart, request.params.add) end
    local cart = #customer.cart > 0 and table.concat(customer.cart, ", ") or "nothing"
    local text = ("visit %d of customer %s; in the cart: %s\n"):format(customer.visits, id, cart)
    if customer.visits > 1 then return text end
    return {body = text, cookies = {id = {value = id, max_age = 30 * 24 * 3600}}}
  end}
end)

local file = "/home/susana/cookies.txt"
susana:write_file(file, "# Netscape HTTP Cookie File\nebay.com\tFALSE\t/\tFALSE\t1800000000\tid\t8734\n")

local function show_file()
  print("cookie file:")
  for domain, name, value in susana:read_file(file):gmatch("\n(%S+)\t%u+\t%S+\t%u+\t%d+\t(%S+)\t(%S+)") do
    print(("  %s: %s=%s"):format(domain, name, value))
  end
end

-- visit is a browser that is started, used for one page, and closed.
local function visit(path)
  local r = assert(http.get("http://amazon.com" .. path, {jar = file, agent = "Mozilla/4.0"}))
  io.write("  ", r.body)
end

susana:spawn(function()
  show_file()
  print("\nthe first visit")
  local t = trace.start()
  visit("/")
  t:stop()
  show_file()
  print("\nshe looks for a book")
  visit("/?add=Computer+Networking")
  print("\nthe next day")
  task.sleep("20 h")
  local later = trace.start()
  visit("/")
  later:stop()
  print("\nin the cookie's absence")
  io.write("  ", assert(http.get("http://amazon.com/")).body)

  print("\nthe first dialogue")
  print(t:dialogue())
  print("\nand that of the next day")
  print(later:dialogue())
end)
