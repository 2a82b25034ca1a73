-- Link failure: a cable is cut during a transfer, routes change, and TCP goes on as if little had happened
--
-- Two ways lead from the client to the server: a short one over r1 and r2, and a detour over r3. A file of 2 MB is on
-- its way when the link between r1 and r2 goes down. What is on that link is lost; from then on the routers use the
-- detour, and TCP sends the lost segments again. Then the detour fails too: nobody has a route, and the connection
-- waits for one.
-- Try: `without = "30 s"` instead of `without = "5 s"`. Why is the connection idle for so long after that?
local net = require "net"
local socket = require "socket"
local task = require "task"

local client, server = net.host("client"), net.host("server")
local r1, r2, r3 = net.router("r1"), net.router("r2"), net.router("r3")
local fast = {delay = "5 ms", rate = "10 Mbps"}
net.link(client, r1, fast)
net.link(r2, server, fast)
local short = net.link(r1, r2, fast)
net.link(r1, r3, fast)
local detour = net.link(r3, r2, fast)

local function say(text, ...)
  print(("%6.2f s  " .. text):format(task.now(), ...))
end

local function path(what)
  local hops, err = client:traceroute("server")
  local names = {}
  for _, hop in ipairs(hops or {}) do
    names[#names + 1] = hop.kind == "unreachable" and hop.name .. ": unreachable" or hop.name
  end
  say("%s: %s", what, hops and table.concat(names, " > ") or err)
end

local size, received = 2000000, 0
server:spawn(function()
  local c = assert(socket.bind("*", 9000)):accept()
  while received < size do
    received = received + #assert(c:receive(math.min(50000, size - received)))
  end
  say("all %d bytes have arrived", received)
end)

path("the way")
local sender = client:spawn(function()
  local c = assert(socket.connect("server", 9000))
  assert(c:send(("x"):rep(size)))
  c:close()
end)

local function cut(link)
  local had, lost = received, link:stats().a_to_b.down
  link:down()
  say("%s is cut with %.0f %% of the bytes at the server", link:name(), 100 * had / size)
  task.sleep("200 ms")
  say("%d packets were lost with it", link:stats().a_to_b.down - lost)
end

task.sleep("500 ms")
cut(short)
path("the way")
task.sleep("300 ms")
cut(detour)
path("the way")
local without = "5 s"
task.sleep(without)
say("after %s without any way %.0f %% are at the server", without, 100 * received / size)
detour:up()
say("r3-r2 is mended")
assert(sender:join())
task.sleep("20 s")
short:up()
path("the way, once r1-r2 is mended too")
