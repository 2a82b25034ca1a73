-- What TLS protects: who listens on the wire reads nothing, and a forged certificate is refused
--
-- A client logs in to its bank, over plain TCP and over TLS, and mallory has a tap on the link between them. Then the
-- bank's name leads to mallory. The certificate that he has from the world's authority has his own name in it, which
-- the client must compare; the one with the bank's name he signed himself.
local net = require "net"
local socket = require "socket"
local ssl = require "ssl"
local task = require "task"

local client, bank, mallory = net.host("client"), net.host("bank"), net.host("mallory")
local link = net.link(client, bank, {delay = "10 ms"})
net.link(client, mallory, {delay = "10 ms"})

local forged = [[
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEWuwOLwBJClef0qGP3Mv77bMGdYPvGkJgYHgl93gD74
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIHLMH+gAwIBAgIBATAFBgMrZXAwDzENMAsGA1UEAxMEYmFuazAgFw03MDAxMDEw
MDAwMDBaGA8yMTAwMDEwMTAwMDAwMFowDzENMAsGA1UEAxMEYmFuazAqMAUGAytl
cAMhAOxmqhF562iUUzShOKwBu0ZwgJQIBvbgiFZGVsXivESiMAUGAytlcANBALLK
rmw1mztqtVfJet0MsVZuXZfwRxe9YAkRSbibGld5KDR8kKmudjMJwR4rQjqrkHl1
hd5VAF4W+dV9Oifc9gY=
-----END CERTIFICATE-----]]
mallory:write_file("/forged.pem", forged)

local function serve(host, port, context)
  host:spawn(function()
    local welcome = assert(socket.bind("*", port))
    while true do
      local conn = welcome:accept()
      task.spawn(function()
        if context then
          conn = assert(ssl.wrap(conn, context))
          if not conn:dohandshake() then return end
        end
        local line = conn:receive()
        if line then conn:send("welcome, " .. line:match("user (%w+)") .. "\n") end
      end)
    end
  end)
end
serve(bank, 80)
serve(bank, 443, {mode = "server", protocol = "any"})
serve(mallory, 443, {mode = "server", protocol = "any"})
serve(mallory, 444, {mode = "server", protocol = "any", key = "/forged.pem", certificate = "/forged.pem"})

local function login(title, host, port, verify)
  print(title)
  local read, bytes = 0, 0
  local tap = link:tap(function(packet)
    bytes = bytes + #packet.data
    if packet.data:find("secret", 1, true) then read = read + 1 end
  end)
  client:spawn(function()
    local conn = assert(socket.connect(host, port))
    if verify then
      conn = assert(ssl.wrap(conn, {mode = "client", protocol = "any", verify = verify}))
      local ok, err = conn:dohandshake()
      if not ok then return print("  the client hangs up: " .. err) end
      local name = conn:getpeercertificate():subject()[1].value
      if verify == "peer" and name ~= "bank" then return print("  the client hangs up: this is " .. name) end
    end
    conn:send("user bob password secret\n")
    print("  the client reads:    " .. conn:receive())
    conn:close()
  end):join()
  tap:stop()
  if host == "bank" then print(("  on the wire:         %d bytes, the password %d times"):format(bytes, read)) end
end

login("plain TCP", "bank", 80)
login("TLS", "bank", 443, "peer")
login("mallory in the bank's place, with a certificate of his own", "mallory", 443, "peer")
login("mallory with a certificate that he forged", "mallory", 444, "peer")
login("the same, and a client that does not check", "mallory", 444, "none")
