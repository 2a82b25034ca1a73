---@meta socket.headers

-- Made from the declaration; do not edit.

---How the names of header fields of mail and HTTP are written.
---@class socket.headers
---@field canonic table The usual spelling of a field's name by the name in lower case. A script may add to it.
local headers = {}

return headers
