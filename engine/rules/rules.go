// Package rules says which line of a dialogue breaks which rule of a protocol, and where the rule stands.
//
// A [Dialogue] is what two programs said to each other over a connection, or in datagrams: typed in ([Parse]), put together by hand, or taken from a
// trace of a world ([Record]). A function for each protocol reads it as that protocol is spoken and returns a [Report]: the dialogue in
// numbered lines, and the breaches. The readers go on behind a mistake: they judge what follows as its sender seems to have meant it.
//
// The rules of a protocol are a table in its file, each with the RFC and section that it is taken from. A rule that the
// RFC words with MUST, or as syntax, is a Must; SHOULD, and what everybody takes in spite of the syntax, is a Should.
package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Side is one end of a dialogue.
type Side uint8

// The sides.
const (
	Client Side = iota // who connected, or asked
	Server             // who answers
)

// String returns "client" or "server".
func (s Side) String() string {
	if s == Client {
		return "client"
	}
	return "server"
}

// Severity says how much a rule binds.
type Severity uint8

// The severities.
const (
	Must   Severity = iota // the protocol is broken
	Should                 // it is bad style, or works with most peers only
)

// String returns "must" or "should".
func (s Severity) String() string {
	if s == Must {
		return "must"
	}
	return "should"
}

// A Rule is one rule of a protocol.
type Rule struct {
	Name     string // short and unique among the rules of its protocol: "path-brackets"
	Severity Severity
	RFC      int
	Section  string // of the RFC: "4.1.1.2"
	Text     string // a sentence that says what is right, without a full stop; a breach may say more behind it
}

// Reference returns where the rule stands: "RFC 5321, 4.1.1.2".
func (r Rule) Reference() string { return fmt.Sprintf("RFC %d, %s", r.RFC, r.Section) }

// A Line is what a dialogue is counted in: a line of text, a message, a datagram, a piece of a body, the end of one side.
type Line struct {
	From Side
	At   time.Duration // when its first byte was said
	Data []byte        // as it went over the wire
	Note string        // what it is, where the bytes themselves mean nothing to the eye
	Body bool          // it is contents, such as the text of a message
}

// Text returns the line for people, without its end, at most so many characters long.
func (l Line) Text(most int) string {
	if l.Note != "" {
		return shorten(l.Note, most)
	}
	data := strings.TrimSuffix(strings.TrimSuffix(string(l.Data[:min(len(l.Data), 4*most+2)]), "\n"), "\r")
	return shorten(printable(data), most)
}

// A Breach is a rule broken at a line.
type Breach struct {
	Rule
	Line    int // from 1
	Side    Side
	At      time.Duration
	Said    string // the line for people
	Message string // the rule's sentence, with what is known of this case
}

// String explains the breach in one line, such as
//
//	line 7, client: "MAIL FROM:alice@x" — the address stands in angle brackets (RFC 5321, 4.1.1.2)
func (b Breach) String() string {
	said := b.Said
	if !strings.HasPrefix(said, "(") { // a note about the dialogue
		said = `"` + said + `"`
	}
	return fmt.Sprintf("line %d, %s: %s — %s", b.Line, b.Side, said, b.explanation())
}

func (b Breach) explanation() string { return fmt.Sprintf("%s (%s)", b.Message, b.Reference()) }

// MaxLines is how many lines of a dialogue are looked at.
const MaxLines = 100_000

// MaxBreaches is how many breaches a report has.
const MaxBreaches = 500

// A Report is what was found in a dialogue.
type Report struct {
	Lines    []Line
	Breaches []Breach
	Cut      bool // the dialogue, or the list of breaches, was too long: the rest was not looked at
}

// Of returns the rules of a protocol, "smtp", "pop3", "imap", "http", "ftp", "telnet", "chap" or "dns"; nil if it has none.
func Of(protocol string) []Rule {
	switch protocol {
	case "smtp":
		return slices.Clone(smtpRules)
	case "pop3":
		return slices.Clone(pop3Rules)
	case "imap":
		return slices.Clone(imapRules)
	case "ftp":
		return slices.Clone(ftpRules)
	case "telnet":
		return slices.Clone(telnetRules)
	case "chap":
		return slices.Clone(chapRules)
	case "dns":
		return slices.Clone(dnsRules)
	case "http":
		return slices.Clone(httpRules)
	}
	return nil
}

// Broken returns the breaches of rules of a severity.
func (r *Report) Broken(s Severity) []Breach {
	var list []Breach
	for _, b := range r.Breaches {
		if b.Severity == s {
			list = append(list, b)
		}
	}
	return list
}

const (
	shownWidth = 100 // columns of a line in a report
	saidWidth  = 70  // of a line in a breach
	bodyShown  = 6   // lines of contents in a row without a breach
)

// String returns the dialogue with numbered lines, C: for the client, S: for the server, and below each line what is wrong with it.
func (r *Report) String() string {
	var b strings.Builder
	next, hidden, inBody := 0, 0, 0
	digits := len(strconv.Itoa(len(r.Lines)))
	flush := func() {
		if hidden > 0 {
			fmt.Fprintf(&b, "%*s    … (%d more lines)\n", digits, "", hidden)
		}
		hidden = 0
	}
	for i, l := range r.Lines {
		broken := next < len(r.Breaches) && r.Breaches[next].Line == i+1
		if inBody++; !l.Body || broken {
			inBody = 0
		}
		if inBody > bodyShown && i+1 < len(r.Lines) && r.Lines[i+1].Body {
			hidden++
			continue
		}
		flush()
		who := "C:"
		if l.From == Server {
			who = "S:"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%*d %s %s", digits, i+1, who, l.Text(shownWidth)), " ") + "\n")
		for ; next < len(r.Breaches) && r.Breaches[next].Line == i+1; next++ {
			fmt.Fprintf(&b, "%*s    ^ %s\n", digits, "", r.Breaches[next].explanation())
		}
	}
	if r.Cut {
		b.WriteString("(the rest was not looked at: too long)\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// printable writes control characters and bytes that are no UTF-8 as Go does.
func printable(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`)
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
