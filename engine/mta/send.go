package mta

import (
	"errors"
	"net"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// send passes a message on to the servers of a domain, the next one where one does not take it.
func (s *Server) send(e *Entry, domain string, to []Recipient, message []byte) []result {
	hosts, refusal := s.route(domain)
	if refusal != nil {
		return all(to, *refusal)
	}
	done := map[string]result{}
	left := to
	for _, host := range hosts {
		var next []Recipient
		for i, r := range s.sendTo(host, e, left, message) {
			done[r.address] = r
			if !r.done && !r.permanent {
				next = append(next, left[i])
			}
		}
		if left = next; len(left) == 0 || s.closed || s.entries[e.ID] != e {
			break
		}
	}
	results := make([]result, 0, len(to))
	for _, r := range to {
		results = append(results, done[r.Address])
	}
	return results
}

// sendTo makes one session with a server. There is a result for each recipient, in their order.
func (s *Server) sendTo(host string, e *Entry, to []Recipient, message []byte) []result {
	addresses := make([]string, len(to))
	for i, r := range to {
		addresses[i] = r.Address
	}
	name, _, _ := net.SplitHostPort(host)
	conn, err := stack.Dialer{Timeout: or(s.Connect, defaultConnect)}.Dial(s.st, "tcp", host)
	if err != nil {
		return all(to, failure(name, err))
	}
	c, err := smtp.NewClient(s.st, conn, s.Client)
	if err != nil {
		return all(to, failure(name, err))
	}
	defer c.Close()
	if err := s.secure(c); err != nil {
		return all(to, failure(name, err))
	}
	if err := needsUTF8(c, e, message); err != nil {
		defer c.Quit()
		return all(to, failure(name, err))
	}
	d, err := c.Send(e.From, addresses, message)
	var lacks *smtp.UnsupportedError
	if errors.As(err, &lacks) && lacks.Extension == "8BITMIME" { // nothing was sent yet
		if converted, problem := mail.SevenBit(message); problem == nil {
			d, err = c.Send(e.From, addresses, converted)
		}
	}
	results := all(to, result{host: name, done: true, status: "2.0.0", text: d.Reply.String()})
	if err != nil {
		results = all(to, failure(name, err))
	}
	refused := map[string]error{}
	for _, r := range d.Refused {
		refused[r.To] = r.Err
	}
	for i, address := range addresses {
		if err := refused[address]; err != nil {
			results[i] = failure(name, err)
			results[i].address = address
		}
	}
	s.note(e, results) // before anything else can happen
	c.Quit()           // after a refusal, too (RFC 5321 4.1.1.10)
	return results
}

// needsUTF8 fails if a message that came with SMTPUTF8 has UTF-8 in its header, which the other server does not take (RFC 6531 3.2).
func needsUTF8(c *smtp.Client, e *Entry, message []byte) error {
	if !e.UTF8 {
		return nil
	}
	if header, _ := mail.SplitHeader(message); bodyOf(header) == "" {
		return nil
	}
	if len(c.Extensions()) == 0 {
		if _, err := c.Hello(); err != nil {
			return err
		}
	}
	if _, ok := c.Extension("SMTPUTF8"); !ok {
		return &smtp.UnsupportedError{Extension: "SMTPUTF8"}
	}
	return nil
}

// secure encrypts a session if both sides can.
func (s *Server) secure(c *smtp.Client) error {
	if s.Client.TLS == nil || c.Secure() {
		return nil
	}
	if _, err := c.Hello(); err != nil {
		return err
	}
	if _, ok := c.Extension("STARTTLS"); !ok {
		return nil
	}
	_, err := c.StartTLS()
	return err
}

// failure says what an error of a client means. What is not a refusal for ever is tried again (RFC 5321 4.5.4.1).
func failure(host string, err error) result {
	r := result{host: host, status: "4.4.1", text: err.Error()}
	var lacks *smtp.UnsupportedError
	var argument *smtp.ArgumentError
	var command *smtp.CommandError
	switch refusal := asError(err); {
	case refusal != nil:
		r.text, r.status = refusal.Error(), refusal.Enhanced
		r.permanent = !refusal.Temporary() && !(errors.As(err, &command) && command.Command == "connect")
		if r.status == "" {
			r.status = "4.0.0"
			if r.permanent {
				r.status = "5.0.0"
			}
		}
	case errors.As(err, &lacks):
		r.permanent, r.status = true, "5.6.3"
		if lacks.Extension == "SMTPUTF8" {
			r.status = "5.6.7"
		}
	case errors.As(err, &argument):
		r.permanent, r.status = true, "5.6.0"
	}
	return r
}
