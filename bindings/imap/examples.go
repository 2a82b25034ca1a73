package imap

// wireExample is the module's: what goes over the wire.
const wireExample = `-- The client gives each command a tag, and the answer that completes it bears it. Lines with a star say what there is.
local imap, socket = require "imap", require "socket"
local server = imap.serve{users = {bob = "hungry"}}
server:deliver("bob", "Subject: lunch\n\nDo you like ketchup?\n")
local conn = assert(socket.connect("localhost", 143))
conn:receive()
local function say(line)
  conn:send(line .. "\r\n")
  repeat
    local answer = conn:receive()
    print(answer)
  until answer:find("^" .. line:match("%S+") .. " ")
end
say("a1 SELECT INBOX") --> a1 BAD SELECT comes after the login
say("a2 LOGIN bob thirsty") --> a2 NO [AUTHENTICATIONFAILED] wrong name or password
conn:send("a3 LOGIN bob hungry\r\n")
print((conn:receive():gsub("%[.*%] ", ""))) --> a3 OK user successfully logged on
say("a4 STATUS INBOX (MESSAGES UNSEEN)") --> * STATUS INBOX (MESSAGES 1 UNSEEN 1)
--> a4 OK STATUS completed
say("a5 CREATE food") --> a5 OK CREATE completed
say("a6 LIST \"\" *") --> * LIST (\HasNoChildren) "/" INBOX
--> * LIST (\HasNoChildren) "/" food
--> a6 OK LIST completed
say("a7 LOGOUT") --> * BYE IMAP4rev1 server logging out
--> a7 OK LOGOUT completed`
