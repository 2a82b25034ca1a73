package imap

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sasl"
)

// simple sends a command whose answer is its end.
func (c *Client) simple(r *request) error {
	_, err := c.do(r, nil)
	return err
}

// Capability asks what the server can do (RFC 3501 6.1.1).
func (c *Client) Capability() ([]string, error) {
	err := c.simple(newRequest("CAPABILITY"))
	return c.Capabilities, err
}

// Noop does nothing but let the server tell what is new.
func (c *Client) Noop() error { return c.simple(newRequest("NOOP")) }

// Check asks the server to put things in order (RFC 3501 6.4.1).
func (c *Client) Check() error { return c.simple(newRequest("CHECK")) }

// Logout ends the session. The connection is closed whatever is answered.
func (c *Client) Logout() error {
	err := c.simple(newRequest("LOGOUT"))
	c.conn.Close()
	return err
}

// Disconnect breaks the connection off.
func (c *Client) Disconnect() error { return c.conn.Break() }

// StartTLS puts the connection under TLS (RFC 3501 6.2.1).
func (c *Client) StartTLS() error {
	if c.o.TLS == nil {
		return &codedError{"no settings for TLS", "invalid", nil}
	}
	if err := c.simple(newRequest("STARTTLS")); err != nil {
		return err
	}
	if c.lines.Buffered() > 0 {
		return c.broken("STARTTLS", nil, []byte("more than an answer in the clear"))
	}
	c.patience()
	return c.secure()
}

// loggedIn forgets what the server could do before a login, unless it has said what it can do now.
func (c *Client) loggedIn(before []string, err error) error {
	if err == nil {
		c.Authenticated = true
		if len(before) > 0 && len(c.Capabilities) > 0 && &before[0] == &c.Capabilities[0] {
			c.Capabilities = nil
		}
	}
	return err
}

// Login shows the password, in the clear unless the connection is under TLS (RFC 3501 6.2.3).
func (c *Client) Login(user, password string) error {
	before := c.Capabilities
	return c.loggedIn(before, c.simple(newRequest("LOGIN").astring(user).astring(password)))
}

// Plain is AUTHENTICATE PLAIN (RFC 4616), which shows the password too.
func (c *Client) Plain(user, password string) error {
	return c.authenticate("PLAIN", func(string) string { return sasl.Plain(user, password) })
}

// CRAMMD5 proves to know the password by AUTHENTICATE CRAM-MD5 (RFC 2195).
func (c *Client) CRAMMD5(user, password string) error {
	return c.authenticate("CRAM-MD5", func(challenge string) string { return sasl.CRAMMD5(user, password, challenge) })
}

func (c *Client) authenticate(mechanism string, answer func(challenge string) string) error {
	const name = "AUTHENTICATE"
	before := c.Capabilities
	tag, _, err := c.send(newRequest(name).raw(" " + mechanism))
	if err != nil {
		return err
	}
	challenge, _, err := c.challenge(name, tag)
	if err != nil {
		return err
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(challenge))
	if err != nil {
		return c.broken(name, nil, []byte(challenge))
	}
	if err := c.write(name, []byte(base64.StdEncoding.EncodeToString([]byte(answer(string(text))))+"\r\n")); err != nil {
		return err
	}
	_, err = c.await(name, tag, nil)
	return c.loggedIn(before, err)
}

// Select opens a folder for reading and changing (RFC 3501 6.3.1).
func (c *Client) Select(name string) (*Selected, error) { return c.open("SELECT", name) }

// Examine opens a folder for reading (RFC 3501 6.3.2).
func (c *Client) Examine(name string) (*Selected, error) { return c.open("EXAMINE", name) }

func (c *Client) open(command, name string) (*Selected, error) {
	c.Selected = &Selected{Name: name, ReadOnly: command == "EXAMINE"}
	c.Updates() // of the folder before
	if err := c.simple(newRequest(command).mailbox(name)); err != nil {
		c.Selected = nil
		return nil, err
	}
	c.Updates()
	return c.Selected, nil
}

// Close removes what is flagged \Deleted in the selected folder and leaves it (RFC 3501 6.4.2).
func (c *Client) Close() error { return c.leave("CLOSE") }

// Unselect leaves the selected folder as it is (RFC 3691).
func (c *Client) Unselect() error { return c.leave("UNSELECT") }

func (c *Client) leave(command string) error {
	err := c.simple(newRequest(command))
	if err == nil {
		c.Selected = nil
	}
	return err
}

// Create makes a folder (RFC 3501 6.3.3).
func (c *Client) Create(name string) error { return c.simple(newRequest("CREATE").mailbox(name)) }

// Delete removes a folder with its messages (RFC 3501 6.3.4).
func (c *Client) Delete(name string) error { return c.simple(newRequest("DELETE").mailbox(name)) }

// Rename gives a folder, and those below it, another name (RFC 3501 6.3.5).
func (c *Client) Rename(from, to string) error {
	return c.simple(newRequest("RENAME").mailbox(from).mailbox(to))
}

// Subscribe puts a folder on the list that Lsub gives (RFC 3501 6.3.6).
func (c *Client) Subscribe(name string) error { return c.simple(newRequest("SUBSCRIBE").mailbox(name)) }

// Unsubscribe takes it off (RFC 3501 6.3.7).
func (c *Client) Unsubscribe(name string) error {
	return c.simple(newRequest("UNSUBSCRIBE").mailbox(name))
}

// List returns the folders whose names, behind the reference, match a pattern: * stands for anything, % for anything within one level (RFC
// 3501 6.3.8).
func (c *Client) List(reference, pattern string) ([]ListEntry, error) {
	return c.list("LIST", reference, pattern)
}

// Lsub is List of the folders that were subscribed to (RFC 3501 6.3.9).
func (c *Client) Lsub(reference, pattern string) ([]ListEntry, error) {
	return c.list("LSUB", reference, pattern)
}

func (c *Client) list(command, reference, pattern string) (list []ListEntry, err error) {
	r := newRequest(command).mailbox(reference).mailbox(pattern)
	_, err = c.do(r, func(r response) bool {
		if r.name != command {
			return false
		}
		r.p.sp()
		list = append(list, r.p.listEntry())
		return true
	})
	return list, err
}

// Status returns numbers of a folder that need not be selected: MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN; all five if none is named (RFC
// 3501 6.3.10).
func (c *Client) Status(name string, items ...string) (map[string]uint32, error) {
	if len(items) == 0 {
		items = []string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"}
	}
	out := map[string]uint32{}
	_, err := c.do(newRequest("STATUS").mailbox(name).raw(" ("+strings.Join(items, " ")+")"), func(r response) bool {
		if r.name != "STATUS" {
			return false
		}
		r.p.sp()
		r.p.mailbox()
		r.p.sp()
		r.p.list(maxItems, func() {
			item := strings.ToUpper(r.p.atom())
			r.p.sp()
			out[item] = r.p.number()
		})
		return true
	})
	return out, err
}

// Append puts a message into a folder (RFC 3501 6.3.11). Its lines should end with CRLF. The zero date is the server's own. The UID is 0 if
// the server does not say it (RFC 4315).
func (c *Client) Append(name string, message []byte, flags []string, date time.Time) (uid uint32, err error) {
	r := newRequest("APPEND").mailbox(name)
	if len(flags) > 0 {
		r.raw(" " + flagList(flags))
	}
	if !date.IsZero() {
		r.raw(` "` + date.Format(dateTimeLayout) + `"`)
	}
	s, err := c.do(r.raw(" ").literal(message), nil)
	if err != nil {
		return 0, err
	}
	var validity uint32
	if n, _ := fmt.Sscanf(s.response, "APPENDUID %d %d", &validity, &uid); n != 2 {
		uid = 0
	}
	return uid, nil
}
