package vnet

import (
	"math/rand/v2"
	"time"
)

// A Disturbance says how much worse than asked for a network is made. Each field is the most: what a link or a host gets is drawn for it,
// and is nothing for every other one. The zero value disturbs nothing.
type Disturbance struct {
	Delay     time.Duration // of a link, in either direction, added to its own
	Jitter    time.Duration // added to its own
	Loss      float64       // probability, besides the link's own
	Duplicate float64
	Reorder   float64
	Slow      time.Duration // how long a host looks at each packet that comes in
	Cut       float64       // probability of a TCP segment to be cut short at any byte, so that the rest comes in another one
}

// disturber draws what is made worse.
type disturber struct {
	Disturbance
	rng *rand.Rand
}

// Disturb makes the links and hosts that are added from now on worse by what is drawn from the scheduler's seed, and cuts what TCP sends
// from now on.
func (n *Network) Disturb(d Disturbance) {
	n.trouble = &disturber{d, n.sched.Rand("disturbance")}
	if d.Cut = n.trouble.share(d.Cut); d.Cut > 0 {
		n.cut, n.cutter = d.Cut, n.sched.Rand("cut")
	}
}

// Cut returns the probability that Disturb has drawn for a TCP segment to be cut.
func (n *Network) Cut() float64 { return n.cut }

// share draws a part of the most, or nothing.
func (t *disturber) share(most float64) float64 {
	if t.rng.IntN(2) == 0 {
		return 0
	}
	return most * t.rng.Float64()
}

func (t *disturber) time(most time.Duration) time.Duration {
	return time.Duration(t.share(float64(most))).Truncate(time.Microsecond)
}

// link makes a link worse. A share is drawn for each fault, whatever was asked for, so that the most of one does not change the others.
func (t *disturber) link(l *Link) {
	for dir := range l.dirs {
		s := l.dirs[dir].shape
		s.Delay += t.time(t.Delay)
		s.Jitter += t.time(t.Jitter)
		s.Loss = either(s.Loss, t.share(t.Loss))
		s.Duplicate = either(s.Duplicate, t.share(t.Duplicate))
		s.Reorder = either(s.Reorder, t.share(t.Reorder))
		l.dirs[dir].setShape(s)
	}
}

// either returns the probability that one of two things happens.
func either(p, q float64) float64 { return p + q - p*q }

// pieces returns how many of n bytes the next segment takes.
func (n *Network) pieces(bytes int) int {
	if bytes < 2 || n.cutter.Float64() >= n.cut {
		return bytes
	}
	return 1 + n.cutter.IntN(bytes-1)
}
