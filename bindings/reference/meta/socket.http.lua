---@meta socket.http

-- Made from the declaration; do not edit.

---Fetch from web servers by HTTP/1.1. A script may set PROXY, the URL of a proxy for all requests. A connection h of open has these methods; each raises for socket.protect when it fails. h:sendrequestline(method, uri), h:sendheaders(fields) and h:sendbody(fields [, source [, step]]) send a request. h:receivestatusline() gives code and status line, h:receiveheaders() the fields by name in lower case, h:receivebody(fields [, sink [, step]]) hands the body to a sink; h:receive09body(status, sink [, step]) does so when the server began with no status line but status. h:close() closes the connection.
---@class socket.http
---@field TIMEOUT integer How many seconds calls wait. A script may change it.
---@field USERAGENT string What a request says of who makes it. A script may change it.
---@field schemes table By the scheme of a URL: the port of its servers, and a function that gives the function that makes a socket.
local http = {}

---Make a request: GET, or POST if there is a body; or what a table says. It follows redirects of GET and HEAD.
---@param url string|table a URL, or a table with url=, method=, headers=, source=, sink=, step=, proxy=, redirect=false, maxredirects=, create=
---@param body? string the body of a POST of a form, with a URL
---@return string|integer|nil body the body of the answer, or 1 if it went to a sink
---@return integer|string code of the status, or why there is no answer
---@return table|nil headers the fields of the answer by name in lower case
---@return string|nil status the status line
function http.request(url, body) end

---Make the table that request takes of a URL and a body. Its field target gets the chunks of the answer.
---@param url string the URL
---@param body? string the body of a POST of a form
---@return table request the table
function http.genericform(url, body) end

---Connect to a server. It raises for socket.protect if it cannot.
---@param host string name or address of the server
---@param port integer|string its port
---@param create function makes the socket, such as socket.tcp
---@return table connection the connection
function http.open(host, port, create) end

return http
