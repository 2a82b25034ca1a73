package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// BenchmarkTCPHosts moves data between pairs of hosts around one router, all at once, and reports the cost of a packet, which must not
// double from 2 hosts to 1,000.
func BenchmarkTCPHosts(b *testing.B) {
	for _, hosts := range []int{2, 1000} {
		b.Run(fmt.Sprint(hosts), func(b *testing.B) { benchmarkHosts(b, hosts) })
	}
}

func benchmarkHosts(b *testing.B, hosts int) {
	const block = 16 << 10
	s := sim.New(sim.Options{})
	w := &world{b, s, New(s)}
	hub := w.router("hub")
	spoke := LinkOptions{Shape: Shape{Rate: 100e6, Delay: time.Millisecond}}
	var ends []*stack.Stack
	for k := range hosts {
		h := w.host(fmt.Sprint("h", k))
		w.link(h, hub, spoke)
		ends = append(ends, stack.New(s, h.Group(), h, "bench"))
	}
	data := make([]byte, block)
	var began int64
	each := max(1, b.N*64/hosts)
	w.run(func() {
		b.ResetTimer()
		began = cpuTime()
		for k := 0; k < hosts; k += 2 {
			ends[k].Go("server", func() {
				conn := must(must(ends[k].Listen("tcp", ":80")).Accept())
				for buf := make([]byte, block); ; {
					if _, err := conn.Read(buf); err != nil {
						return
					}
				}
			})
			ends[k+1].Go("client", func() {
				conn := must(ends[k+1].Dial("tcp", netip.AddrPortFrom(addr4(w.Hosts()[k+1]), 80).String()))
				for range each {
					conn.Write(data)
				}
				conn.Close()
			})
		}
		s.Sleep(time.Hour)
		b.StopTimer()
	})
	reportCPU(b, began, float64(w.packets))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(w.packets), "ns/packet")
}
