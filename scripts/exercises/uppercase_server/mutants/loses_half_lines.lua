-- A server with select that forgets the half of a line that has come
-- fails: many_lines, same_time
local socket = require "socket"
local welcome = assert(socket.bind("*", tonumber(arg[1])))
welcome:settimeout(0)
local open = {welcome}
while true do
  for _, s in ipairs(socket.select(open, nil)) do
    if s == welcome then
      local conn = welcome:accept()
      if conn then
        conn:settimeout(0)
        open[#open + 1] = conn
      end
    else
      local line, err, rest = s:receive("*l")
      if line then s:send(line:upper() .. "\n") end
      if err == "closed" then
        if rest ~= "" then s:send(rest:upper() .. "\n") end
        s:close()
        for i = 2, #open do if open[i] == s then table.remove(open, i) break end end
      end
    end
  end
end
