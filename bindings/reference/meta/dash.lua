---@meta dash

-- Made from the declaration; do not edit.

---@class dash.publish.options
---@field title? string what the pictures and the manifest say
---@field duration? number|string how long the video plays, in seconds or "10 ms" (100 ms to 4 h; default 60 s)
---@field chunk? number|string how long a piece plays, in seconds or "10 ms" (100 ms to 60 s; default 4 s)
---@field rates? (number|string)[] bits per second: 300, 750, 1500 and 3000 kbit/s unless given
---@field frames? integer pictures a second (1 to 30; default 1)

---@class dash.play.options
---@field rule? string|fun(state: table): integer how the rate of the next piece is chosen: "both", "throughput", "buffer", "lowest", "highest", or a function that is given a table with segment, segments, chunk, rates, last (index of the rate before, nil at first), buffer, max_buffer (seconds), throughput (bits per second, a mean), measured (of the piece before) and returns an index of rates
---@field startup? number|string what must have come before the picture moves, also after it stood still; one piece if 0, in seconds or "10 ms" (at least 0 s; default 0 s)
---@field max_buffer? number|string at how much the player waits, in seconds or "10 ms" (at least 1 s; default 30 s)
---@field segments? integer how many pieces are played; all if 0 (at least 0; default 0)
---@field timeout? number|string how long to wait for each step of the network, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field verify? boolean under TLS take only a certificate of the world's authority for the host (default true)
---@field largest? number|string the longest piece that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)

---Dynamic Adaptive Streaming over HTTP (ISO/IEC 23009-1): publish a video in pieces at several rates, and play one with rules that choose the rate of each piece.
---@class dash
local dash = {}

---Write a video that players can play into a folder of this host: a manifest, and the pieces at each rate. A web server then serves them as files.
---@param folder string where to; it is made if it is not there
---@param options? dash.publish.options what to publish
---@return string? path of the manifest
---@return string? message why not
---@return string? code not-found, denied, full, invalid
function dash.publish(folder, options) end

---Play a video over HTTP: read its manifest, then fetch one piece after the other at the rate that the rule chooses, while time goes on. Nothing is shown; the report says what a viewer would have seen.
---@param url string the manifest's, such as "http://www.netcinema.com/madmen/manifest.mpd"
---@param options? dash.play.options how to play
---@return dash.play_report? report how it went: title, rates (bits per second), chunk (seconds), steps, startup (seconds until the picture moved), stalls (how often it stood still), stalled (seconds in all), switches, mean_rate (bits per second), played and took (seconds). A step has segment, rate, index, bytes, url, asked and came (seconds since the beginning), throughput (bits per second), before and buffer (seconds, when it was asked for and when it had come), stalled (seconds)
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function dash.play(url, options) end

---Read a manifest.
---@param text string the manifest
---@param url? string where it came from, to which its URLs are relative; "http://localhost/" if left out
---@return dash.manifest? manifest title, duration (seconds), tracks: from the lowest rate to the highest, each with id, bandwidth (bits per second), media_type, codecs, width, height, init (a URL, or nil), segments: each with url, start and duration in seconds
---@return string? message why not
---@return string? code protocol, invalid
function dash.parse(text, url) end

return dash
