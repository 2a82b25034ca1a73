-- Flooding the root servers: why names were still found on 21 October 2002
--
-- The attack sends the root server nine times what its link carries. A local server that knows the servers of edu
-- needs no root and does not notice. Only one that begins with an empty cache does, and even that finds some names by
-- asking again. The same flood at the servers of edu hurts more: everybody's next look-up of another domain in edu
-- needs them. What is below a domain that the cache knows is found in any case.
-- Try: `host("edu", "1 Mbps")` instead of `host("edu", "100 kbps")`.
local net, dns, socket, task = require "net", require "dns", require "socket", require "task"

local internet = net.router("internet")
local function host(name, rate)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms", rate = rate})
  return h
end
local root, tld, authority = host("root", "100 kbps"), host("edu", "100 kbps"), host("dns.umass.edu")
local client, isp = host("client"), host("isp")
local bots = {}
for i = 1, 20 do bots[i] = host("bot" .. i) end
local function serve(h, origin, records)
  h:spawn(function() assert(dns.serve{zones = {assert(dns.zone(records, {origin = origin, ttl = 86400}))}}) end)
end
serve(root, ".", {"@ NS root.", "root. A " .. root:address(), "edu. NS edu.", "edu. A " .. tld:address()})
local records = {"@ NS edu.", "edu. A " .. tld:address(), "dns.umass A " .. authority:address()}
for i = 0, 100 do table.insert(records, ("site%d NS dns.umass"):format(i)) end
serve(tld, "edu", records)
authority:spawn(function() assert(dns.serve{answer = function() return "@ 86400 A 128.119.245.12" end}) end)
local recursor
isp:spawn(function() recursor = assert(dns.recursor{roots = {"root"}}) end):join()
client:set_resolver{servers = {"isp"}, ipv6 = false, attempts = 1}

local number = 0
local function measure(title, pattern, forget)
  local found, worst, count = 0, 0, 10
  for _ = 1, count do
    number = number + 1
    if forget then recursor:flush() end
    local began = task.now()
    if client:lookup(pattern:format(number)) then found = found + 1 end
    worst = math.max(worst, task.now() - began)
    task.sleep(0.1)
  end
  print(("  %-46s %2d of %d found, the slowest took %4.0f ms"):format(title, found, count, worst * 1000))
end
local function measures()
  measure("the cache knows the domain", "host%d.site0.edu")
  measure("the cache knows the servers of edu", "www.site%d.edu")
  measure("the cache is empty", "www.site%d.edu", true)
end

-- each bot sends questions to a server, one every 10 ms
local flooding
local function flood(target)
  flooding = true
  for _, bot in ipairs(bots) do
    bot:spawn(function()
      local s = socket.udp()
      s:setpeername(target, 53)
      local question = dns.encode(dns.message(bot:name() .. ".edu", "TXT"))
      while flooding do
        s:send(question)
        task.sleep(0.01)
      end
    end)
  end
end
client:lookup("www.site0.edu")
print("before the attack")
measures()
for _, target in ipairs{"root", "edu"} do
  client:lookup("www.site0.edu")
  print("under attack: the server of " .. target)
  flood(target)
  measures()
  flooding = false
  task.sleep(10)
end
