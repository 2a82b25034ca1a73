package vnet

import (
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
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
func goodput(t *testing.T, sender TCPConfig, loss float64, seeds uint64, d time.Duration) float64 {
	var sum int64
	for seed := range seeds {
		w := newWorld(t, seed+1)
		a, b := w.host("a"), w.host("b")
		back := Shape{Rate: 100e6, Delay: 10 * time.Millisecond, Queue: Unlimited}
		there := back
		there.Loss = loss
		w.link(a, b, LinkOptions{AB: &there, BA: &back})
		sender.SendBuffer, sender.MinRTO = 4<<20, time.Second
		a.SetTCP(sender)
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

// ns3Goodput returns the mean goodput in Mbps and the mean congestion window in segments that testdata/ns3 has for a model and a loss.
func ns3Goodput(t *testing.T, model string, loss float64) (mbps, window float64, runs int) {
	text := must(os.ReadFile("testdata/ns3/goodput.txt"))
	for line := range strings.Lines(string(text)) {
		var name string
		var p, rate, segments float64
		var run int
		if _, err := fmt.Sscanf(line, "%s loss %g run %d: %g Mbps, window %g segments", &name, &p, &run, &rate, &segments); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if name == model && p == loss {
			mbps, window, runs = mbps+rate, window+segments, runs+1
		}
	}
	if runs == 0 {
		t.Fatalf("no figure for %s at a loss of %v", model, loss)
	}
	return mbps / float64(runs), window / float64(runs), runs
}

// TestTCPReference compares goodput with ns-3 3.37: testdata/ns3 has the program with its parameters and what it printed. TcpNewReno
// grows per ACK, as RFC 5681's equations do, TcpLinuxReno counts what an ACK covers. Without loss the two are the same.
//
// TcpLinuxReno at a loss of 0.01 is no reference: some runs carry twice what their own windows allow in a round trip.
func TestTCPReference(t *testing.T) {
	for _, c := range []struct {
		model  string
		losses []float64
		config TCPConfig
	}{
		{"TcpNewReno", []float64{0, 0.001, 0.003, 0.01}, TCPConfig{NoByteCounting: true}},
		{"TcpLinuxReno", []float64{0, 0.001, 0.003}, TCPConfig{}},
	} {
		for _, loss := range c.losses {
			seeds := uint64(10)
			if loss == 0 {
				seeds = 1 // nothing is drawn
			}
			got := goodput(t, c.config, loss, seeds, time.Minute)
			want, window, runs := ns3Goodput(t, c.model, loss)
			t.Logf("loss %v: %.2f Mbps, %s has %.2f and a window of %.1f segments in %d runs: %+.0f %%",
				loss, got, c.model, want, window, runs, 100*(got/want-1))
			if math.Abs(got/want-1) > 0.25 {
				t.Errorf("loss %v: %.2f Mbps, want %s's %.2f within 25 %%", loss, got, c.model, want)
			}
		}
	}
}
