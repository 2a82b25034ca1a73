package socket

import (
	"net/netip"
	"os"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A handle is what TCP and UDP objects have in common: the socket, which may not be open yet, and the timeouts.
type handle struct {
	desk   *desk
	stack  *stack.Stack
	sock   stack.Socket // nil when not open
	number int          // what setfd said while there is no socket of that number
	family stack.Family // Any until the first address decides
	block  float64      // seconds; negative means for ever
	total  float64
}

func newHandle(c *bind.Call) handle {
	d := deskOf(c)
	return handle{desk: d, stack: d.process.Stack(), number: -1, block: -1, total: -1}
}

// open makes the system's socket.
func (h *handle) open(k stack.Kind, f stack.Family) error {
	s, err := h.stack.Socket(k, f)
	if err != nil {
		return err
	}
	if f == stack.IPv6 {
		// LuaSocket's are for IPv6 only until the script says otherwise.
		if err := s.SetOption(stack.V6Only, true); err != nil {
			s.Close()
			return err
		}
	}
	h.sock = s
	h.desk.note(h.stack, s)
	return nil
}

// drop closes the socket, if there is one.
func (h *handle) drop() {
	if h.sock != nil {
		h.desk.forget(h.stack, h.sock)
		h.sock.Close()
		h.sock = nil
	}
	h.number = -1
}

func (h *handle) fd() int {
	if h.sock == nil {
		return h.number
	}
	return h.sock.FD()
}

// setFD makes the handle stand for the socket of that number, or for none.
func (h *handle) setFD(fd int) {
	h.number = fd
	h.sock = h.desk.sockets[place{h.stack, fd}]
}

func (h *handle) sched() *sim.Scheduler { return h.stack.Scheduler() }

// limit returns how long one call may wait, in seconds; negative means for ever. Both timeouts count from the start
// of the call.
func (h *handle) limit() float64 {
	switch {
	case h.block < 0:
		return h.total
	case h.total < 0:
		return h.block
	}
	return min(h.block, h.total)
}

// A patience is the time that one call has left. The zero value has not waited yet.
type patience struct {
	tried bool
	by    time.Time
}

// wait parks the task until q is woken, and returns os.ErrDeadlineExceeded when the call's time is over. After nil the caller
// tries again.
func (h *handle) wait(call string, q *sim.Queue, p *patience) error {
	s := h.sched()
	limit := h.limit()
	w := sim.Wait{Call: call, On: h.sock}
	switch {
	case limit < 0:
		s.Wait(w, time.Time{}, q)
		return nil
	case limit == 0:
		if p.tried {
			return os.ErrDeadlineExceeded
		}
		p.tried = true
		pause(s)
		return nil
	case !p.tried:
		p.tried = true
		if d := duration(limit); d < forever {
			p.by = s.Now().Add(d)
		}
	}
	if !s.Wait(w, p.by, q) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// forever is a timeout so long that it is none.
const forever = 100 * 365 * 24 * time.Hour

type timeoutArgs struct {
	Seconds *float64 `doc:"how long a call may wait; nil or negative: for ever; 0: not at all"`
	Mode    string   `doc:"\"b\" bounds each wait for the network, \"t\" the whole call; only the first letter counts. Both may be set" default:"b"`
}

func (h *handle) setTimeout(c *bind.Call) bind.Out {
	limit := -1.0
	if c.Given(1) {
		limit = c.Number(1)
	}
	mode := c.String(2)
	switch {
	case len(mode) > 0 && mode[0] == 'b':
		h.block = limit
	case len(mode) > 0 && (mode[0] == 't' || mode[0] == 'r'):
		h.total = limit
	default:
		c.Misuse("mode", "invalid timeout mode")
	}
	return c.Return(1)
}

func (h *handle) getTimeout(c *bind.Call) bind.Out { return c.Return(h.block, h.total) }

type fdArgs struct {
	FD int `name:"fd" doc:"descriptor of a socket of this process; -1 for none"`
}

func (h *handle) setFDMethod(c *bind.Call) bind.Out {
	h.setFD(c.Int(1))
	return c.Return()
}

func (h *handle) getFD(c *bind.Call, _ bind.None) bind.Out { return c.Return(h.fd()) }

func (h *handle) getFamily(*bind.Call, bind.None) (string, error) {
	if h.family == stack.IPv6 {
		return "inet6", nil
	}
	return "inet4", nil
}

// sockName gives address, port and family of the local end.
func (h *handle) sockName(c *bind.Call, _ bind.None) bind.Out {
	if h.sock == nil {
		return c.Return(nil, stack.ErrBadDescriptor.Error())
	}
	a := h.sock.LocalAddr()
	if !a.IsValid() {
		a = netip.AddrPortFrom(unspecified(h.sock.Family()), 0)
	}
	return name(c, a)
}

func (h *handle) peerName(c *bind.Call, _ bind.None) bind.Out {
	if h.sock == nil {
		return c.Return(nil, stack.ErrBadDescriptor.Error())
	}
	a := h.sock.RemoteAddr()
	if !a.IsValid() {
		return c.Return(nil, stack.ErrNotConnected.Error())
	}
	return name(c, a)
}

func name(c *bind.Call, a netip.AddrPort) bind.Out {
	return c.Return(a.Addr().String(), int(a.Port()), familyName(a.Addr()))
}

func familyName(a netip.Addr) string {
	if a.Is4() {
		return "inet"
	}
	return "inet6"
}

func unspecified(f stack.Family) netip.Addr {
	if f == stack.IPv6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// each tries the addresses in turn until enough says that the outcome will do. An object without a family, such as one
// whose last attempt failed, gets a new socket; the family is kept once an outcome will do.
func (h *handle) each(k stack.Kind, addrs []netip.AddrPort, attempt func(netip.AddrPort) error, enough func(error) bool) error {
	var err error
	current := h.family
	for _, a := range addrs {
		if f := stack.FamilyOf(a.Addr()); h.sock == nil || current != f {
			h.drop()
			if err = h.open(k, f); err != nil {
				continue
			}
			current = f
		}
		if err = attempt(a); enough(err) {
			h.family = current
			return err
		}
	}
	return err
}

// bindTo binds to the first of the addresses that is free.
func (h *handle) bindTo(k stack.Kind, addrs []netip.AddrPort) error {
	return h.each(k, addrs, func(a netip.AddrPort) error { return h.sock.Bind(a) }, func(err error) bool { return err == nil })
}

// connectTo connects to the first of the addresses that answers. The timeouts count anew for each.
func (h *handle) connectTo(k stack.Kind, addrs []netip.AddrPort) error {
	return h.each(k, addrs, h.connectOne, func(err error) bool { return err == nil || h.block == 0 })
}

func (h *handle) connectOne(a netip.AddrPort) error {
	err := h.sock.Connect(a)
	switch err {
	case nil:
		return nil
	case error(stack.ErrAlready):
		pause(h.sched())
		return err
	case error(stack.ErrInProgress), error(stack.ErrWouldBlock):
	default:
		return err
	}
	if h.block == 0 {
		pause(h.sched())
		return os.ErrDeadlineExceeded
	}
	var p patience
	for h.sock != nil && !h.sock.CanWrite() {
		if err := h.wait("connect", h.sock.Writable(), &p); err != nil {
			return err
		}
	}
	if h.sock == nil {
		return stack.ErrBadDescriptor
	}
	return h.sock.TakeError()
}

// Ready implements process.Waitable: a receive or accept would not wait.
func (h *handle) Ready() bool { return h.sock == nil || h.sock.Closed() || h.sock.CanRead() }

// Changed implements process.Waitable.
func (h *handle) Changed() *sim.Queue {
	if h.sock == nil {
		return &sim.Queue{}
	}
	return h.sock.Readable()
}

// String names the socket in reports.
func (h *handle) String() string {
	if h.sock == nil {
		return "closed socket"
	}
	return h.sock.String()
}
