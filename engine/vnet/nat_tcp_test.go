package vnet

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"pgregory.net/rapid"
)

// TestTCPThroughNAT is the promise of TCP kept across a NAT whose outside link loses, doubles and reorders: each of some connections
// from two hosts brings every byte there and back once.
func TestTCPThroughNAT(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newNATWorld(t, rapid.Uint64().Draw(r, "seed"), NATOptions{
			Mapping:     Dependence(rapid.IntRange(0, 2).Draw(r, "mapping")),
			Filtering:   Dependence(rapid.IntRange(0, 2).Draw(r, "filtering")),
			RandomPorts: rapid.Bool().Draw(r, "random ports"),
		})
		shape := Shape{Delay: 5 * time.Millisecond, Rate: 10e6,
			Loss: rapid.Float64Range(0, 0.1).Draw(r, "loss"), Duplicate: rapid.Float64Range(0, 0.2).Draw(r, "duplicate"),
			Reorder: rapid.Float64Range(0, 0.2).Draw(r, "reorder"), Corrupt: rapid.Float64Range(0, 0.05).Draw(r, "corrupt")}
		ok(t, w.up.SetShape(AB, shape))
		ok(t, w.up.SetShape(BA, shape))
		w.mirror(80)
		size, n := rapid.IntRange(0, 50000).Draw(r, "size"), rapid.IntRange(1, 4).Draw(r, "connections")
		w.world.run(func() {
			var tasks []*sim.Task
			for k := range n {
				h := []*Host{w.h1, w.h2}[k%2]
				tasks = append(tasks, h.Group().Go("client", func() {
					sent := pattern(size, byte(k))
					if got, err := w.reflect(h, sent); err != nil || !bytes.Equal(got, sent) {
						r.Errorf("connection %d: %d bytes of %d came back, or others: %v", k, len(got), size, err)
					}
				}))
			}
			for _, task := range tasks {
				task.Join()
			}
		})
		w.sched.Close()
	})
}

// mirror makes s1 send back what it gets on each connection to a port.
func (w *natWorld) mirror(port uint16) {
	l := must(w.s1.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	ok(w, l.Bind(ap(addr4(w.s1), port)))
	ok(w, l.Listen(10))
	w.s1.Group().Go("mirror", func() {
		for {
			stack.WaitReadable(w.sched, l, "accept", time.Time{})
			s, err := l.Accept()
			if err != nil {
				continue
			}
			w.s1.Group().Go("connection", func() {
				c := stack.NewConn(w.sched, s)
				all, _ := io.ReadAll(c)
				c.Write(all)
				c.Close()
			})
		}
	})
}

// reflect sends data from a host to the mirror and returns what comes back.
func (w *natWorld) reflect(h *Host, data []byte) ([]byte, error) {
	s := must(h.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	if err := stack.Connect(w.sched, s, ap(addr4(w.s1), 80), time.Time{}); err != nil {
		return nil, err
	}
	c := stack.NewConn(w.sched, s)
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		return nil, err
	}
	if err := c.CloseWrite(); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}

// Two hosts behind two NATs reach each other when both send first: cones let that work, a symmetric NAT on both sides does not.
func TestHolePunching(t *testing.T) {
	for _, c := range []struct {
		mapping Dependence
		want    bool
	}{{EndpointIndependent, true}, {AddressAndPortDependent, false}} {
		w := newNATWorld(t, 1, NATOptions{Mapping: c.mapping, Filtering: AddressAndPortDependent, RandomPorts: true})
		other, box2 := w.host("other"), w.router("box2")
		w.wire(other, box2)
		up := w.wire(box2, w.isp)
		must(box2.SetNAT(&NATOptions{Outside: up, Mapping: c.mapping, Filtering: AddressAndPortDependent, RandomPorts: true}))
		a, b, meet := w.udp(w.h1, 5000), w.udp(other, 5000), w.udp(w.s1, 1)
		w.run(func() {
			outA, outB := w.seen(a, meet, ap(addr4(w.s1), 1)), w.seen(b, meet, ap(addr4(w.s1), 1))
			w.send(a, outB) // opens a's side; b's NAT drops it
			w.send(b, outA)
			equal(t, fmt.Sprint("b reaches a, mapping ", c.mapping), a.CanRead(), c.want)
		})
	}
}
