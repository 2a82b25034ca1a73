---@meta dns

-- Made from the declaration; do not edit.

---@class dns.zone.options
---@field origin? string the zone's name, and the origin of relative names; without it the name of the SOA
---@field ttl? integer seconds that records may be kept which do not say (0 to 2147483647; default 3600)
---@field serial? integer serial number of the SOA that a list without one gets (0 to 4294967295; default 1)
---@field file? string what messages call the text; $INCLUDE is relative to it
---@field include? boolean allow $INCLUDE of files of this host (default false)

---@class dns.load.options
---@field origin? string the zone's name, and the origin of relative names; without it the name of the SOA
---@field ttl? integer seconds that records may be kept which do not say (0 to 2147483647; default 3600)
---@field serial? integer serial number of the SOA that a list without one gets (0 to 4294967295; default 1)
---@field file? string what messages call the text; $INCLUDE is relative to it
---@field include? boolean allow $INCLUDE of files of this host (default false)

---@class dns.serve.options
---@field zones? dns.Zone[] what to answer for
---@field port? integer UDP and TCP port; 0 draws one (0 to 65535; default 53)
---@field addresses? string[] where to listen; all addresses without it
---@field answer? function is called first, with each question: name, type, class, from, port, tcp, subnet. It returns nothing: the zones answer; records: they are the answer; or a table with rcode, authoritative, answer, authority, additional
---@field minimal? boolean leave name servers and additional records out of positive answers (default false)
---@field udp_size? integer bytes of the largest UDP answer to who says that he takes so much (512 to 65535; default 1232)
---@field conns? integer TCP connections at a time (1 to 10000; default 100)
---@field idle? number|string after which silence a TCP connection is closed, in seconds or "10 ms" (at least 1 ms; default 10 s)

---@class dns.Zone.add.options
---@field ttl? integer seconds that records may be kept which do not say (0 to 2147483647; default 3600)

---@class dns.answer_table
---@field rcode string NOERROR, NXDOMAIN, …
---@field authoritative boolean the flag AA
---@field answer dns.record[] what was asked for
---@field authority dns.record[] who is in charge; the SOA of a negative answer
---@field additional dns.record[] addresses that will be wanted next

---@class dns.record
---@field name string whose it is
---@field type string such as A or MX
---@field class string IN
---@field ttl integer seconds it may be kept
---@field data string what it says, as in a master file
---@field address string? of A and AAAA
---@field target string? the name that NS, CNAME, PTR, MX, SRV and DNAME give
---@field preference integer? of MX: the lowest is tried first

---@class dns.stats_table
---@field udp integer datagrams received
---@field tcp integer messages received over TCP
---@field replies integer replies sent
---@field truncated integer replies that did not fit a datagram
---@field dropped integer messages without a reply
---@field cached integer replies that had been packed before
---@field conns integer TCP connections accepted
---@field evicted integer TCP connections closed to make room
---@field transfers integer zones sent
---@field notifies integer NOTIFY received
---@field updates integer updates that changed a zone
---@field rcodes table<string, integer> replies by response code

---The Domain Name System: zones, servers that answer for them, and asking. Names are as in master files: "www.lab." is whole, "www" is below the origin. Records are texts such as "www 300 A 10.0.0.1", or tables with name, type, ttl and data.
---@class dns
local dns = {}

---Make a zone from the text of a master file, or from a list of records. A list without SOA gets one.
---@param source string|table the text of a master file, or a list of records
---@param options? dns.zone.options how to read it
---@return dns.Zone? zone the zone
---@return string? message why not
---@return string? code invalid, limit
function dns.zone(source, options) end

---Make a zone from a master file of this host. What changes later is written back to it.
---@param file string path of the master file
---@param options? dns.load.options how to read it
---@return dns.Zone? zone the zone
---@return string? message why not
---@return string? code invalid, limit, not-found, denied
function dns.load(file, options) end

---Answer for zones over UDP and TCP. The server runs as tasks of this process on the caller's host.
---@param options? dns.serve.options what to answer, and where
---@return dns.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function dns.serve(options) end

---The data of a zone. Each change counts its serial number up.
---@class dns.Zone
local Zone = {}

---The zone's name.
---@return string result
function Zone:origin() end

---Its serial number; 0 while a secondary has no data.
---@return integer result
function Zone:serial() end

---Answer a question from the zone's data alone, as an authoritative server does (RFC 1034 4.3.2).
---@param name string the name asked for; "@" is the origin
---@param type? string the type asked for (default A)
---@return dns.answer_table answer rcode, authoritative, answer, authority and additional (lists of records)
function Zone:lookup(name, type) end

---All records, in canonical order.
---@return dns.record[] records one table each: name, type, class, ttl, data; address, target or preference where there is one
function Zone:records() end

---The zone as the text of a master file.
---@return string text one record a line
function Zone:text() end

---Add records. If one cannot be in the zone, none is added.
---@param records string|table a record, or a list of records
---@param options? dns.Zone.add.options how to read them
---@return integer? serial the serial number then
---@return string? message why not
---@return string? code invalid
function Zone:add(records, options) end

---Remove records: those of a name and type, of all types of a name, or one with this data.
---@param name string the name; "@" is the origin
---@param type? string the type; ANY is all (default ANY)
---@param data? string only the record that says this
---@return integer? removed how many there were
---@return string? message why not
---@return string? code invalid
function Zone:remove(name, type, data) end

---What is allowed but likely a mistake: name servers that are aliases or have no address, data below a delegation.
---@return string[] remarks a list of sentences
function Zone:remarks() end

---The number of records.
---@return integer result
function Zone:size() end

---A running server.
---@class dns.Server
local Server = {}

---Stop the server and give its ports back.
---@return true ok done
function Server:close() end

---The port that it listens on.
---@return integer result
function Server:port() end

---Answer for one more zone. It takes the place of one with the same origin.
---@param zone dns.Zone the zone
---@return true ok done
function Server:add(zone) end

---Answer no more for a zone.
---@param origin string the zone's name
---@return boolean removed whether it did
function Server:remove(origin) end

---The zone with an origin.
---@param origin string the zone's name
---@return dns.Zone zone nil if the server has none
function Server:zone(origin) end

---Counters since the start.
---@return dns.stats_table stats udp, tcp, replies, truncated, dropped, cached, conns, evicted, transfers, notifies, updates, and rcodes by name
function Server:stats() end

return dns
