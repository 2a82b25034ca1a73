// Package dns is the Domain Name System: zones, authoritative servers with replication and dynamic update, and what both sides
// of an exchange share.
//
// Covered: names and messages (RFC 1034, RFC 1035), master files (RFC 1035 5), look-up with delegation and wildcards (RFC 1034 4.3.2,
// RFC 4592, DNAME of RFC 6672), negative answers (RFC 2308), EDNS(0) (RFC 6891), TCP (RFC 7766), minimal answers to ANY (RFC 8482),
// zone transfer AXFR (RFC 5936) and IXFR (RFC 1995), NOTIFY (RFC 1996), dynamic update (RFC 2136) and TSIG (RFC 8945).
// Left out: DNSSEC (its records are served, nothing is signed or proved), cookies, TLS and HTTPS as carriers.
//
// The wire format and the grammar of master files are github.com/miekg/dns's; everything that waits, keeps state or reads a clock is
// here, as plain blocking code on a *stack.Stack. Names are written as in master files and end with a dot: "www.lab.".
package dns

import (
	"fmt"
	"strconv"
	"strings"

	miekg "github.com/miekg/dns"
)

// A Message is a whole DNS message (RFC 1035 4.1).
type Message = miekg.Msg

// An RR is a resource record.
type RR = miekg.RR

// A Question asks for the records of a name and type.
type Question = miekg.Question

// An Error says that a server refused, or that a message was not what it should be.
type Error struct {
	Op    string // what was asked for: "query", "transfer", "update", …
	Name  string // of the zone or the question
	Rcode int    // the server's response code; 0 if the message was wrong
	Text  string // what was wrong, or more about Rcode
}

// Error returns one line, such as "dns: update lab.: REFUSED".
func (e *Error) Error() string {
	s := "dns: " + e.Op
	if e.Name != "" {
		s += " " + e.Name
	}
	switch {
	case e.Op == "tsig" && e.Rcode == miekg.RcodeBadSig: // the same number as BADVERS
		s += ": BADSIG"
	case e.Rcode != 0:
		s += ": " + RcodeName(e.Rcode)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Code returns the word of stack.Code's table for the response code.
func (e *Error) Code() string {
	if e.Op == "tsig" && e.Rcode == miekg.RcodeBadSig {
		return "denied"
	}
	switch e.Rcode {
	case miekg.RcodeSuccess, miekg.RcodeFormatError:
		return "protocol"
	case miekg.RcodeNameError:
		return "host-not-found"
	case miekg.RcodeNotImplemented, miekg.RcodeBadVers:
		return "unsupported"
	case miekg.RcodeRefused, miekg.RcodeNotAuth, miekg.RcodeBadKey, miekg.RcodeBadTime, miekg.RcodeBadTrunc:
		return "denied"
	case miekg.RcodeYXDomain, miekg.RcodeYXRrset:
		return "exists"
	case miekg.RcodeNXRrset:
		return "not-found"
	case miekg.RcodeNotZone:
		return "invalid"
	}
	return "failed"
}

// RcodeName returns the mnemonic of a response code: "NXDOMAIN".
func RcodeName(rcode int) string {
	if rcode == miekg.RcodeBadVers { // the library has BADSIG's name for 16
		return "BADVERS"
	}
	if s, ok := miekg.RcodeToString[rcode]; ok {
		return s
	}
	return fmt.Sprintf("RCODE%d", rcode)
}

// TypeName returns the mnemonic of a record type: "MX"; "TYPE65280" if it has none.
func TypeName(t uint16) string { return miekg.Type(t).String() }

// ParseType reads the mnemonic of a record type in any case, or the form "TYPE65280" (RFC 3597 5).
func ParseType(s string) (uint16, bool) {
	s = strings.ToUpper(s)
	if t, ok := miekg.StringToType[s]; ok {
		return t, true
	}
	digits, ok := strings.CutPrefix(s, "TYPE")
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), ok && err == nil
}
