package dns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

const (
	defaultTimeout = 5 * time.Second
	defaultTries   = 3
	maxStrangers   = 16   // messages over TCP that answer something else, before the connection is given up
	readSize       = 4096 // bytes of the longest datagram that is taken, unless the question's EDNS allows more
)

// A Client asks servers: over UDP, sending again what is not answered, and over TCP where the answer does not fit a datagram
// (RFC 1035 section 4.2, RFC 7766). An answer counts only if it comes from where the question went and repeats id and question
// (RFC 5452 section 9.1); anything else is passed over until the time is up. One Client may be used by several tasks.
type Client struct {
	Stack   *stack.Stack
	Timeout time.Duration // to wait after each sending, and for all of an exchange over TCP; 0 means 5 s
	Tries   int           // how often a question is sent over UDP at most; 0 means 3

	TCP       bool            // use TCP from the start
	NoTCP     bool            // give a truncated answer as it is
	ExactCase bool            // the answer must repeat the name letter by letter, which makes upper and lower case part of the id (0x20)
	KeepID    bool            // ask with the message's own id
	NextID    func() uint16   // draws ids; nil draws from the stack's random stream
	Port      *SharedPort     // the UDP port of all exchanges; nil draws one for each
	FromPort  uint16          // the UDP port of each exchange, one at a time; 0 draws
	Ignored   func(why error) // told of each message that was passed over; may be nil

	buffer []byte
}

// A Reply is the answer to a question.
type Reply struct {
	*Message
	Server netip.AddrPort // who answered
	RTT    time.Duration  // since the question was sent last
	Size   int            // bytes on the wire
	TCP    bool
	Sent   int // how often the question was sent
}

// An ExchangeError says why a server gave no answer. Err is os.ErrDeadlineExceeded when time was up, ErrBadReply when what came
// then could not be read, or what the sockets say.
type ExchangeError struct {
	Server netip.AddrPort
	Err    error
}

func (e *ExchangeError) Error() string {
	return "dns: ask " + e.Server.String() + ": " + reason(e.Err)
}

// reason is an error's own words without what package net puts before them.
func reason(err error) string {
	var no stack.Errno
	switch {
	case errors.As(err, &no):
		return no.Error()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "end of file"
	}
	return err.Error()
}

// Unwrap returns Err.
func (e *ExchangeError) Unwrap() error { return e.Err }

// A badReply is a message that is no answer.
type badReply string

func (b badReply) Error() string { return string(b) }

// Code returns "protocol".
func (b badReply) Code() string { return "protocol" }

// The reasons for which a message is passed over.
const (
	ErrBadReply      = badReply("the reply cannot be read")
	ErrOtherID       = badReply("the reply has another id")
	ErrOtherQuestion = badReply("the reply is to another question")
	ErrOtherSender   = badReply("the reply comes from somebody else")
)

// Exchange asks one server. What it fails with is an *ExchangeError; an answer with an error code (RCODE) is an answer.
func (c *Client) Exchange(q *Message, server netip.AddrPort) (*Reply, error) {
	x := c.begin(server)
	x.asked = append(x.asked, x.prepare(q))
	x.run()
	return x.result(0)
}

// ExchangeAll asks one server several questions at once, from one port. Replies and errors are in the order of the questions.
func (c *Client) ExchangeAll(questions []*Message, server netip.AddrPort) ([]*Reply, []error) {
	x := c.begin(server)
	for _, q := range questions {
		x.asked = append(x.asked, x.prepare(q))
	}
	x.run()
	replies, errs := make([]*Reply, len(questions)), make([]error, len(questions))
	for i := range questions {
		replies[i], errs[i] = x.result(i)
	}
	return replies, errs
}

// An exchange is a talk with one server.
type exchange struct {
	c      Client  // the settings as they were at the beginning
	owner  *Client // whose buffer is used
	server netip.AddrPort
	asked  []asked
	few    [2]asked  // room for asked
	more   sim.Queue // woken when another exchange on the same port has found a reply
}

func (c *Client) begin(server netip.AddrPort) *exchange {
	x := &exchange{c: *c, owner: c, server: netip.AddrPortFrom(server.Addr().Unmap(), server.Port())}
	x.asked = x.few[:0]
	return x
}

// run asks until every question has its reply or its error.
func (x *exchange) run() {
	if !x.c.TCP {
		if err := x.udp(); err != nil {
			x.failAll(err)
		}
	}
	for i := range x.asked {
		a := &x.asked[i]
		if a.err == nil && (x.c.TCP || a.reply.Truncated && !x.c.NoTCP) {
			x.tcp(a)
		}
	}
}

// result returns what became of a question.
func (x *exchange) result(i int) (*Reply, error) {
	if a := &x.asked[i]; a.err == nil {
		return a.reply, nil
	}
	return nil, &ExchangeError{x.server, x.asked[i].err}
}

// An asked question and what became of it.
type asked struct {
	msg   *Message
	id    uint16
	wire  []byte
	at    time.Time // of the last sending
	sent  int
	reply *Reply
	err   error
	heard error // of the last message that might have been a reply
}

func (a *asked) open() bool { return a.reply == nil && a.err == nil }

func (x *exchange) prepare(q *Message) asked {
	a := asked{msg: q, id: q.Id}
	if a.wire, a.err = q.Pack(); a.err != nil {
		a.err = fmt.Errorf("the question cannot be written: %w", a.err)
		return a
	}
	if !x.c.KeepID {
		if x.c.NextID != nil {
			a.id = x.c.NextID()
		} else {
			a.id = uint16(x.c.Stack.Rand().Uint32())
		}
		binary.BigEndian.PutUint16(a.wire, a.id)
	}
	return a
}

func (x *exchange) failAll(err error) {
	for i := range x.asked {
		if x.asked[i].open() {
			x.asked[i].err = err
		}
	}
}

func (x *exchange) done() bool {
	for i := range x.asked {
		if x.asked[i].open() {
			return false
		}
	}
	return true
}

func (c *Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return defaultTimeout
}

// take looks whether a message answers one of the questions.
func (x *exchange) take(b []byte, from netip.AddrPort) bool {
	if from != x.server {
		x.ignore(ErrOtherSender)
		return false
	}
	if len(b) < 2 {
		x.ignore(ErrBadReply)
		return false
	}
	id, why := binary.BigEndian.Uint16(b), error(ErrOtherID)
	for i := range x.asked {
		a := &x.asked[i]
		if !a.open() || a.id != id {
			continue
		}
		m := new(Message)
		if err := m.Unpack(b); err != nil && !m.Truncated {
			a.heard, why = ErrBadReply, ErrBadReply
			continue
		}
		if why = answers(m, a.msg, x.c.ExactCase); why == nil {
			a.reply = &Reply{Message: m, Server: x.server, RTT: x.c.Stack.Now().Sub(a.at), Size: len(b), Sent: a.sent}
			return true
		}
	}
	x.ignore(why)
	return false
}

func (x *exchange) ignore(why error) {
	if x.c.Ignored != nil {
		x.c.Ignored(why)
	}
}

// answers says why m is not an answer to q, or nil. A server that could not read the question may leave it out.
func answers(m, q *Message, exact bool) error {
	if !m.Response || m.Opcode != q.Opcode {
		return ErrOtherQuestion
	}
	if len(m.Question) == 0 && m.Rcode != miekg.RcodeSuccess {
		return nil
	}
	if len(m.Question) != len(q.Question) {
		return ErrOtherQuestion
	}
	for i := range q.Question {
		a, b := &m.Question[i], &q.Question[i]
		if a.Qtype != b.Qtype || a.Qclass != b.Qclass || a.Name != b.Name && (exact || !strings.EqualFold(a.Name, b.Name)) {
			return ErrOtherQuestion
		}
	}
	return nil
}

// tcp asks one question over a connection of its own.
func (x *exchange) tcp(a *asked) {
	deadline := x.c.Stack.Now().Add(x.c.timeout())
	conn, err := stack.Dialer{Timeout: x.c.timeout()}.Dial(x.c.Stack, "tcp", x.server.String())
	if err != nil {
		a.err = err
		return
	}
	defer conn.Close()
	conn.SetDeadline(deadline)
	if x.c.Stack.Watched() {
		x.c.Stack.Message(stack.Message{Local: conn.LocalAddr(), Remote: conn.RemoteAddr(), Text: Describe(a.msg)})
	}
	a.at = x.c.Stack.Now()
	a.sent++
	if a.err = wire.Width16.WriteFrame(conn, a.wire); a.err != nil {
		return
	}
	for range maxStrangers {
		b, err := wire.Width16.ReadFrame(conn, 0)
		if err != nil {
			a.err = err
			return
		}
		m := new(Message)
		if m.Unpack(b) != nil {
			a.err = ErrBadReply
			return
		}
		if m.Id == a.id && answers(m, a.msg, x.c.ExactCase) == nil {
			a.reply = &Reply{Message: m, Server: x.server, RTT: x.c.Stack.Now().Sub(a.at), Size: len(b), TCP: true, Sent: a.sent}
			return
		}
	}
	a.err = ErrOtherQuestion
}
