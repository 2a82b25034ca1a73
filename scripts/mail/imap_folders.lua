-- IMAP: the folders stay on the server, and what one client did, the other finds
--
-- Bob sorts his mail at the office. At home he finds the same folders with the same messages under the same numbers
-- (UIDs), those that he has read marked \Seen, although that program was never started before. A client that idles is
-- told at once what another one does.
-- Try: `s:fetch("1:*", "BODY[TEXT]")` instead of `s:fetch("1,4", "BODY[TEXT]")`.
local net = require "net"
local imap = require "imap"
local task = require "task"

local server, office, home = net.host("hamburger.edu"), net.host("office"), net.host("home")
net.link(server, office, {delay = "10 ms"})
net.link(server, home, {delay = "30 ms"})
local function serve() return imap.serve{users = {bob = "hungry"}} end
local _, box = server:spawn(serve):join()

local function login()
  local s = assert(imap.dial("hamburger.edu"))
  assert(s:login("bob", "hungry"))
  return s
end

-- show prints all folders with their messages.
local function show(s)
  for _, folder in ipairs(s:list()) do
    local f = assert(s:examine(folder.name))
    print(("  %-14s UIDVALIDITY %d, %d messages"):format(folder.name, f.uidvalidity, f.exists))
    for _, m in ipairs(f.exists > 0 and s:fetch("1:*", "(UID FLAGS ENVELOPE)") or {}) do
      local flags = table.concat(m.flags, " "):gsub("%s*\\Recent", "")
      print(("    UID %d %s %s"):format(m.uid, m.envelope.subject, flags ~= "" and flags or "(no flags)"))
    end
  end
end

for _, subject in ipairs{"crepes", "lecture", "pickles", "exam"} do
  box:deliver("bob", ("From: alice@crepes.fr\nSubject: %s\n\nabout %s\n"):format(subject, subject))
end

print("-- at the office: read two, make folders, move three")
office:spawn(function()
  local s = login()
  s:create("food")
  s:create("work/lectures")
  s:select("INBOX")
  s:fetch("1,4", "BODY[TEXT]")
  s:store(4, "+FLAGS", {"\\Flagged", "$Todo"})
  local food = s:move(s:search('OR SUBJECT "crepes" SUBJECT "pickles"'), "food")
  print(("  UIDs %s of INBOX became %s of food"):format(food.from, food.to))
  s:move(s:search("SUBJECT lecture", {uid = true}), "work/lectures", {uid = true})
  s:logout()
end):join()

print("-- at home, by another program")
home:spawn(function() show(login()) end):join()

print("-- the server loses power; what it said was done stays done")
server:crash()
server:restart()
server:spawn(serve):join()
home:spawn(function() show(login()) end):join()

print("-- both at a time: home idles, the office changes")
local at_home = home:spawn(function()
  local s = login()
  s:select("food")
  local began = task.now()
  for _ = 1, 2 do
    local u = s:idle("1 min")[1]
    local flags = u.message and table.concat(u.message.flags, " ") or "is gone"
    print(("  home is told after %.2f s: %s %d: %s"):format(task.now() - began, u.kind, u.number, flags))
  end
end)
task.sleep("1 s")
office:spawn(function()
  local s = login()
  s:select("food")
  s:store(2, "+FLAGS", {"\\Deleted"})
  task.sleep("1 s")
  s:expunge()
end):join()
at_home:join()
