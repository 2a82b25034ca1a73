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
---@field transfer? string|dns.Key|table who may have copies: "any", an address, a prefix such as "10.0.0.0/8", a key, or a list of these; nobody without it
---@field update? string|dns.Key|table who may change it by dynamic update, likewise
---@field notify? string[] secondaries to tell of changes: names or addresses
---@field notify_key? dns.Key signs what they are told
---@field secondaries? dns.serve.options.secondaries[] zones to copy from other servers, as follow does
---@field keys? dns.Key[] of those who sign
---@field port? integer UDP and TCP port; 0 draws one (0 to 65535; default 53)
---@field addresses? string[] where to listen; all addresses without it
---@field answer? function is called first, with each question: name, type, class, from, port, tcp, subnet. It returns nothing: the zones answer; records: they are the answer; or a table with rcode, authoritative, answer, authority, additional
---@field minimal? boolean leave name servers and additional records out of positive answers (default false)
---@field udp_size? integer bytes of the largest UDP answer to who says that he takes so much (512 to 65535; default 1232)
---@field conns? integer TCP connections at a time (1 to 10000; default 100)
---@field idle? number|string after which silence a TCP connection is closed, in seconds or "10 ms" (at least 1 ms; default 10 s)

---@class dns.key.options
---@field algorithm? "hmac-sha256"|"hmac-sha1"|"hmac-sha224"|"hmac-sha384"|"hmac-sha512" how to sign (hmac-sha256, hmac-sha1, hmac-sha224, hmac-sha384, hmac-sha512; default hmac-sha256)

---@class dns.update.options
---@field server string name or address of the server
---@field port? integer the server's port (0 to 65535; default 53)
---@field key? dns.Key signs the request; the reply must be signed then too
---@field timeout? number|string to wait for each message, in seconds or "10 ms" (at least 1 ms; default 5 s)
---@field add? string|table records to add
---@field remove? string[] what to remove: "www" (all records of the name), "www A" (all of the type) or "www A 10.0.0.1"
---@field present? string[] what must be there, written likewise; the records of a name and type must be exactly those that are given with data
---@field absent? string[] names, or names with a type, that must not be there
---@field ttl? integer seconds that added records may be kept which do not say (0 to 2147483647; default 3600)

---@class dns.transfer.options
---@field server string name or address of the server
---@field port? integer the server's port (0 to 65535; default 53)
---@field key? dns.Key signs the request; the reply must be signed then too
---@field timeout? number|string to wait for each message, in seconds or "10 ms" (at least 1 ms; default 5 s)

---@class dns.changes.options
---@field server string name or address of the server
---@field port? integer the server's port (0 to 65535; default 53)
---@field key? dns.Key signs the request; the reply must be signed then too
---@field timeout? number|string to wait for each message, in seconds or "10 ms" (at least 1 ms; default 5 s)

---@class dns.notify.options
---@field server string name or address of the server
---@field port? integer the server's port (0 to 65535; default 53)
---@field key? dns.Key signs the request; the reply must be signed then too
---@field timeout? number|string to wait for each message, in seconds or "10 ms" (at least 1 ms; default 5 s)

---@class dns.query.options
---@field server? string name or address of the server; without it the first of the host's /etc/resolv.conf
---@field port? integer the server's port (0 to 65535; default 53)
---@field tcp? boolean ask over TCP; otherwise only when the answer was truncated (default false)
---@field timeout? number|string to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 5 s)
---@field tries? integer how often to send the question over UDP (1 to 100; default 3)
---@field recurse? boolean ask the server to resolve the name if it does not know it (flag RD) (default true)
---@field edns? boolean say that answers of up to 1232 bytes may come over UDP (default false)
---@field key? dns.Key signs the question; the answer must be signed then too

---@class dns.exchange.message.edns
---@field version? integer 0 is the only one (0 to 255; default 0)
---@field udp_size? integer bytes of the largest datagram that the sender takes (0 to 65535; default 1232)
---@field dnssec_ok? boolean flag DO (default false)

---@class dns.exchange.message
---@field id? integer 0 lets the sender draw one (0 to 65535; default 0)
---@field opcode? string what it is for (default QUERY)
---@field rcode? string of a reply, such as NXDOMAIN (default NOERROR)
---@field response? boolean flag QR (default false)
---@field authoritative? boolean flag AA (default false)
---@field truncated? boolean flag TC (default false)
---@field recursion_desired? boolean flag RD (default false)
---@field recursion_available? boolean flag RA (default false)
---@field reserved? boolean flag Z (default false)
---@field authentic_data? boolean flag AD (default false)
---@field checking_disabled? boolean flag CD (default false)
---@field question? dns.exchange.message.question[] what is asked
---@field answer? table|string records
---@field authority? table|string records
---@field additional? table|string records
---@field edns? dns.exchange.message.edns an OPT record
---@field size? any as a received message has it; not sent
---@field rtt? any as a received message has it; not sent
---@field server? any as a received message has it; not sent
---@field tcp? any as a received message has it; not sent

---@class dns.exchange.options
---@field server? string name or address of the server; without it the first of the host's /etc/resolv.conf
---@field port? integer the server's port (0 to 65535; default 53)
---@field tcp? boolean ask over TCP; otherwise only when the answer was truncated (default false)
---@field timeout? number|string to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 5 s)
---@field tries? integer how often to send the question over UDP (1 to 100; default 3)

---@class dns.message.options
---@field recursion_desired? boolean flag RD (default true)
---@field edns? boolean with an OPT record (default false)

---@class dns.encode.message.edns
---@field version? integer 0 is the only one (0 to 255; default 0)
---@field udp_size? integer bytes of the largest datagram that the sender takes (0 to 65535; default 1232)
---@field dnssec_ok? boolean flag DO (default false)

---@class dns.encode.message
---@field id? integer 0 lets the sender draw one (0 to 65535; default 0)
---@field opcode? string what it is for (default QUERY)
---@field rcode? string of a reply, such as NXDOMAIN (default NOERROR)
---@field response? boolean flag QR (default false)
---@field authoritative? boolean flag AA (default false)
---@field truncated? boolean flag TC (default false)
---@field recursion_desired? boolean flag RD (default false)
---@field recursion_available? boolean flag RA (default false)
---@field reserved? boolean flag Z (default false)
---@field authentic_data? boolean flag AD (default false)
---@field checking_disabled? boolean flag CD (default false)
---@field question? dns.encode.message.question[] what is asked
---@field answer? table|string records
---@field authority? table|string records
---@field additional? table|string records
---@field edns? dns.encode.message.edns an OPT record
---@field size? any as a received message has it; not sent
---@field rtt? any as a received message has it; not sent
---@field server? any as a received message has it; not sent
---@field tcp? any as a received message has it; not sent

---@class dns.recursor.options
---@field roots? string[] root servers by the names of their hosts, or by address
---@field forward? string[] servers to ask to resolve, instead of beginning at the root
---@field chain? boolean ask each server on the way to resolve the whole question, which then asks the next one (default false)
---@field zones? dns.Zone[] what the server itself has authority for
---@field port? integer UDP and TCP port (0 to 65535; default 53)
---@field addresses? string[] where to listen; all addresses without it
---@field clients? string[] who may ask, but for what is in its zones, which everybody is told; everybody without it
---@field cache? number|string how much the cache may hold, in bytes or "256 KiB" (4096 to 1073741824; default 8 MiB)
---@field max_ttl? number|string for how long anything is kept at most, in seconds or "10 ms" (at least 1 s; default 24 h)
---@field fixed_port? integer ask from this UDP port always, as servers did before 2008; 0 draws one for each question (0 to 65535; default 0)
---@field count_ids? boolean number the questions one after the other instead of drawing each id (default false)
---@field mix_case? boolean mix upper and lower case in the names that are asked for and insist on finding it again in the answer (0x20) (default false)
---@field bailiwick? boolean believe servers only about their own zones, and additional records only where they are needed; true unless it is switched off

---@class dns.Zone.add.options
---@field ttl? integer seconds that records may be kept which do not say (0 to 2147483647; default 3600)

---@class dns.Server.add.options
---@field transfer? string|dns.Key|table who may have copies: "any", an address, a prefix such as "10.0.0.0/8", a key, or a list of these; nobody without it
---@field update? string|dns.Key|table who may change it by dynamic update, likewise
---@field notify? string[] secondaries to tell of changes: names or addresses
---@field notify_key? dns.Key signs what they are told

---@class dns.Server.follow.options
---@field primaries string[] names or addresses of the servers to copy from, asked in turn
---@field port? integer their port (0 to 65535; default 53)
---@field key? dns.Key signs what is asked; a NOTIFY must be signed with it too
---@field full? boolean ask for whole transfers only (default false)
---@field transfer? string|dns.Key|table who may have copies from here, as for serve
---@field notify? string[] whom to tell of changes in turn

---@class dns.Recursor.set.defences
---@field fixed_port? integer ask from this UDP port always, as servers did before 2008; 0 draws one for each question (0 to 65535; default 0)
---@field count_ids? boolean number the questions one after the other instead of drawing each id (default false)
---@field mix_case? boolean mix upper and lower case in the names that are asked for and insist on finding it again in the answer (0x20) (default false)
---@field bailiwick? boolean believe servers only about their own zones, and additional records only where they are needed; true unless it is switched off

---@class dns.changes_table
---@field serial integer serial number of the newest version
---@field whole boolean whether the server sent all records
---@field changes dns.change_table[] in order
---@field records dns.record[] all of them, if whole

---@class dns.change_table
---@field from integer serial number before
---@field to integer serial number after
---@field removed dns.record[] records that went
---@field added dns.record[] records that came

---@class dns.record
---@field name string whose it is
---@field type string such as A or MX
---@field class string IN
---@field ttl integer seconds it may be kept
---@field data string what it says, as in a master file
---@field address string? of A and AAAA
---@field target string? the name that NS, CNAME, PTR, MX, SRV and DNAME give
---@field preference integer? of MX: the lowest is tried first

---@class dns.message_table
---@field id integer the number that a reply repeats
---@field opcode string QUERY, NOTIFY, UPDATE, …
---@field rcode string NOERROR, NXDOMAIN, SERVFAIL, …
---@field response boolean flag QR: a reply
---@field authoritative boolean flag AA: from a server with authority for the name
---@field truncated boolean flag TC: the whole did not fit
---@field recursion_desired boolean flag RD: resolve it for me
---@field recursion_available boolean flag RA: the server does that
---@field reserved boolean flag Z: must be false
---@field authentic_data boolean flag AD: its signatures were checked
---@field checking_disabled boolean flag CD: they need not be
---@field question dns.question_table[] what is asked
---@field answer dns.record[] the records that answer it
---@field authority dns.record[] the servers with authority, or the SOA of a negative answer
---@field additional dns.record[] what may save another question, EDNS left out
---@field edns dns.edns_table? of the OPT record; nil without one
---@field size integer? bytes on the wire, of a message that was received
---@field rtt number? seconds between question and answer
---@field server string? who answered
---@field tcp boolean? whether it came over TCP

---@class dns.question_table
---@field name string the name
---@field type string such as A
---@field class string IN

---@class dns.edns_table
---@field version integer 0
---@field udp_size integer bytes of the largest datagram that its sender takes
---@field dnssec_ok boolean flag DO: signatures are wanted

---@class dns.answer_table
---@field rcode string NOERROR, NXDOMAIN, …
---@field authoritative boolean the flag AA
---@field answer dns.record[] what was asked for
---@field authority dns.record[] who is in charge; the SOA of a negative answer
---@field additional dns.record[] addresses that will be wanted next

---@class dns.stats_table
---@field udp integer datagrams received
---@field tcp integer messages received over TCP
---@field replies integer replies sent
---@field truncated integer replies that did not fit a datagram
---@field dropped integer messages without a reply
---@field cached integer replies that had been packed before
---@field conns integer TCP connections accepted
---@field evicted integer TCP connections closed to make room
---@field transfers integer transfers sent
---@field increments integer those of them that brought changes only
---@field notifies integer NOTIFY received
---@field updates integer updates that changed a zone
---@field rcodes table<string, integer> replies by response code

---@class dns.secondary_status
---@field serial integer of the copy, 0 if it has no data
---@field transfers integer whole transfers
---@field increments integer incremental ones
---@field failures integer looks at the primary that failed since the last that did not
---@field error string? why the last one failed
---@field checked number? when the primary last answered
---@field next number? when the next look is due
---@field expires number? when the data is given up

---@class dns.cache_entry
---@field name string whose it is, in lower case
---@field type string? nil: there is no such name
---@field ttl number seconds left
---@field rank string how far it is believed (RFC 2181 5.4.1)
---@field rcode string NOERROR, or of a negative entry
---@field records dns.record[] none in a negative entry

---@class dns.recursor_stats
---@field questions integer questions of clients
---@field hits integer of these, answered from the cache
---@field joined integer of these, that waited for the answer to the same question of another
---@field failures integer of these, that could not be answered
---@field sent integer questions to servers
---@field timeouts integer of these, that nobody answered in time
---@field lame integer answers of servers that had nothing to say
---@field ignored integer messages passed over since they were not the answer to what was asked: late, broken or forged
---@field entries integer entries of the cache
---@field bytes integer bytes that they are counted as

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

---Make a zone from a master file of this host. What changes later is kept in it, and in a journal beside it, before a change is confirmed.
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

---Make a key to sign updates, transfers and questions with.
---@param name string a domain name, the same on both sides
---@param secret? string in base 64; without it 32 bytes are drawn
---@param options? dns.key.options which kind
---@return dns.Key? key the key
---@return string? message why not
---@return string? code unsupported, invalid, denied
function dns.key(name, secret, options) end

---Ask the primary server to change a zone: all of it or, if a prerequisite does not hold, nothing (RFC 2136).
---@param origin string the zone's name; relative names are below it
---@param options dns.update.options whom to ask, and for what
---@return true? ok done
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, denied, exists, not-found, invalid, failed
function dns.update(origin, options) end

---Copy a whole zone from a server (AXFR, RFC 5936).
---@param origin string the zone's name
---@param options dns.transfer.options whom to ask
---@return dns.Zone? zone the copy
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, denied, closed, reset, invalid
function dns.transfer(origin, options) end

---Ask a server what has changed in a zone since a serial number (IXFR, RFC 1995).
---@param origin string the zone's name
---@param serial integer the version that is known (0 to 4294967295)
---@param options dns.changes.options whom to ask
---@return dns.changes_table? changes serial, the number they lead to; changes, a list of {from, to, removed, added}; whole, whether the server sent all records, in records, in their place
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, denied, closed, reset
function dns.changes(origin, serial, options) end

---Tell a secondary that a zone has changed (RFC 1996). Servers do so by themselves.
---@param origin string the zone's name
---@param options dns.notify.options whom to tell
---@return true? ok done
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, denied
function dns.notify(origin, options) end

---Ask a server for records, and give its whole reply. Response codes such as NXDOMAIN are in it, and no failure.
---@param name string the name, taken as it is: no search domain completes it
---@param type? string the type of records (default A)
---@param options? dns.query.options whom to ask, and how
---@return dns.message_table? message the reply as dns.decode gives it, with size, rtt, server and tcp
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, closed, reset
function dns.query(name, type, options) end

---Send a message, whatever it says, to a server and give its reply.
---@param message? dns.exchange.message the message, as dns.message makes it; id 0 draws one
---@param options? dns.exchange.options whom to send it to, and how
---@return dns.message_table? message the reply
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, invalid, closed, reset
function dns.exchange(message, options) end

---Make a question as a table, to be changed, encoded or sent by dns.exchange.
---@param name string the name that is asked for
---@param type? string the type of records (default A)
---@param options? dns.message.options flags
---@return dns.message_table message a table as dns.decode gives it
function dns.message(name, type, options) end

---The bytes of a message. Names in records are below the name of the question unless they end with a dot.
---@param message? dns.encode.message the message, as dns.decode gives it; records may also be texts
---@return string? bytes the message as it goes over the wire
---@return string? message why not
---@return string? code invalid, too-long
function dns.encode(message) end

---The message in bytes that came over the wire.
---@param bytes string the message
---@return dns.message_table? message id, opcode, rcode, the flags, and the sections as lists
---@return string? message why not
---@return string? code protocol
function dns.decode(bytes) end

---The name below in-addr.arpa or ip6.arpa that stands for an address.
---@param address string the address
---@return string result
function dns.reverse(address) end

---Run dig on the caller's host. It takes dig's words: @server, name, type, -x address, -p port, +short, +trace, +norecurse, +tcp, +noedns, +noall, +answer and more.
---@param words string|string[] what follows the command's name: one text, or a list of words
---@return string|nil|nil text what dig prints, without the last line end; nil if no server answered
---@return dns.message_table[]|string replies each reply as dns.decode gives it; or what dig prints then
---@return string? code of the failure
function dns.dig(words) end

---Run nslookup on the caller's host: a name or address, a server, and options such as -type=MX before them.
---@param words string|string[] what follows the command's name: one text, or a list of words
---@return string? text what nslookup prints, without the last line end
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, invalid
function dns.nslookup(words) end

---Run host on the caller's host: a name or address, a server, and options such as -t MX.
---@param words string|string[] what follows the command's name: one text, or a list of words
---@return string? text what host prints, without the last line end
---@return string? message why not
---@return string? code timeout, refused, unreachable, host-not-found, protocol, invalid
function dns.host(words) end

---Run a local name server: it resolves what clients ask, from the root on or by asking another, and caches what it hears. It runs as tasks of this process on the caller's host.
---@param options? dns.recursor.options whom to ask, and what to believe
---@return dns.Recursor? recursor the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit, host-not-found
function dns.recursor(options) end

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
---@param options? dns.Server.add.options who else has to do with it
---@return true ok done
function Server:add(zone, options) end

---Keep a copy of a zone from another server, and answer from it.
---@param origin string the zone's name
---@param options dns.Server.follow.options where it comes from
---@return dns.Secondary? secondary the copy, which is fetched as soon as the caller waits
---@return string? message why not
---@return string? code host-not-found
function Server:follow(origin, options) end

---Answer no more for a zone.
---@param origin string the zone's name
---@return boolean removed whether it did
function Server:remove(origin) end

---The zone with an origin.
---@param origin string the zone's name
---@return dns.Zone zone nil if the server has none
function Server:zone(origin) end

---Counters since the start.
---@return dns.stats_table stats udp, tcp, replies, truncated, dropped, cached, conns, evicted, transfers, increments, notifies, updates, and rcodes by name
function Server:stats() end

---A copy of a zone, kept as the SOA says: looked after at each refresh, retried, and expired at last.
---@class dns.Secondary
local Secondary = {}

---The copy; it has no records before the first transfer and after it has expired.
---@return dns.Zone result
function Secondary:zone() end

---Look at the primary now, as a NOTIFY makes it do.
---@return true ok done
function Secondary:refresh() end

---How it stands.
---@return dns.secondary_status status serial, transfers (whole ones), increments (incremental ones), failures (since the last success), error, and checked, next and expires in seconds since the world began
function Secondary:status() end

---A secret that two sides share to sign messages with (TSIG, RFC 8945).
---@class dns.Key
local Key = {}

---The key's name.
---@return string result
function Key:name() end

---The secret in base 64, for the other side.
---@return string result
function Key:secret() end

---A running local name server.
---@class dns.Recursor
local Recursor = {}

---Stop the server and give its ports back.
---@return true ok done
function Recursor:close() end

---Resolve a name as for a client.
---@param name string the name
---@param type? string the type of records (default A)
---@return dns.answer_table answer rcode, authoritative, answer, authority and additional (lists of records)
function Recursor:resolve(name, type) end

---What is cached now, by name from the root down.
---@return dns.cache_entry[] entries one table each: name, type (nil: the name does not exist), ttl (seconds left), rank (additional, authority, answer or authentic), rcode, records
function Recursor:cache() end

---Empty the cache, and forget how fast each server was.
---@return true ok done
function Recursor:flush() end

---Counters since the start.
---@return dns.recursor_stats result
function Recursor:stats() end

---Change the defences against forged answers. What is left out is as at first.
---@param defences? dns.Recursor.set.defences the defences
---@return true ok done
function Recursor:set(defences) end

return dns
