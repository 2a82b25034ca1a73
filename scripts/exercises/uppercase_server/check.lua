-- Uppercase server: clients that come alone, together, in pieces, and go without a word
local check = require "check"
local net, socket, task = require "net", require "socket", require "task"

check.exercise{title = "Uppercase server", main = "server.lua", modules = {"socket", "task"}, limits = {time = "5 min"}}

local PORT = 6789

-- Starts the submission on a host that is joined to some clients. Returns the process and the clients' hosts.
local function start(t, clients)
  local server, hosts = net.host("server"), {}
  for i = 1, clients or 1 do
    hosts[i] = net.host("client" .. i)
    net.link(hosts[i], server, {delay = "10 ms"})
  end
  local p = t:start(server, {args = {PORT}})
  task.sleep("100 ms")
  return p, hosts
end

-- Connects from a host. No answer takes longer than ten seconds.
local function connect(t, host)
  local conn = t:must("connect to port " .. PORT, t:on(host, socket.connect, "server", PORT))
  conn:settimeout(10)
  return conn
end

-- Sends text and looks at the line that comes back.
local function ask(t, conn, text, want)
  conn:send(text)
  local line, err = conn:receive("*l")
  t:require(line or err, "the answer to " .. text:gsub("\n", "\\n")):equals(want)
end

check.test{
  name = "one_line", title = "A line comes back in upper case", points = 1,
  run = function(t)
    local _, hosts = start(t)
    ask(t, connect(t, hosts[1]), "Hello, world\n", "HELLO, WORLD")
  end,
}

check.test{
  name = "many_lines", title = "Many lines on one connection, in any pieces", points = 2, needs = {"one_line"},
  hint = "Read until the client closes. A line may come in pieces, and two lines at once.",
  run = function(t)
    local _, hosts = start(t)
    local conn = connect(t, hosts[1])
    for i = 1, 5 do ask(t, conn, "line " .. i .. "\n", "LINE " .. i) end
    t:credit(1)
    for _, piece in ipairs{"ab", "c\nd", "ef", "\n", "\nx\ny\r\n"} do
      conn:send(piece)
      task.sleep("300 ms")
    end
    for _, want in ipairs{"ABC", "DEF", "", "X", "Y"} do
      local line, err = conn:receive("*l")
      t:require(line or err, "the answer to ab c\\nd ef \\n \\nx\\ny\\r\\n, sent in these pieces"):equals(want)
    end
  end,
}

check.test{
  name = "in_turn", title = "Clients come one after another", points = 1, needs = {"one_line"},
  run = function(t)
    local _, hosts = start(t)
    for i = 1, 3 do
      local conn = connect(t, hosts[1])
      ask(t, conn, "client " .. i .. "\n", "CLIENT " .. i)
      conn:close()
    end
  end,
}

check.test{
  name = "same_time", title = "Clients come at the same time", points = 3, needs = {"one_line"},
  hint = "While one client says nothing, accept has to be called for the next: by tasks, or with select.",
  run = function(t)
    local _, hosts = start(t, 3)
    local silent = connect(t, hosts[1])
    local half = connect(t, hosts[2])
    half:send("half a li")
    ask(t, connect(t, hosts[3]), "and I?\n", "AND I?")
    t:credit(1)
    ask(t, half, "ne\n", "HALF A LINE")
    ask(t, silent, "at last\n", "AT LAST")
    local conns = {}
    for i = 1, 30 do conns[i] = connect(t, hosts[i % 3 + 1]) end
    for i = 30, 1, -1 do ask(t, conns[i], "number " .. i .. "\n", "NUMBER " .. i) end
  end,
}

check.test{
  name = "last_line", title = "The last line has no end", points = 1, needs = {"one_line"},
  hint = "When the client has closed, receive returns nil, \"closed\" and what came since the last line.",
  run = function(t)
    local _, hosts = start(t)
    local conn = connect(t, hosts[1])
    conn:send("one\ntwo")
    conn:shutdown("send")
    local all, err = conn:receive("*a")
    t:expect(all or err, "what comes back for one\\ntwo and the end"):equals("ONE\nTWO\n")
  end,
}

check.test{
  name = "vanish", title = "Clients vanish", points = 1, needs = {"same_time"},
  hint = "Look at what send and receive return before you use it; error and assert end the server.",
  run = function(t)
    local server, hosts = start(t, 2)
    connect(t, hosts[1]):close()
    local rude = connect(t, hosts[1])
    rude:setoption("linger", {on = true, timeout = 0})
    rude:send("no time for an answer\n")
    rude:close() -- with a reset
    local middle = connect(t, hosts[1])
    middle:send("in the middle of")
    hosts[1]:crash()
    task.sleep(1)
    t:require(server:running(), "whether the server still runs"):equals(true)
    ask(t, connect(t, hosts[2]), "still there?\n", "STILL THERE?")
  end,
}

check.test{
  name = "closed", title = "Nothing is left open", points = 1, needs = {"in_turn"},
  hint = "Close the socket of a client that has closed, in every case.",
  run = function(t)
    local server, hosts = start(t)
    for i = 1, 20 do
      local conn = connect(t, hosts[1])
      if i % 2 == 0 then ask(t, conn, "x\n", "X") end
      conn:close()
    end
    task.sleep("2 min")
    t:expect(t:usage(server).open, "the number of open sockets of the server, 20 clients later"):at_most(1)
  end,
}

check.test{
  name = "any_network", title = "Many clients on networks that cut and delay", points = 2,
  needs = {"same_time", "many_lines"}, seeds = 20, tags = {"chaos"}, chaos = {cut = 1, delay = "200 ms", loss = 0.1},
  hint = "moonwire grade says under which seed it fails, and how to run that one again.",
  run = function(t)
    local _, hosts = start(t, 4)
    local clients = {}
    for n, host in ipairs(hosts) do
      clients[n] = host:spawn(function()
        local conn = connect(t, host)
        conn:settimeout(60)
        for i = 1, 8 do
          local text = ("client %d says %s"):format(n, ("abc"):rep(math.random(0, 30)))
          conn:send(text .. "\n")
          if i % 4 ~= 0 then
            local line, err = conn:receive("*l")
            t:require(line or err, "the answer to line " .. i .. " of client " .. n):equals(text:upper())
          else
            conn:send("and\nmore\n")
            for _, want in ipairs{text:upper(), "AND", "MORE"} do
              local line, err = conn:receive("*l")
              t:require(line or err, "an answer to three lines at once of client " .. n):equals(want)
            end
          end
        end
        conn:close()
      end)
    end
    for _, client in ipairs(clients) do assert(client:join()) end
  end,
}
