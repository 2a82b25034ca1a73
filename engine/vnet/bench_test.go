package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// benchmarkForwarding sends datagrams of 1,000 bytes over a chain of 4 routers to which others routers and hosts are attached, and
// reports the cost of one hop.
func benchmarkForwarding(b *testing.B, others int, events bool) {
	s := sim.New(sim.Options{})
	w := &world{b, s, New(s)}
	shape := LinkOptions{Shape: Shape{Rate: 1e9, Delay: time.Millisecond, Queue: Unlimited}}
	from, to, links := w.line(4, shape)
	for k := range others {
		w.link(w.host(fmt.Sprint("other", k)), w.Hosts()[1+k%4], shape)
	}
	if events {
		w.Hash()
	}
	sink, c := w.udp(to, 9), w.udp(from, 0)
	peers := []netip.AddrPort{ap(addr4(to), 9)}
	payload := make([]byte, 1000)
	buf := make([]byte, 2000)
	b.ReportAllocs()
	w.run(func() {
		must(c.WriteTo(payload, peers[0]))
		s.Sleep(time.Second)
		w.receive(sink)
		b.ResetTimer()
		n := 0
		for range b.N {
			c.WriteTo(payload, peers[0])
			if n++; n == 100 {
				s.Sleep(900 * time.Microsecond)
				for sink.CanRead() {
					sink.ReadFrom(buf)
				}
				n = 0
			}
		}
		s.Sleep(time.Second)
		b.StopTimer()
	})
	if got := links[4].Stats(AB).Delivered; got != uint64(b.N)+1 {
		b.Fatalf("%d of %d arrived", got, b.N+1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(links)), "ns/hop")
	s.Close()
}

func BenchmarkForward2Hosts(b *testing.B)       { benchmarkForwarding(b, 0, false) }
func BenchmarkForward1000Hosts(b *testing.B)    { benchmarkForwarding(b, 1000, false) }
func BenchmarkForward2HostsHashed(b *testing.B) { benchmarkForwarding(b, 0, true) }

// BenchmarkHub sends from each of 1,000 hosts to another over one router: every route differs.
func BenchmarkHub1000Hosts(b *testing.B) {
	s := sim.New(sim.Options{})
	w := &world{b, s, New(s)}
	hub := w.router("hub")
	var socks []*udpSocket
	var peers []netip.AddrPort
	for k := range 1000 {
		h := w.host(fmt.Sprint("h", k))
		w.wire(h, hub)
		socks = append(socks, w.udp(h, 9))
		peers = append(peers, ap(addr4(h), 9))
	}
	payload, buf := make([]byte, 100), make([]byte, 2000)
	b.ReportAllocs()
	w.run(func() {
		for k := range b.N {
			if k == 1000 {
				b.ResetTimer()
			}
			to := (k*7 + 3) % 1000
			socks[k%1000].WriteTo(payload, peers[to])
			if k%100 == 99 {
				s.Sleep(time.Microsecond)
			}
			socks[to].ReadFrom(buf)
		}
	})
	s.Close()
}
