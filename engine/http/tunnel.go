package http

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// tunnelIdle is how long a tunnel stands through which nothing goes.
const tunnelIdle = 10 * time.Minute

// A tunnel hands on bytes between a client and the connection that it has asked for (RFC 9110 9.3.6).
type tunnel struct {
	x     *session
	moved time.Time // when something last went through
	bytes int64
	open  int // directions
	ended sim.Queue
	conns [2]net.Conn
}

// tunnel answers CONNECT. An error says that the connection is of no more use.
func (x *session) tunnel(r *Request) error {
	if r.Body != nil && r.ContentLength != 0 {
		x.close = true
		return x.answer(r, refusal(fault(400, "CONNECT with a body")))
	}
	there, refused := x.Connect(r)
	if refused != nil {
		return x.answer(r, refused)
	}
	t := &tunnel{x: x, moved: x.st.Now(), open: 2, conns: [2]net.Conn{x.link, stack.NewLink(x.st, there)}}
	defer there.Close()
	spawn := x.Go
	if spawn == nil {
		spawn = func(name string, f func()) bool { x.st.Go(name, f); return true }
	}
	x.close = true
	if _, err := io.WriteString(timed{x}, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return err
	}
	back := func() {
		if task := x.st.Scheduler().Current(); task != nil {
			task.Daemon = true
		}
		t.carry(t.conns[1], t.conns[1], t.conns[0])
	}
	if !spawn("http tunnel", back) {
		return stack.ErrNoBuffers
	}
	t.carry(x.in, t.conns[0], t.conns[1])
	for t.open > 0 {
		x.st.Scheduler().Wait(sim.Wait{Call: "tunnel"}, time.Time{}, &t.ended)
	}
	x.answered++
	if x.Log != nil {
		x.Log(Entry{x.link.RemoteAddr(), r, 200, t.bytes, x.began, x.st.Now()})
	}
	return io.EOF
}

// carry hands on what r reads of one connection to the other until it ends, and then that it has ended. When one is broken both are closed.
func (t *tunnel) carry(r io.Reader, from, to net.Conn) {
	defer t.ended.Wake()
	defer func() { t.open-- }()
	b := make([]byte, 16<<10)
	for {
		from.SetReadDeadline(t.moved.Add(tunnelIdle))
		n, err := r.Read(b)
		now := t.x.st.Now()
		var failed error
		if n > 0 {
			t.moved, t.bytes = now, t.bytes+int64(n)
			t.x.charge(n / bytesPerUnit)
			to.SetWriteDeadline(now.Add(t.x.timeout()))
			_, failed = to.Write(b[:n])
		}
		switch {
		case failed == nil && (err == nil || stack.Code(err) == "timeout" && now.Before(t.moved.Add(tunnelIdle))):
		case failed == nil && err == io.EOF && closeWrite(to) == nil:
			return
		default:
			t.conns[0].Close()
			t.conns[1].Close()
			return
		}
	}
}

// closeWrite says to the other side of a connection that nothing more will come.
func closeWrite(c net.Conn) error {
	if l, ok := c.(*stack.Link); ok {
		c = l.Conn
	}
	half, ok := c.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed
	}
	return half.CloseWrite()
}

// through asks the proxy at the other end for a connection to address.
func (c *Conn) through(address, agent string) error {
	r := &Request{Method: "CONNECT", URL: &url.URL{Host: address}, Host: address, Header: Header{"User-Agent": {agent}}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if err := c.Send(r); err != nil {
		return err
	}
	c.asked = nil
	for range 100 {
		a, err := c.receive(r)
		switch {
		case err != nil:
			return err
		case a.StatusCode >= 100 && a.StatusCode < 200:
		case a.StatusCode >= 300:
			return &AnswerError{fmt.Sprintf("the proxy makes no connection to %s: %s", address, a.Status), "refused"}
		case c.in.Buffered() > 0:
			return badAnswer("the proxy has sent something before it was asked under TLS")
		default:
			return nil
		}
	}
	return badAnswer("one interim answer after the other")
}
