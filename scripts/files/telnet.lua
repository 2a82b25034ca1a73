-- Telnet: a terminal over the network, and the options that both sides agree on
--
-- What is typed goes over the wire as the network virtual terminal has it: lines end with CR LF, and byte 255
-- announces a command. Each side may ask the other for options. Here a server asks for the type of the terminal and
-- the size of its window, and for a password says that it will echo, and does not: so the client shows nothing. The
-- bytes in the clear tell everybody on the way what the password is.
-- Try: `terminal = "XTERM", width = 132` instead of `terminal = "VT100", width = 80`.
local net = require "net"
local telnet = require "telnet"
local trace = require "trace"
local task = require "task"

local server, client = net.host("server"), net.host("pc")
net.link(server, client, {delay = "10 ms"})

server:spawn(function()
  telnet.serve(function(t)
    t:write("login: ")
    local name = t:line()
    local password = t:secret("password: ")
    local kind, width, height = t:terminal()
    t:write(("Hello %s, your password has %d letters, your terminal is a %s of %d x %d.\n"):format(
      name, #password, kind, width, height))
  end)
end)

local t = trace.start()
client:spawn(function()
  local s = assert(telnet.dial("server", {terminal = "VT100", width = 80, height = 24}))
  -- type answers a question as a person does, some time after it was asked; what comes meanwhile is answered.
  local function answer(question, text)
    s:expect(question)
    task.spawn(function() task.sleep("1 s") s:write(text .. "\n") end)
  end
  answer("login: ", "alice")
  answer("password: ", "hungry")
  s:expect(".\n")
  print("what the client has said and heard of options:")
  for _, said in ipairs(s:negotiated()) do print("  " .. said) end
  print("the server echoes: " .. tostring(s:on("ECHO")))
end):join()
print(t:stop():text())
