package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// defaultSeeds is under how many seeds a test with chaos runs unless it says otherwise.
const defaultSeeds = 10

// chaosArgs are the most that a seed may draw.
type chaosArgs struct {
	Cut       float64       `doc:"probability of a piece that TCP sends to be cut at any byte, so that it comes in two" default:"0.5" min:"0" max:"1"`
	Delay     time.Duration `doc:"added to a link's delay, in each direction its own" default:"50 ms"`
	Jitter    time.Duration `doc:"added to a link's jitter" default:"10 ms"`
	Loss      float64       `doc:"probability of a packet to be lost on a link, besides the link's own" default:"0.05" min:"0" max:"1"`
	Duplicate float64       `doc:"probability of a packet to come twice" default:"0.05" min:"0" max:"1"`
	Reorder   float64       `doc:"probability of a packet to be overtaken" default:"0.05" min:"0" max:"1"`
	Slow      time.Duration `doc:"how long a host looks at each packet that comes in" default:"5 ms"`
}

// disturbance returns what the network of a test with chaos is told.
func (a *chaosArgs) disturbance() vnet.Disturbance {
	return vnet.Disturbance{Delay: a.Delay, Jitter: a.Jitter, Loss: a.Loss, Duplicate: a.Duplicate, Reorder: a.Reorder, Slow: a.Slow, Cut: a.Cut}
}

// weather says how the network of a test with chaos misbehaves under its seed, "" without chaos.
func (t *trial) weather() string {
	if t.declared == nil || t.declared.chaos == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("the network under this seed:")
	net := t.run.world.Net
	for _, l := range net.Links() {
		for dir, arrow := range []string{"->", "<-"} {
			a, z := l.Ends()
			s := l.Shape(vnet.Dir(dir))
			fmt.Fprintf(&b, "\n  %s %s %s: delay %v", a, arrow, z, s.Delay)
			if s.Jitter > 0 {
				fmt.Fprintf(&b, " to %v", s.Delay+s.Jitter)
			}
			for _, f := range []struct {
				word string
				p    float64
			}{{"lost", s.Loss}, {"twice", s.Duplicate}, {"overtaken", s.Reorder}} {
				if f.p > 0 {
					fmt.Fprintf(&b, ", %.2g %% %s", 100*f.p, f.word)
				}
			}
		}
	}
	for _, h := range net.Hosts() {
		if h.Processing() > 0 {
			fmt.Fprintf(&b, "\n  %s takes %v for each packet", h.Name(), h.Processing())
		}
	}
	if cut := net.Cut(); cut > 0 {
		fmt.Fprintf(&b, "\n  %.0f %% of what TCP sends is cut in two", 100*cut)
	}
	return b.String()
}
