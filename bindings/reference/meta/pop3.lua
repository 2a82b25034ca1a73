---@meta pop3

-- Made from the declaration; do not edit.

---@class pop3.serve.options
---@field users table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user
---@field mailboxes? string folder of this host in which the mailboxes are (default /var/mail)
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one; 110, or with implicit 995, if left out (0 to 65535)
---@field apop? boolean offer APOP: the greeting then ends with a time stamp (default false)
---@field tls? boolean offer STLS with a certificate of the world's authority (default false)
---@field implicit? boolean begin every connection with TLS (default false)
---@field require_tls? boolean refuse passwords that are not under TLS (default false)
---@field timeout? number|string how long a client may take for a command, in seconds or "10 ms" (at least 1 ms; default 10 min)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)

---@class pop3.dial.options
---@field port? integer TCP port; 110, or with implicit 995, if left out (1 to 65535)
---@field timeout? number|string how long to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field implicit? boolean begin with TLS (default false)
---@field verify? boolean under TLS take only a certificate of the world's authority for this host (default true)
---@field largest? number|string the longest message that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class pop3.listed
---@field number integer number of the message in this session
---@field size integer bytes

---@class pop3.unique
---@field number integer number of the message in this session
---@field uid string its unique id

---Read mail by the Post Office Protocol, version 3 (RFC 1939), and serve it from the mailboxes of this host.
---@class pop3
local pop3 = {}

---Start a server in this process. Its mailboxes are files of the host; deliveries, POP3 and IMAP of one host share them.
---@param options pop3.serve.options what to serve
---@return pop3.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function pop3.serve(options) end

---Connect to a server and take its greeting.
---@param host string name or address of the server
---@param options? pop3.dial.options how to connect
---@return pop3.Session? session the session, before the login
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, protocol, closed
function pop3.dial(host, options) end

---What APOP sends in place of a password: the MD5 of the greeting's time stamp and the password (RFC 1939 7).
---@param stamp string the time stamp with its angle brackets
---@param password string the password
---@return string digest 32 hexadecimal digits
function pop3.digest(stamp, password) end

---A server that runs.
---@class pop3.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---How many sessions there are now.
---@return integer result
function Server:sessions() end

---Put a message into a user's mailbox, as a mail server does when one has come.
---@param user string whose mailbox; it is made if there is none
---@param message string header, an empty line, body
---@return true? ok done
---@return string? message why not
---@return string? code invalid, limit, too-long
function Server:deliver(user, message) end

---Close the listener and break every session off; what is marked in them is not deleted.
---@return true ok done
function Server:close() end

---A session with a server. Each method is a command; a refusal is an error, after which the session goes on.
---@class pop3.Session
local Session = {}

---What the server said first, without +OK.
---@return string result
function Session:greeting() end

---The time stamp in the greeting, which APOP needs.
---@return string? stamp nil if the server has no APOP
function Session:stamp() end

---USER: say who it is.
---@param user string the user's name
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:user(user) end

---PASS: show the password.
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, in-use, failed, timeout, closed, reset, protocol
function Session:pass(password) end

---USER and PASS.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, in-use, failed, timeout, closed, reset, protocol
function Session:login(user, password) end

---APOP: prove to know the password without showing it.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, in-use, failed, timeout, closed, reset, protocol
function Session:apop(user, password) end

---AUTH CRAM-MD5: the same by a challenge of its own.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, in-use, failed, timeout, closed, reset, protocol
function Session:cram_md5(user, password) end

---STLS: put the connection under TLS.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:stls() end

---CAPA: what the server can do.
---@return string[]? capabilities one line each, such as "SASL PLAIN CRAM-MD5"
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:capa() end

---STAT: how many messages there are and their size together.
---@return integer? messages messages that are not marked
---@return integer size bytes
function Session:stat() end

---LIST: the sizes of all messages, or of one.
---@param number? integer number of the message, from 1; all if left out (at least 0)
---@return pop3.listed[]? messages one table each: number, size (bytes)
---@return string? message why not
---@return string? code not-found, too-long, failed, timeout, closed, reset, protocol
function Session:list(number) end

---UIDL: the unique ids of all messages, or of one; they are the same in every session.
---@param number? integer number of the message, from 1; all if left out (at least 0)
---@return pop3.unique[]? messages one table each: number, uid
---@return string? message why not
---@return string? code not-found, too-long, failed, timeout, closed, reset, protocol
function Session:uidl(number) end

---RETR: a message.
---@param number integer number of the message, from 1 (at least 0)
---@return string? message lines that end with CRLF
---@return string? message why not
---@return string? code not-found, too-long, failed, timeout, closed, reset, protocol
function Session:retr(number) end

---TOP: the header of a message and the first lines of its body.
---@param number integer number of the message, from 1 (at least 0)
---@param lines? integer lines of the body (at least 0; default 0)
---@return string? text lines that end with CRLF
---@return string? message why not
---@return string? code not-found, too-long, failed, timeout, closed, reset, protocol
function Session:top(number, lines) end

---DELE: mark a message, which quit deletes.
---@param number integer number of the message, from 1 (at least 0)
---@return true? ok done
---@return string? message why not
---@return string? code not-found, too-long, failed, timeout, closed, reset, protocol
function Session:dele(number) end

---RSET: take all marks back.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:rset() end

---NOOP: nothing, but it is answered.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:noop() end

---QUIT: delete what is marked and end the session.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:quit() end

---Send a line for which there is no method; its answer must be one line.
---@param line string the line, without its end
---@return string? text what stands behind +OK
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:command(line) end

---Break the connection off: nothing is deleted.
---@return true ok done
function Session:close() end

return pop3
