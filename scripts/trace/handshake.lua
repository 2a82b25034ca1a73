-- Three-way handshake and close: the packets behind connect, one line each way, and close
--
-- A capture on the link sees every packet. Sequence numbers count from each side's first, as Wireshark shows
-- them: SYN and FIN take one number each, every byte of data takes one. The same packets, with names, times and
-- checksums, are in the file /handshake.pcapng of this host; moonwire run --pcap FILE writes such a file of a
-- whole run for Wireshark.
-- Try: `s:send(("x"):rep(5000) .. "\n")` instead of `s:send("hello\n")`.
local capture = require "capture"
local net = require "net"
local socket = require "socket"
local task = require "task"

local client, server = net.host("client"), net.host("server")
local link = net.link(client, server, {delay = "10 ms"})
local packets = assert(capture.start({link = link, file = "/handshake.pcapng"}))

server:spawn(function()
  local s = assert(assert(socket.bind("*", 6789)):accept())
  s:send(s:receive("*l"):upper() .. "\n")
  s:receive("*a") -- until the client closes
  s:close()
end)

local phase = {}
assert(client:spawn(function()
  local s = assert(socket.connect("server", 6789))
  phase[task.now()] = "connect has returned: one round trip"
  s:send("hello\n")
  s:receive("*l")
  phase[task.now()] = "the reply is there: one more round trip"
  s:close()
end):join())
task.sleep("1 s")
assert(packets:stop())

print("   ms            flags      seq  ack  bytes")
local told = {}
for _, p in ipairs(packets:list()) do
  local right = p.interface == "client eth0"
  if phase[p.at] and not told[p.at] then
    print("-- " .. phase[p.at])
    told[p.at] = true
  end
  print(("%5.1f  client %s server  %-9s %4d %4s %5d"):format(
    p.at * 1000, right and "->" or "<-", p.flags, p.seq, p.ack or "-", p.length))
end
print(("\n%d packets, %d bytes of file"):format(packets:packets(), #packets:bytes()))
