-- NAT: a home network shares one address
--
-- Two PCs with private addresses sit behind a router that does network address translation. The server sees one
-- address, the router's, and tells the two apart by the port. Nobody outside can begin a connection to a PC, until the
-- router is told to forward a port. Its table is only in its memory.
-- Try: `visit(pc2, server:address(), 80, 6000)` instead of `visit(pc2, server:address(), 80, 5000)`. Does the box have
-- to choose another port?
local net = require "net"
local socket = require "socket"

local home = net.lan("home", {subnet = "192.168.1.0/24"})
local pc1, pc2 = net.host("pc1"), net.host("pc2")
local box, isp, server = net.router("box"), net.router("isp"), net.host("server")
for _, node in ipairs{box, pc1, pc2} do
  net.link(node, home, {delay = "1 ms"})
end
local nat = net.nat(box, {outside = net.link(box, isp, {delay = "10 ms", subnet = "203.0.113.0/24"})})
net.link(isp, server, {delay = "10 ms", subnet = "198.51.100.0/24"})

-- serve answers each connection to a port of a host with a line that tells whence it came.
local function serve(host, port)
  host:spawn(function()
    local welcome = assert(socket.bind("0.0.0.0", port))
    while true do
      local conn = welcome:accept()
      local ip, from = conn:getpeername()
      conn:send(("%s sees %s:%d\n"):format(host:name(), ip, from))
    end
  end)
end

-- visit connects from a host to an address, keeps the connection for later, and tells what it heard.
local kept = {}
local function visit(host, ip, port, own)
  host:spawn(function()
    local conn = socket.tcp()
    conn:settimeout(5)
    if own then conn:bind("*", own) end
    local ok, err = conn:connect(ip, port)
    local line = ok and conn:receive() or err
    print(("%-6s %s -> %s:%d  %s"):format(host:name(), ok and conn:getsockname() or "", ip, port, line))
    kept[#kept + 1] = conn
  end):join()
end

serve(server, 80)
print("-- both PCs use port 5000")
visit(pc1, server:address(), 80, 5000)
visit(pc2, server:address(), 80, 5000)
print(nat:text())

print("-- the way of a packet, seen from inside")
for _, hop in ipairs(pc1:traceroute(server:address())) do
  print(hop.hop, hop.address, hop.name)
end

print("-- from outside")
serve(pc1, 8080)
visit(server, nat:address(), 8080)
visit(server, pc1:address(), 8080)
nat:forward("tcp", 8080, pc1)
visit(server, nat:address(), 8080)
visit(pc2, nat:address(), 8080) -- hairpin: from inside to inside by the outside address

print("-- the router loses power")
box:crash()
box:restart()
pc1:spawn(function()
  kept[1]:send("are you there?\n")
  print("receive on the old connection: " .. select(2, kept[1]:receive()))
end):join()
visit(pc1, server:address(), 80)
print(nat:text())
