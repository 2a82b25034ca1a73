package mail

import (
	"bytes"
	"strings"
	"time"
)

// A Report tells the sender of a message what became of it (RFC 3464): a multipart of a text for people, a part of fields for programs, and
// the message.
type Report struct {
	ReportingMTA string // the server that reports
	Arrived      time.Time
	Recipients   []ReportedRecipient
}

// A ReportedRecipient is what a report says of one recipient.
type ReportedRecipient struct {
	Original   string    // the address as the sender wrote it; "" if it is the final one
	Final      string    // the address at last
	Action     string    // "failed", "delayed", "delivered", "relayed" or "expanded"
	Status     string    // of RFC 3463: "5.1.1"
	RemoteMTA  string    // the server that refused; "" if the reporting one did
	Diagnostic string    // its answer
	RetryUntil time.Time // of "delayed": when it fails, unless it is delivered before; the zero time is not said
}

// Draft returns the report, without From and To, on a message, which is in it whole if it has at most so many bytes, otherwise with its
// header only.
func (r *Report) Draft(message []byte, most int) Draft {
	var text, fields strings.Builder
	subject, said := "Undelivered mail returned to sender", "could not be delivered to"
	late := len(r.Recipients) > 0 && r.Recipients[0].Action == "delayed"
	if late {
		subject, said = "Delayed mail: it is still being tried", "has not been delivered yet to"
	}
	text.WriteString("This is the mail server " + r.ReportingMTA + ".\n\nYour message " + said + ":\n")
	fields.WriteString("Reporting-MTA: dns; " + r.ReportingMTA + "\r\nArrival-Date: " + FormatDate(r.Arrived) + "\r\n")
	for _, p := range r.Recipients {
		text.WriteString("\n  <" + p.Final + ">\n")
		if p.Original != "" {
			text.WriteString("    (written as <" + p.Original + ">)\n")
		}
		if p.RemoteMTA != "" {
			text.WriteString("    " + p.RemoteMTA + " said: ")
		} else {
			text.WriteString("    ")
		}
		text.WriteString(p.Diagnostic + "\n")
		fields.WriteString("\r\n")
		add := func(name, value string) {
			if line, err := FormatField(name, asciiOnly(value)); err == nil && value != "" {
				fields.Write(line)
			}
		}
		if p.Original != "" {
			add("Original-Recipient", "rfc822; "+p.Original)
		}
		add("Final-Recipient", "rfc822; "+p.Final)
		add("Action", p.Action)
		add("Status", p.Status)
		if p.RemoteMTA != "" {
			add("Remote-MTA", "dns; "+p.RemoteMTA)
			add("Diagnostic-Code", "smtp; "+p.Diagnostic)
		} else {
			add("Diagnostic-Code", "x-local; "+p.Diagnostic)
		}
		if !p.RetryUntil.IsZero() {
			add("Will-Retry-Until", FormatDate(p.RetryUntil))
		}
	}
	if late {
		text.WriteString("\nYou need not send it again: it is tried until " + FormatDate(r.Recipients[0].RetryUntil) + ".\n")
	}
	returned := Content{Type: "message/rfc822", Body: message}
	if len(message) > most {
		header, _ := SplitHeader(message)
		returned = Content{Type: "text/rfc822-headers", Body: bytes.ToValidUTF8(header, []byte("?"))}
	}
	return Draft{Subject: subject, Fields: []Field{{Name: "Auto-Submitted", Value: "auto-replied"}},
		Content: &Content{Type: "multipart/report; report-type=delivery-status", Parts: []Content{
			{Type: "text/plain", Body: []byte(text.String())}, {Type: "message/delivery-status", Body: []byte(fields.String())}, returned}}}
}

func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r >= 0x7f:
			return '?'
		}
		return r
	}, s)
}

// ParseReport reads what a message reports; it returns false if it is not a report.
func ParseReport(p *Part) (Report, bool) {
	var r Report
	if p.Type != "multipart/report" || !strings.EqualFold(p.Params["report-type"], "delivery-status") || len(p.Parts) < 2 || p.Parts[1].Type != "message/delivery-status" {
		return r, false
	}
	text, err := p.Parts[1].Bytes()
	if err != nil {
		return r, false
	}
	first := true
	for len(text) > 0 {
		h, n, _ := scanHeader(text, MaxFields)
		if n == 0 {
			break
		}
		text = text[n:]
		switch {
		case len(h) == 0:
		case first:
			first = false
			r.ReportingMTA = untyped(h.Get("Reporting-MTA"))
			r.Arrived, _ = Header{{Name: "Date", Value: h.Get("Arrival-Date")}}.Date()
		case len(r.Recipients) < MaxParts:
			until, _ := Header{{Name: "Date", Value: h.Get("Will-Retry-Until")}}.Date()
			r.Recipients = append(r.Recipients, ReportedRecipient{Original: untyped(h.Get("Original-Recipient")), Final: untyped(h.Get("Final-Recipient")),
				Action: strings.ToLower(h.Get("Action")), Status: h.Get("Status"), RemoteMTA: untyped(h.Get("Remote-MTA")), Diagnostic: untyped(h.Get("Diagnostic-Code")),
				RetryUntil: until})
		}
	}
	return r, !first
}

// untyped drops the type in front of a value: "rfc822; bob@hamburger.edu".
func untyped(value string) string {
	if _, rest, ok := strings.Cut(value, ";"); ok {
		return strings.TrimSpace(rest)
	}
	return value
}
