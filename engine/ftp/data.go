package ftp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A dataPlan says where the next data connection comes from: from a client that connects to listener, or by connecting to peer.
type dataPlan struct {
	listener *stack.Listener
	taken    net.Conn // from the listener
	peer     netip.AddrPort
	dialling stack.Socket // to peer
	all      bool         // EPSV ALL: nothing else but EPSV is allowed (RFC 2428 4)
}

// forget gives up what was agreed on.
func (d *dataPlan) forget() {
	if d.listener != nil {
		d.listener.Close()
	}
	if d.taken != nil {
		d.taken.Close()
	}
	if d.dialling != nil {
		d.dialling.Close()
	}
	d.listener, d.taken, d.peer, d.dialling = nil, nil, netip.AddrPort{}, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func (x *session) local() netip.Addr  { return addrPort(x.conn.TCP().LocalAddr()).Addr() }
func (x *session) remote() netip.Addr { return addrPort(x.conn.TCP().RemoteAddr()).Addr() }

func (x *session) port(arg string) {
	peer, ok := parseHostPort(arg)
	if !ok {
		x.refuse(501, "Syntax: PORT <h1,h2,h3,h4,p1,p2>")
		return
	}
	x.active("PORT", peer)
}

func (x *session) eprt(arg string) {
	peer, known, ok := parseExtendedPort(arg)
	switch {
	case ok && !known, ok && peer.Addr().Is4() != x.local().Is4():
		x.refuse(522, "Network protocol not supported, use ("+family(x.local())+")")
	case !ok:
		x.refuse(501, "Syntax: EPRT |<family>|<address>|<port>|")
	default:
		x.active("EPRT", peer)
	}
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "1"
	}
	return "2"
}

// active notes where to connect. Neither other hosts nor ports of system services are connected to: the client could make the server talk
// to them (RFC 2577 3).
func (x *session) active(name string, peer netip.AddrPort) {
	switch {
	case x.data.all:
		x.refuse(503, "EPSV ALL was said: only EPSV is allowed")
	case !x.Foreign && peer.Addr() != x.remote().WithZone(""):
		x.refuse(504, "Data connections go to your own address only, which is "+x.remote().String())
	case peer.Port() < 1024:
		x.refuse(504, "Data connections do not go to ports below 1024")
	default:
		x.data.forget()
		x.data.peer = netip.AddrPortFrom(peer.Addr().WithZone(x.remote().Zone()), peer.Port())
		x.say(200, name+" command successful")
	}
}

func (x *session) pasv(string) {
	switch {
	case x.data.all:
		x.refuse(503, "EPSV ALL was said: only EPSV is allowed")
	case !x.local().Is4():
		x.refuse(425, "PASV can tell IPv4 addresses only, use EPSV")
	case x.listen():
		at := addrPort(x.data.listener.Addr())
		if x.PassiveAddress.Is4() {
			at = netip.AddrPortFrom(x.PassiveAddress, at.Port())
		}
		x.say(227, "Entering Passive Mode ("+formatHostPort(at)+")")
	}
}

func (x *session) epsv(arg string) {
	switch {
	case strings.EqualFold(arg, "ALL"):
		x.data.all = true
		x.say(200, "EPSV ALL: only EPSV is allowed from now on")
	case arg != "" && arg != family(x.local()):
		x.refuse(522, "Network protocol not supported, use ("+family(x.local())+")")
	case x.listen():
		x.say(229, "Entering Extended Passive Mode (|||"+strconv.Itoa(int(addrPort(x.data.listener.Addr()).Port()))+"|)")
	}
}

// listen opens a listener for a passive data connection, or answers why not.
func (x *session) listen() bool {
	x.data.forget()
	first, last := int(x.PassivePorts[0]), int(x.PassivePorts[1])
	n := last - first + 1
	start := 0
	if first == 0 {
		n = 1
	} else if n > 1 {
		start = x.st.Rand().IntN(n)
	}
	var err error
	for i := range n {
		port := 0
		if first > 0 {
			port = first + (start+i)%n
		}
		if x.data.listener, err = x.st.Listen("tcp", net.JoinHostPort(x.local().String(), strconv.Itoa(port))); err == nil {
			return true
		}
		if !errors.Is(err, stack.ErrAddrInUse) {
			break
		}
	}
	x.data.listener = nil
	x.refuse(425, "Can't open data connection: no port to listen on: "+stack.Code(err))
	return false
}

// takeWaiting takes a passive data connection if the client has made it already, and reports whether it has.
func (x *session) takeWaiting() bool {
	for x.data.taken == nil && x.data.listener != nil && x.data.listener.Socket().CanRead() {
		c, err := x.data.listener.Accept()
		if err != nil {
			return false
		}
		x.take(c)
	}
	return x.data.taken != nil
}

// take keeps a data connection if it comes from the client: anybody can guess a port and connect first (RFC 2577 5).
func (x *session) take(c net.Conn) {
	if !x.Foreign && addrPort(c.RemoteAddr()).Addr() != x.remote() {
		c.Close()
		return
	}
	x.data.taken = c
	x.data.listener.Close()
	x.data.listener = nil
}

// connect makes the data connection. The task of a transfer calls it.
func (x *session) connect() (net.Conn, error) {
	if x.data.peer.IsValid() {
		peer := x.data.peer
		x.data.peer = netip.AddrPort{}
		return x.dial(peer)
	}
	deadline := x.st.Now().Add(connectTimeout)
	for x.data.taken == nil {
		l := x.data.listener
		if l == nil {
			return nil, net.ErrClosed
		}
		l.SetDeadline(deadline)
		c, err := l.Accept()
		if err != nil {
			return nil, err
		}
		x.take(c)
	}
	c := x.data.taken
	x.data.taken = nil
	return c, nil
}

// dial connects to the client, from port 20 if the server may use it (RFC 959 5.2).
func (x *session) dial(peer netip.AddrPort) (net.Conn, error) {
	c, err := x.dialFrom(DataPort, peer)
	if errors.Is(err, os.ErrPermission) || errors.Is(err, stack.ErrAddrInUse) || errors.Is(err, stack.ErrAddrNotAvailable) {
		c, err = x.dialFrom(0, peer)
	}
	return c, err
}

func (x *session) dialFrom(port uint16, peer netip.AddrPort) (net.Conn, error) {
	sock, err := x.st.Socket(stack.TCP, stack.FamilyOf(peer.Addr()))
	if err != nil {
		return nil, err
	}
	x.data.dialling = sock
	defer func() { x.data.dialling = nil }()
	err = sock.SetOption(stack.ReuseAddr, true) // other data connections have the port, too
	if err == nil {
		err = sock.Bind(netip.AddrPortFrom(x.local(), port))
	}
	if err == nil {
		err = stack.Connect(x.st.Scheduler(), sock, peer, x.st.Now().Add(connectTimeout))
	}
	if err != nil {
		sock.Close()
		return nil, err
	}
	return stack.NewConn(x.st.Scheduler(), sock), nil
}

// secure puts the data connection of a transfer under TLS if PROT P was said; the server is TLS's server, whoever has connected (RFC 4217 9).
func (x *session) secure(t *transfer) error {
	if !x.private {
		return nil
	}
	return t.link.ServeTLS(x.TLS, x.st.Now().Add(connectTimeout))
}
