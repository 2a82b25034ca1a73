-- What a packet costs the simulator: against hosts, connections, packets and loss
--
-- The numbers are in measured.lua; in a clone of moonwire, `go run ./cmd/speed -cost > scripts/cost/measured.lua`
-- measures them anew. All hosts sit around one router and move data in pairs at the same time; what is counted
-- begins when the connections stand. Few packets pay for buffers that grow; with many hosts or connections the
-- processor waits for memory. Loss costs nothing to speak of: a packet sent again is a packet.
local plot = require "plot"

for _, curve in ipairs(require "measured") do
  local x, y = {}, {}
  for i, point in ipairs(curve) do
    x[i], y[i] = point[1], point[2]
    print(("%12s %8g   %6d ns"):format(curve.name, x[i], y[i]))
  end
  local chart = plot.new({title = "Cost of a packet", x = {label = curve.name, log = true},
    y = {label = "processor time", unit = "ns", min = 0}})
  chart:line(x, y, {points = true})
  print("\n" .. chart:text({height = 10}))
  assert(chart:save("/out/cost_" .. curve.name .. ".svg"))
end
