package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// benchmarkBox sends datagrams of 1,000 bytes over one router, which is made a box.
func benchmarkBox(b *testing.B, make func(router *Host, out *Link)) {
	s := sim.New(sim.Options{})
	defer s.Close()
	w := &world{b, s, New(s)}
	from, to, links := w.line(1, LinkOptions{Shape: Shape{Rate: 1e9, Delay: time.Millisecond, Queue: Unlimited}})
	make(w.Hosts()[1], links[1])
	sink, c := w.udp(to, 9), w.udp(from, 5000)
	payload, buf := pattern(1000, 1), pattern(2000, 1)
	b.ReportAllocs()
	w.run(func() {
		for k := range b.N {
			c.WriteTo(payload, ap(addr4(to), 9))
			if k%100 == 99 {
				s.Sleep(900 * time.Microsecond)
				for sink.CanRead() {
					sink.ReadFrom(buf)
				}
			}
		}
		s.Sleep(time.Second)
	})
	if got := links[1].Stats(AB).Delivered; got != uint64(b.N) {
		b.Fatalf("%d of %d arrived", got, b.N)
	}
}

// hundred returns 100 rules of which the last fits.
func hundred() []Rule {
	var rules []Rule
	for k := range 99 {
		rules = append(rules, Rule{Chain: Forward, Proto: UDP, Src: netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(k), 0}), 24), Action: Drop})
	}
	return append(rules, Rule{Chain: Forward, Proto: UDP, DstPorts: Ports{{9, 9}}})
}

func BenchmarkBox(b *testing.B) {
	wall := func(rules ...Rule) func(*Host, *Link) {
		return func(h *Host, _ *Link) {
			must(h.SetFirewall(&FirewallOptions{Rules: rules, Policy: [3]Action{Forward: Drop}}))
		}
	}
	b.Run("none", func(b *testing.B) { benchmarkBox(b, func(*Host, *Link) {}) })
	b.Run("NAT", func(b *testing.B) {
		benchmarkBox(b, func(h *Host, out *Link) { must(h.SetNAT(&NATOptions{Outside: out})) })
	})
	b.Run("1 rule", func(b *testing.B) { benchmarkBox(b, wall(Rule{Chain: Forward})) })
	b.Run("100 rules", func(b *testing.B) { benchmarkBox(b, wall(hundred()...)) })
}
