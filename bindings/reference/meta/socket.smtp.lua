---@meta socket.smtp

-- Made from the declaration; do not edit.

---Send mail by SMTP (RFC 5321). A session s of open has these methods; each raises the answer of a server that refuses, for socket.protect. s:greet([domain]) waits for the greeting, sends EHLO and gives the answer. s:auth(user, password, extensions) logs in by s:login(user, password) or s:plain(user, password), as that answer allows. s:mail(from), s:rcpt(to), s:data(source [, step]) and s:quit() are the commands of these names; addresses have angle brackets. s:send{from=, rcpt=, source=, step=} is a whole transaction. s:close() closes the connection.
---@class socket.smtp
---@field TIMEOUT integer How many seconds calls wait. A script may change it, as all of these.
---@field SERVER string The server that mail is sent to.
---@field PORT integer Its port.
---@field DOMAIN string The name to greet with.
---@field ZONE string The time zone in the Date field of messages.
local smtp = {}

---Send a message.
---@param mail table from= and rcpt= (one or a list), addresses in angle brackets; source=, the message; user=, password=, server=, port=, domain=, step=, create=
---@return integer|nil ok 1
---@return string|nil err what the server said, or why it could not be reached
function smtp.send(mail) end

---Make an LTN12 source of a message. Its fields Date, X-Mailer, MIME-Version and Content-Type are added.
---@param message table headers= by name; body=, a text, a source or a list of messages with preamble= and epilogue=; zone=
---@return function source gives the message
function smtp.message(message) end

---Open a session with a server. It raises for socket.protect if it cannot.
---@param server? string name or address; SERVER if left out
---@param port? integer|string its port; PORT if left out
---@param create? function makes the socket; socket.tcp if left out
---@return table session the session
function smtp.open(server, port, create) end

return smtp
