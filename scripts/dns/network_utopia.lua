-- Network Utopia: a new company enters its name into the DNS
--
-- The company's own name server knows its addresses, and nobody finds it. It gives the registrar the names and
-- addresses of its name servers; the registrar signs an update for the server of .com, which puts two kinds of
-- records into its zone: who is in charge of the name (NS), and where he is (A). Everybody else gets there step by
-- step from the root. What was asked too early stays "no such name" as long as com's SOA says.
-- Try: `pause = "10 s"` instead of `pause = "60 s"`. Why is the site not found yet?
local net, dns, task = require "net", require "dns", require "task"

local core = net.router("core")
local function host(name, subnet, address)
  local h = net.host(name)
  net.link(core, h, {delay = "10 ms", subnet = subnet, address_b = address})
  return h
end
local root, tld = host("a.root-servers.net"), host("a.gtld-servers.net")
local registrar, isp, reader = host("registrar"), host("isp"), host("reader")
local dns1 = host("dns1.networkutopia.com", "212.212.212.0/24", "212.212.212.1/24")
local www = host("www.networkutopia.com", "212.212.71.0/24", "212.212.71.4/24")

-- The root delegates .com. The registrar alone may change what com's server says, by a secret that both know.
local secret = dns.key("registrar.com")
local com = dns.zone({"@ NS a.gtld-servers.net."}, {origin = "com"})
root:spawn(function()
  dns.serve({zones = {dns.zone({
    "@ NS a.root-servers.net.", "a.root-servers.net. A " .. root:address(),
    "com. NS a.gtld-servers.net.", "a.gtld-servers.net. A " .. tld:address(),
  }, {origin = "."})}})
end)
tld:spawn(function() dns.serve({zones = {com}, keys = {secret}, update = secret}) end)
isp:spawn(function() dns.recursor({roots = {"a.root-servers.net"}}) end)
reader:set_resolver({servers = {"isp"}, ipv6 = false})

-- The company's server: type A for the Web site, type MX for mail.
dns1:spawn(function()
  dns.serve({zones = {dns.zone({
    "@ NS dns1", "dns1 A " .. dns1:address(), "www A " .. www:address(), "@ MX 10 mail", "mail A 212.212.71.5",
  }, {origin = "networkutopia.com"})}})
end)

local function ask(server, words)
  local _, printed = reader:spawn(function()
    return (dns.dig("@" .. server:address() .. " +noall +answer +authority " .. words))
  end):join()
  print("$ dig @" .. server:name() .. " " .. words)
  print(printed:gsub("\t+", "  ") .. "\n")
end

local function look_up(when)
  local addresses, err = reader:lookup("www.networkutopia.com")
  print(when .. ": " .. (addresses and addresses[1] or err))
end

print("-- before: the company's server knows, com's does not")
ask(dns1, "www.networkutopia.com +norecurse")
ask(tld, "www.networkutopia.com +norecurse")
look_up("the reader looks it up")

print("\n-- the registrar inserts two records into com")
local function register(key)
  local _, result = registrar:spawn(function()
    local ok, err = dns.update("com", {server = tld:address(), key = key, absent = {"networkutopia"}, add = {
      "networkutopia.com. NS dns1.networkutopia.com.",
      "dns1.networkutopia.com. A 212.212.212.1",
    }})
    return ok and "done" or err
  end):join()
  return result
end
print("with a secret that is a guess: " .. register(dns.key("registrar.com")))
print("with the right one: " .. register(secret) .. ", com has serial number " .. com:serial())
print("once more: " .. register(secret))
ask(tld, "www.networkutopia.com +norecurse +additional")

print("-- how do people get the address of the Web site?")
look_up("at once, from what the ISP's server remembers")
local pause = "60 s"
task.sleep(pause)
look_up(pause .. " later")
ask(isp, "networkutopia.com MX")
