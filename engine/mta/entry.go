package mta

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Entry is a message in the queue.
type Entry struct {
	ID      string
	From    string // the sender of the envelope; "" of a report
	Arrived time.Time
	Size    int64       // bytes
	Body    string      // as smtp.Envelope has it
	UTF8    bool        //
	To      []Recipient // who has not got it yet

	reports int    // how many reports on it were written
	about   string // of a report: the message it is about
	covers  []string
	late    bool  // of a report: its recipients are late, and have not failed
	counted int64 // as Server.Memory counts
	loaded  bool  // read from the files: its delivery may have been interrupted
}

// memory returns about how many bytes the entry takes.
func (e *Entry) memory() int64 {
	n := entryMemory + len(e.From)
	for _, r := range e.To {
		n += recipientMemory + len(r.Address) + len(r.Original) + len(r.Problem)
	}
	for _, c := range e.covers {
		n += len(c) + 16
	}
	return int64(n)
}

// A Recipient is a recipient who has not got a message yet.
type Recipient struct {
	Address  string
	Original string    // as the sender wrote it, before aliases
	Attempts int       // so far
	Next     time.Time // when it is tried again; the zero time: at once
	Problem  string    // why the last attempt failed
	Warned   bool      // the sender was told that it is late
}

const entryHeader = "moonwire queue 1"

// format returns what the file of an entry has: a line for each fact, texts quoted as in Go.
func (e *Entry) format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nfrom %q\narrived %s\nsize %d\nbody %q\nutf8 %t\nreports %d\n", entryHeader, e.From, e.Arrived.UTC().Format(time.RFC3339Nano), e.Size, e.Body, e.UTF8, e.reports)
	if e.about != "" {
		fmt.Fprintf(&b, "about %q\n", e.about)
	}
	for _, c := range e.covers {
		fmt.Fprintf(&b, "covers %q\n", c)
	}
	if e.late {
		b.WriteString("late\n")
	}
	for _, r := range e.To {
		fmt.Fprintf(&b, "to %q %q %d %s %q", r.Address, r.Original, r.Attempts, r.Next.UTC().Format(time.RFC3339Nano), r.Problem)
		if r.Warned {
			b.WriteString(" warned")
		}
		b.WriteString("\n")
	}
	b.WriteString("end\n")
	return b.Bytes()
}

// parseEntry undoes format. It reports false for what format does not make.
func parseEntry(id string, text []byte) (*Entry, bool) {
	e := &Entry{ID: id}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || lines[0] != entryHeader || lines[len(lines)-2] != "end" || lines[len(lines)-1] != "" {
		return nil, false
	}
	for _, line := range lines[1 : len(lines)-2] {
		w := words{rest: line}
		switch w.plain() {
		case "from":
			e.From = w.quoted()
		case "arrived":
			e.Arrived = w.time()
		case "size":
			e.Size = int64(w.number())
		case "body":
			e.Body = w.quoted()
		case "utf8":
			e.UTF8 = w.plain() == "true"
		case "reports":
			e.reports = w.number()
		case "about":
			e.about = w.quoted()
		case "covers":
			e.covers = append(e.covers, w.quoted())
		case "late":
			e.late = true
		case "to":
			e.To = append(e.To, Recipient{Address: w.quoted(), Original: w.quoted(), Attempts: w.number(), Next: w.time(), Problem: w.quoted(), Warned: w.plain() == "warned"})
		default:
			return nil, false
		}
		if w.bad || w.rest != "" {
			return nil, false
		}
	}
	return e, len(e.To) > 0 && bytes.Equal(e.format(), text)
}

// words reads the words of a line.
type words struct {
	rest string
	bad  bool
}

func (w *words) plain() string {
	word, rest, _ := strings.Cut(w.rest, " ")
	w.rest = rest
	return word
}

func (w *words) quoted() string {
	prefix, err := strconv.QuotedPrefix(w.rest)
	if err != nil {
		w.bad = true
		return ""
	}
	text, err := strconv.Unquote(prefix)
	w.bad = w.bad || err != nil
	w.rest = strings.TrimPrefix(w.rest[len(prefix):], " ")
	return text
}

func (w *words) number() int {
	n, err := strconv.Atoi(w.plain())
	w.bad = w.bad || err != nil || n < 0
	return n
}

func (w *words) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, w.plain())
	w.bad = w.bad || err != nil
	return t.UTC()
}
