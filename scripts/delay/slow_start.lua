-- Slow start and congestion avoidance: the congestion window of one connection as a plot
--
-- A file goes over a link of 8 Mbps with a round trip of 100 ms and room for 30 packets. The lab looks at the
-- sender's TCP ten times per round trip, as ss -i would. The window grows by a segment for each one acknowledged, so
-- it doubles in every round trip, until the queue overflows and half a window is lost at once: so much that TCP cannot
-- repair all of it by duplicate ACKs, and after a timeout begins anew with one segment. From then on the window is
-- halved at each loss and grows by one segment per round trip. The spikes: while a loss is repaired, each duplicate
-- ACK widens the window by the segment that has left the network.
-- Try: `queue = 100` instead of `queue = 30`; or `initial_window = 10` instead of `initial_window = 2`.
local net = require "net"
local plot = require "plot"
local socket = require "socket"
local task = require "task"

local RTT, SECONDS = 0.1, 30
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = RTT / 2, rate = "8 Mbps", queue = 30})
server:set_tcp({initial_window = 2})
client:set_tcp({recv_buffer = "4 MiB"})

server:spawn(function()
  local conn = assert(assert(socket.bind("*", 80)):accept())
  local block = ("x"):rep(65536)
  while task.now() < SECONDS do
    conn:send(block)
  end
  conn:close()
end)
task.sleep(0)
client:spawn(function()
  local conn = assert(socket.connect("server", 80))
  while conn:receive(65536) do end
end)

local x, window, threshold_x, threshold = {}, {}, {}, {}
local losses, halved = 0, {}
local began, last
print("round trip   window   in flight (segments, at its end)")
for n = 0, SECONDS / RTT * 10 do
  task.sleep(RTT / 10)
  local tcp = server:tcp_info()[1]
  if tcp and tcp.state == "ESTAB" then
    began = began or n
    local round, segments = (n - began) / 10, tcp.cwnd / tcp.mss
    x[#x + 1], window[#window + 1] = round * RTT, segments
    if tcp.ssthresh then
      threshold_x[#threshold_x + 1], threshold[#threshold + 1] = round * RTT, tcp.ssthresh / tcp.mss
    end
    if tcp.fast_retransmits + tcp.timeouts > losses then
      losses = tcp.fast_retransmits + tcp.timeouts
      halved[#halved + 1] = {round * RTT, last, tcp.ssthresh / tcp.mss}
    end
    if losses == 0 and (n - began) % 10 == 9 then
      print(("%10d %8.0f %11.0f"):format(round + 1, segments, tcp.in_flight / tcp.mss))
    end
    last = tcp.in_flight / tcp.mss
  end
end

for _, h in ipairs(halved) do
  print(("loss after %4.1f s: %3.0f segments in flight, the threshold becomes %.0f"):format(h[1], h[2], h[3]))
end
local tcp = server:tcp_info()[1]
print(("%.2f Mbps in %d s, %d of %d segments sent again, %d timeouts\n"):format(
  tcp.bytes_acked * 8 / SECONDS / 1e6, SECONDS, tcp.retransmits, tcp.segments_out, tcp.timeouts))
local chart = plot.new({title = "Slow start, then congestion avoidance", x = {label = "time", unit = "s"},
  y = {label = "congestion window", unit = "segments"}})
chart:line(x, window, {name = "window"})
chart:step(threshold_x, threshold, {name = "slow start threshold"})
print(chart:text())
assert(chart:save("/out/slow_start.svg"))
