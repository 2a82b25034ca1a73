package vnet

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

// transfer sends n bytes from a to b and returns the time from Connect until the last byte was read.
func (w *tcpWorld) transfer(n int) (took time.Duration, client *tcpSocket) {
	w.t.Helper()
	l := w.listener(80, 1)
	client = w.socket(w.a)
	start := w.sched.Elapsed()
	data := pattern(n, 1)
	w.run(func() {
		w.sched.Root().Go("sender", func() {
			ok(w.t, w.connect(client, netip.AddrPortFrom(w.bAddr, 80)))
			ok(w.t, w.write(client, data))
			client.Close()
		})
		server := w.accept(l)
		got, err := w.readAll(server)
		ok(w.t, err)
		took = w.sched.Elapsed() - start
		if !bytes.Equal(got, data) {
			w.t.Errorf("%d bytes arrived of %d, or others", len(got), len(data))
		}
		server.Close()
		l.Close()
	})
	return took, client
}

func mbps(n int, d time.Duration) float64 { return float64(n) * 8 / d.Seconds() / 1e6 }

// TestTCPGoodputClean fills 100 Mbps at a round trip of 20 ms.
func TestTCPGoodputClean(t *testing.T) {
	const n = 48 << 20
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Rate: 100e6, Delay: 10 * time.Millisecond}})
	took, c := w.transfer(n)
	t.Logf("%v, %.2f Mbps, %+v", took, mbps(n, took), c.TCPInfo())
	if got := mbps(n, took); got < 94 {
		t.Errorf("goodput %.2f Mbps, want at least 94", got)
	}
	if c.stats.Retransmits > 0 {
		t.Errorf("%d segments were sent again on a link without loss", c.stats.Retransmits)
	}
}

// TestTCPGoodputLoss checks that loss costs, but does not kill, throughput (about MSS/RTT·1.2/√p).
func TestTCPGoodputLoss(t *testing.T) {
	for _, c := range []struct {
		loss        float64
		least, most float64
	}{{0.001, 10, 60}, {0.01, 3, 12}, {0.05, 0.5, 5}} {
		var sum float64
		for seed := range uint64(5) {
			const n = 8 << 20
			w := newTCPWorld(t, seed, LinkOptions{Shape: Shape{Rate: 100e6, Delay: 10 * time.Millisecond, Loss: c.loss}})
			took, s := w.transfer(n)
			sum += mbps(n, took) / 5
			t.Logf("loss %v: %.2f Mbps, %+v", c.loss, mbps(n, took), s.stats)
		}
		if sum < c.least || sum > c.most {
			t.Errorf("loss %v: goodput %.2f Mbps, want %v to %v", c.loss, sum, c.least, c.most)
		}
	}
}
