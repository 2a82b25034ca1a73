package socket

import (
	"time"
	"unsafe"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The names that the class of a TCP object may have.
const (
	tcpMaster = "tcp{master}"
	tcpServer = "tcp{server}"
	tcpClient = "tcp{client}"
)

// A tcp is a TCP object: a master until listen makes it a server or connect a client.
type tcp struct {
	handle
	class    string
	in       input
	received int64 // bytes that the script got
	unpaid   int64 // of them, what no fuel was taken for yet
	sent     int64
	birth    time.Time
}

func newTCP(c *bind.Call) *tcp {
	t := &tcp{handle: newHandle(c), class: tcpMaster}
	t.birth = t.stack.Now()
	return t
}

func (t *tcp) className() string { return t.class }

// Ready is handle.Ready, with regard to what has been read already.
func (t *tcp) Ready() bool { return t.in.buf != nil || t.handle.Ready() }

func tcpNew(c *bind.Call, _ bind.None) (*tcp, error) { return newTCP(c), nil }

func tcpOf(f stack.Family) func(*bind.Call, bind.None) bind.Out {
	return func(c *bind.Call, _ bind.None) bind.Out {
		t := newTCP(c)
		if err := t.open(stack.TCP, f); err != nil {
			return fail(c, err)
		}
		t.family = f
		return c.Return(t)
	}
}

type addressArgs struct {
	Address string `doc:"host name or address"`
	Port    string `doc:"port or name of a service" type:"integer|string"`
}

type localArgs struct {
	Address string `doc:"a local address, a name of it, or \"*\" for all"`
	Port    string `doc:"port or name of a service; 0 for one of the system's choice" type:"integer|string"`
}

func (t *tcp) bind(c *bind.Call, a localArgs) bind.Out {
	addrs, err := resolveLocal(t.stack, a.Address, a.Port, stack.TCP, t.family)
	if err == nil {
		err = t.bindTo(stack.TCP, addrs)
	}
	return done(c, err)
}

func (t *tcp) connect(c *bind.Call, a addressArgs) bind.Out {
	t.class = tcpClient
	addrs, err := resolve(t.stack, a.Address, a.Port, stack.TCP, t.family)
	if err == nil {
		err = t.connectTo(stack.TCP, addrs)
	}
	return done(c, err)
}

type listenArgs struct {
	Backlog int `doc:"how many connections may wait to be accepted" default:"32"`
}

func (t *tcp) listen(c *bind.Call, a listenArgs) bind.Out {
	if t.sock == nil {
		return fail(c, stack.ErrBadDescriptor)
	}
	if err := t.sock.Listen(a.Backlog); err != nil {
		return fail(c, err)
	}
	t.class = tcpServer
	return c.Return(1)
}

func (t *tcp) accept(c *bind.Call) bind.Out {
	var p patience
	for {
		if t.sock == nil {
			return c.Return(nil, "closed")
		}
		s, err := t.stack.Accept(t.sock)
		if err == nil {
			client := newTCP(c)
			client.stack, client.sock, client.family, client.class = t.stack, s, t.family, tcpClient
			t.desk.note(t.stack, s)
			return c.Return(client)
		}
		if err == error(stack.ErrWouldBlock) {
			err = t.wait("accept", t.sock.Readable(), &p)
		}
		if err != nil {
			return c.Return(nil, transfer(err))
		}
	}
}

type receiveArgs struct {
	Pattern string `doc:"\"*l\" for a line without its end, \"*a\" for all up to the end, or a number of bytes" default:"*l" type:"string|integer"`
	Prefix  string `doc:"what the result begins with, such as the partial result of the call before; a number of bytes includes it" default:""`
}

// noCount is the count of a pattern that is not a number.
const noCount = -1

func (t *tcp) receive(c *bind.Call) bind.Out {
	var prefix, text string
	if c.Given(2) {
		prefix = c.String(2)
	}
	pattern, count := t.pattern(c)
	var err error
	switch {
	case count != noCount:
		text, err = t.readCount(c.L, prefix, count)
	case pattern == 'l':
		text, err = t.readLine(c.L, prefix)
	default:
		text, err = t.readAll(c.L, prefix)
	}
	t.pay(c.L)
	if err != nil {
		c.L.Push(lua.LNil)
		c.L.Push(lua.LString(transfer(err)))
		c.L.Push(lua.LString(text))
		return c.Results(3)
	}
	c.L.Push(lua.LString(text))
	c.L.Push(lua.LNil)
	c.L.Push(lua.LNil)
	return c.Results(3)
}

// pattern reads receive's first argument: a letter or a number of bytes.
func (t *tcp) pattern(c *bind.Call) (letter byte, count int) {
	if !c.Given(1) {
		return 'l', noCount
	}
	if n, ok := number(c, c.Arg(1)); ok {
		if !(n >= 0) {
			c.Misuse("pattern", "invalid receive pattern")
		}
		return 0, int(min(n, 1<<53))
	}
	p := c.String(1)
	if len(p) < 2 || p[0] != '*' || p[1] != 'l' && p[1] != 'a' {
		c.Misuse("pattern", "invalid receive pattern")
	}
	return p[1], noCount
}

// number returns a value that Lua takes for a number.
func number(c *bind.Call, v lua.LValue) (float64, bool) {
	n, ok := lua51.ToNumber(c.L, v)
	return float64(n), ok
}

type sendArgs struct {
	Data string `doc:"what to send"`
	I    int    `doc:"where in it to begin; negative counts from its end" default:"1"`
	J    int    `doc:"the last byte to send" default:"-1"`
}

func (t *tcp) send(c *bind.Call) bind.Out {
	data, first, last := c.String(1), 1, len(c.String(1))
	if c.Len() > 1 {
		first, last = sliceOf(len(data), c.Int(2), c.Int(3))
	}
	var sent int
	var err error
	if first <= last {
		sent, err = t.write(data[first-1 : last])
		t.sent += int64(sent)
	}
	end := lua.LNumber(first - 1 + sent)
	if err != nil {
		c.L.Push(lua.LNil)
		c.L.Push(lua.LString(transfer(err)))
		c.L.Push(end)
		return c.Results(3)
	}
	c.L.Push(end)
	c.L.Push(lua.LNil)
	c.L.Push(lua.LNil)
	return c.Results(3)
}

// sliceOf works out the bounds of send's second and third argument in a text of n bytes.
func sliceOf(n, i, j int) (first, last int) {
	if i < 0 {
		i += n + 1
	}
	if j < 0 {
		j += n + 1
	}
	return max(i, 1), min(j, n)
}

// write sends all of data and returns how much the network took.
func (t *tcp) write(data string) (sent int, err error) {
	var p patience
	all := unsafe.Slice(unsafe.StringData(data), len(data)) // Write does not change it
	for sent < len(data) {
		if t.sock == nil {
			return sent, stack.ErrBadDescriptor
		}
		step := len(all)
		if step > stepSize {
			step = max(stepSize, stack.WriteSize(t.sock))
		}
		n, err := t.sock.Write(all[sent:min(sent+step, len(all))])
		sent += n
		if err == error(stack.ErrWouldBlock) {
			err = t.wait("send", t.sock.Writable(), &p)
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

func (t *tcp) dirty(*bind.Call, bind.None) (bool, error) { return t.in.buf != nil, nil }

func (t *tcp) close(c *bind.Call, _ bind.None) bind.Out {
	t.drop()
	return c.Return(1)
}

type shutdownArgs struct {
	How string `doc:"which direction to end" enum:"receive,send,both" default:"both"`
}

func (t *tcp) shutdown(c *bind.Call, a shutdownArgs) bind.Out {
	if t.sock != nil {
		how := map[string]stack.How{"receive": stack.ShutRead, "send": stack.ShutWrite, "both": stack.ShutBoth}[a.How]
		_ = t.sock.Shutdown(how) // LuaSocket says 1 whatever happens
	}
	return c.Return(1)
}

func (t *tcp) getStats(c *bind.Call, _ bind.None) bind.Out {
	return c.Return(t.received, t.sent, t.stack.Now().Sub(t.birth).Seconds())
}

type statsArgs struct {
	Received float64    `doc:"bytes received" default:"nil"`
	Sent     float64    `doc:"bytes sent" default:"nil"`
	Age      lua.LValue `doc:"seconds since the object was made" default:"nil" type:"number"`
}

func (t *tcp) setStats(c *bind.Call) bind.Out {
	received, sent := float64(t.received), float64(t.sent)
	if c.Given(1) {
		received = c.Number(1)
	}
	if c.Given(2) {
		sent = c.Number(2)
	}
	t.received, t.sent = int64(received), int64(sent)
	if age, ok := number(c, c.Arg(3)); ok {
		t.birth = t.stack.Now().Add(-duration(age))
	}
	return c.Return(1)
}
