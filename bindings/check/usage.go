package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// What the trace of a trial keeps.
const (
	mostEvents = 20_000
	mostBytes  = 4 << 20
)

type processArgs struct {
	Process *host.Process `doc:"a process, of the submission or another one"`
}

// events returns what a process did with its sockets. If that is more than the trace keeps, nothing can be said of it and the test ends.
func (t *Test) events(c *bind.Call, p *host.Process) []capture.Event {
	var own []capture.Event
	cut := t.trial.trace.Missing() > 0
	all := t.trial.trace.Events(capture.Filter{Hosts: []string{p.Home().Name}})
	c.Charge(10 * len(all))
	for _, e := range all {
		if e.Host == p.Home().Name && e.Process == p.String() {
			own = append(own, e)
			cut = cut || len(e.Data) < e.Size && e.Carries()
		}
	}
	if cut {
		t.miss(grade.Finding{Message: fmt.Sprintf("the programs of the test did more with their sockets than is kept: %d steps, or %s of data", mostEvents, lua51.Bytes(mostBytes))}, nil, false)
		t.stop(c)
	}
	return own
}

// stream joins what a process sent or received over TCP.
func (t *Test) stream(c *bind.Call, p *host.Process, op stack.Op) string {
	var all []byte
	for _, e := range t.events(c, p) {
		if e.Op == op && e.Kind == stack.TCP {
			all = append(all, e.Data...)
		}
	}
	return string(all)
}

func (t *Test) sent(c *bind.Call, a processArgs) (string, error) {
	return t.stream(c, a.Process, stack.OpSend), nil
}

func (t *Test) received(c *bind.Call, a processArgs) (string, error) {
	return t.stream(c, a.Process, stack.OpReceive), nil
}

// datagram is one that a process has sent or received.
type datagram struct {
	Data string
	At   time.Duration
	Peer string
	Port int
}

type datagramsArgs struct {
	Process *host.Process `doc:"a process, of the submission or another one"`
	Which   string        `doc:"those that it has sent, or received" enum:"sent,received" default:"sent"`
}

func (t *Test) datagrams(c *bind.Call, a datagramsArgs) ([]datagram, error) {
	op := stack.OpSend
	if a.Which == "received" {
		op = stack.OpReceive
	}
	list := []datagram{}
	for _, e := range t.events(c, a.Process) {
		if e.Op == op && e.Kind == stack.UDP {
			list = append(list, datagram{string(e.Data), e.At, e.Peer, int(e.Remote.Port())})
		}
	}
	return list, nil
}

// usage is what a process has used.
type usage struct {
	Fuel          int64
	Memory        int64
	Connects      int
	Accepts       int
	Open          int
	DatagramsSent int
	BytesSent     int
	BytesReceived int
}

// closing are the states of TCP sockets that a process has closed and that live on for a while.
var closing = [...]string{"FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"}

func (t *Test) usage(c *bind.Call, a processArgs) (usage, error) {
	p := a.Process
	u := usage{Fuel: p.Meter.Used(), Memory: p.Meter.Held()}
	for _, e := range t.events(c, p) {
		switch e.Op {
		case stack.OpConnect:
			u.Connects++
		case stack.OpAccept:
			u.Accepts++
		case stack.OpSend:
			u.BytesSent += e.Size
			if e.Kind == stack.UDP {
				u.DatagramsSent++
			}
		case stack.OpReceive:
			u.BytesReceived += e.Size
		}
	}
	for _, s := range p.Home().Network.Sockets() {
		if s.Process == p.String() && !slices.Contains(closing[:], s.State) {
			u.Open++
		}
	}
	return u, nil
}
