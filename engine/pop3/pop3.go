// Package pop3 is the Post Office Protocol, version 3: a server and a client (RFC 1939) with the capabilities of RFC 2449
// (CAPA, TOP, UIDL, PIPELINING, RESP-CODES, EXPIRE), AUTH PLAIN and CRAM-MD5 (RFC 5034), and STLS (RFC 2595).
//
// A session has three states. In AUTHORIZATION the client says who it is, in TRANSACTION it reads and marks messages, and only
// QUIT leads to UPDATE, where what was marked is deleted: a connection that breaks deletes nothing. A maildrop is locked
// from the end of the first state to the end of the session.
//
// Left out: LANG and UTF8 (RFC 6856), and SASL mechanisms beyond the two.
package pop3

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The ports of the protocol: plain, and under TLS from the first byte (RFC 8314).
const (
	Port    = 110
	PortTLS = 995
)

// A Drop is a maildrop that a session has locked. Messages are counted from 0 here.
type Drop interface {
	// Messages returns what is there; it stays the same until Close.
	Messages() []Message
	// Open returns the text of message i; its lines may end with LF or CRLF.
	Open(i int) (io.ReadCloser, error)
	// Delete removes messages for good. The server calls it once, on QUIT, with indices in rising order.
	Delete(indices []int) error
	// Close gives the lock back.
	Close() error
}

// A Message is a line of a maildrop's list.
type Message struct {
	Size int64  // in bytes, as RETR sends it: every line with CRLF (RFC 1939 11)
	UID  string // 1 to 70 characters from ! to ~, the same in every session (RFC 1939 7)
}

// ErrInUse is returned by Server.Open where another session has locked the maildrop.
var ErrInUse = &Error{Response: "IN-USE", Text: "maildrop already locked"}

// An Error is a refusal: an answer that begins with -ERR.
type Error struct {
	Command  string // that was refused, in capitals; "" for the greeting
	Response string // the response code in brackets (RFC 2449 8), such as "IN-USE"; "" without one
	Text     string // what follows
}

// Error returns the command and what the server said.
func (e *Error) Error() string {
	text := e.Text
	if e.Response != "" {
		text = strings.TrimSuffix("["+e.Response+"] "+text, " ")
	}
	if e.Command == "" {
		return "pop3: refused: " + text
	}
	return "pop3: " + e.Command + " refused: " + text
}

// Code returns "in-use" for a locked maildrop, "denied" for a wrong name or password, "not-found" where a message was asked for, and
// otherwise "failed".
func (e *Error) Code() string {
	switch {
	case strings.EqualFold(e.Response, "IN-USE"):
		return "in-use"
	case strings.EqualFold(e.Response, "AUTH"):
		return "denied"
	case e.Response != "":
		return "failed"
	}
	switch e.Command {
	case "USER", "PASS", "APOP", "AUTH":
		return "denied"
	case "RETR", "DELE", "TOP", "LIST", "UIDL":
		return "not-found"
	}
	return "failed"
}

// A SyntaxError says that a client got an answer that the protocol does not know.
type SyntaxError struct {
	Command string
	Line    string // what came, at most 80 bytes of it
}

func syntaxError(command string, line []byte) error {
	return &SyntaxError{command, string(line[:min(len(line), 80)])}
}

// Error returns the command and the line.
func (e *SyntaxError) Error() string {
	return "pop3: " + e.Command + ": not an answer of a POP3 server: " + quote(e.Line)
}

// Code returns "protocol".
func (*SyntaxError) Code() string { return "protocol" }

// A codedError is a failure that is neither the server's refusal nor the network's.
type codedError struct {
	text, code string
	cause      error
}

// Error returns the text and the cause.
func (e *codedError) Error() string {
	if e.cause != nil {
		return "pop3: " + e.text + ": " + e.cause.Error()
	}
	return "pop3: " + e.text
}

// Code returns "too-long", "invalid" or "protocol".
func (e *codedError) Code() string { return e.code }

// Unwrap returns the cause, or nil.
func (e *codedError) Unwrap() error { return e.cause }

// The failures of a client that have no cause.
var (
	errTooLong = &codedError{text: "the answer is longer than the limit", code: "too-long"}
	errNoTLS   = &codedError{text: "no settings for TLS", code: "invalid"}
)

// tlsError is a handshake that failed: in the network, or because of a certificate or the protocol.
func tlsError(err error) error {
	if stack.Code(err) != "failed" {
		return fmt.Errorf("pop3: TLS handshake: %w", err)
	}
	return &codedError{"TLS handshake", "protocol", err}
}

// Limits of both sides.
const (
	maxCommand  = 255   // bytes of a command (RFC 2449 4)
	maxLine     = 4096  // bytes of a line of an answer; RFC 1939 3 has 512
	maxUID      = 70    // RFC 1939 7
	maxMistakes = 50    // refused commands until the server hangs up
	maxLogins   = 3     // refused logins until then
	chunk       = 16384 // bytes that must move within a time-out

	sessionBytes = 12 << 10
	commandCost  = 200 // units of Server.Charge
	byteCost     = 32  // bytes of a message for a unit
)

// The times of both sides, unless told otherwise. A server may not wait less than 10 minutes (RFC 1939 3).
const (
	serverTimeout = 10 * time.Minute
	clientTimeout = 60 * time.Second
)
