-- SYN flood: half-open connections fill a server's queue, and SYN cookies do without the queue
--
-- The attacker sends SYNs with made-up source addresses. The server answers each of them and keeps a half-open
-- connection while it waits for an ACK that will never come; with its queue full it drops the SYNs of honest clients
-- as well. With SYN cookies (RFC 4987) the queue may be full: from then on the server keeps nothing of a SYN, since all
-- it must know later is in the sequence number that a client sends back.
-- Try: `CLIENTS, PER_SECOND = 10, 2` instead of `CLIENTS, PER_SECOND = 10, 200`; or `syn_queue = 10000` instead of
-- `syn_queue = 128`.
local net = require "net"
local socket = require "socket"
local task = require "task"

local CLIENTS, PER_SECOND = 10, 200

local function world(name, attack, cookies)
  local server, attacker = net.host(name .. "-server"), net.host(name .. "-attacker")
  local client, router = net.host(name .. "-client"), net.router(name .. "-router")
  net.link(client, router, {delay = "10 ms"})
  net.link(attacker, router, {delay = "10 ms"})
  net.link(router, server, {delay = "1 ms"})
  server:set_tcp({syn_queue = 128, syn_cookies = cookies})
  server:spawn(function()
    local welcome = assert(socket.bind("*", 80))
    while true do
      local conn = assert(welcome:accept())
      task.spawn(function()
        conn:send((conn:receive("*l") or "") .. "\n")
        conn:close()
      end)
    end
  end)
  task.sleep(0)
  local flood = attacker:spawn(function()
    while attack do
      assert(net.inject(attacker, {to = name .. "-server", port = 80, flags = "syn", seq = math.random(2 ^ 31),
        source = ("203.0.113.%d"):format(math.random(254)), source_port = math.random(1024, 65535)}))
      task.sleep(1 / PER_SECOND)
    end
  end)
  task.sleep(1)

  local served, total = 0, 0
  for _ = 1, CLIENTS do
    local t = client:spawn(function()
      local began = task.now()
      local conn = socket.tcp()
      conn:settimeout(2) -- time for a second SYN
      if not conn:connect(name .. "-server", 80) then
        return
      end
      conn:send("hello\n")
      local line = conn:receive("*l")
      conn:close()
      return line == "hello" and task.now() - began
    end)
    local _, took = assert(t:join())
    if took then
      served, total = served + 1, total + took
    end
    task.sleep(0.1)
  end
  local half = 0
  for _, c in ipairs(server:tcp_info()) do
    half = half + (c.state == "SYN-RECV" and 1 or 0)
  end
  flood:cancel()
  local s = server:listen_stats()
  print(("%-22s %5d of %d %8s %10d %13d %14d"):format(name, served, CLIENTS,
    served > 0 and ("%.0f ms"):format(total / served * 1000) or "-", half, s.syn_queue_full, s.cookies_sent))
end

print(("%-22s %11s %8s %10s %13s %14s"):format("", "served", "each in", "half-open", "SYNs dropped", "cookies sent"))
world("no-attack", false, false)
world("flood", true, false)
world("flood-against-cookies", true, true)
