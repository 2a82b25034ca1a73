package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// try connects over TCP, or sends a datagram and waits for what comes back, or pings, and says how that ended.
func (w *natWorld) try(proto Protocol, from *Host, to netip.Addr) string {
	switch proto {
	case TCP:
		if got := w.greeting(from, ap(to, 80)); len(got) < 5 || got[:5] != "hello" {
			return got
		}
		return "ok"
	case UDP:
		c := must(from.Socket(stack.UDP, stack.FamilyOf(to)))
		defer c.Close()
		ok(w, c.Connect(ap(to, 80)))
		c.Write([]byte("x"))
		stack.WaitReadable(w.sched, c, "receive", w.sched.Now().Add(10*time.Second))
		if _, err := c.Read(make([]byte, 9)); err != nil {
			return err.Error()
		}
		return "ok"
	}
	if _, err := from.Ping(to, PingOptions{}); err != nil {
		return err.Error()
	}
	return "ok"
}

// mirrorUDP sends datagrams to port 80 of a host back.
func (w *natWorld) mirrorUDP(h *Host) {
	for _, any := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		s := must(h.Socket(stack.UDP, stack.FamilyOf(any)))
		if any.Is6() {
			ok(w, s.SetOption(stack.V6Only, true))
		}
		ok(w, s.Bind(ap(any, 80)))
		h.Group().Go("mirror", func() {
			buf := make([]byte, 70000)
			for stack.WaitReadable(w.sched, s, "receive", time.Time{}) {
				if n, from, err := s.ReadFrom(buf); err == nil {
					s.WriteTo(buf[:n], from)
				}
			}
		})
	}
}

// newWallWorld is a NAT world without the NAT: h1 and h2 reach s1 and s2 through box and isp. s1 serves port 80.
func newWallWorld(t testing.TB) *natWorld {
	w := newNATWorld(t, 1, NATOptions{})
	must(w.box.SetNAT(nil))
	w.greeter(w.s1, 80)
	w.mirrorUDP(w.s1)
	return w
}

// TestFirewallMatrix tries every chain, protocol and action over both IP versions.
func TestFirewallMatrix(t *testing.T) {
	refused, silence := stack.ErrRefused.Error(), map[Protocol]string{TCP: "i/o timeout", UDP: stack.ErrWouldBlock.Error(), ICMP: stack.ErrTimedOut.Error()}
	for _, chain := range []Chain{Input, Output, Forward} {
		for _, proto := range []Protocol{TCP, UDP, ICMP} {
			for action, want := range []string{"ok", silence[proto], refused} {
				for _, policy := range []bool{false, true} {
					for _, six := range []bool{false, true} {
						firewallCase(t, chain, proto, Action(action), policy, six, want)
					}
				}
			}
		}
	}
}

func firewallCase(t *testing.T, chain Chain, proto Protocol, action Action, policy, six bool, want string) {
	w := newWallWorld(t)
	wall, to := map[Chain]*Host{Input: w.s1, Output: w.h1, Forward: w.box}[chain], addr4(w.s1)
	if six {
		to = addr6(w.s1)
	}
	o := FirewallOptions{Rules: []Rule{{Chain: chain, Proto: proto, Action: action}}}
	if policy {
		o = FirewallOptions{Rules: []Rule{{Chain: chain, Proto: proto + 1, Action: Accept}}}
		o.Policy[chain] = action
		if action != Accept {
			o.Rules = append(o.Rules, Rule{Chain: chain, State: FlowEstablished})
		}
	}
	f := must(wall.SetFirewall(&o))
	w.run(func() {
		equal(t, fmt.Sprint(chain, proto, action, policy, six), w.try(proto, w.h1, to), want)
		w.sched.Sleep(time.Minute)
		_, counts := f.Rules()
		_, left := f.Policy(chain)
		if policy && left.Packets == 0 || !policy && (counts[0].Packets == 0 || counts[0].Bytes < 28*counts[0].Packets) {
			t.Errorf("%v %v %v: counts %v, policy %v", chain, proto, action, counts, left)
		}
	})
}

// A rule with addresses is about their family only.
func TestFirewallFamilies(t *testing.T) {
	w := newWallWorld(t)
	deny := func(a netip.Addr, bits int) {
		must(w.box.SetFirewall(&FirewallOptions{Rules: []Rule{{Chain: Forward, Proto: TCP, Dst: netip.PrefixFrom(a, bits), Action: Reject}}}))
	}
	w.run(func() {
		refused := stack.ErrRefused.Error()
		deny(addr4(w.s1), 32)
		equal(t, "IPv4", w.try(TCP, w.h1, addr4(w.s1)), refused)
		equal(t, "IPv6", w.try(TCP, w.h1, addr6(w.s1)), "ok")
		deny(addr6(w.s1), 64)
		equal(t, "IPv4", w.try(TCP, w.h1, addr4(w.s1)), "ok")
		equal(t, "IPv6", w.try(TCP, w.h1, addr6(w.s1)), refused)
	})
}

// The classic rules: inside may begin, outside may only answer.
func TestFirewallState(t *testing.T) {
	w := newWallWorld(t)
	w.greeter(w.h1, 80)
	w.mirrorUDP(w.h1)
	f := must(w.box.SetFirewall(&FirewallOptions{Policy: [3]Action{Forward: Drop}, Rules: []Rule{
		{Chain: Forward, State: FlowEstablished},
		{Chain: Forward, State: FlowNew, Src: netip.MustParsePrefix("192.168.1.0/24")},
	}}))
	w.run(func() {
		for _, proto := range []Protocol{TCP, UDP, ICMP} {
			equal(t, proto.String()+" out", w.try(proto, w.h1, addr4(w.s1)), "ok")
			if got := w.try(proto, w.s1, addr4(w.h1)); got == "ok" {
				t.Errorf("%v came in", proto)
			}
		}
		// An ICMP error about a known flow is let in.
		c := must(w.h1.Socket(stack.UDP, stack.IPv4))
		ok(t, c.Connect(ap(addr4(w.s2), 9)))
		must(c.Write([]byte("x")))
		w.sched.Sleep(time.Second)
		wantErr(t, "port unreachable", c.TakeError(), stack.ErrRefused)
		equal(t, "hops of a traceroute", len(must(w.h1.Traceroute(addr4(w.s1), 0))), 3)
		// A segment without a connection is neither new nor established.
		_, before := f.Policy(Forward)
		ok(t, w.h1.Inject(&Packet{Src: addr4(w.h1), Dst: addr4(w.s1), Proto: TCP, TCP: TCPHeader{SrcPort: 1, DstPort: 80, Flags: ACK}}))
		w.sched.Sleep(time.Second)
		_, after := f.Policy(Forward)
		equal(t, "dropped", after.Packets-before.Packets, 1)
	})
}

// A flow that the firewall did not let begin opens no door for the answer.
func TestFirewallRemembersOnlyWhatPassed(t *testing.T) {
	w := newWallWorld(t)
	a, s := w.udp(w.h1, 5000), w.udp(w.s2, 80)
	must(w.box.SetFirewall(&FirewallOptions{Policy: [3]Action{Forward: Drop}, Rules: []Rule{{Chain: Forward, State: FlowEstablished}}}))
	w.run(func() {
		w.send(a, ap(addr4(w.s2), 80))
		w.send(s, ap(addr4(w.h1), 5000))
		equal(t, "came out", s.CanRead(), false)
		equal(t, "came in", a.CanRead(), false)
	})
}

func TestFirewallForgets(t *testing.T) {
	rules := FirewallOptions{Policy: [3]Action{Forward: Drop}, Rules: []Rule{
		{Chain: Forward, State: FlowEstablished}, {Chain: Forward, Src: netip.MustParsePrefix("192.168.1.0/24")}}}
	for _, c := range []struct {
		what string
		do   func(*natWorld)
		want bool
	}{
		{"119 s", func(w *natWorld) { w.sched.Sleep(119 * time.Second) }, true},
		{"121 s", func(w *natWorld) { w.sched.Sleep(121 * time.Second) }, false},
		{"other rules", func(w *natWorld) { must(w.box.SetFirewall(&rules)) }, true},
		{"a crash", func(w *natWorld) { w.box.Crash(); w.box.Restart() }, false},
		{"no rules", func(w *natWorld) { must(w.box.SetFirewall(nil)) }, true},
	} {
		w := newWallWorld(t)
		a, s := w.udp(w.h1, 5000), w.udp(w.s2, 80)
		f := must(w.box.SetFirewall(&rules))
		w.run(func() {
			from := w.seen(a, s, ap(addr4(w.s2), 80))
			w.seen(s, a, from)
			_, counts := f.Rules()
			equal(t, "counts", fmt.Sprint(counts), "[{1 29} {1 29}]")
			c.do(w)
			equal(t, c.what, w.seen(s, a, from).IsValid(), c.want)
		})
	}
}

// The first rule that fits decides, and each looks at ports, addresses and fragments put together.
func TestFirewallOrder(t *testing.T) {
	w := newWallWorld(t)
	w.greeter(w.s1, 81)
	w.greeter(w.s1, 90)
	f := must(w.s1.SetFirewall(&FirewallOptions{Rules: []Rule{
		{Proto: TCP, DstPorts: Ports{{81, 81}}, Src: netip.MustParsePrefix("192.168.1.1/32"), Action: Reject},
		{Proto: TCP, DstPorts: Ports{{80, 85}}},
		{Proto: TCP, SrcPorts: Ports{{1, 1000}}},
		{Proto: UDP, DstPorts: Ports{{80, 80}}, Src: netip.MustParsePrefix("10.0.0.0/8"), Action: Drop},
		{Proto: TCP, Action: Reject},
	}}))
	w.run(func() {
		to := func(port uint16) netip.AddrPort { return ap(addr4(w.s1), port) }
		refused := stack.ErrRefused.Error()
		equal(t, "h1 to 81", w.greeting(w.h1, to(81)), refused)
		equal(t, "h2 to 81", w.greeting(w.h2, to(81))[:5], "hello")
		equal(t, "h1 to 80", w.greeting(w.h1, to(80))[:5], "hello")
		equal(t, "h1 to 90", w.greeting(w.h1, to(90)), refused)
		c := w.udp(w.h1, 5000)
		must(c.WriteTo(make([]byte, 5000), to(80)))
		got, _ := w.receive(c)
		equal(t, "a datagram in fragments", len(got), 5000)
		equal(t, "UDP from 10.0.0.0/8", w.try(UDP, w.s2, addr4(w.s1)), stack.ErrWouldBlock.Error())
		_, counts := f.Rules()
		equal(t, "first rule", counts[0].Packets, 1)
		equal(t, "UDP rule", counts[3].Packets, 1)
	})
}

// On a NAT, rules see inside addresses, and a forwarded port is open only if a rule lets it be.
func TestFirewallOnNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	w.greeter(w.h1, 80)
	w.greeter(w.s1, 80)
	ok(t, w.nat.Forward(TCP, 8080, ap(addr4(w.h1), 80)))
	rules := []Rule{{Chain: Forward, State: FlowEstablished}, {Chain: Forward, Src: netip.MustParsePrefix("192.168.1.0/24")}}
	must(w.box.SetFirewall(&FirewallOptions{Rules: rules, Policy: [3]Action{Input: Drop, Forward: Reject}}))
	w.run(func() {
		equal(t, "out", w.greeting(w.h1, ap(addr4(w.s1), 80))[:5], "hello")
		equal(t, "in", w.greeting(w.s1, ap(w.nat.Address(), 8080)), stack.ErrRefused.Error())
		must(w.box.SetFirewall(&FirewallOptions{Rules: append(rules, Rule{Chain: Forward, Proto: TCP, Dst: netip.PrefixFrom(addr4(w.h1), 32), DstPorts: Ports{{80, 80}}}),
			Policy: [3]Action{Input: Drop, Forward: Reject}}))
		equal(t, "in, with a rule", w.greeting(w.s1, ap(w.nat.Address(), 8080))[:5], "hello")
		_, err := w.s1.Ping(w.nat.Address(), PingOptions{Timeout: time.Second})
		wantErr(t, "ping of the box", err, stack.ErrTimedOut)
	})
}

func TestFirewallErrors(t *testing.T) {
	w := newWallWorld(t)
	for what, r := range map[string]Rule{
		"ports without a protocol": {DstPorts: Ports{{80, 80}}},
		"ports of ICMP":            {Proto: ICMP, SrcPorts: Ports{{80, 80}}},
		"two families":             {Src: netip.MustParsePrefix("10.0.0.0/8"), Dst: netip.MustParsePrefix("2001:db8::/32")},
		"no chain":                 {Chain: 3},
		"no action":                {Action: 3},
		"no state":                 {State: untracked},
	} {
		if _, err := w.box.SetFirewall(&FirewallOptions{Rules: []Rule{r}}); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	if _, err := w.box.SetFirewall(&FirewallOptions{Policy: [3]Action{7}}); err == nil || w.box.Firewall() != nil {
		t.Error("a policy that is none was accepted")
	}
	r := Rule{Chain: Forward, Proto: TCP, Src: netip.MustParsePrefix("10.0.0.0/8"), DstPorts: Ports{{80, 80}, {1000, 2000}}, State: FlowNew, Action: Reject}
	equal(t, "in words", r.String(), "reject forward tcp from 10.0.0.0/8 to any port 80,1000-2000 new")
	equal(t, "in words", (&Rule{}).String(), "accept in")
}

func FuzzParsePorts(f *testing.F) {
	for _, s := range []string{"", "any", "80", "80,443", "1-65535", "1024-2000,3", "0", "70000", "5-4", "+1", "1,,2", "-", " 80 - 90 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePorts(text)
		if err != nil {
			return
		}
		q, err := ParsePorts(p.String())
		if err != nil || q.String() != p.String() {
			t.Fatalf("%q: %v, then %v, %v", text, p, q, err)
		}
		for _, r := range p {
			if r.First == 0 || r.First > r.Last || !p.Contains(r.First) || !p.Contains(r.Last) {
				t.Fatalf("%q: %v", text, p)
			}
		}
	})
}
