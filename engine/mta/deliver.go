package mta

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// A result is what came of a message for one recipient.
type result struct {
	address   string
	done      bool   // somebody else has it now
	permanent bool   // it will never be delivered
	status    string // of RFC 3463
	host      string // who said so
	text      string
}

// deliver makes one attempt to do a job.
func (s *Server) deliver(j *job) {
	e := j.entry
	if s.closed || s.entries[e.ID] != e {
		return
	}
	var to []Recipient
	for _, r := range e.To {
		if mail.Domain(r.Address) == j.domain {
			to = append(to, r)
		}
	}
	if len(to) == 0 {
		return
	}
	message, err := s.read(e)
	var results []result
	switch {
	case err != nil:
		results = all(to, result{status: "4.3.0", text: "the message cannot be read now"})
	case s.isLocal(j.domain):
		results = s.store(e, to, message)
		s.note(e, results)
	default:
		results = s.send(e, j.domain, to, message)
	}
	if s.entries[e.ID] == e { // it may have been removed meanwhile
		s.settle(j, results)
	}
}

// note takes those recipients out of a message whom somebody else has taken over, in the files first: it is called as soon as that is known.
func (s *Server) note(e *Entry, results []result) {
	if s.entries[e.ID] != e {
		return
	}
	var events []Event
	waits := e.waiting()
	for _, r := range results {
		if waits[r.address] == nil || !r.done {
			continue
		}
		delete(waits, r.address)
		event := Event{Kind: Sent, ID: e.ID, From: e.From, To: r.address, Host: r.host, Text: r.text}
		if r.host == "" {
			event.Kind = Delivered
		}
		events = append(events, event)
	}
	e.To = slices.DeleteFunc(e.To, func(r Recipient) bool { return waits[r.Address] == nil })
	switch {
	case len(events) == 0:
		return
	case len(e.To) == 0:
		s.leave(e)
	default:
		s.save(e) // if it fails, a crash repeats what is done: there is nothing better to do
	}
	for _, event := range events {
		s.tell(event)
	}
}

// waiting returns the recipients of a message by their addresses, until e.To changes.
func (e *Entry) waiting() map[string]*Recipient {
	waits := make(map[string]*Recipient, len(e.To))
	for i := range e.To {
		waits[e.To[i].Address] = &e.To[i]
	}
	return waits
}

func all(to []Recipient, r result) []result {
	out := make([]result, len(to))
	for i := range to {
		out[i] = r
		out[i].address = to[i].Address
	}
	return out
}

// store puts a message into mailboxes.
func (s *Server) store(e *Entry, to []Recipient, message []byte) []result {
	var results []result
	for _, r := range to {
		results = append(results, s.storeOne(e, r, message))
	}
	return results
}

func (s *Server) storeOne(e *Entry, r Recipient, message []byte) result {
	out := result{address: r.Address, done: true, status: "2.0.0"}
	fail := func(permanent bool, status, text string) result {
		return result{address: r.Address, permanent: permanent, status: status, text: text}
	}
	if comesBack(message, r.Address) {
		return fail(true, "5.4.6", "the message was delivered to "+r.Address+" before: it goes round in a loop")
	}
	box, err := s.Store.Ensure(mail.Local(r.Address))
	if err == nil && e.loaded {
		inbox, problem := box.Inbox()
		if err = problem; err == nil && inbox.Delivered(e.ID) {
			return out // and a crash came before it was noted
		}
	}
	if err == nil {
		top := "Return-Path: <" + e.From + ">\r\nDelivered-To: " + r.Address + "\r\n"
		_, err = box.Deliver(io.MultiReader(strings.NewReader(top), bytes.NewReader(message)), e.ID)
	}
	switch {
	case err == nil:
		return out
	case errors.Is(err, maildrop.ErrFull):
		return fail(false, "4.2.2", "the mailbox is full")
	case errors.Is(err, maildrop.ErrTooLong):
		return fail(true, "5.2.3", "the message is too long for the mailbox")
	}
	return fail(false, "4.3.0", "the mailbox cannot be written now")
}

// comesBack reports whether a message was delivered to the address before.
func comesBack(message []byte, address string) bool {
	header, _ := mail.SplitHeader(message)
	if !bytes.Contains(header, []byte("Delivered-To:")) {
		return false
	}
	return slices.ContainsFunc(mail.Parse(header).Header.Values("Delivered-To"), func(v string) bool { return strings.EqualFold(v, address) })
}

// settle notes what came of an attempt for the recipients who have not got the message, in the files first.
func (s *Server) settle(j *job, results []result) {
	e, now := j.entry, s.st.Now()
	expired := now.Sub(e.Arrived) >= or(s.Expire, defaultExpire)
	var failed, late []result
	var events []Event
	waits := e.waiting()
	for _, r := range results {
		x := waits[r.address]
		if x == nil || r.done {
			continue
		}
		event := Event{Kind: Deferred, ID: e.ID, From: e.From, To: r.address, Host: r.host, Text: r.text}
		if r.permanent || expired {
			if !r.permanent {
				r.text = "it was tried for " + or(s.Expire, defaultExpire).String() + "; the last problem: " + r.text
				r.status = "4.4.7"
			}
			event.Kind, event.Text = Bounced, r.text
			if e.From == "" {
				event.Kind = Dropped
			}
			failed = append(failed, r)
		} else {
			x.Attempts++
			x.Problem = r.text
			x.Next = now.Add(s.pause(x.Attempts, e))
			j.due = x.Next
			if s.isLate(e, x) {
				late = append(late, r)
			}
		}
		events = append(events, event)
	}
	if reported, ok := s.keep(j, failed, late); ok {
		for _, event := range append(events, reported...) {
			s.tell(event)
		}
	}
}

// isLate reports whether the sender of a message is to be told now that a recipient has not got it yet.
func (s *Server) isLate(e *Entry, r *Recipient) bool {
	warn := s.Warn
	if warn == 0 {
		warn = defaultWarn
	}
	return warn > 0 && e.From != "" && !r.Warned && s.st.Now().Sub(e.Arrived) >= warn
}

// pause returns how long to wait after so many failures, and not beyond the end of the message's time.
func (s *Server) pause(attempts int, e *Entry) time.Duration {
	d, most := or(s.Retry, defaultRetry), or(s.RetryMax, defaultRetryMax)
	for i := 1; i < attempts && d < most; i++ {
		d *= 2
	}
	d = min(d, max(most, or(s.Retry, defaultRetry)))
	if left := e.Arrived.Add(or(s.Expire, defaultExpire)).Sub(s.st.Now()); left > 0 {
		d = min(d, left)
	}
	return d
}

// keep writes the report on the recipients that failed, and then the entry without them, or takes the message out of the queue. It
// reports false if there is no room for the report: then all is tried again later. Where none failed, late ones are reported; without room for
// that the next attempt does it.
func (s *Server) keep(j *job, failed, late []result) (events []Event, ok bool) {
	e := j.entry
	if len(failed) > 0 {
		if e.From != "" {
			event, err := s.report(e, failed, false)
			if err != nil {
				j.due = s.st.Now().Add(or(s.Retry, defaultRetry))
				s.push(j)
				return nil, false
			}
			events = []Event{event}
		}
		waits := e.waiting()
		for _, f := range failed {
			delete(waits, f.address)
		}
		e.To = slices.DeleteFunc(e.To, func(r Recipient) bool { return waits[r.Address] == nil })
	} else if len(late) > 0 {
		events = s.warn(e, late)
	}
	if len(e.To) == 0 {
		s.leave(e)
		return events, true
	}
	s.save(e) // if it fails, a crash forgets when to try again
	if slices.ContainsFunc(e.To, func(r Recipient) bool { return mail.Domain(r.Address) == j.domain }) {
		s.push(j)
		s.wake.Wake()
	}
	return events, true
}

// warn tells the sender of a message that it is late.
func (s *Server) warn(e *Entry, late []result) (events []Event) {
	report, err := s.report(e, late, true)
	if err != nil {
		return nil
	}
	var addresses []string
	for _, r := range late {
		addresses = append(addresses, r.address)
		events = append(events, Event{Kind: Delayed, ID: e.ID, From: e.From, To: r.address, Host: r.host, Text: r.text})
	}
	e.warned(addresses)
	return append(events, report)
}
