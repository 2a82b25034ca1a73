// Package smtp is the Simple Mail Transfer Protocol (RFC 5321): a server that takes messages and a client that hands them over.
//
// Both sides have all of the protocol's commands (HELO EHLO MAIL RCPT DATA RSET NOOP HELP VRFY EXPN QUIT) and the extensions
// PIPELINING (RFC 2920), 8BITMIME (RFC 6152), SIZE (RFC 1870), ENHANCEDSTATUSCODES (RFC 2034), SMTPUTF8 (RFC 6531), CHUNKING (RFC 3030),
// AUTH with PLAIN, LOGIN and CRAM-MD5 (RFC 4954, 4616, 2195) and STARTTLS (RFC 3207). Left out are BINARYMIME, the parameters of
// delivery notifications (RFC 3461), and LMTP. Queues, routing, mailboxes and the format of messages are other packages' work.
//
// The server's default replies are those of the lectures ("250 Hello crepes.fr, pleased to meet you"); each can be replaced.
package smtp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Port is where servers take mail from other servers (RFC 5321 4.5.4.2).
const Port = 25

// PortTLS is where sessions begin with TLS (RFC 8314 7.3).
const PortTLS = 465

// SubmissionPort is where servers take mail from authenticated users (RFC 6409).
const SubmissionPort = 587

// An Error is a refusal: a reply of class 4 (try again later) or 5 (do not). A client's methods return it inside a *CommandError, a
// server's mailbox and checks return it to choose the reply. Find it with errors.As.
type Error struct {
	Code     int    // 400 to 599, RFC 5321 4.2.3
	Enhanced string // such as "5.1.1", RFC 3463; "" if there is none
	Text     string // the rest, in lines separated by LF
}

// Error returns the reply in one line.
func (e *Error) Error() string { return strings.ReplaceAll(e.reply().String(), "\n", " / ") }

// Temporary reports whether the same command may succeed later (RFC 5321 4.2.1).
func (e *Error) Temporary() bool { return e.Code < 500 }

func (e *Error) reply() Reply {
	return Reply{Code: e.Code, Enhanced: e.Enhanced, Lines: strings.Split(e.Text, "\n")}
}

// An Envelope is what server and client say about a message in its transfer; it is not part of the message.
type Envelope struct {
	From string   // where errors go; "" is the null reverse-path of a notification
	To   []string // in the order of the commands; "Postmaster" alone has no domain

	Body string // "7BIT", "8BITMIME", or "" if the client did not say
	UTF8 bool   // addresses or header fields may have UTF-8 (RFC 6531)
	Size int64  // in bytes, as the client declared it; 0 if it did not

	Helo     string // how the client called itself
	Extended bool   // it said EHLO
	User     string // who it is, after AUTH; "" if it did not say
	Secure   bool   // TLS protects the session
	Chunked  bool   // the message came by BDAT
	Remote   netip.AddrPort
	Local    netip.AddrPort
}

// Protocol returns the protocol's name for the "with" of a Received field (RFC 3848, RFC 6531 4.3): SMTP, ESMTP, ESMTPSA, UTF8SMTP, …
func (e *Envelope) Protocol() string {
	name := "SMTP"
	switch {
	case e.UTF8:
		name = "UTF8SMTP"
	case e.Extended:
		name = "ESMTP"
	default:
		return name
	}
	if e.Secure {
		name += "S"
	}
	if e.User != "" {
		name += "A"
	}
	return name
}

// A ProtocolError says that the peer broke the protocol: what it sent is no reply, or more than is reasonable.
type ProtocolError struct{ Text string }

// Error returns the text.
func (e *ProtocolError) Error() string { return e.Text }

// Code returns "protocol".
func (e *ProtocolError) Code() string { return "protocol" }

// An UnsupportedError says that the server lacks an extension that is needed.
type UnsupportedError struct{ Extension string }

// Error names the extension.
func (e *UnsupportedError) Error() string { return "the server does not offer " + e.Extension }

// Code returns "unsupported".
func (e *UnsupportedError) Code() string { return "unsupported" }

// An ArgumentError says that a command could not be made of an argument.
type ArgumentError struct{ Text string }

// Error returns the text.
func (e *ArgumentError) Error() string { return e.Text }

// Code returns "invalid".
func (e *ArgumentError) Code() string { return "invalid" }

// A CommandError is what a client's method fails with.
type CommandError struct {
	Command string // the command line, without secrets; "connect" before the first one
	Err     error
}

// Error names the command and what went wrong.
func (e *CommandError) Error() string { return fmt.Sprintf("smtp: %s: %v", e.Command, e.Err) }

// Unwrap returns Err.
func (e *CommandError) Unwrap() error { return e.Err }

// Code returns "denied" for a refusal, otherwise what stack.Code says of Err.
func (e *CommandError) Code() string {
	var refusal *Error
	if errors.As(e.Err, &refusal) {
		return "denied"
	}
	return stack.Code(e.Err)
}
