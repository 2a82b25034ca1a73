-- Download-and-delete, download-and-keep: Bob reads his mail at two places
--
-- A POP3 server keeps nothing but messages between sessions. If the program at the office deletes what it has fetched,
-- the one at home finds nothing. If it keeps, both have everything, and each must remember by the unique ids which
-- messages it has seen. Marks are forgotten when a connection breaks, and two sessions at a time there cannot be.
local net = require "net"
local pop3 = require "pop3"
local task = require "task"

local server, office, home = net.host("hamburger.edu"), net.host("office"), net.host("home")
net.link(server, office, {delay = "10 ms"})
net.link(server, home, {delay = "30 ms"})
local _, pop = server:spawn(function() return pop3.serve{users = {bob = "hungry"}} end):join()

local seen = {office = {}, home = {}}

-- fetch reads on a host what is new there, and then deletes it from the server or keeps it.
local function fetch(host, mode)
  local name = host:name()
  local ok, result = host:spawn(function()
    local s = assert(pop3.dial("hamburger.edu"))
    local ok, err = s:login("bob", "hungry")
    if not ok then return err end
    local there, new = s:uidl(), {}
    for _, m in ipairs(there) do
      if not seen[name][m.uid] then
        seen[name][m.uid] = true
        new[#new + 1] = s:retr(m.number):match("Subject: ([^\r]*)")
      end
      if mode == "delete" then s:dele(m.number) end
    end
    if mode == "break" then
      s:dele(1)
      s:close() -- no QUIT
      return "marked message 1, then the connection broke"
    end
    s:quit()
    return ("%d on the server, new: %s"):format(#there, #new > 0 and table.concat(new, ", ") or "none")
  end):join()
  print(("%-6s %-6s  %s"):format(name, mode, ok and result or "failed: " .. result))
end

local function deliver(subject) pop:deliver("bob", "Subject: " .. subject .. "\n\n...\n") end

print("-- download-and-delete")
deliver("ketchup")
deliver("pickles")
fetch(office, "delete")
fetch(home, "delete")

print("-- download-and-keep")
deliver("crepes")
deliver("mustard")
fetch(office, "keep")
fetch(home, "keep")
deliver("onions")
fetch(home, "keep")
fetch(office, "keep")

print("-- a session without QUIT deletes nothing")
fetch(office, "break")
fetch(home, "keep")

print("-- one session at a time")
local busy = office:spawn(function()
  local s = assert(pop3.dial("hamburger.edu"))
  s:login("bob", "hungry")
  task.sleep("1 min")
  s:quit()
end)
task.sleep("1 s")
fetch(home, "keep")
busy:join()
fetch(home, "keep")
