package vnet

import (
	"math/rand/v2"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Stats count what happened on one direction of a link.
type Stats struct {
	Packets   uint64 // handed to the link
	Bytes     uint64 // theirs, IP headers included
	Delivered uint64 // arrived at the other end, duplicates included
	QueueFull uint64 // dropped by the full queue
	Lost      uint64 // by Loss
	Filtered  uint64 // by a filter
	Blocked   uint64 // by SetBlocked
	Tapped    uint64 // swallowed by a tap
	Down      uint64 // because the link was down
	Corrupted uint64
	Duplicate uint64
	Reordered uint64
	MaxQueue  int           // packets that waited at the same time
	Busy      time.Duration // spent transmitting
}

// A direction is one way of a link: a FIFO queue, a transmitter that takes 8·L/Rate for each packet, and the wire. What arrives needs the first
// cache line, what is sent the next two as well, and the fourth when it must wait.
type direction struct {
	timer    sim.Timer // of first's arrival
	first    *Packet   // under way in order, linked by next; those held back have events of their own
	host     *Host     // of dst, or nil if that is a LAN's port
	dst      *iface
	net      *Network
	arrivals uint64 // see held and delivered

	tail    *Packet       // of those under way
	odd     bool          // not everything may pass: see setOdd
	faulty  bool          // the shape has jitter or loses, copies, corrupts or reorders packets
	epoch   uint32        // raised when the link goes down
	busy    time.Duration // until when the transmitter is busy
	rest    int64         // of the division by rate, in 1/rate ns
	last    time.Duration // when the last packet arrives that keeps the order
	packets uint64        // see Stats
	bytes   uint64
	src     *iface

	delay        time.Duration // of the shape
	rate         int64         // of the shape
	queue        int           // of the shape
	queueBytes   int           // of the shape
	transmitting time.Duration // see Stats.Busy
	maxQueue     int
	link         *Link
	rng          *rand.Rand

	waiting line
	tap     func(*Packet)
	filter  func(*Packet) bool

	shape   Shape
	down    bool // the link is
	blocked bool
	dir     Dir
	stats   Stats    // those that are not counted above
	_       [56]byte // the next direction begins with a cache line too
}

// heldBits of arrivals count the bytes that the packets handed to the link and not arrived take, with what they cost besides; the others
// count the packets that have arrived: see Stats.Delivered.
const heldBits = 28

func (d *direction) held() int { return int(d.arrivals & (1<<heldBits - 1)) }

func (d *direction) delivered() uint64 { return d.arrivals >> heldBits }

// hold counts a packet that is handed to the link.
func (d *direction) hold(p *Packet) { d.arrivals += uint64(p.held()) }

// release takes a packet off those that hold counted.
func (d *direction) release(p *Packet) { d.arrivals -= uint64(p.held()) }

// join puts the direction between two interfaces.
func (d *direction) join(l *Link, dir Dir, src, dst *iface) {
	d.net, d.link, d.dir, d.src, d.dst, d.host = l.net, l, dir, src, dst, dst.host
	d.timer.Event = d
}

// total returns the counters.
func (d *direction) total() Stats {
	s := d.stats
	s.Packets, s.Bytes, s.Delivered, s.MaxQueue, s.Busy = d.packets, d.bytes, d.delivered(), d.maxQueue, d.transmitting
	return s
}

// setShape changes the settings.
func (d *direction) setShape(s Shape) {
	if s.Rate != d.rate {
		d.rest = 0
	}
	d.shape = s
	d.delay, d.rate, d.queue, d.queueBytes = s.Delay, s.Rate, s.Queue, s.QueueBytes
	d.faulty = s.Jitter > 0 || s.Loss > 0 || s.Duplicate > 0 || s.Corrupt > 0 || s.Reorder > 0
}

// setOdd notes whether there is something that may keep packets from the queue.
func (d *direction) setOdd() {
	d.odd = d.down || d.blocked || d.filter != nil || d.tap != nil
}

// random returns the direction's random stream, made when it is first needed.
func (d *direction) random() *rand.Rand {
	if d.rng == nil {
		way := " ab"
		if d.dir == BA {
			way = " ba"
		}
		d.rng = d.net.sched.Rand("link " + d.link.name + way)
	}
	return d.rng
}

// chance draws whether something of probability p happens.
func (d *direction) chance(p float64) bool { return p > 0 && d.random().Float64() < p }

// cut forgets what is queued and under way.
func (d *direction) cut() {
	d.epoch++
	d.waiting = line{}
	d.busy, d.rest, d.last = 0, 0, 0
	d.net.sched.Disarm(&d.timer)
	for d.first != nil {
		p := d.pop()
		d.release(p)
		d.stats.Down++
		d.net.drop(LinkDown, d.src.node(), d.src, p)
	}
}

// transmit takes p from the interface at the near end and brings it to the far end or drops it.
func (d *direction) transmit(p *Packet) {
	if d.odd && d.tap != nil && p.broken == NoReason {
		d.divert(p)
		return
	}
	d.enter(p)
}

// enter is transmit behind the tap.
func (d *direction) enter(p *Packet) {
	size := p.length()
	p.size = int32(size)
	d.packets++
	d.bytes += uint64(size)
	if d.odd {
		if r := d.refuse(p); r != NoReason {
			d.net.drop(r, d.src.node(), d.src, p)
			return
		}
	}
	now := d.net.sched.Elapsed()
	sent, ok := d.serialize(now, size)
	if !ok {
		d.stats.QueueFull++
		d.net.drop(QueueFull, d.src.node(), d.src, p)
		return
	}
	p.epoch = d.epoch
	arrival := sent + d.delay
	if d.faulty {
		d.mishandle(p, arrival, now)
		return
	}
	d.hold(p)
	d.launch(p, max(arrival, d.last), now)
}

// mishandle launches a packet that would arrive at arrival, with what the link does to it on the way.
func (d *direction) mishandle(p *Packet, arrival, now time.Duration) {
	if d.chance(d.shape.Loss) {
		d.stats.Lost++
		d.net.drop(Lost, d.src.node(), d.src, p)
		return
	}
	if d.chance(d.shape.Corrupt) {
		d.stats.Corrupted++
		p.corrupt(d.random())
		p.size = -p.size
	}
	if d.shape.Jitter > 0 {
		arrival += time.Duration(d.random().Int64N(int64(d.shape.Jitter) + 1))
	}
	var twin *Packet
	if d.chance(d.shape.Duplicate) {
		d.stats.Duplicate++
		twin = d.net.clonePacket(p)
		twin.size = p.size
		d.hold(p)
	}
	d.hold(p)
	at := max(arrival, d.last)
	if d.chance(d.shape.Reorder) {
		d.stats.Reordered++
		d.net.sendAlone(p, d.dst, arrival+d.reorderDelay()-now)
		d.last = at
	} else {
		d.launch(p, at, now)
	}
	if twin != nil {
		d.launch(twin, at, now)
	}
}

func (d *direction) reorderDelay() time.Duration {
	if d.shape.ReorderDelay > 0 {
		return d.shape.ReorderDelay
	}
	return d.shape.Delay + time.Millisecond
}

// launch lets p arrive at a time that is not before that of those under way.
func (d *direction) launch(p *Packet, at, now time.Duration) {
	d.last = at
	if d.first == nil {
		d.first, d.tail = p, p
		d.net.sched.Arm(&d.timer, at-now)
		return
	}
	d.tail.next, d.tail.nextAt, d.tail = p, at, p
}

// pop takes the next packet off those under way.
func (d *direction) pop() *Packet {
	p := d.first
	d.first, p.next = p.next, nil
	return p
}

// Fire lets the first packet under way arrive. Links with much under way so keep one timer only.
func (d *direction) Fire() {
	p := d.pop()
	if d.first != nil {
		d.net.sched.Arm(&d.timer, p.nextAt-d.net.sched.Elapsed())
	}
	d.arrive(p)
}

// refuse returns why p does not even enter the queue.
func (d *direction) refuse(p *Packet) Reason {
	switch {
	case d.down:
		d.stats.Down++
		return LinkDown
	case d.blocked:
		d.stats.Blocked++
		return Blocked
	case d.filter != nil && d.filter(p):
		d.stats.Filtered++
		return Filtered
	}
	return NoReason
}

// serialize returns when the last bit of a packet of size bytes leaves the transmitter, or false if the queue has no room.
func (d *direction) serialize(now time.Duration, size int) (time.Duration, bool) {
	switch {
	case d.held() > maxHeld:
		return 0, false
	case d.rate == 0:
		return max(now, d.busy), true
	}
	start := d.busy
	if start > now {
		d.waiting.leave(now)
		if !d.room(size) {
			return 0, false
		}
		d.waiting.join(start, size)
		d.maxQueue = max(d.maxQueue, d.waiting.n)
	} else {
		start, d.rest = now, 0
	}
	work := int64(size)*8*int64(time.Second) + d.rest
	d.busy = start + time.Duration(work/d.rate)
	d.rest = work % d.rate
	d.transmitting += d.busy - start
	return d.busy, true
}

// room reports whether a packet of size bytes may wait too.
func (d *direction) room(size int) bool {
	if limit := d.queueBytes; limit > 0 && d.waiting.bytes+size > limit {
		return false
	}
	switch d.queue {
	case Unlimited:
		return true
	case NoQueue:
		return false
	case 0:
		return d.waiting.n < defaultQueue
	}
	return d.waiting.n < d.queue
}

// maxHeld is how many bytes a direction holds, whatever its queue may: a task that sends without ever waiting lets none arrive, and on an
// ideal wire no queue stops it.
const maxHeld = 64 << 20

// held is what the packet counts for.
func (p *Packet) held() int { return int(max(p.size, -p.size)) + 256 }

// arrive ends p's hop and hands it to the node at its end.
func (d *direction) arrive(p *Packet) {
	d.arrivals += 1<<heldBits - uint64(p.held())
	if d.net.observed() {
		d.net.note(Arrived, NoReason, d.dst.node(), d.dst, p)
	}
	if d.host == nil {
		d.dst.lan.receive(p, d.dst)
		return
	}
	d.host.receive(p, d.dst)
}

// arriveLate is arrive for a packet that was held back, if the link has not been down in between.
func (d *direction) arriveLate(p *Packet) {
	if p.epoch == d.epoch {
		d.arrive(p)
		return
	}
	d.release(p)
	d.stats.Down++
	d.net.drop(LinkDown, d.dst.node(), d.dst, p)
}

// A line is the queue in front of a transmitter: when each packet's transmission starts. It is a ring.
type line struct {
	slot  []waiter
	head  int
	n     int
	bytes int
}

type waiter struct {
	start time.Duration
	size  int
}

func (l *line) join(start time.Duration, size int) {
	if l.n == len(l.slot) {
		bigger := make([]waiter, max(8, 2*l.n))
		for k := range l.n {
			bigger[k] = l.slot[(l.head+k)%len(l.slot)]
		}
		l.slot, l.head = bigger, 0
	}
	l.slot[(l.head+l.n)&(len(l.slot)-1)] = waiter{start, size}
	l.n++
	l.bytes += size
}

// leave removes the packets whose transmission has started by now.
func (l *line) leave(now time.Duration) {
	for l.n > 0 && l.slot[l.head].start <= now {
		l.bytes -= l.slot[l.head].size
		l.head = (l.head + 1) & (len(l.slot) - 1)
		l.n--
	}
}
