-- What applications need of a network: loss, bandwidth and time, tried out
--
-- The slides' table: file transfer and the Web stand no loss but take whatever bandwidth and time there is; voice and
-- games stand some loss, but need their bandwidth at any moment, and what comes late is lost. Each application runs
-- over five networks. Voice and game count the packets that come in time, the transfers over TCP take as long as they
-- take, and a file sent over bare UDP shows what TCP is good for.
-- Try: `jitter = "50 ms"` instead of `jitter = "250 ms"`; or `rate = "256 kbps"` instead of `rate = "64 kbps"`. Who
-- needs that, and who does not care?
local net = require "net"
local socket = require "socket"
local task = require "task"

local NETWORKS = {
  {"good", {delay = "10 ms", rate = "10 Mbps"}},
  {"far", {delay = "300 ms", rate = "10 Mbps"}},
  {"lossy", {delay = "10 ms", rate = "10 Mbps", loss = 0.03}},
  {"jittery", {delay = "10 ms", rate = "10 Mbps", jitter = "250 ms"}},
  {"narrow", {delay = "10 ms", rate = "64 kbps"}},
}

-- flow sends count packets of bytes, per second so many, and returns the share that arrives within a time.
local function flow(client, server, count, bytes, per_second, within)
  local good = 0
  local receiver = server:spawn(function()
    local s = assert(socket.udp())
    assert(s:setsockname("*", 5004))
    s:settimeout(10)
    for data in function() return s:receive() end do
      good = good + (task.now() - tonumber(data:match("%S+")) <= within and 1 or 0)
    end
  end)
  client:spawn(function()
    local out = assert(socket.udp())
    assert(out:setpeername(server:name(), 5004))
    for _ = 1, count do
      out:send(("%-30.9f"):format(task.now()) .. ("x"):rep(bytes - 30))
      task.sleep(1 / per_second)
    end
  end)
  assert(receiver:join())
  return good / count
end

-- fetch gets objects of bytes over one connection and returns how long that takes and whether all came.
local function fetch(client, server, objects, bytes)
  server:spawn(function()
    local conn = assert(assert(socket.bind("*", 80)):accept())
    while conn:receive("*l") do conn:send(("x"):rep(bytes)) end
  end)
  task.sleep(0)
  local _, took, whole = assert(client:spawn(function()
    local began, got = task.now(), 0
    local conn = assert(socket.connect(server:name(), 80))
    for _ = 1, objects do
      conn:send("GET\n")
      got = got + #(conn:receive(bytes) or "")
    end
    conn:close()
    return task.now() - began, got == objects * bytes
  end):join())
  return ("%.1f s"):format(took), whole
end

local function share(s, least) return ("%.0f %%"):format(s * 100), s >= least end
local APPLICATIONS = {
  {"voice, 150 ms", function(c, s) return share(flow(c, s, 500, 160, 50, 0.150), 0.95) end},
  {"game, 100 ms", function(c, s) return share(flow(c, s, 300, 60, 30, 0.100), 0.95) end},
  {"file, TCP", function(c, s) return fetch(c, s, 1, 300000) end},
  {"web page, TCP", function(c, s) return fetch(c, s, 6, 10000) end},
  {"file, bare UDP", function(c, s) return share(flow(c, s, 300, 1000, 100, math.huge), 1) end},
}
print(("%14s %12s %12s %12s %12s %12s"):format("", "good", "far", "lossy", "jittery", "narrow"))
for a, application in ipairs(APPLICATIONS) do
  io.write(("%-14s"):format(application[1]))
  for _, n in ipairs(NETWORKS) do
    local client, server = net.host(n[1] .. "-client" .. a), net.host(n[1] .. "-server" .. a)
    net.link(client, server, n[2])
    local result, fine = application[2](client, server)
    io.write((" %12s"):format(result .. (fine and " ok" or " BAD")))
  end
  print()
end
