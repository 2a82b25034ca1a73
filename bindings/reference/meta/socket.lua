---@meta socket

-- Made from the declaration; do not edit.

---TCP and UDP sockets and names, as LuaSocket 3 has them. Where an operation fails, functions return nil and a message: "timeout", "closed", "connection refused", "address already in use", "host or service not provided, or not known" and others. Options of TCP: keepalive, reuseaddr, reuseport, tcp-nodelay, ipv6-v6only (booleans); linger ({on=, timeout=}); tcp-keepidle, tcp-keepcnt, tcp-keepintvl, recv-buffer-size, send-buffer-size, tcp-defer-accept, tcp-fastopen, tcp-fastopen-connect (numbers); error (to read). Options of UDP: dontroute, broadcast, reuseaddr, reuseport, ip-multicast-loop, ipv6-multicast-loop, ipv6-v6only (booleans); ip-multicast-if (address); ip-multicast-ttl, ipv6-unicast-hops, ipv6-multicast-hops, recv-buffer-size, send-buffer-size (numbers); ip-add-membership, ip-drop-membership, ipv6-add-membership, ipv6-drop-membership ({multiaddr=, interface=}); error (to read).
---@class socket
---@field _VERSION string The version of LuaSocket whose behaviour this is.
---@field _SETSIZE integer The first descriptor that select refuses.
---@field _DATAGRAMSIZE integer How many bytes of a datagram receive takes unless told otherwise.
---@field _SOCKETINVALID integer The descriptor of an object without a socket.
---@field BLOCKSIZE integer How many bytes sources read at a time. A script may change it.
---@field sinkt table The makers of sinks by name: close-when-done, keep-open, default.
---@field sourcet table The makers of sources by name: by-length, until-closed, default.
---@field dns socket.dns Names and addresses.
local socket = {}

---Open a TCP server: a socket bound to a local address that listens, with option reuseaddr.
---@param address? string a local address, a name of it, or "*" for all of IPv4
---@param port? integer|string port or name of a service; 0 for one of the system's choice
---@param backlog? integer how many connections may wait to be accepted; 32 if left out
---@return socket.tcp|nil server ready for accept
---@return string|nil err why not
function socket.bind(address, port, backlog) end

---Open a TCP connection.
---@param address string host name or address
---@param port integer|string port or name of a service
---@param locaddr? string local address to connect from
---@param locport? integer|string local port to connect from; 0 or nil: any
---@param family? "inet"|"inet6"|"unspec" family of the local address (inet, inet6, unspec; default unspec)
---@return socket.tcp|nil client the connection
---@return string|nil err why not
function socket.connect(address, port, locaddr, locport, family) end

---Open a TCP connection from an IPv4 address.
---@param address? string host name or address
---@param port? integer|string port or name of a service
---@param locaddr? string local address to connect from
---@param locport? integer|string local port to connect from; 0 or nil: any
---@return socket.tcp|nil client the connection
---@return string|nil err why not
function socket.connect4(address, port, locaddr, locport) end

---Open a TCP connection from an IPv6 address.
---@param address? string host name or address
---@param port? integer|string port or name of a service
---@param locaddr? string local address to connect from
---@param locport? integer|string local port to connect from; 0 or nil: any
---@return socket.tcp|nil client the connection
---@return string|nil err why not
function socket.connect6(address, port, locaddr, locport) end

---Make a TCP object. Its socket is opened by bind or connect, in the family of the address.
---@return socket.tcp master to bind or connect
function socket.tcp() end

---Open an IPv4 TCP socket.
---@return socket.tcp|nil master to bind or connect
---@return string|nil err why not
function socket.tcp4() end

---Open an IPv6 TCP socket, for IPv6 only until option ipv6-v6only is turned off.
---@return socket.tcp|nil master to bind or connect
---@return string|nil err why not
function socket.tcp6() end

---Make a UDP object. Its socket is opened by its first address.
---@return socket.udp unconnected to send with or to bind
function socket.udp() end

---Open an IPv4 UDP socket.
---@return socket.udp|nil unconnected to send with or to bind
---@return string|nil err why not
function socket.udp4() end

---Open an IPv6 UDP socket.
---@return socket.udp|nil unconnected to send with or to bind
---@return string|nil err why not
function socket.udp6() end

---Wait until something can be read from or written to one of several sockets. Other objects with a method getfd count as the socket of that descriptor; a method dirty says that they have something in a buffer.
---@param recvt? table sockets to be tested for something to read; nil for none
---@param sendt? table sockets to be tested for room to send; nil for none
---@param timeout? number seconds to wait; nil or negative: for ever (default -1)
---@return table readable those to read from, by number; each is also a key, its number the value
---@return table writable those to write to, likewise
---@return string|nil err "timeout" if there are none
function socket.select(recvt, sendt, timeout) end

---The time in seconds since 1970: in a virtual world its own, which begins with 2026.
---@return number seconds with a fraction
function socket.gettime() end

---Wait; other tasks run meanwhile.
---@param seconds number how long; negative counts as 0
function socket.sleep(seconds) end

---Leave the first values out.
---@param n integer how many values to leave out
---@param ... any any values (any number)
---@return any values the rest
function socket.skip(n, ...) end

---Pass all values on, or raise the second as an error for protect if the first is false or nil.
---@param ... any any values (any number)
---@return any values the arguments
function socket.try(...) end

---Make a function like try that calls a finalizer before it raises.
---@param finalizer? function called without arguments before the error is raised
---@return function try the function
function socket.newtry(finalizer) end

---Make a function that returns nil and the error where another raises one of try's; other errors pass through.
---@param f? function the function to protect
---@return function safe the function
function socket.protect(f) end

---Make a function that calls one of a table's functions by name, with its further arguments.
---@param table table functions by name
---@return function f takes a name, which may be left out for "default", and two values
function socket.choose(table) end

---Make an LTN12 sink that sends to a socket: "close-when-done" closes it at the end, "keep-open" (the default) does not.
---@param mode? string how the socket is used; may be left out
---@param socket? socket.tcp a connected TCP socket
---@param length? integer how many bytes there are, for "by-length"
---@return function sink takes a chunk, or nil at the end
function socket.sink(mode, socket, length) end

---Make an LTN12 source that receives from a socket: "by-length" a number of bytes, "until-closed" (the default) all.
---@param mode? string how the socket is used; may be left out
---@param socket? socket.tcp a connected TCP socket
---@param length? integer how many bytes there are, for "by-length"
---@return function source gives a chunk, nil at the end, or nil and an error
function socket.source(mode, socket, length) end

---Do nothing; LuaSocket has it for programs that end their use of sockets.
function socket.__unload() end

---@class socket.dns
socket.dns = {}

---The address of a host.
---@param address string host name or address
---@return string|nil ip its first IPv4 address
---@return table|string info {name=, alias={}, ip={}}, or why not
function socket.dns.toip(address) end

---The name of a host.
---@param address string host name or address
---@return string|nil name its canonical name
---@return table|string info {name=, alias={}, ip={}}, or why not
function socket.dns.tohostname(address) end

---The name of the host this process runs on.
---@return string name the name
function socket.dns.gethostname() end

---All addresses of a host.
---@param address string host name or address
---@return table|nil list of {family="inet"|"inet6", addr=}
---@return string|nil err why not
function socket.dns.getaddrinfo(address) end

---The names that belong to a host's addresses, and the name of a service.
---@param host? string host name or address
---@param service? integer|string port or name of a service
---@return table|nil names a list; an address without a name stands for itself
---@return string|nil service its name, or why not
function socket.dns.getnameinfo(host, service) end

---A TCP object. Its field class says what it is: tcp{master}, after listen tcp{server}, after connect tcp{client}.
---@class socket.tcp
---@field class string the object's present class name
local tcp = {}

---Set the local address.
---@param address string a local address, a name of it, or "*" for all
---@param port integer|string port or name of a service; 0 for one of the system's choice
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:bind(address, port) end

---The same as bind.
---@param address string a local address, a name of it, or "*" for all
---@param port integer|string port or name of a service; 0 for one of the system's choice
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:setsockname(address, port) end

---Become a server.
---@param backlog? integer how many connections may wait to be accepted (default 32)
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:listen(backlog) end

---Become a client and connect. With timeout 0 it says "timeout" at once; select then tells when to call it again.
---@param address string host name or address
---@param port integer|string port or name of a service
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:connect(address, port) end

---The same as connect.
---@param address string host name or address
---@param port integer|string port or name of a service
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:setpeername(address, port) end

---Wait for a connection.
---@return socket.tcp|nil client the connection
---@return string|nil err "timeout", "closed" or another reason
function tcp:accept() end

---Receive a line, a number of bytes or everything.
---@param pattern? string|integer "*l" for a line without its end, "*a" for all up to the end, or a number of bytes (default *l)
---@param prefix? string what the result begins with, such as the partial result of the call before; a number of bytes includes it
---@return string|nil data what was asked for
---@return string|nil err "timeout", "closed" or another reason
---@return string|nil partial what came before it failed
function tcp:receive(pattern, prefix) end

---Send text.
---@param data string what to send
---@param i? integer where in it to begin; negative counts from its end (default 1)
---@param j? integer the last byte to send (default -1)
---@return integer|nil last index of the last byte sent
---@return string|nil err "timeout", "closed" or another reason
---@return integer|nil partial index of the last byte sent before it failed
function tcp:send(data, i, j) end

---End one or both directions of a connection.
---@param how? "receive"|"send"|"both" which direction to end (receive, send, both; default both)
---@return integer ok 1
function tcp:shutdown(how) end

---How much was received and sent, and the age of the object.
---@return integer received bytes
---@return integer sent bytes
---@return number age seconds
function tcp:getstats() end

---Set what getstats tells.
---@param received? number bytes received
---@param sent? number bytes sent
---@param age? number seconds since the object was made
---@return integer ok 1
function tcp:setstats(received, sent, age) end

---Close the socket. What was sent still arrives.
---@return integer ok 1
function tcp:close() end

---Whether something has been received that the script has not asked for yet.
---@return boolean dirty true if receive can give something at once
function tcp:dirty() end

---The family of its addresses.
---@return string family "inet4" or "inet6"
function tcp:getfamily() end

---The descriptor.
---@return integer fd -1 if there is no socket
function tcp:getfd() end

---Make the object stand for another socket of the process, or none.
---@param fd integer descriptor of a socket of this process; -1 for none
function tcp:setfd(fd) end

---The local address.
---@return string|nil ip address
---@return integer|string port port, or why there is none
---@return string|nil family "inet" or "inet6"
function tcp:getsockname() end

---The peer's address.
---@return string|nil ip address
---@return integer|string port port, or why there is none
---@return string|nil family "inet" or "inet6"
function tcp:getpeername() end

---Bound how long calls on the object may wait.
---@param seconds? number how long a call may wait; nil or negative: for ever; 0: not at all
---@param mode? string "b" bounds each wait for the network, "t" the whole call; only the first letter counts. Both may be set (default b)
---@return integer ok 1
function tcp:settimeout(seconds, mode) end

---The two timeouts.
---@return number block of each wait, -1 for none
---@return number total of the whole call, -1 for none
function tcp:gettimeout() end

---Set an option.
---@param option string its name; see the module's text for the list
---@param value? any a boolean, number, address or table, as the option wants
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function tcp:setoption(option, value) end

---Read an option.
---@param option string its name; see the module's text for the list
---@return any value the value; nil and a message if it cannot be read
function tcp:getoption(option) end

---A UDP object. Its field class says what it is: udp{unconnected}, or after setpeername udp{connected}.
---@class socket.udp
---@field class string the object's present class name
local udp = {}

---Send a datagram to the peer.
---@param data string the datagram
---@return integer|nil sent its size
---@return string|nil err why not
function udp:send(data) end

---Send a datagram.
---@param data string the datagram
---@param ip string the receiver's address; names are not looked up
---@param port integer|string its port
---@return integer|nil sent its size
---@return string|nil err why not
function udp:sendto(data, ip, port) end

---Receive a datagram.
---@param size? integer how many bytes to take at most; the rest of a larger datagram is lost (default 8192)
---@return string|nil data the datagram
---@return string|nil err "timeout", "connection refused" or another reason
function udp:receive(size) end

---Receive a datagram and its sender's address.
---@param size? integer how many bytes to take at most; the rest of a larger datagram is lost (default 8192)
---@return string|nil data the datagram
---@return string ip where it came from, or why there is none
---@return integer|nil port and its port
function udp:receivefrom(size) end

---Set the local address.
---@param address string a local address, a name of it, or "*" for all
---@param port integer|string port or name of a service; 0 for one of the system's choice
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function udp:setsockname(address, port) end

---Set the peer, or with "*" have none again.
---@param address string host name or address of the peer, or "*" to have none
---@param port? integer|string its port or name of a service; not needed with "*"
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function udp:setpeername(address, port) end

---Close the socket.
---@return integer ok 1
function udp:close() end

---Whether something is in a buffer: never.
---@return boolean dirty false
function udp:dirty() end

---The family of its addresses.
---@return string family "inet4" or "inet6"
function udp:getfamily() end

---The descriptor.
---@return integer fd -1 if there is no socket
function udp:getfd() end

---Make the object stand for another socket of the process, or none.
---@param fd integer descriptor of a socket of this process; -1 for none
function udp:setfd(fd) end

---The local address.
---@return string|nil ip address
---@return integer|string port port, or why there is none
---@return string|nil family "inet" or "inet6"
function udp:getsockname() end

---The peer's address.
---@return string|nil ip address
---@return integer|string port port, or why there is none
---@return string|nil family "inet" or "inet6"
function udp:getpeername() end

---Bound how long calls on the object may wait.
---@param seconds? number how long a call may wait; nil or negative: for ever; 0: not at all
---@param mode? string "b" bounds each wait for the network, "t" the whole call; only the first letter counts. Both may be set (default b)
---@return integer ok 1
function udp:settimeout(seconds, mode) end

---The two timeouts.
---@return number block of each wait, -1 for none
---@return number total of the whole call, -1 for none
function udp:gettimeout() end

---Set an option.
---@param option string its name; see the module's text for the list
---@param value? any a boolean, number, address or table, as the option wants
---@return integer|nil ok 1 if it was done
---@return string|nil err why not
function udp:setoption(option, value) end

---Read an option.
---@param option string its name; see the module's text for the list
---@return any value the value; nil and a message if it cannot be read
function udp:getoption(option) end

return socket
