-- Processes that wait for connections.
local net, task = require "net", require "task"
local host = net.host("server")
for i = 1, tonumber(arg[1]) do host:exec("server.lua", "127.0.0.1", 1000 + i, "echo") end
task.sleep(10)
os.exit(0)
