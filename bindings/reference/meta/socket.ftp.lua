---@meta socket.ftp

-- Made from the declaration; do not edit.

---Fetch and store files by FTP (RFC 959), with data connections as RFC 2428 has them. A session f of open has these methods; each raises the answer of a server that refuses, for socket.protect. f:greet() waits for the greeting. f:login([user [, password]]), f:cwd(folder), f:type("a" or "i") and f:quit() are commands. One of f:epsv() and f:pasv(), which let the server wait for data connections, or f:port([address, port]) and f:eprt(family [, address, port]), which wait for them here, comes before f:receive{path= or argument=, sink=, step=, command=} and f:send{path= or argument=, source=, step=, command=}. f:close() closes the connections.
---@class socket.ftp
---@field TIMEOUT integer How many seconds calls wait. A script may change it, as all of these.
---@field USER string Who logs in unless told otherwise.
---@field PASSWORD string The password unless told otherwise.
local ftp = {}

---Fetch a file.
---@param url string|table a URL, or a table with url= or host=, and sink=, user=, password=, command=, argument=, path=, type=, step=, port=, create=
---@return string|integer|nil content the file, or 1 if it went to a sink
---@return string|nil err what the server said, or why it could not be reached
function ftp.get(url) end

---Store a file.
---@param url string|table a URL, or a table with url= or host=, and source=, user=, password=, command=, argument=, path=, type=, step=, port=, create=
---@param content? string what to store, with a URL
---@return integer|nil sent how many bytes were sent
---@return string|nil err what the server said, or why it could not be reached
function ftp.put(url, content) end

---Log in and send commands.
---@param request table url= or host=, and command=, one or a list, argument= and check= for each, user=, password=, port=, create=
---@return integer|nil ok 1
---@return string|nil err what the server said, or why it could not be reached
function ftp.command(request) end

---Make the table that get and put take of a URL. It raises for socket.protect if it is none of FTP.
---@param url string the URL
---@return table request the table
function ftp.genericform(url) end

---Open a session with a server. It raises for socket.protect if it cannot.
---@param server string name or address
---@param port? integer|string its port; 21 if left out
---@param create? function makes the socket; socket.tcp if left out
---@return table session the session
function ftp.open(server, port, create) end

return ftp
