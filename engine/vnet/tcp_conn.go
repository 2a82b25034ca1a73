package vnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// windowShift is the window scale that the host announces (RFC 7323 section 2): it can express buffers of up to 8 MiB.
const windowShift = 7

// sendState is the sending half of a connection (RFC 9293 section 3.3.1).
type sendState struct {
	sendQueue sendQueue
	sndUna    uint32 // oldest unacknowledged
	sndNxt    uint32 // next to send; goes back to sndUna after a timeout
	sndMax    uint32 // after the highest sent
	wl1, wl2  uint32 // segment that set sndWnd
	persist   bool   // the retransmission timer probes a closed window
	scaled    bool   // both sides scale windows
	sndScale  uint8
	finQueued bool
	sndWnd    int // the peer's window in bytes
	maxWnd    int // the largest it has been
	mss       int // payload of a full segment

	lastSent time.Duration
	congestion
	rtt
	retries  int    // timeouts since something was acknowledged; in persist state, probes not answered
	probes   int    // zero-window probes since the window closed
	smallEnd uint32 // after the last segment sent that was not full
	iss      uint32 // initial sequence number
}

// recvState is the receiving half of a connection.
type recvState struct {
	recvQueue recvQueue
	rcvNxt    uint32 // next expected
	rcvAdv    uint32 // right edge of the window: data before it is taken
	lastAck   uint32 // what was acknowledged last
	rcvMSS    uint32 // largest segment seen, to tell when two full ones have come

	lastHeard   time.Duration
	ahead       outOfOrder
	keepProbes  int
	finAt       uint32 // sequence number of the peer's FIN
	finSeen     bool   // finAt is known
	finReceived bool   // everything before the FIN is here
	ackNow      bool
	ended       bool          // the connection was broken off
	challenged  time.Duration // when a segment out of place was answered last
	irs         uint32        // initial sequence number of the peer
}

// smallestRcvMSS is where the guess of the peer's segment size starts (RFC 9293 section 3.7.1).
const smallestRcvMSS = 536

// begin starts a connection between local and remote in a state of the handshake.
func (c *tcpSocket) begin(s tcpState) {
	c.state = s
	c.sendState, c.recvState = sendState{}, recvState{}
	c.err, c.softErr, c.shutRead = 0, 0, false
	c.startAt(c.host.initialSeq(c.local, c.remote))
	c.mss = c.ownMSS()
	c.rto = initialRTO
	c.rcvMSS = smallestRcvMSS
	c.challenged = -oneChallenge
}

// startAt sets the initial sequence number, before anything is sent.
func (c *tcpSocket) startAt(iss uint32) {
	c.iss = iss
	c.sndUna, c.sndNxt, c.sndMax, c.recover, c.smallEnd, c.lastUna = iss, iss, iss, iss, iss, iss
	c.sendQueue.first, c.sendQueue.hintAt = iss+1, iss+1
}

// ownMSS returns the largest payload that fits the route's MTU: the MSS option that the host sends (RFC 9293 section 3.7.1).
func (c *tcpSocket) ownMSS() int {
	header := ipv4HeaderLen + tcpHeaderLen
	if c.remote.Addr().Is6() {
		header = ipv6HeaderLen + tcpHeaderLen
	}
	return min(max(c.host.mtu(c.remote.Addr())-header, minMSS), maxMSS)
}

const (
	minMSS = 48 // of an MTU of 68 bytes in IPv4 and 20 bytes of options
	maxMSS = 65535
)

// open sends the SYN of an active open.
func (c *tcpSocket) open() {
	h := c.host
	if old := h.tcp.conns[tcpKey{c.local, c.remote}]; old != nil {
		old.drop() // in TIME-WAIT, or choosePort would not have let it pass
	}
	h.tcp.addConn(c)
	c.begin(tcpSynSent)
	c.sendSyn()
}

// sendSyn sends SYN, or SYN-ACK in SYN-RECEIVED, for the first time or again.
func (c *tcpSocket) sendSyn() {
	flags := SYN
	if c.state == tcpSynReceived {
		flags |= ACK
	}
	p := c.segment(c.iss, flags)
	p.TCP.MSS = uint16(c.ownMSS())
	if c.state == tcpSynSent || c.scaled {
		p.TCP.WindowScale = windowShift + 1
	}
	win := min(c.recvBuffer, 65535) // never scaled in a SYN
	p.TCP.Window = uint16(win)
	c.rcvAdv = c.rcvNxt + uint32(win)
	if c.sndMax == c.iss {
		c.startTiming(c.iss)
	} else {
		c.timing = false
		c.stats.Retransmits++
	}
	c.sndNxt, c.sndMax = c.iss+1, c.iss+1
	c.send(p)
	c.armRetransmit()
}

// greet takes from the peer's SYN what the connection needs.
func (c *tcpSocket) greet(p *Packet) {
	c.irs = p.TCP.Seq
	c.rcvNxt = p.TCP.Seq + 1
	c.lastAck, c.rcvAdv = c.rcvNxt, c.rcvNxt
	c.sndWnd, c.maxWnd = int(p.TCP.Window), int(p.TCP.Window)
	c.wl1, c.wl2 = p.TCP.Seq, c.sndUna
	peer := int(p.TCP.MSS)
	if peer == 0 {
		peer = 536 // RFC 9293 section 3.7.1
		if c.remote.Addr().Is6() {
			peer = 1220
		}
	}
	c.mss = min(c.mss, max(peer, minMSS))
	c.scaled = p.TCP.WindowScale != 0
	if c.scaled {
		c.sndScale = min(p.TCP.WindowScale-1, 14)
	}
}

// receiveSynSent is what an active open does with a segment (RFC 9293 section 3.10.7.3).
func (c *tcpSocket) receiveSynSent(p *Packet) {
	flags := p.TCP.Flags
	acked := flags&ACK != 0
	if acked && (!after(p.TCP.Ack, c.iss) || after(p.TCP.Ack, c.sndMax)) {
		c.host.refuseTCP(p)
		return
	}
	if flags&RST != 0 {
		if acked {
			c.fail(stack.ErrRefused)
		}
		return
	}
	if flags&SYN == 0 {
		return
	}
	c.greet(p)
	if !acked { // simultaneous open
		c.state = tcpSynReceived
		c.sndMax = c.iss // the SYN-ACK is a segment of its own
		c.sendSyn()
		return
	}
	c.establish(p)
	c.receiveData(p.TCP.Seq+1, p.Payload, flags&FIN != 0)
	if c.state != tcpClosed {
		c.ackNow = true
		c.respond()
	}
}

// receiveHandshake is what SYN-RECEIVED does with the segment that should end the handshake. It reports whether the connection
// stands.
func (c *tcpSocket) receiveHandshake(p *Packet) bool {
	if !after(p.TCP.Ack, c.sndUna) || after(p.TCP.Ack, c.sndMax) {
		c.host.refuseTCP(p)
		return false
	}
	if c.parent != nil && !c.queueForAccept() {
		return false
	}
	c.establish(p)
	return true
}

// establish opens the connection on the segment that acknowledges our SYN.
func (c *tcpSocket) establish(p *Packet) {
	c.state = tcpEstablished
	c.sample(p.TCP.Ack)
	c.sndUna = c.iss + 1
	c.wl2 = p.TCP.Ack
	c.wl1 = p.TCP.Seq
	c.sndWnd = int(p.TCP.Window)
	if p.TCP.Flags&SYN == 0 {
		c.sndWnd <<= c.sndScale
	}
	c.maxWnd = max(c.maxWnd, c.sndWnd)
	c.startCongestion()
	c.retries = 0
	c.disarmRetransmit()
	if c.finQueued {
		c.state = tcpFinWait1
	}
	c.armKeepAlive()
	c.writable.Wake()
}

// receiveTimeWait answers what comes after the end (RFC 9293 section 3.10.7.4). A SYN above the old connection's numbers
// opens a new one if somebody listens.
func (c *tcpSocket) receiveTimeWait(p *Packet) {
	flags := p.TCP.Flags
	switch {
	case flags&RST != 0:
		if p.TCP.Seq == c.rcvNxt {
			c.drop()
		}
	case flags&(SYN|ACK) == SYN && after(p.TCP.Seq, c.rcvNxt):
		if c.host.tcp.listener(c.local, c.remote) != nil {
			h := c.host
			c.drop()
			h.receiveTCP(p)
			return
		}
		c.challenge(p)
	case flags&FIN != 0:
		c.acknowledge()
		c.armSlow(c.host.timeWait())
	case p.TCP.Seq != c.rcvNxt || len(p.Payload) > 0 || flags&SYN != 0:
		c.challenge(p)
	}
}
