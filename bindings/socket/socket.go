// Package socket is Lua module socket, LuaSocket 3's interface to TCP, UDP and names, on the host of the calling
// process. What LuaSocket does not say is what it was seen to do; the differences that are left stand in the package's test.
//
// Calls that would block park the calling task. A call that may not wait (timeout 0) and finds nothing lets other tasks
// run and takes a microsecond of virtual time, so that scripts that ask in a loop do not stop the virtual clock.
package socket

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

const moduleDoc = `TCP and UDP sockets and names, as LuaSocket 3 has them.

Where an operation fails, functions return nil and a message: "timeout", "closed", "connection refused", "address already
in use", "host or service not provided, or not known" and others.

Options of TCP: keepalive, reuseaddr, reuseport, tcp-nodelay, ipv6-v6only (booleans); linger ({on=, timeout=});
tcp-keepidle, tcp-keepcnt, tcp-keepintvl, recv-buffer-size, send-buffer-size, tcp-defer-accept, tcp-fastopen, tcp-fastopen-connect
(numbers); error (to read). Options of UDP: dontroute, broadcast, reuseaddr, reuseport, ip-multicast-loop, ipv6-multicast-loop,
ipv6-v6only (booleans); ip-multicast-if (address); ip-multicast-ttl, ipv6-unicast-hops, ipv6-multicast-hops, recv-buffer-size,
send-buffer-size (numbers); ip-add-membership, ip-drop-membership, ipv6-add-membership, ipv6-drop-membership
({multiaddr=, interface=}); error (to read).`

// Module is module socket.
var Module = bind.New("socket", moduleDoc, func() []bind.Member {
	return append(append(openers(), helpers()...), bind.PUC(), tcpClass(), udpClass(), names(),
		bind.Const("_VERSION", "The version of LuaSocket whose behaviour this is.", "LuaSocket 3.0.0"),
		bind.Const("_SETSIZE", "The first descriptor that select refuses.", setSize),
		bind.Const("_DATAGRAMSIZE", "How many bytes of a datagram receive takes unless told otherwise.", stepSize),
		bind.Const("_SOCKETINVALID", "The descriptor of an object without a socket.", -1),
		bind.Const("BLOCKSIZE", "How many bytes sources read at a time. A script may change it.", blockSize),
		bind.Computed("sinkt", "table", "The makers of sinks by name: close-when-done, keep-open, default.", makerTable(sinkMakers())),
		bind.Computed("sourcet", "table", "The makers of sources by name: by-length, until-closed, default.", makerTable(sourceMakers())),
		bind.Example(`local socket = require "socket"
local server = assert(socket.bind("127.0.0.1", 0))
local ip, port = server:getsockname()
local client = assert(socket.connect(ip, port))
local peer = assert(server:accept())
client:send("hello\n")
print(peer:receive()) --> hello	nil	nil
peer:send("good ")
peer:send("bye")
peer:close()
print(client:receive("*a")) --> good bye	nil	nil`))
})

func openers() []bind.Member {
	return []bind.Member{
		bind.Raw[bindArgs]("bind", "Open a TCP server: a socket bound to a local address that listens, with option reuseaddr.", bindServer).
			Returns("server socket.tcp|nil", "ready for accept", "err string|nil", "why not").
			Example(`local socket = require "socket"
print(assert(socket.bind("*", 8080)):getsockname()) --> 0.0.0.0	8080	inet`),
		bind.Var("connect", "Open a TCP connection.", connect).
			Returns("client socket.tcp|nil", "the connection", "err string|nil", "why not").
			Example(`local socket = require "socket"
print(socket.connect("127.0.0.1", 9)) --> nil	connection refused`),
		bind.Var("connect4", "Open a TCP connection from an IPv4 address.", connectFamily("inet")).
			Returns("client socket.tcp|nil", "the connection", "err string|nil", "why not"),
		bind.Var("connect6", "Open a TCP connection from an IPv6 address.", connectFamily("inet6")).
			Returns("client socket.tcp|nil", "the connection", "err string|nil", "why not"),
		bind.Fn("tcp", "Make a TCP object. Its socket is opened by bind or connect, in the family of the address.", tcpNew).
			Returns("master", "to bind or connect").
			Example(`local socket = require "socket"
local t = socket.tcp()
print(t.class, t:getfd()) --> tcp{master}	-1`),
		bind.Var("tcp4", "Open an IPv4 TCP socket.", tcpOf(stack.IPv4)).
			Returns("master socket.tcp|nil", "to bind or connect", "err string|nil", "why not"),
		bind.Var("tcp6", "Open an IPv6 TCP socket, for IPv6 only until option ipv6-v6only is turned off.", tcpOf(stack.IPv6)).
			Returns("master socket.tcp|nil", "to bind or connect", "err string|nil", "why not"),
		bind.Fn("udp", "Make a UDP object. Its socket is opened by its first address.", udpNew).
			Returns("unconnected", "to send with or to bind").
			Example(`local socket = require "socket"
local u = socket.udp()
u:setsockname("127.0.0.1", 5000)
u:sendto("to myself", "127.0.0.1", 5000)
print(u:receivefrom()) --> to myself	127.0.0.1	5000`),
		bind.Var("udp4", "Open an IPv4 UDP socket.", udpOf(stack.IPv4)).
			Returns("unconnected socket.udp|nil", "to send with or to bind", "err string|nil", "why not"),
		bind.Var("udp6", "Open an IPv6 UDP socket.", udpOf(stack.IPv6)).
			Returns("unconnected socket.udp|nil", "to send with or to bind", "err string|nil", "why not"),
		bind.Raw[selectArgs]("select", "Wait until something can be read from or written to one of several sockets. Other objects with a method getfd count as the socket of that descriptor; a method dirty says that they have something in a buffer.", selectSockets).
			Returns("readable table", "those to read from, by number; each is also a key, its number the value",
				"writable table", "those to write to, likewise", "err string|nil", "\"timeout\" if there are none").
			Example(`local socket = require "socket"
local u = socket.udp4()
print(#socket.select({u}, nil, 0.1)) --> 0`),
	}
}

func helpers() []bind.Member {
	return []bind.Member{
		bind.Raw[bind.None]("gettime", "The time in seconds since 1970: in a virtual world its own, which begins with 2026.", getTime).
			Returns("seconds number", "with a fraction"),
		bind.Raw[sleepArgs]("sleep", "Wait; other tasks run meanwhile.", sleep).
			Example(`local socket = require "socket"
local before = socket.gettime()
socket.sleep(3)
print(socket.gettime() - before) --> 3`),
		bind.Raw[skipArgs]("skip", "Leave the first values out.", skip).
			Returns("values any", "the rest").
			Example(`print(require("socket").skip(1, "status", "body")) --> body`),
		bind.Raw[anyArgs]("try", "Pass all values on, or raise the second as an error for protect if the first is false or nil.",
			func(c *bind.Call) bind.Out { return try(c, nil) }).Returns("values any", "the arguments"),
		bind.Fn("newtry", "Make a function like try that calls a finalizer before it raises.", newTry).
			Returns("try function", "the function"),
		bind.Fn("protect", "Make a function that returns nil and the error where another raises one of try's; other errors pass through.", protect).
			Returns("safe function", "the function").
			Example(`local socket = require "socket"
local get = socket.protect(function() return socket.try(nil, "no luck") end)
print(get()) --> nil	no luck`),
		bind.Fn("choose", "Make a function that calls one of a table's functions by name, with its further arguments.", choose).
			Returns("f function", "takes a name, which may be left out for \"default\", and two values"),
		bind.Raw[makeArgs]("sink", "Make an LTN12 sink that sends to a socket: \"close-when-done\" closes it at the end, \"keep-open\" (the default) does not.", makeBy("sinkt")).
			Returns("sink function", "takes a chunk, or nil at the end"),
		bind.Raw[makeArgs]("source", "Make an LTN12 source that receives from a socket: \"by-length\" a number of bytes, \"until-closed\" (the default) all.", makeBy("sourcet")).
			Returns("source function", "gives a chunk, nil at the end, or nil and an error").
			Example(`local socket = require "socket"
local server = socket.bind("127.0.0.1", 7000)
local client = socket.connect("127.0.0.1", 7000)
local sink = socket.sink("close-when-done", client)
sink("first ") sink("second") sink(nil)
print(server:accept():receive("*a")) --> first second	nil	nil`),
		bind.Var("__unload", "Do nothing; LuaSocket has it for programs that end their use of sockets.", unload),
	}
}

func names() bind.Member {
	return bind.Part("dns", "Names and addresses.",
		bind.Var("toip", "The address of a host.", toIP).
			Returns("ip string|nil", "its first IPv4 address", "info table|string", "{name=, alias={}, ip={}}, or why not").
			Example(`print((require("socket").dns.toip("localhost"))) --> 127.0.0.1`),
		bind.Var("tohostname", "The name of a host.", toHostName).
			Returns("name string|nil", "its canonical name", "info table|string", "{name=, alias={}, ip={}}, or why not"),
		bind.Fn("gethostname", "The name of the host this process runs on.", getHostName).
			Returns("name", "the name"),
		bind.Var("getaddrinfo", "All addresses of a host.", getAddrInfo).
			Returns("list table|nil", "of {family=\"inet\"|\"inet6\", addr=}", "err string|nil", "why not"),
		bind.Var("getnameinfo", "The names that belong to a host's addresses, and the name of a service.", getNameInfo).
			Returns("names table|nil", "a list; an address without a name stands for itself", "service string|nil", "its name, or why not"),
	)
}
