-- TCP over a lossy link: the rate falls with the root of the loss (Mathis et al., 1997)
--
-- A link of 200 Mbps and a round trip of 60 ms loses packets at random. TCP takes every loss for a sign of congestion
-- and halves its window, so that what it carries depends on the loss p and not on the link: rate = MSS/RTT *
-- sqrt(3/2) / sqrt(p). Each row is one connection, measured for 40 s after ten seconds of warming up. With much loss
-- the window gets too small for three duplicate ACKs; TCP then waits for its timer, of which the formula knows
-- nothing.
-- Try: `WARM, SECONDS = 0.03` instead of `WARM, SECONDS = 0.06`. An argument says for how many seconds each row is
-- measured.
local net = require "net"
local plot = require "plot"
local socket = require "socket"
local task = require "task"

local RTT, WARM, SECONDS = 0.06, 10, tonumber(arg[1] or 40)
local block = ("x"):rep(65536)

-- goodput returns the bits per second that one connection gets acknowledged, its segment size and how it lost.
local function goodput(name, loss)
  local server, client = net.host(name .. "-server"), net.host(name .. "-client")
  net.link(server, client, {delay = RTT / 2, rate = "200 Mbps", queue = -1, a_to_b = {loss = loss}})
  client:set_tcp({recv_buffer = "8 MiB"})
  server:set_tcp({send_buffer = "8 MiB", ssthresh = 100})
  local stop = task.now() + WARM + SECONDS + 1
  server:spawn(function()
    local conn = assert(assert(socket.bind("*", 80)):accept())
    while task.now() < stop do
      conn:send(block)
    end
    conn:setoption("linger", {on = true, timeout = 0})
    conn:close()
  end)
  task.sleep(0)
  client:spawn(function()
    local conn = assert(socket.connect(name .. "-server", 80))
    while conn:receive(65536) do end
  end)
  task.sleep(WARM)
  local before = server:tcp_info()[1].bytes_acked
  task.sleep(SECONDS)
  local tcp = server:tcp_info()[1]
  task.sleep(2)
  return (tcp.bytes_acked - before) * 8 / SECONDS, tcp
end

local losses, measured, formula = {}, {}, {}
print("   loss   measured Mbps   formula Mbps   fast retransmits   timeouts")
for i, loss in ipairs {0.002, 0.005, 0.01, 0.02, 0.05} do
  local rate, tcp = goodput("loss" .. i, loss)
  losses[i], measured[i], formula[i] = loss, rate / 1e6, tcp.mss * 8 / RTT * math.sqrt(1.5 / loss) / 1e6
  print(("%7g %15.2f %14.2f %18d %10d"):format(loss, measured[i], formula[i], tcp.fast_retransmits, tcp.timeouts))
end
local chart = plot.new({title = "TCP over a lossy link", x = {label = "loss", log = true},
  y = {label = "rate", unit = "Mbps", log = true}})
chart:line(losses, formula, {name = "MSS/RTT * sqrt(3/2p)"})
chart:points(losses, measured, {name = "measured"})
print("\n" .. chart:text({height = 16}))
assert(chart:save("/out/tcp_loss.svg"))
