-- Crash and restart: what was in memory is gone, what was in a file is still there
--
-- A counting server keeps one count in a variable and one in a file. Its host loses power: nobody is told. A client
-- that waits finds out only because it asks again: the restarted host knows nothing of the connection and answers with
-- a reset.
-- Try: `conn:settimeout(1)` instead of `conn:settimeout(10)`. What does the client know then?
local net = require "net"
local socket = require "socket"
local task = require "task"

local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "10 ms"})

local function say(text, ...)
  print(("%5.2f s  " .. text):format(task.now(), ...))
end

server:on_boot(function()
  say("server: booted")
  local in_memory = 0
  local welcome = assert(socket.bind("*", 6789))
  while true do
    local conn = welcome:accept()
    while conn:receive() do
      in_memory = in_memory + 1
      local on_disk = tonumber(server:read_file("/count") or 0) + 1
      server:write_file("/count", tostring(on_disk))
      conn:send(("%d in memory, %d on disk\n"):format(in_memory, on_disk))
    end
  end
end)

local function ask(conn)
  conn:send("count\n")
  local reply, err = conn:receive()
  say("client: %s", reply or err)
  return reply
end

local t = client:spawn(function()
  local conn = assert(socket.connect("server", 6789))
  conn:settimeout(2)
  ask(conn)
  ask(conn)
  server:crash()
  say("the server's host crashes")
  ask(conn)
  local another = socket.tcp()
  another:settimeout(1)
  say("client: a new connection: %s", select(2, another:connect("server", 6789)))
  server:restart()
  conn:settimeout(10)
  say("client: the old connection: %s", select(2, conn:receive()))
  conn = assert(socket.connect("server", 6789))
  ask(conn)
end)
assert(t:join())
