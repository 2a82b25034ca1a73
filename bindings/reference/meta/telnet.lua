---@meta telnet

-- Made from the declaration; do not edit.

---@class telnet.serve.options
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one (0 to 65535; default 23)
---@field echo? boolean take each character as it is typed, and echo it; otherwise the client edits lines (default false)
---@field quiet? boolean ask for no options (default false)
---@field timeout? number|string how long to wait for what the client types, in seconds or "10 ms" (at least 1 ms; default 1 h)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)

---@class telnet.dial.options
---@field port? integer TCP port (1 to 65535; default 23)
---@field terminal? string the type of the terminal, such as VT100, for servers that ask; told to nobody if empty
---@field width? integer characters of a line of its window; told to nobody if 0 (0 to 65535; default 0)
---@field height? integer lines of its window (0 to 65535; default 0)
---@field timeout? number|string how long to wait, in seconds or "10 ms" (at least 1 ms; default 60 s)

---Terminals over the network (RFC 854): a server, a client, and the options that they agree on.
---@class telnet
local telnet = {}

---Start a server in this process. Each client gets a task that runs a function.
---@param session fun(terminal: telnet.Terminal) gets the terminal of each client; when it returns, the connection is closed
---@param options? telnet.serve.options how to serve
---@return telnet.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function telnet.serve(session, options) end

---Connect to a server, of Telnet or of any protocol of lines.
---@param host string name or address of the server
---@param options? telnet.dial.options how to connect
---@return telnet.Terminal? terminal the connection
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable
function telnet.dial(host, options) end

---A server that runs.
---@class telnet.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---How many sessions there are now.
---@return integer result
function Server:sessions() end

---Close the listener and break every session off.
---@return true ok done
function Server:close() end

---A connection to a terminal or, of a client, to a server. Its lines end with \n here, whatever goes over the wire.
---@class telnet.Terminal
local Terminal = {}

---Send text.
---@param text string the text
---@return true? ok done
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:write(text) end

---Read some text.
---@param most? integer bytes, at most (1 to 65536; default 4096)
---@return string? text at least one byte; nil when the other side has closed
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:read(most) end

---Read a line as a person types it: backspace takes back, and a server that was asked to echoes.
---@return string? line without its end; nil when the other side has closed
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:line() end

---Read a line while the client shows nothing of what is typed.
---@param prompt? string is sent when the client has been told to show nothing
---@return string? line without its end; nil when the other side has closed
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:secret(prompt) end

---Read until a text has come.
---@param text string what to wait for
---@return string? text all that came, to the end of that text
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:expect(text) end

---WILL or WONT: ask for an option of this side.
---@param option string name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …
---@param on? boolean on or off (default true)
---@return true? ok done
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:will(option, on) end

---DO or DONT: ask for an option of the other side.
---@param option string name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …
---@param on? boolean on or off (default true)
---@return true? ok done
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:ask(option, on) end

---Whether an option of the other side is on.
---@param option string name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …
---@return boolean result
function Terminal:on(option) end

---Whether an option of this side is on.
---@param option string name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …
---@return boolean result
function Terminal:ours(option) end

---Send a command that stands alone, such as AYT (are you there?) or IP (interrupt).
---@param name string AYT, IP, AO, BRK, EC, EL, NOP, GA, DM, EOR, ABORT, SUSP or EOF
---@return true? ok done
---@return string? message why not
---@return string? code timeout, closed, reset, too-long
function Terminal:command(name) end

---What was said of options, and commands, so far: the last 100.
---@return string[] said one text each, such as "sent WILL ECHO"
function Terminal:negotiated() end

---The other side's terminal, as far as it has told.
---@return string name its type; empty if not told
---@return integer width characters of a line; 0 if not told
---@return integer height lines; 0 if not told
function Terminal:terminal() end

---Close the connection.
---@return true ok done
function Terminal:close() end

return telnet
