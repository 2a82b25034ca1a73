// Package ftp is the File Transfer Protocol (RFC 959): a server that shows file systems and a client.
//
// Both sides have the commands of RFC 959 and 1123 that a file system of bytes has a use for, and the extensions FEAT and OPTS (RFC 2389), EPRT
// and EPSV (RFC 2428), MDTM, SIZE, REST, MLST and MLSD (RFC 3659), UTF-8 names (RFC 2640) and TLS (AUTH, PBSZ, PROT; RFC 4217). Data connections are
// active (PORT, EPRT: the server connects, from port 20 where it may) or passive (PASV, EPSV: the client connects).
//
// Left out: record and page structure, block and compressed mode, EBCDIC, SMNT, CCC, and the sending of Telnet options.
//
// The server's texts are those of the lectures where they have one: "331 Username OK, password required", "125 Data connection already
// open; transfer starting", "425 Can't open data connection", "452 Error writing file".
package ftp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The ports of the protocol: for commands, for the server's end of active data connections, and for commands under TLS from the first byte.
const (
	Port     = 21
	DataPort = 20
	PortTLS  = 990
)

// A Reply is an answer of a server (RFC 959 4.2).
type Reply struct {
	Code int    // 100 to 599
	Text string // its lines separated by LF, without the code
}

// Positive reports whether the command succeeded, or may go on (1xx, 3xx).
func (r Reply) Positive() bool { return r.Code < 400 }

// String returns code and text; lines after the first stand as they were sent.
func (r Reply) String() string { return strconv.Itoa(r.Code) + " " + r.Text }

// An Error is a refusal: a reply of class 4 (try again later) or 5 (do not).
type Error struct {
	Command string // that was refused, without its argument; "" for the greeting
	Reply
}

// Error returns the command and the reply.
func (e *Error) Error() string {
	text := strings.ReplaceAll(e.Reply.String(), "\n", " / ")
	if e.Command == "" {
		return "ftp: refused: " + text
	}
	return "ftp: " + e.Command + ": " + text
}

// Code returns what the reply's code means: "denied" (530, 532, 553, 521, 534), "not-found" (550), "limit" (452, 552), "unreachable" (425), "closed"
// (421, 426), "invalid" (501, 503), "unsupported" (500, 502, 504, 522), and otherwise "failed".
func (e *Error) Code() string {
	switch e.Reply.Code {
	case 530, 532, 553, 521, 533, 534:
		return "denied"
	case 550:
		return "not-found"
	case 452, 552:
		return "limit"
	case 425:
		return "unreachable"
	case 421, 426:
		return "closed"
	case 501, 503:
		return "invalid"
	case 500, 502, 504, 522:
		return "unsupported"
	}
	return "failed"
}

// A SyntaxError says that a client got an answer that the protocol does not know.
type SyntaxError struct {
	Command string
	Line    string // what came, at most 80 bytes of it
}

func syntaxError(command, line string) error {
	return &SyntaxError{command, line[:min(len(line), 80)]}
}

// Error returns the command and the line.
func (e *SyntaxError) Error() string {
	return "ftp: " + e.Command + ": not an answer of an FTP server: " + strconv.QuoteToASCII(e.Line)
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
		return "ftp: " + e.text + ": " + e.cause.Error()
	}
	return "ftp: " + e.text
}

// Code returns "invalid" or "protocol".
func (e *codedError) Code() string { return e.code }

// Unwrap returns the cause, or nil.
func (e *codedError) Unwrap() error { return e.cause }

// tlsError is a handshake that failed: in the network, or because of a certificate or the protocol.
func tlsError(what string, err error) error {
	if stack.Code(err) != "failed" {
		return fmt.Errorf("ftp: %s: TLS handshake: %w", what, err)
	}
	return &codedError{what + ": TLS handshake", "protocol", err}
}

// Limits of both sides.
const (
	maxLine     = 4096      // bytes of a command or of a line of a reply
	maxReply    = 64 << 10  // bytes of a reply
	maxMistakes = 100       // refused commands in a row until the server hangs up
	maxLogins   = 3         // refused logins until then
	chunk       = 256 << 10 // bytes of a file that are read at a time
	piece       = 16 << 10  // bytes of a file that must move within a time-out
	commandCost = 200       // units of Server.Charge
	byteCost    = 64        // bytes of a file for a unit
)

// The times of both sides, unless told otherwise.
const (
	serverTimeout  = 5 * time.Minute
	clientTimeout  = 60 * time.Second
	connectTimeout = 30 * time.Second // for a data connection
)
