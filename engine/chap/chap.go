// Package chap is the Challenge Handshake Authentication Protocol (RFC 1994): a server asks a question that only who knows the password
// can answer, and the password does not go over the wire. It has the packets, the digest of RFC 1994 and a toy one for lectures, and both
// sides of the exchange over a stream.
//
// RFC 1994 sends each packet in a frame of PPP. Here they follow each other on a stream, for each has its length. Left out: that the server
// asks again from time to time, and the negotiation of PPP.
package chap

import (
	"crypto/md5"
	"crypto/subtle"
	"strconv"
	"strings"
	"time"
)

// Port is where the examples listen; the protocol has no port of its own.
const Port = 1994

// The time and the sizes of both sides, unless told otherwise.
const (
	defaultTimeout = 30 * time.Second
	challengeSize  = 16
	maxPacket      = 1024 // bytes; RFC 1994 4 allows 65,535
)

// A Hash makes the answer to a challenge: something that shows that one knows the secret and from which it cannot be found.
type Hash func(id byte, secret, challenge []byte) []byte

// MD5 is the hash of RFC 1994 4.1: the MD5 of the identifier, the secret and the challenge.
func MD5(id byte, secret, challenge []byte) []byte {
	all := append([]byte{id}, secret...)
	sum := md5.Sum(append(all, challenge...))
	return sum[:]
}

// Alphabet is that of Shift: the letters of an Italian lecture, which has no j, k and w.
const Alphabet = "abcdefghilmnopqrstuvxyz"

// Shift is a toy: the secret, such as "+1", says by how many places each letter of the challenge moves on in Alphabet. Who sees a challenge
// and its answer knows the secret. A secret that is no number shifts by nothing.
func Shift(_ byte, secret, challenge []byte) []byte {
	by, err := strconv.Atoi(string(secret))
	if err != nil {
		by = 0
	}
	return []byte(shift(string(challenge), by))
}

func shift(text string, by int) string {
	n := len(Alphabet)
	by = (by%n + n) % n
	return strings.Map(func(r rune) rune {
		lower := r | 0x20
		i := strings.IndexRune(Alphabet, lower)
		if r >= 0x80 || i < 0 {
			return r
		}
		return rune(Alphabet[(i+by)%n]) - (lower - r)
	}, text)
}

// Verify reports whether an answer is right. It takes as long for a wrong one.
func Verify(h Hash, id byte, secret, challenge, answer []byte) bool {
	return subtle.ConstantTimeCompare(h(id, secret, challenge), answer) == 1
}

// An Error says why a login did not succeed, or that the peer broke the protocol.
type Error struct{ text, code string }

// Error returns the text, with the package's name.
func (e *Error) Error() string { return "chap: " + e.text }

// Code returns "denied" or "protocol".
func (e *Error) Code() string { return e.code }

func protocolError(text string) error { return &Error{text, "protocol"} }
