package vnet

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
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

// benchmark carries the load once for each iteration and reports what its packets cost, from when all connections stand.
func (l load) benchmark(b *testing.B) {
	var sum spent
	for b.Loop() {
		sum = sum.and(l.carry(b))
	}
	b.ReportMetric(float64(sum.cpu)/float64(sum.packets), "cpu-ns")
	b.ReportMetric(float64(sum.wall)/float64(sum.packets), "ns/packet")
}

// What is spent on packets, in nanoseconds.
type spent struct{ packets, cpu, wall int64 }

func (s spent) and(o spent) spent {
	return spent{s.packets + o.packets, s.cpu + o.cpu, s.wall + o.wall}
}

// carry makes the world, moves the data and returns what that took.
func (l load) carry(b *testing.B) (total spent) {
	s := sim.New(sim.Options{})
	defer s.Close()
	w := &world{b, s, New(s)}
	ends := l.hub(w)
	hosts := w.Hosts()[1:]
	data, waste := make([]byte, block), make([]byte, block) // all writers send the same, and nobody keeps what comes
	each := max(1, l.blocks/(l.hosts/2*l.connections))
	w.run(func() {
		var conns []net.Conn
		var dials []*sim.Task
		for k := 0; k < l.hosts; k += 2 {
			server, client := ends[k], ends[k+1]
			address := netip.AddrPortFrom(addr4(hosts[k]), 80).String()
			welcome := must(server.Listen("tcp", ":80"))
			server.Go("server", func() {
				for range l.connections {
					conn := must(welcome.Accept())
					server.Go("reader", func() { discard(conn, waste) })
				}
			})
			dials = append(dials, client.Go("client", func() {
				for range l.connections {
					conns = append(conns, must(client.Dial("tcp", address)))
				}
			}))
		}
		for _, t := range dials {
			t.Join()
		}
		began, cpu, packets := time.Now(), usage.Processor(), w.packets
		for _, conn := range conns {
			s.Root().Go("writer", func() { send(conn, data, each) })
		}
		s.Sleep(time.Hour)
		total = spent{w.packets - packets, usage.Processor() - cpu, int64(time.Since(began))}
	})
	return total
}

// hub makes the router and the hosts around it.
func (l load) hub(w *world) (ends []*stack.Stack) {
	hub := w.router("hub")
	spoke := LinkOptions{Shape: Shape{Rate: 100e6, Delay: time.Millisecond, Loss: l.loss}}
	for k := range l.hosts {
		h := w.host(fmt.Sprint("h", k))
		w.link(h, hub, spoke)
		ends = append(ends, stack.New(w.sched, h.Group(), h, "bench"))
	}
	return ends
}

const block = 16 << 10

// send writes the data so many times and closes the connection.
func send(conn net.Conn, data []byte, times int) {
	for range times {
		conn.Write(data)
	}
	conn.Close()
}

// discard reads to the end into a buffer that others may use as well.
func discard(conn net.Conn, buf []byte) {
	for {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}
