---@meta mime

-- Made from the declaration; do not edit.

---Encodings of mail, and its line rules. The functions b64 to unqp take a text and the next chunk of it; they encode or decode as much as they can and give the result and what is left over, the text of the next call. Without a chunk that is the end. The filters that encode, decode and the others make do this for LTN12.
---@class mime
---@field _VERSION string The version of LuaSocket's module whose behaviour this is.
---@field encodet table The makers of encode's filters by name.
---@field decodet table The makers of decode's filters by name.
---@field wrapt table The makers of wrap's filters by name.
local mime = {}

---Encode in base64.
---@param text? string what the call before left over, or a whole text
---@param chunk? string the next chunk; nil at the end
---@return string|nil result what could be done; nil if that is nothing, at the end
---@return string|nil left what is left over; nil at the end
function mime.b64(text, chunk) end

---Decode base64.
---@param text? string what the call before left over, or a whole text
---@param chunk? string the next chunk; nil at the end
---@return string|nil result what could be done; nil if that is nothing, at the end
---@return string|nil left what is left over; nil at the end
function mime.unb64(text, chunk) end

---Encode as quoted-printable.
---@param text? string what the call before left over, or a whole text
---@param chunk? string the next chunk; nil at the end
---@param marker? string what to write for CR LF (default )
---@return string|nil result what could be done; nil if that is nothing, at the end
---@return string|nil left what is left over; nil at the end
function mime.qp(text, chunk, marker) end

---Decode quoted-printable.
---@param text? string what the call before left over, or a whole text
---@param chunk? string the next chunk; nil at the end
---@return string|nil result what could be done; nil if that is nothing, at the end
---@return string|nil left what is left over; nil at the end
function mime.unqp(text, chunk) end

---Break lines.
---@param left number the room in the first line
---@param text? string the text; nil at the end
---@param length? number of a line (default 76)
---@return string|nil result the text; at the end a line break if the line has something
---@return integer left the room in the last line
function mime.wrp(left, text, length) end

---Break lines of quoted-printable with soft breaks.
---@param left number the room in the first line
---@param text? string the text; nil at the end
---@param length? number of a line (default 76)
---@return string|nil result the text; at the end a line break if the line has something
---@return integer left the room in the last line
function mime.qpwrp(left, text, length) end

---Make all ends of lines the same.
---@param state number 0 first, then what the call before gave
---@param text? string the text; nil at the end
---@param marker? string what to end lines with (default )
---@return string|nil result the text; nil at the end
---@return integer state of the next call
function mime.eol(state, text, marker) end

---Double dots at the beginning of lines, as SMTP wants.
---@param state number 2 at the beginning of a line, then what the call before gave
---@param text? string the text; nil at the end
---@return string|nil result the text; nil at the end
---@return integer state of the next call
function mime.dot(state, text) end

---Make a filter that encodes.
---@param name? string "base64" or "quoted-printable", or a name that a script has put in encodet
---@param mode? string "binary" makes quoted-printable encode ends of lines too
---@param other? any for makers of scripts
---@return function filter the filter
function mime.encode(name, mode, other) end

---Make a filter that decodes.
---@param name? string "base64" or "quoted-printable", or a name that a script has put in decodet
---@param option? any for makers of scripts
---@param other? any for makers of scripts
---@return function filter the filter
function mime.decode(name, option, other) end

---Make a filter that breaks lines.
---@param name? string "text", "base64" or "quoted-printable"; may be left out
---@param length? integer of a line; 76 if left out
---@param other? any for makers of scripts
---@return function filter the filter
function mime.wrap(name, length, other) end

---Make a filter that makes all ends of lines the same.
---@param marker? string what to end lines with; CR LF if left out
---@return function filter the filter
function mime.normalize(marker) end

---Make a filter that doubles dots at the beginning of lines.
---@return function filter the filter
function mime.stuff() end

return mime
