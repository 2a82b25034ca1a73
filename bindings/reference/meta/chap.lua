---@meta chap

-- Made from the declaration; do not edit.

---@class chap.response.options
---@field hash? "md5"|"shift" how the answer is made (md5, shift; default md5)
---@field id? integer the challenge's identifier, which "md5" takes in (0 to 255; default 0)

---@class chap.verify.options
---@field hash? "md5"|"shift" how the answer is made (md5, shift; default md5)
---@field id? integer the challenge's identifier, which "md5" takes in (0 to 255; default 0)

---@class chap.serve.options
---@field users table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user
---@field challenge? function returns the question to ask, 1 to 255 bytes; drawn anew each time if left out
---@field hash? "md5"|"shift" how the answer is made (md5, shift; default md5)
---@field name? string what the server calls itself; the host's name if left out
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one (0 to 65535; default 1994)
---@field timeout? number|string how long to wait for an answer, in seconds or "10 ms" (at least 1 ms; default 30 s)

---@class chap.login.options
---@field hash? "md5"|"shift" how the answer is made (md5, shift; default md5)
---@field port? integer TCP port (1 to 65535; default 1994)
---@field timeout? number|string how long to wait for each packet, in seconds or "10 ms" (at least 1 ms; default 30 s)

---Prove to know a password without showing it (CHAP, RFC 1994), step by step or as a server and a client.
---@class chap
---@field PORT integer The port of servers and clients that name no other; the protocol has none of its own.
local chap = {}

---A question that was not asked before.
---@param size? integer how many bytes (1 to 255; default 16)
---@return string challenge random bytes
function chap.challenge(size) end

---The answer to a challenge. With the hash "md5" it is the MD5 of identifier, password and challenge; with the toy "shift" the password, such as "+1", says by how many places each letter of the challenge moves on in the alphabet abcdefghilmnopqrstuvxyz.
---@param password string what both sides know
---@param challenge string the question
---@param options? chap.response.options how
---@return string response 16 bytes of "md5"; of "shift" as long as the challenge
function chap.response(password, challenge, options) end

---Whether a response is the answer to a challenge for who knows the password.
---@param password string what both sides know
---@param challenge string the question
---@param response string the answer that came
---@param options? chap.verify.options how
---@return boolean result
function chap.verify(password, challenge, response, options) end

---The answer of CRAM-MD5 (RFC 2195) to a challenge, as POP3, IMAP and SMTP have it.
---@param user string the user's name
---@param password string what both sides know
---@param challenge string the question
---@return string answer the user's name, a space, 32 hexadecimal digits
function chap.cram_md5(user, password, challenge) end

---Start a server in this process that asks who connects to it, says whether it believes it, and closes.
---@param options chap.serve.options whom to believe what
---@return chap.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function chap.serve(options) end

---Connect to such a server and answer its challenge.
---@param host string name or address of the server
---@param user string the user's name
---@param password string what both sides know
---@param options? chap.login.options how
---@return string? text what the server says
---@return string? message why not
---@return string? code denied, refused, timeout, host-not-found, unreachable, protocol, closed
function chap.login(host, user, password, options) end

---A server that runs.
---@class chap.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---Close the listener and all connections.
---@return true ok done
function Server:close() end

return chap
