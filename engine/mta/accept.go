package mta

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// An acceptor is the Server as the smtp.Mailbox of its sessions.
type acceptor struct{ *Server }

var (
	errRelay     = &smtp.Error{Code: 550, Enhanced: "5.7.1", Text: "Relaying denied"}
	errForeign   = &smtp.Error{Code: 550, Enhanced: "5.7.1", Text: "Sender is not of this domain"}
	errUnknown   = &smtp.Error{Code: 550, Enhanced: "5.1.1", Text: "User unknown"}
	errLoop      = &smtp.Error{Code: 554, Enhanced: "5.4.6", Text: "Too many hops: the message goes round in a loop"}
	errAliasLoop = &smtp.Error{Code: 550, Enhanced: "5.4.6", Text: "The alias leads to itself"}
	errMany      = &smtp.Error{Code: 550, Enhanced: "5.5.3", Text: "The alias stands for too many addresses"}
	errQueueFull = &smtp.Error{Code: 452, Enhanced: "4.3.1", Text: "The queue is full, try again later"}
	errStorage   = &smtp.Error{Code: 451, Enhanced: "4.3.0", Text: "The message cannot be stored now"}
	errAddress   = &smtp.Error{Code: 553, Enhanced: "5.1.3", Text: "An address cannot be so"}
	errNobody    = &smtp.Error{Code: 554, Enhanced: "5.5.1", Text: "No recipient"}
	errClosing   = &smtp.Error{Code: 421, Enhanced: "4.3.2", Text: "Closing"}
)

// CheckRecipient implements smtp.RecipientChecker: the rules of the well configured server.
func (a acceptor) CheckRecipient(e *smtp.Envelope, address string) error {
	domain := mail.Domain(address)
	if domain == "" || a.isLocal(domain) {
		_, err := a.expand(e.From, []string{address})
		return err
	}
	switch {
	case a.OpenRelay, a.isOwnNetwork(e.Remote.Addr()), slices.Contains(lowered(a.RelayFor), domain):
		return nil
	case e.User == "":
		return errRelay
	case e.From != "" && !a.isLocal(mail.Domain(e.From)):
		return errForeign
	}
	return nil
}

func (a acceptor) isOwnNetwork(client netip.Addr) bool {
	client = client.Unmap()
	return slices.ContainsFunc(a.Networks, func(p netip.Prefix) bool { return p.Contains(client) })
}

// Deliver implements smtp.Mailbox: it puts the message into the queue.
func (a acceptor) Deliver(e *smtp.Envelope, message []byte) error {
	header, _ := mail.SplitHeader(message)
	if hops(header) >= or(a.MaxHops, defaultMaxHops) {
		return errLoop
	}
	r := mail.Received{From: origin(e), By: a.domain, With: e.Protocol(), Date: a.st.Now()}
	if len(e.To) == 1 {
		r.For = e.To[0]
	}
	var more []byte
	if e.User != "" || a.isOwnNetwork(e.Remote.Addr()) {
		more = a.missing(header)
	}
	_, err := a.accept(accepted{from: e.From, to: e.To, received: &r, header: more, message: message, body: e.Body, utf8: e.UTF8})
	return err
}

// origin says who sent a message: what it called itself and what the connection shows (RFC 5321 4.4).
func origin(e *smtp.Envelope) string {
	literal := e.Remote.Addr().Unmap().String()
	if e.Remote.Addr().Is6() && !e.Remote.Addr().Is4In6() {
		literal = "IPv6:" + literal
	}
	return e.Helo + " ([" + literal + "])"
}

// missing returns the fields that a message needs and its writer has left out (RFC 6409 8).
func (s *Server) missing(header []byte) []byte {
	h := mail.Parse(header).Header
	var out []byte
	if !h.Has("Date") {
		out = append(out, "Date: "+mail.FormatDate(s.st.Now())+"\r\n"...)
	}
	if !h.Has("Message-ID") {
		out = append(out, "Message-ID: <"+mail.NewID(s.st.Rand(), s.st.Now(), s.domain)+">\r\n"...)
	}
	return out
}

// hops counts the Received fields of a header.
func hops(header []byte) int {
	n := 0
	for line := range bytes.Lines(header) {
		if len(line) > 9 && bytes.EqualFold(line[:9], []byte("Received:")) {
			n++
		}
	}
	return n
}

// An accepted is a message to be put into the queue.
type accepted struct {
	from     string
	to       []string
	received *mail.Received // nil: none is written
	header   []byte         // on top of the message
	message  []byte
	body     string
	utf8     bool
	id       string // "" draws one
}

// accept writes a message to the queue, once for each sender that the lists of its recipients make, and returns when all are on stable storage.
func (s *Server) accept(m accepted) (id string, err error) {
	if s.closed {
		return "", errClosing
	}
	for _, address := range append([]string{m.from}, m.to...) {
		if !possible(address) {
			return "", errAddress
		}
	}
	if len(m.to) == 0 {
		return "", errNobody
	}
	x, err := s.expand(m.from, m.to)
	if err != nil {
		return "", err
	}
	mark, err := x.mark(m.message)
	if err != nil {
		return "", err
	}
	if len(s.entries)+len(x.groups) > or(s.MaxQueue, defaultMaxQueue) {
		return "", errQueueFull
	}
	var made []*Entry
	for _, g := range x.groups {
		e := &Entry{ID: m.id, From: g.from, Arrived: s.st.Now(), Body: m.body, UTF8: m.utf8, To: g.to}
		if e.ID == "" || len(made) > 0 {
			e.ID = s.newID()
		}
		var top []byte
		if m.received != nil {
			r := *m.received
			r.ID = e.ID
			line, err := mail.FormatField("Received", r.Field())
			if err != nil {
				line, _ = mail.FormatField("Received", mail.Received{By: r.By, With: r.With, ID: r.ID, Date: r.Date}.Field())
			}
			top = line
		}
		if err := s.write(e, top, mark, m.header, m.message); err != nil {
			for _, e := range made {
				s.erase(e)
			}
			return "", errStorage
		}
		made = append(made, e)
	}
	for _, e := range made {
		s.enter(e)
		var to []string
		for _, r := range e.To {
			to = append(to, r.Address)
		}
		s.tell(Event{Kind: Queued, ID: e.ID, From: e.From, To: strings.Join(to, ", ")})
	}
	return made[0].ID, nil
}

// mark returns the fields by which a message that an alias sends abroad is known when it comes back, and fails if it has.
func (x *expansion) mark(message []byte) (fields []byte, err error) {
	if len(x.abroad) == 0 {
		return nil, nil
	}
	header, _ := mail.SplitHeader(message)
	seen := mail.Parse(header).Header.Values("X-Loop")
	for _, alias := range x.abroad {
		if slices.Contains(seen, alias) {
			return nil, errLoop
		}
		fields = append(fields, "X-Loop: "+alias+"\r\n"...)
	}
	return fields, nil
}

// Submit puts a message into the queue, as programs of the host do, and returns its name there. The error is an *smtp.Error.
func (s *Server) Submit(from string, to []string, message []byte) (id string, err error) {
	header, _ := mail.SplitHeader(message)
	return s.accept(accepted{from: from, to: to, header: s.missing(header), message: message,
		received: &mail.Received{By: s.domain, With: "local", Date: s.st.Now()}, body: bodyOf(message)})
}

// possible reports whether an address can stand in an envelope.
func possible(address string) bool {
	return len(address) <= 512 && !strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f || r == '<' || r == '>' })
}

// bodyOf tells whether a message needs 8BITMIME.
func bodyOf(message []byte) string {
	for _, c := range message {
		if c >= 0x80 {
			return "8BITMIME"
		}
	}
	return ""
}

// Verify implements smtp.Verifier.
func (a acceptor) Verify(_ *smtp.Envelope, user string) (string, error) {
	if domain := mail.Domain(user); domain != "" && !a.isLocal(domain) {
		return "", &smtp.Error{Code: 550, Enhanced: "5.7.1", Text: user + "... is not a user of this server"}
	}
	if _, err := a.expand("", []string{user}); err != nil {
		return "", err
	}
	return "<" + mail.Local(user) + "@" + a.domain + ">", nil
}

// Expand implements smtp.Expander.
func (a acceptor) Expand(_ *smtp.Envelope, list string) ([]string, error) {
	local, domain := strings.ToLower(mail.Local(list)), mail.Domain(list)
	members := a.Aliases[local]
	if domain != "" && !a.isLocal(domain) || len(members) == 0 {
		return nil, &smtp.Error{Code: 550, Enhanced: "5.1.1", Text: list + "... is not a list of this server"}
	}
	out := make([]string, len(members))
	for i, m := range members {
		if mail.Domain(m) == "" {
			m += "@" + a.home(domain)
		}
		out[i] = "<" + m + ">"
	}
	return out, nil
}
