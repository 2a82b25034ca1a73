package imap

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// untagged reads an answer that begins with "*".
func (c *Client) untagged(command string, p *parser, take func(response) bool) error {
	p.want('*')
	p.sp()
	r := p.untagged()
	if p.err == nil && take != nil && take(r) {
		if p.err == nil {
			return nil
		}
		return c.broken(command, p.err, p.b)
	}
	switch r.name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		s := p.responseText(r.name)
		c.code(s)
		if r.name == "BYE" && command != "LOGOUT" {
			c.bye = &Error{command, "BYE", s.response, s.text}
		}
	case "CAPABILITY":
		c.Capabilities = strings.Fields(string(p.b[p.at:]))
	case "EXISTS", "RECENT", "EXPUNGE", "FETCH", "FLAGS":
		c.update(r)
	} // anything else is of an extension that was not asked for
	if p.err != nil {
		return c.broken(command, p.err, p.b)
	}
	return nil
}

// update keeps what was said of the selected folder.
func (c *Client) update(r response) {
	u := Update{Kind: strings.ToLower(r.name), Number: r.number}
	switch r.name {
	case "FETCH":
		r.p.sp()
		u.Message = r.p.fetchResponse(r.number)
	case "FLAGS":
		r.p.sp()
		u.Flags = r.p.flagList()
	}
	r.p.end()
	if r.p.err != nil {
		return
	}
	if f := c.Selected; f != nil {
		switch r.name {
		case "EXISTS":
			f.Exists = r.number
		case "RECENT":
			f.Recent = r.number
		case "EXPUNGE":
			f.Exists = max(f.Exists, 1) - 1
		case "FLAGS":
			f.Flags = u.Flags
		}
	}
	if size := int64(len(r.p.b)); len(c.updates) < maxUpdates && c.kept+size <= maxKept {
		c.updates = append(c.updates, u)
		c.kept += size
	}
}

// Updates returns what the server has said of the selected folder beside its answers since the last call, at most 10,000 of it,
// in answers of at most 8 MiB.
func (c *Client) Updates() []Update {
	u := c.updates
	c.updates, c.kept = nil, 0
	return u
}

// Memory returns about how many bytes the session takes: the answer that comes now, once as bytes and once as what is in it, and what Updates
// has to give.
func (c *Client) Memory() int64 {
	return sessionBytes + 2*c.coming + c.kept + 100*int64(len(c.updates))
}

// code follows a response code (RFC 3501 7.1).
func (c *Client) code(s status) {
	p := &parser{b: []byte(s.response)}
	word := ""
	if p.peek() != 0 {
		word = strings.ToUpper(p.atom())
	}
	p.take(' ')
	if word == "CAPABILITY" {
		c.Capabilities = strings.Fields(string(p.b[p.at:]))
	}
	f := c.Selected
	if f == nil {
		return
	}
	switch word {
	case "UIDVALIDITY":
		f.UIDValidity = p.number()
	case "UIDNEXT":
		f.UIDNext = p.number()
	case "UNSEEN":
		f.Unseen = p.number()
	case "PERMANENTFLAGS":
		f.PermanentFlags = p.flagList()
	case "READ-ONLY":
		f.ReadOnly = true
	case "READ-WRITE":
		f.ReadOnly = false
	}
}

// Idle waits until the server says something of the selected folder, at most for d, and returns it; after d without anything it returns
// nothing. A server may break off who idles for 30 minutes or more (RFC 2177 3).
func (c *Client) Idle(d time.Duration) ([]Update, error) {
	before := c.Updates()
	tag, s, err := c.send(newRequest("IDLE"))
	if err == nil && s.word == "" {
		s, err = c.goAhead("IDLE", tag)
	}
	if err != nil {
		return nil, err
	}
	until := c.st.Now().Add(d)
	for len(c.updates) == 0 && c.st.Now().Before(until) {
		c.conn.SetDeadline(until)
		// To look at a byte loses nothing when time is over, to read half a line would.
		if _, err := c.in.Peek(1); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) && stack.Code(err) != "timeout" {
				return nil, c.lost("IDLE", err)
			}
			break
		}
		p, err := c.receive("IDLE")
		if err != nil {
			return nil, err
		}
		if p.peek() != '*' {
			s, err = c.tagged("IDLE", tag, p)
			if err == nil {
				err = c.broken("IDLE", nil, p.b)
			}
			return nil, err
		}
		if err := c.untagged("IDLE", p, nil); err != nil {
			return nil, err
		}
	}
	if err := c.write("IDLE", []byte("DONE\r\n")); err != nil {
		return nil, err
	}
	_, err = c.await("IDLE", tag, nil)
	return slices.Concat(before, c.Updates()), err
}
