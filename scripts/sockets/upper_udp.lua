-- Upper case over UDP: the same exchange without a connection
--
-- As in the slides' figure of the client/server socket interaction with UDP, port 12000: the client writes the server's
-- address on the datagram, the server reads the client's address from it and answers there. Nothing is set up
-- first, so the reply is there after one round trip, and two packets are all there is.
-- Try: `loss = 0.9, delay = "10 ms"` instead of `delay = "10 ms"`. What does TCP do about that, in the lab upper_tcp?
local net = require "net"
local task = require "task"

local server, client = net.host("server"), net.host("client")
local link = net.link(client, server, {delay = "10 ms"})

local s = assert(server:exec("upper_udp_server.lua", "*", 12000))
local c = assert(client:exec("upper_udp_client.lua", "server", 12000))
c:write("hello, world\n")
c:close_input()

local status = c:wait()
io.write("from the server: " .. c:output())
print(("the client ended with status %d after %.0f ms; the server %s"):format(
  status, task.now() * 1000, s:running() and "waits for the next" or "ended"))

local there, back = link:stats().a_to_b, link:stats().b_to_a
print(("%d packets to the server, %d back"):format(there.packets, back.packets))
