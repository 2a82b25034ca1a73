//go:build linux || darwin

package osnet

import (
	"net"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A countingPoller counts the looks at the kernel.
type countingPoller struct {
	*poller
	looks int
}

func (p *countingPoller) Poll(d time.Duration) {
	p.looks++
	p.poller.Poll(d)
}

// What happens on a socket that nobody waits on any more must not keep the process busy.
func TestIdleSocketsDoNotSpin(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	allow, err := ParseAllow("127.0.0.1:*")
	if err != nil {
		t.Fatal(err)
	}
	for name, last := range map[string]func(*net.TCPConn){
		"data":  func(c *net.TCPConn) { c.Write([]byte("more")) },
		"end":   func(c *net.TCPConn) { c.CloseWrite() },
		"reset": func(c *net.TCPConn) { c.SetLinger(0); c.Close() },
	} {
		s := sim.New(sim.Options{Wall: true})
		n, err := New(s, allow)
		if err != nil {
			t.Fatal(err)
		}
		p := &countingPoller{poller: n.poll}
		s.SetPoller(p)
		st := stack.New(s, s.Root(), n, "test")
		err = s.Run(s.Root().Go("main", func() {
			c, err := st.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			peer, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer peer.Close()
			s.After(time.Millisecond, func() { peer.Write([]byte("x")) })
			if _, err := c.Read(make([]byte, 1)); err != nil { // has waited for input
				t.Error(err)
			}
			last(peer.(*net.TCPConn))
			before := p.looks
			s.Sleep(20 * time.Millisecond)
			if looks := p.looks - before; looks > 10 {
				t.Errorf("%s: %d looks at the kernel during one sleep", name, looks)
			}
			c.Close()
		}))
		if err != nil {
			t.Error(err)
		}
		s.Close()
		n.Close()
	}
}

func TestWakeBeforePollIsNotLost(t *testing.T) {
	n, err := New(sim.New(sim.Options{Wall: true}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.poll.Wake()
	n.poll.Poll(-1) // would hang
	done := make(chan struct{})
	go func() { n.poll.Wake(); close(done) }()
	n.poll.Poll(-1)
	<-done
	n.poll.Poll(0) // a byte may have been on its way
	before := time.Now()
	n.poll.Poll(5 * time.Millisecond) // neither wake-up counts twice
	if took := time.Since(before); took < 5*time.Millisecond {
		t.Errorf("Poll returned after %v", took)
	}
	n.Close()
	n.poll.Wake() // after Close is nothing
}
