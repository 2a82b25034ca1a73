-- Takes a client that goes for an error of its own
-- fails: in_turn, vanish, last_line, any_network
local socket, task = require "socket", require "task"

local function serve(conn)
  while true do
    local line = assert(conn:receive("*l"))
    assert(conn:send(line:upper() .. "\n"))
  end
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
local clients = {}
while true do
  local conn = assert(welcome:accept())
  clients[#clients + 1] = task.spawn(function()
    local ok, err = pcall(serve, conn)
    if not ok then io.stderr:write(err, "\n") os.exit(1) end
  end)
end
