package vnet

import (
	"net/netip"
	"time"
)

// A SYN cookie (RFC 4987 section 3.6) is an initial sequence number from which the listener can tell, when the ACK of its SYN-ACK
// comes, that it sent it, and how large the peer's segments may be; so it need not keep anything in between. From the top:
// 5 bits of a clock, 3 bits of an index into cookieMSS, and 24 bits of a keyed hash of all that the ACK brings back. What
// does not fit is lost: windows are not scaled, and a lost SYN-ACK is not sent again.

// cookieTick is how long a cookie's clock stands still; a cookie is taken during its tick and the next.
const cookieTick = 64 * time.Second

// cookieKey tells the secret of cookies from that of other initial sequence numbers.
const cookieKey = 0x5bd1e9955bd1e995

// cookieMSS are the segment sizes that a cookie can tell.
func cookieMSS(index uint32) int {
	return [8]int{minMSS, 536, 1220, 1400, 1440, 1460, 4312, 8960}[index%8]
}

// cookie returns the cookie for a handshake: clock counts ticks, irs is the peer's initial sequence number.
func (h *Host) cookie(local, remote netip.AddrPort, irs, clock, index uint32) uint32 {
	key := h.tcpSecret() ^ cookieKey ^ uint64(irs)<<32 ^ uint64(clock)<<3 ^ uint64(index)
	return clock%32<<27 | index<<24 | uint32(mixAddrs(key, local, remote))>>8
}

func (h *Host) cookieClock() uint32 { return uint32(h.net.sched.Elapsed() / cookieTick) }

// sendCookie answers a SYN that came to the listener c with SYN-ACK and keeps nothing.
func (c *tcpSocket) sendCookie(p *Packet) {
	h := c.host
	local, remote := netip.AddrPortFrom(p.Dst, p.TCP.DstPort), netip.AddrPortFrom(p.Src, p.TCP.SrcPort)
	index := uint32(0)
	for index < 7 && cookieMSS(index+1) <= max(int(p.TCP.MSS), 536) {
		index++
	}
	h.tcp.counts.CookiesSent++
	c.listen.cookies = h.net.sched.Elapsed() + 2*cookieTick
	probe := tcpSocket{host: h, remote: remote}
	q := h.net.newPacket()
	q.Src, q.Dst, q.Proto, q.HopLimit, q.DontFragment = p.Dst, p.Src, TCP, c.hopLimit, true
	q.TCP = TCPHeader{SrcPort: local.Port(), DstPort: remote.Port(), Flags: SYN | ACK,
		Seq: h.cookie(local, remote, p.TCP.Seq, h.cookieClock(), index), Ack: p.TCP.Seq + 1,
		Window: uint16(min(c.recvBuffer, 65535)), MSS: uint16(probe.ownMSS())}
	h.send(q) // no route back: the SYN was forged
}

// takeCookie opens the connection that the ACK p brings back a cookie for. It returns false if p is no such ACK.
func (c *tcpSocket) takeCookie(p *Packet) bool {
	h, q := c.host, c.listen
	if h.net.sched.Elapsed() >= q.cookies {
		return false
	}
	local, remote := netip.AddrPortFrom(p.Dst, p.TCP.DstPort), netip.AddrPortFrom(p.Src, p.TCP.SrcPort)
	iss, irs := p.TCP.Ack-1, p.TCP.Seq-1
	index, now := iss>>24&7, h.cookieClock()
	if iss != h.cookie(local, remote, irs, now, index) && (now == 0 || iss != h.cookie(local, remote, irs, now-1, index)) {
		h.tcp.counts.CookiesRefused++
		return false
	}
	if q.full() {
		h.tcp.counts.AcceptQueueFull++
		return true // the ACK counts as lost: the client's data will bring the cookie once more
	}
	h.tcp.counts.CookiesTaken++
	n := c.newborn(p)
	n.begin(tcpSynReceived)
	n.startAt(iss)
	n.greet(&Packet{TCP: TCPHeader{Seq: irs, Window: p.TCP.Window, MSS: uint16(cookieMSS(index))}})
	n.sndNxt, n.sndMax = iss+1, iss+1
	n.rcvAdv = n.rcvNxt + uint32(min(n.recvBuffer, 65535))
	n.receive(p)
	return true
}
