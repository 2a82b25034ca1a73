package chap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Server asks who connects to it, as RFC 1994 calls it the authenticator. Secret is needed.
type Server struct {
	Name    string                                       // what it calls itself; "" is the host's name
	Secret  func(user string) (password string, ok bool) // false: no such user
	Hash    Hash                                         // nil is MD5
	Timeout time.Duration                                // for each answer; 0 means 30 s
	// Challenge makes the question; nil draws 16 bytes. A question that was asked before lets answers be replayed.
	Challenge func() []byte
	// Welcome, if set, goes on with a client that has proved who it is. The connection is closed afterwards.
	Welcome func(st *stack.Stack, conn net.Conn, user string)
	// Go starts the task of a session; nil is Stack.Go.
	Go stack.Spawn

	sessions stack.Sessions
	next     byte
}

// maxSessions is how many clients a server asks at a time.
const maxSessions = 1000

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "chap session", s.Go, func(c net.Conn) { s.session(st, c) }); err != nil {
		return fmt.Errorf("chap: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and all connections.
func (s *Server) Close() { s.sessions.Close() }

func (s *Server) session(st *stack.Stack, conn net.Conn) {
	defer conn.Close()
	leave, ok := s.sessions.Enter(conn, maxSessions)
	defer leave()
	if !ok {
		return
	}
	user, err := s.Ask(st, conn)
	if err == nil && s.Welcome != nil {
		conn.SetDeadline(time.Time{})
		s.Welcome(st, conn, user)
	}
}

// Ask asks who is at the other end of a connection: challenge, response, success or failure (RFC 1994 2). It returns the user's name, or an
// *Error with the code "denied". A challenge is good for one answer.
func (s *Server) Ask(st *stack.Stack, conn net.Conn) (user string, err error) {
	name := s.Name
	if name == "" {
		name = st.HostName()
	}
	s.next++
	x := &exchange{st, conn, timeout(s.Timeout)}
	challenge := Packet{Code: CodeChallenge, ID: s.next, Name: name}
	if s.Challenge != nil {
		challenge.Value = s.Challenge()
	} else {
		challenge.Value = make([]byte, challengeSize)
		for i := range challenge.Value {
			challenge.Value[i] = byte(st.Rand().Uint32())
		}
	}
	if err := x.send(challenge); err != nil {
		return "", err
	}
	response, err := x.receive()
	if err != nil {
		return "", err
	}
	if response.Code != CodeResponse || response.ID != challenge.ID {
		return "", protocolError("want the response to challenge " + fmt.Sprint(challenge.ID) + ", got " + response.Code.String() + " " + fmt.Sprint(response.ID))
	}
	secret, known := s.Secret(response.Name)
	if !Verify(orMD5(s.Hash), response.ID, []byte(secret), challenge.Value, response.Value) || !known {
		x.send(Packet{Code: CodeFailure, ID: response.ID, Text: "wrong name or answer"})
		return "", &Error{"the client's answer is wrong", "denied"}
	}
	return response.Name, x.send(Packet{Code: CodeSuccess, ID: response.ID, Text: "Ok!"})
}

// A Client is who proves something, as RFC 1994 calls it the peer.
type Client struct {
	Name     string
	Password string
	Hash     Hash          // nil is MD5
	Timeout  time.Duration // for each packet; 0 means 30 s
}

// Answer answers the challenge of the server at the other end of a connection and returns what it says when it succeeds. That the server
// refuses is an *Error with the code "denied".
func (c *Client) Answer(st *stack.Stack, conn net.Conn) (text string, err error) {
	x := &exchange{st, conn, timeout(c.Timeout)}
	challenge, err := x.receive()
	if err != nil {
		return "", err
	}
	if challenge.Code != CodeChallenge {
		return "", protocolError("want a challenge, got " + challenge.Code.String())
	}
	value := orMD5(c.Hash)(challenge.ID, []byte(c.Password), challenge.Value)
	if err := x.send(Packet{Code: CodeResponse, ID: challenge.ID, Value: value, Name: c.Name}); err != nil {
		return "", err
	}
	verdict, err := x.receive()
	switch {
	case err != nil:
		return "", err
	case verdict.ID != challenge.ID || verdict.Code != CodeSuccess && verdict.Code != CodeFailure:
		return "", protocolError("want a verdict, got " + verdict.Code.String())
	case verdict.Code == CodeFailure:
		return "", &Error{"the server refuses: " + verdict.Text, "denied"}
	}
	return verdict.Text, nil
}

func orMD5(h Hash) Hash {
	if h == nil {
		return MD5
	}
	return h
}

func timeout(d time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return defaultTimeout
}

// An exchange is packets over a connection, which traces show.
type exchange struct {
	st      *stack.Stack
	conn    net.Conn
	timeout time.Duration
}

func (x *exchange) send(p Packet) error {
	b, err := p.Append(nil)
	if err != nil {
		return err
	}
	x.conn.SetDeadline(x.st.Now().Add(x.timeout))
	x.note(p, false)
	if _, err := x.conn.Write(b); err != nil {
		return fmt.Errorf("chap: send %s: %w", p.Code, err)
	}
	return nil
}

func (x *exchange) receive() (Packet, error) {
	x.conn.SetDeadline(x.st.Now().Add(x.timeout))
	p, err := Read(x.conn)
	var own *Error
	switch {
	case errors.As(err, &own):
		return p, err
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
		fallthrough
	case err != nil:
		return p, fmt.Errorf("chap: receive: %w", err)
	}
	x.note(p, true)
	return p, nil
}

func (x *exchange) note(p Packet, received bool) {
	if x.st.Watched() {
		x.st.Message(stack.Message{Local: x.conn.LocalAddr(), Remote: x.conn.RemoteAddr(), Received: received, Text: p.String()})
	}
}
