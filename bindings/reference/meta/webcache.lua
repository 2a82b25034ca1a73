---@meta webcache

-- Made from the declaration; do not edit.

---@class webcache.serve.options
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one (0 to 65535; default 3128)
---@field name? string how it calls itself in the fields Via and Cache-Status; the host's name if left out
---@field origin? string "host:port" of the server before which it stands; without it, it is a proxy
---@field connect? integer[] to which TCP ports CONNECT may lead, by which clients come through a proxy to https; an empty list is none, 443 if left out
---@field max_bytes? number|string how much is kept, in bytes or "256 KiB" (0 to 256 MiB; default 16 MiB)
---@field max_object? number|string the longest body that is kept, in bytes or "256 KiB" (0 to 64 MiB; default 1 MiB)
---@field heuristic? number where an answer does not say how long it is fresh: the part of the time since its last change (0 to 1; default 0.1)
---@field longest? number|string for which that may be, in seconds or "10 ms" (at least 1 s; default 24 h)
---@field timeout? number|string how long to wait for the origin, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field idle? number|string how long a connection of a client is kept for the next request, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field sessions? integer how many connections of clients there may be at a time (at least 1; default 1000)

---@class webcache.stats
---@field requests integer
---@field hits integer
---@field validations integer
---@field misses integer
---@field failures integer
---@field tunnels integer
---@field stale integer
---@field evicted integer
---@field objects integer
---@field from_store integer
---@field from_origin integer
---@field bytes integer
---@field hit_rate number

---@class webcache.kept
---@field url string
---@field status integer
---@field size integer
---@field age number
---@field fresh number
---@field vary string

---A web cache (RFC 9111): a proxy for the clients of a network, or a gateway in front of a server, which keeps answers as long as they are fresh and asks whether they have changed.
---@class webcache
local webcache = {}

---Start a cache in this process. Clients use it by their option proxy.
---@param options? webcache.serve.options how to keep and to listen
---@return webcache.Cache? cache the running cache
---@return string? message why not
---@return string? code in-use, denied, address, limit
function webcache.serve(options) end

---A cache that runs.
---@class webcache.Cache
local Cache = {}

---The TCP port on which it listens.
---@return integer result
function Cache:port() end

---Its counters.
---@return webcache.stats stats requests; of these hits, validations (the origin said that nothing has changed), misses, failures; tunnels (connections that CONNECT has made), stale (hits that were stale, as the origin did not answer), evicted (answers that had to make room), from_store and from_origin (bytes of bodies), objects and bytes (that are kept now), hit_rate (hits and validations to requests, 0 to 1)
function Cache:stats() end

---What is kept, what was used last first.
---@return webcache.kept[] answers one table each: url, status, size (bytes of the body), age (seconds since the origin made it), fresh (seconds for which it is fresh yet; less than 0 when it is stale), vary (the fields of requests that it depends on)
function Cache:list() end

---Forget what is kept of a URL.
---@param url string the URL
---@return boolean found whether there was anything
function Cache:purge(url) end

---Forget everything that is kept.
---@return true ok done
function Cache:clear() end

---Close the listener and break every connection off.
---@return true ok done
function Cache:close() end

return webcache
