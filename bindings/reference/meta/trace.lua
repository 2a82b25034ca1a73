---@meta trace

-- Made from the declaration; do not edit.

---@class trace.start.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)
---@field events? integer how many events are kept at most; later ones are only counted (1 to 1000000; default 20000)
---@field bytes? number|string how much of the data is kept at most, in bytes or "256 KiB" (1 to 64 MiB; default 4 MiB)

---@class trace.Trace.dialogue.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)
---@field width? integer columns, at which long lines are folded (20 to 100000; default 80)
---@field lines? integer how many lines that one side says at once are shown; 0 shows all (at least 0; default 20)
---@field times? boolean put the instant at which each line was sent in front (default false)

---@class trace.Trace.text.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)

---@class trace.Trace.svg.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)

---@class trace.Trace.json.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)

---@class trace.Trace.events.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)

---@class trace.Trace.save.options
---@field hosts? (host.Host|string)[] hosts or their names; of one: what it does and what others do with it; of more: what is between them
---@field ports? integer[] either end has one of these ports
---@field from? number|string not before this instant of the world's clock, in seconds or "10 ms" (at least 0; default 0 s)
---@field to? number|string not after it, in seconds or "10 ms" (at least 0)

---@class trace.event
---@field at number
---@field host string
---@field process string
---@field op string
---@field transport any
---@field local_address any
---@field remote_address any
---@field peer any
---@field conversation any
---@field size any
---@field data any
---@field text any
---@field received any
---@field message any
---@field code any

---Record who says what to whom and when, and show it as a dialogue, a sequence diagram or JSON.
---@class trace
local trace = {}

---Start a trace: connects, accepts, sends, receives, closes, look-ups and protocol messages from now on. The lab's own process traces the whole world, another process itself. Sockets that are open already are not in it, but the connections that they accept later are. A process has one running trace.
---@param options? trace.start.options what to record
---@return trace.Trace? trace the running trace
---@return string? message why not
---@return string? code in-use
function trace.start(options) end

---Put a remark into every trace that sees this process.
---@param text string the remark
---@return true ok done
function trace.note(text) end

---What was recorded. The methods that show it may be called while it runs, and with a choice of hosts, ports and times.
---@class trace.Trace
local Trace = {}

---Stop recording; what was recorded stays.
---@return trace.Trace trace the trace itself
function Trace:stop() end

---Whether it still records.
---@return boolean result
function Trace:running() end

---What was said in each conversation, as the slides write it: C: for the client, who connected or spoke first, S: for the server.
---@param options? trace.Trace.dialogue.options what to show, and how
---@return string text lines, without a newline at the end
function Trace:dialogue(options) end

---A sequence diagram for a terminal of 80 columns: a column for each host, an arrow for each message, when it left at the left and when it was taken at the right.
---@param options? trace.Trace.text.options what to show
---@return string text lines, without a newline at the end
function Trace:text(options) end

---A sequence diagram as an SVG image: a lifeline for each host, time running down, slanted arrows.
---@param options? trace.Trace.svg.options what to show
---@return string result
function Trace:svg(options) end

---The events as lines of JSON, one object each, with these keys, those without a value left out: at (seconds, nine decimals), host, process, op, transport, local, remote, peer, conversation, size, data (if it is text) or hex (if it is not), text, received, error, code. Of data that was too much to keep there is less than size. A last line {"missing":N} counts events that were not kept.
---@param options? trace.Trace.json.options what to show
---@return string text lines, without a newline at the end
function Trace:json(options) end

---The events as tables.
---@param options? trace.Trace.events.options what to show
---@return trace.event[] events one table each: at (seconds), host, process, op and, where it makes sense, transport, local_address, remote_address, peer, conversation, size, data, text, received, message, code
function Trace:events(options) end

---Write a file of the host: .txt is the dialogue, .jsonl JSON lines, .svg the diagram.
---@param path string path of the file on this host; its end says what is written
---@param options? trace.Trace.save.options what to show
---@return true? ok done
---@return string? message why not
---@return string? code invalid, not-found, denied
function Trace:save(path, options) end

return trace
