-- The tree of names and its zones: who is in charge of what below pt
--
-- A name is read from the leaf to the root: www.di.fct.unl.pt. A zone is a part of the tree under one authority; it may
-- hold several domains (fct.unl.pt and di.fct.unl.pt), and hand any of them to others (unl.pt hands fct on). So the
-- zones cut the tree into pieces. The lab asks a local server for the SOA of each name: that of its zone answers.
-- Then the rules for names: case does not matter, a label has at most 63 bytes, a name 255.
-- Try: `{"unl NS ns.unl.pt.", glue(unl), "www.ana A 192.0.2.1"}` instead of `{"ana NS ns.ana.pt.", "unl NS ns.unl.pt.",
-- glue(ana), glue(unl)}`. Who is in charge of ana.pt then?
local net, dns = require "net", require "dns"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local root, pt, ana, unl, fct = host("root"), host("ns.pt"), host("ns.ana.pt"), host("ns.unl.pt"), host("ns.fct.unl.pt")
local isp, client = host("isp"), host("client")

local function glue(h) return h:name() .. ". A " .. h:address() end
local function serve(h, origin, records)
  table.insert(records, "@ NS " .. h:name() .. ".")
  table.insert(records, glue(h))
  h:spawn(function() dns.serve{zones = {assert(dns.zone(records, {origin = origin}))}} end)
end
serve(root, ".", {"pt NS ns.pt.", glue(pt)})
serve(pt, "pt", {"ana NS ns.ana.pt.", "unl NS ns.unl.pt.", glue(ana), glue(unl)})
serve(ana, "ana.pt", {"www A 192.0.2.1"})
serve(unl, "unl.pt", {"fct NS ns.fct.unl.pt.", glue(fct), "www.fdireito A 192.0.2.2"})
serve(fct, "fct.unl.pt", {"www.di A 192.0.2.3", "corton.di A 192.0.2.4"})
isp:spawn(function() dns.recursor{roots = {"root"}} end)
client:set_resolver{servers = {"isp"}, ipv6 = false}

-- zone_of returns the name of the zone that a name belongs to.
local function zone_of(name)
  local m = assert(dns.query(name, "SOA"))
  return (m.answer[1] or m.authority[1]).name
end

local names = {".", "pt.", "ana.pt.", "www.ana.pt.", "unl.pt.", "fdireito.unl.pt.", "www.fdireito.unl.pt.",
  "fct.unl.pt.", "di.fct.unl.pt.", "www.di.fct.unl.pt.", "corton.di.fct.unl.pt."}

client:spawn(function()
  print("the tree                       zone")
  local sizes = {}
  for _, name in ipairs(names) do
    local depth = name == "." and 0 or select(2, name:gsub("%.", ""))
    local zone = zone_of(name)
    sizes[zone] = (sizes[zone] or 0) + 1
    print(("%-30s %s"):format(("   "):rep(depth) .. (name:match("^[^.]+") or "."), zone))
  end
  local shares = {}
  for _, name in ipairs(names) do
    if sizes[name] then table.insert(shares, ("%d in %s"):format(sizes[name], name)) end
  end
  print(("\neach of the %d names is in one zone: %s"):format(#names, table.concat(shares, ", ")))

  print("\nrules for names")
  for _, name in ipairs{"www.di.fct.unl.pt", "WWW.Di.FCT.unl.PT", "www.di.fct.unl.pt."} do
    print(("  %-18s %s"):format(name, client:lookup(name)[1]))
  end
  local function try(what, name)
    local zone = dns.zone({"@ NS ns.pt.", name .. " A 192.0.2.5"}, {origin = "pt"})
    print(("  %s: %s"):format(what, zone and "taken" or "refused"))
  end
  for _, length in ipairs{63, 64} do
    try(("a label of %d bytes"):format(length), ("x"):rep(length))
  end
  for _, last in ipairs{57, 58} do
    local name = ("x"):rep(last) .. ("." .. ("x"):rep(45)):rep(4) .. ".xxxxxxxx.pt."
    try(("a name of %d bytes, each label's length and the 0 at the end counted"):format(#name + 1), name)
  end
end)
