package vnet

import (
	"errors"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// echoOnDemand lets a host start an echo server at its first packet, and returns how often it was started.
func echoOnDemand(w *world, h *Host) *int {
	starts := new(int)
	start := func(kind stack.Kind) func() {
		return func() {
			*starts++
			g := h.Group().NewGroup("echo")
			s := stack.New(w.sched, g, h, "running")
			if kind == stack.UDP {
				c := must(s.ListenPacket("udp", ":7"))
				s.Go("echo", func() {
					buf := make([]byte, 100)
					for {
						n, from, err := c.ReadFrom(buf)
						if err != nil {
							return
						}
						c.WriteTo(buf[:n], from)
					}
				})
				return
			}
			l := must(s.Listen("tcp", ":7"))
			s.Go("echo", func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					buf := make([]byte, 100)
					n, _ := c.Read(buf)
					c.Write(buf[:n])
					c.Close()
				}
			})
		}
	}
	h.StartOnDemand(stack.UDP, 7, "echo", start(stack.UDP))
	h.StartOnDemand(stack.TCP, 7, "echo", start(stack.TCP))
	return starts
}

// ask sends a word to port 7 of b and returns the answer.
func ask(w *world, a *Host, network string) (string, error) {
	s := stack.New(w.sched, a.Group(), a, "client")
	c, err := stack.Dialer{Timeout: 5 * time.Second}.Dial(s, network, "b:7")
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(s.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte("hello")); err != nil {
		return "", err
	}
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

func TestStartOnDemand(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			w := newWorld(t, 1)
			a, b, _ := w.line(1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
			starts := echoOnDemand(w, b)
			if _, pending := w.sched.Next(); pending {
				t.Error("something is to happen before the first packet")
			}
			w.run(func() {
				equal(t, "starts before the first packet", *starts, 0)
				for range 3 {
					got, err := ask(w, a, network)
					if err != nil || got != "hello" {
						t.Errorf("got %q, %v", got, err)
					}
				}
				equal(t, "starts", *starts, 1)
				got, err := ask(w, b, network)
				if err != nil || got != "hello" {
					t.Errorf("from the host itself: got %q, %v", got, err)
				}
				equal(t, "starts", *starts, 1)

				b.Crash()
				if got, err := ask(w, a, network); err == nil {
					t.Errorf("a crashed host answers %q", got)
				}
				equal(t, "starts while the host is down", *starts, 1)
				b.Restart()
				if _, err := ask(w, a, network); err != nil {
					t.Errorf("after a restart: %v", err)
				}
				equal(t, "starts after a restart", *starts, 2)
			})
		})
	}
}

// TestDemandIsTheLast: whoever has bound the port before goes first, and what does not start is a closed port.
func TestDemandIsTheLast(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	starts := echoOnDemand(w, b)
	w.run(func() {
		mine := w.udp(b, 7)
		c := w.udp(a, 0)
		must(c.WriteTo([]byte("x"), ap(addr4(b), 7)))
		got, _ := w.receive(mine)
		equal(t, "at the socket that was there", got, "x")
		equal(t, "starts", *starts, 0)
		ok(t, mine.Close())

		failures := 0
		b.StartOnDemand(stack.TCP, 7, "echo", func() { failures++ })
		for range 2 {
			if _, err := ask(w, a, "tcp"); !errors.Is(err, stack.ErrRefused) {
				t.Errorf("a server that does not start: %v, want refused", err)
			}
		}
		equal(t, "tries, by IPv4 and IPv6", failures, 4)
		b.StartOnDemand(stack.TCP, 7, "", nil)
		ask(w, a, "tcp")
		equal(t, "tries after it was taken away", failures, 4)
	})
}

// TestDemandDuringStart: a server that speaks to its own port while it starts does not start twice.
func TestDemandDuringStart(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	starts := 0
	b.StartOnDemand(stack.UDP, 7, "loop", func() {
		starts++
		must(w.udp(b, 0).WriteTo([]byte("x"), ap(addr4(b), 7)))
	})
	w.run(func() { must(w.udp(a, 0).WriteTo([]byte("x"), ap(addr4(b), 7))) })
	equal(t, "starts", starts, 1)
}

func TestDemandInSocketTable(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	echoOnDemand(w, b)
	show := func() (all string) {
		for _, s := range b.Sockets() {
			all += s.Kind.String() + " " + s.State + " " + s.Local.String() + " " + s.Process + "\n"
		}
		return all
	}
	equal(t, "before", show(), "tcp LISTEN 0.0.0.0:7 echo\nudp UNCONN 0.0.0.0:7 echo\n")
	w.run(func() { must(ask(w, a, "udp")) })
	equal(t, "while one runs", show(), "tcp LISTEN 0.0.0.0:7 echo\nudp UNCONN 0.0.0.0:7 running\n")
	b.Crash()
	equal(t, "of a host that is down", show(), "")
}
