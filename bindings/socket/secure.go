package socket

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Conn is a connection that another module has taken out of a TCP object, to send and receive over it in its own way (TLS) with
// the buffer, the patterns and the timeouts of a TCP object.
type Conn struct{ t *tcp }

// A Patience is the time that one call has left; the zero value has not waited yet.
type Patience struct{ p patience }

// The argument structs of methods that a Conn has from a TCP object, for the declarations of modules that give it to scripts.
type (
	// ReceiveArgs are the arguments of Receive.
	ReceiveArgs = receiveArgs
	// SendArgs are the arguments of Send.
	SendArgs = sendArgs
	// TimeoutArgs are the arguments of SetTimeout.
	TimeoutArgs = timeoutArgs
	// StatsArgs are the arguments of SetStats.
	StatsArgs = statsArgs
)

// Take takes the socket out of a TCP object, which is left without one, as if by setfd(-1). wrap, if not nil, makes of it the
// socket that the Conn sends and receives over. It returns false if v is no TCP object or has no socket.
func Take(v lua.LValue, wrap func(stack.Socket) stack.Socket) (*Conn, bool) {
	from, ok := bind.As[tcp](v)
	if !ok || from.sock == nil {
		return nil, false
	}
	t := *from
	t.class = tcpClient
	t.block, t.total = -1, -1
	t.in, t.received, t.sent, t.birth = input{}, 0, 0, t.stack.Now()
	if wrap != nil {
		t.sock = wrap(t.sock)
		t.desk.note(t.stack, t.sock)
	}
	from.sock, from.number = nil, -1
	return &Conn{&t}, true
}

// Stack returns the stack that the connection is on.
func (c *Conn) Stack() *stack.Stack { return c.t.stack }

// Receive is method receive of a TCP object.
func (c *Conn) Receive(call *bind.Call) bind.Out { return c.t.receive(call) }

// Send is method send of a TCP object.
func (c *Conn) Send(call *bind.Call) bind.Out { return c.t.send(call) }

// SetTimeout is method settimeout of a TCP object.
func (c *Conn) SetTimeout(call *bind.Call) bind.Out { return c.t.setTimeout(call) }

// Stats is method getstats of a TCP object.
func (c *Conn) Stats(call *bind.Call) bind.Out { return c.t.getStats(call, bind.None{}) }

// SetStats is method setstats of a TCP object.
func (c *Conn) SetStats(call *bind.Call) bind.Out { return c.t.setStats(call) }

// Buffered reports whether something was received that the script has not asked for yet.
func (c *Conn) Buffered() bool { return c.t.in.buf != nil }

// FD returns the descriptor, -1 after Close.
func (c *Conn) FD() int { return c.t.fd() }

// Close closes the connection.
func (c *Conn) Close() { c.t.drop() }

// Wait parks the task until q is woken, and returns os.ErrDeadlineExceeded when the timeouts of the connection bound the call and
// its time is over.
func (c *Conn) Wait(call string, q *sim.Queue, p *Patience) error { return c.t.wait(call, q, &p.p) }

// Message words an error as LuaSocket does.
func Message(err error) string { return transfer(err) }
