---@meta cdn

-- Made from the declaration; do not edit.

---@class cdn.router.options.check
---@field every? number|string how often nodes are asked; 0 never, in seconds or "10 ms" (at least 0 s; default 10 s)
---@field timeout? number|string how long an answer may take, in seconds or "10 ms" (at least 1 ms; default 2 s)
---@field fails? integer after how many failures in a row a node is down (at least 1; default 1)
---@field port? integer TCP port (1 to 65535; default 80)
---@field path? string what is asked for (default /)

---@class cdn.router.options
---@field zone string whose names are the network's, such as "kingcdn.com". The zone itself has a name server, ns1, which is this host
---@field nodes cdn.router.options.nodes[] where there are replica servers
---@field map? table<string, table<string, number>> distances by network, such as "10.1.0.0/16", and by name of the node, in any unit
---@field ttl? number|string how long an answer holds; so long clients go to a node that has failed, in seconds or "10 ms" (at least 0 s; default 20 s)
---@field check? cdn.router.options.check how nodes are looked after
---@field port? integer UDP and TCP port (0 to 65535; default 53)

---@class cdn.replica.options
---@field customers table<string, string> where to fetch what clients ask for: origins such as "http://www.foo.com", by host name, or by "/name", the first part of the path
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one (0 to 65535; default 80)
---@field max_bytes? number|string how much is kept, in bytes or "256 KiB" (1 to 256 MiB; default 64 MiB)
---@field max_object? number|string the longest body that is kept, in bytes or "256 KiB" (1 to 64 MiB; default 16 MiB)
---@field timeout? number|string how long to wait for an origin, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field sessions? integer how many connections of clients there may be at a time (at least 1; default 1000)

---@class cdn.rewrite.options
---@field from string how URLs begin that are changed, such as "http://www.foo.com/"
---@field to string what they begin with afterwards, such as "http://www.cdn.com/www.foo.com/"
---@field page? string the page's own URL, to which its URLs are relative; from, if left out
---@field endings? string[] only files with these, such as ".gif"; all if left out

---Content distribution networks: replica servers that keep copies of their customers' content, and a name server that sends each client to a near one.
---@class cdn
local cdn = {}

---Start the network's name server in this process. It answers for every name of a zone with the address of the node that works and is nearest to who asks; it looks after the nodes by HTTP.
---@param options cdn.router.options what to route
---@return cdn.Router? router the running name server
---@return string? message why not
---@return string? code in-use, denied, address, limit, invalid
function cdn.router(options) end

---Start a replica server in this process: a web server that fetches from its customers what it does not have, and keeps it as they allow.
---@param options cdn.replica.options what to serve
---@return cdn.Replica? replica the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit, invalid
function cdn.replica(options) end

---Change the URLs of what a page shows (images, scripts, style sheets, sound, video; not its links) so that clients fetch it from the network.
---@param page string in HTML
---@param options cdn.rewrite.options what to change
---@return integer changed how many URLs were changed
function cdn.rewrite(page, options) end

---The name server of a network.
---@class cdn.Router
local Router = {}

---The nodes, in the order in which they were given.
---@return cdn.node_info[] nodes one table each: name, addresses, down, sent (how many questions were answered with it)
function Router:nodes() end

---Say how far a network is from a node.
---@param network string such as "10.1.0.0/16", or an address
---@param node string its name
---@param distance number in any unit
---@return true ok done
function Router:set_distance(network, node, distance) end

---The name of the node to which a client would be sent now.
---@param address string the client's
---@return string? name nil if no node works
function Router:nearest(address) end

---Send nobody to a node, or again. Without checks it stays so.
---@param node string its name
---@param down? boolean false: it works again (default true)
---@return true? ok done
---@return string? message why not
---@return string? code not-found
function Router:set_down(node, down) end

---Stop the server.
---@return true ok done
function Router:close() end

---A replica server.
---@class cdn.Replica
local Replica = {}

---Its counters.
---@return cdn.replica_stats stats requests, hits (answered without asking the origin), validations (the origin said that nothing has changed), misses, objects and bytes (kept now), from_store and from_origin (bytes), hit_rate (hits and validations of all requests)
function Replica:stats() end

---Forget what is kept of a URL of a customer's origin: the next client gets it anew.
---@param url string at the origin, such as "http://www.foo.com/sports/ruth.gif"
---@return boolean purged whether there was anything
function Replica:purge(url) end

---Forget everything that is kept.
---@return true ok done
function Replica:clear() end

---The port that it listens on.
---@return integer result
function Replica:port() end

---Stop the server.
---@return true ok done
function Replica:close() end

return cdn
