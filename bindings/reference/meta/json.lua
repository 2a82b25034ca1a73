---@meta json

-- Made from the declaration; do not edit.

---@class json.encode.options
---@field indent? integer spaces for each level; 0 writes one line (0 to 8; default 0)
---@field sorted? boolean sort object keys; false keeps the order of pairs (default true)

---Read and write JSON (RFC 8259). A table with keys 1 to n is an array, one with text keys an object, an empty one an object unless json.array marked it.
---@class json
---@field null json.Null JSON's null, in tables where nil would mean absent. It counts as true in a condition.
local json = {}

---Write a value as JSON. Object keys are sorted, so that equal tables give equal text.
---@param value any what to write
---@param options? json.encode.options how to write it
---@return string? text the JSON
---@return string? message why not
---@return string? code value, depth, size
function json.encode(value, options) end

---Read JSON text. Arrays come marked as json.array marks them, null comes as json.null, numbers become the nearest Lua number.
---@param text string JSON text in UTF-8, one value and nothing after it
---@return any value what the text says
---@return string? message why not
---@return string? code syntax, depth
function json.decode(text) end

---Mark a table as an array, so that it is written [] when empty.
---@param t table the table to mark
---@return table t the same table
function json.array(t) end

---Mark a table as an object, so that number keys are written as text.
---@param t table the table to mark
---@return table t the same table
function json.object(t) end

---The class of json.null.
---@class json.Null
local Null = {}

return json
