-- Chat: people who talk, leave, sleep, and sit behind bad networks
local check = require "check"
local net, socket, task = require "net", require "socket", require "task"

check.exercise{title = "Chat", main = "chat.lua", modules = {"socket", "task"}, limits = {time = "10 min"}}

local PORT = 7000

-- Starts the submission on a host that is joined to people's hosts, called by their names.
local function start(t, ...)
  local server = net.host("server")
  server:set_tcp({send_buffer = "16 KiB"})
  for _, name in ipairs{...} do net.link(net.host(name), server, {delay = "10 ms"}) end
  local p = t:start(server, {args = {PORT}})
  task.sleep("100 ms")
  return p
end

local Person = {}
Person.__index = Person

-- Connects from the host of that name.
local function connect(t, name)
  local host = net.find(name)
  local conn = t:must("connect to port " .. PORT, t:on(host, socket.connect, "server", PORT))
  conn:settimeout(5)
  return setmetatable({t = t, conn = conn, name = name, host = host}, Person)
end

function Person:say(line) self.conn:send(line .. "\n") end

-- The next line that the server says must be this one.
function Person:hears(want)
  local line, err = self.conn:receive("*l")
  self.t:require(line or err, "what " .. self.name .. " hears next"):equals(want)
end

-- Nothing is heard for a second.
function Person:hears_nothing()
  self.conn:settimeout(1)
  local line, err = self.conn:receive("*l")
  self.conn:settimeout(5)
  self.t:require(line or err, "what " .. self.name .. " hears, where there should be silence"):equals("timeout")
end

-- Connects and joins under the name of the host. Others, who are there already, hear of it.
local function join(t, name, ...)
  local person = connect(t, name)
  person:say(name)
  person:hears("welcome " .. name)
  for _, other in ipairs{...} do other:hears("* " .. name .. " joins") end
  return person
end

check.test{
  name = "joins", title = "Somebody joins", points = 1,
  run = function(t)
    start(t, "ann")
    join(t, "ann"):hears_nothing()
  end,
}

check.test{
  name = "talk", title = "Two talk", points = 2, needs = {"joins"},
  hint = "Keep a list of all who are there; a line goes to each of them but the one who sent it.",
  run = function(t)
    start(t, "ann", "bob", "eve")
    local eve = connect(t, "eve")
    local ann = join(t, "ann")
    local bob = join(t, "bob", ann)
    ann:say("hello, bob")
    bob:hears("ann: hello, bob")
    t:credit(1)
    bob:say("hello!\r")
    bob:say("")
    ann:hears("bob: hello!")
    ann:hears("bob: ")
    ann:hears_nothing()
    eve:hears_nothing()
  end,
}

check.test{
  name = "names", title = "Names that are none, and names that are taken", points = 2, needs = {"joins"},
  run = function(t)
    start(t, "ann", "bob")
    join(t, "ann")
    local bob = connect(t, "bob")
    for _, name in ipairs{"", "two words", "/who", ("x"):rep(17), "ann!"} do
      bob:say(name)
      bob:hears("? name")
    end
    t:credit(1)
    bob:say("ann")
    bob:hears("? taken")
    bob:say("Ann")
    bob:hears("welcome Ann")
  end,
}

check.test{
  name = "who", title = "Who is there", points = 1, needs = {"joins"},
  run = function(t)
    start(t, "carl", "ann", "bob")
    local carl = join(t, "carl")
    local ann = join(t, "ann", carl)
    connect(t, "bob")
    ann:say("/who")
    ann:hears("= carl ann")
    carl:hears_nothing()
    carl:say("/what")
    carl:hears("? command")
    ann:hears_nothing()
  end,
}

check.test{
  name = "private", title = "A message for one", points = 1, needs = {"talk"},
  run = function(t)
    start(t, "ann", "bob", "carl")
    local ann = join(t, "ann")
    local bob = join(t, "bob", ann)
    local carl = join(t, "carl", ann, bob)
    ann:say("/msg carl not for bob: 5 %d")
    carl:hears("ann -> not for bob: 5 %d")
    ann:say("/msg eve hello")
    ann:hears("? nobody")
    bob:hears_nothing()
  end,
}

check.test{
  name = "leave", title = "People leave, with a word and without", points = 2, needs = {"talk"},
  hint = "When receive returns nil, the person has left, however that was.",
  run = function(t)
    local server = start(t, "ann", "bob", "carl", "dora")
    local ann = join(t, "ann")
    local bob = join(t, "bob", ann)
    local carl = join(t, "carl", ann, bob)
    bob:say("/quit")
    bob:hears("bye")
    bob:hears("closed")
    ann:hears("* bob leaves")
    carl:hears("* bob leaves")
    t:credit(1)
    carl.conn:setoption("linger", {on = true, timeout = 0})
    carl.conn:close() -- with a reset
    ann:hears("* carl leaves")
    connect(t, "dora").conn:close()
    ann:hears_nothing()
    join(t, "bob", ann)
    t:expect(server:running(), "whether the server still runs"):equals(true)
  end,
}

check.test{
  name = "sleeper", title = "Somebody does not read", points = 2, needs = {"leave"},
  hint = "send waits when the other side does not read: it must not be called by whoever has to serve others.",
  run = function(t)
    start(t, "sleeper", "ann", "bob")
    net.find("sleeper"):set_tcp({recv_buffer = "16 KiB"})
    join(t, "sleeper")
    local ann = join(t, "ann")
    local bob = join(t, "bob", ann)
    local long = ("z"):rep(1000)
    for i = 1, 400 do
      ann:say(long)
      if i % 50 == 0 then
        local heard = 0
        while heard < 50 do
          local line, err = bob.conn:receive("*l")
          if line ~= "* sleeper leaves" then
            t:require(line or err, "what bob hears while somebody sleeps"):equals("ann: " .. long)
            heard = heard + 1
          end
        end
      end
    end
  end,
}

check.test{
  name = "any_network", title = "Ten people on networks that cut and delay", points = 2, needs = {"leave"},
  seeds = 20, tags = {"chaos"}, chaos = {cut = 1, delay = "200 ms", loss = 0.1},
  run = function(t)
    local names = {"a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "i9", "j10"}
    start(t, unpack(names))
    local people, heard = {}, {}
    for i, name in ipairs(names) do
      people[i] = connect(t, name)
      people[i].conn:settimeout(60)
      people[i]:say(name)
      people[i]:hears("welcome " .. name)
    end
    for i, person in ipairs(people) do
      person.host:spawn(function()
        for n = 1, 3 do
          person:say(("line %d of %s"):format(n, person.name))
          task.sleep(math.random() / 10)
        end
      end)
      heard[i] = person.host:spawn(function()
        local next_of, left = {}, 3 * (#names - 1)
        while left > 0 do
          local line, err = person.conn:receive("*l")
          if not line or not line:find("^%* %w+ joins$") then
            local name, n = (line or ""):match("^(%w+): line (%d) of %1$")
            t:require(name or line or err, "who says the next line that " .. person.name .. " hears"):matches("^%l%d+$")
            next_of[name] = (next_of[name] or 0) + 1
            t:require(n, "the next number of " .. name .. " for " .. person.name):equals(tostring(next_of[name]))
            left = left - 1
          end
        end
      end)
    end
    for _, h in ipairs(heard) do assert(h:join()) end
  end,
}
