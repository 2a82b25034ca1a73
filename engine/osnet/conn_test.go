//go:build linux || darwin

package osnet_test

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

func TestConnConformance(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		allow, err := osnet.ParseAllow(local...)
		if err != nil {
			return nil, nil, nil, err
		}
		s := sim.New(sim.Options{Wall: true})
		n, err := osnet.New(s, allow)
		if err != nil {
			return nil, nil, nil, err
		}
		st := stack.New(s, s.Root(), n, "test")
		s.Hold()
		ended := make(chan error)
		go func() { ended <- s.Run(s.Root().Go("main", func() {})) }()
		s.Do(s.Root(), "connect", func() {
			var l *stack.Listener
			if l, err = st.Listen("tcp", "127.0.0.1:0"); err != nil {
				return
			}
			defer l.Close()
			var a, b *stack.Conn
			if a, err = st.Dial("tcp", l.Addr().String()); err != nil {
				return
			}
			var accepted net.Conn
			if accepted, err = l.Accept(); err != nil {
				return
			}
			b = accepted.(*stack.Conn)
			c1, c2 = stack.NewForeign(s.Root(), a), stack.NewForeign(s.Root(), b)
		})
		stop = func() {
			s.Do(s.Root(), "stop", func() { st.Close(); s.Release() })
			if err := <-ended; err != nil {
				t.Error(err)
			}
			s.Close()
			n.Close()
		}
		return c1, c2, stop, err
	})
}
