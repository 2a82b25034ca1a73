package vnet

import (
	"fmt"
	"testing"
	"time"
)

// jain returns Jain's index of fairness: 1 if all shares are equal, 1/n if one has everything.
func jain(shares []float64) float64 {
	var sum, squares float64
	for _, x := range shares {
		sum += x
		squares += x * x
	}
	return sum * sum / (float64(len(shares)) * squares)
}

// dumbbell lets n hosts on the left send to n on the right through two routers for the time d, over a bottleneck of 20 Mbps, round
// trips of 44 ms and a drop-tail queue of one bandwidth-delay product. It returns what each connection got in Mbps.
func dumbbell(t *testing.T, seed uint64, n int, d time.Duration) []float64 {
	w := newWorld(t, seed)
	left, right := w.router("left"), w.router("right")
	w.link(left, right, LinkOptions{Shape: Shape{Rate: 20e6, Delay: 20 * time.Millisecond, QueueBytes: 20e6 / 8 * 44 / 1000}})
	starts := w.sched.Rand("starts")
	floods := make([]*flood, n)
	for i := range floods {
		a, b := w.host(fmt.Sprintf("a%d", i)), w.host(fmt.Sprintf("b%d", i))
		edge := LinkOptions{Shape: Shape{Rate: 100e6, Delay: time.Millisecond}}
		w.link(a, left, edge)
		w.link(right, b, edge)
		floods[i] = w.flood(a, b, time.Duration(starts.Int64N(int64(time.Second))))
	}
	shares := make([]float64, n)
	w.run(func() {
		w.sched.Sleep(d)
		for i, f := range floods {
			shares[i] = mbps(int(f.received()), d)
		}
		for _, h := range w.Hosts() {
			h.Crash()
		}
	})
	return shares
}

// TestTCPDumbbell checks that twenty connections with equal round trips share a bottleneck fairly and fill it.
func TestTCPDumbbell(t *testing.T) {
	for seed := range uint64(3) {
		shares := dumbbell(t, seed+1, 20, 60*time.Second)
		var total float64
		for _, x := range shares {
			total += x
		}
		index := jain(shares)
		t.Logf("seed %d: Jain's index %.3f, together %.2f Mbps, %.2f", seed+1, index, total, shares)
		if index < 0.9 {
			t.Errorf("seed %d: Jain's index %.3f of %.2f Mbps, want at least 0.9", seed+1, index, shares)
		}
		if total < 0.9*20 {
			t.Errorf("seed %d: %.2f Mbps together, want at least 18 of 20", seed+1, total)
		}
	}
}
