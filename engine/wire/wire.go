// Package wire reads and writes the three framings that Internet protocols share: lines, dot-terminated blocks of lines
// (RFC 5321 4.5.2, RFC 1939 3), and frames that begin with their length. It knows no protocol.
//
// Every reader has a limit, so that a peer cannot make it hold more than its caller wants; a deadline is the
// connection's. Errors of the connection come through as they are, the end of the stream in the middle of a line, a block or
// a frame is io.ErrUnexpectedEOF, and everything else is an *Error.
package wire

// An Error says how the peer broke a framing. The values below are all there are; compare with errors.Is or ==.
type Error struct{ text, code string }

// Error returns the text, with the package's name.
func (e *Error) Error() string { return "wire: " + e.text }

// Code returns "too-long" or "protocol".
func (e *Error) Code() string { return e.code }

// The ways to break a framing.
var (
	ErrLineTooLong  = &Error{"line too long", "too-long"}
	ErrBlockTooLong = &Error{"block too long", "too-long"}
	ErrFrameTooLong = &Error{"frame too long", "too-long"}
	ErrBareCR       = &Error{"CR without LF", "protocol"}
)
