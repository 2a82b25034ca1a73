package ftp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Transfer is a command with its data connection: read from it or write to it, then Close it.
type Transfer struct {
	Reply Reply // 125 or 150

	c       *Client
	command string
	link    *stack.Link
	in      io.Reader
	out     io.Writer
	done    bool // the data connection has been closed, and the last reply taken
}

// Open sends a command that has a data connection, such as "RETR" or "MLSD", and opens that connection as Options say. The argument
// may be "". Refusals are an *Error.
func (c *Client) Open(command, arg string) (*Transfer, error) {
	line := command
	if arg != "" {
		line += " " + arg
	}
	var conn net.Conn
	var l *stack.Listener
	var err error
	if c.Options.Active {
		l, err = c.listen()
	} else {
		conn, err = c.passive()
	}
	if err != nil {
		return nil, err
	}
	r, err := c.Command(line)
	if err == nil && r.Code >= 200 {
		err = syntaxError(command, r.String())
	}
	if err == nil && conn == nil {
		conn, err = c.accept(l, command)
	}
	if l != nil {
		l.Close()
	}
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		return nil, err
	}
	t := &Transfer{Reply: r, c: c, command: command, link: stack.NewLink(c.st, conn)}
	t.in, t.out = t.link, pieces{t}
	if !c.image || command != "RETR" && command != "STOR" && command != "APPE" && command != "STOU" {
		t.in, t.out = &textReader{r: t.in, ends: &fromNetwork{}}, &textWriter{w: t.out, ends: &toNetwork{}}
	}
	if err := t.begin(); err != nil {
		conn.Close()
		c.reply(command)
		return nil, err
	}
	c.open = t
	return t, nil
}

// begin puts the data connection under TLS if that was agreed on.
func (t *Transfer) begin() error {
	t.steadily()
	config := t.c.Options.TLS
	if !t.c.private || config == nil {
		return nil
	}
	err := t.link.DialTLS(config, t.c.st.Now().Add(t.c.Options.timeout()))
	if err != nil {
		return tlsError(t.command, err)
	}
	return nil
}

func (t *Transfer) steadily() { t.link.SetDeadline(t.c.st.Now().Add(t.c.Options.timeout())) }

// passive asks the server to listen, by EPSV or PASV, and connects. The address that PASV tells is not used: a server behind a NAT box
// tells a wrong one, and a bad server one of somebody else.
func (c *Client) passive() (net.Conn, error) {
	host := addrPort(c.conn.TCP().RemoteAddr()).Addr()
	var port uint16
	if !c.Options.Plain && !c.old || host.Is6() {
		text, err := c.wanted(229, "EPSV", "")
		switch ok := false; {
		case err == nil:
			if port, ok = parseExtendedPassive(text); !ok {
				return nil, syntaxError("EPSV", "229 "+text)
			}
		case !c.outdated(err) || host.Is6():
			return nil, err
		}
	}
	if port == 0 {
		text, err := c.wanted(227, "PASV", "")
		if err != nil {
			return nil, err
		}
		at, ok := parsePassive(text)
		if !ok || at.Port() == 0 {
			return nil, syntaxError("PASV", "227 "+text)
		}
		port = at.Port()
	}
	d := stack.Dialer{Timeout: c.Options.timeout()}
	conn, err := d.Dial(c.st, "tcp", net.JoinHostPort(host.String(), strconv.Itoa(int(port))))
	if err != nil {
		return nil, fmt.Errorf("ftp: data connection: %w", err)
	}
	return conn, nil
}

// outdated reports whether a server refused a command because it does not know it; then it is not asked again.
func (c *Client) outdated(err error) bool {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Reply.Code < 500 || refusal.Reply.Code == 530 {
		return false
	}
	c.old = true
	return true
}

// listen waits for the server to connect, and tells it where, by EPRT or PORT.
func (c *Client) listen() (*stack.Listener, error) {
	local := addrPort(c.conn.TCP().LocalAddr()).Addr()
	l, err := c.st.Listen("tcp", net.JoinHostPort(local.String(), "0"))
	if err != nil {
		return nil, fmt.Errorf("ftp: data connection: %w", err)
	}
	at := addrPort(l.Addr())
	at = netip.AddrPortFrom(local, at.Port())
	if local.Is4() && (c.Options.Plain || c.old) {
		_, err = c.exchange("PORT", formatHostPort(at))
	} else if _, err = c.exchange("EPRT", formatExtendedPort(at)); err != nil && local.Is4() && c.outdated(err) {
		_, err = c.exchange("PORT", formatHostPort(at))
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// accept takes the connection that the server makes, or the reply that says that it could not. Connections of others are closed.
func (c *Client) accept(l *stack.Listener, command string) (net.Conn, error) {
	deadline := c.st.Now().Add(c.Options.timeout())
	server := addrPort(c.conn.TCP().RemoteAddr()).Addr()
	for {
		if l.Socket().CanRead() {
			conn, err := l.Accept()
			switch {
			case err != nil:
				return nil, fmt.Errorf("ftp: data connection: %w", err)
			case addrPort(conn.RemoteAddr()).Addr() == server:
				return conn, nil
			}
			conn.Close()
			continue
		}
		if c.replied() {
			c.patience()
			r, err := c.reply(command)
			if err == nil {
				err = syntaxError(command, r.String())
			}
			return nil, err
		}
		if !c.st.Now().Before(deadline) {
			return nil, fmt.Errorf("ftp: data connection of %s: %w", command, os.ErrDeadlineExceeded)
		}
		queues := []*sim.Queue{l.Socket().Readable()}
		if s, ok := c.control(); ok {
			queues = append(queues, s.Readable())
		}
		c.st.Scheduler().Wait(sim.Wait{Call: "accept", On: l.Socket()}, deadline, queues...)
	}
}

func (c *Client) control() (stack.Socket, bool) {
	s, ok := c.conn.TCP().(interface{ Socket() stack.Socket })
	if !ok {
		return nil, false
	}
	return s.Socket(), true
}

// replied reports whether something has come on the control connection.
func (c *Client) replied() bool {
	s, ok := c.control()
	return c.lines.Buffered() > 0 || ok && s.CanRead()
}

// Read reads from the file, in type A with LF at the end of lines. At the end of the data it takes the last reply: io.EOF means that the server
// said that all was well.
func (t *Transfer) Read(p []byte) (int, error) {
	if t.done {
		return 0, io.EOF
	}
	t.steadily()
	n, err := t.in.Read(p)
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, fmt.Errorf("ftp: %s: %w", t.command, err)
	}
	if err = t.Close(); err == nil {
		err = io.EOF
	}
	return n, err
}

// A pieces writer gives each piece of a file its time.
type pieces struct{ t *Transfer }

// Write implements io.Writer.
func (p pieces) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		p.t.steadily()
		var m int
		m, err = p.t.link.Write(b[n:min(n+piece, len(b))])
		n += m
	}
	return n, err
}

// Write writes to the file, in type A with CRLF at the end of lines.
func (t *Transfer) Write(p []byte) (int, error) {
	if t.done {
		return 0, net.ErrClosed
	}
	n, err := t.out.Write(p)
	if err != nil {
		err = t.broken(err)
	}
	return n, err
}

// broken is a failure of the data connection. The server may have said why: "452 Error writing file".
func (t *Transfer) broken(err error) error {
	if failed := t.Close(); failed != nil {
		return failed
	}
	return fmt.Errorf("ftp: %s: %w", t.command, err)
}

func (t *Transfer) finish() { t.done, t.c.open = true, nil }

// Close closes the data connection, which ends what is written, and takes the last reply. After reading a part only it is Abort.
func (t *Transfer) Close() error {
	if t.done {
		return nil
	}
	t.finish()
	t.steadily()
	t.link.Close()
	t.link.Break()
	t.c.patience()
	_, err := t.c.reply(t.command)
	return err
}

// Abort breaks the transfer off: ABOR, and the end of the data connection. The session goes on. The server's replies are two: how the transfer
// ended, and of ABOR.
func (t *Transfer) Abort() error {
	if t.done {
		return nil
	}
	t.finish()
	if err := t.c.send("ABOR"); err != nil {
		t.link.Break()
		return err
	}
	t.link.Break()
	var refusal *Error
	if _, err := t.c.reply(t.command); err != nil && !errors.As(err, &refusal) {
		return err
	}
	_, err := t.c.reply("ABOR")
	return err
}

// Retr begins to fetch a file, from an offset in bytes on (REST).
func (c *Client) Retr(path string, offset int64) (*Transfer, error) {
	if err := c.restart(offset); err != nil {
		return nil, err
	}
	return c.Open("RETR", path)
}

// Stor begins to store a file, from an offset in bytes on (REST).
func (c *Client) Stor(path string, offset int64) (*Transfer, error) {
	if err := c.restart(offset); err != nil {
		return nil, err
	}
	return c.Open("STOR", path)
}

func (c *Client) restart(offset int64) error {
	if offset == 0 {
		return nil
	}
	_, err := c.wanted(350, "REST", strconv.FormatInt(offset, 10))
	return err
}

// Fetch writes a file to w, and returns how many bytes.
func (c *Client) Fetch(path string, w io.Writer) (int64, error) {
	t, err := c.Retr(path, 0)
	if err != nil {
		return 0, err
	}
	n, err := io.CopyBuffer(w, struct{ io.Reader }{t}, make([]byte, chunk))
	if err != nil {
		t.Abort()
	}
	return n, err
}

// Store stores what r has as a file, and returns how many bytes.
func (c *Client) Store(path string, r io.Reader) (int64, error) {
	t, err := c.Stor(path, 0)
	if err != nil {
		return 0, err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{t}, r, make([]byte, chunk))
	if err != nil {
		t.Abort()
		return n, err
	}
	return n, t.Close()
}
