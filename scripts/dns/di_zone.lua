-- The zone di.fct.unl.pt: a primary, a secondary, and who is in charge below
--
-- The zone of the lecture in its own words, with addresses where the slide has dots. The primary alone takes changes.
-- It tells the secondary, which fetches what is new. Then the line between them is cut, and the secondary misses a
-- change. It looks after the SOA's second number, here eight hours, and when nobody answers again after the third,
-- two hours. After the fourth, a week, it would answer no more, because what it knows may be wrong by then.
-- Try: `200110113 3600 7200` instead of `200110113 28800 7200`. How long is the copy old then?
local net, dns, task = require "net", require "dns", require "task"

local zone = assert(dns.zone([[
$ORIGIN di.fct.unl.pt.
$TTL 86400
@       IN SOA   ns root ( 200110113 28800 7200 604800 86400 )
@       IN NS    ns
@       IN NS    ftp
@       IN TXT   "DI - FCT/UNL Portugal"
@       IN MX    20 ns
@       IN MX    30 ftp
ftp     IN A     192.34.67.34
router  IN A     192.34.67.254
ns      IN A     192.34.67.1
mail    IN CNAME ns
asc     IN NS    corton
asc     IN NS    ns.asc
corton  IN A     192.34.67.40
ns.asc  IN A     192.34.68.1
]]))

local lan = net.lan("di", {subnet = "192.34.67.0/24"})
local ns, ftp, pc = net.host("ns.di.fct.unl.pt"), net.host("ftp.di.fct.unl.pt"), net.host("pc.di.fct.unl.pt")
net.link(ns, lan, {delay = "1 ms", address_a = "192.34.67.1/24"})
local line = net.link(ftp, lan, {delay = "1 ms", address_a = "192.34.67.34/24"})
net.link(pc, lan, {delay = "1 ms"})
ns:spawn(function() dns.serve({zones = {zone}, transfer = ftp:address(), notify = {ftp:address()}}) end)
local copy
ftp:spawn(function() copy = dns.serve({}):follow("di.fct.unl.pt", {primaries = {ns:address()}}) end)
task.sleep("1 s")
local function ask(server, name, typ)
  local reply = pc:spawn(function() return dns.query(name, typ, {server = server:address(), recurse = false}) end)
  local _, m = reply:join()
  local authority = m.authoritative and " with authority" or ""
  print(("%s, asked for %s %s: %s%s"):format(server:name(), name, typ, m.rcode, authority))
  for _, section in ipairs{"answer", "authority", "additional"} do
    for _, rr in ipairs(m[section]) do
      print(("  %-10s  %s  %s  %s"):format(section, rr.name, rr.type, rr.data))
    end
  end
end

local function compare(when)
  local s = copy:status()
  print(("%s: primary %d, secondary %d (transfers: %d whole, %d incremental)"):format(
    when, zone:serial(), s.serial, s.transfers, s.increments))
end
print("-- both know the truth")
ask(ns, "mail.di.fct.unl.pt", "A")
ask(ftp, "ftp.di.fct.unl.pt", "A")
print("\n-- neither knows what others are in charge of, but both know whom to ask")
ask(ftp, "www.asc.di.fct.unl.pt", "A")

print("\n-- a change at the primary")
compare("before")
zone:add("www A 192.34.67.80")
task.sleep("1 s")
compare("a second later")

print("\n-- the line to the secondary is cut for nine hours, the primary changes")
print("SOA " .. zone:lookup("@", "SOA").answer[1].data)
line:set({loss = 1})
zone:remove("www")
for _, wait in ipairs{"3 h", "6 h"} do
  task.sleep(wait)
  local s = copy:status()
  compare(("%2d h"):format((task.now() + 1) / 3600))
  print(("  next look at %.1f h, gives up at %.0f h"):format(s.next / 3600, s.expires / 3600))
  print("  last failure: " .. (s.error or "none"))
end
line:set({loss = 0})
task.sleep("2 h")
compare("11 h")
ask(ftp, "www.di.fct.unl.pt", "A")
