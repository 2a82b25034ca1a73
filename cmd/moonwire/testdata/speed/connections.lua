-- Open connections, both ends held by the lab.
local net, socket, task = require "net", require "socket", require "task"
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "1 ms"})
local taken, made = {}, {}
server:spawn(function()
  local welcome = assert(socket.bind("*", 6789))
  while true do
    local conn = assert(welcome:accept())
    taken[#taken + 1] = conn
  end
end)
client:spawn(function()
  for i = 1, tonumber(arg[1]) do made[i] = assert(socket.connect("server", 6789)) end
end)
task.sleep(10000)
assert(#taken == #made and #made == tonumber(arg[1]))
os.exit(0)
