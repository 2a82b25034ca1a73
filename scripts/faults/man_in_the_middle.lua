-- Man in the middle: somebody on the wire changes what is said, and neither end can tell
--
-- The upper-case exchange of the slides, with a tap on the link between client and server. TCP's checksum protects
-- against damage and not against intent: whoever changes a segment also puts its checksum right. Only the number of
-- bytes must stay the same, because both ends count them. To change that too, mallory must end the connection himself
-- and open another one to the server. Against all this only authentication helps, such as TLS.
-- Try: `gsub("100", "900")` instead of `gsub("alice", "mitch")`.
local net = require "net"
local socket = require "socket"
local task = require "task"

local client, server, mallory = net.host("client"), net.host("server"), net.host("mallory")
local link = net.link(client, server, {delay = "10 ms"})
net.link(client, mallory, {delay = "5 ms"})
net.link(mallory, server, {delay = "5 ms"})

server:spawn(function()
  local welcome = assert(socket.bind("*", 6789))
  while true do
    local conn = welcome:accept()
    task.spawn(function()
      local line = conn:receive()
      while line do
        print("    the server reads:  " .. line)
        conn:send(line:upper() .. "\n")
        line = conn:receive()
      end
    end)
  end
end)

local function ask(title, host)
  print(title)
  client:spawn(function()
    local conn = assert(socket.connect(host, 6789))
    conn:settimeout(10)
    for _, line in ipairs{"pay 100 to alice", "thank you"} do
      print("    the client writes: " .. line)
      conn:send(line .. "\n")
      local reply, err = conn:receive()
      print("    the client reads:  " .. (reply or "nothing: " .. err))
    end
    conn:close()
  end):join()
end

ask("nobody on the wire", "server")

local segments = 0
local tap = link:tap(function(packet)
  if packet.protocol == "TCP" and packet.data:find("alice") then
    packet.data, segments = packet.data:gsub("alice", "mitch"), segments + 1
    return packet
  end
end, {direction = "a_to_b"})
ask("mallory writes another name of five letters", "server")
tap:stop()
print(("  %d of %d packets changed; none was taken for damaged"):format(segments, tap:packets()))

tap = link:tap(function(packet)
  return {data = packet.data:gsub("alice", "mallory")}
end, {direction = "a_to_b"})
ask("mallory writes a longer name: the server acknowledges bytes that were never sent", "server")
tap:stop()

mallory:spawn(function()
  local victim = assert(socket.bind("*", 6789)):accept()
  local onward = assert(socket.connect("server", 6789))
  while true do
    local line = victim:receive()
    if not line then break end
    onward:send((line:gsub("alice", "mallory and his friends")) .. "\n")
    victim:send((onward:receive():gsub("MALLORY.*", "ALICE")) .. "\n")
  end
end)
ask("mallory ends the connection himself and has one of his own to the server", "mallory")
