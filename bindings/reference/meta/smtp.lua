---@meta smtp

-- Made from the declaration; do not edit.

---@class smtp.dial.options
---@field port? integer the server's TCP port; 25, or with implicit 465, if left out (1 to 65535)
---@field helo? string what the client calls itself; the host's name if left out
---@field timeout? number|string how long to wait for each reply, in seconds or "10 ms" (at least 1 ms; default 5 min)
---@field implicit? boolean begin with TLS (default false)
---@field verify? boolean under TLS take only a certificate of the world's authority for this host (default true)

---@class smtp.send.letter
---@field from string where errors are reported to; "" for nowhere
---@field to string|string[] a recipient or a list of them
---@field message string header and body
---@field host string the server's name or address
---@field user? string who you are, for AUTH
---@field password? string of the user
---@field tls? boolean encrypt by STARTTLS (default false)
---@field port? integer the server's TCP port; 25, or with implicit 465, if left out (1 to 65535)
---@field helo? string what the client calls itself; the host's name if left out
---@field timeout? number|string how long to wait for each reply, in seconds or "10 ms" (at least 1 ms; default 5 min)
---@field implicit? boolean begin with TLS (default false)
---@field verify? boolean under TLS take only a certificate of the world's authority for this host (default true)

---@class smtp.serve.options
---@field deliver function takes a message: gets the envelope (a table with from, to, helo, protocol, address, port, user, tls, body, smtputf8, size) and the message, with CR LF at the ends of lines. The client hears "250" when it has returned. It may return nil and a message: the server says 451; or a reply, such as "552 5.2.2 Mailbox full"
---@field domain? string the server's name; the host's if left out
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one; 25, or with implicit 465, if left out (0 to 65535)
---@field on? table<string, function> functions that are asked at each step: connect, command, helo, mail, rcpt, data, message, rset, noop, help, vrfy, expn, auth, starttls, quit, close. Each gets the envelope so far and what the step is about: the client's address, the line, a name, an address, the message, a user. It returns nothing, and the server goes on; false, and the server refuses; or the reply to give instead
---@field replies? table<string, string> replies instead of the server's own, by name: see smtp.replies. {domain} stands for the server's name, {client} for the client's, {address} for what the command is about
---@field users? table<string, string>|fun(user: string): string? for AUTH: passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user; AUTH is not offered if left out
---@field tls? boolean offer STARTTLS with a certificate of the world's authority (default false)
---@field implicit? boolean begin every session with TLS (default false)
---@field insecure? boolean offer PLAIN and LOGIN, which show the password, before STARTTLS too (default false)
---@field max_size? number|string how long a message may be, in bytes or "256 KiB" (1 to 100 MiB; default 10 MiB)
---@field max_recipients? integer how many recipients a message may have (at least 1; default 100)
---@field max_line? integer how long a line of a message may be, in bytes without its end (at least 1; default 998)
---@field max_errors? integer after how many errors the session is closed (at least 1; default 10)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)
---@field timeout? number|string how long a command may take to come, in seconds or "10 ms" (at least 1 ms; default 5 min)
---@field eightbit? boolean take messages that are not 7-bit ASCII from clients that did not say so (default false)
---@field without? string[] extensions that EHLO does not offer, such as PIPELINING

---@class smtp.Session.mail.options
---@field size? integer how long the message will be, in bytes; not said if the server does not offer SIZE (at least 0; default 0)
---@field body? ""|"7BIT"|"8BITMIME" 7BIT or 8BITMIME; not said if left out (, 7BIT, 8BITMIME)
---@field smtputf8? boolean addresses and header have UTF-8 (default false)
---@field auth? string who sent it first

---Send and take mail by SMTP (RFC 5321), command by command or all at once. A client connects to port 25 of a server, which greets it with 220; then the client says who it is (HELO), from whom a message is (MAIL), to whom (RCPT), and what it says (DATA), and the server answers each with a code: 2xx done, 3xx go on, 4xx not now, 5xx never. The addresses of MAIL and RCPT are the envelope; what the message's own header says is another matter.
---@class smtp
---@field PORT integer The port of mail servers.
---@field PORT_TLS integer The port of servers that begin with TLS.
---@field SUBMISSION_PORT integer The port where users hand their mail in, after AUTH.
local smtp = {}

---Connect to a server and wait for its greeting.
---@param host string the server's name or address
---@param options? smtp.dial.options how to connect
---@return smtp.Session? session ready for helo or ehlo
---@return string? message when it fails: nil, the message, its code, and the code of the server's reply if it refused
function smtp.dial(host, options) end

---Send a message in one call: connect, EHLO, STARTTLS with the option tls, AUTH if user is, MAIL, RCPT, DATA, QUIT.
---@param letter smtp.send.letter what to send, and whereby
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return table refused why, by address, of the recipients that the server did not take; empty if it took all. If it took none, or not the message: nil, the message, "denied", and the code of the reply
function smtp.send(letter) end

---Start a server. It runs in tasks of its own; this returns at once.
---@param options smtp.serve.options how to serve
---@return smtp.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, not-found
function smtp.serve(options) end

---The replies of a server that its option replies may replace, by name.
---@return table<string, string> replies the texts, with the code first and {domain}, {client} and {address} where something is put in
function smtp.replies() end

---A session with a mail server, as dial opens it. Each method sends a command and waits for the reply. The order is that of the protocol: helo or ehlo, then for each message mail, rcpt, data, and at the end quit.
---@class smtp.Session
local Session = {}

---What the server said first.
---@return string result
function Session:greeting() end

---HELO: begin without extensions.
---@param name? string what the client calls itself; the option helo of dial, or the host's name, if left out
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:helo(name) end

---EHLO: begin, and learn which extensions the server has.
---@param name? string what the client calls itself; the option helo of dial, or the host's name, if left out
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:ehlo(name) end

---MAIL: begin a message.
---@param from string where errors are reported to; "" for nowhere
---@param options? smtp.Session.mail.options parameters of MAIL
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:mail(from, options) end

---RCPT: add a recipient to the message.
---@param to string an address, such as bob@hamburger.edu
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:rcpt(to) end

---DATA: send the message. Dots at the beginnings of lines are doubled, and newlines become CR LF.
---@param message string header and body
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:data(message) end

---BDAT: send a piece of the message as it is (extension CHUNKING).
---@param piece string the piece; its lines have to end with CR LF
---@param last? boolean whether it is the last (default false)
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:bdat(piece, last) end

---RSET: forget the message that was begun.
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:rset() end

---NOOP: do nothing.
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:noop() end

---HELP: ask the server to explain itself or a command.
---@param command? string what to explain
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:help(command) end

---VRFY: ask for a user's mailbox. Most servers say 252: they will not tell, but try.
---@param user string a user or an address
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:vrfy(user) end

---EXPN: ask who is on a mailing list.
---@param list string the list's name
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:expn(list) end

---AUTH: say who you are.
---@param user string the user's name
---@param password string the password
---@param mechanism? "best"|"PLAIN"|"LOGIN"|"CRAM-MD5" PLAIN and LOGIN show the password to whoever listens, CRAM-MD5 does not; "best" chooses of what the server offers (best, PLAIN, LOGIN, CRAM-MD5; default best)
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:auth(user, password, mechanism) end

---STARTTLS: encrypt the session. The server forgets what was said before: greet it again.
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:starttls() end

---QUIT: end the session and close the connection.
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:quit() end

---Send any line. A reply that refuses is no failure here: look at its code.
---@param line string the line, without its end
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return integer code its code. When the server refuses: nil, the message, "denied", and the code, such as 550
function Session:cmd(line) end

---Send a whole message to several recipients, in few round trips if the server has PIPELINING; says EHLO first if nothing was said.
---@param from string where errors are reported to; "" for nowhere
---@param to string|string[] a recipient or a list of them
---@param message string header and body
---@return string? reply the server's reply, such as "250 2.0.0 OK"; lines of a longer one are separated by newlines
---@return table refused why, by address, of the recipients that the server did not take; empty if it took all. If it took none, or not the message: nil, the message, "denied", and the code of the reply
function Session:send(from, to, message) end

---Whether the server said after EHLO that it has an extension.
---@param name string such as SIZE
---@return string|nil parameters what follows its name: "10485760" of SIZE, "" of most; nil without the extension
function Session:extension(name) end

---The extensions that the server named after EHLO.
---@return string[] result
function Session:extensions() end

---Whether the session is encrypted.
---@return boolean result
function Session:secure() end

---Close the connection without QUIT.
---@return true ok done
function Session:close() end

---A mail server, as serve starts it.
---@class smtp.Server
local Server = {}

---The TCP port it listens on.
---@return integer result
function Server:port() end

---How many sessions are under way.
---@return integer result
function Server:sessions() end

---Stop listening, and break all sessions off.
---@return true ok done
function Server:close() end

return smtp
