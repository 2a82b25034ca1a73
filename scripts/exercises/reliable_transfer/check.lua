-- Reliable transfer over UDP: against the reference solution, against datagrams made by hand, and against itself
local check = require "check"
local net, socket, task = require "net", require "socket", require "task"

check.exercise{
  title = "Reliable transfer over UDP", main = "transfer.lua", modules = {"socket"}, limits = {time = "10 min"},
}

local PORT = 5000

local function hosts()
  local sender, receiver = net.host("sender"), net.host("receiver")
  net.link(sender, receiver, {delay = "20 ms"})
  return sender, receiver
end

-- Text of a length, in lines of different lengths.
local function text(length)
  local words = {}
  for i = 1, length / 4 do words[i] = ("%d%s"):format(i, i % 7 == 0 and "\n" or " ") end
  return table.concat(words):sub(1, length)
end

-- Lets a sender and a receiver, made by start or solution of the test, transfer data, and looks at how they end.
local function transfer(t, send, receive, data)
  local a, b = hosts()
  local receiver = t[receive](t, b, {args = {"receive", PORT}})
  local sender = t[send](t, a, {args = {"send", "receiver", PORT}, input = data})
  t:require(sender, "the sender"):within("5 min"):exits(0)
  t:expect(receiver:output(), "what the receiver writes"):equals(data)
  t:expect(receiver, "the receiver"):within("5 min"):exits(0)
  return sender, receiver
end

-- A socket of the test's own on a host.
local function open(t, host, port)
  local s = t:on(host, socket.udp)
  assert(s:setsockname("*", port or 0))
  return s
end

-- Waits for a datagram and takes it apart: kind, number, piece, address, port; nil after a time.
local function take(s, time)
  s:settimeout(time)
  local datagram, ip, port = s:receivefrom()
  if not datagram then return nil, ip end
  local kind, number, piece = datagram:match("^(%u+) (%d+)\n(.*)$")
  return kind or datagram, tonumber(number), piece, ip, port
end

-- What has come, as it is named in messages.
local function name(kind, number) return kind and kind .. " " .. tostring(number) or "nothing" end

check.test{
  name = "sends", title = "The sender sends to another receiver", points = 2,
  run = function(t)
    local sender = transfer(t, "start", "solution", text(2000))
    for n, datagram in ipairs(t:datagrams(sender)) do
      local want = n <= 4 and "^DATA " .. n - 1 .. "\n" or "^END 4\n$"
      t:expect(datagram.data, "datagram " .. n .. " of the sender"):matches(want)
    end
  end,
}

check.test{
  name = "receives", title = "The receiver takes from another sender", points = 2,
  run = function(t)
    local _, receiver = transfer(t, "solution", "start", text(2000))
    local acks = t:datagrams(receiver)
    for n, ack in ipairs(acks) do
      t:expect(ack.data, "datagram " .. n .. " of the receiver"):equals(("ACK %d\n"):format(n))
    end
    t:expect(#acks, "the number of ACKs"):equals(5)
  end,
}

check.test{
  name = "sizes", title = "Nothing, bytes of all kinds, and just one full piece", points = 1,
  needs = {"sends", "receives"},
  hint = "Read the input with \"*a\", and write what came as it is.",
  run = function(t)
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local all = table.concat(bytes)
    local a, b = hosts()
    for i, data in ipairs{"", all .. all, all .. "\n", "x"} do
      local receiver = t:start(b, {args = {"receive", PORT + i}})
      local sender = t:start(a, {args = {"send", "receiver", PORT + i}, input = data})
      t:require(sender, "the sender of " .. #data .. " bytes"):within("1 min"):exits(0)
      t:require(receiver, "the receiver of " .. #data .. " bytes"):within("1 min"):exits(0)
      t:expect(receiver:output(), "what the receiver writes"):equals(data)
      t:credit(0.25)
    end
  end,
}

check.test{
  name = "lost_piece", title = "A piece is lost", points = 2, needs = {"sends"},
  hint = "settimeout(0.5), and send again when receive returns nil.",
  run = function(t)
    local a, b = hosts()
    local s = open(t, b, PORT)
    t:start(a, {args = {"send", "receiver", PORT}, input = text(1300)})
    local wanted, lost = 0, nil
    while wanted < 4 do
      local kind, number, _, ip, port = take(s, 2)
      if number == 1 and not lost then
        lost = task.now()
      else
        if number == 1 then
          t:expect(task.now() - lost, "the seconds until DATA 1, which is lost, is sent again"):between(0.45, 0.6)
        end
        t:require(kind, "what comes within two seconds, when DATA " .. wanted .. " is to come"):holds()
        if number == wanted then wanted = wanted + 1 end
        s:sendto(("ACK %d\n"):format(wanted), ip, port)
      end
    end
  end,
}

check.test{
  name = "wrong_order", title = "Pieces come twice, or in the wrong order", points = 2, needs = {"receives"},
  hint = "Write only the piece whose number is next, but answer every one with the number that is wanted.",
  run = function(t)
    local a, b = hosts()
    local receiver = t:start(b, {args = {"receive", PORT}})
    local s = open(t, a)
    task.sleep("100 ms")
    local said = {}
    local one, two, three, over = "DATA 0\none ", "DATA 1\ntwo ", "DATA 2\nthree", "END 3\n"
    local steps = {{one, 1}, {one, 1}, {three, 1}, {over, 1}, {two, 2}, {one, 2}, {three, 3}, {two, 3}, {over, 4}}
    for _, step in ipairs(steps) do
      said[#said + 1] = step[1]:match("%u+ %d+")
      s:sendto(step[1], b:address(), PORT)
      local kind, number = take(s, 1)
      t:require(name(kind, number), "the answer to the last of " .. table.concat(said, ", ")):equals("ACK " .. step[2])
    end
    t:require(receiver, "the receiver"):within("10 s"):exits(0)
    t:expect(receiver:output(), "what the receiver writes"):equals("one two three")
  end,
}

check.test{
  name = "last_ack", title = "The last ACK is lost", points = 1, needs = {"wrong_order"},
  hint = "The receiver stays for two seconds of silence after END.",
  run = function(t)
    local a, b = hosts()
    local receiver = t:start(b, {args = {"receive", PORT}})
    local s = open(t, a)
    task.sleep("100 ms")
    s:sendto("END 0\n", b:address(), PORT)
    take(s, 1)
    for i = 1, 3 do
      task.sleep(1.5)
      s:sendto("END 0\n", b:address(), PORT)
      t:require(name(take(s, 1)), "the answer to END 0 for the " .. i + 1 .. "th time, 1.5 s later"):equals("ACK 1")
    end
    t:expect(receiver, "the receiver, after two seconds of silence"):within("2.5 s"):exits(0)
  end,
}

check.test{
  name = "gives_up", title = "Nobody answers", points = 1, needs = {"lost_piece"},
  run = function(t)
    local a, b = hosts()
    open(t, b, PORT)
    local sender = t:start(a, {args = {"send", "receiver", PORT}, input = text(100)})
    t:require(sender, "the sender"):within("30 s"):exits(1)
    local count = 0
    for _, datagram in ipairs(t:datagrams(sender)) do
      if datagram.data:find("^DATA 0\n") then count = count + 1 end
    end
    t:expect(count, "how often DATA 0 was sent"):equals(21)
  end,
}

check.test{
  name = "any_network", title = "Both ends on networks that lose, delay, double and reorder", points = 3,
  needs = {"sizes", "lost_piece", "wrong_order"}, seeds = 20, tags = {"chaos"},
  chaos = {loss = 0.3, duplicate = 0.3, reorder = 0.3, delay = "200 ms"},
  hint = "moonwire grade says under which seed it fails, and how to run that one again.",
  run = function(t) transfer(t, "start", "start", text(8000)) end,
}

check.test{
  name = "pipelined", title = "Go-back-N: eight pieces are under way", points = 3, needs = {"any_network"},
  tags = {"go-back-n"},
  hint = "Send up to eight pieces before you wait for the first ACK.",
  run = function(t)
    local a, b = net.host("sender"), net.host("receiver")
    net.link(a, b, {delay = "100 ms"})
    local receiver = t:solution(b, {args = {"receive", PORT}})
    local sender = t:start(a, {args = {"send", "receiver", PORT}, input = text(39 * 512)})
    t:require(sender, "the sender of 40 datagrams, with a round trip of 200 ms,"):within("1.5 s"):exits(0)
    t:expect(receiver:output(), "what the receiver writes"):equals(text(39 * 512))
    t:expect(#t:datagrams(sender), "the number of datagrams that it sends, though nothing is lost"):equals(40)
  end,
}

check.test{
  name = "goes_back", title = "Go-back-N: after a loss the sender goes back", points = 3, needs = {"pipelined"},
  tags = {"go-back-n"},
  hint = "When the timer is over, send all that were under way again, from the oldest on.",
  run = function(t)
    local a, b = hosts()
    local s = open(t, b, PORT)
    t:start(a, {args = {"send", "receiver", PORT}, input = text(20 * 512)})
    local ip, port
    -- Takes the numbers that come until there is silence for a time.
    local function numbers(time)
      local list = {}
      repeat
        local kind, number, _, from, from_port = take(s, time)
        if kind then
          list[#list + 1], ip, port = number, from, from_port
          if #list == 30 then break end
        end
      until not kind
      return table.concat(list, " ")
    end
    t:require(numbers(0.2), "the numbers of the first pieces that are sent"):equals("0 1 2 3 4 5 6 7")
    t:require(numbers(0.4), "the numbers that are sent again when no ACK comes"):equals("0 1 2 3 4 5 6 7")
    s:sendto("ACK 3\n", ip, port)
    t:require(numbers(0.2), "the numbers that are sent after ACK 3"):equals("8 9 10")
    s:sendto("ACK 3\n", ip, port)
    t:require(numbers(0.4), "the numbers that are sent half a second after ACK 3"):equals("3 4 5 6 7 8 9 10")
    s:sendto("ACK 2\n", ip, port)
    s:sendto("ACK 11\n", ip, port)
    t:require(numbers(0.2), "the numbers that are sent after an old ACK 2 and ACK 11"):equals("11 12 13 14 15 16 17 18")
  end,
}
