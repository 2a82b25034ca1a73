package socket

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
)

const (
	yes    = "ok integer|nil"
	yesDoc = "1 if it was done"
	why    = "err string|nil"
	whyDoc = "why not"
)

func tcpClass() bind.Member {
	return bind.Class("tcp", "A TCP object. Its field class says what it is: tcp{master}, after listen tcp{server}, after connect tcp{client}.",
		bind.MethodVar("bind", "Set the local address.", (*tcp).bind).Only(tcpMaster).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodVar("setsockname", "The same as bind.", (*tcp).bind).Only(tcpMaster).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodVar("listen", "Become a server.", (*tcp).listen).Only(tcpMaster).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodVar("connect", "Become a client and connect. With timeout 0 it says \"timeout\" at once; select then tells when to call it again.", (*tcp).connect).
			Returns(yes, yesDoc, why, whyDoc),
		bind.MethodVar("setpeername", "The same as connect.", (*tcp).connect).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodRaw[bind.None]("accept", "Wait for a connection.", (*tcp).accept).Only(tcpServer).
			Returns("client socket.tcp|nil", "the connection", why, "\"timeout\", \"closed\" or another reason"),
		bind.MethodRaw[receiveArgs]("receive", "Receive a line, a number of bytes or everything.", (*tcp).receive).Only(tcpClient).
			Returns("data string|nil", "what was asked for", why, "\"timeout\", \"closed\" or another reason", "partial string|nil", "what came before it failed"),
		bind.MethodRaw[sendArgs]("send", "Send text.", (*tcp).send).Only(tcpClient).
			Returns("last integer|nil", "index of the last byte sent", why, "\"timeout\", \"closed\" or another reason", "partial integer|nil", "index of the last byte sent before it failed"),
		bind.MethodVar("shutdown", "End one or both directions of a connection.", (*tcp).shutdown).Only(tcpClient).Returns("ok integer", "1"),
		bind.MethodVar("getstats", "How much was received and sent, and the age of the object.", (*tcp).getStats).Only(tcpClient).
			Returns("received integer", "bytes", "sent integer", "bytes", "age number", "seconds"),
		bind.MethodRaw[statsArgs]("setstats", "Set what getstats tells.", (*tcp).setStats).Only(tcpClient).Returns("ok integer", "1"),
		bind.MethodVar("close", "Close the socket. What was sent still arrives.", (*tcp).close).Returns("ok integer", "1"),
		bind.Method("dirty", "Whether something has been received that the script has not asked for yet.", (*tcp).dirty).
			Returns("dirty boolean", "true if receive can give something at once"),
		bind.Method("getfamily", "The family of its addresses.", (*tcp).getFamily).
			Returns("family string", "\"inet4\" or \"inet6\""),
		bind.MethodVar("getfd", "The descriptor.", (*tcp).getFD).
			Returns("fd integer", "-1 if there is no socket"),
		bind.MethodRaw[fdArgs]("setfd", "Make the object stand for another socket of the process, or none.", (*tcp).setFDMethod),
		bind.MethodVar("getsockname", "The local address.", (*tcp).sockName).
			Returns("ip string|nil", "address", "port integer|string", "port, or why there is none", "family string|nil", "\"inet\" or \"inet6\""),
		bind.MethodVar("getpeername", "The peer's address.", (*tcp).peerName).
			Returns("ip string|nil", "address", "port integer|string", "port, or why there is none", "family string|nil", "\"inet\" or \"inet6\""),
		bind.MethodRaw[timeoutArgs]("settimeout", "Bound how long calls on the object may wait.", (*tcp).setTimeout).
			Returns("ok integer", "1"),
		bind.MethodRaw[bind.None]("gettimeout", "The two timeouts.", (*tcp).getTimeout).
			Returns("block number", "of each wait, -1 for none", "total number", "of the whole call, -1 for none"),
		bind.MethodRaw[setOptionArgs]("setoption", "Set an option.", func(t *tcp, c *bind.Call) bind.Out { return t.setOption(c, tcpOptions()) }).
			Returns(yes, yesDoc, why, whyDoc),
		bind.MethodRaw[getOptionArgs]("getoption", "Read an option.", func(t *tcp, c *bind.Call) bind.Out { return t.getOption(c, tcpOptions()) }).
			Returns("value any", "the value; nil and a message if it cannot be read"),
	).Named((*tcp).className, tcpMaster, tcpServer, tcpClient).Group("tcp{any}")
}

func udpClass() bind.Member {
	return bind.Class("udp", "A UDP object. Its field class says what it is: udp{unconnected}, or after setpeername udp{connected}.",
		bind.MethodRaw[datagram]("send", "Send a datagram to the peer.", (*udp).send).Only(udpConnected).
			Returns("sent integer|nil", "its size", why, whyDoc),
		bind.MethodRaw[sendToArgs]("sendto", "Send a datagram.", (*udp).sendTo).Only(udpFree).
			Returns("sent integer|nil", "its size", why, whyDoc),
		bind.MethodRaw[datagramArgs]("receive", "Receive a datagram.", (*udp).receive).
			Returns("data string|nil", "the datagram", why, "\"timeout\", \"connection refused\" or another reason"),
		bind.MethodRaw[datagramArgs]("receivefrom", "Receive a datagram and its sender's address.", (*udp).receiveFrom).Only(udpFree).
			Returns("data string|nil", "the datagram", "ip string", "where it came from, or why there is none", "port integer|nil", "and its port"),
		bind.MethodVar("setsockname", "Set the local address.", (*udp).setSockName).Only(udpFree).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodRaw[peerArgs]("setpeername", "Set the peer, or with \"*\" have none again.", (*udp).setPeerName).Returns(yes, yesDoc, why, whyDoc),
		bind.MethodVar("close", "Close the socket.", (*udp).close).Returns("ok integer", "1"),
		bind.Method("dirty", "Whether something is in a buffer: never.", (*udp).dirty).Returns("dirty boolean", "false"),
		bind.Method("getfamily", "The family of its addresses.", (*udp).getFamily).
			Returns("family string", "\"inet4\" or \"inet6\""),
		bind.MethodVar("getfd", "The descriptor.", (*udp).getFD).
			Returns("fd integer", "-1 if there is no socket"),
		bind.MethodRaw[fdArgs]("setfd", "Make the object stand for another socket of the process, or none.", (*udp).setFDMethod),
		bind.MethodVar("getsockname", "The local address.", (*udp).sockName).
			Returns("ip string|nil", "address", "port integer|string", "port, or why there is none", "family string|nil", "\"inet\" or \"inet6\""),
		bind.MethodVar("getpeername", "The peer's address.", (*udp).peerName).Only(udpConnected).
			Returns("ip string|nil", "address", "port integer|string", "port, or why there is none", "family string|nil", "\"inet\" or \"inet6\""),
		bind.MethodRaw[timeoutArgs]("settimeout", "Bound how long calls on the object may wait.", (*udp).setTimeout).
			Returns("ok integer", "1"),
		bind.MethodRaw[bind.None]("gettimeout", "The two timeouts.", (*udp).getTimeout).
			Returns("block number", "of each wait, -1 for none", "total number", "of the whole call, -1 for none"),
		bind.MethodRaw[setOptionArgs]("setoption", "Set an option.", func(u *udp, c *bind.Call) bind.Out { return u.setOption(c, udpOptions()) }).
			Returns(yes, yesDoc, why, whyDoc),
		bind.MethodRaw[getOptionArgs]("getoption", "Read an option.", func(u *udp, c *bind.Call) bind.Out { return u.getOption(c, udpOptions()) }).
			Returns("value any", "the value; nil and a message if it cannot be read"),
	).Named((*udp).className, udpFree, udpConnected).Group("udp{any}")
}
