---@meta host

-- Made from the declaration; do not edit.

---@class host.ping.options
---@field count? integer how many requests (1 to 100000; default 1)
---@field interval? number|string from one request to the next, in seconds or "10 ms" (default 1 s)
---@field size? integer bytes of payload (0 to 65507; default 56)
---@field hop_limit? integer how many routers the request may pass (TTL) (1 to 255; default 64)
---@field timeout? number|string how long to wait for each reply, in seconds or "10 ms" (default 5 s)

---@class host.Host.set_tcp.options
---@field initial_window? integer segments sent at first; 10 unless set (1 to 1000)
---@field ssthresh? integer slow start threshold at first, in segments; none unless set (2 to 100000)
---@field byte_counting? boolean let the congestion window grow by the bytes that ACKs cover (RFC 3465), not by their number; on unless set
---@field delayed_ack? number|string how long an ACK may wait; 40 ms unless set, in seconds or "10 ms" (at least 0.000001)
---@field min_rto? number|string least distance of the retransmission timeout from the round-trip time; 200 ms unless set, in seconds or "10 ms" (at least 0.000001)
---@field time_wait? number|string how long TIME-WAIT lasts; one minute unless set, in seconds or "10 ms" (at least 0.000001)
---@field recv_buffer? number|string receive buffer of new sockets; 256 KiB unless set, in bytes or "256 KiB" (1 KiB to 8 MiB)
---@field send_buffer? number|string send buffer of new sockets; 512 KiB unless set, in bytes or "256 KiB" (1 KiB to 8 MiB)
---@field syn_queue? integer handshakes that a listener may have under way; 256 or its backlog unless set (1 to 65536)
---@field syn_cookies? boolean with a full SYN queue, answer SYNs without keeping anything (RFC 4987); off unless set

---@class host.Host.set_resolver.options
---@field servers string[] name servers by the names of hosts of the world, which have to be linked already, or by address; the first three count
---@field port? integer their port (1 to 65535; default 53)
---@field search? string[] domains to complete short names with
---@field ndots? integer names with so many dots are tried as they are before they are completed (0 to 15; default 1)
---@field timeout? number|string to wait for each server, in whole seconds, in seconds or "10 ms" (1 s to 30 s; default 5 s)
---@field attempts? integer how often to go through the servers (1 to 5; default 2)
---@field rotate? boolean begin with another server each time (default false)
---@field ipv6? boolean ask for IPv6 addresses too (default true)
---@field tcp? boolean ask over TCP (default false)
---@field edns? boolean say that long answers may come over UDP (default false)

---@class host.Host.ping.options
---@field count? integer how many requests (1 to 100000; default 1)
---@field interval? number|string from one request to the next, in seconds or "10 ms" (default 1 s)
---@field size? integer bytes of payload (0 to 65507; default 56)
---@field hop_limit? integer how many routers the request may pass (TTL) (1 to 255; default 64)
---@field timeout? number|string how long to wait for each reply, in seconds or "10 ms" (default 5 s)

---@class host.Host.firewall.options
---@field rules? host.Host.firewall.options.rules[] the rules; the first that fits decides
---@field default_in? "accept"|"drop"|"reject" what becomes of packets for the host that no rule fits (accept, drop, reject; default accept)
---@field default_out? "accept"|"drop"|"reject" of packets that it sends (accept, drop, reject; default accept)
---@field default_forward? "accept"|"drop"|"reject" of packets that it passes on (accept, drop, reject; default accept)

---@class host.interface_info
---@field name string
---@field up boolean
---@field mtu integer
---@field addresses string[]
---@field peer string
---@field hardware_address string

---@class host.socket_info
---@field kind string
---@field state string
---@field local_address string
---@field remote_address string
---@field recv_queue integer
---@field send_queue integer
---@field process string

---@class host.tcp_info
---@field state string
---@field local_address string
---@field remote_address string
---@field process string
---@field cwnd integer
---@field ssthresh any
---@field in_flight integer
---@field peer_window integer
---@field window integer
---@field mss integer
---@field srtt any
---@field rttvar number
---@field rto number
---@field recovery boolean
---@field retransmits integer
---@field fast_retransmits integer
---@field timeouts integer
---@field duplicate_acks integer
---@field segments_in integer
---@field segments_out integer
---@field bytes_sent integer
---@field bytes_acked integer
---@field bytes_received integer

---@class host.ping_report
---@field target string
---@field address string
---@field sent integer
---@field received integer
---@field loss number
---@field min any
---@field avg any
---@field max any
---@field replies host.ping_reply[]

---@class host.ping_reply
---@field seq integer
---@field from string
---@field kind string
---@field rtt number
---@field hop_limit integer

---@class host.hop
---@field hop integer
---@field address any
---@field name any
---@field rtt any
---@field kind string

---@class host.listen_stats
---@field syn_queue_full integer
---@field accept_queue_full integer
---@field cookies_sent integer
---@field cookies_taken integer
---@field cookies_refused integer

---@class host.rule_count
---@field rule string
---@field packets integer
---@field bytes integer

---The host that the script runs on: who am I, what is connected, who can be reached.
---@class host
local host = {}

---The host's name.
---@return string result
function host.name() end

---The host's addresses, loopback left out.
---@return string[] result
function host.addresses() end

---The host's network interfaces.
---@return host.interface_info[] interfaces one table each: name, up, mtu, addresses (with prefix length), peer, hardware_address
function host.interfaces() end

---The host's socket table.
---@return host.socket_info[] sockets one table each: kind, state, local_address, remote_address, recv_queue, send_queue, process
function host.sockets() end

---The host's socket table as the command ss prints it.
---@return string result
function host.ss() end

---What TCP knows of each of the host's connections, as ss -i shows it.
---@return host.tcp_info[]? connections one table for each connection: state, local_address, remote_address, process; in bytes cwnd, ssthresh (nil before the first loss), in_flight, peer_window, window, mss, bytes_sent, bytes_acked, bytes_received; in seconds srtt (nil before it is measured), rttvar, rto; recovery; and the counts retransmits, fast_retransmits, timeouts, duplicate_acks, segments_in, segments_out
---@return string? message why not
---@return string? code unsupported
function host.tcp_info() end

---The addresses of a name.
---@param name string a host's name or address
---@return string[]? result
---@return string? message why not
---@return string? code host-not-found
function host.lookup(name) end

---Send ICMP echo requests and wait for the replies.
---@param target string a host's name or address
---@param options? host.ping.options how to ask
---@return host.ping_report? report the numbers of the run, times in seconds
---@return string? message why not
---@return string? code host-not-found, unreachable, unsupported
function host.ping(target, options) end

---The routers on the way to a host.
---@param target string a host's name or address
---@param max_hops? integer where to give up (1 to 255; default 30)
---@return host.hop[]? hops one table each: hop, address, name, rtt; no address where nobody answered
---@return string? message why not
---@return string? code host-not-found, unreachable, unsupported
function host.traceroute(target, max_hops) end

---Run a script file as a process of this host.
---@param script string path of the script file on the host, whose working directory is the caller's script's folder
---@param ... any its arguments: strings, numbers, booleans (any number)
---@return host.Process? process the running process
---@return string? message why not
---@return string? code not-found
function host.exec(script, ...) end

---A host or router of the virtual internet, as the lab sees it.
---@class host.Host
local Host = {}

---The host's name.
---@return string result
function Host:name() end

---The host's addresses, loopback left out.
---@return string[] result
function Host:addresses() end

---The host's first address.
---@return string? result
---@return string? message why not
---@return string? code address
function Host:address() end

---The host's network interfaces.
---@return host.interface_info[] result
function Host:interfaces() end

---The host's socket table.
---@return host.socket_info[] result
function Host:sockets() end

---The host's socket table as the command ss prints it.
---@return string result
function Host:ss() end

---What TCP knows of each of the host's connections, as ss -i shows it.
---@return host.tcp_info[]? connections one table for each connection: state, local_address, remote_address, process; in bytes cwnd, ssthresh (nil before the first loss), in_flight, peer_window, window, mss, bytes_sent, bytes_acked, bytes_received; in seconds srtt (nil before it is measured), rttvar, rto; recovery; and the counts retransmits, fast_retransmits, timeouts, duplicate_acks, segments_in, segments_out
---@return string? message why not
---@return string? code unsupported
function Host:tcp_info() end

---Change the host's TCP, for sockets and connections made from then on; what is left out stays.
---@param options? host.Host.set_tcp.options what to change
---@return true ok done
function Host:set_tcp(options) end

---What the host's listeners did with SYNs that found no room: the counts syn_queue_full and accept_queue_full (dropped), cookies_sent, cookies_taken, cookies_refused.
---@return host.listen_stats result
function Host:listen_stats() end

---Let the host look at each packet that comes in for a time before it forwards or delivers it.
---@param delay number|string how long the host looks at each packet that comes in over a link, in seconds or "10 ms" (0 to 3600)
---@return true ok done
function Host:set_processing(delay) end

---The addresses of a name, as this host resolves it.
---@param name string a host's name or address
---@return string[]? result
---@return string? message why not
---@return string? code host-not-found
function Host:lookup(name) end

---Let the host ask DNS servers for names: writes its /etc/resolv.conf. Hosts without that file know the names of all hosts of the world.
---@param options host.Host.set_resolver.options what /etc/resolv.conf is to say
---@return true? ok done
---@return string? message why not
---@return string? code host-not-found, limit
function Host:set_resolver(options) end

---Send ICMP echo requests from the host.
---@param target string a host's name or address
---@param options? host.Host.ping.options how to ask
---@return host.ping_report? report the numbers of the run, times in seconds
---@return string? message why not
---@return string? code host-not-found, unreachable
function Host:ping(target, options) end

---The routers on the way from the host to another.
---@param target string a host's name or address
---@param max_hops? integer where to give up (1 to 255; default 30)
---@return host.hop[]? result
---@return string? message why not
---@return string? code host-not-found, unreachable
function Host:traceroute(target, max_hops) end

---Run a script file as a process of the host: own Lua state, own streams, plain sockets.
---@param script string path of the script file on the host, whose working directory is the caller's script's folder
---@param ... any its arguments: strings, numbers, booleans (any number)
---@return host.Process? process the running process
---@return string? message why not
---@return string? code not-found
function Host:exec(script, ...) end

---Run a function as a task on the host, in this process.
---@param fn function the function to run
---@param ... any its arguments (any number)
---@return task.Task task the task
function Host:spawn(fn, ...) end

---Write a file of the host, in its memory.
---@param path string absolute path on the host
---@param data string its new contents
---@return true? ok done
---@return string? message why not
---@return string? code denied
function Host:write_file(path, data) end

---Read a file of the host.
---@param path string absolute path on the host
---@return string? result
---@return string? message why not
---@return string? code not-found
function Host:read_file(path) end

---Switch the host off at once: its processes end, its sockets are forgotten, nobody is told; its files stay. It must be running.
---@return true ok done
function Host:crash() end

---Switch the host on again after a crash: its files are as they were, and what on_boot named is started.
---@return true ok done
function Host:restart() end

---Whether the host runs: it has not crashed, or was restarted.
---@return boolean result
function Host:is_up() end

---Start a program on the host now, and again after each restart.
---@param what string|function path of a script to run as a process, or a function to run as a task on the host
---@param ... any its arguments (any number)
---@return true? ok done
---@return string? message why not
---@return string? code not-found
function Host:on_boot(what, ...) end

---Give the host or router a firewall, in place of any it had. On a NAT its rules see inside addresses.
---@param options? host.Host.firewall.options the rules
---@return host.Firewall firewall the firewall, with the counters of its rules
function Host:firewall(options) end

---A script that runs as a process of a host.
---@class host.Process
local Process = {}

---Write to its standard input.
---@param data string bytes
---@return true? ok done
---@return string? message why not
---@return string? code closed
function Process:write(data) end

---End its standard input: it reads nil, the end of the file.
---@return true ok done
function Process:close_input() end

---Wait until the process has ended.
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return integer|nil|nil status its exit status: 0 ok, 1 its script failed, 3 a limit fired, 137 killed, 255 its host crashed; nil at the timeout
---@return string? message why it failed
---@return string? code "timeout" if it still runs
function Process:wait(timeout) end

---All that it has printed so far.
---@return string result
function Process:output() end

---All that it has written to its standard error stream so far.
---@return string result
function Process:errors() end

---Wait for the next line of its output.
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return string|nil|nil line the line without its end, or nil
---@return string? message why there is none
---@return string? code "closed" or "timeout"
function Process:line(timeout) end

---End it from outside.
---@return true ok done
function Process:kill() end

---Whether it still runs.
---@return boolean result
function Process:running() end

---How it ended: "ok", "failed", "killed", "crashed", "defect" or the limit that ended it, such as "fuel"; "running" before.
---@return string result
function Process:verdict() end

---The firewall of a host or router, as Host:firewall made it.
---@class host.Firewall
local Firewall = {}

---The rules in words, and how much each has decided on; last those of packets that no rule fits.
---@return host.rule_count[] rules one table each: rule, packets, bytes
function Firewall:rules() end

---The same as a table of text.
---@return string result
function Firewall:text() end

---Let everything pass again.
---@return true ok done
function Firewall:remove() end

return host
