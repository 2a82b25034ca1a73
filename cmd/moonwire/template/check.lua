-- NAME: a server that answers each line with the number of its characters
local check = require "check"
local net, socket = require "net", require "socket"

check.exercise{title = "NAME", main = "NAME.lua", modules = {"socket"}, limits = {time = "60 s"}}

local PORT = 6789

-- Starts the submission on a host, lets talk(say) speak with it from another host, and waits until that is done.
-- say(text) sends text on a connection and returns the line that comes back; say() closes the connection.
local function converse(t, talk)
  local server, client = net.host("server"), net.host("client")
  net.link(server, client, {delay = "10 ms"})
  t:start(server, {args = {PORT}})
  local connection
  local function say(text)
    if not text then
      connection:close()
      connection = nil
      return
    end
    if not connection then
      connection = t:must("connect to port " .. PORT, socket.connect("server", PORT))
      connection:settimeout(5)
    end
    t:must("send to the server", connection:send(text))
    local name = text == "\n" and "an empty line" or text:sub(1, 20)
    return t:must("get an answer to " .. name:gsub("\n", "") .. " within 5 s", connection:receive("*l"))
  end
  client:spawn(function() talk(say) end):join()
end

check.test{
  name = "one_line", title = "One line is answered", points = 2,
  hint = "receive('*l') returns a line without its end; # counts its characters.",
  run = function(t)
    converse(t, function(say) t:expect(say("hello\n"), "the answer to hello"):equals("5") end)
  end,
}

check.test{
  name = "many_lines", title = "Each line of a client is answered, and the next client too", points = 2,
  needs = {"one_line"},
  hint = "Two loops: one over clients, and in it one over the lines of a client.",
  run = function(t)
    converse(t, function(say)
      t:expect(say("good morning\n"), "the answer to good morning"):equals("12")
      t:expect(say("\n"), "the answer to an empty line"):equals("0")
      t:credit(1)
      say()
      t:expect(say("again\n"), "the answer to the second client"):equals("5")
    end)
  end,
}

-- The network of this test cuts, delays and loses what is sent, under each seed in another way.
check.test{
  name = "pieces", title = "Lines that arrive in pieces are answered", points = 1,
  needs = {"one_line"}, seeds = 5, chaos = {},
  hint = "TCP is a stream: what was sent at once may arrive in several pieces. Read until the end of the line.",
  run = function(t)
    local long = ("abcdefghij"):rep(500)
    converse(t, function(say) t:expect(say(long .. "\n"), "the answer to 5000 characters"):equals("5000") end)
  end,
}
