package pop3

// wireExample is the module's: what goes over the wire.
const wireExample = `-- A session is lines of text: +OK or -ERR. Answers of several lines end with a dot.
local pop3, socket = require "pop3", require "socket"
local server = pop3.serve{users = {alice = "hungry"}}
server:deliver("alice", "Subject: lunch\n\nDo you like ketchup?\n")
local conn = assert(socket.connect("localhost", 110))
local function hear(several)
  repeat
    local line = conn:receive()
    print(line)
  until not several or line == "."
end
local function say(line, several)
  conn:send(line .. "\r\n")
  hear(several)
end
hear() --> +OK POP3 server ready
say("STAT") --> -ERR STAT comes after the login
say("USER alice") --> +OK
say("PASS hungry") --> +OK user successfully logged on
say("LIST", true) --> +OK 1 messages (40 octets)
--> 1 40
--> .
say("TOP 1 0", true) --> +OK top of message follows
--> Subject: lunch
-->
--> .
say("DELE 1") --> +OK
say("QUIT") --> +OK POP3 server signing off`
