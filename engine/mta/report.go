package mta

import (
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/mail"
)

// maxReturned is how much of a message goes back with a report, in bytes; of a longer one only the header does.
const maxReturned = 64 << 10

// reportID is the name of the next report on a message. A report that was written and whose writing was not noted is found by it.
func reportID(e *Entry) string { return fmt.Sprintf("%s-R%d", e.ID, e.reports+1) }

// report puts a report on recipients that failed, or are late, into the queue and returns what to tell of it.
func (s *Server) report(e *Entry, about []result, late bool) (Event, error) {
	message, err := s.read(e)
	if err != nil {
		return Event{}, err
	}
	r := mail.Report{ReportingMTA: s.domain, Arrived: e.Arrived}
	waits := e.waiting()
	for _, f := range about {
		p := mail.ReportedRecipient{Final: f.address, Action: "failed", Status: f.status, RemoteMTA: f.host, Diagnostic: f.text}
		if to := waits[f.address]; to != nil && to.Original != f.address {
			p.Original = to.Original
		}
		if late {
			p.Action, p.RetryUntil = "delayed", e.Arrived.Add(or(s.Expire, defaultExpire))
			if !strings.HasPrefix(p.Status, "4.") { // a refusal of the whole server
				p.Status = "4.4.1"
			}
		}
		r.Recipients = append(r.Recipients, p)
	}
	text, err := s.reportText(r, e.From, message, late)
	if err != nil {
		return Event{}, err
	}
	report := &Entry{ID: reportID(e), Arrived: s.st.Now(), Body: bodyOf(text), about: e.ID, late: late}
	for _, f := range about {
		report.covers = append(report.covers, f.address)
	}
	x, err := s.expand("", []string{e.From})
	if err != nil { // a sender of an own domain who does not exist
		e.reports++
		return Event{Kind: Dropped, ID: report.ID, To: e.From, Text: err.Error()}, nil
	}
	report.To = x.groups[0].to
	if err := s.write(report, text); err != nil {
		return Event{}, err
	}
	s.enter(report)
	e.reports++
	return Event{Kind: Queued, ID: report.ID, To: e.From, Text: "report on " + e.ID}, nil
}

// reportText writes a report. If something in the message or its sender's address can be in no message, it goes without it. Who is told of a
// delay gets the header only (RFC 3461 4.3).
func (s *Server) reportText(r mail.Report, to string, message []byte, late bool) (text []byte, err error) {
	sizes := []int{maxReturned, 0}
	if late {
		sizes = sizes[1:]
	}
	for _, most := range sizes {
		for _, list := range [][]mail.Address{{{Address: to}}, nil} {
			draft := r.Draft(message, most)
			draft.From, draft.To = []mail.Address{{Name: "Mail Delivery System", Address: "mailer-daemon@" + s.domain}}, list
			if text, err = draft.Build(s.st.Rand(), s.st.Now(), s.domain); err == nil {
				return text, nil
			}
		}
	}
	return nil, err
}
