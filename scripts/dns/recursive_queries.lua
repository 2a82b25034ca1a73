-- Recursive queries: each server asks the next one, and the answer comes back the same way
--
-- surf.eurecom.fr wants the address of gaia.cs.umass.edu. First every server does the whole work for whoever asks it,
-- and has to remember the question until the next server has answered. Then the servers only refer, and the local one
-- does all the asking. The messages are as many, but root servers that resolved for everybody would have to remember
-- the questions of the whole world. So only local servers do it.
-- Try: `delay = "50 ms"` instead of `delay = "10 ms"`. Who has to remember for how long?
local net, dns, task, trace = require "net", require "dns", require "task", require "trace"

local internet = net.router("internet")
local hosts = {}
for _, name in ipairs{"surf.eurecom.fr", "dns.eurecom.fr", "root", "dns.umass.edu", "dns.cs.umass.edu"} do
  hosts[name] = net.host(name)
  net.link(hosts[name], internet, {delay = "10 ms"})
end
local function glue(name) return name .. ". A " .. hosts[name]:address() end
local zones = {
  root = {origin = ".", "@ NS root.", "umass.edu NS dns.umass.edu.", glue("root"), glue("dns.umass.edu")},
  ["dns.umass.edu"] = {origin = "umass.edu", "@ NS dns", "cs NS dns.cs", glue("dns.umass.edu"),
    glue("dns.cs.umass.edu")},
  ["dns.cs.umass.edu"] = {origin = "cs.umass.edu", "@ NS dns", "gaia A 128.119.245.12", glue("dns.cs.umass.edu")},
}

-- starts all servers; those with a zone resolve for others if they are asked to and recursive is true
local function start(recursive)
  local running = {}
  for _, name in ipairs{"root", "dns.umass.edu", "dns.cs.umass.edu"} do
    hosts[name]:spawn(function()
      local own = {assert(dns.zone(zones[name], {origin = zones[name].origin}))}
      running[name] = recursive and assert(dns.recursor{zones = own, roots = {"root"}, chain = true})
        or assert(dns.serve{zones = own})
    end):join()
  end
  hosts["dns.eurecom.fr"]:spawn(function()
    running.localserver = assert(dns.recursor{roots = {"root"}, chain = recursive})
  end):join()
  return running
end
hosts["surf.eurecom.fr"]:set_resolver{servers = {"dns.eurecom.fr"}, ipv6 = false}

for _, recursive in ipairs{true, false} do
  local running = start(recursive)
  local t = trace.start()
  assert(hosts["surf.eurecom.fr"]:lookup("gaia.cs.umass.edu"))
  t:stop()
  print(recursive and "each server asks the next one" or "each server names the next one")
  local number, waits, longest = 0, {}, {}
  for _, e in ipairs(t:events()) do
    if e.op == "message" and not e.received then
      number = number + 1
      print(("  %d  %-16s -> %-16s  %s"):format(number, e.host, e.peer, e.text))
    end
    if e.op == "message" and e.text:find("^query") and e.received then
      waits[e.host] = e.at
    elseif e.op == "message" and not e.received and waits[e.host] and not e.text:find("^query") then
      longest[e.host] = e.at - waits[e.host]
    end
  end
  for _, name in ipairs{"dns.eurecom.fr", "root", "dns.umass.edu", "dns.cs.umass.edu"} do
    print(("  %-16s remembers the question for %3.0f ms"):format(name, longest[name] * 1000))
  end
  for _, server in pairs(running) do server:close() end
  task.sleep(1)
end
