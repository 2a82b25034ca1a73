package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A load is pairs of hosts around one router that all move data at once.
type load struct {
	hosts       int
	connections int // of each pair
	blocks      int // of 16 KiB in all
	loss        float64
}

// usual is enough for the handshakes not to count.
const usual = 16000

// BenchmarkTCPHosts reports the cost of a packet, which must not double from 2 hosts to 1,000.
func BenchmarkTCPHosts(b *testing.B) {
	for _, hosts := range []int{2, 1000} {
		b.Run(fmt.Sprint(hosts), func(b *testing.B) { load{hosts, 1, usual, 0}.benchmark(b) })
	}
}

// BenchmarkCost reports the cost of a packet against the number of hosts, of connections, of packets, and against loss; scripts/cost
// plots it.
func BenchmarkCost(b *testing.B) {
	for _, n := range []int{2, 10, 100, 1000} {
		b.Run(fmt.Sprint("hosts/", n), func(b *testing.B) { load{n, 1, usual, 0}.benchmark(b) })
	}
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint("connections/", n), func(b *testing.B) { load{2, n, usual, 0}.benchmark(b) })
	}
	for _, n := range []int{100, 1000, 10000, 100000} {
		b.Run(fmt.Sprint("packets/", n), func(b *testing.B) { load{2, 1, n / 17, 0}.benchmark(b) }) // a block is 12 packets and 5 ACKs
	}
	for _, loss := range []float64{0.0001, 0.001, 0.01, 0.1} {
		b.Run(fmt.Sprint("loss/", loss), func(b *testing.B) { load{2, 1, 2000, loss}.benchmark(b) })
	}
}

// benchmark carries the load once for each iteration.
func (l load) benchmark(b *testing.B) {
	began, packets := cpuTime(), int64(0)
	for b.Loop() {
		packets += l.carry(b)
	}
	reportCPU(b, began, float64(packets))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}

// carry makes the world, moves the data and returns how many packets that took.
func (l load) carry(b *testing.B) int64 {
	const block = 16 << 10
	s := sim.New(sim.Options{})
	defer s.Close()
	w := &world{b, s, New(s)}
	hub := w.router("hub")
	spoke := LinkOptions{Shape: Shape{Rate: 100e6, Delay: time.Millisecond, Loss: l.loss}}
	var ends []*stack.Stack
	for k := range l.hosts {
		h := w.host(fmt.Sprint("h", k))
		w.link(h, hub, spoke)
		ends = append(ends, stack.New(s, h.Group(), h, "bench"))
	}
	data := make([]byte, block)
	each := max(1, l.blocks/(l.hosts/2*l.connections))
	w.run(func() {
		for k := 0; k < l.hosts; k += 2 {
			server, client := ends[k], ends[k+1]
			address := netip.AddrPortFrom(addr4(w.Hosts()[k+1]), 80).String()
			welcome := must(server.Listen("tcp", ":80"))
			server.Go("server", func() {
				for range l.connections {
					conn := must(welcome.Accept())
					server.Go("reader", func() {
						for buf := make([]byte, block); ; {
							if _, err := conn.Read(buf); err != nil {
								return
							}
						}
					})
				}
			})
			client.Go("client", func() {
				for range l.connections {
					conn := must(client.Dial("tcp", address))
					client.Go("writer", func() {
						for range each {
							conn.Write(data)
						}
						conn.Close()
					})
				}
			})
		}
		s.Sleep(time.Hour)
	})
	return w.packets
}
