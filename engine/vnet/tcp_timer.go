package vnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// How often TCP tries, and how long it waits, as on Linux.
const (
	synTries     = 6  // times SYN is sent again: 127 s in all
	synAckTries  = 5  // times SYN-ACK is sent again: 63 s
	dataTries    = 15 // times data is sent again: at least 924 s
	orphanTries  = 8  // once the socket is closed
	urgentProbes = 15 // zero-window probes that keep a run going whose main task has ended
	timeWaitTime = time.Minute
	delayedAck   = 40 * time.Millisecond
	finWait2Time = time.Minute // for the FIN of the peer, once the socket is closed
)

// tcpTimers are a connection's timers.
type tcpTimers struct {
	_          [2]time.Duration // so that those below share a cache line
	retransmit sim.Timer        // or persist
	due        time.Duration    // when retransmit is really due: it is put off without arming it anew
	ack        sim.Timer        // delayed ACK
	ackDue     time.Duration
	slow       sim.Timer // keep-alive, FIN-WAIT-2 of a closed socket, TIME-WAIT
}

type (
	tcpRetransmit tcpSocket
	tcpDelayedAck tcpSocket
	tcpSlow       tcpSocket
)

func (t *tcpTimers) attach(c *tcpSocket) {
	t.retransmit.Event = (*tcpRetransmit)(c)
	t.ack = sim.Timer{Event: (*tcpDelayedAck)(c), Background: true}
	t.slow = sim.Timer{Event: (*tcpSlow)(c), Background: true}
}

func (c *tcpSocket) stopTimers() {
	c.disarmRetransmit()
	s := c.host.net.sched
	s.Disarm(&c.timers.ack)
	s.Disarm(&c.timers.slow)
}

// armRetransmit makes the retransmission timer due after the present RTO.
func (c *tcpSocket) armRetransmit() {
	t := &c.timers
	if c.persist || t.retransmit.Background {
		c.disarmRetransmit()
	}
	now := c.now()
	earlier := now+c.rto < t.due
	t.due = now + c.rto
	if !t.retransmit.Armed() || earlier {
		c.host.net.sched.Arm(&t.retransmit, c.rto)
	}
}

func (c *tcpSocket) retransmitArmed() bool { return c.timers.retransmit.Armed() && !c.persist }

func (c *tcpSocket) disarmRetransmit() {
	t := &c.timers
	c.host.net.sched.Disarm(&t.retransmit)
	t.retransmit.Background, c.persist = false, false
}

// persisting reports whether the peer's window is closed and being probed.
func (c *tcpSocket) persisting() bool { return c.persist }

// armPersist starts to probe the peer's window (RFC 9293 section 3.8.6.1).
func (c *tcpSocket) armPersist() {
	if !c.persist {
		c.disarmRetransmit()
		c.probes, c.retries = 0, 0
		c.persist = true
		c.schedulePersist()
	}
}

// schedulePersist waits for the next probe: the RTO, doubled after each, up to two minutes.
func (c *tcpSocket) schedulePersist() {
	t := &c.timers
	t.retransmit.Background = c.probes >= urgentProbes
	wait := min(c.rto<<min(c.probes, 16), maxRTO)
	t.due = c.now() + wait
	c.host.net.sched.Arm(&t.retransmit, wait)
}

// Fire sends again, or probes, unless it was put off.
func (r *tcpRetransmit) Fire() {
	c := (*tcpSocket)(r)
	if wait := c.timers.due - c.now(); wait > 0 {
		c.host.net.sched.Arm(&c.timers.retransmit, wait)
		return
	}
	if c.persist {
		c.probe()
		return
	}
	c.timeout()
}

// probe sends a byte beyond the peer's closed window, or what a window that stays small allows. A closed socket's connection is
// given up when its probes have backed off as far as they do.
func (c *tcpSocket) probe() {
	if c.retries >= dataTries || c.closed && c.probes >= orphanTries && c.rto<<min(c.probes, 16) >= maxRTO {
		c.giveUp()
		return
	}
	c.retries++
	c.probes++
	c.stats.Probes++
	n := max(min(c.mss, c.sendQueue.n, c.sndWnd), 1)
	p := c.segment(c.sndUna, ACK)
	p.Payload = c.sendQueue.slice(c.sndUna, n)
	if end := c.sndUna + uint32(n); after(end, c.sndMax) {
		c.stats.BytesSent += int64(end - c.sndMax)
		c.sndMax = end
	}
	c.timing = false
	c.lastSent = c.now()
	c.send(p)
	c.schedulePersist()
}

// timeout is RFC 6298 section 5.5 and RFC 5681 section 3.1: back off, and start again from the first unacknowledged segment with a
// window of one.
func (c *tcpSocket) timeout() {
	if c.retries >= c.tries() {
		c.giveUp()
		return
	}
	c.retries++
	c.stats.Timeouts++
	c.rto = min(2*c.rto, maxRTO)
	c.timing = false
	if c.state == tcpSynSent || c.state == tcpSynReceived {
		c.sendSyn()
		return
	}
	if c.retries == 1 {
		c.halve()
	}
	c.mss = min(c.mss, c.ownMSS()) // the route may have changed
	c.cwnd = c.mss
	c.fast, c.dupAcks, c.extra, c.counted = false, 0, 0, 0
	c.recover = c.sndMax
	c.sndNxt = c.sndUna
	c.output()
	if c.sndMax != c.sndUna && !c.retransmitArmed() && !c.persisting() {
		c.armRetransmit()
	}
}

// tries returns how often the state lets a segment be sent again.
func (c *tcpSocket) tries() int {
	switch {
	case c.state == tcpSynSent:
		return synTries
	case c.state == tcpSynReceived:
		return synAckTries
	case c.closed:
		return orphanTries
	}
	return dataTries
}

// giveUp ends a connection whose peer does not answer.
func (c *tcpSocket) giveUp() {
	err := stack.ErrTimedOut
	if c.softErr != 0 {
		err = c.softErr
	}
	c.fail(err)
}

// delayAck makes sure that what has come is acknowledged soon. The timer is left armed when a segment carries the ACK
// earlier; it then finds nothing to do.
func (c *tcpSocket) delayAck() {
	t := &c.timers
	wait := c.host.ackDelay()
	t.ackDue = c.now() + wait
	if !t.ack.Armed() {
		c.host.net.sched.Arm(&t.ack, wait)
	}
}

// Fire sends the ACK that was delayed.
func (d *tcpDelayedAck) Fire() {
	c := (*tcpSocket)(d)
	if c.rcvNxt == c.lastAck {
		return
	}
	if wait := c.timers.ackDue - c.now(); wait > 0 {
		c.host.net.sched.Arm(&c.timers.ack, wait)
		return
	}
	c.acknowledge()
}

func (c *tcpSocket) armSlow(d time.Duration) { c.host.net.sched.Arm(&c.timers.slow, d) }

// armKeepAlive starts or stops the keep-alive timer as the options want it (RFC 9293 section 3.8.4).
func (c *tcpSocket) armKeepAlive() {
	if !c.state.synchronized() || c.state == tcpTimeWait || c.waitsForFin() {
		return
	}
	if !c.keepAlive {
		c.host.net.sched.Disarm(&c.timers.slow)
		return
	}
	c.armSlow(max(c.lastHeard+seconds(c.keepIdle)-c.now(), 0))
}

// waitsForFin reports whether the socket is closed and only the peer's FIN is missing.
func (c *tcpSocket) waitsForFin() bool { return c.closed && c.state == tcpFinWait2 }

// Fire ends TIME-WAIT or a FIN-WAIT-2 that nobody owns; otherwise it is time for keep-alive.
func (s *tcpSlow) Fire() {
	c := (*tcpSocket)(s)
	if c.state == tcpTimeWait || c.waitsForFin() {
		c.drop()
		return
	}
	idle := c.now() - c.lastHeard
	switch {
	case idle < seconds(c.keepIdle) || c.sndMax != c.sndUna || c.persisting():
		c.armSlow(max(seconds(c.keepIdle)-idle, seconds(c.keepInterval)))
	case c.keepProbes >= c.keepCount:
		c.reset()
		c.giveUp()
	default:
		c.keepProbes++
		c.stats.KeepAlives++
		c.send(c.segment(c.sndUna-1, ACK))
		c.armSlow(seconds(c.keepInterval))
	}
}
