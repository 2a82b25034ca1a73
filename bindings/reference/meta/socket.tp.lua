---@meta socket.tp

-- Made from the declaration; do not edit.

---Connections of protocols that send commands and answer with three digits and a text, as SMTP and FTP do. A connection c has these methods. c:command(name [, argument]) sends a command in capitals. c:check(wanted) receives an answer, of one line or several, and gives its code and text if the code matches wanted (a pattern such as "2..", a list of these, or a function of code and text whose results it gives), else nil and the text or an error. c:send(data), c:receive([pattern]), c:getfd(), c:dirty(), c:getpeername() and c:getsockname() are those of its socket, which c:getcontrol() gives. c:source(source [, step]) sends all of an LTN12 source, c:sink(sink, pattern) hands what it receives to a sink. c:close() closes it.
---@class socket.tp
---@field TIMEOUT integer How many seconds calls wait unless told otherwise. A script may change it.
local tp = {}

---Connect to a server.
---@param host string name or address of the server
---@param port integer|string its port
---@param timeout? number seconds that calls wait; TIMEOUT if left out
---@param create? function makes the socket; socket.tcp if left out
---@return table|nil connection the connection
---@return string|nil err why not
function tp.connect(host, port, timeout, create) end

return tp
