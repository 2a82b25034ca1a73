---@meta net

-- Made from the declaration; do not edit.

---@class net.host.options
---@field disk? number|string how much the files of the host may take, each with 512 bytes for itself; what is over it fails with "No space left on device". 0 leaves it to the limits of the run, in bytes or "256 KiB" (at least 0; default 0)

---@class net.router.options
---@field processing? number|string how long it looks at each packet before it sends it on, in seconds or "10 ms" (0 to 3600; default 0)

---@class net.lan.options
---@field subnet? string its IPv4 subnet, such as 192.168.1.0/24; drawn from 10.0.0.0/8 if left out
---@field subnet6? string its IPv6 subnet, such as fd00:1::/64; drawn from 2001:db8::/32 if left out

---@class net.link.options.a_to_b
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)

---@class net.link.options.b_to_a
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)

---@class net.link.options
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)
---@field a_to_b? net.link.options.a_to_b settings of the direction from the first node to the second alone
---@field b_to_a? net.link.options.b_to_a settings of the direction back alone
---@field mtu? integer longest packet in bytes; 1500 unless set (68 to 65535)
---@field cost? integer what the link counts in the choice of the shortest path; 1 unless set (at least 1)
---@field subnet? string its IPv4 subnet; drawn from 10.0.0.0/8 unless set
---@field address_a? string the first node's address, with prefix length: 10.0.0.1/24
---@field address_b? string the second node's address, with prefix length

---@class net.nat.options
---@field outside net.Link its link to the internet; what its other links join is inside
---@field type? "full-cone"|"restricted-cone"|"port-restricted-cone"|"symmetric" the classic name of what it does (RFC 3489) (full-cone, restricted-cone, port-restricted-cone, symmetric; default port-restricted-cone)
---@field mapping? "endpoint-independent"|"address-dependent"|"address-and-port-dependent" on what of the remote endpoint the outside port depends (RFC 4787 section 4.1); in place of what type says (endpoint-independent, address-dependent, address-and-port-dependent)
---@field filtering? "endpoint-independent"|"address-dependent"|"address-and-port-dependent" on what of it depends who may send to that port (RFC 4787 section 5); in place of what type says (endpoint-independent, address-dependent, address-and-port-dependent)
---@field ports? "preserve"|"random" preserve: the outside port is the inside one, if it is free; random (preserve, random; default preserve)
---@field first_port? integer lowest outside port to give away (1 to 65535; default 1024)
---@field last_port? integer highest outside port to give away (1 to 65535; default 65535)
---@field hairpin? boolean let inside hosts reach each other by their outside address (default true)
---@field inbound_refresh? boolean datagrams that come in keep a mapping alive too (default false)
---@field udp_timeout? number|string silence after which a UDP mapping is forgotten, in seconds or "10 ms" (at least 1 ms; default 120 s)
---@field tcp_timeout? number|string that of an established connection, in seconds or "10 ms" (at least 1 ms; default 7440 s)
---@field tcp_transitory_timeout? number|string that of one which opens or closes, in seconds or "10 ms" (at least 1 ms; default 240 s)
---@field icmp_timeout? number|string that of echo requests, in seconds or "10 ms" (at least 1 ms; default 60 s)

---@class net.partition.options
---@field one_way? boolean lose only what a sends to b (default false)

---@class net.inject.segment
---@field to string name or address of the destination
---@field port integer destination port (0 to 65535)
---@field source? string address that the packet claims to come from; the host's own unless set
---@field source_port? integer source port (0 to 65535; default 1024)
---@field protocol? "tcp"|"udp" tcp: a segment; udp: a datagram, of which flags, seq, ack and window do not count (tcp, udp; default tcp)
---@field flags? string control bits with spaces between: syn ack fin rst psh urg (default syn)
---@field seq? number sequence number (0 to 4294967295; default 0)
---@field ack? number acknowledgement number (0 to 4294967295; default 0)
---@field window? integer window field (0 to 65535; default 65535)
---@field data? string payload

---@class net.Link.set.options.a_to_b
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)

---@class net.Link.set.options.b_to_a
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)

---@class net.Link.set.options
---@field delay? number|string propagation delay, in seconds or "10 ms" (at most 8760 h)
---@field rate? number|string bits per second; without it, or with 0, the link is infinitely fast, in bits/s or "10 Mbps"
---@field queue? integer packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none (at least -1)
---@field queue_bytes? number|string bytes that may wait; no limit unless set, or with 0, in bytes or "256 KiB"
---@field jitter? number|string extra delay, uniform from 0 to this, that never reorders, in seconds or "10 ms" (at most 8760 h)
---@field loss? number probability of a packet to be lost (0 to 1)
---@field duplicate? number probability of a packet to arrive twice (0 to 1)
---@field reorder? number probability of a packet to be held back and overtaken (0 to 1)
---@field reorder_delay? number|string how long it is held back; the delay and 1 ms more unless set, in seconds or "10 ms" (at most 8760 h)
---@field corrupt? number probability of one bit to be flipped (0 to 1)
---@field a_to_b? net.Link.set.options.a_to_b settings of the direction from the first node to the second alone
---@field b_to_a? net.Link.set.options.b_to_a settings of the direction back alone
---@field mtu? integer longest packet in bytes (68 to 65535)
---@field cost? integer what the link counts in the choice of the shortest path (at least 1)

---@class net.Link.tap.options
---@field direction? "both"|"a_to_b"|"b_to_a" which packets it sees (both, a_to_b, b_to_a; default both)

---@class net.link_stats
---@field a_to_b net.stats
---@field b_to_a net.stats

---@class net.stats
---@field packets integer
---@field bytes integer
---@field delivered integer
---@field queue_full integer
---@field lost integer
---@field filtered integer
---@field blocked integer
---@field tapped integer
---@field down integer
---@field corrupted integer
---@field duplicate integer
---@field reordered integer
---@field max_queue integer
---@field busy number

---@class net.mapping
---@field protocol string
---@field inside string
---@field outside string
---@field remote any
---@field static boolean
---@field peers net.peer[]

---@class net.peer
---@field remote string
---@field state any
---@field left number

---The topology of the virtual internet: hosts, routers, LANs and links.
---@class net
local net = {}

---Add a host.
---@param name string a name as in DNS: letters, digits, hyphens and dots
---@param options? net.host.options what kind of host it is
---@return host.Host host the new host
function net.host(name, options) end

---Add a router: a host that forwards packets.
---@param name string a name as in DNS: letters, digits, hyphens and dots
---@param options? net.router.options what kind of router it is
---@return host.Host router the new router
function net.router(name, options) end

---Add a LAN: one subnet of hosts joined by a learning switch. Join it with net.link.
---@param name string a name for messages and for net.link
---@param options? net.lan.options its subnets
---@return net.Lan lan the new LAN
function net.lan(name, options) end

---Join two nodes by a link, in both directions.
---@param a host.Host|net.Lan a host, router or LAN
---@param b host.Host|net.Lan another
---@param options? net.link.options what the link does to packets, both ways unless said otherwise
---@return net.Link link the new link
function net.link(a, b, options) end

---The host or router of a name.
---@param name string a name as in DNS: letters, digits, hyphens and dots
---@return host.Host|nil host the host, nil if there is none
function net.find(name) end

---All hosts and routers, in the order in which they were added.
---@return host.Host[] result
function net.hosts() end

---Make a router a NAT for IPv4: what leaves by its outside link gets its address and a port of its table. IPv6 passes as it is.
---@param router host.Host the router
---@param options net.nat.options what kind of NAT
---@return net.Nat nat the NAT, with its table
function net.nat(router, options) end

---The first link between two nodes.
---@param a host.Host|net.Lan a host, router or LAN
---@param b host.Host|net.Lan another
---@return net.Link? link the link
---@return string? message why not
---@return string? code not-found
function net.find_link(a, b) end

---Lose every packet between two hosts, or between two sets of hosts, without a sign; routes stay as they are.
---@param a host.Host|host.Host[] a host, or a list of hosts
---@param b host.Host|host.Host[] a host, or a list of hosts, on the other side
---@param options? net.partition.options how far they are parted
---@return true ok done
function net.partition(a, b, options) end

---End the partitions between two hosts or sets of hosts, or all of them.
---@param a? host.Host|host.Host[] a host, or a list of hosts; if both sides are left out, every partition ends
---@param b? host.Host|host.Host[] a host, or a list of hosts, on the other side
---@return true ok done
function net.heal(a, b) end

---Send one TCP segment or UDP datagram made by hand from a host, whoever it claims to come from: forged packets, for labs about attacks.
---@param from host.Host the host that sends the packet
---@param segment net.inject.segment the TCP segment or UDP datagram
---@return true? ok done
---@return string? message why not
---@return string? code host-not-found, unreachable, too-long
function net.inject(from, segment) end

---The seed of the world: what --seed said.
---@return number result
function net.seed() end

---A link between two nodes.
---@class net.Link
local Link = {}

---The link's name: those of its nodes with a hyphen.
---@return string result
function Link:name() end

---Change the link while the world runs; what is left out stays as it is. Packets that wait leave at the new rate; those that have left arrive as they would have, and later ones do not overtake them.
---@param options? net.Link.set.options what to change
---@return true ok done
function Link:set(options) end

---Cut the link: what is under way is lost, and routes change at once.
---@return true ok done
function Link:down() end

---Mend the link.
---@return true ok done
function Link:up() end

---Whether the link works.
---@return boolean result
function Link:is_up() end

---Be the man in the middle: let a function see, change, drop and add packets before the link takes them. Packets wait for it without any time going by. Checksums are put right. Data must keep its length within a TCP connection: both ends count the bytes. To do more, end the connection and open another one to the server.
---@param fn function gets each packet as a table. It returns nothing or true: the packet goes on as it was; false: it is dropped; one or more tables: these go on in its place. What such a table leaves out is as in the packet; direction may be the other one
---@param options? net.Link.tap.options what to see
---@return net.Tap tap the tap, which an error of the function ends
function Link:tap(fn, options) end

---The counters of both directions.
---@return net.link_stats stats tables a_to_b and b_to_a with packets, bytes, dropped and more
function Link:stats() end

---A LAN: one subnet of hosts joined by a learning switch.
---@class net.Lan
local Lan = {}

---The LAN's name.
---@return string result
function Lan:name() end

---The LAN's IPv4 and IPv6 subnet.
---@return string[] result
function Lan:subnets() end

---The NAT of a router: a table of inside and outside addresses and ports.
---@class net.Nat
local Nat = {}

---The outside address.
---@return string result
function Nat:address() end

---Give what comes to an outside port to an inside host: port forwarding.
---@param protocol "tcp"|"udp" of the port (tcp, udp)
---@param port integer the outside port (1 to 65535)
---@param inside host.Host|string the inside host, or its address
---@param inside_port? integer the port there; the outside port unless set (1 to 65535)
---@return true? ok done
---@return string? message why not
---@return string? code in-use, address
function Nat:forward(protocol, port, inside, inside_port) end

---End a port forwarding.
---@param protocol "tcp"|"udp" of the port (tcp, udp)
---@param port integer the outside port (1 to 65535)
---@return true? ok done
---@return string? message why not
---@return string? code not-found
function Nat:unforward(protocol, port) end

---The mappings, in the order of making. For ICMP the identifier of the echo requests stands for the port.
---@return net.mapping[] mappings one table each: protocol, inside, outside, remote (if the mapping is for one remote endpoint only), static, and peers: remote, state (of TCP), left (seconds until it is forgotten)
function Nat:table() end

---The mappings as a table of text.
---@return string result
function Nat:text() end

---Make the router an ordinary one again.
---@return true ok done
function Nat:remove() end

---A function that sees the packets of a link, as Link:tap set it.
---@class net.Tap
local Tap = {}

---How many packets it has seen.
---@return number result
function Tap:packets() end

---Whether it still sees packets: it was not stopped, and its function raised no error.
---@return boolean result
function Tap:running() end

---Let packets pass unseen again. Nothing happens if it has ended.
---@return true ok done
function Tap:stop() end

return net
