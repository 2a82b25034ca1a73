-- NAT types: full cone, restricted cone, port-restricted cone and symmetric, told apart by UDP probes
--
-- A server with two addresses and two ports answers each probe with the endpoint that it saw, and on request from its
-- other address or its other port. From which answers arrive, and whether the endpoint stays the same, the client
-- finds out what its NAT does; that was the idea of STUN (RFC 3489). RFC 4787 calls the first column mapping and the
-- others filtering.
local net = require "net"
local socket = require "socket"

local pc, box, server = net.host("pc"), net.router("box"), net.host("server")
net.link(pc, box, {delay = "1 ms", subnet = "192.168.1.0/24"})
local up = net.link(box, server, {delay = "9 ms", subnet = "203.0.113.0/24"})
net.link(box, server, {delay = "9 ms", subnet = "198.51.100.0/24"}) -- the server's other address
local home = {address = "203.0.113.2", port = 3478}
local other = {address = "198.51.100.2", port = 3479}

-- Four sockets: each address with each port. A probe says from which of them it wants its answer.
local sockets = {}
for _, address in ipairs{home.address, other.address} do
  for _, port in ipairs{home.port, other.port} do
    server:spawn(function()
      local s = assert(socket.udp())
      assert(s:setsockname(address, port))
      sockets[address .. ":" .. port] = s
      while true do
        local wanted, ip, from = s:receivefrom()
        sockets[wanted]:sendto(ip .. ":" .. from, ip, from)
      end
    end)
  end
end

-- probe sends to one endpoint of the server and wants the answer from another; it returns what the server saw.
local function probe(s, to, from)
  s:sendto(from.address .. ":" .. from.port, to.address, to.port)
  return (s:receive())
end

local function examine(kind)
  local nat = net.nat(box, {outside = up, type = kind, ports = "random"})
  pc:spawn(function()
    local s = assert(socket.udp())
    s:settimeout(1)
    assert(s:setsockname("*", 5000))
    local first = probe(s, home, home)
    local port = probe(s, home, {address = home.address, port = other.port})
    local address = probe(s, home, other)
    local again = probe(s, {address = home.address, port = other.port}, {address = home.address, port = other.port})
    local guess = "symmetric"
    if again == first then
      guess = address and "full-cone" or port and "restricted-cone" or "port-restricted-cone"
    end
    local function yes(x) return x and "yes" or "no" end
    print(("%-22s %-9s %-12s %-12s %s"):format(kind, yes(again == first), yes(port), yes(address), guess))
    s:close()
  end):join()
  nat:remove()
end

print("                       same      answer from  answer from")
print("type of the NAT        endpoint  other port   other host   the client's guess")
for _, kind in ipairs{"full-cone", "restricted-cone", "port-restricted-cone", "symmetric"} do
  examine(kind)
end
