// Package imap is the Internet Message Access Protocol, version 4rev1 (RFC 3501): a server over the mailboxes of a host and a client, with
// IDLE (RFC 2177), NAMESPACE (RFC 2342), CHILDREN (RFC 3348), UNSELECT (RFC 3691), UIDPLUS (RFC 4315), SASL-IR (RFC 4959), MOVE (RFC 6851),
// LITERAL+ (RFC 7888), STARTTLS, and the mechanisms PLAIN and CRAM-MD5.
//
// All messages stay on the server, in folders, and what one client does with them, another finds done. Several sessions may have one folder
// selected: each is told of what the others change, in terms of the message numbers that it knows itself (RFC 3501 7).
//
// Left out: SPECIAL-USE, CONDSTORE, SORT, THREAD, QUOTA, ACL, ENABLE and everything of IMAP4rev2 that is not named above.
package imap

import (
	"fmt"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The ports of the protocol: plain, and under TLS from the first byte (RFC 8314).
const (
	Port    = 143
	PortTLS = 993
)

// Limits of both sides.
const (
	maxLine       = 65536 // bytes of a line
	maxCommand    = 1 << 17
	maxLiteral    = 65536   // bytes of a literal that is no message
	maxDepth      = 20      // of parentheses
	maxKeys       = 200     // of a search
	maxItems      = 200     // of a fetch
	maxMistakes   = 50      // commands that are answered BAD until the server hangs up
	maxLogins     = 3       // refused logins until then
	chunk         = 16384   // bytes that must move within a time-out
	maxUpdates    = 10000   // that a client keeps
	maxKept       = 8 << 20 // bytes of the answers that they come from
	maxResponse   = 8 << 20 // bytes of an answer without what is asked for
	maxMIMEDepth  = 30
	maxMIMEParts  = 2000
	maxHeaderSize = 1 << 20
	commandCost   = 300 // units of Server.Charge
	messageCost   = 5   // of each message that is looked at
	byteCost      = 16  // bytes of a message for a unit
	sessionBytes  = 20 << 10
	knownBytes    = 24 // of a message in a view
)

// The times of both sides, unless told otherwise. A server may not wait less than 30 minutes (RFC 3501 5.4); who has not logged in has less.
const (
	serverTimeout = 30 * time.Minute
	loginTimeout  = 3 * time.Minute
	clientTimeout = 60 * time.Second
)

// An Error is a refusal: an answer NO or BAD to a command, or BYE.
type Error struct {
	Command  string // that was refused, such as "SELECT"; "" for the greeting
	Status   string // "NO", "BAD" or "BYE"
	Response string // the response code in brackets (RFC 3501 7.1), such as "TRYCREATE"; "" without one
	Text     string // what follows
}

// Error returns the command and what the server said.
func (e *Error) Error() string {
	text := e.Text
	if e.Response != "" {
		text = strings.TrimSuffix("["+e.Response+"] "+text, " ")
	}
	command := e.Command
	if command == "" {
		command = "connection"
	}
	return fmt.Sprintf("imap: %s refused: %s %s", command, e.Status, text)
}

// Code returns a word of stack.Code's table for the response code (RFC 5530) or else for the command that was refused.
func (e *Error) Code() string {
	word, _, _ := strings.Cut(strings.ToUpper(e.Response), " ")
	switch word {
	case "TRYCREATE", "NONEXISTENT":
		return "not-found"
	case "ALREADYEXISTS":
		return "exists"
	case "INUSE":
		return "in-use"
	case "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "NOPERM", "PRIVACYREQUIRED":
		return "denied"
	case "OVERQUOTA", "LIMIT", "TOOBIG":
		return "limit"
	}
	switch {
	case e.Status == "BYE":
		return "closed"
	case e.Status == "BAD":
		return "invalid"
	}
	switch strings.TrimPrefix(e.Command, "UID ") {
	case "LOGIN", "AUTHENTICATE":
		return "denied"
	case "SELECT", "EXAMINE", "DELETE", "RENAME", "STATUS", "APPEND", "COPY", "MOVE", "FETCH", "STORE":
		return "not-found"
	case "CREATE":
		return "exists"
	}
	return "failed"
}

// A codedError is a failure that is neither the server's refusal nor the network's.
type codedError struct {
	text, code string
	cause      error
}

// Error returns the text and the cause.
func (e *codedError) Error() string {
	if e.cause != nil {
		return "imap: " + e.text + ": " + e.cause.Error()
	}
	return "imap: " + e.text
}

// Code returns "too-long", "invalid" or "protocol".
func (e *codedError) Code() string { return e.code }

// Unwrap returns the cause, or nil.
func (e *codedError) Unwrap() error { return e.cause }

// tlsError is a handshake that failed: in the network, or because of a certificate or the protocol.
func tlsError(err error) error {
	if stack.Code(err) != "failed" {
		return fmt.Errorf("imap: TLS handshake: %w", err)
	}
	return &codedError{"TLS handshake", "protocol", err}
}

// A syntaxError says where text of the peer does not follow the grammar.
type syntaxError struct {
	want string
	at   int
	rest string // what stands there, at most 40 bytes of it
}

// Error returns what was wanted and what came.
func (e *syntaxError) Error() string {
	if e.rest == "" {
		return "want " + e.want + ", got nothing"
	}
	return fmt.Sprintf("want %s, got %+q", e.want, e.rest)
}

// Code returns "protocol".
func (*syntaxError) Code() string { return "protocol" }
