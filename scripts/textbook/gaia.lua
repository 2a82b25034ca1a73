-- cis.poly.edu asks for gaia.cs.umass.edu, in the textbook internet
--
-- The internet of the lectures is there already: textbook.build gives a lab all of it, or parts with what they need.
-- Two universities are enough here; the root servers and those of edu come along. The slide has eight messages. Here
-- are ten: the university delegates its computer science department, which has a name server of its own.
-- Try: `{"poly.edu", "umass.edu", "amazon.com"}` instead of `{"poly.edu", "umass.edu"}`. What comes along with
-- amazon.com?
local textbook, dns, host, net = require "textbook", require "dns", require "host", require "net"
local trace = require "trace"

local hosts = textbook.build{"poly.edu", "umass.edu"}
local count, roots = 0, 0
for name in pairs(hosts) do
  count = count + 1
  if name:find("root-servers", 1, true) then roots = roots + 1 end
end
print(("%d hosts, %d of them root servers, and %d routers"):format(count, roots, #net.hosts() - count - 1))

local function report(title, list)
  print("\n" .. title)
  for _, line in ipairs(list) do print("  " .. line) end
end

hosts["cis.poly.edu"]:spawn(function()
  print("\ncis.poly.edu has in its resolv.conf:")
  io.write((hosts["cis.poly.edu"]:read_file("/etc/resolv.conf"):gsub("[^\n]+", "  %0")))

  for _, name in ipairs{"gaia.cs.umass.edu", "gaia.cs.umass.edu", "manic.cs.umass.edu", "mail.umass.edu"} do
    local t = trace.start()
    local reply = assert(dns.query(name))
    local messages = 0
    for _, e in ipairs(t:stop():events()) do
      if e.op == "message" and not e.received then messages = messages + 1 end
    end
    print(("%-18s %-10s after %5.1f ms, %2d messages"):format(name, reply.answer[1].data, reply.rtt * 1000, messages))
  end

  -- The way that the local name server has gone, once more by ourselves.
  local way = {}
  local _, replies = assert(dns.dig("gaia.cs.umass.edu +trace"))
  for i, reply in ipairs(replies) do
    local said = reply.answer[1] or reply.authority[1]
    way[i] = ("%s %s %s"):format(said.name, said.type, said.data)
  end
  report("dig +trace goes from the root down:", way)

  local path = {}
  for i, hop in ipairs(assert(host.traceroute("gaia.cs.umass.edu"))) do
    path[i] = ("%d  %-22s %5.1f ms"):format(hop.hop, hop.name or hop.address, hop.rtt * 1000)
  end
  report("and packets go by:", path)
end)
