-- HELO crepes.fr: the slides' SMTP dialogue, spoken over TCP and written down by a trace
--
-- Two hosts talk through plain sockets: the server hamburger.edu and the client crepes.fr. The trace notes every
-- send with its instant, and shows the conversation as the slides do: C: is who connected, S: who answers.
-- Try: `to = 1` instead of `to = 0.15`.
local net = require "net"
local socket = require "socket"
local trace = require "trace"

local server, client = net.host("hamburger.edu"), net.host("crepes.fr")
net.link(client, server, {delay = "25 ms", rate = "1 Mbps"})

-- what the server says to each command, and the text that it takes after DATA
local replies = {
  {"^HELO (.+)$", "250 Hello %s, pleased to meet you"},
  {"^MAIL FROM: <(.+)>$", "250 %s... Sender ok"},
  {"^RCPT TO: <(.+)>$", "250 %s ... Recipient ok"},
  {"^DATA()$", '354 Enter mail, end with "." on a line by itself'},
  {"^%.()$", "250 Message accepted for delivery"},
  {"^QUIT()$", "221 hamburger.edu closing connection"},
}

local t = trace.start()
local serving = server:spawn(function()
  local s = assert(assert(socket.bind("*", 25)):accept())
  s:send("220 hamburger.edu\r\n")
  local in_text = false
  for line in function() return s:receive("*l") end do
    for _, r in ipairs(replies) do
      local word = line:match(r[1])
      if word and (not in_text or line == ".") then
        s:send(r[2]:format(word) .. "\r\n")
        in_text = line == "DATA"
      end
    end
  end
  s:close()
end)

client:spawn(function()
  local s = assert(socket.connect("hamburger.edu", 25))
  s:receive()
  local commands = {"HELO crepes.fr", "MAIL FROM: <alice@crepes.fr>", "RCPT TO: <bob@hamburger.edu>", "DATA",
    "Do you like ketchup?\r\nHow about pickles?\r\n.", "QUIT"}
  for _, command in ipairs(commands) do
    s:send(command .. "\r\n")
    s:receive()
  end
  s:close()
end)
assert(serving:join())
t:stop()

print(t:dialogue())
print("\nThe greeting and the first command, as a sequence diagram (seconds):\n")
print(t:text({to = 0.15}))
