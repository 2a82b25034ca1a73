package vnet

import "github.com/moonwire-lab/moonwire/engine/stack"

// segment returns a segment with everything but text; it carries the latest ACK and window.
func (c *tcpSocket) segment(seq uint32, flags TCPFlags) *Packet {
	p := c.host.net.newPacket()
	p.Src, p.Dst, p.Proto, p.HopLimit = c.local.Addr(), c.remote.Addr(), TCP, c.hopLimit
	p.DontFragment = true // to learn the path's MTU (RFC 1191)
	p.TCP.SrcPort, p.TCP.DstPort = c.local.Port(), c.remote.Port()
	p.TCP.Seq, p.TCP.Flags = seq, flags
	if flags&ACK != 0 {
		p.TCP.Ack, p.TCP.Window = c.rcvNxt, c.window()
		c.lastAck, c.ackNow = c.rcvNxt, false
	}
	return p
}

// send hands a segment to the network. That there is no route now is remembered like an ICMP error.
func (c *tcpSocket) send(p *Packet) {
	c.stats.SegmentsOut++
	if err := c.host.send(p); err != nil {
		if e, ok := err.(stack.Errno); ok {
			c.softErr = e
		}
	}
}

// acknowledge sends an ACK without text.
func (c *tcpSocket) acknowledge() { c.send(c.segment(c.sndNxt, ACK)) }

// reset sends RST.
func (c *tcpSocket) reset() { c.send(c.segment(c.sndMax, RST|ACK)) }

// output sends what both windows, Nagle's algorithm and the avoidance of silly windows allow (RFC 9293 section 3.8.6.2.1).
func (c *tcpSocket) output() {
	if !c.state.sends() || c.sndNxt == c.sendQueue.end() && !c.finQueued {
		return
	}
	blocked := false
	for {
		n, fin, ok := c.nextSegment()
		if !ok {
			blocked = n > 0
			break
		}
		if c.host.net.cut > 0 && c.sndNxt == c.sndMax {
			if part := c.host.net.pieces(n); part < n {
				n, fin = part, false
			}
		}
		again := before(c.sndNxt, c.sndMax)
		c.transmit(c.sndNxt, n, fin)
		if again {
			c.stats.Retransmits++
		}
	}
	if c.sndNxt == c.sndUna && blocked {
		c.armPersist()
	}
}

// nextSegment decides whether a segment at sndNxt may be sent now. If not, n > 0 says that there is something to send.
func (c *tcpSocket) nextSegment() (n int, fin, ok bool) {
	unsent := int(int32(c.sendQueue.end() - c.sndNxt))
	flight := int(c.sndNxt - c.sndUna)
	if unsent <= 0 {
		return 0, true, unsent == 0 && c.finQueued
	}
	window := c.cwnd + c.extra
	c.limited = flight+min(unsent, c.mss) > window
	byCwnd := window < c.sndWnd
	n = min(unsent, c.mss, min(window, c.sndWnd)-flight)
	switch {
	case n <= 0:
		return unsent, false, false
	case n == unsent:
		fin = c.finQueued
		nagle := n < c.mss && after(c.smallEnd, c.sndUna) && !c.noDelay && !fin && c.sndNxt == c.sndMax
		return n, fin, !nagle
	case n == c.mss:
		return n, false, true
	}
	// The window cuts the segment short: wait for more, unless it is half of the largest the peer ever offered.
	return n, false, !byCwnd && 2*n >= c.maxWnd
}

// transmit sends n bytes from seq on, and FIN after them, for the first time or again.
func (c *tcpSocket) transmit(seq uint32, n int, fin bool) {
	flags := ACK
	end := seq + uint32(n)
	if n > 0 && end == c.sendQueue.end() {
		flags |= PSH
	}
	if fin {
		flags |= FIN
	}
	p := c.segment(seq, flags)
	p.Payload = c.sendQueue.slice(seq, n)
	if n > 0 && n < c.mss {
		c.smallEnd = end
	}
	if fin {
		end++
	}
	switch {
	case !before(seq, c.sndMax):
		c.startTiming(seq)
	case c.timing && !before(c.timedSeq, seq) && before(c.timedSeq, end):
		c.timing = false // Karn's algorithm
	}
	if seq == c.sndNxt {
		c.sndNxt = end
	}
	if after(end, c.sndMax) {
		c.stats.BytesSent += int64(n) - int64(max(int32(c.sndMax-seq), 0))
		c.sndMax = end
	}
	c.lastSent = c.now()
	c.send(p)
	if !c.retransmitArmed() {
		c.armRetransmit()
	}
}

// retransmitFirst sends the first unacknowledged segment again.
func (c *tcpSocket) retransmitFirst() {
	n := min(c.mss, c.sendQueue.n, int(c.sndMax-c.sndUna))
	fin := c.finQueued && n == c.sendQueue.n && c.sndMax == c.sendQueue.end()+1
	next := c.sndNxt
	c.transmit(c.sndUna, n, fin)
	if after(next, c.sndNxt) {
		c.sndNxt = next
	}
	c.stats.Retransmits++
}

// shrinkMSS adapts to a path MTU that turned out smaller, and sends again at once what did not fit (RFC 1191 section 6.5).
func (c *tcpSocket) shrinkMSS() {
	mss := c.ownMSS()
	if mss >= c.mss || !c.state.synchronized() {
		return
	}
	c.mss = mss
	c.timing = false
	if c.sndMax != c.sndUna {
		c.sndNxt = c.sndUna
		c.output()
	}
}
