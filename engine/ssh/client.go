package ssh

import (
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Options say how a client behaves. User, Rand and HostKey are needed.
type Options struct {
	User     string
	Password string
	Key      ssh.Signer                    // tried before the password; or nil
	Rand     io.Reader                     // random bytes: of the world's seed in virtual time, of the machine otherwise
	HostKey  func(key ssh.PublicKey) error // looks at the server's key; ErrHostKey is the usual refusal
	Timeout  time.Duration                 // for each answer; 0 means 60 s
}

// A Client is a connection to a server, with one channel.
type Client struct {
	Channel *Channel
	Version string        // what the server said first
	HostKey ssh.PublicKey // the server's

	t *transport
}

// Dial connects to a server at host:port and logs in.
func Dial(st *stack.Stack, address string, o Options) (*Client, error) {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = clientTimeout
	}
	d := stack.Dialer{Timeout: timeout}
	conn, err := d.Dial(st, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", err)
	}
	c := &Client{t: newTransport(st, conn, o.Rand, timeout, nil)}
	c.t.identity.check = func(key ssh.PublicKey) error {
		c.HostKey = key
		return o.HostKey(key)
	}
	if err := c.begin(&o); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) begin(o *Options) error {
	if err := c.t.versions(); err != nil {
		return err
	}
	c.Version = c.t.theirs
	if err := c.t.exchange(nil); err != nil {
		return err
	}
	if err := login(c.t, o); err != nil {
		return err
	}
	c.Channel = newChannel(c.t)
	c.Channel.credit = window
	if err := c.t.send(&openMsg{Type: "session", Sender: 0, Window: window, Packet: maxData}); err != nil {
		return err
	}
	for !c.Channel.open {
		if err := c.Channel.pump(); err != nil {
			return err
		}
		if r := c.Channel.refused; r != nil {
			return &Error{fmt.Sprintf("no channel: %.200q", r.Text), "denied"}
		}
	}
	return nil
}

// Subsystem starts a subsystem on the channel, such as "sftp" (RFC 4254 6.5).
func (c *Client) Subsystem(name string) error { return c.start("subsystem", name) }

// Exec starts a command on the channel (RFC 4254 6.5).
func (c *Client) Exec(command string) error { return c.start("exec", command) }

func (c *Client) start(kind, name string) error {
	ch := c.Channel
	if err := c.t.send(&requestMsg{ch.remote, kind, true, ssh.Marshal(struct{ Name string }{name})}); err != nil {
		return err
	}
	for ch.answer == nil {
		if ch.closed {
			return &Error{"the server has closed the channel", "closed"}
		}
		if err := ch.pump(); err != nil {
			return err
		}
	}
	if *ch.answer != msgSuccess {
		return &Error{fmt.Sprintf("the server has no %s %q", kind, name), "denied"}
	}
	return nil
}

// Status returns the exit status of what ran on the channel, when it has ended; -1 if the server did not tell.
func (c *Client) Status() int { return c.Channel.status }

// Close says that it is over and closes the connection.
func (c *Client) Close() error {
	if c.Channel != nil && c.Channel.open && !c.Channel.closed {
		c.Channel.CloseWrite()
		c.t.sendNumbered(msgClose, &channelMsg{c.Channel.remote})
	}
	return c.t.conn.Close()
}
