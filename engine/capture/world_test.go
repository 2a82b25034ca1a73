package capture_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A world for tests: client and server on either side of a router.
type world struct {
	*engine.World
	client, server *engine.Host
	router         *vnet.Host
	near, far      *vnet.Link // from the client to the router, and on to the server
}

func newWorld(t testing.TB, seed uint64, s vnet.Shape) *world {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{World: e}
	w.client, w.server = w.host(t, "client"), w.host(t, "server")
	if w.router, err = e.Net.Router("router"); err != nil {
		t.Fatal(err)
	}
	w.near = w.link(t, w.client.V, w.router, s)
	w.far = w.link(t, w.router, w.server.V, s)
	t.Cleanup(e.Close)
	return w
}

func (w *world) host(t testing.TB, name string) *engine.Host {
	t.Helper()
	h, err := w.AddHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (w *world) link(t testing.TB, a, b vnet.Node, s vnet.Shape) *vnet.Link {
	t.Helper()
	l, err := w.Net.Link(a, b, vnet.LinkOptions{Shape: s})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs f as a task of the client until nothing more can happen.
func (w *world) run(t testing.TB, f func(st *stack.Stack)) {
	t.Helper()
	st := w.client.NewStack("client")
	if err := w.Sched.Run(st.Go("main", func() { f(st); st.Close() })); err != nil {
		t.Fatal(err)
	}
}

// serve accepts connections at a port of the server, each in a task.
func (w *world) serve(t testing.TB, address string, f func(st *stack.Stack, c *stack.Conn)) {
	st := w.server.NewStack("server")
	st.Go("serve", func() {
		l, err := st.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			st.Go("session", func() { f(st, c.(*stack.Conn)); c.Close() })
		}
	})
}

// upper answers what it reads in capitals.
func upper(_ *stack.Stack, c *stack.Conn) {
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		c.Write(bytes.ToUpper(b[:n]))
	}
}

// echo answers datagrams at port 7 of the server.
func (w *world) echo(t testing.TB) {
	st := w.server.NewStack("echo")
	st.Go("echo", func() {
		c, err := st.ListenPacket("udp", ":7")
		if err != nil {
			t.Error(err)
			return
		}
		b := make([]byte, 65536)
		for {
			n, from, err := c.ReadFromAddrPort(b)
			if err != nil {
				return
			}
			c.WriteToAddrPort(b[:n], from)
		}
	})
}

// pattern returns n bytes that differ from place to place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8) ^ byte(i*7)
	}
	return b
}

// traffic is some of everything: streams both ways over IPv4 and IPv6, datagrams whole and in fragments, pings. It returns the bytes
// of the stream over IPv4, in each direction.
func (w *world) traffic(t testing.TB) (up, down []byte) {
	up, down = pattern(60_000), pattern(100_000)
	w.serve(t, ":6789", func(_ *stack.Stack, c *stack.Conn) {
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, up) {
			t.Errorf("the server read %d bytes, %v", len(got), err)
		}
		c.Write(down)
	})
	w.serve(t, "[::]:6790", upper)
	w.echo(t)
	w.run(t, func(st *stack.Stack) {
		c, err := st.Dial("tcp4", "server:6789")
		if err != nil {
			t.Error(err)
			return
		}
		c.Write(up)
		c.CloseWrite()
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, down) {
			t.Errorf("the client read %d bytes, %v", len(got), err)
		}
		c.Close()
		w.small(t, st)
	})
	return up, down
}

// small is what traffic has besides the stream over IPv4.
func (w *world) small(t testing.TB, st *stack.Stack) {
	six, err := st.Dial("tcp6", "server:6790")
	if err != nil {
		t.Error(err)
		return
	}
	six.Write([]byte("six\n"))
	six.Read(make([]byte, 10))
	six.Close()
	u, err := st.Dial("udp", "server:7")
	if err != nil {
		t.Error(err)
		return
	}
	for _, size := range []int{0, 5, 4000} {
		u.Write(pattern(size))
		u.SetReadDeadline(st.Now().Add(time.Second))
		if n, err := u.Read(make([]byte, 65536)); n != size || err != nil {
			t.Errorf("echo of %d bytes: %d, %v", size, n, err)
		}
	}
	u.Close()
	if _, err := w.client.V.Ping(w.server.V.Addrs()[0], vnet.PingOptions{}); err != nil {
		t.Error(err)
	}
}

// failing is a writer that takes so many bytes.
type failing struct{ room int }

var errFull = errors.New("no space left on device")

func (f *failing) Write(b []byte) (int, error) {
	if len(b) > f.room {
		n := f.room
		f.room = 0
		return n, errFull
	}
	f.room -= len(b)
	return len(b), nil
}
