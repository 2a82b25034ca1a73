package vnet

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A tcpWorld is two hosts joined by a link, as most tests of TCP need.
type tcpWorld struct {
	t     testing.TB
	sched *sim.Scheduler
	net   *Network
	a, b  *Host
	link  *Link
	aAddr netip.Addr
	bAddr netip.Addr
}

func newTCPWorld(t testing.TB, seed uint64, o LinkOptions) *tcpWorld {
	t.Helper()
	s := sim.New(sim.Options{Seed: seed, TimeLimit: 100 * time.Hour})
	w := &tcpWorld{t: t, sched: s, net: New(s)}
	w.a, w.b = must(w.net.Host("a")), must(w.net.Host("b"))
	w.link = must(w.net.Link(w.a, w.b, o))
	w.aAddr, w.bAddr = w.a.Addrs()[0], w.b.Addrs()[0]
	t.Cleanup(s.Close)
	return w
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// run runs f as the main task until nothing more can happen.
func (w *tcpWorld) run(f func()) {
	w.t.Helper()
	main := w.sched.Root().Go("main", f)
	if err := w.sched.Run(main); err != nil {
		w.t.Fatal(err)
	}
}

// wait lets virtual time pass.
func (w *tcpWorld) wait(d time.Duration) { w.sched.Sleep(d) }

// socket returns a new TCP socket of a host.
func (w *tcpWorld) socket(h *Host) *tcpSocket {
	return must(h.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
}

// listener returns a socket that listens on a port of host b.
func (w *tcpWorld) listener(port uint16, backlog int) *tcpSocket {
	l := w.socket(w.b)
	ok(w.t, l.SetOption(stack.ReuseAddr, true))
	ok(w.t, l.Bind(netip.AddrPortFrom(netip.IPv4Unspecified(), port)))
	ok(w.t, l.Listen(backlog))
	return l
}

// connect connects a socket and waits for the result.
func (w *tcpWorld) connect(c *tcpSocket, to netip.AddrPort) error {
	return stack.Connect(w.sched, c, to, time.Time{})
}

// accept waits for a connection.
func (w *tcpWorld) accept(l *tcpSocket) *tcpSocket {
	for {
		c, err := l.Accept()
		if err == nil {
			return c.(*tcpSocket)
		}
		if err != stack.ErrWouldBlock {
			w.t.Fatalf("accept: %v", err)
		}
		stack.WaitReadable(w.sched, l, "accept", time.Time{})
	}
}

// pair returns the two ends of a connection from host a to port 80 of host b.
func (w *tcpWorld) pair() (client, server *tcpSocket) {
	l := w.listener(80, 1)
	client = w.socket(w.a)
	ok(w.t, w.connect(client, netip.AddrPortFrom(w.bAddr, 80)))
	server = w.accept(l)
	l.Close()
	return client, server
}

// write sends all of p.
func (w *tcpWorld) write(c *tcpSocket, p []byte) error {
	_, err := stack.NewConn(w.sched, c).Write(p)
	return cause(err)
}

// readAll reads to the end of the stream.
func (w *tcpWorld) readAll(c *tcpSocket) ([]byte, error) {
	var buf bytes.Buffer
	_, err := io.Copy(&buf, stack.NewConn(w.sched, c))
	return buf.Bytes(), cause(err)
}

// cause strips the net.OpError.
func cause(err error) error {
	var e stack.Errno
	if errors.As(err, &e) {
		return e
	}
	return err
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// pattern returns n bytes that differ by position.
func pattern(n int, key byte) []byte {
	b := make([]byte, n)
	x := uint32(key) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// checkClean fails unless both hosts have forgotten every socket, port and descriptor.
func (w *tcpWorld) checkClean() {
	w.t.Helper()
	if left := w.leftovers(); left != "" {
		w.t.Error(left)
	}
}
