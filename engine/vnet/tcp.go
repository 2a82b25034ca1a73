package vnet

import (
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TCP as RFC 9293 has it, with the congestion control of RFC 5681 and RFC 6582 (NewReno), appropriate byte counting
// (RFC 3465), limited transmit (RFC 3042), the retransmission timer of RFC 6298, an initial window of ten segments
// (RFC 6928), window scaling (RFC 7323) and the answers to blind attacks of RFC 5961. Left out: SACK, timestamps, ECN, urgent
// data and fast open. Where the RFCs leave a choice, sockets behave as on Linux.

// A tcpHost is the TCP of one host. The zero value is ready.
type tcpHost struct {
	config    TCPConfig
	conns     map[tcpKey]*tcpSocket
	recent    [8]*tcpSocket           // the connections found lately, by a hash of the ports
	listeners map[uint16][]*tcpSocket // by port, in the order of listening
	first     *tcpSocket              // all sockets that have a state, in the order of creation
	last      *tcpSocket
	secret    uint64 // of initial sequence numbers; 0 before it is drawn
	counts    TCPListenCounters
	// noPort are the ends, the local one without its port, between which no port is left: a program that goes on asking, which takes no time on
	// the world's clock, would otherwise look at all of them each time.
	noPort map[tcpKey]bool
}

// A tcpKey names a connection on a host.
type tcpKey struct{ local, remote netip.AddrPort }

// receiveTCP takes in a segment that is addressed to the host and has a valid checksum. The packet stays the caller's; its
// payload's bytes may be kept.
func (h *Host) receiveTCP(p *Packet) {
	if c := h.findTCP(p); c != nil {
		c.receive(p)
		return
	}
	flags := p.TCP.Flags & (SYN | ACK | RST)
	if flags == SYN || flags == ACK && h.tcp.config.SynCookies {
		local := netip.AddrPortFrom(p.Dst, p.TCP.DstPort)
		remote := netip.AddrPortFrom(p.Src, p.TCP.SrcPort)
		l := h.tcp.listener(local, remote)
		if l == nil && flags == SYN && h.demanded(stack.TCP, local.Port()) {
			l = h.tcp.listener(local, remote)
		}
		switch {
		case l == nil:
		case flags == SYN:
			if h.betweenTwo(p) {
				l.welcome(p)
			}
			return
		case l.takeCookie(p):
			return
		}
	}
	h.refuseTCP(p)
}

// findTCP returns the connection that the segment belongs to, or nil. Most segments are of the same one as the last.
func (h *Host) findTCP(p *Packet) *tcpSocket {
	ports := ports(p.TCP.DstPort, p.TCP.SrcPort)
	if c := h.lastTCP; c != nil && h.lastPorts == ports && c.owns(p) {
		return c
	}
	c := h.tcp.find(p)
	if c != nil {
		h.lastTCP, h.lastPorts = c, ports
	}
	return c
}

func ports(local, remote uint16) uint32 { return uint32(local)<<16 | uint32(remote) }

// owns reports whether the segment belongs to the connection.
func (c *tcpSocket) owns(p *Packet) bool {
	return c.remote.Port() == p.TCP.SrcPort && c.local.Port() == p.TCP.DstPort && c.remote.Addr() == p.Src && c.local.Addr() == p.Dst
}

// find is Host.findTCP among all connections.
func (t *tcpHost) find(p *Packet) *tcpSocket {
	slot := &t.recent[(p.TCP.SrcPort*31+p.TCP.DstPort)%8]
	if c := *slot; c != nil && c.owns(p) {
		return c
	}
	c := t.conns[tcpKey{netip.AddrPortFrom(p.Dst, p.TCP.DstPort), netip.AddrPortFrom(p.Src, p.TCP.SrcPort)}]
	if c != nil {
		*slot = c
	}
	return c
}

func (t *tcpHost) addConn(c *tcpSocket) {
	if t.conns == nil {
		t.conns = map[tcpKey]*tcpSocket{}
	}
	t.conns[tcpKey{c.local, c.remote}] = c
}

func (t *tcpHost) removeConn(c *tcpSocket) {
	k := tcpKey{c.local, c.remote}
	if t.conns[k] != c {
		return
	}
	delete(t.conns, k)
	delete(t.noPort, tcpKey{netip.AddrPortFrom(plain(k.local.Addr()), 0), k.remote})
	if c.host.lastTCP == c {
		c.host.lastTCP = nil
	}
	slot := &t.recent[(c.remote.Port()*31+c.local.Port())%8]
	if *slot == c {
		*slot = nil
	}
}

// listener returns the listening socket for a connection from remote to local: one bound to the very address before one
// bound to all. Among those that share both by SO_REUSEPORT, the addresses decide.
func (t *tcpHost) listener(local, remote netip.AddrPort) *tcpSocket {
	var best *tcpSocket
	rank, equals := 0, uint64(0)
	for _, l := range t.listeners[local.Port()] {
		switch r := l.rank(local.Addr()); {
		case r == 0 || r < rank:
		case r > rank:
			best, rank, equals = l, r, 1
		default:
			equals++
			if mixAddrs(0, local, remote)%equals == 0 {
				best = l
			}
		}
	}
	return best
}

// rank says how well a listener fits a destination: 0 not at all, 3 exactly.
func (c *tcpSocket) rank(dst netip.Addr) int {
	own := c.local.Addr()
	switch {
	case own == dst:
		return 3
	case !own.IsUnspecified():
		return 0
	case own.Is4() == dst.Is4():
		return 2
	case own.Is6() && !c.v6only:
		return 1
	}
	return 0
}

func (t *tcpHost) addListener(l *tcpSocket) {
	if t.listeners == nil {
		t.listeners = map[uint16][]*tcpSocket{}
	}
	t.listeners[l.local.Port()] = append(t.listeners[l.local.Port()], l)
}

func (t *tcpHost) removeListener(l *tcpSocket) {
	port := l.local.Port()
	var rest []*tcpSocket
	for _, o := range t.listeners[port] {
		if o != l {
			rest = append(rest, o)
		}
	}
	if len(rest) == 0 {
		delete(t.listeners, port)
		return
	}
	t.listeners[port] = rest
}

func (t *tcpHost) add(c *tcpSocket) {
	c.prev = t.last
	if t.last == nil {
		t.first = c
	} else {
		t.last.next = c
	}
	t.last = c
}

func (t *tcpHost) remove(c *tcpSocket) {
	switch {
	case c.prev != nil:
		c.prev.next = c.next
	case t.first == c:
		t.first = c.next
	default:
		return
	}
	if c.next == nil {
		t.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}

// refuseTCP answers a segment for which there is no connection with RST (RFC 9293 section 3.10.7.1).
func (h *Host) refuseTCP(p *Packet) {
	if p.TCP.Flags&RST != 0 || !h.betweenTwo(p) {
		return
	}
	q := h.net.newPacket()
	q.Src, q.Dst, q.Proto, q.HopLimit = p.Dst, p.Src, TCP, defaultHopLimit
	q.DontFragment = true
	q.TCP.SrcPort, q.TCP.DstPort = p.TCP.DstPort, p.TCP.SrcPort
	if p.TCP.Flags&ACK != 0 {
		q.TCP.Seq, q.TCP.Flags = p.TCP.Ack, RST
	} else {
		q.TCP.Ack, q.TCP.Flags = p.TCP.Seq+p.seqLen(), RST|ACK
	}
	h.send(q) // no route back: nobody to tell
}

// betweenTwo reports whether a segment is from one host to one: TCP does not answer others (RFC 9293 section 3.9.2.3, RFC 1122 section
// 4.2.3.10).
func (h *Host) betweenTwo(p *Packet) bool {
	return !h.isGroup(p.Dst) && !h.isGroup(p.Src) && !p.Src.IsUnspecified()
}

// seqLen returns how many sequence numbers a segment takes (SEG.LEN of RFC 9293).
func (p *Packet) seqLen() uint32 {
	n := uint32(len(p.Payload))
	if p.TCP.Flags&SYN != 0 {
		n++
	}
	if p.TCP.Flags&FIN != 0 {
		n++
	}
	return n
}

// tcpError takes in an ICMP error about the segment p, which the host sent; of p only addresses, ports and sequence
// number are known. While a connection is being opened any error ends it; later ones are only remembered, to be the reason if
// the connection times out (RFC 9293 section 3.9.2.2). ErrMessageSize means that the path's MTU, as h.mtu has it, is smaller
// (RFC 1191, RFC 8201).
func (h *Host) tcpError(p *Packet, err stack.Errno, _ bool) {
	c := h.tcp.conns[tcpKey{netip.AddrPortFrom(p.Src, p.TCP.SrcPort), netip.AddrPortFrom(p.Dst, p.TCP.DstPort)}]
	if c == nil || before(p.TCP.Seq, c.sndUna) || after(p.TCP.Seq, c.sndMax) {
		return
	}
	switch {
	case err == stack.ErrMessageSize:
		c.shrinkMSS()
	case c.state == tcpSynSent || c.state == tcpSynReceived:
		c.fail(err)
	case c.state.synchronized():
		c.softErr = err
	}
}

// tcpSockets returns the TCP part of the socket table, in the order of creation.
func (h *Host) tcpSockets() []stack.SocketInfo {
	var all []stack.SocketInfo
	for c := h.tcp.first; c != nil; c = c.next {
		if c.state != tcpClosed {
			all = append(all, c.describe())
		}
	}
	return all
}

// crashTCP forgets every connection without a word to the peers. Tasks that wait on a socket find it closed.
func (h *Host) crashTCP() {
	for c := h.tcp.first; c != nil; {
		next := c.next
		c.vanish()
		c = next
	}
	h.tcp = tcpHost{config: h.tcp.config, counts: h.tcp.counts}
	h.lastTCP = nil
}

// initialSeq returns the initial sequence number of a connection (RFC 9293 section 3.4.1): a clock that ticks every 4 µs plus
// a number that depends on both addresses and a secret drawn from the host's random stream. A later connection between the same
// ports so starts above an earlier one.
func (h *Host) initialSeq(local, remote netip.AddrPort) uint32 {
	ticks := uint32(h.net.sched.Elapsed().Microseconds() / 4)
	return uint32(mixAddrs(h.tcpSecret(), local, remote)) + ticks
}

// tcpSecret returns the host's secret number.
func (h *Host) tcpSecret() uint64 {
	for h.tcp.secret == 0 {
		h.tcp.secret = h.rng.Uint64()
	}
	return h.tcp.secret
}

// mixAddrs hashes two addresses with a key (FNV-1a, then mixed).
func mixAddrs(key uint64, local, remote netip.AddrPort) uint64 {
	x := key ^ 0xcbf29ce484222325
	for _, a := range [2]netip.AddrPort{local, remote} {
		for _, b := range a.Addr().As16() {
			x = (x ^ uint64(b)) * 0x100000001b3
		}
		x = (x ^ uint64(a.Port())) * 0x100000001b3
	}
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}
