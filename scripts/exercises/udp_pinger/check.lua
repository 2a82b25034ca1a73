-- UDP pinger: an echo server that answers, loses or delays pings as each test wants
local check = require "check"
local net, socket, task = require "net", require "socket", require "task"

check.exercise{title = "UDP pinger", main = "pinger.lua", modules = {"socket"}, limits = {time = "60 s"}}

-- Starts the submission against a server 10 ms away. answer(n) says after how many seconds the server answers ping n;
-- nil is never. Returns the process, and the list of what the server got.
local function start(t, answer)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server, {delay = "10 ms"})
  local got = {}
  server:spawn(function()
    local s = assert(socket.udp())
    assert(s:setsockname("*", 12000))
    while true do
      local data, ip, port = s:receivefrom()
      got[#got + 1] = {data = data, at = task.now()}
      local delay = answer(#got)
      if delay then task.after(delay, function() s:sendto(data, ip, port) end) end
    end
  end)
  return t:start(client, {args = {"server", 12000}}), got
end

-- Looks at the two last lines.
local function summary(t, pinger, received)
  t:expect(pinger):prints(("10 sent, %d received, %d%%%% lost"):format(received, 100 - 10 * received))
end

check.test{
  name = "all_answered", title = "Ten pings are answered", points = 4,
  hint = "Send ten datagrams and print the four numbers that the handout asks for.",
  run = function(t)
    local pinger, got = start(t, function() return 0 end)
    t:require(pinger):exits()
    t:expect(#got, "the number of datagrams that the server got"):equals(10)
    for n, ping in ipairs(got) do
      t:expect(ping.data, "datagram " .. n):matches("^ping " .. n .. " [%d.]+$")
    end
    t:credit(1)
    summary(t, pinger, 10)
    local least, average, most = t:require(pinger):prints("rtt min/avg/max = ([%d.]+)/([%d.]+)/([%d.]+) ms")
    t:expect(least, "the least round-trip time in ms"):near(20, 0.5)
    t:expect(average, "the average round-trip time in ms"):near(20, 0.5)
    t:expect(most, "the greatest round-trip time in ms"):near(20, 0.5)
  end,
}

check.test{
  name = "one_lost", title = "A ping without an answer is given up after a second", points = 2,
  needs = {"all_answered"},
  hint = "settimeout(1) makes receive return nil after a second.",
  run = function(t)
    local pinger, got = start(t, function(n) if n ~= 4 then return 0 end end)
    t:require(pinger):exits()
    t:require(#got, "the number of datagrams that the server got"):equals(10)
    t:expect(got[5].at - got[4].at, "the time from ping 4, which is lost, to ping 5"):near(1, 0.05)
    summary(t, pinger, 9)
  end,
}

check.test{
  name = "none_answered", title = "No ping is answered", points = 2, needs = {"all_answered"},
  hint = "With no reply at all there is no average: do not divide by zero.",
  run = function(t)
    local pinger, got = start(t, function() end)
    t:require(pinger):exits()
    t:expect(#got, "the number of datagrams that the server got"):equals(10)
    summary(t, pinger, 0)
    t:expect(pinger:output(), "the output"):lacks("nan")
  end,
}

check.test{
  name = "stale", title = "A late answer does not count for the next ping", points = 2, needs = {"all_answered"},
  hint = "Compare the reply with the ping that it is to answer; go on waiting if it answers an older one.",
  run = function(t)
    local pinger = start(t, function(n) return n == 3 and 1.005 or 0.1 end)
    t:require(pinger):exits()
    summary(t, pinger, 9)
    local least, _, most = t:require(pinger):prints("rtt min/avg/max = ([%d.]+)/([%d.]+)/([%d.]+) ms")
    t:expect(least, "the least round-trip time in ms"):near(120, 1)
    t:expect(most, "the greatest round-trip time in ms"):near(120, 1)
  end,
}
