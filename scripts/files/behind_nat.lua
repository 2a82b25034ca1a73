-- FTP: active and passive through a NAT box and a firewall
--
-- A PC at home is behind a NAT box, and nobody outside can begin a connection to it. With active data connections the
-- server has to: PORT tells an address that means nothing outside, and the server refuses it, since it is not the
-- client's. With passive ones the PC makes both connections. In the second half the server is behind a firewall,
-- which lets in port 21 alone: now passive fails and active works, until the firewall lets in the ports that the
-- server is told to use.
-- Try: `to_port = 22}` instead of `to_port = 21}`.
local net = require "net"
local ftp = require "ftp"
local task = require "task"

-- attempt fetches a file in both ways, and tells what came of it.
local function attempt(host, server)
  for _, active in ipairs{true, false} do
    host:spawn(function()
      local since = task.now()
      local s = assert(ftp.dial(server, {active = active}))
      assert(s:login())
      local text, err = s:retr("menu.txt")
      print(("  %-8s %5.1f s  %s"):format(active and "active" or "passive", task.now() - since,
        text and "got " .. #text .. " bytes" or err))
      s:close()
    end):join()
  end
end

-- serve starts a server with one file.
local function serve(host, options)
  local started, server = host:spawn(function()
    local server = ftp.serve(options)
    local f = assert(io.open("/srv/ftp/menu.txt", "w"))
    f:write("crepes\n")
    f:close()
    return server
  end):join()
  assert(started)
  return server
end

local home, box, isp = net.lan("home", {subnet = "192.168.1.0/24"}), net.router("box"), net.router("isp")
local pc, server, guarded, firewall = net.host("pc"), net.host("server"), net.host("guarded"), net.router("firewall")
net.link(pc, home, {delay = "1 ms"})
net.link(box, home, {delay = "1 ms"})
net.nat(box, {outside = net.link(box, isp, {delay = "10 ms", subnet = "203.0.113.0/24"})})
net.link(isp, server, {delay = "10 ms", subnet = "198.51.100.0/24"})
net.link(isp, firewall, {delay = "10 ms"})
net.link(firewall, guarded, {delay = "1 ms", subnet = "192.0.2.0/24"})

serve(server, {})
print("-- the client is behind a NAT box")
attempt(pc, "server")

local outsider = net.host("outsider")
net.link(isp, outsider, {delay = "10 ms"})
print("-- neither is behind anything")
attempt(outsider, "server")

local rules = {
  {action = "accept", direction = "forward", state = "established"},
  {action = "accept", direction = "forward", protocol = "tcp", to = "192.0.2.0/24", to_port = 21},
  {action = "accept", direction = "forward", from = "192.0.2.0/24"},
}
firewall:firewall{default_forward = "drop", rules = rules}
local first = serve(guarded, {})
print("-- the server is behind a firewall that lets in port 21")
attempt(outsider, "guarded")
first:close()

serve(guarded, {passive_ports = {50000, 50010}})
table.insert(rules,
  {action = "accept", direction = "forward", protocol = "tcp", to = "192.0.2.0/24", to_port = "50000-50010"})
firewall:firewall{default_forward = "drop", rules = rules}
print("-- and the ports 50000 to 50010, which the server is told to use")
attempt(outsider, "guarded")
