package vnet

import (
	"io"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A flood is a connection that one host fills for as long as it can, while another reads.
type flood struct{ client, server *tcpSocket }

// flood starts a connection from one host to another after a while. It ends when the hosts crash.
func (w *world) flood(from, to *Host, after time.Duration) *flood {
	f := &flood{}
	data := pattern(1<<18, 1)
	addr := netip.AddrPortFrom(to.Addrs()[0], 80)
	l := must(to.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	ok(w, l.Bind(addr))
	ok(w, l.Listen(1))
	w.sched.Root().Go("receiver", func() {
		if !stack.WaitReadable(w.sched, l, "accept", time.Time{}) {
			return
		}
		f.server = must(l.Accept()).(*tcpSocket)
		io.Copy(io.Discard, stack.NewConn(w.sched, f.server))
	})
	w.sched.Root().Go("sender", func() {
		w.sched.Sleep(after)
		f.client = must(from.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
		ok(w, stack.Connect(w.sched, f.client, addr, time.Time{}))
		for out := stack.NewConn(w.sched, f.client); ; {
			if _, err := out.Write(data); err != nil {
				return
			}
		}
	})
	return f
}

// received returns the bytes that have arrived in order.
func (f *flood) received() int64 {
	if f.server == nil {
		return 0
	}
	return f.server.stats.BytesReceived
}

// goodput returns the mean goodput in Mbps of one connection over 100 Mbps and 10 ms each way whose data packets are lost with
// probability loss, in as many worlds as seeds, for the time d each.
func goodput(t *testing.T, loss float64, seeds uint64, d time.Duration) float64 {
	var sum int64
	for seed := range seeds {
		w := newWorld(t, seed+1)
		a, b := w.host("a"), w.host("b")
		back := Shape{Rate: 100e6, Delay: 10 * time.Millisecond, Queue: Unlimited}
		there := back
		there.Loss = loss
		w.link(a, b, LinkOptions{AB: &there, BA: &back})
		a.SetTCP(TCPConfig{SendBuffer: 4 << 20, MinRTO: time.Second})
		b.SetTCP(TCPConfig{RecvBuffer: 4 << 20, DelayedAck: 200 * time.Millisecond})
		w.run(func() {
			f := w.flood(a, b, 0)
			w.sched.Sleep(d)
			sum += f.received()
			a.Crash()
			b.Crash()
		})
	}
	return mbps(int(sum), d) / float64(seeds)
}

// TestTCPReference compares goodput with figures of ns-3 3.37: two nodes, a PointToPointNetDevice of 100 Mbps and 10 ms,
// RateErrorModel in units of packets on the receiver of the data, segments of 1460 bytes, buffers of 4 MiB, drop-tail queues of
// 20,000 packets without traffic control, TcpClassicRecovery, no SACK, no timestamps, initial window 10, minimum RTO 1 s,
// every second segment acknowledged, or one after 200 ms. Each figure
// is the mean of so many runs with RngRun 1, 2, 3, ..., of 60 s each.
//
// This is not a match with ns-3's TcpNewReno under loss: that has 16.23 Mbps at a loss of 0.001 (10 runs of 120 s) and 4.05 at 0.01, and
// vnet has 44 % and 53 % more. A likely reason, not proved, is that vnet counts the bytes an ACK covers (RFC 3465) while TcpNewReno grows
// per ACK. The figure at 0.001 is TcpLinuxReno's, the nearest of the models tried; at 0.01 its runs lie between 7.7 and 18.9 Mbps,
// too far apart to be a reference, and vnet has 6.2.
func TestTCPReference(t *testing.T) {
	for _, c := range []struct {
		model string
		loss  float64
		runs  int
		mbps  float64
	}{
		{"TcpNewReno", 0, 1, 96.98},
		{"TcpLinuxReno", 0.001, 5, 27.09},
	} {
		seeds := uint64(10)
		if c.loss == 0 {
			seeds = 1 // nothing is drawn
		}
		got := goodput(t, c.loss, seeds, time.Minute)
		t.Logf("loss %v: %.2f Mbps, %s has %.2f in %d runs: %+.0f %%", c.loss, got, c.model, c.mbps, c.runs, 100*(got/c.mbps-1))
		if math.Abs(got/c.mbps-1) > 0.25 {
			t.Errorf("loss %v: %.2f Mbps, want %.2f within 25 %%", c.loss, got, c.mbps)
		}
	}
}
