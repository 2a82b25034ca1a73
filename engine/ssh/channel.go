package ssh

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// A Channel is the session channel of a connection (RFC 4254 5 and 6): what a subsystem or a command reads and writes.
type Channel struct {
	User     string                   // who has logged in, of a server
	Describe func(data []byte) string // says what is written, for the trace; or nil

	t       *transport
	open    bool
	remote  uint32 // the other side's number of the channel; ours is 0
	room    uint32 // bytes that we may send
	packet  uint32 // bytes that one message of ours may have
	credit  uint32 // bytes that the other side may send
	in      []byte // came, and was not read
	inEOF   bool
	closed  bool // by the other side
	outEOF  bool
	ended   bool            // by us
	ask     *requestMsg     // a request of the other side that has come
	answer  *byte           // to our request
	refused *openFailureMsg // our open was
	status  int             // exit status; -1 before it is told
	buf     []byte
}

func newChannel(t *transport) *Channel {
	c := &Channel{t: t, status: -1}
	t.inside = c.describe
	return c
}

// describe says what a packet of data is about.
func (c *Channel) describe(payload []byte) string {
	if payload[0] != msgData || len(payload) < 9 {
		return ""
	}
	if c.Describe != nil {
		return ": " + c.Describe(payload[9:])
	}
	return fmt.Sprintf(": %d bytes", len(payload)-9)
}

// pump takes one packet and does what it says.
func (c *Channel) pump() error {
	p, err := c.t.read()
	if err != nil {
		return err
	}
	switch p[0] {
	case msgGlobalRequest:
		var m globalRequestMsg
		if err := parse(p, &m); err != nil || !m.WantReply {
			return err
		}
		return c.t.write([]byte{msgRequestFailure})
	case msgOpen:
		return c.opened(p)
	case msgOpenConfirm:
		var m openConfirmMsg
		if err := parse(p, &m); err != nil {
			return err
		}
		c.open, c.remote, c.room, c.packet = true, m.Sender, m.Window, m.Packet
		return nil
	case msgOpenFailure:
		c.refused = &openFailureMsg{}
		return parse(p, c.refused)
	}
	if !c.open || len(p) < 5 || binary.BigEndian.Uint32(p[1:]) != 0 {
		return protocolError("%s without a channel", messageName(p[0]))
	}
	return c.on(p)
}

// opened answers a client that opens a channel: one session in each connection.
func (c *Channel) opened(p []byte) error {
	var m openMsg
	if err := parse(p, &m); err != nil {
		return err
	}
	if !c.t.server || c.open || m.Type != "session" || m.Packet == 0 {
		return c.t.send(&openFailureMsg{Recipient: m.Sender, Reason: 1, Text: "only one channel, of type session, is possible"})
	}
	c.open, c.remote, c.room, c.packet, c.credit = true, m.Sender, m.Window, m.Packet, window
	return c.t.send(&openConfirmMsg{Recipient: m.Sender, Sender: 0, Window: window, Packet: maxData})
}

// on takes a message about the channel.
func (c *Channel) on(p []byte) error {
	switch p[0] {
	case msgWindowAdjust:
		var m windowMsg
		if err := parse(p, &m); err != nil {
			return err
		}
		if c.room+m.Bytes < c.room {
			return protocolError("a window of more than 4 GiB")
		}
		c.room += m.Bytes
	case msgData, msgExtendedData:
		return c.received(p)
	case msgEOF:
		c.inEOF = true
	case msgClose:
		c.inEOF, c.closed = true, true
	case msgRequest:
		m := &requestMsg{}
		if err := parse(p, m); err != nil {
			return err
		}
		m.Rest = append([]byte(nil), m.Rest...)
		return c.requested(m)
	case msgSuccess, msgFailure:
		n := p[0]
		c.answer = &n
	default:
		return protocolError("%s is not known", messageName(p[0]))
	}
	return nil
}

func (c *Channel) received(p []byte) error {
	if p[0] == msgExtendedData { // standard error: nobody here reads it
		var m extendedDataMsg
		if err := parse(p, &m); err != nil {
			return err
		}
		return c.took()
	}
	var m dataMsg
	if err := parse(p, &m); err != nil {
		return err
	}
	if int(m.Length) != len(m.Rest) || m.Length > c.credit || c.inEOF {
		return protocolError("data that does not fit the window, or after the end")
	}
	c.credit -= m.Length
	c.in = append(c.in, m.Rest...)
	return nil
}

// took lets the other side send as many bytes more, when it may not send many.
func (c *Channel) took() error {
	if c.credit >= window/2 || c.closed || c.ended {
		return nil
	}
	more := uint32(window) - c.credit - uint32(len(c.in))
	if more == 0 || more > window {
		return nil
	}
	c.credit += more
	return c.t.sendNumbered(msgWindowAdjust, &windowMsg{c.remote, more})
}

// requested takes a request; a server's are left for Server.session, all others are refused.
func (c *Channel) requested(m *requestMsg) error {
	if !c.t.server {
		if m.Name == "exit-status" && len(m.Rest) == 4 {
			c.status = int(binary.BigEndian.Uint32(m.Rest))
		}
		return c.reply(m, false)
	}
	if c.ask != nil || m.Name != "subsystem" && m.Name != "exec" {
		return c.reply(m, false)
	}
	c.ask = m
	return nil
}

func (c *Channel) reply(m *requestMsg, ok bool) error {
	switch {
	case !m.WantReply:
		return nil
	case ok:
		return c.t.sendNumbered(msgSuccess, &channelMsg{c.remote})
	}
	return c.t.sendNumbered(msgFailure, &channelMsg{c.remote})
}

// Read reads what the other side has written. The end is io.EOF.
func (c *Channel) Read(p []byte) (int, error) {
	for len(c.in) == 0 {
		if c.inEOF {
			return 0, io.EOF
		}
		if err := c.pump(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.in)
	if c.in = c.in[n:]; len(c.in) == 0 {
		c.in = nil
	}
	return n, c.took()
}

// Buffered returns how many bytes Read would give without waiting.
func (c *Channel) Buffered() int { return len(c.in) }

// Write sends all of p, as the other side makes room for it.
func (c *Channel) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		if c.closed || c.outEOF {
			return done, net.ErrClosed
		}
		n := min(len(p)-done, maxData, int(c.room), int(c.packet))
		if n == 0 {
			if err := c.pump(); err != nil {
				return done, err
			}
			continue
		}
		c.buf = append(c.buf[:0], msgData)
		c.buf = binary.BigEndian.AppendUint32(c.buf, c.remote)
		c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(n))
		c.buf = append(c.buf, p[done:done+n]...)
		if err := c.t.write(c.buf); err != nil {
			return done, err
		}
		c.room -= uint32(n)
		done += n
	}
	return done, nil
}

// CloseWrite says that nothing more will be written.
func (c *Channel) CloseWrite() error {
	if c.outEOF || c.closed {
		return nil
	}
	c.outEOF = true
	return c.t.sendNumbered(msgEOF, &channelMsg{c.remote})
}

// end closes the channel of a server with an exit status.
func (c *Channel) end(status int) error {
	c.ended = true
	if c.closed || !c.open {
		return nil
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	if err := c.t.send(&requestMsg{c.remote, "exit-status", false, binary.BigEndian.AppendUint32(nil, uint32(status))}); err != nil {
		return err
	}
	return c.t.sendNumbered(msgClose, &channelMsg{c.remote})
}
