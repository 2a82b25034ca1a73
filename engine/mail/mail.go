// Package mail builds, reads and takes apart messages: the header and body of RFC 5322, and MIME (RFC 2045 to 2049, RFC 2231), on
// github.com/emersion/go-message. It has no part in sending them; who sends a message to whom is the envelope, which SMTP carries and
// which the header only may repeat, see Envelope.
//
// Parse takes anything: what a message does wrong is in Part.Problems, and the rest is there nonetheless. A tree refers to the
// bytes it was read from and keeps none of its own. Parts nest to MaxDepth and are MaxParts at most; a header has MaxHeader bytes
// and MaxFields fields, all together MaxAll.
//
// Left out: signatures and encryption (a signed message is a multipart like others), message/partial, and charsets other
// than UTF-8 in header fields that are written.
package mail

import "fmt"

// Bounds on what Parse looks into. What is beyond stays unparsed, with a problem.
const (
	MaxDepth  = 50      // of parts within parts
	MaxParts  = 5000    // of a message, at all depths
	MaxHeader = 1 << 20 // bytes of one header
	MaxFields = 10_000  // of one header
	MaxAll    = 100_000 // fields of all headers of a message
	MaxValue  = 1 << 16 // bytes of a field that is read as addresses, parameters or encoded words
)

// An Error says what is wrong with a message, an address or what one is to be built from.
type Error struct {
	What string // "address", "header", "body", …
	Text string // what is wrong with it
	code string
}

// Error returns the text, with the package's name.
func (e *Error) Error() string { return "mail: " + e.What + ": " + e.Text }

// Code returns "protocol", or "limit" if a bound of this package is passed.
func (e *Error) Code() string {
	if e.code == "" {
		return "protocol"
	}
	return e.code
}

func problem(what, format string, args ...any) *Error {
	return &Error{What: what, Text: fmt.Sprintf(format, args...)}
}

func beyond(what, format string, args ...any) *Error {
	return &Error{What: what, Text: fmt.Sprintf(format, args...), code: "limit"}
}

// An Envelope is what the servers go by: who gets reports and who gets the message, whatever its header says (RFC 5321 2.3.1).
// The first is "" for a report itself, which nobody must answer.
type Envelope struct {
	From string
	To   []string
}
