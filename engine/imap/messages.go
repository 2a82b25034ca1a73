package imap

import (
	"strings"
)

// Messages says of which messages a command is: by their numbers in the selected folder, or by UID.
type Messages struct {
	Set NumSet
	UID bool
}

func (m Messages) request(command string) *request {
	if m.UID {
		command = "UID " + command
	}
	r := newRequest(command)
	if len(m.Set) > 0 {
		r.raw(" " + m.Set.String())
	}
	return r
}

// oneLine refuses text that would begin another command.
func oneLine(text string) error {
	if strings.ContainsAny(text, "\r\n") {
		return &codedError{"an argument with the end of a line in it", "invalid", nil}
	}
	return nil
}

// Fetch returns what items, such as "(FLAGS BODY[HEADER])" or "FULL", say of messages (RFC 3501 6.4.5). Beside the asked ones it may return
// messages whose flags have changed.
func (c *Client) Fetch(m Messages, items string) (list []*Message, err error) {
	if err := oneLine(items); err != nil {
		return nil, err
	}
	_, err = c.do(m.request("FETCH").raw(" "+items), func(r response) bool { return taken(r, &list) })
	return list, err
}

// taken reads an answer FETCH.
func taken(r response, list *[]*Message) bool {
	if r.name != "FETCH" {
		return false
	}
	r.p.sp()
	m := r.p.fetchResponse(r.number)
	r.p.end()
	*list = append(*list, m)
	return true
}

// Store changes flags: op is "FLAGS", "+FLAGS" or "-FLAGS", with ".SILENT" if the result is not wanted (RFC 3501 6.4.6).
func (c *Client) Store(m Messages, op string, flags []string) (list []*Message, err error) {
	text := op + " " + flagList(flags)
	if err := oneLine(text); err != nil {
		return nil, err
	}
	_, err = c.do(m.request("STORE").raw(" "+text), func(r response) bool { return taken(r, &list) })
	return list, err
}

// Search returns the numbers, or with uid the UIDs, of the messages that fulfil criteria, such as `UNSEEN FROM "alice"` (RFC 3501 6.4.4).
func (c *Client) Search(criteria string, uid bool) (numbers []uint32, err error) {
	if err := oneLine(criteria); err != nil {
		return nil, err
	}
	_, err = c.do(Messages{UID: uid}.request("SEARCH").raw(" "+criteria), func(r response) bool {
		if r.name != "SEARCH" {
			return false
		}
		for r.p.take(' ') && r.p.peek() != 0 {
			numbers = append(numbers, r.p.nzNumber())
		}
		return true
	})
	return numbers, err
}

// A Copied is what COPYUID says (RFC 4315 3): which messages became which in the other folder. It is zero if the server does not say it.
type Copied struct {
	UIDValidity uint32
	From, To    NumSet
}

// Copy copies messages to another folder (RFC 3501 6.4.7).
func (c *Client) Copy(m Messages, name string) (Copied, error) { return c.copyTo("COPY", m, name) }

// Move moves messages to another folder (RFC 6851).
func (c *Client) Move(m Messages, name string) (Copied, error) { return c.copyTo("MOVE", m, name) }

func (c *Client) copyTo(command string, m Messages, name string) (copied Copied, err error) {
	s, err := c.do(m.request(command).mailbox(name), func(r response) bool {
		if r.name != "OK" {
			return false
		}
		s := r.p.responseText("OK")
		c.code(s)
		copied.read(s.response)
		return true
	})
	copied.read(s.response)
	return copied, err
}

func (c *Copied) read(response string) {
	rest, ok := strings.CutPrefix(response, "COPYUID ")
	if !ok {
		return
	}
	p := &parser{b: []byte(rest)}
	got := Copied{UIDValidity: p.number()}
	p.sp()
	got.From = p.sequenceSet()
	p.sp()
	got.To = p.sequenceSet()
	if p.end(); p.err == nil {
		*c = got
	}
}

// Expunge removes the messages that are flagged \Deleted (RFC 3501 6.4.3); of a set of UIDs only these (RFC 4315 2.1). It returns the
// numbers that were removed, each in the count of what was left before it.
func (c *Client) Expunge(uids NumSet) (numbers []uint32, err error) {
	m := Messages{Set: uids, UID: len(uids) > 0}
	_, err = c.do(m.request("EXPUNGE"), func(r response) bool {
		if r.name != "EXPUNGE" {
			return false
		}
		numbers = append(numbers, r.number)
		if c.Selected != nil {
			c.Selected.Exists = max(c.Selected.Exists, 1) - 1
		}
		return true
	})
	return numbers, err
}
