---@meta socket.url

-- Made from the declaration; do not edit.

---URLs taken apart and put together. The parts of "scheme://authority/path;params?query#fragment" are texts in a table, as far as the URL has them; an authority "userinfo@host:port" is also given as userinfo, user, password, host and port.
---@class socket.url
---@field _VERSION string The version of LuaSocket's module whose behaviour this is.
local url = {}

---Take a URL apart.
---@param url? string the URL
---@param defaults? table parts to give where the URL has none
---@return table|nil parts the parts
---@return string|nil err "invalid url" if there is no text
function url.parse(url, defaults) end

---Put a URL together. What host, port, user and password say stands before authority and userinfo.
---@param parts? table the parts, as parse gives them
---@return string url the URL
function url.build(parts) end

---Work out what a relative URL means at another.
---@param base? string|table the URL at which the other stands, or its parts
---@param url? string the relative URL
---@return string url the absolute URL
function url.absolute(base, url) end

---Write all bytes but letters, digits and _ as %xx.
---@param text? string the text
---@return string escaped the text
function url.escape(text) end

---Read %xx as bytes.
---@param text? string the text
---@return string text the text
function url.unescape(text) end

---Take a path apart.
---@param path? string the path
---@return table segments a list of the segments, unescaped; is_absolute and is_directory are 1 if the path begins or ends with /
function url.parse_path(path) end

---Put a path together.
---@param segments? table a list of segments, with is_absolute and is_directory
---@param unsafe? boolean whether to leave the segments as they are instead of escaping them
---@return string path the path
function url.build_path(segments, unsafe) end

return url
