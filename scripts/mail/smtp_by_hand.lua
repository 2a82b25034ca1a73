-- SMTP by hand: telnet hamburger.edu 25
--
-- A mail server cannot tell a mail program from a person who types. The lines below are typed over a plain TCP
-- connection, with mistakes; run with the argument - to type your own. Nobody checks who the sender is.
local net = require "net"
local smtp = require "smtp"
local socket = require "socket"

local server, client = net.host("hamburger.edu"), net.host("crepes.fr")
net.link(client, server, {delay = "25 ms"})

local people = {["bob@hamburger.edu"] = "Bob the cook", ["postmaster"] = "whoever is on duty"}
local function unknown(name) return "550 5.1.1 " .. name .. "... User unknown" end
server:spawn(function()
  smtp.serve{
    deliver = function(envelope, message)
      print("  [delivered; " .. envelope.to[1] .. " reads " .. message:match("[^\r\n]*") .. "]")
    end,
    on = {
      rcpt = function(_, to) if not people[to:lower()] then return unknown(to) end end,
      vrfy = function(_, user)
        local address = user .. "@hamburger.edu"
        return people[address] and ("250 %s <%s>"):format(people[address], address) or unknown(user)
      end,
      expn = function(_, list)
        return list == "kitchen" and "250 Bob the cook <bob@hamburger.edu>\nEve <eve@hamburger.edu>" or unknown(list)
      end,
    },
  }
end)

local typed = [[
MAIL FROM:<alice@crepes.fr>
HELLO crepes.fr
HELO crepes.fr
HELP MAIL
VRFY bob
VRFY elvis
EXPN kitchen
MAIL FROM:<alice@crepes.fr>
DATA
RCPT TO:<elvis@hamburger.edu>
RCPT TO:<Postmaster>
RCPT bob@hamburger.edu
RSET
MAIL FROM:<president@whitehouse.gov>
RCPT TO:<bob@hamburger.edu>
DATA
From: The President
Subject: you can be sure that it is me

.
QUIT
]]

local lines = typed:gmatch("([^\n]*)\n")
if arg[1] == "-" then lines = io.lines() end

assert(client:spawn(function()
  local conn = assert(socket.connect("hamburger.edu", smtp.PORT))
  -- hear prints what the server says, up to the last line of its answer, and returns the code.
  local function hear()
    local line
    repeat
      line = conn:receive()
      print("S: " .. (line or "(closed)"))
    until not line or line:sub(4, 4) ~= "-"
    return line and line:sub(1, 3)
  end
  local code, in_text = hear(), false
  for line in lines do
    if not code or code == "221" then break end
    print("C: " .. line)
    conn:send(line .. "\r\n")
    if not in_text or line == "." then code = hear() end
    in_text = code == "354"
  end
  conn:close()
end):join())
