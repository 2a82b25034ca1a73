package vnet

import "time"

// A box is what a host does with packets besides passing them on: its firewall decides which may pass, and its NAT gives them
// other addresses; both remember the flows that go by. A host that is no such box has none. As in every middlebox that looks at
// ports, fragments are put together first, and packets whose checksum is wrong are dropped.
type box struct {
	host     *Host
	flows    flowTable
	firewall *Firewall
	nat      *NAT
	exempt   bool // the packet being sent is the firewall's own answer
}

// boxOf returns the host's box, made when it is first needed.
func (h *Host) boxOf() *box {
	if h.box == nil {
		h.box = &box{host: h, flows: flowTable{timeouts: Timeouts{}.orDefaults()}}
	}
	return h.box
}

// settle takes the box away when it has nothing to do.
func (b *box) settle() {
	if b.firewall == nil && b.nat == nil {
		b.host.box = nil
	}
}

// crash forgets what is in memory: flows, mappings, counters. Rules and forwarded ports are settings and stay.
func (b *box) crash() {
	b.flows = flowTable{timeouts: b.flows.timeouts}
	if b.nat != nil {
		b.nat.clear()
	}
	if b.firewall != nil {
		b.firewall.clear()
	}
}

func (b *box) now() time.Duration { return b.host.net.sched.Elapsed() }

// arrive takes a packet that came in, before it is routed, and returns it with the destination it has behind the NAT; nil if it is
// dropped or waits for other fragments.
func (b *box) arrive(p *Packet, in *iface) *Packet {
	h := b.host
	if p.fragment() {
		if p = h.reassemble(p, in); p == nil {
			return nil
		}
		p.joined = true
	}
	if p.sumError != 0 {
		h.refuse(Checksum, p, in)
		return nil
	}
	if b.nat != nil && !p.v6() && !b.nat.arrive(p, in) {
		return nil
	}
	return p
}

// admit decides whether the host itself gets a packet.
func (b *box) admit(p *Packet, in *iface) bool {
	f, back, state := b.classify(p)
	if b.firewall != nil && !b.judge(Input, state, p, in) {
		return false
	}
	if b.nat != nil {
		if r := b.nat.unsolicited(p, in); r != NoReason {
			b.host.refuse(r, p, in)
			return false
		}
	}
	if b.firewall != nil {
		b.remember(f, back, p)
	}
	return true
}

// pass decides whether a packet is forwarded, and gives it the source it has in front of the NAT.
func (b *box) pass(p *Packet, in, out *iface) bool {
	crosses := b.nat != nil && !p.v6() && (in == b.nat.out) != (out == b.nat.out)
	if b.firewall == nil && !crosses {
		return true
	}
	f, back, state := b.classify(p)
	if b.firewall != nil && !b.judge(Forward, state, p, in) {
		return false
	}
	if !crosses {
		b.remember(f, back, p)
		return true
	}
	if out == b.nat.out {
		if r := b.nat.outbound(f, back, p); r != NoReason {
			b.host.refuse(r, p, in)
			return false
		}
		return true
	}
	b.nat.follow(f, back, p)
	return true
}

// leave decides whether a packet of the host's own is sent.
func (b *box) leave(p *Packet, out *iface) bool {
	if b.firewall != nil && !b.exempt {
		f, back, state := b.classify(p)
		if !b.judge(Output, state, p, out) {
			return false
		}
		b.remember(f, back, p)
	}
	if b.nat != nil && !p.v6() && p.to != nil && out == b.nat.out && b.nat.foreign(p) {
		f, back := b.flows.match(p, b.now())
		if r := b.nat.outbound(f, back, p); r != NoReason {
			b.host.net.drop(r, b.host.name, out, p)
			return false
		}
	}
	return true
}

// classify finds the flow of a packet and the state that rules see. An ICMP error has that of the packet which it quotes.
func (b *box) classify(p *Packet) (f *flow, back bool, state FlowState) {
	now := b.now()
	if p.isError() {
		if quote, ok := parseQuote(p.Payload); ok {
			if f, _ := b.flows.find(flowKeyOf(&quote), now); f != nil {
				return nil, false, FlowEstablished
			}
		}
		return nil, false, untracked
	}
	f, back = b.flows.match(p, now)
	switch {
	case f != nil && (back || f.replied):
		return f, back, FlowEstablished
	case f != nil || begins(p):
		return f, back, FlowNew
	}
	return f, back, untracked
}

// remember notes a packet that may pass in its flow, which it begins if there is none.
func (b *box) remember(f *flow, back bool, p *Packet) *flow {
	now := b.now()
	if f == nil {
		if !begins(p) || p.to == nil {
			return nil
		}
		b.sweep(now)
		f = b.flows.add(flowKeyOf(p))
	}
	f.note(p, back, now, &b.flows.timeouts)
	return f
}

// sweep forgets dead flows and mappings when there are many.
func (b *box) sweep(now time.Duration) {
	if !b.flows.crowded() {
		return
	}
	b.flows.sweep(now)
	if b.nat != nil {
		b.nat.sweep(now)
	}
}
