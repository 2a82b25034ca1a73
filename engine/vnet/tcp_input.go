package vnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// oneChallenge is how often a segment without data that is out of place gets an answer, so that two ends that have lost each
// other do not answer for ever (RFC 5961 section 7).
const oneChallenge = 500 * time.Millisecond

// receive takes in a segment of the connection (RFC 9293 section 3.10.7).
func (c *tcpSocket) receive(p *Packet) {
	c.stats.SegmentsIn++
	c.lastHeard, c.keepProbes = c.now(), 0
	switch c.state {
	case tcpSynSent:
		c.receiveSynSent(p)
		return
	case tcpTimeWait:
		c.receiveTimeWait(p)
		return
	}
	seq, flags := p.TCP.Seq, p.TCP.Flags
	if c.state == tcpSynReceived && flags&SYN != 0 && seq == c.irs {
		if flags&(ACK|RST) == 0 { // our SYN-ACK was lost
			c.sendSyn()
			return
		}
		seq++
		flags &^= SYN
	}
	end := seq + uint32(len(p.Payload))
	if before(end, c.lastAck) || after(seq, c.rcvAdv) {
		c.challenge(p)
		return
	}
	switch {
	case flags&RST != 0:
		if seq == c.rcvNxt {
			c.receiveReset()
		} else {
			c.challenge(p)
		}
		return
	case flags&SYN != 0:
		c.challenge(p)
		return
	case flags&ACK == 0:
		return
	case c.state == tcpSynReceived && !c.receiveHandshake(p):
		return
	}
	if !c.receiveAck(p) {
		return
	}
	if len(p.Payload) > 0 || flags&FIN != 0 {
		c.receiveData(seq, p.Payload, flags&FIN != 0)
	}
	if c.state != tcpClosed {
		c.respond()
	}
}

// challenge answers a segment that is out of place with an ACK that says where the connection stands.
func (c *tcpSocket) challenge(p *Packet) {
	if p.TCP.Flags&RST != 0 && !c.inWindow(p.TCP.Seq) {
		return
	}
	if len(p.Payload) == 0 || p.TCP.Flags&SYN != 0 {
		now := c.now()
		if now-c.challenged < oneChallenge {
			return
		}
		c.challenged = now
	}
	c.acknowledge()
}

func (c *tcpSocket) inWindow(seq uint32) bool {
	return !before(seq, c.rcvNxt) && before(seq, c.rcvAdv)
}

// receiveReset ends the connection as the peer wants it.
func (c *tcpSocket) receiveReset() {
	switch c.state {
	case tcpSynReceived:
		c.fail(stack.ErrRefused)
	case tcpCloseWait:
		c.fail(stack.ErrPipe)
	case tcpClosing, tcpLastAck:
		c.drop()
	default:
		c.fail(stack.ErrReset)
	}
}

// receiveData takes in the text and FIN of a segment that starts at seq (RFC 9293 section 3.10.7.4, seventh and eighth).
func (c *tcpSocket) receiveData(seq uint32, data []byte, fin bool) {
	if !c.state.receives() {
		c.ackNow = true // again, after their FIN
		return
	}
	if (c.closed || c.shutRead) && c.state != tcpEstablished && len(data) > 0 && after(seq+uint32(len(data)), c.rcvNxt) {
		c.reset() // nobody will ever read it
		c.fail(stack.ErrReset)
		return
	}
	if old := int(int32(c.rcvNxt - seq)); old > 0 {
		c.ackNow = true
		if old > len(data) {
			return
		}
		data, seq = data[old:], c.rcvNxt
	}
	if over := int(int32(seq + uint32(len(data)) - c.rcvAdv)); over > 0 {
		c.ackNow = true
		if over > len(data) {
			return
		}
		data, fin = data[:len(data)-over], false
	}
	if fin {
		c.finAt, c.finSeen = seq+uint32(len(data)), true
	}
	if seq != c.rcvNxt {
		if len(data) > 0 {
			c.ahead.add(seq, data)
		}
		c.acknowledge() // a duplicate ACK, at once and without data (RFC 5681 section 4.2)
		return
	}
	c.takeData(data)
	if c.finSeen && c.rcvNxt == c.finAt {
		c.rcvNxt++
		c.receiveFin()
	}
}

// takeData queues the data whose turn it is, and what it makes the turn of.
func (c *tcpSocket) takeData(data []byte) {
	if len(data) == 0 {
		return
	}
	c.rcvMSS = max(c.rcvMSS, uint32(len(data)))
	if c.finSeen && after(c.rcvNxt+uint32(len(data)), c.finAt) {
		data = data[:c.finAt-c.rcvNxt]
	}
	c.recvQueue.push(data)
	c.rcvNxt += uint32(len(data))
	c.stats.BytesReceived += int64(len(data))
	if len(c.ahead.pieces) > 0 {
		c.ackNow = true // a gap is filled (RFC 5681 section 4.2)
		for d := c.ahead.take(c.rcvNxt); d != nil; d = c.ahead.take(c.rcvNxt) {
			c.recvQueue.push(d)
			c.rcvNxt += uint32(len(d))
			c.stats.BytesReceived += int64(len(d))
		}
	}
	c.readable.Wake()
}

// receiveFin notes that the peer has sent everything.
func (c *tcpSocket) receiveFin() {
	c.finReceived, c.ackNow = true, true
	c.ahead = outOfOrder{}
	switch c.state {
	case tcpEstablished:
		c.state = tcpCloseWait
	case tcpFinWait1:
		c.state = tcpClosing
	case tcpFinWait2:
		c.enterTimeWait()
	}
	c.readable.Wake()
}

// respond sends what the segment just taken in calls for: data, or else an ACK at once for every second full segment, or
// one after a while (RFC 9293 section 3.8.6.3).
func (c *tcpSocket) respond() {
	c.output()
	switch {
	case c.ackNow || c.rcvNxt-c.lastAck > c.rcvMSS:
		c.acknowledge()
	case c.rcvNxt != c.lastAck:
		c.delayAck()
	}
}

// windowOpened tells the peer that there is room again, if that at least doubles its window.
func (c *tcpSocket) windowOpened() {
	if !c.state.receives() || c.finSeen {
		return
	}
	current := int(int32(c.rcvAdv - c.rcvNxt))
	room := c.recvBuffer - c.recvQueue.n
	if 2*current <= c.recvBuffer && room >= 2*current && room-current >= c.leastOpening() {
		c.acknowledge()
	}
}

// leastOpening is by how much the window must grow to be worth announcing (RFC 9293 section 3.8.6.2.2).
func (c *tcpSocket) leastOpening() int { return min(c.recvBuffer/2, c.mss) }

// window returns the window field to send, and moves the window's right edge accordingly. The edge never goes back.
func (c *tcpSocket) window() uint16 {
	room := max(int(int32(c.rcvAdv-c.rcvNxt)), 0)
	free := c.recvBuffer - c.recvQueue.n
	gap := len(c.ahead.pieces) > 0 // an ACK with another window would be no duplicate (RFC 5681 section 2)
	if free-room >= c.leastOpening() && (!gap || 2*room <= c.recvBuffer) {
		room = free
	}
	shift := 0
	if c.scaled {
		shift = windowShift
	}
	field := min(room>>shift, 65535)
	if field == 0 && room > 0 && free > 0 {
		field = 1 // room that a scaled window cannot say: the peer would fill it with one probe's byte after the other
	}
	if edge := c.rcvNxt + uint32(field<<shift); after(edge, c.rcvAdv) {
		c.rcvAdv = edge
	}
	return uint16(field)
}
