package vnet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// PingOptions configure a Ping. The zero value sends 56 bytes with hop limit 64 and waits 5 s.
type PingOptions struct {
	HopLimit int           // TTL, 1 to 255; 0 means 64
	Size     int           // payload bytes, up to 65507; 0 means 56, negative none
	Timeout  time.Duration // 0 means 5 s
}

// ReplyKind is what came back to a Ping.
type ReplyKind uint8

// The kinds of reply.
const (
	NoReply      ReplyKind = iota // nothing in time
	EchoReply                     // the echo reply of the destination
	TimeExceeded                  // a router found the hop limit used up
	Unreachable                   // a router or the destination could not deliver the packet
	TooBig                        // a router could not send on a packet of this length
)

// String returns the kind in words.
func (k ReplyKind) String() string {
	return [...]string{"no reply", "echo reply", "time exceeded", "unreachable", "too big"}[k]
}

// A Reply is the answer to a Ping.
type Reply struct {
	Kind     ReplyKind
	Code     uint8         // of the ICMP error
	From     netip.Addr    // who answered
	RTT      time.Duration // from sending to receiving
	HopLimit int           // with which the answer arrived
	Size     int           // payload bytes of an echo reply
	Seq      int           // sequence number of the request

	err stack.Errno
}

// A pinger is a Ping that waits.
type pinger struct {
	id    uint16
	seq   uint16
	dst   netip.Addr
	start time.Duration
	reply Reply
	gone  bool
	woken sim.Queue
}

// String names what a waiting Ping is about, for the deadlock report.
func (p *pinger) String() string { return p.dst.String() }

// Ping sends one echo request to dst and parks the task until its answer is there. The error is nil if that is an echo reply; else
// ErrTimedOut, the ErrNetUnreachable, ErrHostUnreachable, ErrMessageSize … that an ICMP error stands for (Reply then tells who sent
// it), or why the request could not be sent.
func (h *Host) Ping(dst netip.Addr, o PingOptions) (Reply, error) {
	dst = dst.Unmap().WithZone("")
	if !dst.IsValid() || o.HopLimit < 0 || o.HopLimit > 255 || o.Size > maxDatagram-ipv4HeaderLen-icmpHeaderLen {
		return Reply{}, stack.ErrInvalid
	}
	switch {
	case o.Size == 0:
		o.Size = 56
	case o.Size < 0:
		o.Size = 0
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	src, err := h.sourceFor(dst)
	if err != nil {
		return Reply{}, err
	}
	p := h.newPinger(dst)
	defer func() { h.icmp.forget(p) }()
	if err := h.send(p.request(h.net.newPacket(), src, o)); err != nil {
		return Reply{}, err
	}
	deadline := h.net.sched.Now().Add(o.Timeout)
	for p.reply.Kind == NoReply {
		switch {
		case p.gone:
			return Reply{}, stack.ErrHostDown
		case !h.net.sched.Wait(sim.Wait{Call: "ping", On: p}, deadline, &p.woken) && p.reply.Kind == NoReply:
			return Reply{Seq: int(p.seq)}, stack.ErrTimedOut
		}
	}
	if p.reply.err != 0 {
		return p.reply, p.reply.err
	}
	return p.reply, nil
}

// newPinger notes that the host's next echo request waits for its answer.
func (h *Host) newPinger(dst netip.Addr) *pinger {
	i := &h.icmp
	for i.id == 0 {
		i.id = uint16(h.rng.Uint32())
	}
	i.seq++
	p := &pinger{id: i.id, seq: i.seq, dst: dst, start: h.net.sched.Elapsed()}
	i.waiting = append(i.waiting, p)
	return p
}

// request makes q the echo request.
func (p *pinger) request(q *Packet, src netip.Addr, o PingOptions) *Packet {
	q.Src, q.Dst, q.HopLimit, q.Proto = src, p.dst, uint8(o.HopLimit), ICMP
	q.ICMP = ICMPHeader{Type: echoRequest4, ID: p.id, Seq: p.seq}
	if p.dst.Is6() {
		q.Proto, q.ICMP.Type = ICMPv6, echoRequest6
	}
	q.Payload = make([]byte, o.Size)
	for n := range q.Payload {
		q.Payload[n] = byte(n)
	}
	return q
}

// answered gives a reply, which came with p or is about p, to the Ping that waits for it.
func (h *Host) answered(from netip.Addr, p *Packet, r Reply) {
	k := slices.IndexFunc(h.icmp.waiting, func(w *pinger) bool { return w.id == p.ICMP.ID && w.seq == p.ICMP.Seq })
	if k < 0 || h.icmp.waiting[k].reply.Kind != NoReply {
		return
	}
	ping := h.icmp.waiting[k]
	r.From, r.RTT, r.HopLimit = from, h.net.sched.Elapsed()-ping.start, int(p.HopLimit)
	r.Size, r.Seq = len(p.Payload), int(p.ICMP.Seq)
	ping.reply = r
	ping.woken.Wake()
}

// A Hop is one line of a Traceroute.
type Hop struct {
	HopLimit int
	Addr     netip.Addr      // who answered; the zero Addr if nobody did
	Names    []string        // its names
	RTTs     []time.Duration // of the probes that were answered, in order
	Kind     ReplyKind
	Err      error // what the answer said, unless that was time exceeded or an echo reply
}

// The probes of a Traceroute.
const (
	probesPerHop = 3
	probeTimeout = time.Second
)

// Traceroute sends three echo requests with each hop limit from 1 to max (0 means 30) and returns who answered, up to the
// destination or an error that ends the path. The error is why nothing could be sent at all.
func (h *Host) Traceroute(dst netip.Addr, max int) ([]Hop, error) {
	if max <= 0 {
		max = 30
	}
	var hops []Hop
	for limit := 1; limit <= min(max, 255); limit++ {
		hop := Hop{HopLimit: limit}
		for range probesPerHop {
			r, err := h.Ping(dst, PingOptions{HopLimit: limit, Timeout: probeTimeout})
			if r.Kind == NoReply {
				if err != error(stack.ErrTimedOut) {
					return hops, err
				}
				continue
			}
			hop.Addr, hop.Kind = r.From, r.Kind
			hop.RTTs = append(hop.RTTs, r.RTT)
			if r.Kind != TimeExceeded {
				hop.Err = err
			}
		}
		if hop.Addr.IsValid() {
			hop.Names, _ = h.LookupAddr(hop.Addr)
		}
		hops = append(hops, hop)
		if hop.Kind != NoReply && hop.Kind != TimeExceeded {
			break
		}
	}
	return hops, nil
}
