package vnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The buffers of a TCP socket, in bytes. The receive buffer is the largest window offered: 256 KiB fill 100 Mbps at a round
// trip of 20 ms. Buffers do not grow by themselves; the options RecvBuffer and SendBuffer set them.
const (
	defaultRecvBuffer = 256 << 10
	defaultSendBuffer = 512 << 10
	minTCPBuffer      = 256
	maxTCPBuffer      = 4 << 20
)

// Keep-alive as on Linux: the first probe after two hours of silence, then one every 75 s, and the connection is
// given up when nine are not answered.
const (
	defaultKeepIdle     = 7200
	defaultKeepInterval = 75
	defaultKeepCount    = 9
)

// tcpOptions are the options of a socket, which accepted connections inherit from their listener.
type tcpOptions struct {
	keepIdle, keepInterval int // seconds
	keepCount              int
	linger                 stack.LingerValue
	deferAccept, fastOpen  int
	fastOpenConnect        bool
	dontRoute, broadcast   bool

	recvBuffer, sendBuffer       int
	hopLimit                     uint8
	reuseAddr, reusePort, v6only bool
	keepAlive, noDelay           bool
}

var defaultTCPOptions = tcpOptions{keepIdle: defaultKeepIdle, keepInterval: defaultKeepInterval, keepCount: defaultKeepCount,
	hopLimit: defaultHopLimit}

// flag returns where a boolean option is kept, or nil.
func (c *tcpSocket) flag(o stack.Option) *bool {
	switch o {
	case stack.ReuseAddr:
		return &c.reuseAddr
	case stack.ReusePort:
		return &c.reusePort
	case stack.KeepAlive:
		return &c.keepAlive
	case stack.NoDelay:
		return &c.noDelay
	case stack.V6Only:
		return &c.v6only
	case stack.Broadcast:
		return &c.broadcast
	case stack.DontRoute:
		return &c.dontRoute
	case stack.FastOpenConnect:
		return &c.fastOpenConnect
	}
	return nil
}

// number returns where an integer option is kept and its range, or nil.
func (c *tcpSocket) number(o stack.Option) (at *int, least, most int) {
	switch o {
	case stack.KeepIdle:
		return &c.keepIdle, 1, 32767
	case stack.KeepInterval:
		return &c.keepInterval, 1, 32767
	case stack.KeepCount:
		return &c.keepCount, 1, 127
	case stack.RecvBuffer:
		return &c.recvBuffer, 0, maxTCPBuffer
	case stack.SendBuffer:
		return &c.sendBuffer, 0, maxTCPBuffer
	case stack.DeferAccept:
		return &c.deferAccept, 0, 1 << 20
	case stack.FastOpen:
		return &c.fastOpen, 0, 1 << 20
	}
	return nil, 0, 0
}

// Option returns an option's value. Broadcast, DontRoute, DeferAccept, FastOpen and FastOpenConnect only remember what was set.
func (c *tcpSocket) Option(o stack.Option) (any, error) {
	if c.closed {
		return nil, stack.ErrBadDescriptor
	}
	if b := c.flag(o); b != nil {
		return *b, nil
	}
	if n, _, _ := c.number(o); n != nil {
		return *n, nil
	}
	switch o {
	case stack.Linger:
		return c.linger, nil
	case stack.HopLimit:
		return int(c.hopLimit), nil
	}
	return nil, stack.ErrProtocolOption
}

// SetOption sets an option. A value of the wrong type or out of range is ErrInvalid; buffer sizes are brought into range instead
// (256 bytes to 4 MiB).
func (c *tcpSocket) SetOption(o stack.Option, value any) error {
	if c.closed {
		return stack.ErrBadDescriptor
	}
	if b := c.flag(o); b != nil {
		on, ok := value.(bool)
		if !ok || o == stack.V6Only && c.bound {
			return stack.ErrInvalid
		}
		*b = on
		c.optionChanged(o)
		return nil
	}
	if at, least, most := c.number(o); at != nil {
		n, ok := value.(int)
		if o == stack.RecvBuffer || o == stack.SendBuffer {
			n = min(max(n, minTCPBuffer), maxTCPBuffer)
		}
		if !ok || n < least || n > most {
			return stack.ErrInvalid
		}
		*at = n
		c.optionChanged(o)
		return nil
	}
	switch v := value.(type) {
	case stack.LingerValue:
		if o == stack.Linger && v.Timeout >= 0 {
			if !v.On {
				v.Timeout = c.linger.Timeout // as on Linux, which leaves it alone
			}
			c.linger = v
			return nil
		}
	case int:
		if o == stack.HopLimit && v >= 1 && v <= 255 {
			c.hopLimit = uint8(v)
			return nil
		}
	}
	if o == stack.Linger || o == stack.HopLimit {
		return stack.ErrInvalid
	}
	return stack.ErrProtocolOption
}

// optionChanged lets a connection act on an option at once.
func (c *tcpSocket) optionChanged(o stack.Option) {
	switch o {
	case stack.NoDelay:
		c.output()
	case stack.KeepAlive, stack.KeepIdle, stack.KeepInterval, stack.KeepCount:
		c.armKeepAlive()
	case stack.SendBuffer:
		c.wakeWriter()
	case stack.RecvBuffer:
		c.windowOpened()
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
