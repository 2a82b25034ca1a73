package mta

import (
	"fmt"

	"github.com/moonwire-lab/moonwire/engine/mail"
)

// maxReturned is how much of a message goes back with a report, in bytes; of a longer one only the header does.
const maxReturned = 64 << 10

// reportID is the name of the next report on a message. A report that was written and whose writing was not noted is found by it.
func reportID(e *Entry) string { return fmt.Sprintf("%s-R%d", e.ID, e.reports+1) }

// report puts a report on recipients that failed into the queue and returns what to tell of it.
func (s *Server) report(e *Entry, failed []result) (Event, error) {
	message, err := s.read(e)
	if err != nil {
		return Event{}, err
	}
	r := mail.Report{ReportingMTA: s.domain, Arrived: e.Arrived}
	for _, f := range failed {
		original := ""
		for _, to := range e.To {
			if to.Address == f.address && to.Original != f.address {
				original = to.Original
			}
		}
		r.Recipients = append(r.Recipients, mail.ReportedRecipient{Original: original, Final: f.address, Action: "failed", Status: f.status,
			RemoteMTA: f.host, Diagnostic: f.text})
	}
	text, err := s.reportText(r, e.From, message)
	if err != nil {
		return Event{}, err
	}
	report := &Entry{ID: reportID(e), Arrived: s.st.Now(), Body: bodyOf(text), about: e.ID}
	for _, f := range failed {
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

// reportText writes a report. If something in the message or its sender's address can be in no message, it goes without it.
func (s *Server) reportText(r mail.Report, to string, message []byte) (text []byte, err error) {
	for _, most := range []int{maxReturned, 0} {
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
