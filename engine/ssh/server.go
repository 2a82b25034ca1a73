package ssh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Server answers on any number of listeners. Key, Rand, Account and Run are needed; set the fields before the first connection.
type Server struct {
	Key     ssh.Signer // of the host: Ed25519
	Rand    io.Reader  // random bytes: of the world's seed in virtual time, of the machine otherwise
	Account func(user string) (Account, bool)

	// Run runs a subsystem ("sftp") or a command on the channel of a user who has logged in, and returns its exit status. It reports false if it
	// knows no such thing, before it has read or written.
	Run func(c *Channel, subsystem bool, name string) (run func() int, ok bool)

	Timeout  time.Duration // how long a client may say nothing; 0 means 10 minutes
	Sessions int           // at a time; 0 means 1,000

	// Go starts the task of a session; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that sessions do, in units of about 25 ns.
	Charge func(units int)

	sessions stack.Sessions
}

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "ssh session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("ssh: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and breaks every session off.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many sessions there are.
func (s *Server) Active() int { return s.sessions.Len() }

// newTransport begins either side on a connection.
func newTransport(st *stack.Stack, conn net.Conn, rand io.Reader, timeout time.Duration, charge func(int)) *transport {
	if charge == nil {
		charge = func(int) {}
	}
	link := stack.NewLink(st, conn)
	return &transport{conn: link, st: st, r: bufio.NewReader(link), rand: rand, timeout: timeout, charge: charge, in: &direction{}, out: &direction{}}
}

// ServeConn speaks with one client until the end of the session and closes the connection.
func (s *Server) ServeConn(st *stack.Stack, conn net.Conn) {
	defer conn.Close()
	if task := st.Scheduler().Current(); task != nil {
		task.Daemon = true // a client that says nothing more does not keep the world going
	}
	most := s.Sessions
	if most <= 0 {
		most = maxSessions
	}
	leave, ok := s.sessions.Enter(conn, most)
	defer leave()
	if !ok {
		return
	}
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = serverTimeout
	}
	t := newTransport(st, conn, s.Rand, timeout, s.Charge)
	t.server, t.identity = true, identity{signer: s.Key}
	if err := s.serve(t); err != nil {
		var own *Error
		if errors.As(err, &own) && own.code == "protocol" {
			t.send(&disconnectMsg{Reason: 2, Text: own.Text})
		}
	}
}

func (s *Server) serve(t *transport) error {
	t.until = t.st.Now().Add(loginTime)
	if err := t.versions(); err != nil {
		return err
	}
	if err := t.exchange(nil); err != nil {
		return err
	}
	if t.informed { // a client with an RSA key does not show it otherwise
		if err := t.send(&extInfoMsg{1, "server-sig-algs", signatures()}); err != nil {
			return err
		}
	}
	user, err := s.admit(t)
	if err != nil {
		return err
	}
	t.until = time.Time{}
	c := newChannel(t)
	c.User = user
	for !c.closed {
		if c.ask == nil {
			if err := c.pump(); err != nil {
				return err
			}
			continue
		}
		m := c.ask
		var what struct{ Name string }
		run, ok := func() int { return 0 }, false
		if ssh.Unmarshal(m.Rest, &what) == nil {
			run, ok = s.Run(c, m.Name == "subsystem", what.Name)
		}
		if err := c.reply(m, ok); err != nil {
			return err
		}
		c.ask = nil
		if ok {
			if err := c.end(run()); err != nil {
				return err
			}
		}
	}
	if !c.ended {
		c.t.sendNumbered(msgClose, &channelMsg{c.remote})
	}
	return nil
}
