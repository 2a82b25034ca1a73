// Package telnet is the Telnet protocol (RFC 854): the network virtual terminal over TCP, with options that each side may ask for (RFC 855), agreed on
// by the Q method (RFC 1143), which cannot loop.
//
// Options known: BINARY (RFC 856), ECHO (RFC 857), SUPPRESS-GO-AHEAD (RFC 858), TERMINAL-TYPE (RFC 1091) and NAWS, the size of the window (RFC 1073). All
// others are refused. Urgent data (the Synch of RFC 854) is left out: a data mark in the stream is skipped.
package telnet

import (
	"strconv"
	"time"
)

// Port is where servers listen.
const Port = 23

// A Command is a byte behind IAC (RFC 854).
type Command byte

// The commands.
const (
	EOF  Command = 236 + iota // RFC 1184
	SUSP                      // RFC 1184
	ABRT                      // RFC 1184
	EOR                       // RFC 885
	SE                        // end of a subnegotiation
	NOP
	DM // data mark
	BRK
	IP  // interrupt process
	AO  // abort output
	AYT // are you there?
	EC  // erase character
	EL  // erase line
	GA  // go ahead
	SB  // begin of a subnegotiation
	WILL
	WONT
	DO
	DONT
	IAC // interpret as command
)

// String returns the name that the RFCs give the command.
func (c Command) String() string {
	names := [...]string{"EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DM", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB", "WILL", "WONT", "DO", "DONT", "IAC"}
	if c < EOF {
		return strconv.Itoa(int(c))
	}
	return names[c-EOF]
}

// ParseCommand returns the command of a name, for commands that stand alone: not SB, SE, WILL, WONT, DO, DONT and IAC.
func ParseCommand(name string) (Command, bool) {
	for c := EOF; c < SB; c++ {
		if c.String() == name && c != SE {
			return c, true
		}
	}
	return 0, false
}

// An Option is what WILL, WONT, DO and DONT are about.
type Option byte

// The options that are known.
const (
	Binary          Option = 0
	Echo            Option = 1
	SuppressGoAhead Option = 3
	TerminalType    Option = 24
	WindowSize      Option = 31 // NAWS
)

// String returns the name in the registry of IANA, or the number.
func (o Option) String() string {
	switch o {
	case Binary:
		return "BINARY"
	case Echo:
		return "ECHO"
	case SuppressGoAhead:
		return "SUPPRESS-GO-AHEAD"
	case TerminalType:
		return "TERMINAL-TYPE"
	case WindowSize:
		return "NAWS"
	case 5:
		return "STATUS"
	case 6:
		return "TIMING-MARK"
	case 32:
		return "TERMINAL-SPEED"
	case 33:
		return "REMOTE-FLOW-CONTROL"
	case 34:
		return "LINEMODE"
	case 35:
		return "X-DISPLAY-LOCATION"
	case 36:
		return "ENVIRON"
	case 39:
		return "NEW-ENVIRON"
	}
	return "option " + strconv.Itoa(int(o))
}

// ParseOption returns the option of a name that String gives.
func ParseOption(name string) (Option, bool) {
	for o := range 256 {
		if Option(o).String() == name {
			return Option(o), true
		}
	}
	return 0, false
}

// Limits.
const (
	maxSubnegotiation = 1024 // bytes; the rest is dropped
	maxLine           = 4096
	maxTerminal       = 40 // characters of a terminal's name (RFC 1091)
	negotiationCost   = 50 // units of Server.Charge
)

// The times, unless told otherwise.
const (
	serverTimeout = time.Hour
	clientTimeout = 60 * time.Second
)

// A lineTooLong is the error of a line without end.
type lineTooLong struct{}

// Error returns the text.
func (lineTooLong) Error() string {
	return "telnet: a line of more than " + strconv.Itoa(maxLine) + " bytes"
}

// Code returns "too-long".
func (lineTooLong) Code() string { return "too-long" }
