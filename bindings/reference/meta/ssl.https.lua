---@meta ssl.https

-- Made from the declaration; do not edit.

---Fetch from web servers by HTTPS.
---@class ssl.https
---@field _VERSION string The version of LuaSec whose behaviour this is.
---@field PORT integer The port of HTTPS. A script may change it.
---@field TIMEOUT integer How many seconds calls wait. A script may change it.
local https = {}

---Make a request as socket.http.request does. A table may have the fields of ssl.newcontext, and no proxy, redirect or create.
---@param url string|table a URL, or a table as for socket.http.request
---@param body? string the body of a POST of a form, with a URL
---@return string|integer|nil body the body of the answer, or 1 if it went to a sink
---@return integer|string code of the status, or why there is no answer
---@return table|nil headers the fields of the answer by name in lower case
---@return string|nil status the status line
function https.request(url, body) end

---Give a function that makes connections under TLS for socket.http.
---@param params? table fields for ssl.newcontext
---@return function create the function
function https.tcp(params) end

return https
