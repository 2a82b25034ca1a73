package socket

import (
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The names that the class of a UDP object may have.
const (
	udpFree      = "udp{unconnected}"
	udpConnected = "udp{connected}"
)

// A udp is a UDP object.
type udp struct {
	handle
	connected bool
}

func (u *udp) className() string {
	if u.connected {
		return udpConnected
	}
	return udpFree
}

func udpNew(c *bind.Call, _ bind.None) (*udp, error) { return &udp{handle: newHandle(c)}, nil }

func udpOf(f stack.Family) func(*bind.Call, bind.None) bind.Out {
	return func(c *bind.Call, _ bind.None) bind.Out {
		u := &udp{handle: newHandle(c)}
		if err := u.open(stack.UDP, f); err != nil {
			return fail(c, err)
		}
		u.family = f
		return c.Return(u)
	}
}

// largestDatagram bounds the buffer that a datagram is received in.
const largestDatagram = 65536

// errRefused and errMemory are LuaSocket's words for a socket that is not open and for a size that is absurd.
const (
	errRefused lookupFailure = "refused"
	errMemory  lookupFailure = "out of memory"
)

type datagramArgs struct {
	Size int `doc:"how many bytes to take at most; the rest of a larger datagram is lost" default:"8192"`
}

// receiveOne waits for a datagram. One from a socket that is not open is empty, as LuaSocket has it.
func (u *udp) receiveOne(c *bind.Call) (data lua.LString, from netip.AddrPort, err error) {
	size := stepSize
	if c.Given(1) {
		size = c.Int(1)
	}
	if size < 0 {
		return "", from, errMemory
	}
	size = min(size, largestDatagram)
	var p patience
	for {
		if u.sock == nil {
			return "", from, nil
		}
		buf := u.desk.room(size)
		var n int
		n, from, err = u.sock.ReadFrom(buf)
		if err == nil {
			return lua.LString(buf[:n]), from, nil
		}
		if err == error(stack.ErrWouldBlock) {
			err = u.wait("receive", u.sock.Readable(), &p)
		}
		if err != nil {
			return "", from, err
		}
	}
}

func (u *udp) receive(c *bind.Call) bind.Out {
	data, _, err := u.receiveOne(c)
	if err != nil {
		return fail(c, err)
	}
	c.L.Push(data)
	return c.Results(1)
}

func (u *udp) receiveFrom(c *bind.Call) bind.Out {
	data, from, err := u.receiveOne(c)
	if err == nil && !from.IsValid() {
		return c.Return(nil, "ai_family not supported")
	}
	if err != nil {
		return fail(c, err)
	}
	c.L.Push(data)
	c.L.Push(lua.LString(from.Addr().String()))
	c.L.Push(lua.LNumber(from.Port()))
	return c.Results(3)
}

type datagram struct {
	Data string `doc:"the datagram"`
}

func (u *udp) send(c *bind.Call) bind.Out {
	return u.transmit(c, c.String(1), func(p []byte) (int, error) { return u.sock.Write(p) })
}

type sendToArgs struct {
	Data string `doc:"the datagram"`
	IP   string `name:"ip" doc:"the receiver's address; names are not looked up"`
	Port string `doc:"its port" type:"integer|string"`
}

func (u *udp) sendTo(c *bind.Call) bind.Out {
	data, ip, port := c.String(1), c.String(2), c.String(3)
	to, err := resolveNumeric(ip, port, u.family)
	if err != nil {
		return fail(c, err)
	}
	if u.family == stack.Any {
		f := stack.FamilyOf(to.Addr())
		if err := u.open(stack.UDP, f); err != nil {
			return fail(c, err)
		}
		u.family = f
	}
	return u.transmit(c, data, func(p []byte) (int, error) { return u.sock.WriteTo(p, to) })
}

// unfragmented is how long a datagram may be that costs no more than others: longer ones go in pieces, and take new memory.
const unfragmented = 1472

// transmit sends one datagram by write, waiting for room.
func (u *udp) transmit(c *bind.Call, data string, write func([]byte) (int, error)) bind.Out {
	c.Charge(max(len(data)-unfragmented, 0) / 8)
	var p patience
	for {
		if u.sock == nil {
			return fail(c, errRefused)
		}
		buf := u.desk.room(len(data))
		n, err := write(buf[:copy(buf, data)])
		if err == nil {
			c.L.Push(lua.LNumber(n))
			return c.Results(1)
		}
		if err == error(stack.ErrWouldBlock) {
			err = u.wait("send", u.sock.Writable(), &p)
		}
		if err != nil {
			return fail(c, err)
		}
	}
}

func (u *udp) setSockName(c *bind.Call, a localArgs) bind.Out {
	addrs, err := resolveLocal(u.stack, a.Address, a.Port, stack.UDP, u.family)
	if err == nil {
		err = u.bindTo(stack.UDP, addrs)
	}
	return done(c, err)
}

type peerArgs struct {
	Address string `doc:"host name or address of the peer, or \"*\" to have none"`
	Port    string `doc:"its port or name of a service; not needed with \"*\"" default:"nil" type:"integer|string"`
}

func (u *udp) setPeerName(c *bind.Call) bind.Out {
	address := c.String(1)
	if address == "*" {
		return u.disconnect(c)
	}
	if !c.Given(2) {
		required(c, 2)
	}
	addrs, err := resolve(u.stack, address, c.String(2), stack.UDP, u.family)
	if err == nil {
		err = u.connectTo(stack.UDP, addrs)
	}
	if err == nil {
		u.connected = true
	}
	return done(c, err)
}

// required raises for a missing argument that the declaration calls optional.
func required(c *bind.Call, i int) {
	got := "no value"
	if c.Len() >= i {
		got = "nil"
	}
	c.Misuse("port", "string expected, got %s", got)
}

func (u *udp) disconnect(c *bind.Call) bind.Out {
	if u.sock == nil {
		return fail(c, stack.ErrBadDescriptor)
	}
	if err := u.sock.Connect(netip.AddrPort{}); err != nil {
		return fail(c, err)
	}
	u.connected = false
	return c.Return(1)
}

func (u *udp) dirty(*bind.Call, bind.None) (bool, error) { return false, nil }

func (u *udp) close(c *bind.Call, _ bind.None) bind.Out {
	u.drop()
	return c.Return(1)
}
