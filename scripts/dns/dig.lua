-- Asking by hand: /etc/resolv.conf, dig, nslookup and host
--
-- A host knows its name servers from /etc/resolv.conf. The commands print what they print on a real machine; the
-- table that dig gives besides has each flag of the header and each record. "aa" is set only where a server with
-- authority answers; "ra" only where one resolves for its clients. With +trace dig goes the way from the root itself.
-- Try: `run("dig", "umass.edu SOA")` instead of `run("dig", "www.cs.umass.edu +short")`; or `run("host", "www")`
-- instead of `run("host", "-t hinfo gaia")`.
local net, dns = require "net", require "dns"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local client, site = host("cis.poly.edu"), host("dns.poly.edu")
local root, tld, authority = host("a.root-servers.net"), host("a.edu-servers.net"), host("dns.cs.umass.edu")
local function serve(h, origin, records)
  table.insert(records, "@ NS " .. h:name() .. ".")
  h:spawn(function() assert(dns.serve{zones = {assert(dns.zone(records, {origin = origin, ttl = 86400}))}}) end)
end
local function glue(h) return h:name() .. ". A " .. h:address() end
serve(root, ".", {"edu. NS a.edu-servers.net.", glue(tld), glue(root)})
serve(tld, "edu", {"umass NS dns.cs.umass.edu.", glue(authority)})
serve(authority, "umass.edu", {"gaia.cs A 128.119.245.12", "@ MX 10 gaia.cs", "www.cs CNAME gaia.cs",
  'gaia.cs HINFO "PC" "Linux"', glue(authority)})
site:spawn(function() assert(dns.recursor{roots = {root:name()}}) end)
client:set_resolver{servers = {site:name()}, search = {"cs.umass.edu"}}

local function run(command, words)
  print("$ " .. command .. " " .. words)
  local _, text, reply = client:spawn(dns[command], words):join()
  print((text or reply) .. "\n")
end
print("$ cat /etc/resolv.conf\n" .. client:read_file("/etc/resolv.conf"))
run("dig", "gaia.cs.umass.edu")
run("dig", "@dns.cs.umass.edu umass.edu MX")
run("dig", "gaia.cs.umass.edu +trace")
run("dig", "www.cs.umass.edu +short")
run("nslookup", "www")
run("nslookup", "nobody.cs.umass.edu")
run("host", "-t hinfo gaia")

print("three servers asked for gaia.cs.umass.edu, and the flags of their answers that are set")
for _, server in ipairs{site, authority, tld} do
  local _, m = client:spawn(dns.query, "gaia.cs.umass.edu", "A", {server = server:address()}):join()
  local flags = {}
  for _, f in ipairs{"response", "authoritative", "recursion_desired", "recursion_available"} do
    if m[f] then table.insert(flags, f) end
  end
  print(("  %-18s %s\n%21sanswer %d, authority %d, additional %d"):format(server:name(), table.concat(flags, " "), "",
    #m.answer, #m.authority, #m.additional))
end
