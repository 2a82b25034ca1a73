-- Partition: two halves of a network that both run and cannot hear each other
--
-- Four hosts on one router. A partition loses what goes from one side to the other, without a sign: no link is down,
-- no route changes, no error comes back. Seen from one host, the others may have crashed, or be slow, or be cut off:
-- it cannot know. A partition may also be one-way: then requests arrive and answers do not.
-- Try: `net.partition({a, b, c}, {d})` instead of `net.partition({a, b}, {c, d})`; or `80)), "60 s"` instead of `80)),
-- "20 s"`.
local net, socket, task = require "net", require "socket", require "task"

local a, b, c, d, router = net.host("a"), net.host("b"), net.host("c"), net.host("d"), net.router("r")
local hosts = {a, b, c, d}
for _, host in ipairs(hosts) do
  net.link(host, router, {delay = "1 ms"})
end

-- matrix asks from every host for every other one.
local function matrix(title)
  print(title .. "\n     to a b c d")
  for _, from in ipairs(hosts) do
    local line = "from " .. from:name()
    for _, to in ipairs(hosts) do
      line = line .. " " .. (from == to and "." or from:ping(to:name(), {timeout = "1 s"}) and "+" or "-")
    end
    print(line)
  end
end

matrix("whole")
net.partition({a, b}, {c, d})
matrix("a, b | c, d")
net.heal()
net.partition(a, c, {one_way = true})
matrix("what a sends to c is lost")
print("a and c look alike: one's requests are lost, and the answers to the other's")
net.heal()
-- Every request counts, but who asks does not know it.
local orders = 0
c:spawn(function()
  local s = assert(socket.udp())
  s:setsockname("*", 7)
  while true do
    local text, ip, port = s:receivefrom()
    orders = orders + 1
    s:sendto("done: " .. text, ip, port)
  end
end)
local function order(title)
  a:spawn(function()
    local s = assert(socket.udp())
    s:setpeername("c", 7)
    s:settimeout(1)
    local tries, reply = 0
    repeat
      tries = tries + 1
      s:send("one book")
      reply = s:receive()
    until reply or tries == 3
    print(("%s: %d sent, %d taken at c, reply: %s"):format(title, tries, orders, reply or "none"))
    orders = 0
  end):join()
end
order("whole network    ")
net.partition(a, c, {one_way = true})
order("requests are lost")
net.heal()
net.partition(c, a, {one_way = true})
order("replies are lost ")

-- TCP sends again for minutes: a short partition is only a pause.
d:spawn(function()
  local conn = assert(socket.bind("*", 80)):accept()
  if conn:receive() then conn:send("yes\n") end
end)
assert(a:spawn(function()
  local conn, parted = assert(socket.connect("d", 80)), "20 s"
  task.sleep("10 ms") -- d has the connection, too
  local since = task.now()
  net.partition(a, d)
  task.after(parted, function() net.heal(a, d) end)
  conn:send("still there?\n")
  print(("TCP, parted for %s: %q after %.0f s"):format(parted, conn:receive(), task.now() - since))
end):join())
