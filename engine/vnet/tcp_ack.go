package vnet

import "time"

// congestion is the state of congestion control (RFC 5681, RFC 6582); windows are in bytes.
type congestion struct {
	cwnd     int
	ssthresh int
	counted  int    // bytes acknowledged towards the next step of congestion avoidance (RFC 3465)
	dupAcks  int    // in a row
	extra    int    // beyond cwnd: limited transmit (RFC 3042)
	recover  uint32 // what was sent when the last loss was seen
	lastUna  uint32 // sndUna before it moved last
	limited  bool   // it was the congestion window that held the sender back
	fast     bool   // in fast recovery
	partial  bool   // a partial ACK has come in this recovery
}

// rtt is the state of the retransmission timer (RFC 6298).
type rtt struct {
	rto          time.Duration
	timedAt      time.Duration
	timedSeq     uint32
	timing       bool // a segment is being timed
	measured     bool
	srtt, rttvar time.Duration
}

const (
	initialRTO  = time.Second
	fallbackRTO = 3 * time.Second // for data after a SYN was sent again (RFC 6298 section 5)
	// minRTO is the least that the timeout exceeds the smoothed round-trip time by, as on Linux: RTO = SRTT + max(200 ms,
	// 4 RTTVAR). RFC 6298 would have 1 s for the whole.
	minRTO = 200 * time.Millisecond
	maxRTO = 120 * time.Second
)

// startTiming times the segment at seq, unless another is being timed.
func (c *tcpSocket) startTiming(seq uint32) {
	if !c.timing {
		c.timing, c.timedSeq, c.timedAt = true, seq, c.now()
	}
}

// sample ends the timing if ack covers the timed segment (RFC 6298 section 2).
func (c *tcpSocket) sample(ack uint32) {
	if !c.timing || !after(ack, c.timedSeq) {
		return
	}
	c.timing = false
	r := c.now() - c.timedAt
	if !c.measured {
		c.measured = true
		c.srtt, c.rttvar = r, r/2
	} else {
		c.rttvar += (max(c.srtt-r, r-c.srtt) - c.rttvar) / 4
		c.srtt += (r - c.srtt) / 8
	}
	c.rto = min(c.srtt+max(c.host.minRTO(), 4*c.rttvar), maxRTO)
}

// startCongestion sets the windows of a connection that has just been established (RFC 6928, RFC 6298 section 5.7).
func (c *tcpSocket) startCongestion() {
	c.cwnd, c.ssthresh = c.initialWindow(), c.host.initialThreshold(c.mss)
	if c.retries > 0 {
		c.cwnd = c.mss
		c.rto = fallbackRTO
	}
}

// slowStartAfterIdle shrinks the window of a sender that was silent for long (RFC 5681 section 4.1).
func (c *tcpSocket) slowStartAfterIdle() {
	if c.sndUna == c.sndMax && c.sendQueue.n == 0 && c.now()-c.lastSent > c.rto {
		c.cwnd = min(c.cwnd, c.initialWindow())
	}
}

// receiveAck takes in a segment's acknowledgment and window (RFC 9293 section 3.10.7.4, fifth). It returns false if the segment must
// not be looked at further.
func (c *tcpSocket) receiveAck(p *Packet) bool {
	ack := p.TCP.Ack
	if after(ack, c.sndMax) {
		c.challenge(p)
		return false
	}
	acked := int(int32(ack - c.sndUna))
	if acked < 0 {
		return true
	}
	c.softErr = 0 // the path works again
	if c.persisting() {
		c.retries = 0
	}
	changed := false
	if before(c.wl1, p.TCP.Seq) || c.wl1 == p.TCP.Seq && !after(c.wl2, ack) {
		wnd := int(p.TCP.Window) << c.sndScale
		changed = wnd != c.sndWnd
		c.sndWnd, c.wl1, c.wl2 = wnd, p.TCP.Seq, ack
		c.maxWnd = max(c.maxWnd, wnd)
	}
	if acked > 0 {
		return c.newAck(ack, acked)
	}
	if !changed && c.sndMax != c.sndUna && len(p.Payload) == 0 && p.TCP.Flags&FIN == 0 && !c.persisting() {
		c.duplicateAck()
	}
	return true
}

// newAck advances the send queue. It returns false if the connection has ended by it.
func (c *tcpSocket) newAck(ack uint32, acked int) bool {
	c.sample(ack)
	c.lastUna, c.sndUna = c.sndUna, ack
	data := min(acked, c.sendQueue.n)
	c.sendQueue.drop(data)
	c.stats.BytesAcked += int64(data)
	partial := c.adjustWindow(acked)
	if before(c.sndNxt, ack) {
		c.sndNxt = ack
	}
	c.retries = 0
	switch {
	case ack == c.sndMax:
		c.disarmRetransmit()
	case partial && c.partial: // only the first one restarts the timer (RFC 6582 section 4)
	default:
		c.armRetransmit()
	}
	if partial {
		c.partial = true
		c.retransmitFirst()
	}
	c.wakeWriter()
	if data < acked {
		return c.finAcked()
	}
	return true
}

// adjustWindow does congestion control for a new ACK, and reports whether it is a partial one of fast recovery.
func (c *tcpSocket) adjustWindow(acked int) bool {
	c.dupAcks, c.extra = 0, 0
	switch {
	case c.fast && before(c.sndUna, c.recover):
		c.cwnd -= min(acked, c.cwnd)
		if acked >= c.mss || c.cwnd < c.mss {
			c.cwnd += c.mss
		}
		return true
	case c.fast:
		flight := int(c.sndMax - c.sndUna)
		c.cwnd = min(c.ssthresh, max(flight, c.mss)+c.mss)
		c.fast, c.counted = false, 0
	case c.cwnd < c.ssthresh:
		flight := acked + int(c.sndNxt-c.sndUna)
		if !c.limited && 2*flight < c.cwnd {
			break
		}
		most := 2 * c.mss
		if c.host.tcp.config.NoByteCounting || before(c.sndUna, c.recover) {
			most = c.mss // RFC 5681 equation 2, or after a timeout (RFC 3465 section 2.3)
		}
		c.cwnd += min(acked, most)
	case c.limited:
		c.avoid(acked)
	}
	return false
}

// avoid is congestion avoidance: a segment more for each window of bytes acknowledged (RFC 3465 section 2.1), or a window's share of a segment
// for each ACK, however much that covers (RFC 5681 equation 3).
func (c *tcpSocket) avoid(acked int) {
	if c.host.tcp.config.NoByteCounting {
		c.cwnd += max(c.mss*c.mss/c.cwnd, 1)
		return
	}
	c.counted += acked
	if c.counted >= c.cwnd {
		c.counted -= c.cwnd
		c.cwnd += c.mss
	}
}

// duplicateAck counts a duplicate ACK: the third in a row means that a segment is lost (RFC 5681 section 3.2, RFC 6582).
func (c *tcpSocket) duplicateAck() {
	c.stats.DuplicateAcks++
	c.dupAcks++
	switch {
	case c.fast:
		c.cwnd += c.mss
	case c.dupAcks < 3:
		c.extra = c.dupAcks * c.mss
	case c.dupAcks == 3 && c.newLoss():
		c.halve()
		c.fast, c.partial, c.extra = true, false, 0
		c.recover = c.sndMax
		c.cwnd = c.ssthresh + 3*c.mss
		c.stats.FastRetransmits++
		c.retransmitFirst()
		c.armRetransmit()
	}
}

// newLoss reports whether duplicate ACKs tell of a loss, and not of segments that a timeout sent again (RFC 6582 sections 3.2 and 4.1).
func (c *tcpSocket) newLoss() bool {
	return after(c.sndUna, c.recover) || c.cwnd > c.mss && int(c.sndUna-c.lastUna) <= 4*c.mss
}

// halve sets the slow start threshold after a loss (RFC 5681 equation 4).
func (c *tcpSocket) halve() {
	flight := int(c.sndNxt-c.sndUna) - c.extra
	c.ssthresh = max(flight/2, 2*c.mss)
}
