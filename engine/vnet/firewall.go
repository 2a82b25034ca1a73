package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// A Chain says which packets a rule is about.
type Chain uint8

// The chains.
const (
	Input   Chain = iota // for the host itself
	Output               // sent by the host itself
	Forward              // passed on by it
)

var chains = [...]string{"in", "out", "forward"}

// String returns the chain's name.
func (c Chain) String() string { return chains[c] }

// An Action is what becomes of a packet.
type Action uint8

// The actions.
const (
	Accept Action = iota
	Drop          // in silence
	Reject        // with a TCP reset, or ICMP port unreachable
)

var actions = [...]string{"accept", "drop", "reject"}

// String returns the action's name.
func (a Action) String() string { return actions[a] }

// A FlowState is what a firewall knows of the flow that a packet belongs to.
type FlowState uint8

// The states. A packet that belongs to no flow and can begin none, such as a segment without a connection, has neither.
const (
	FlowAny         FlowState = iota
	FlowNew                   // it begins a flow, or nothing has come back yet
	FlowEstablished           // packets have gone both ways; and ICMP errors about a flow that is known
	untracked
)

var flowStates = [...]string{"any", "new", "established", "untracked"}

// String returns the state's name.
func (s FlowState) String() string { return flowStates[s] }

// A Rule is a line of a firewall. Fields left zero fit everything. It sees the addresses that inside hosts have, if the firewall
// is on a NAT too.
type Rule struct {
	Chain              Chain
	Proto              Protocol     // 0 fits all; ICMP is ICMPv6 over IPv6
	Src, Dst           netip.Prefix // an IPv4 prefix fits no IPv6 packet, and the other way round
	SrcPorts, DstPorts Ports        // of TCP and UDP only
	State              FlowState
	Action             Action
}

// FirewallOptions configure a firewall. The zero value accepts everything.
type FirewallOptions struct {
	Rules  []Rule    // the first that fits decides
	Policy [3]Action // by Chain: for packets that no rule fits
}

// A Firewall is the rules of a host or router. Packets of a host to itself are not judged.
type Firewall struct {
	box    *box
	opt    FirewallOptions
	counts []Count
	policy [3]Count
}

// A Count is how many packets and bytes a rule has decided on.
type Count struct{ Packets, Bytes uint64 }

// SetFirewall gives the host these rules in place of any it had; nil lets everything pass. Flows that are known stay so.
func (h *Host) SetFirewall(o *FirewallOptions) (*Firewall, error) {
	if o == nil {
		if h.box != nil {
			h.box.firewall = nil
			h.box.settle()
		}
		return nil, nil
	}
	for k := range o.Rules {
		if err := o.Rules[k].check(); err != nil {
			return nil, fmt.Errorf("vnet: firewall on %s: rule %d: %w", h.name, k+1, err)
		}
	}
	for _, a := range o.Policy {
		if a > Reject {
			return nil, fmt.Errorf("vnet: firewall on %s: policy: no such action", h.name)
		}
	}
	b := h.boxOf()
	b.firewall = &Firewall{box: b, opt: *o, counts: make([]Count, len(o.Rules))}
	b.firewall.opt.Rules = append([]Rule(nil), o.Rules...)
	return b.firewall, nil
}

// Firewall returns the host's firewall, or nil.
func (h *Host) Firewall() *Firewall {
	if h.box == nil {
		return nil
	}
	return h.box.firewall
}

func (r *Rule) check() error {
	switch {
	case r.Chain > Forward || r.Action > Reject || r.State > FlowEstablished:
		return errors.New("no such chain, action or state")
	case r.Src.IsValid() && r.Dst.IsValid() && r.Src.Addr().Is4() != r.Dst.Addr().Is4():
		return errors.New("source and destination are of two address families")
	case (len(r.SrcPorts) > 0 || len(r.DstPorts) > 0) && r.Proto != TCP && r.Proto != UDP:
		return errors.New("only tcp and udp have ports")
	}
	return nil
}

// clear sets the counters to 0.
func (f *Firewall) clear() {
	f.counts, f.policy = make([]Count, len(f.counts)), [3]Count{}
}

// Rules returns the rules, and what each has decided on.
func (f *Firewall) Rules() ([]Rule, []Count) {
	return append([]Rule(nil), f.opt.Rules...), append([]Count(nil), f.counts...)
}

// Policy returns what becomes of packets of a chain that no rule fits, and how many there were.
func (f *Firewall) Policy(c Chain) (Action, Count) { return f.opt.Policy[c], f.policy[c] }

// decide returns what becomes of a packet.
func (f *Firewall) decide(c Chain, state FlowState, p *Packet) Action {
	action, count := f.opt.Policy[c], &f.policy[c]
	for k := range f.opt.Rules {
		if r := &f.opt.Rules[k]; r.Chain == c && r.fits(state, p) {
			action, count = r.Action, &f.counts[k]
			break
		}
	}
	count.Packets++
	count.Bytes += uint64(p.Len())
	return action
}

// fits reports whether the rule is about a packet of its chain.
func (r *Rule) fits(state FlowState, p *Packet) bool {
	if r.State != FlowAny && r.State != state {
		return false
	}
	if r.Proto != 0 && r.Proto != p.Proto && !(r.Proto == ICMP && p.isICMP()) {
		return false
	}
	if len(r.SrcPorts) > 0 || len(r.DstPorts) > 0 {
		src, dst := p.UDP.SrcPort, p.UDP.DstPort
		if p.Proto == TCP {
			src, dst = p.TCP.SrcPort, p.TCP.DstPort
		}
		if !r.SrcPorts.Contains(src) || !r.DstPorts.Contains(dst) {
			return false
		}
	}
	return (!r.Src.IsValid() || r.Src.Contains(p.Src)) && (!r.Dst.IsValid() || r.Dst.Contains(p.Dst))
}

// judge asks the firewall about a packet at an interface, drops it if the answer is no, and reports whether it may pass.
func (b *box) judge(c Chain, state FlowState, p *Packet, i *iface) bool {
	action := b.firewall.decide(c, state, p)
	if action == Accept {
		return true
	}
	if action == Reject {
		b.exempt = true
		if p.Proto == TCP {
			b.host.refuseTCP(p)
		} else {
			b.host.icmpError(portUnreachable, 0, p, i)
		}
		b.exempt = false
	}
	if c == Output {
		b.host.net.drop(Firewalled, b.host.name, i, p)
	} else {
		b.host.refuse(Firewalled, p, i)
	}
	return false
}

// String returns the rule in words: "accept forward tcp from 10.0.0.0/8 to any port 80 new".
func (r *Rule) String() string {
	words := []string{r.Action.String(), r.Chain.String()}
	if r.Proto != 0 {
		words = append(words, strings.ToLower(r.Proto.String()))
	}
	end := func(word string, p netip.Prefix, ports Ports) {
		if p.IsValid() || len(ports) > 0 {
			where := "any"
			if p.IsValid() {
				where = p.String()
			}
			words = append(words, word, where)
		}
		if len(ports) > 0 {
			words = append(words, "port", ports.String())
		}
	}
	end("from", r.Src, r.SrcPorts)
	end("to", r.Dst, r.DstPorts)
	if r.State != FlowAny {
		words = append(words, r.State.String())
	}
	return strings.Join(words, " ")
}
