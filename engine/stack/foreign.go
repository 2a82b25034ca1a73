package stack

import (
	"fmt"
	"net"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Foreign is a net.Conn for goroutines that are not tasks: each call is posted to the scheduler, which must
// run on the wall clock (see sim.Scheduler.Hold), and runs there as a task. Libraries that bring their own
// goroutines reach a network through it.
type Foreign struct {
	conn  *Conn
	sched *sim.Scheduler
	group *sim.Group
}

// NewForeign returns c for use by any goroutine; its calls run in group g.
func NewForeign(g *sim.Group, c *Conn) *Foreign { return &Foreign{c, c.sched, g} }

// do runs op as a task; a call that was cut short because the process or the world ended fails as on a closed connection.
func (f *Foreign) do(name string, err *error, op func()) {
	if cut := f.sched.Do(f.group, name, op); cut != nil {
		*err = fmt.Errorf("%s: %w (%w)", name, net.ErrClosed, cut)
	}
}

// Read is Conn.Read.
func (f *Foreign) Read(p []byte) (n int, err error) {
	f.do("read", &err, func() { n, err = f.conn.Read(p) })
	return n, err
}

// Write is Conn.Write.
func (f *Foreign) Write(p []byte) (n int, err error) {
	f.do("write", &err, func() { n, err = f.conn.Write(p) })
	return n, err
}

// Close is Conn.Close.
func (f *Foreign) Close() (err error) {
	f.do("close", &err, func() { err = f.conn.Close() })
	return err
}

// LocalAddr is Conn.LocalAddr.
func (f *Foreign) LocalAddr() net.Addr { return f.conn.LocalAddr() }

// RemoteAddr is Conn.RemoteAddr.
func (f *Foreign) RemoteAddr() net.Addr { return f.conn.RemoteAddr() }

// SetDeadline is Conn.SetDeadline.
func (f *Foreign) SetDeadline(t time.Time) (err error) {
	f.do("set deadline", &err, func() { err = f.conn.SetDeadline(t) })
	return err
}

// SetReadDeadline is Conn.SetReadDeadline.
func (f *Foreign) SetReadDeadline(t time.Time) (err error) {
	f.do("set deadline", &err, func() { err = f.conn.SetReadDeadline(t) })
	return err
}

// SetWriteDeadline is Conn.SetWriteDeadline.
func (f *Foreign) SetWriteDeadline(t time.Time) (err error) {
	f.do("set deadline", &err, func() { err = f.conn.SetWriteDeadline(t) })
	return err
}

var (
	_ net.Conn       = (*Foreign)(nil)
	_ net.Conn       = (*Conn)(nil)
	_ net.Listener   = (*Listener)(nil)
	_ net.PacketConn = (*PacketConn)(nil)
)
