-- DASH: a player that takes the rate which its network carries, while that changes
--
-- netcinema.com has a film in pieces of four seconds, each at four rates, and a manifest that names them. Bob's access
-- link carries 3 Mbps; after 30 s his neighbours come home and it carries 0.6 Mbps, after 70 s it carries 1.5 Mbps. The
-- player measures each piece and chooses the rate of the next. The same film is played three times: with the lowest
-- rate, with the highest, and with the rate that fits.
-- Try: `{30, 0.3e6}` instead of `{30, 0.6e6}`.
local dash = require "dash"
local net = require "net"
local plot = require "plot"
local task = require "task"

local LINK = {{0, 3e6}, {30, 0.6e6}, {70, 1.5e6}} -- from which second, bits per second
local SECONDS, RATES = 100, {"200 kbps", "500 kbps", "1 Mbps", "2 Mbps"}

local server, isp = net.host "netcinema.com", net.router "isp"
net.link(server, isp, {delay = "20 ms", rate = "100 Mbps"})
server:spawn(function()
  dash.publish("/srv/madmen", {title = "Mad Men", duration = SECONDS, rates = RATES})
  require("http").serve{root = "/srv"}
end)
task.sleep(1)

-- evening plays the film on a new host and link, and returns the report.
local function evening(rule)
  local bob = net.host("bob-" .. rule)
  local link = net.link(bob, isp, {delay = "5 ms", rate = LINK[1][2]})
  local watching = bob:spawn(function()
    return assert(dash.play("http://netcinema.com/madmen/manifest.mpd", {rule = rule}))
  end)
  for i = 2, #LINK do
    task.sleep(LINK[i][1] - LINK[i - 1][1])
    link:set{rate = LINK[i][2]}
  end
  return select(2, watching:join())
end

local reports = {}
print("rule         mean rate   starts after   stood still      changes")
for _, rule in ipairs{"lowest", "highest", "both"} do
  local r = evening(rule)
  reports[rule] = r
  print(("%-10s %6.0f kbps %10.2f s   %d times, %5.1f s %7d"):format(
    rule, r.mean_rate / 1000, r.startup, r.stalls, r.stalled, r.switches))
end

local best = reports.both
print("\nthe pieces of the last one")
print("piece   asked   rate      measured    buffer")
for _, s in ipairs(best.steps) do
  print(("%5d %6.1f s %5d kbps %6.0f kbps %6.1f s"):format(
    s.segment, s.asked, s.rate / 1000, s.throughput / 1000, s.buffer))
end

local x, rate, buffer_x, buffer, link_x, link_y = {}, {}, {}, {}, {}, {}
for _, s in ipairs(best.steps) do
  x[#x + 1], rate[#rate + 1] = s.asked, s.rate / 1e6
  buffer_x[#buffer_x + 1], buffer[#buffer + 1] = s.asked, s.before
  buffer_x[#buffer_x + 1], buffer[#buffer + 1] = s.came, s.buffer
end
for _, l in ipairs(LINK) do
  link_x[#link_x + 1], link_y[#link_y + 1] = l[1], l[2] / 1e6
end
link_x[#link_x + 1], link_y[#link_y + 1] = SECONDS, LINK[#LINK][2] / 1e6
print()
io.write(plot.new({title = "Rate of the pieces", x = {label = "s"}, y = {label = "Mbps"}})
  :step(link_x, link_y, {name = "the link carries"}):step(x, rate, {name = "the player takes"}):text())
print()
io.write(plot.new({title = "Buffer", x = {label = "s"}, y = {label = "s"}})
  :line(buffer_x, buffer, {name = "not yet played"}):text())
