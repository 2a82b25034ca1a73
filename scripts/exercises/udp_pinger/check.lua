-- UDP pinger: an echo server that answers, loses or delays pings as each test wants
local check = require "check"
local net, socket, task = require "net", require "socket", require "task"

check.exercise{title = "UDP pinger", main = "pinger.lua", modules = {"socket"}, limits = {time = "60 s"}}

-- Starts the submission against a server at the other end of a link. answer(n) says after how many seconds the server
-- answers ping n; nil is never. Returns the process, and the list of what the server got.
local function start(t, answer, link)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server, link or {delay = "10 ms"})
  local got = {}
  server:spawn(function()
    local s = assert(socket.udp())
    assert(s:setsockname("*", 12000))
    while true do
      local data, ip, port = s:receivefrom()
      got[#got + 1] = {data = data, at = task.now()}
      local delay = answer(#got)
      if delay == 0 then
        s:sendto(data, ip, port)
      elseif delay then
        task.after(delay, function() s:sendto(data, ip, port) end)
      end
    end
  end)
  return t:start(client, {args = {"server", 12000}}), got
end

-- Looks at the line of counts.
local function counts(t, pinger, received)
  local line = ("10 sent, %d received, %d%% lost\n"):format(received, 100 - 10 * received)
  t:expect(pinger):prints(line, {plain = true})
end

-- Looks at the line of round-trip times, which are to be these, in milliseconds.
local function times(t, pinger, least, average, most)
  local a, b, c = t:require(pinger):prints("rtt min/avg/max = ([%d.]+)/([%d.]+)/([%d.]+) ms")
  t:expect(a, "the least round-trip time in ms"):near(least, 0.01)
  t:expect(b, "the average round-trip time in ms"):near(average, 0.01)
  t:expect(c, "the greatest round-trip time in ms"):near(most, 0.01)
end

local function always() return 0 end

check.test{
  name = "sends", title = "Ten numbered pings are sent", points = 2,
  hint = "The server has to get \"ping 1 TIME\" to \"ping 10 TIME\", a datagram each.",
  run = function(t)
    local pinger, got = start(t, always)
    t:require(pinger):exits()
    t:expect(#got, "the number of datagrams that the server got"):equals(10)
    for n, ping in ipairs(got) do
      t:expect(ping.data, "datagram " .. n):matches("^ping " .. n .. " [%d.]+$")
    end
  end,
}

check.test{
  name = "measures", title = "Round-trip times are measured", points = 2, needs = {"sends"},
  hint = "A line for each ping, then the counts, then minimum, average and maximum in milliseconds.",
  run = function(t)
    local pinger = start(t, function(n) return n == 2 and 0.03 or n == 5 and 0.07 or 0 end)
    t:require(pinger):exits()
    t:expect(pinger):prints("reply 1: 20.000 ms\nreply 2: 50.000 ms\nreply 3: 20.000 ms\n", {plain = true})
    t:credit(0.5)
    counts(t, pinger, 10)
    times(t, pinger, 20, 30, 90)
  end,
}

check.test{
  name = "one_lost", title = "A ping without an answer is given up after a second", points = 2, needs = {"measures"},
  hint = "settimeout(1) lets receive return nil after a second.",
  run = function(t)
    local pinger, got = start(t, function(n) if n ~= 4 then return 0 end end)
    t:require(pinger):exits()
    t:require(#got, "the number of datagrams that the server got"):equals(10)
    t:expect(got[5].at - got[4].at, "the seconds from ping 4, which is lost, to ping 5"):near(1, 0.05)
    t:expect(pinger):prints("reply 4: timeout\nreply 5: 20.000 ms\n", {plain = true})
    counts(t, pinger, 9)
    times(t, pinger, 20, 20, 20)
  end,
}

check.test{
  name = "none_answered", title = "No ping is answered", points = 1, needs = {"measures"},
  hint = "With no reply at all there is no average: leave that line out.",
  run = function(t)
    local pinger, got = start(t, function() end)
    t:require(pinger):exits()
    t:expect(#got, "the number of datagrams that the server got"):equals(10)
    counts(t, pinger, 0)
    t:expect(pinger:output(), "the output"):lacks("rtt")
  end,
}

check.test{
  name = "late", title = "A late answer does not count for the next ping", points = 2, needs = {"one_lost"},
  hint = "Compare the reply with the ping. If it answers an older one, wait for what is left of the second.",
  run = function(t)
    local pinger, got = start(t, function(n)
      if n ~= 4 then return n == 3 and 1.005 or 0.1 end
    end)
    t:require(pinger):exits()
    t:expect(pinger):prints("reply 3: timeout\nreply 4: timeout\nreply 5: 120.000 ms\n", {plain = true})
    counts(t, pinger, 8)
    times(t, pinger, 120, 120, 120)
    t:require(#got, "the number of datagrams that the server got"):equals(10)
    t:expect(got[5].at - got[4].at, "the seconds from ping 4, which is lost, to ping 5"):near(1, 0.001)
  end,
}

check.test{
  name = "any_network", title = "The numbers are right on networks that lose, delay, repeat and reorder", points = 1,
  needs = {"late"}, seeds = 20, visibility = "after_due_date", tags = {"chaos"},
  chaos = {loss = 0.3, duplicate = 0.2, reorder = 0.2, delay = "300 ms", jitter = "300 ms"},
  hint = "moonwire grade says under which seed it fails, and how to run that one again.",
  run = function(t)
    local pinger = start(t, always, {delay = "10 ms", reorder_delay = "1.5 s"})
    t:require(pinger):exits()
    local least, sum, most, received = math.huge, 0, 0, 0
    local replies = t:datagrams(pinger, "received")
    for n, ping in ipairs(t:datagrams(pinger, "sent")) do
      local rtt
      for _, reply in ipairs(replies) do
        if not rtt and reply.data == ping.data and reply.at < ping.at + 1 then rtt = (reply.at - ping.at) * 1000 end
      end
      local said = t:require(pinger):prints("reply " .. n .. (rtt and ": ([%d.]+) ms\n" or ": timeout\n"))
      if rtt then
        t:expect(said, "the round-trip time in ms of ping " .. n):near(rtt, 0.01)
        least, sum, most, received = math.min(least, rtt), sum + rtt, math.max(most, rtt), received + 1
      end
    end
    counts(t, pinger, received)
    if received > 0 then times(t, pinger, least, sum / received, most) end
  end,
}
