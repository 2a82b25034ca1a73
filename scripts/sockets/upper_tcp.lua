-- Upper case over TCP: a line goes to the server and comes back in capitals
--
-- Two processes on two hosts, as in the slides' figure of the client/server socket interaction with TCP: the
-- server waits at port 6789; the client connects, sends the line that it reads from its standard input, and prints
-- what comes back. The time shows TCP's work: one round trip sets up the connection, one more carries line and reply.
-- Try: `loss = 0.3, delay = "10 ms"` instead of `delay = "10 ms"`. When does the answer come?
local net = require "net"
local task = require "task"

local server, client = net.host("server"), net.host("client")
local link = net.link(client, server, {delay = "10 ms"})

local s = assert(server:exec("upper_tcp_server.lua", "*", 6789))
local c = assert(client:exec("upper_tcp_client.lua", "server", 6789))
c:write("hello, world\n")
c:close_input()

local status = c:wait()
io.write("from the server: " .. c:output())
print(("the client ended with status %d after %.0f ms; the server %s"):format(
  status, task.now() * 1000, s:running() and "waits for the next" or "ended"))

task.sleep("1 s") -- both sides close the connection
local there, back = link:stats().a_to_b, link:stats().b_to_a
print(("%d packets to the server, %d back"):format(there.packets, back.packets))
